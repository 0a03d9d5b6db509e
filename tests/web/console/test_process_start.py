"""Starting by hand: the form or what the process reads, the last inputs, a message, a try first."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import InstanceQuery
from tests.kit import document
from tests.web.console.conftest import Site, make_site

READS = """<startEvent id='s'/><startEvent id='m'><messageEventDefinition messageRef='msg'/>
</startEvent><userTask id='u' name='Look' k:assignee='=boss'/><endEvent id='e'/>
s -> u -> e
m -> u"""
ORDERED = "<message id='msg' name='Ordered'/>"


@pytest.fixture
def starts(tmp_path: Path) -> Site:
    made = make_site(tmp_path, "order_fulfilment")
    made.engine.deploy({"p.bpmn": document(READS, ORDERED)})
    return made


def variables(site: Site, key: str) -> dict[str, object]:
    (found,) = site.engine.instances(InstanceQuery(business_keys=(key,))).items
    return dict(site.engine.variables(found.id)[0].variables)


def test_the_fields_are_what_the_process_reads_and_was_given(starts: Site) -> None:
    assert 'name="f:boss"' in starts.text("/processes/p/start")
    given = {"boss": "ana", "amount": 12, "items": [1, 2], "express": True}
    first = starts.engine.start("p", given, business_key="ORD-0041").id
    page = starts.text("/processes/p/start")
    for field in ("boss", "amount", "items", "express"):
        assert f'name="f:{field}"' in page
    assert 'placeholder="ORD-0042"' in page
    assert "last time 12" in page
    again = starts.text(f"/processes/p/start?like={first}")
    assert 'value="12"' in again
    assert 'value="ana"' in again
    sent = {"f:boss": "ben", "f:amount": "13", "f:items": "[3]", "business_key": "ORD-0042"}
    assert starts.post("/processes/p/start", **sent).status_code == 303
    assert variables(starts, "ORD-0042") == {
        "boss": "ben",
        "amount": 13,
        "items": [3],
        "express": False,
    }


def test_experts_add_variables_as_json(starts: Site) -> None:
    sent = {"f:boss": "ben", "more": '{"boss": "ida", "deep": {"a": 1}}', "business_key": "X-1"}
    assert starts.post("/processes/p/start", **sent).status_code == 303
    assert variables(starts, "X-1") == {"boss": "ida", "deep": {"a": 1}}
    wrong = starts.post("/processes/p/start", **{**sent, "more": "[1]"})
    assert wrong.status_code == 422
    assert "must be a JSON object" in wrong.text


def test_a_start_is_tried_before_it_is_made(starts: Site) -> None:
    tried = starts.post("/processes/p/start", **{"f:boss": "ana", "check": "yes"})
    assert tried.status_code == 200
    assert "It would wait at: Look" in tried.text
    assert starts.engine.instances().total == 0
    story = starts.post("/processes/order-fulfilment/start", **{"f:order_id": "", "check": "yes"})
    assert story.status_code == 422
    assert starts.engine.instances().total == 0


def test_a_process_is_begun_by_its_message(starts: Site) -> None:
    page = starts.text("/processes/p/start")
    assert '<option value="Ordered">' in page
    answer = starts.post("/processes/p/start", **{"f:boss": "ana", "message": "Ordered"})
    assert answer.status_code == 303
    (begun,) = starts.engine.instances().items
    assert str(begun.id) in answer.location
    kinds = [one.kind for one in starts.engine.history(begun.id).items]
    assert "started" in kinds or begun.elements == ["u"]
