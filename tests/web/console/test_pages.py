"""Every page without JavaScript: what it says, and what its forms do."""

from __future__ import annotations

import re
from io import BytesIO

import pytest

from engine import IncidentQuery, InstanceQuery, TaskQuery
from tests.web.console.conftest import STORY, Site
from web.console.blueprint import console, permissions

ORDER = STORY["order_fulfilment"].process_id
LOAN = STORY["loan_underwriting"].process_id
BROKEN = b"""<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:t">
  <process id="broken" isExecutable="true">
    <startEvent id="begin"/>
    <sequenceFlow id="out" sourceRef="begin" targetRef="nowhere"/>
  </process>
</definitions>"""
DRAWN = (
    BROKEN.replace(b'"broken" isExecutable="true"', b'"drawn"')
    .replace(b'"nowhere"', b'"done"')
    .replace(b"  </process>", b'    <endEvent id="done"/>\n  </process>')
)
HOSTILE = '<img src=x onerror="alert(1)">'


def test_an_empty_engine_says_what_to_do_first(site: Site) -> None:
    assert "No instance was started yet" in site.text("/instances")
    assert "No incidents." in site.text("/incidents")
    assert "Nobody is waited for" in site.text("/tasks")
    assert "All is well." in site.text("/")


def test_every_route_declares_a_permission(site: Site) -> None:
    rules = site.client.application.url_map.iter_rules()
    ours = {rule.endpoint for rule in rules if rule.endpoint.startswith(f"{console.name}.")}
    ours.remove(f"{console.name}.static")
    assert ours
    assert ours == set(permissions)


def test_home_counts_and_names_what_needs_attention(site: Site) -> None:
    site.start("order_fulfilment", payment_behaviour="down")
    text = site.text("/")
    assert "1 incident: no answer from the card issuer" in text
    assert "Authorise payment" in text


def test_home_shows_the_process_with_most_incidents_first(site: Site) -> None:
    site.start("loan_underwriting")
    assert _ranked(site) == ["loan-underwriting", "order-fulfilment"]
    site.start("order_fulfilment", payment_behaviour="down")
    assert _ranked(site) == ["order-fulfilment", "loan-underwriting"]


def _ranked(site: Site) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/processes/([\w-]+)"', site.text("/"))


def test_the_list_of_processes_finds_by_name(site: Site) -> None:
    assert ORDER in site.text("/processes")
    assert ORDER not in site.text("/processes?q=loan")
    assert "No process has “nothing-like-it”" in site.text("/processes?q=nothing-like-it")


def test_a_process_page_has_its_form_steps_and_versions(site: Site) -> None:
    text = site.text(f"/processes/{ORDER}")
    assert "Order fulfilment" in text
    assert "No instance yet" in text
    form = site.text(f"/processes/{ORDER}/start?v=1")
    assert 'name="f:order_id"' in form
    assert "Unit price" in form
    assert "has no version “7”" in site.text(f"/processes/{ORDER}?v=7", 404)


def test_a_drawing_is_shown_and_offers_no_start(site: Site) -> None:
    site.engine.deploy({"drawn.bpmn": DRAWN})
    text = site.text("/processes/drawn")
    assert "it cannot be started" in text
    assert "Start an instance" not in text


def test_the_diagram_is_served_as_xml_that_may_be_kept(site: Site) -> None:
    key = site.engine.latest(ORDER).key
    answer = site.client.get(f"/definitions/{key}.bpmn")
    assert answer.mimetype == "application/xml"
    assert b"BPMNDiagram" in answer.data
    assert "immutable" in answer.headers["Cache-Control"]


def test_starting_by_the_form_leads_to_the_instance(site: Site) -> None:
    values = {
        "business_key": "A-1",
        "f:order_id": "A-1",
        "f:customer": HOSTILE,
        "f:item": "metronome",
        "f:quantity": "2",
        "f:unit_price": "49.90",
    }
    answer = site.post(f"/processes/{ORDER}/start?v=1", **values)
    assert answer.status_code == 303
    text = site.text(answer.headers["Location"])
    assert "Started A-1." in text
    assert "A-1" in text
    assert HOSTILE not in text
    assert "&lt;img src=x" in text


def test_a_mistake_in_the_start_form_is_said_at_the_field_and_nothing_starts(site: Site) -> None:
    answer = site.post(f"/processes/{ORDER}/start", **{"f:order_id": "", "f:quantity": "two"})
    assert answer.status_code == 422
    assert "is required" in answer.text
    assert "“two” is no number" in answer.text
    assert site.engine.instances(InstanceQuery()).total == 0


def test_sending_the_same_form_twice_starts_one_instance(site: Site) -> None:
    values = {"f:order_id": "A-1", "f:quantity": "1", "f:unit_price": "5", "key": "once"}
    first = site.post(f"/processes/{ORDER}/start", **values)
    second = site.post(f"/processes/{ORDER}/start", **values)
    assert first.headers["Location"] == second.headers["Location"]
    assert site.engine.instances(InstanceQuery()).total == 1


