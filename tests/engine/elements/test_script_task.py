"""Script task: the engine evaluates a script (BPMN 2.0.2 §10.3.3)."""

from __future__ import annotations

from typing import Any

from engine.step import Cancelled
from tests.kit import Drive


def script(text: str, attributes: str = "", **variables: Any) -> Drive:
    return Drive(
        f"""
        <startEvent id="s"/>
        <scriptTask id="a" {attributes}><script><![CDATA[{text}]]></script></scriptTask>
        <userTask id="b"/>
        s -> a -> b
        """,
        **variables,
    )


def test_its_result_gets_the_name_the_model_gives() -> None:
    drive = script("n + 1", 'k:resultVariable="m"', n=1)
    assert drive.variables == {"n": 1, "m": 2}
    told = [r.detail for r in drive.records if r.kind == "evaluated"]
    assert told == [{"output": 2}]


def test_the_entries_of_a_document_become_variables() -> None:
    assert script("{x: n + 1, y: x * 2}", n=1).variables == {"n": 1, "x": 2, "y": 4}


def test_a_result_without_a_name_is_only_told() -> None:
    drive = script("n + 1", n=1)
    assert drive.at == ["b"]
    assert drive.variables == {"n": 1}


def test_one_without_a_script_passes() -> None:
    assert script("").at == ["b"]


def test_one_with_a_job_type_waits_for_a_worker() -> None:
    drive = script("ignored", 'k:jobType="run"')
    assert drive.subscriptions("job")[0].trigger.name == "run"
    drive.complete("a", x=1)
    assert drive.at == ["b"]
    assert drive.variables == {"x": 1}


def test_cancelling_takes_what_comes_behind_it() -> None:
    drive = script("n")
    drive.give(Cancelled())
    assert drive.ended
