"""Finished instances leave whole, when their time has come, and not before they are exported."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import Engine, InstanceQuery, Invalid, NotFound, time_to_live
from engine.storage import schema as t
from engine.values import decode
from tests.engine.services.house import Clock, Nodes, deploy
from tests.kit import flows

QUICK = """
<startEvent id='s'/>
<endEvent id='e'/>
s -> e
"""
CALLS = """
<startEvent id='s'/>
<callActivity id='c' calledElement='child'/>
<endEvent id='e'/>
s -> c -> e
"""
WAITS = """
<startEvent id='s'/>
<userTask id='u'/>
<endEvent id='e'/>
s -> u -> e
"""
CHILD = """
<process id='child' isExecutable='true'>
<startEvent id='cs'/>
<endEvent id='ce'/>
cs -> ce
</process>
"""


def count(engine: Engine) -> dict[str, int]:
    """Rows of each table that belongs to instances."""
    with engine._shell.store.reading() as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in t.metadata.tables.values()
            if "instance_id" in table.c or table is t.instance
        }


def test_an_instance_leaves_with_all_that_it_called(engine: Engine, clock: Clock) -> None:
    deploy(engine, CALLS, flows(CHILD))
    engine.start("p", {"a": 1})
    assert count(engine)["instance"] == 2
    clock.advance(days=2)
    [leaving] = engine.leaving(clock.now - timedelta(days=1))
    assert (leaving.process_id, leaving.instances) == ("p", 1)
    assert engine.purge(clock.now - timedelta(days=1)) == 1
    assert set(count(engine).values()) == {0}


def test_what_runs_stays_and_what_is_kept_for_good(engine: Engine, clock: Clock) -> None:
    deploy(engine, WAITS)
    running = engine.start("p").id
    clock.advance(days=400)
    assert engine.purge(clock.now) == 0
    engine.complete_task(engine.tasks().items[0].id)
    clock.advance(days=400)
    assert engine.purge() == 0, "neither the definition nor the engine says how long"
    assert engine.forget([running]) == 1
    assert engine.forget([running]) == 0
    with pytest.raises(NotFound):
        engine.instance(running)


def test_a_called_instance_does_not_leave_alone(engine: Engine, clock: Clock) -> None:
    deploy(engine, CALLS, flows(CHILD))
    engine.start("p")
    [child] = engine.instances(InstanceQuery(process_ids=("child",))).items
    assert engine.forget([child.id]) == 0
    assert count(engine)["instance"] == 2


def test_the_definition_says_how_long(nodes: Nodes, clock: Clock) -> None:
    engine = nodes.engine()
    xml = flows(QUICK)
    head = (
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' id='d' "
        "targetNamespace='urn:t' xmlns:camunda='http://camunda.org/schema/1.0/bpmn'>"
        "<process id='p' isExecutable='true' camunda:historyTimeToLive='5'>"
    )
    engine.deploy({"p.bpmn": f"{head}{xml}</process></definitions>".encode()})
    engine.start("p")
    clock.advance(days=4)
    assert engine.purge() == 0
    clock.advance(days=2)
    assert engine.purge() == 1


def test_what_leaves_is_archived_first(nodes: Nodes, clock: Clock, tmp_path: Path) -> None:
    engine = nodes.engine()
    deploy(engine, CALLS, flows(CHILD))
    started = [engine.start("p", {"n": n}, business_key=f"B{n}").id for n in range(3)]
    settings = engine._shell.settings
    settings.keep, settings.archive_to = timedelta(days=1), tmp_path / "old"
    clock.advance(days=2)
    assert engine.retain(chunk=2) == 3
    assert set(count(engine).values()) == {0}
    [file] = (tmp_path / "old").iterdir()
    with gzip.open(file, "rt") as stream:
        lines = [decode(line) for line in stream]
    assert sorted(line["id"] for line in lines) == sorted(started)
    [root, child] = next(line["instances"] for line in lines if line["id"] == started[0])
    assert (root["business_key"], root["result"], child["process_id"]) == ("B0", {"n": 0}, "child")
    numbers = [entry["number"] for entry in root["history"]]
    assert numbers == list(range(1, root["last_seq"] + 1))
    assert root["ended_at"] == clock.now - timedelta(days=2)


@pytest.mark.parametrize(("text", "days"), [("P90D", 90), ("5", 5), ("P1Y", 366), ("PT36H", 1.5)])
def test_times_to_live(text: str, days: float) -> None:
    assert time_to_live(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["soon", "-P1D", ""])
def test_no_times_to_live(text: str) -> None:
    with pytest.raises(Invalid, match="P90D"):
        time_to_live(text)


def test_the_audit_stays_for_as_long_as_it_is_told_to(
    nodes: Nodes, clock: Clock, tmp_path: Path
) -> None:
    engine = nodes.engine()
    settings = engine._shell.settings
    settings.keep_audit, settings.archive_to = timedelta(days=365), tmp_path / "old"
    deploy(engine, WAITS)
    first, second = (engine.start("p").id for _ in range(2))
    engine.suspend(first, reason="a question, €5")
    clock.advance(days=300)
    engine.suspend(second, reason="another")

    engine.retain()
    assert [act.reason for act in engine.audit().items if act.reason] == [
        "another",
        "a question, €5",
    ]
    clock.advance(days=100)
    engine.retain()

    assert [act.target for act in engine.audit().items] == [str(second)]
    (file,) = (tmp_path / "old").glob("audit-*.jsonl.gz")
    kept = [decode(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert ("suspend", "a question, €5", str(first)) in [
        (act["verb"], act["reason"], act["target"]) for act in kept
    ]
    assert engine.instance(first).head.state == "active", "its instance is another matter"
