"""Called instances: begun with their caller, ended with it (BPMN 2.0.2 §10.3.6)."""

from __future__ import annotations

import pytest

from engine import Engine, Stale
from engine.views import InstanceQuery
from tests.engine.services.house import deploy, elements, job, values
from tests.kit import document

CALL = """<startEvent id='s'/><callActivity id='c' calledElement='q'/><userTask id='u'/>
s -> c -> u"""
CAUGHT = """<startEvent id='s'/><callActivity id='c' calledElement='q'/><userTask id='u'/>
<boundaryEvent id='b' attachedToRef='c'><errorEventDefinition errorRef='no'/></boundaryEvent>
<userTask id='caught'/>
s -> c -> u
b -> caught"""
ERROR = "<error id='no' errorCode='NO'/>"
WORK = "<startEvent id='s'/><serviceTask id='j' k:jobType='work'/><endEvent id='e'/>\ns -> j -> e"
LINE = "<startEvent id='s'/><manualTask id='m'/><endEvent id='e'/>\ns -> m -> e"


def called(xml: str, roots: str = "", id: str = "q") -> bytes:
    return document(xml, roots).replace(b"id='p'", f"id='{id}'".encode())


def test_a_called_instance_that_never_waits_ends_with_its_callers_step(engine: Engine) -> None:
    deploy(engine, CALL, q=called(LINE))
    id = engine.start("p", {"a": 1}, business_key="A-1", correlation_id="trace").id
    assert elements(engine, id) == ["u"]
    view = engine.instance(id)
    (child,) = view.children
    assert (child.state, child.parent, child.root) == ("completed", id, id)
    assert (child.business_key, child.correlation_id) == ("A-1", "trace")
    assert child.id >> 53 == id >> 53
    assert values(engine, id) == {"a": 1}
    assert engine.instances(InstanceQuery(is_root=True)).total == 1
    assert engine.instances(InstanceQuery(root=id)).total == 2


def test_a_caller_waits_for_what_it_called(engine: Engine) -> None:
    deploy(engine, CALL, q=called(WORK))
    id = engine.start("p", {"a": 1}).id
    (token,) = engine.instance(id).tokens
    (child,) = engine.instance(id).children
    assert token.waits[0].child == child.id
    assert token.waits[0].sentence == "Waits for the called instance of 'q' to end"
    found = job(engine)
    assert (found.instance, found.root, found.variables) == (child.id, id, {"a": 1})
    engine.complete_job(found.id, {"b": 2})
    assert elements(engine, id) == ["u"]
    assert values(engine, id) == {"a": 1, "b": 2}


def test_what_is_called_goes_with_its_caller(engine: Engine) -> None:
    deploy(engine, CALL, q=called(CALL.replace("'q'", "'r'")), r=called(WORK, id="r"))
    id = engine.start("p").id
    assert engine.overview().in_flight == 3
    found = job(engine)
    engine.cancel(id, reason="enough")
    assert engine.overview().in_flight == 0
    states = {i.state for i in engine.instances(InstanceQuery(root=id)).items}
    assert states == {"cancelled"}
    try:
        engine.complete_job(found.id)
    except Stale:
        pass
    else:
        raise AssertionError("the job of a cancelled instance was completed")


def test_an_error_crosses_to_the_caller(engine: Engine) -> None:
    fail = """<startEvent id='s'/><userTask id='j'/><endEvent id='e'>
    <errorEventDefinition errorRef='no'/></endEvent>\ns -> j -> e"""
    deploy(engine, CAUGHT, ERROR, q=called(fail, ERROR))
    id = engine.start("p").id
    engine.complete_task(engine.tasks().items[0].id)
    assert elements(engine, id) == ["caught"]
    (child,) = engine.instance(id).children
    assert (child.state, child.reason) == ("failed", "NO")


def test_an_error_that_the_caller_does_not_catch_is_its_incident(engine: Engine) -> None:
    fail = """<startEvent id='s'/><endEvent id='e'><errorEventDefinition errorRef='no'/></endEvent>
    s -> e"""
    deploy(engine, CALL, q=called(fail, ERROR))
    view = engine.instance(engine.start("p").id)
    assert view.head.elements == ["c"]
    (incident,) = view.incidents
    assert "NO" in incident.message


def test_a_call_of_nothing_is_an_incident_until_it_is_deployed(engine: Engine) -> None:
    deploy(engine, CALL)
    id = engine.start("p").id
    (incident,) = engine.incidents().items
    assert "process 'q': there is none" in incident.message
    assert engine.retry(incident.id) is False
    deploy(engine, LINE.replace("'m'", "'n'").replace("-> m", "-> n"), q=called(LINE))
    (incident,) = engine.incidents().items
    assert engine.retry(incident.id) is True
    assert elements(engine, id) == ["u"]
    assert engine.incidents().total == 0