def test_the_list_of_instances_follows_its_query(site: Site) -> None:
    done = site.start("order_fulfilment", order_id="A-1")
    stuck = site.start("order_fulfilment", order_id="A-2", payment_behaviour="down")
    assert f"/instances/{done}" in site.text("/instances?q=status:completed")
    only = site.text("/instances?q=is:incident")
    assert f"/instances/{stuck}" in only
    assert f"/instances/{done}" not in only
    assert "No instance fits" in site.text("/instances?q=status:cancelled")
    assert "no such status" in site.text("/instances?q=status:lost")
    assert "1 was not found" in site.text("/instances?q=A-1%20A-9")


def test_a_business_key_leads_straight_to_its_instance(site: Site) -> None:
    id = site.start("order_fulfilment", order_id="A-1")
    assert site.client.get("/find?q=A-1").headers["Location"].endswith(f"/instances/{id}")
    assert site.client.get(f"/find?q={id}").headers["Location"].endswith(f"/instances/{id}")
    assert "q=A" in site.client.get("/find?q=A").headers["Location"]


def test_long_lists_have_pages(site: Site) -> None:
    for number in range(55):
        site.engine.start(LOAN, {"loan_id": str(number)}, business_key=f"L-{number}")
    first = site.text("/instances?sort=started")
    assert "1–50 of 55" in first
    (following,) = re.findall(r'href="([^"]+)" rel="next"', first)
    assert "51–55 of 55" in site.text(following.replace("&amp;", "&"))
    assert "sort=started" in following


def test_an_instance_tells_why_it_stands_and_what_happened(site: Site) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    text = site.text(f"/instances/{id}")
    assert "Incident" in text
    assert "no answer from the card issuer" in text
    assert "Reserve stock" in text
    assert "attempts 1 to 3" in text
    assert "unit_price" in text
    chosen = site.text(f"/instances/{id}?el=AuthorisePayment")
    assert "Attempts" in chosen
    assert "Nothing waits in this step" in site.text(f"/instances/{id}?el=ReserveStock")


def test_an_instance_that_is_not_there_is_explained(site: Site) -> None:
    assert "There is nothing here" in site.text("/instances/99", 404)


def test_a_command_without_a_reason_is_refused_with_its_form_open(site: Site) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    for verb in ("cancel", "suspend"):
        answer = site.post(f"/instances/{id}/{verb}", reason="  ")
        assert answer.status_code == 422
        assert "Say why" in answer.text
        assert '<details class="menu" open>' in answer.text
    assert site.engine.instance(id).head.state == "active"


def test_cancelling_keeps_who_and_why(site: Site) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    assert site.post(f"/instances/{id}/cancel", reason="ordered twice").status_code == 303
    site.skip(seconds=11)
    text = site.text(f"/instances/{id}")
    assert "Cancelled" in text
    assert "ordered twice" in text
    assert "operator" in text


def test_abandoning_undoes_what_was_done(site: Site) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    site.post(f"/instances/{id}/cancel", reason="customer left", how="compensate")
    site.skip(seconds=11)
    assert "Undoing Reserve stock" in site.text(f"/instances/{id}")


def test_suspending_and_resuming(site: Site) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    site.post(f"/instances/{id}/suspend", reason="price check")
    assert "Suspended" in site.text(f"/instances/{id}")
    site.post(f"/instances/{id}/resume")
    assert "Resume" not in site.text(f"/instances/{id}").split("<main")[1].split("</div>")[3]
    assert not site.engine.instance(id).head.suspended


def test_retrying_the_ticked_incidents(site: Site) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    (incident,) = site.engine.incidents(IncidentQuery()).items
    assert "No incident was ticked" in site.client.get(
        site.post("/incidents/retry").headers["Location"]
    ).text  # fmt: skip
    site.is_healed = True
    answer = site.post("/incidents/retry", incident=str(incident.id), reason="the issuer is back")
    assert "Tried 1 incident again." in site.text(answer.headers["Location"])
    site.settle()
    assert site.engine.instance(id).head.state == "completed"
    assert "the issuer is back" in site.text(f"/instances/{id}")


def test_variables_are_changed_with_a_reason(site: Site) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    address = f"/instances/{id}/variables"
    wrong = site.post(address, variables="{oops", reason="typo")
    assert wrong.status_code == 422
    assert "is no JSON" in wrong.text
    assert "{oops" in wrong.text
    assert site.post(address, variables='{"quantity": 3}').status_code == 422
    assert site.post(address, variables='{"quantity": 3}', reason="typo").status_code == 303
    assert site.engine.variables(id)[0].variables["quantity"] == 3


