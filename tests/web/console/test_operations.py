"""Modify mode, work, messages, timers, activity, traces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine import Actor
from tests.kit import document
from tests.web.console.conftest import Site, make_site

PAID = """<message id='paid' name='paid'><extensionElements>
<zeebe:subscription correlationKey='=order'/></extensionElements></message>"""
STEPS = """<startEvent id='s'/><userTask id='look' name='Look'/>
<serviceTask id='charge' name='Charge' k:jobType='charge-card'/>
<intermediateCatchEvent id='c' name='Paid'><messageEventDefinition messageRef='paid'/>
</intermediateCatchEvent>
<intermediateCatchEvent id='t' name='Later'><timerEventDefinition>
<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
<endEvent id='e' name='Done'/>
s -> look -> charge -> c -> t -> e"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = make_site(tmp_path)
    made.engine.deploy({"p.bpmn": document(STEPS, PAID)})
    yield made
    made.engine.close()


def begun(site: Site, element: str = "look", key: str = "A-1") -> int:
    """An instance that stands at an element."""
    from engine import Modification

    id = site.engine.start("p", {"order": key}, business_key=key).id
    if element != "look":
        token = site.engine.instance(id).tokens[0].id
        move = Modification(verb="move", token=token, target=element)
        site.engine.modify(id, [move], reason="a test begins here")
    return id


def link(text: str, said: str) -> str:
    """The address behind a link."""
    found = re.search(rf'href="([^"]+)"[^>]*>{re.escape(said)}', text)
    assert found is not None, said
    return found[1].replace("&amp;", "&")


def test_a_token_is_moved_by_a_plan_that_is_tried_before(site: Site) -> None:
    id = begun(site)
    chosen = site.text(f"/instances/{id}/modify?el=charge")
    planned = site.text(link(chosen, "Move the token from Look here"))
    assert "Move the token at “Look” to “Charge”" in planned
    assert "It would work." in planned
    assert "with tokens at Charge" in planned
    assert "No longer waited for: user task" in planned
    assert site.engine.instance(id).head.elements == ["look"]
    plan = re.search(r'name="plan" value="([^"]+)"', planned)
    assert plan is not None
    address = f"/instances/{id}/modify"
    without = site.post(address, plan=plan[1])
    assert without.status_code == 422
    assert "Say why" in without.text
    assert site.post(address, plan=plan[1], reason="the task is done").status_code == 303
    site.skip(seconds=11)
    assert site.engine.instance(id).head.elements == ["charge"]
    assert "the task is done" in site.text(f"/instances/{id}?tab=hands")


def test_a_plan_has_several_steps_and_each_can_be_taken_out(site: Site) -> None:
    id = begun(site)
    first = link(site.text(f"/instances/{id}/modify?el=t"), "Add a token here")
    second = link(site.text(first), "Add a token behind it")
    text = site.text(second)
    assert "2 steps" in text
    assert "+1" not in text  # badges are drawn, not written
    left = site.text(link(text, "Take out"))
    assert "1 step" in left
    assert "Add a token behind “Later”" in left


def test_what_cannot_be_planned_is_left_out_or_told(site: Site) -> None:
    id = begun(site)
    assert "Nothing is planned yet" in site.text(
        f"/instances/{id}/modify?plan=add~nowhere,x,move~9"
    )
    site.engine.cancel(id, reason="enough")
    assert "It cannot be done so" in site.text(f"/instances/{id}/modify?plan=add~charge")
    assert site.post(f"/instances/{id}/modify", reason="x").status_code == 422


def test_work_that_nobody_does_stands_first(site: Site) -> None:
    begun(site, "charge")
    text = site.text("/work")
    assert "Nobody" in text
    assert "never asked for" in text
    site.engine.activate_jobs(["charge_card"], worker="w-1", limit=1, wait=timedelta(0))
    assert "A worker asks for “charge_card”, which differs in blanks" in site.text("/work")
    jobs = site.text("/work?type=charge-card&state=waiting")
    assert "A-1" in jobs
    assert "No job of this kind is open in this state" in site.text(
        "/work?type=charge-card&state=exhausted"
    )


def test_a_kind_of_work_is_held_back_and_given_out_again(site: Site) -> None:
    begun(site, "charge")
    site.post("/job-types/hold", type="charge-card")
    assert "Held back" not in site.text("/work")
    site.post("/job-types/hold", type="charge-card", reason="the bank is down")
    assert "Held back by operator: the bank is down" in site.text("/work")
    asked = {"worker": "w", "limit": 1, "wait": timedelta(0)}
    assert site.engine.activate_jobs(["charge-card"], **asked) == []
    site.post("/job-types/hold", type="charge-card", release="yes")
    assert "Held back" not in site.text("/work")


def test_messages_that_nearly_met_are_shown(site: Site) -> None:
    begun(site, "c")
    site.engine.publish("paid", "A-1 ", ttl=timedelta(hours=1))
    text = site.text("/messages")
    assert "Nearly met" in text
    assert "a key that has a blank at its end" in text
    assert "1 waited for, 1 kept" in text


def test_who_would_receive_a_message_is_told_before(site: Site) -> None:
    id = begun(site, "c")
    assert "Nobody waits for it now" in site.text("/messages?name=paid&key=A-9")
    assert "waits for key “A-1”" in site.text("/messages?name=paid&key=a-1")
    assert "1 wait fits" in site.text("/messages?name=paid&key=A-1")
    answer = site.post("/messages", name="paid", correlation="A-1", variables='{"amount": 3}')
    assert answer.headers["Location"].endswith(f"/instances/{id}")
    assert site.engine.instance(id).head.elements == ["t"]
    kept = site.post("/messages", name="paid", correlation="A-7", variables="{}")
    assert "it is kept for an hour" in site.text(kept.headers["Location"])


def test_timers_are_listed_by_when_they_are_due_and_fired(site: Site) -> None:
    id = begun(site, "t")
    text = site.text("/timers")
    assert "A-1" in text
    fire = re.search(r'action="(/timers/\d+/fire)"', text)
    assert fire is not None
    site.post(fire[1])
    assert site.engine.instance(id).head.state == "active"
    site.post(fire[1], reason="the hour is over")
    assert site.engine.instance(id).head.state == "completed"
    assert "No timer runs" in site.text("/timers")


def test_who_did_what_is_found_and_exported(site: Site) -> None:
    id = begun(site)
    by = Actor("ana", "api")
    site.engine.suspend(id, reason="price check", by=by)
    site.engine.cancel(id, reason="ordered twice", by=by)
    text = site.text("/activity?by=ana")
    assert "price check" in text
    assert "ordered twice" in text
    only = site.text("/activity?verb=cancel&days=1&source=api")
    assert "ordered twice" in only
    assert "price check" not in only
    assert "ordered twice" in site.text(f"/activity?q={id}")
    assert "Nothing of the kind" in site.text("/activity?q=never+said")
    lines = site.text("/activity.ndjson?by=ana").splitlines()
    assert {json.loads(line)["verb"] for line in lines} == {"suspend", "cancel"}


def test_all_that_carries_a_correlation_id_stands_on_one_axis(site: Site) -> None:
    for key in ("A-1", "A-2"):
        site.engine.start("p", {"order": key}, business_key=key, correlation_id="request-7")
    text = site.text("/trace/request-7")
    assert "2 instances" in text
    assert "A-1" in text
    assert "A-2" in text
    assert "nothing carries" in site.text("/trace/nobody", 404)
