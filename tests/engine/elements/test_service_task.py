"""Service task: work for a worker (BPMN 2.0.2 §10.3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ExecutionError
from engine.step import Cancelled
from tests.kit import Drive

TASK = """
<startEvent id="s"/> <serviceTask id="a" {attributes}/> <endEvent id="e"/>
s -> a -> e
"""


def task(attributes: str = "", roots: str = "", **variables: Any) -> Drive:
    return Drive(TASK.format(attributes=attributes), roots, **variables)


def test_it_waits_for_its_job() -> None:
    drive = task('k:jobType="pay"')
    (job,) = drive.subscriptions("job")
    assert job.trigger.name == "pay"
    drive.complete("a", paid=3)
    assert drive.ended
    assert drive.variables == {"paid": 3}


@pytest.mark.parametrize(
    ("attributes", "roots", "name"),
    [
        ("", "", "a"),
        ("implementation='##WebService'", "", "a"),
        ("implementation='pay'", "", "pay"),
        (
            "operationRef='o'",
            "<interface id='i' name='i'><operation id='o' name='charge'>"
            "<inMessageRef>m</inMessageRef></operation></interface><message id='m'/>",
            "charge",
        ),
    ],
)
def test_its_type_is_what_the_model_says_or_else_its_id(
    attributes: str, roots: str, name: str
) -> None:
    assert task(attributes, roots).subscriptions("job")[0].trigger.name == name


def test_its_type_and_retries_may_be_computed() -> None:
    drive = task('k:jobType="=kind" k:retries="=2 + 3" k:backoff="PT5S"', kind="pay")
    (job,) = drive.subscriptions("job")
    assert job.trigger.name == "pay"
    assert job.trigger.details == {"retries": 5, "backoff": "PT5S"}


def test_a_type_that_is_no_text_is_an_incident_at_the_task() -> None:
    drive = task('k:jobType="=kind"')
    assert drive.at == ["a"]
    assert "the job type 'kind' is None" in drive.incidents[0]
    drive.assign(kind="pay")
    drive.retry()
    assert drive.subscriptions("job")[0].trigger.name == "pay"


def test_an_uncaught_error_changes_nothing() -> None:
    drive = task()
    with pytest.raises(ExecutionError, match="BPMN error 'E' thrown at service task 'a'"):
        drive.fail("a", "E")
    assert drive.at == ["a"]
    drive.complete("a")
    assert drive.ended


def test_cancelling_withdraws_the_job() -> None:
    drive = task()
    drive.give(Cancelled())
    assert not drive.instance.subscriptions
