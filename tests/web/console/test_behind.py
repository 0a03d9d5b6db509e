"""The API call behind every button: each form has one, it is valid, and it does the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import html
from playwright.sync_api import Browser, expect
from werkzeug.test import TestResponse

from engine import AuditQuery, InstanceQuery, TaskQuery
from tests.kit import document
from tests.web.console.conftest import COUNT, Site, make_site, served_at, watch
from tests.web.console.screens import SCREENS, stocked
from web.api.routing import Operation, operations
from web.api.shapes import read_body
from web.application import create_app
from web.console import behind

FORMS = document(
    "<startEvent id='s'/><userTask id='u' name='Decide'/><intermediateCatchEvent id='g'>"
    "<signalEventDefinition signalRef='go'/></intermediateCatchEvent><endEvent id='e'/>\n"
    "s -> u -> g -> e",
    "<signal id='go' name='Go'/>",
).replace(b"<process id='p'", b"<process id='forms'")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The console and the API of one engine, stocked."""
    made = make_site(tmp_path_factory.mktemp("whole"), "order_fulfilment", "loan_underwriting")
    made.engine.deploy({"forms.bpmn": FORMS})
    made.client = create_app(made.engine, secret_key="s").test_client()
    with served_at(made):
        yield made


@pytest.fixture(scope="module")
def stock(whole: Site) -> dict[str, object]:
    return stocked(whole)


def asked(site: Site, path: str, **form: Any) -> TestResponse:
    """What the console says of a form that is filled in so."""
    address, _, query = path.partition("?")
    answer: TestResponse = site.post(f"/call?form={address}&{query}", **form)
    return answer


def call_of(answer: TestResponse) -> tuple[str, str, Any, dict[str, str]] | None:
    """Method, path, body and headers as the copied curl has them."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'data-called="curl">(.*?)</pre>', answer.text, re.S)
    if found is None:
        return None
    text = unescape(found[1]).replace("'\\''", "’")
    line = re.match(r"curl -X (\w+) '([^']*)'", text)
    assert line is not None, text
    body = re.search(r"-d '([^']*)'", text)
    headers = dict(re.findall(r"-H '([\w-]+): ([^']*)'", text))
    given = json.loads(body[1].replace("’", "'")) if body else None
    return line[1], urlsplit(line[2]).path.removeprefix("/v2"), given, headers


def operation_of(method: str, path: str) -> Operation:
    for one in operations.values():
        shape = re.sub(r"\{username\}", "[^/]+", one.path)
        if one.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[0-9]+", shape), path):
            return one
    raise AssertionError(f"{method} {path} is no operation of the API")


def run(site: Site, call: tuple[str, str, Any, dict[str, str]] | None) -> Any:
    """Sends a copied call twice; the second time changes nothing."""
    assert call is not None
    method, path, body, headers = call
    for _ in range(2):
        answer = httpx.request(
            method, f"{site.url}/v2{path}", json=body, headers=headers, timeout=20
        )
        assert answer.status_code < 300, (call, answer.text)
    return answer.json() if answer.content else None


def test_every_command_has_its_call_or_says_why_it_has_none(whole: Site) -> None:
    rules = whole.client.application.url_map.iter_rules()
    commands = {
        rule.endpoint.removeprefix("console.")
        for rule in rules
        if rule.endpoint.startswith("console.") and "POST" in (rule.methods or ())
    } - {"call"}
    assert commands == behind.behind.keys() | behind.OF_THE_BROWSER.keys()
    assert not behind.behind.keys() & behind.OF_THE_BROWSER.keys()


def filled(form: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every button of a form with what a browser would send, reasons and names filled in."""
    values: dict[str, Any] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    for field in ("reason", "name", "text", "assignee", "pattern"):
        if field in form.fields and not (form.fields[field] or "").strip():
            values[field] = ["because"]
    for field in ("incident", "task", "instance"):  # ticked in lists
        if box := form.xpath(f".//input[@type='checkbox'][@name='{field}']"):
            values[field] = [box[0].get("value")]
    for button in form.xpath(".//button[not(@type='button') and not(@formmethod='get')]"):
        sent = dict(values)
        if button.get("name"):
            sent[button.get("name")] = [button.get("value") or ""]
        yield button.get("formaction") or form.get("action"), sent


