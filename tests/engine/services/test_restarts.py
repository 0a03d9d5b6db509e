"""Finished instances: run again with a link both ways, or deleted for good."""

from __future__ import annotations

import pytest

from engine import Conflict, Engine, ExecutionError, Invalid, NotFound
from engine.views import Actor, AuditQuery
from tests.engine.services.house import deploy, elements, task, values

ANA = Actor("ana", "console")
TASKS = "<startEvent id='s'/><userTask id='a'/><userTask id='b'/>\ns -> a -> b"


def finished(engine: Engine) -> int:
    """An instance that began with n=1 and ended with n=2."""
    deploy(engine, TASKS)
    id = engine.start("p", {"n": 1, "m": 1}, business_key="K", correlation_id="c").id
    engine.complete_task(task(engine), {"n": 2})
    engine.complete_task(task(engine))
    return id


def test_it_begins_with_what_it_began_with_and_is_linked_both_ways(engine: Engine) -> None:
    id = finished(engine)
    new = engine.restart(id, reason="once more", variables={"m": 7}, by=ANA).created
    assert new is not None
    assert elements(engine, new) == ["a"]
    assert values(engine, new) == {"n": 1, "m": 7}
    head = engine.instance(new).head
    assert (head.business_key, head.correlation_id, head.started_by) == ("K", "c", "ana")
    assert engine.restarts(id).later == [new]
    assert engine.restarts(new).original == id
    (entry,) = engine.audit(AuditQuery(instance=id, verbs=("restart",))).items
    assert (entry.by, entry.reason, entry.detail["created"]) == (ANA, "once more", str(new))


def test_it_may_begin_with_what_it_ended_with_and_elsewhere(engine: Engine) -> None:
    id = finished(engine)
    new = engine.restart(id, reason="x", variables_from="end", at=["b"]).created
    assert new is not None
    assert elements(engine, new) == ["b"]
    assert values(engine, new) == {"n": 2, "m": 1}
    with pytest.raises(ExecutionError, match="'ghost'"):
        engine.restart(id, reason="x", at=["ghost"])


@pytest.mark.parametrize(("latest", "version"), [(True, 2), (False, 1)])
def test_it_runs_the_latest_version_or_the_same(engine: Engine, latest: bool, version: int) -> None:
    id = finished(engine)
    deploy(engine, TASKS + "\n<userTask id='c'/>\nb -> c")
    new = engine.restart(id, reason="x", latest=latest).created
    assert engine.instance(new or 0).head.version == version


def test_what_a_message_began_begins_at_that_event(engine: Engine) -> None:
    xml = """<startEvent id='m'><messageEventDefinition messageRef='x'/></startEvent>
    <userTask id='a'/>
    m -> a"""
    deploy(engine, xml, "<message id='x' name='go'/>")
    id = engine.publish("go", variables={"n": 3}).instance or 0
    engine.cancel(id, reason="x")
    new = engine.restart(id, reason="x").created or 0
    assert (elements(engine, new), values(engine, new)) == (["a"], {"n": 3})


def test_only_a_finished_root_is_run_again(engine: Engine) -> None:
    deploy(engine, TASKS)
    id = engine.start("p").id
    with pytest.raises(Conflict, match="is active"):
        engine.restart(id, reason="x")
    with pytest.raises(Conflict, match="is active"):
        engine.delete_instance(id, reason="x")
    with pytest.raises(NotFound):
        engine.restart(99, reason="x")


def test_a_dry_run_starts_nothing(engine: Engine) -> None:
    id = finished(engine)
    tried = engine.restart(id, reason="x", dry_run=True)
    assert [p.element for p in tried.after] == ["a"]
    assert engine.instances().total == 1


def test_a_deleted_instance_is_gone_but_for_the_audit(engine: Engine) -> None:
    id = finished(engine)
    engine.delete_instance(id, reason="asked for", by=ANA, dry_run=True)
    assert engine.instances().total == 1
    engine.delete_instance(id, reason="asked for", by=ANA)
    assert engine.instances().total == 0
    with pytest.raises(NotFound):
        engine.history(id)
    (entry,) = engine.audit(AuditQuery(verbs=("delete",))).items
    assert (entry.instance, entry.reason) == (id, "asked for")
    with pytest.raises(Invalid, match="reason"):
        engine.delete_instance(finished(engine), reason=" ")
