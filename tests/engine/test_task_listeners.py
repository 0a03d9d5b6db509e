"""Task listeners: told when a user task is created, assigned, completed and late."""

from __future__ import annotations

from datetime import timedelta

from engine import Actor, Execution, Handlers
from engine.testing import Play, Stage
from tests.engine.test_listeners import CAMUNDA8, c7, listening, play, stage

WAY = """<startEvent id="s"/> <endEvent id="e"/>
    <userTask id="t" name="Check"{attributes}>{listeners}</userTask>
    s -> t -> e"""


def task(listeners: str, attributes: str = "") -> str:
    return WAY.format(listeners=listening(listeners), attributes=attributes)


def only_task(going: Play) -> int:
    (found,) = going.stage.engine.tasks().items
    return found.id


def test_create_may_say_who_does_it_and_assignment_hears_of_it() -> None:
    going = play(
        task(
            c7("taskListener", "create", "${task.setAssignee(boss)}")
            + c7("taskListener", "assignment", "${execution.setVariable('who', task.assignee)}")
        ),
        boss="mary",
    )
    assert going.stage.engine.task(only_task(going)).assignee == "mary"
    assert going.variables["who"] == "mary"


def test_a_task_tells_its_name_and_key() -> None:
    told = "${execution.setVariable('told', task.name.concat('/').concat(task.taskDefinitionKey))}"
    assert play(task(c7("taskListener", "create", told))).variables["told"] == "Check/t"


def test_a_claim_is_an_assignment() -> None:
    heard = "${task.execution.setVariable('who', task.assignee)}"
    going = play(task(c7("taskListener", "assignment", heard)))
    assert going.variables == {}
    going.stage.engine.claim(only_task(going), "john", by=Actor("john", "api"))
    assert going.variables == {"who": "john"}


def test_complete_sees_the_results_and_may_change_them() -> None:
    heard = "${execution.setVariable('n', execution.getVariable('n') + 1)}"
    going = play(task(c7("taskListener", "complete", heard)))
    going.complete("t", n=4)
    assert going.variables == {"n": 5}


def test_a_delegate_is_a_task_listener() -> None:
    handlers = Handlers()

    def check(execution: Execution) -> None:
        execution.changes["assignee"] = "mary"
        assert execution.task is not None
        execution.set("id", execution.task["id"])

    handlers.delegate("com.acme.Check", check)
    listener = '<camunda:taskListener class="com.acme.Check" event="create"/>'
    going = play(task(listener), handlers)
    found = going.stage.engine.task(only_task(going))
    assert found.assignee == "mary"
    assert going.variables["id"] == str(found.id)


def test_a_timeout_is_heard_while_the_task_stays_open() -> None:
    listener = """<camunda:taskListener event="timeout" id="late"
        expression="${execution.setVariable('late', true)}">
        <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>
        </camunda:taskListener>"""
    going = play(task(listener))
    going.stage.advance(minutes=59)
    assert going.variables == {}
    going.stage.advance(minutes=2)
    assert going.variables == {"late": True}
    going.complete("t")
    assert going.state == "completed"


def zeebe(*listeners: tuple[str, str]) -> str:
    inner = "".join(f'<zeebe:taskListener eventType="{e}" type="{t}"/>' for e, t in listeners)
    return f"<zeebe:userTask/><zeebe:taskListeners>{inner}</zeebe:taskListeners>"


def test_jobs_of_camunda8_hold_up_creation_and_completion() -> None:
    going = play(
        task(zeebe(("creating", "c1"), ("creating", "c2"), ("completing", "done"))),
        dialect=CAMUNDA8,
    )
    assert not going.stage.engine.tasks().items
    going.work("c1")
    going.work("c2", who="mary")
    going.complete("t", n=1)
    assert going.state == "active"
    going.work("done", n=2)
    assert going.state == "completed"
    assert going.variables == {"who": "mary", "n": 2}


def test_a_job_for_an_assignment_leaves_the_task_open() -> None:
    going = play(task(zeebe(("assigning", "a"))), dialect=CAMUNDA8)
    going.stage.engine.claim(only_task(going), "john")
    going.work("a", told=True)
    assert going.variables == {"told": True}
    going.complete("t")
    assert going.state == "completed"


def test_the_initiator_is_who_started_it() -> None:
    there: Stage = stage(
        """<startEvent id="s" camunda:initiator="starter"/> <userTask id="t"
            camunda:assignee="${starter}"/> <endEvent id="e"/>
        s -> t -> e"""
    )
    started = there.engine.start("p", by=Actor("mary", "console"), wait=timedelta(0))
    assert Play(there, started.id).variables == {"starter": "mary"}
    assert there.engine.tasks().items[0].assignee == "mary"
