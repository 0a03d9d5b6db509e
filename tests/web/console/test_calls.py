"""The API call behind each button: what it says runs, and running it again changes nothing more."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape

import httpx
import pytest
from playwright.sync_api import Browser, expect

from engine import AuditQuery, SubscriptionQuery
from tests.kit import document
from tests.web.console.conftest import Site, make_site, served_at
from web.application import create_app

TIMED = document(
    "<startEvent id='s'/><intermediateCatchEvent id='t' name='Tomorrow'><timerEventDefinition>"
    "<timeDuration>P1D</timeDuration></timerEventDefinition></intermediateCatchEvent>"
    "<endEvent id='e'/>\ns -> t -> e"
).replace(b"<process id='p'", b"<process id='timed'")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The console and the API of one engine."""
    made = make_site(tmp_path_factory.mktemp("whole"), "order_fulfilment")
    made.engine.deploy({"timed.bpmn": TIMED})
    made.client = create_app(made.engine, secret_key="s").test_client()
    with served_at(made):
        yield made


def run_python(text: str) -> None:
    """Runs what somebody copied."""
    exec(compile(text, "copied", "exec"), {})


def stuck(site: Site) -> int:
    return site.start("order_fulfilment", payment_behaviour="down")


@pytest.mark.parametrize("how", ["curl", "python"])
def test_the_call_of_a_button_has_its_effect_once_however_often_it_runs(
    chromium: Browser, whole: Site, how: str
) -> None:
    id = stuck(whole)
    tab = chromium.new_context(base_url=whole.url).new_page()
    tab.goto(f"/instances/{id}")
    tab.get_by_text("Suspend…").click()
    tab.locator("#reason-suspend").fill("it's late")
    tab.locator("details[open] details.api summary").click()
    place = tab.locator(f"details[open] [data-{how}]")
    expect(place).to_contain_text("Idempotency-Key")
    text = place.inner_text()
    tab.context.close()
    for _ in range(2):
        if how == "python":
            run_python(text)
        else:
            program = shutil.which("curl")
            if program is None:
                pytest.skip("there is no curl here")
            command = text.replace("curl", f"{program} --fail -sS", 1)
            subprocess.run(["/bin/sh", "-c", command], check=True, timeout=30)
    assert whole.engine.instance(id).head.suspended
    (act,) = whole.engine.audit(AuditQuery(verbs=("suspend",), instance=id)).items
    assert (act.reason, act.by.source) == ("it's late", "api")


def test_abandoning_is_another_call_than_cancelling(chromium: Browser, whole: Site) -> None:
    tab = chromium.new_context(base_url=whole.url).new_page()
    tab.goto(f"/instances/{stuck(whole)}")
    tab.get_by_text("Cancel…").click()
    tab.locator("details[open] details.api summary").click()
    place = tab.locator("details[open] [data-curl]")
    expect(place).to_contain_text("/cancellation")
    tab.get_by_label("Abandon").check()
    expect(place).to_contain_text("/abandonment")
    tab.context.close()


def calls_of(site: Site, markup: str) -> list[str]:
    """The calls that a page tells, with every field that a form would fill in filled in."""
    told = [unescape(one) for one in re.findall(r'data-python="([^"]*)"', markup)]
    filled = []
    for one in told:
        call = json.loads(one)
        body = call["body"]
        given = {"$reason": "because", "$variables": {}, "$per_second": 9, "$delay": 0}
        if body is not None:
            body = {name: given.get(str(value), value) for name, value in body.items()}
        url = call["url"].replace("http://localhost/", f"{site.url}/")  # as the client named it
        answer = httpx.request(call["method"], url, json=body, timeout=20)
        assert answer.status_code < 300, (call, answer.text)
        filled.append(call["url"].split("/v2")[1])
    return filled


def test_every_call_of_an_instance_and_its_timers_runs(whole: Site) -> None:
    id = whole.engine.start("timed", {}).id
    (timer,) = whole.engine.subscriptions(SubscriptionQuery(instance=id)).items
    page = whole.text("/timers")
    row = next(one for one in page.split("<tr>") if f"/timers/{timer.id}/" in one)
    assert calls_of(whole, row) == [f"/timers/{timer.id}/firing"]
    assert whole.engine.instance(id).head.state == "completed"


def test_a_retry_is_a_call_of_its_own(whole: Site) -> None:
    id = stuck(whole)
    page = whole.text(f"/instances/{id}")
    menu = page.split("API…")[1].split("</details>\n</details>")[0].split("</form>")[0]
    assert calls_of(whole, menu) == [f"/process-instances/{id}/incident-resolution"]
    assert whole.engine.audit(AuditQuery(verbs=("retry",), instance=id)).total == 1


def test_a_plan_and_a_batch_are_one_call_each(whole: Site) -> None:
    ids = [stuck(whole), stuck(whole)]
    token = whole.engine.instance(ids[0]).tokens[0].id
    plan = f"move~{token}~ReserveStock,add~ReserveStock"
    planned = whole.text(f"/instances/{ids[0]}/modify?plan={plan}")
    (path,) = calls_of(whole, planned)
    assert path.endswith("/modification")
    assert "AuthorisePayment" not in whole.engine.instance(ids[0]).head.elements
    chosen = [str(id) for id in ids]
    drawer = whole.post("/bulk", kind="suspend", instance=chosen).text
    assert calls_of(whole, drawer) == ["/batch-operations"]
    whole.settle()
    assert {whole.engine.instance(id).head.suspended for id in ids} == {True}


def test_the_calls_of_a_batch_run(whole: Site) -> None:
    chosen = {"kind": "suspend", "instance": str(stuck(whole)), "reason": "x", "run": "yes"}
    made = whole.post("/bulk", **chosen, delay="60")
    menu = whole.text(made.headers["Location"]).split("API…")[1]
    undo = menu.split("<form")[1]
    assert calls_of(whole, undo)[0].endswith("/cancellation")
    assert "Cancelled" in whole.text(made.headers["Location"])
