"""Taking instances to another version: what moves, what stays, what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import Conflict, Engine, Invalid, NotFound, Refused
from engine.views import Actor, ElementMapping, MigrationPlan
from tests.engine.services.house import Clock, Nodes, deploy, elements, job, task, values

ANA = Actor("ana", "console")
ONE = """
<startEvent id='s'/><userTask id='a'/><serviceTask id='j' k:jobType='work'/><endEvent id='e'/>
s -> a -> j -> e
"""
RENAMED = """
<startEvent id='s'/><userTask id='approve'/><serviceTask id='j' k:jobType='work2'/>
<userTask id='extra'/><endEvent id='e'/>
s -> approve -> j -> extra -> e
"""


def versions(engine: Engine, *xmls: str, roots: str = "") -> MigrationPlan:
    """Deploy these versions; a plan from the first to the last."""
    for xml in xmls:
        deploy(engine, xml, roots)
    keys = {v.version: v.key for v in engine.versions("p")}
    return MigrationPlan(source=keys[1], target=keys[len(xmls)])


def mapped(plan: MigrationPlan, *pairs: tuple[str, str | None], update: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    mapping = [ElementMapping(source=a, target=b) for a, b in pairs]
    return MigrationPlan(
        source=plan.source, target=plan.target, mapping=mapping, update=list(update)
    )


def test_an_instance_goes_on_with_the_other_version(nodes: Nodes) -> None:
    engine = nodes.engine()
    deploy(engine, ONE)
    id = engine.start("p", {"n": 1}).id
    plan = mapped(versions(engine, ONE, RENAMED), ("a", "approve"))
    open_task = task(engine)
    effect = engine.migrate_instance(id, plan, reason="new law", by=ANA)
    assert [p.element for p in effect.after] == ["approve"]
    assert task(engine) == open_task
    if nodes.kind != "memory":
        engine = nodes.engine()
    engine.complete_task(open_task)
    engine.complete_job(job(engine, "work2").id)
    assert elements(engine, id) == ["extra"]
    head = engine.instance(id).head
    assert (head.version, head.definition) == (2, plan.target)
    assert values(engine, id) == {"n": 1}
    assert [(s.version, s.first == 1, s.last is None) for s in engine.definition_spans(id)] == [
        (1, True, False),
        (2, False, True),
    ]
    (entry,) = engine.audit().items[-1:]
    assert (entry.verb, entry.detail["mapping"]) == ("migrate", {"a": "approve"})


def test_a_job_that_is_out_stays_out_and_an_incident_stays_one(engine: Engine) -> None:
    deploy(engine, ONE)
    first, second = engine.start("p").id, engine.start("p").id
    for one in engine.tasks().items:
        engine.complete_task(one.id)
    held = {j.instance: j for j in engine.activate_jobs(["work"], worker="w")}
    engine.fail_job(held[second].id, "boom", retries=0)
    plan = mapped(versions(engine, ONE, RENAMED), ("a", "approve"))
    for id in (first, second):
        engine.migrate_instance(id, plan, reason="x")
    engine.complete_job(held[first].id)
    assert elements(engine, first) == ["extra"]
    (incident,) = engine.incidents().items
    assert (incident.definition, incident.version) == (plan.target, 2)
    assert engine.activate_jobs(["work"], worker="w") == []
    engine.retry(incident.id)
    engine.complete_job(job(engine).id)
    assert elements(engine, second) == ["extra"]


def test_one_unmapped_active_activity_refuses_the_whole_plan(engine: Engine) -> None:
    two = """<startEvent id='s'/><userTask id='a'/><userTask id='b'/><userTask id='c'/>
    s -> a
    s -> b
    s -> c"""
    plan = versions(engine, two, "<startEvent id='s'/><userTask id='c'/>\ns -> c")
    id = engine.start("p", version=1).id
    with pytest.raises(Refused) as refused:
        engine.migrate_instance(id, plan, reason="x")
    assert [p.element for p in refused.value.problems] == ["a", "b"]
    assert "user task 'a' has no target, and a token is in it" in str(refused.value)
    check = engine.migration_check(plan)
    assert [p.element for p in check.problems] == ["a", "b"]
    assert {e.source: (e.target, e.origin, e.active) for e in check.elements}["c"] == (
        "c",
        "same id",
        1,
    )
    assert elements(engine, id) == ["a", "b", "c"]


def test_a_plan_is_checked_against_both_definitions(engine: Engine) -> None:
    plan = versions(engine, ONE, RENAMED)
    wrong = mapped(plan, ("ghost", "j"), ("a", "j"), ("j", "spirit"), ("e", None), update=("j",))
    said = [p.message for p in engine.migration_check(wrong).problems]
    assert said == [
        "there is no flow node 'ghost' in 'p'",
        "user task 'a' and service task 'j' are of different kinds",
        "there is no flow node 'spirit' in 'p'",
        "end event 'e' cannot be left out: only what waits beside the flow can",
        "update: 'j' is no event of 'p' with a trigger",
    ]
    with pytest.raises(Invalid, match="'a' has two targets"):
        engine.migration_check(mapped(plan, ("a", "j"), ("a", "e")))
    with pytest.raises(NotFound):
        engine.migration_check(MigrationPlan(source=plan.source, target=99))


def test_an_instance_of_another_version_is_not_taken(engine: Engine) -> None:
    plan = versions(engine, ONE, RENAMED)
    id = engine.start("p").id
    with pytest.raises(Conflict, match="not the plan's source"):
        engine.migrate_instance(id, plan, reason="x")


TIMED = """
<startEvent id='s'/><userTask id='a'/><userTask id='late'/>
<boundaryEvent id='t' attachedToRef='a'><timerEventDefinition>
<timeDuration>{}</timeDuration></timerEventDefinition></boundaryEvent>
s -> a
t -> late
"""


@pytest.mark.parametrize(("update", "hours"), [((), 1), (("t",), 3)])
def test_a_timer_keeps_its_date_unless_told_to_update_it(
    engine: Engine, clock: Clock, update: tuple[str, ...], hours: int
) -> None:
    plan = mapped(versions(engine, TIMED.format("PT1H"), TIMED.format("PT3H")), update=update)
    id = engine.start("p", version=1).id
    engine.migrate_instance(id, plan, reason="x")
    clock.advance(hours=hours, seconds=-1)
    engine.run_due()
    assert elements(engine, id) == ["a"]
    clock.advance(seconds=2)
    engine.run_due()
    assert elements(engine, id) == ["late"]


def test_an_event_beside_what_runs_is_withdrawn_when_the_plan_says_so_and_a_new_one_armed(
    engine: Engine, clock: Clock
) -> None:
    other = TIMED.format("PT5H").replace("id='t'", "id='t2'").replace("t ->", "t2 ->")
    plan = versions(engine, TIMED.format("PT1H"), other)
    id = engine.start("p", version=1).id
    with pytest.raises(Refused, match="or to none to withdraw it"):
        engine.migrate_instance(id, plan, reason="x")
    engine.migrate_instance(id, mapped(plan, ("t", None)), reason="x")
    clock.advance(hours=2)
    engine.run_due()
    assert elements(engine, id) == ["a"]
    clock.advance(hours=4)
    engine.run_due()
    assert elements(engine, id) == ["late"]


CATCH = """<startEvent id='s'/><intermediateCatchEvent id='w'>
<messageEventDefinition messageRef='{}'/></intermediateCatchEvent><userTask id='u'/>
s -> w -> u"""
MESSAGES = "<message id='m1' name='paid'/><message id='m2' name='settled'/>"


@pytest.mark.parametrize(("update", "name"), [((), "paid"), (("w",), "settled")])
def test_a_message_keeps_its_name_unless_told_to_update_it(
    engine: Engine, update: tuple[str, ...], name: str
) -> None:
    plan = mapped(
        versions(engine, CATCH.format("m1"), CATCH.format("m2"), roots=MESSAGES), update=update
    )
    id = engine.start("p", version=1).id
    engine.migrate_instance(id, plan, reason="x")
    engine.correlate(name)
    assert elements(engine, id) == ["u"]


INNER = """<startEvent id='s'/><subProcess id='sub'>
<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>
</multiInstanceLoopCharacteristics>
<startEvent id='t'/><userTask id='i'/><userTask id='k'/>
t -> i -> k
</subProcess><userTask id='after'/>
s -> sub -> after"""


def test_loops_and_scopes_go_along(engine: Engine) -> None:
    plan = versions(
        engine,
        INNER,
        INNER.replace("'sub'", "'each'").replace("> sub", "> each").replace("sub ->", "each ->"),
    )
    id = engine.start("p", version=1).id
    with pytest.raises(Refused, match="it runs"):
        engine.migrate_instance(id, plan, reason="x")
    engine.migrate_instance(id, mapped(plan, ("sub", "each")), reason="x")
    for _ in range(4):
        engine.complete_task(engine.tasks().items[0].id)
    assert elements(engine, id) == ["after"]


def test_an_element_cannot_go_to_another_place(engine: Engine) -> None:
    flat = """<startEvent id='s'/><userTask id='i'/><subProcess id='sub'>
    <multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>
    </multiInstanceLoopCharacteristics><userTask id='k'/></subProcess>
    s -> sub -> i"""
    plan = versions(engine, INNER, flat)
    id = engine.start("p", version=1).id
    with pytest.raises(Refused, match="user task 'i' is in 'p', but what is around"):
        engine.migrate_instance(id, plan, reason="x")


JOIN = """<startEvent id='s'/><userTask id='a'/><userTask id='b'/>
<parallelGateway id='j'/><userTask id='after'/>
s -> a -> j
s -> b -> j
j -> after"""


def test_a_token_at_a_join_needs_its_flow_and_goes_on_when_no_other_is_awaited(
    engine: Engine,
) -> None:
    plan = versions(engine, JOIN, JOIN.replace("s -> b -> j", "s -> b"))
    id = engine.start("p", version=1).id
    by_element = {one.element: one.id for one in engine.tasks().items}
    engine.complete_task(by_element["a"])
    assert elements(engine, id) == ["b", "j"]
    engine.migrate_instance(id, plan, reason="x")
    assert elements(engine, id) == ["after", "b"]
    renamed = JOIN.replace("s -> b -> j", "s -> c -> j").replace("<userTask id='b'/>", "")
    deploy(engine, "<userTask id='c'/>" + renamed)
    plan = MigrationPlan(source=plan.source, target=engine.versions("p")[0].key)
    other = engine.start("p", version=1).id
    (open_b,) = [t.id for t in engine.tasks().items if t.instance == other and t.element == "b"]
    engine.complete_task(open_b)
    with pytest.raises(Refused, match="map that sequence flow too"):
        engine.migrate_instance(other, plan, reason="x")
    engine.migrate_instance(other, mapped(plan, ("b-j", "c-j")), reason="x")
    assert elements(engine, other) == ["a", "j"]
    engine.complete_task(next(t.id for t in engine.tasks().items if t.instance == other))
    assert elements(engine, other) == ["after"]


def test_a_dry_run_takes_nothing_anywhere(engine: Engine) -> None:
    plan = mapped(versions(engine, ONE, RENAMED), ("a", "approve"))
    id = engine.start("p", version=1).id
    tried = engine.migrate_instance(id, plan, reason="x", dry_run=True)
    assert ([p.element for p in tried.after], elements(engine, id)) == (["approve"], ["a"])
    assert engine.instance(id).head.version == 1
    assert engine.audit().items == []


def test_a_suspended_instance_stays_so(engine: Engine, clock: Clock) -> None:
    plan = versions(engine, TIMED.format("PT1H"), TIMED.format("PT3H"))
    id = engine.start("p", version=1).id
    engine.suspend(id, reason="x")
    engine.migrate_instance(id, plan, reason="x")
    clock.advance(hours=9)
    engine.run_due()
    assert elements(engine, id) == ["a"]
    engine.resume(id)
    clock.now += timedelta(hours=2)
    engine.run_due()
    assert elements(engine, id) == ["late"]


def test_what_was_promised_is_undone_by_the_new_version(engine: Engine) -> None:
    saga = """<startEvent id='s'/><serviceTask id='book' k:jobType='book'/>
    <boundaryEvent id='b' attachedToRef='book'><compensateEventDefinition/></boundaryEvent>
    <serviceTask id='undo' isForCompensation='true' k:jobType='{}'/>
    <association id='x' sourceRef='b' targetRef='undo' associationDirection='One'/>
    <userTask id='u'/>
    s -> book -> u"""
    plan = versions(engine, saga.format("old"), saga.format("new"))
    id = engine.start("p", version=1).id
    engine.complete_job(job(engine, "book").id)
    engine.migrate_instance(id, plan, reason="x")
    engine.abandon(id, reason="y")
    engine.complete_job(job(engine, "new").id)
    assert engine.instance(id).head.state == "cancelled"
