"""Business rule task: a decision within the same transaction (BPMN 2.0.2 §10.3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.step import Cancelled
from tests.kit import Drive


def rule(attributes: str, **variables: Any) -> Drive:
    return Drive(
        f"""
        <startEvent id="s"/> <businessRuleTask id="a" {attributes}/> <userTask id="b"/>
        s -> a -> b
        """,
        **variables,
    )


def test_it_asks_for_its_decision_with_what_it_sees() -> None:
    drive = rule('k:decision="risk" k:resultVariable="level"', age=30)
    (wait,) = drive.subscriptions("decision")
    assert wait.trigger.name == "risk"
    assert wait.trigger.details["variables"] == {"age": 30}
    drive.complete("a", result="low")
    assert drive.at == ["b"]
    assert drive.variables == {"age": 30, "level": "low"}


def test_without_a_name_the_entries_of_its_result_become_variables() -> None:
    drive = rule('k:decision="risk"')
    drive.complete("a", result={"level": "low", "limit": 10})
    assert drive.variables == {"level": "low", "limit": 10}


def test_what_was_evaluated_is_told() -> None:
    drive = rule('k:decision="risk" k:resultVariable="level"')
    drive.complete("a", result="low", evaluated=[{"rule": 1}])
    (told,) = [r.detail for r in drive.records if r.kind == "evaluated"]
    assert told == {"decision": "risk", "output": "low", "evaluated": [{"rule": 1}]}


@pytest.mark.parametrize(("attributes", "name"), [("", "a"), ("implementation='rules'", "rules")])
def test_without_a_decision_it_is_a_job(attributes: str, name: str) -> None:
    drive = rule(attributes)
    assert drive.subscriptions("job")[0].trigger.name == name
    drive.complete("a", x=1)
    assert drive.variables == {"x": 1}


def test_cancelling_withdraws_it() -> None:
    drive = rule('k:decision="risk"')
    drive.give(Cancelled())
    assert not drive.instance.subscriptions
