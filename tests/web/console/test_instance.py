"""One instance: why it is there and what resolves it, who changed what, how it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine import Actor, SubscriptionQuery
from tests.kit import document
from tests.web.console.conftest import Site, make_site

PAID = """<message id='paid' name='paid'><extensionElements>
<zeebe:subscription correlationKey='=order'/></extensionElements></message>
<signal id='stop' name='stop'/>"""
WAITS = """<startEvent id='s'/><parallelGateway id='g'/>
<serviceTask id='charge' name='Charge' k:jobType='charge-card'/>
<intermediateCatchEvent id='c' name='Paid'><messageEventDefinition messageRef='paid'/>
</intermediateCatchEvent>
<intermediateCatchEvent id='t' name='Later'><timerEventDefinition>
<timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
<intermediateCatchEvent id='h' name='Stopped'><signalEventDefinition signalRef='stop'/>
</intermediateCatchEvent>
<userTask id='u' name='Look'/><endEvent id='e'/>
s -> g -> charge
g -> c
g -> t
g -> h
g -> u -> e"""
ANA = Actor("ana", "console")


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Site, int]]:
    """A console, and an instance that waits in five ways."""
    site = make_site(tmp_path)
    site.engine.deploy({"p.bpmn": document(WAITS, PAID)})
    id = site.engine.start("p", {"order": "A-1", "amount": 1}, business_key="A-1").id
    yield site, id
    site.engine.close()


def test_work_that_nobody_does_is_said_with_who_nearly_would(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    assert "No worker for “charge-card”: nobody ever asked" in site.text(f"/instances/{id}")
    site.engine.activate_jobs(["charge_card"], worker="w", limit=1, wait=timedelta(0))
    text = site.text(f"/instances/{id}")
    assert "A worker asks for “charge_card”, which differs in blanks, hyphens" in text
    site.engine.activate_jobs(["charge-card"], worker="w", limit=1, wait=timedelta(0))
    assert "No worker" not in site.text(f"/instances/{id}")


def test_a_kept_message_that_nearly_matches_is_offered_and_given(
    waiting: tuple[Site, int],
) -> None:
    site, id = waiting
    site.engine.publish("paid", "A-1 ", {"paid": 7}, ttl=timedelta(hours=1))
    text = site.text(f"/instances/{id}?el=c")
    assert "has key “A-1·”, which has a blank at its end" in text
    brought = re.search(r"<textarea hidden name=\"variables\">([^<]+)</textarea>", text)
    assert brought is not None
    given = json.loads(brought[1].replace("&#34;", '"'))
    assert given == {"paid": 7}
    site.post(
        f"/instances/{id}/message", name="paid", correlation="A-1", variables=json.dumps(given)
    )
    assert site.engine.variables(id)[0].variables["paid"] == 7
    assert "c" not in site.engine.instance(id).head.elements


def test_a_message_is_given_by_hand(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    address = f"/instances/{id}/message"
    wrong = site.post(address, name="paid", correlation="A-1", variables="{oops")
    assert wrong.status_code == 422
    assert "is no JSON" in wrong.text
    assert site.post(address, name="nobody", variables="{}").status_code == 404
    assert site.post(address, name="paid", correlation="A-1", variables="{}").status_code == 303
    assert "c" not in site.engine.instance(id).head.elements


def test_a_timer_is_fired_with_a_reason(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    query = SubscriptionQuery(kinds=("timer",), instance=id)
    (timer,) = site.engine.subscriptions(query).items
    address = f"/instances/{id}/timers/{timer.id}/fire"
    assert "Fire now" in site.text(f"/instances/{id}?el=t")
    assert site.post(address).status_code == 422
    assert site.post(address, reason="the customer is here").status_code == 303
    assert "t" not in site.engine.instance(id).head.elements
    hands = site.text(f"/instances/{id}?tab=hands")
    assert "fire timer" in hands
    assert "the customer is here" in hands


def test_a_signal_is_sent(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    assert site.post(f"/instances/{id}/signal", name="stop").status_code == 303
    assert "h" not in site.engine.instance(id).head.elements


def test_a_suspended_instance_offers_to_be_resumed(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    site.engine.suspend(id, reason="audit")
    why = site.text(f"/instances/{id}").split('id="why"')[1].split("</section>")[0]
    assert "Resume" in why
    assert "Fire now" not in why


def test_who_changed_a_variable_when_and_from_what(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    site.engine.set_variables(id, {"amount": 2}, reason="new price", by=ANA)
    text = site.text(f"/instances/{id}?tab=variables&name=amount")
    row = text.split("<tbody>")[1].split("</tr>")[0]
    for part in ("<code>1</code>", "<code>2</code>", "ana", "new price", "?at="):
        assert part in row
    assert "order" not in text.split("<tbody>")[1].split("</tbody>")[0]


def test_what_somebody_else_set_meanwhile_is_shown_not_overwritten(
    waiting: tuple[Site, int],
) -> None:
    site, id = waiting
    form = site.text(f"/instances/{id}")
    seen = re.search(r'name="seen" value="(\d+)"', form)
    assert seen is not None
    site.engine.set_variables(id, {"amount": 5}, reason="new price", by=ANA)
    mine = {"variables": '{"amount": 9, "order": "A-1"}', "reason": "mine"}
    address = f"/instances/{id}/variables"
    answer = site.post(address, seen=seen[1], **mine)
    assert answer.status_code == 409
    assert "was changed by ana" in answer.text
    assert "<code>1</code> → <code>5</code>" in answer.text
    assert '<details class="menu" open>' in answer.text
    assert site.engine.variables(id)[0].variables["amount"] == 5
    again = re.search(r'name="seen" value="(\d+)"', answer.text)
    assert again is not None
    assert site.post(address, seen=again[1], **mine).status_code == 303
    assert site.engine.variables(id)[0].variables["amount"] == 9


def test_only_what_was_altered_in_the_form_is_set(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    seen = str(site.engine.history(id).last)
    address = f"/instances/{id}/variables"
    site.engine.set_variables(id, {"amount": 5}, reason="new price", by=ANA)
    shown = '{"amount": 1, "order": "B-2"}'
    assert site.post(address, seen=seen, variables=shown, reason="typo").status_code == 303
    assert dict(site.engine.variables(id)[0].variables) == {"amount": 5, "order": "B-2"}
    same = site.post(address, seen=seen, variables='{"order": "A-1"}', reason="x")
    assert "Nothing was changed" in site.text(same.headers["Location"])


def test_a_moment_is_a_link(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    before = site.engine.history(id).last
    site.engine.set_variables(id, {"amount": 77}, reason="new price", by=ANA)
    then = site.text(f"/instances/{id}?at={before}")
    values = then.split('id="variables"')[1]
    assert ">1<" in values
    assert "77" not in values
    assert "As it was" in then
    assert "Change…" not in then
    assert "Suspend…" not in then
    beyond = site.text(f"/instances/{id}?at=999999")
    assert "77" in beyond
    assert site.client.get(f"/instances/{id}?at=first").status_code == 200


@pytest.mark.parametrize("tab", ["variables", "waits", "hands", "log", "xml", "json", "nothing"])
def test_every_view_of_an_instance_is_there(waiting: tuple[Site, int], tab: str) -> None:
    site, id = waiting
    assert "A-1" in site.text(f"/instances/{id}?tab={tab}")


def test_all_facts_are_downloaded(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    lines = site.text(f"/instances/{id}/history.ndjson").splitlines()
    facts = [json.loads(line) for line in lines]
    assert [fact["number"] for fact in facts] == list(range(1, len(facts) + 1))
    assert site.client.get("/instances/99/history.ndjson").status_code == 404


def test_the_call_behind_a_button_is_shown(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    text = site.text(f"/instances/{id}")
    assert f"/v2/process-instances/{id}/suspension" in text
    assert "curl -X POST" in text


def test_an_ended_instance_runs_again_with_other_input(waiting: tuple[Site, int]) -> None:
    site, id = waiting
    assert "Run again…" not in site.text(f"/instances/{id}")
    site.engine.cancel(id, reason="wrong amount", by=ANA)
    address = f"/instances/{id}/restart"
    assert site.post(address, variables='{"amount": 2}').status_code == 422
    answer = site.post(address, variables='{"amount": 2}', reason="the right amount")
    text = site.text(answer.headers["Location"])
    assert "Runs again" in text
    assert f"/instances/{id}" in text
    later = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert dict(site.engine.variables(later)[0].variables) == {"order": "A-1", "amount": 2}
    assert "Run again as" in site.text(f"/instances/{id}")
