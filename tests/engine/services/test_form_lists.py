"""Deployed forms and decisions by their versions, and who uses them."""

from __future__ import annotations

import json

import pytest

from engine import Engine, NotFound
from processes import STORIES

LOAN = next(story for story in STORIES if story.id == "loan_underwriting")
FORM = {"id": "look", "components": [{"type": "textfield", "key": "name", "label": "Name"}]}


def as_file(**changed: object) -> dict[str, bytes]:
    return {"look.form": json.dumps({**FORM, **changed}).encode()}


def test_forms_are_listed_with_their_versions(engine: Engine) -> None:
    engine.deploy(as_file())
    engine.deploy(as_file(components=[]))
    (form,) = engine.forms().items
    assert (form.form_id, form.version, form.is_latest) == ("look", 2, True)
    assert [one.version for one in engine.form_versions("look")] == [2, 1]
    assert json.loads(engine.source(form.key))["components"] == []
    assert engine.forms("nothing").items == []


def test_an_unknown_form_or_decision_says_what_would_do(engine: Engine) -> None:
    with pytest.raises(NotFound, match=r"deploy the \.form file"):
        engine.form_versions("ghost")
    with pytest.raises(NotFound, match=r"deploy the \.dmn file"):
        engine.decision_versions("ghost")


def test_a_form_that_only_another_editor_wrote_keeps_its_version(engine: Engine) -> None:
    engine.deploy(as_file())
    again = {"look.form": json.dumps({"schemaVersion": 19, **FORM}, indent=2).encode()}
    (told,) = engine.review(again).forms
    assert (told.outcome, told.version) == ("unchanged", 1)
    engine.deploy(again)
    assert len(engine.form_versions("look")) == 1


def test_a_review_says_what_becomes_of_decisions_and_forms(engine: Engine) -> None:
    first = engine.review(LOAN.contents())
    assert {one.outcome for one in (*first.decisions, *first.forms)} == {"first"}
    engine.deploy(LOAN.contents())
    file = "loan_risk.dmn"
    changed = {**LOAN.contents(), file: LOAN.contents()[file].replace(b"&lt; 500", b"&lt; 550")}
    review = engine.review(changed)
    assert {one.outcome for one in review.forms} == {"unchanged"}
    assert {(one.decision_id, one.outcome, one.version) for one in review.decisions} == {
        ("loan-risk", "new", 2),
        ("burden", "new", 2),
    }


def test_who_uses_a_form_or_a_decision(engine: Engine) -> None:
    engine.deploy(LOAN.contents())
    task, start = engine.uses("form", "loan-approval"), engine.uses("form", LOAN_START)
    assert [(one.process_id, one.name, one.kind) for one in task] == [
        (LOAN.process_id, "Approve loan", "task")
    ]
    assert [(one.kind, one.element) for one in start] == [("start", "")]
    (rule,) = engine.uses("decision", "loan-risk")
    assert (rule.element, rule.kind, rule.version) == ("DecideRisk", "decision", 1)
    assert engine.uses("form", "loan") == []


LOAN_START = "loan-underwriting-start"