ADDRESSES = sorted({one.address for one in SCREENS if one.opened is None})


@pytest.mark.parametrize("address", [*ADDRESSES, "/admin", "/policies", "/alerts/new?kind=age"])
def test_every_call_of_a_page_is_one_that_the_api_takes(
    whole: Site, stock: dict[str, object], address: str
) -> None:
    page = whole.client.get(address.format(**stock)).text
    told = 0
    for form in html.fromstring(page).xpath("//main//form[@method='post']"):
        for action, sent in filled(form):
            sent.pop("form_token", None)
            call = call_of(asked(whole, action, **sent))
            if call is None:
                continue
            method, path, body, headers = call
            found = operation_of(method, path)
            if found.body is not None:
                read_body(json.dumps(body or {}).encode(), found.body)
            else:
                assert body in (None, {}), (path, body)
            assert headers.get("Idempotency-Key", "") in {"", *sent.get("key", [])}
            told += 1
    offers = html.fromstring(page).xpath("//main//form[@method='post']")
    is_file = address.startswith(("/deploy", "/models"))  # nothing is chosen or drawn yet
    assert told or not offers or is_file, "forms, and no call"


def started(site: Site) -> tuple[int, int]:
    """An instance with an open task; both ids."""
    id = site.engine.start("forms", {}).id
    (task,) = site.engine.tasks(TaskQuery(instance=id)).items
    return id, task.id


def test_a_task_is_claimed_dated_and_completed_as_shown(whole: Site) -> None:
    id, task = started(whole)
    run(whole, call_of(asked(whole, f"/tasks/{task}/claim", key="c-1", assignee="ana")))
    assert whole.engine.task(task).assignee == "ana"
    given = {"due_date": "2030-01-02T03:04", "zone": "0", "priority": "80", "key": "c-2"}
    run(whole, call_of(asked(whole, f"/tasks/{task}/dates", **given)))
    assert (whole.engine.task(task).priority, str(whole.engine.task(task).due)) == (
        80,
        "2030-01-02 03:04:00+00:00",
    )
    run(whole, call_of(asked(whole, f"/tasks/{task}/claim", key="c-3", release="yes")))
    assert whole.engine.task(task).assignee is None
    entered = {"f:variables": '{"approved": true}', "key": "c-4"}
    run(whole, call_of(asked(whole, f"/tasks/{task}/complete", **entered)))
    assert whole.engine.variables(id)[0].variables["approved"] is True


def test_a_signal_is_sent_and_an_instance_started_as_shown(whole: Site) -> None:
    id, task = started(whole)
    whole.engine.complete_task(task)
    run(whole, call_of(asked(whole, f"/instances/{id}/signal", name="Go", key="s-1")))
    assert whole.engine.instance(id).head.state == "completed"
    given = {"business_key": "BEGUN", "f:variables": '{"n": 1}', "key": "s-2"}
    made = run(whole, call_of(asked(whole, "/processes/forms/start", **given)))
    begun = whole.engine.instances(InstanceQuery(business_keys=("BEGUN",)))
    assert [one.id for one in begun.items] == [int(made["processInstanceKey"])]


def test_one_incident_is_tried_again_as_shown(whole: Site) -> None:
    id = whole.start("order_fulfilment", order_id="R-1", payment_behaviour="down")
    (incident,) = whole.engine.instance(id).incidents
    form = {"incident": str(incident.id), "reason": "repaired", "key": "r-1"}
    call = call_of(asked(whole, "/incidents/retry", **form))
    assert call is not None
    assert call[1] == f"/incidents/{incident.id}/resolution"
    run(whole, call)
    assert whole.engine.audit(AuditQuery(verbs=("retry",), instance=id)).total == 1