def test_recursion_without_end_is_an_incident_and_not_the_end_of_the_engine(
    engine: Engine,
) -> None:
    deploy(
        engine,
        """<startEvent id='s'/><exclusiveGateway id='x' default='x-u'/>
        <callActivity id='c' calledElement='p'/><userTask id='u'/>
        s -> x -> u
        x -> c : =true
        c -> u""",
    )
    id = engine.start("p").id
    (incident,) = engine.incidents().items
    assert "more than the 50 allowed" in incident.message
    assert engine.instances(InstanceQuery(root=id)).total == 51
    engine.cancel(id, reason="a slip")
    assert engine.overview().in_flight == 0


def test_a_called_instance_that_is_cancelled_is_its_callers_incident(engine: Engine) -> None:
    deploy(engine, CALL, q=called(WORK))
    id = engine.start("p").id
    (child,) = engine.instance(id).children
    engine.cancel(child.id, reason="wrong data")
    (incident,) = engine.instance(id).incidents
    assert "was cancelled: wrong data" in incident.message
    assert engine.retry(incident.id, reason="again") is True
    engine.complete_job(job(engine).id)
    assert elements(engine, id) == ["u"]


def test_a_caller_keeps_calling_the_version_it_means(engine: Engine) -> None:
    pinned = CALL.replace(
        "calledElement='q'/>",
        "><extensionElements><zeebe:calledElement processId='q' bindingType='deployment'/>"
        "</extensionElements></callActivity>",
    ).replace("<callActivity id='c' >", "<callActivity id='c'>")
    deploy(engine, pinned, q=called(WORK))
    engine.deploy({"q.bpmn": called(LINE)})
    id = engine.start("p").id
    (child,) = engine.instance(id).children
    assert (child.version, child.state) == (1, "active")


TELLS = """<startEvent id='s'/><userTask id='j'/>
<intermediateThrowEvent id='one'><escalationEventDefinition escalationRef='L1'/>
</intermediateThrowEvent>
<endEvent id='two'><escalationEventDefinition escalationRef='L2'/></endEvent>
s -> j -> one -> two"""
TOLD = """<startEvent id='s'/><callActivity id='c' calledElement='q'/><userTask id='u'/>
<boundaryEvent id='b' attachedToRef='c' cancelActivity='false'>
<escalationEventDefinition/></boundaryEvent>
<userTask id='told'/>
s -> c -> u
b -> told"""
ESCALATIONS = "<escalation id='L1' escalationCode='one'/><escalation id='L2' escalationCode='two'/>"


def names(engine: Engine, id: int) -> list[str]:
    return sorted(token.element for token in engine.instance(id).tokens)


def test_every_escalation_of_one_step_reaches_the_caller_in_order(engine: Engine) -> None:
    deploy(engine, TOLD, q=called(TELLS, ESCALATIONS))
    id = engine.start("p").id
    engine.complete_task(engine.tasks().items[0].id)
    assert names(engine, id) == ["told", "told", "u"]
    thrown = [e.detail["code"] for e in engine.history(id).items if e.kind == "thrown"]
    assert thrown == ["one", "two"]


def test_the_first_that_interrupts_leaves_the_others_without_a_call(engine: Engine) -> None:
    deploy(engine, TOLD.replace("cancelActivity='false'", ""), q=called(TELLS, ESCALATIONS))
    id = engine.start("p").id
    engine.complete_task(engine.tasks().items[0].id)
    assert elements(engine, id) == ["told"]


def test_what_the_caller_could_not_be_told_is_told_in_order_on_retry(engine: Engine) -> None:
    xml = TOLD.replace("b -> told", "b -> told : ready")
    deploy(engine, xml, q=called(TELLS, ESCALATIONS))
    id = engine.start("p").id
    engine.complete_task(engine.tasks().items[0].id)
    assert elements(engine, id) == ["c"]
    engine.set_variables(id, {"ready": True}, reason="now it is")
    assert engine.retry_all(id, reason="now it is") == 1
    assert names(engine, id) == ["told", "told", "u"]
    assert not engine.incidents().items


@pytest.mark.parametrize("kind", ["globalUserTask", "globalScriptTask", "globalManualTask"])
def test_a_global_task_is_called_like_a_process(engine: Engine, kind: str) -> None:
    script = "<script>{r: 5}</script>" if kind == "globalScriptTask" else ""
    task = f"<{kind} id='q' name='Q' k:assignee='ana'>{script}</{kind}>"
    deploy(engine, CALL, task)
    id = engine.start("p").id
    if kind == "globalUserTask":
        assert elements(engine, id) == ["c"]
        engine.complete_task(engine.tasks().items[0].id, {"r": 5})
    assert elements(engine, id) == ["u"]
    assert values(engine, id).get("r") == (None if kind == "globalManualTask" else 5)
    assert engine.definition(engine.latest("q").key).process_id == "q"
    assert engine.diagram(engine.latest("q").key)


def test_a_file_may_hold_nothing_but_global_tasks(engine: Engine) -> None:
    only = document("", "<globalManualTask id='q'/>")
    only = only[: only.index(b"<process")] + b"</definitions>"
    deploy(engine, CALL, q=only)
    assert elements(engine, engine.start("p").id) == ["u"]
