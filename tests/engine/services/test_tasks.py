"""User tasks: claimed by one, given back, changed, completed once (BPMN 2.0.2 §10.3.4)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import Conflict, Engine, Invalid, Stale
from engine.views import Actor, TaskQuery
from tests.engine.services.house import deploy, task, values

TASK = """<startEvent id='s'/><userTask id='u' k:candidateGroups='sales' k:priority='7'/>
<endEvent id='e'/>
s -> u -> e"""
ANA = Actor("ana", "console")


def test_a_task_is_claimed_by_one(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p").id
    open_task = task(engine)
    engine.claim(open_task, "ana", by=ANA)
    engine.claim(open_task, "ana")
    with pytest.raises(Conflict, match=f"task {open_task} is claimed by 'ana'"):
        engine.claim(open_task, "ben")
    assert engine.task(open_task).assignee == "ana"
    wait = engine.instance(id).tokens[0].waits[0]
    assert wait.sentence == "Waits for 'ana' to complete the task"
    engine.claim(open_task, "ben", force=True)
    engine.unclaim(open_task)
    engine.unclaim(open_task)
    assert engine.task(open_task).assignee is None
    assert engine.instance(id).tokens[0].waits[0].sentence == (
        "Waits for somebody of 'sales' to claim the task"
    )
    verbs = [e.detail["verb"] for e in engine.history(id).items if e.kind == "intervention"]
    assert verbs == ["start", "claim", "claim", "unclaim"]


def test_a_task_is_completed_once_and_by_whom_is_known(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p").id
    open_task = task(engine)
    engine.complete_task(open_task, {"ok": True}, by=ANA, idempotency_key="k")
    engine.complete_task(open_task, {"ok": True}, by=ANA, idempotency_key="k")
    with pytest.raises(Stale, match=r"user task \d+ has been done already"):
        engine.complete_task(open_task)
    assert values(engine, id) == {"ok": True}
    hand = [e for e in engine.history(id).items if e.kind == "intervention"][-1]
    assert (hand.detail["verb"], hand.detail["by"], hand.element) == ("complete_task", "ana", "u")


def test_a_task_is_changed_without_disturbing_its_instance(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p").id
    open_task = task(engine)
    assert engine.task(open_task).priority == 7
    due = datetime(2031, 2, 3, tzinfo=UTC)
    engine.update_task(
        open_task,
        {"candidate_groups": ["claims"], "due_date": due, "priority": 9, "assignee": "ana"},
        by=ANA,
    )
    changed = engine.task(open_task)
    assert (changed.candidate_groups, changed.due, changed.priority) == (["claims"], due, 9)
    assert changed.assignee == "ana"
    assert engine.tasks(TaskQuery(candidate_groups=("sales",))).total == 0
    engine.update_task(open_task, {"assignee": None, "due_date": None})
    assert (engine.task(open_task).assignee, engine.task(open_task).due) == (None, None)
    with pytest.raises(Invalid, match="'form' cannot be changed"):
        engine.update_task(open_task, {"form": {}})
    engine.complete_task(open_task)
    assert engine.instance(id).head.state == "completed"


def test_a_task_that_is_none_is_not_worked_on(engine: Engine) -> None:
    deploy(engine, "<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>\ns -> j")
    engine.start("p")
    id = engine.jobs().items[0].id
    with pytest.raises(Exception, match="is a job, not a user task"):
        engine.complete_task(id)