def test_only_what_was_altered_is_set_as_shown(whole: Site) -> None:
    id = whole.engine.start("forms", {"a": 1, "b": 2}).id
    seen = str(whole.engine.history(id, limit=1).last)
    form = {"variables": '{"a": 1, "b": 3}', "seen": seen, "reason": "x", "key": "v-1"}
    call = call_of(asked(whole, f"/instances/{id}/variables", **form))
    assert call is not None
    assert call[2]["variables"] == {"b": 3}
    run(whole, call)
    assert whole.engine.variables(id)[0].variables == {"a": 1, "b": 3}
    assert call_of(asked(whole, f"/instances/{id}/variables", variables="{}", seen=seen)) is None


def test_a_message_is_given_to_the_instance_that_is_looked_at(whole: Site) -> None:
    call = call_of(asked(whole, "/instances/17/message", name="Paid", correlation="K"))
    assert call is not None
    assert call[2] == {
        "name": "Paid",
        "correlationKey": "K",
        "processInstanceKey": "17",
        "variables": {},
    }


def test_files_are_named_and_passwords_left_out(whole: Site) -> None:
    kept = {"kept:a b.bpmn": "PHg+", "action": "deploy"}
    text = unescape(asked(whole, "/deploy", **kept).text)
    assert "-F 'resources=@a b.bpmn'" in text
    assert "open('a b.bpmn', 'rb')" in text
    told = asked(whole, "/admin/users", name="ana", password="a long password", role="viewer").text
    assert "a long password" not in told
    assert "/v2/users" in told


def test_who_may_not_do_it_is_not_told_how(whole: Site) -> None:
    assert whole.client.post("/call?form=/admin/users").status_code == 403  # without our token
    assert asked(whole, "/no/such/form").status_code == 404


def test_the_call_of_a_button_is_copied_in_two_clicks_and_does_the_same(
    chromium: Browser, whole: Site
) -> None:
    """Journey 29: at most two clicks, from the form as it is filled in."""
    id, _ = started(whole)
    context = chromium.new_context(base_url=whole.url, viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.add_init_script(f"({COUNT})()")
    wrong = watch(tab)
    tab.goto(f"/instances/{id}")
    tab.get_by_text("Suspend…").click()
    tab.locator("#reason-suspend").fill("it's late")
    before = int(tab.evaluate("Number(sessionStorage.clicks)"))
    tab.get_by_role("button", name="API", exact=True).click()
    shown = tab.locator("#calls details[open] [data-called=curl]")
    expect(shown).to_contain_text(f"/v2/process-instances/{id}/suspension")
    tab.locator("#calls details[open]").get_by_role("button", name="Copy as curl").click()
    assert int(tab.evaluate("Number(sessionStorage.clicks)")) - before <= 2
    copied = str(tab.evaluate("navigator.clipboard.readText()"))
    tab.keyboard.press("Escape")
    expect(tab.locator("#calls")).to_be_hidden()
    context.close()
    assert not wrong
    body = json.loads(re.search(r"-d '(.*)'$", copied, re.S)[1].replace("'\\''", "'"))  # type: ignore[index]
    key = re.search(r"Idempotency-Key: ([\w-]+)", copied)
    assert key is not None
    call = ("POST", f"/process-instances/{id}/suspension", body, {"Idempotency-Key": key[1]})
    run(whole, call)
    (act,) = whole.engine.audit(AuditQuery(verbs=("suspend",), instance=id)).items
    assert (act.reason, act.by.source) == ("it's late", "api")


def test_work_is_held_as_shown(whole: Site) -> None:
    whole.engine.start("forms", {})
    form = {"type": "odd", "reason": "broken", "key": "h-1"}
    run(whole, call_of(asked(whole, "/job-types/hold", **form)))
    assert [one.name for one in whole.engine.holds() if one.kind == "job_type"] == ["odd"]
    given = whole.engine.activate_jobs(["odd"], worker="w", wait=timedelta(0))
    assert given == []
    run(whole, call_of(asked(whole, "/job-types/hold", **{**form, "key": "h-2"}, release="yes")))
    assert not [one for one in whole.engine.holds() if one.kind == "job_type"]