def test_a_task_is_taken_done_and_gone(site: Site) -> None:
    id = site.start("loan_underwriting")
    tasks = site.engine.tasks(TaskQuery(instance=id)).items
    task = tasks[0]
    assert f"/tasks/{task.id}" in site.text("/tasks")
    page = site.text(f"/tasks/{task.id}")
    assert "required" in page
    site.post(f"/tasks/{task.id}/claim")
    assert f"/tasks/{task.id}" in site.text("/tasks?q=is:mine")
    assert "Give back" in site.text(f"/tasks/{task.id}")
    site.post(f"/tasks/{task.id}/claim", release="yes")
    assert f"/tasks/{task.id}" in site.text("/tasks?q=is:unassigned")
    assert site.post(f"/tasks/{task.id}/complete").status_code == 422
    fields = {"f:amount": "9000", "f:first_verdict": "approve", "f:first_comment": "fine"}
    answer = site.post(f"/tasks/{task.id}/complete", **fields)
    assert answer.status_code == 303
    assert site.text(f"/tasks/{task.id}", 404)


def test_a_broken_file_is_refused_with_every_reason_and_nothing_stored(site: Site) -> None:
    upload = (BytesIO(BROKEN), "broken.bpmn")
    answer = site.post("/deploy", files=upload, action="deploy")
    assert answer.status_code == 422
    assert re.search(r"Refused: \d error", answer.text)
    assert "nowhere" in answer.text
    assert "What would do" in answer.text
    assert "broken" not in site.text("/processes")


@pytest.mark.parametrize("content", [b"no xml", b"<!DOCTYPE x><x/>", b"", b"\xff\xfe\x00<"])
def test_what_is_no_model_is_refused_in_words(site: Site, content: bytes) -> None:
    upload = (BytesIO(content), "x.bpmn")
    answer = site.post("/deploy", files=upload, action="check")
    assert answer.status_code == 422
    assert "Refused" in answer.text


def test_a_checked_file_is_deployed_without_choosing_it_again(site: Site) -> None:
    file = STORY["order_fulfilment"].files["order_fulfilment.bpmn"].read_bytes()
    changed = file.replace(b"Validate order", b"Check order")
    upload = (BytesIO(changed), "order_fulfilment.bpmn")
    checked = site.post("/deploy", files=upload, action="check")
    assert checked.status_code == 200
    assert site.engine.latest(ORDER).version == 1
    kept = re.findall(r'name="(kept:[^"]+)" value="([^"]+)"', checked.text)
    ((name, content),) = set(kept)  # in the form that deploys and in the one that opens the modeler
    answer = site.post("/deploy", action="deploy", **{name: content})
    assert "as version 2" in site.text(answer.headers["Location"])


def test_an_unchanged_file_makes_no_version(site: Site) -> None:
    file = STORY["order_fulfilment"].files["order_fulfilment.bpmn"].read_bytes()
    upload = (BytesIO(file), "order_fulfilment.bpmn")
    answer = site.post("/deploy", files=upload, action="deploy")
    assert "is unchanged: version 1 stays" in site.text(answer.headers["Location"])


def test_no_file_is_said(site: Site) -> None:
    answer = site.post("/deploy", action="deploy")
    assert "No file was chosen" in site.text(answer.headers["Location"])


def test_a_form_from_elsewhere_does_nothing(site: Site) -> None:
    id = site.start("order_fulfilment", payment_behaviour="down")
    for token in ("", "guessed"):
        data = {"reason": "mischief", "form_token": token}
        assert site.client.post(f"/instances/{id}/cancel", data=data).status_code == 403
    assert site.engine.instance(id).head.state == "active"


def test_answers_forbid_foreign_and_inline_script(site: Site) -> None:
    headers = site.client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    cookie = headers["Set-Cookie"]
    assert "SameSite=Lax" in cookie
    assert "HttpOnly" in cookie


def test_a_fragment_is_the_changing_region_alone(site: Site) -> None:
    whole = site.text("/instances")
    part = site.client.get("/instances", headers={"HX-Request": "true"}).text
    assert "<html" in whole
    assert part.strip().startswith('<div id="page"')
    assert "<html" not in part


def test_the_theme_is_remembered(site: Site) -> None:
    site.post("/preferences", theme="dark")
    assert '<html lang="en" data-theme="dark">' in site.text("/")
    site.client.set_cookie("theme", '"><script>')
    assert '<html lang="en" data-theme="system">' in site.text("/")


def test_an_unknown_page_is_a_page_for_people_only(site: Site) -> None:
    answer = site.client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no page “/nowhere”" in answer.text


def test_the_stream_says_that_something_moved(site: Site) -> None:
    answer = site.client.get("/events?topics=all")
    assert answer.mimetype == "text/event-stream"
    stream = answer.response
    assert next(iter(stream))  # open
    id = site.start("order_fulfilment")
    assert id
    answer.close()


def test_a_mistake_of_ours_is_a_page_with_a_word_to_find_it_by(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("a secret")

    site.client.application.testing = False
    monkeypatch.setattr(site.engine, "overview", broken)
    text = site.text("/", 500)
    assert "Something broke" in text
    assert "a secret" not in text
