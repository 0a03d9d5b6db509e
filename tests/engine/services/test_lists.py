"""Lists find what is asked for, in parts of constant cost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from engine import Engine, Invalid, NotFound
from engine.views import (
    InstanceQuery,
    Paging,
    TaskQuery,
    VariableFilter,
)
from tests.engine.services.house import Clock, deploy

TASK = """<startEvent id='s'/><userTask id='u' name='Look at it'><extensionElements>
<zeebe:assignmentDefinition candidateGroups='=groups' candidateUsers='=users'/>
</extensionElements></userTask><endEvent id='e'/>
s -> u -> e"""
WHO: dict[str, Any] = {"groups": [], "users": []}


def found(engine: Engine, **query: Any) -> set[str | None]:
    return {item.business_key for item in engine.instances(InstanceQuery(**query)).items}


@pytest.fixture
def filled(engine: Engine, clock: Clock) -> Engine:
    """A is done, B runs, C is cancelled; a minute apart."""
    deploy(engine, TASK)
    for key, amount in (("A-1", 5), ("B-1", Decimal("12.5")), ("C-2", 100)):
        variables = {"amount": amount, "order": {"country": key[0], "big": amount == 100}, **WHO}
        engine.start("p", variables, business_key=key, correlation_id=f"trace-{key}")
        clock.advance(minutes=1)
    engine.complete_task(engine.tasks().items[0].id, {"done": True})
    engine.cancel(engine.instances().items[0].id, reason="too much")
    return engine


def test_instances_are_found_by_what_they_are(filled: Engine, clock: Clock) -> None:
    assert found(filled) == {"A-1", "B-1", "C-2"}
    assert found(filled, states=("completed", "cancelled")) == {"A-1", "C-2"}
    assert found(filled, business_keys=("A-1", "C-2", "Z")) == {"A-1", "C-2"}
    assert found(filled, text="-1") == {"A-1", "B-1"}
    assert found(filled, text="b-") == {"B-1"}
    assert found(filled, text="%") == set()
    assert found(filled, correlation_id="trace-B-1") == {"B-1"}
    assert found(filled, process_ids=("p",), version=1) == {"A-1", "B-1", "C-2"}
    assert found(filled, version=2) == set()
    assert found(filled, reason="too much") == {"C-2"}
    assert found(filled, element="u") == {"B-1"}
    assert found(filled, has_incidents=True) == set()
    assert found(filled, started_after=clock.now - timedelta(minutes=2)) == {"B-1", "C-2"}
    assert found(filled, started_before=clock.now - timedelta(minutes=2)) == {"A-1"}
    ids = {item.business_key: item.id for item in filled.instances().items}
    assert found(filled, ids=(ids["A-1"], 5)) == {"A-1"}
    assert found(filled, text=str(ids["C-2"])) == {"C-2"}


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        (VariableFilter(name="amount", value=5), "A"),
        (VariableFilter(name="amount", value=Decimal("12.5")), "B"),
        (VariableFilter(name="amount", value=12, operator=">"), "BC"),
        (VariableFilter(name="amount", value=12.5, operator="<="), "AB"),
        (VariableFilter(name="amount", value="5"), ""),
        (VariableFilter(name="order", path=("country",), value="C"), "C"),
        (VariableFilter(name="order", path=("country",), value="B", operator="!="), "AC"),
        (VariableFilter(name="order", path=("country",), value="A", operator=">"), "BC"),
        (VariableFilter(name="order", path=("big",), value=True), "C"),
        (VariableFilter(name="order", path=("big",), value=False), "AB"),
        (VariableFilter(name="done", operator="exists"), "A"),
        (VariableFilter(name="done", operator="exists", value=False), "BC"),
        (VariableFilter(name="order", path=("country",), value="*a*", operator="like"), "A"),
        (VariableFilter(name="ghost", value=1), ""),
        (VariableFilter(name='a"b', value=1), ""),
    ],
)
def test_instances_are_found_by_their_variables(
    filled: Engine, asked: VariableFilter, keys: str
) -> None:
    assert {str(key)[0] for key in found(filled, variables=(asked,))} == set(keys)


def test_conditions_on_variables_must_all_hold(filled: Engine) -> None:
    big = VariableFilter(name="amount", value=1, operator=">")
    done = VariableFilter(name="done", value=True)
    assert found(filled, variables=(big, done)) == {"A-1"}


def test_a_list_goes_on_where_it_stopped_whatever_happens_meanwhile(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, TASK)
    for number in range(7):
        engine.start("p", WHO, business_key=str(number))
        clock.advance(seconds=number % 2)
    keys, cursor = [], None
    while True:
        page = engine.instances(page=Paging(limit=3, cursor=cursor))
        keys += [item.business_key for item in page.items]
        engine.start("p", WHO, business_key="later")
        cursor = page.next_cursor
        if cursor is None:
            break
        clock.advance(seconds=1)
    assert sorted(str(k) for k in keys) == list("0123456")
    offset = engine.instances(InstanceQuery(order="started"), Paging(limit=2, offset=5))
    assert [item.business_key for item in offset.items] == ["5", "6"]
    assert engine.instances(page=Paging(limit=0)).items == []


@pytest.mark.parametrize(
    "page",
    [
        Paging(limit=-1),
        Paging(limit=10_000),
        Paging(offset=-1),
        Paging(cursor="nonsense"),
        Paging(cursor="WzFd"),
        Paging(cursor="é"),
    ],
)
def test_a_senseless_part_is_refused(engine: Engine, page: Paging) -> None:
    with pytest.raises(Invalid):
        engine.instances(page=page)


def test_a_list_costs_the_same_number_of_statements_however_long(engine: Engine) -> None:
    deploy(engine, TASK)
    counts = []
    for _ in range(2):
        for _ in range(10):
            engine.start("p", WHO)
        statements: list[str] = []

        def count(*args: Any, into: list[str] = statements) -> None:
            into.append(args[2])

        database = engine._shell.store.engine
        sa.event.listen(database, "before_cursor_execute", count)
        for ask in (engine.instances, engine.tasks, engine.jobs, engine.incidents, engine.overview):
            ask()
        sa.event.remove(database, "before_cursor_execute", count)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_tasks_are_found_by_who_may_do_them(engine: Engine, clock: Clock) -> None:
    deploy(engine, TASK)
    engine.start("p", {"groups": ["sales", 'it\'s "ours"'], "users": ["ana"]}, business_key="1")
    clock.advance(seconds=1)
    engine.start("p", {"groups": ["claims"], "users": ["sales"]}, business_key="2")

    def keys(**query: Any) -> list[str | None]:
        return [task.business_key for task in engine.tasks(TaskQuery(**query)).items]

    assert keys() == ["1", "2"]
    assert keys(candidate_groups=("sales",)) == ["1"]
    assert keys(candidate_groups=("sale",)) == []
    assert keys(candidate_groups=('it\'s "ours"', "claims")) == ["1", "2"]
    assert keys(candidate_user="ana") == ["1"]
    assert keys(candidate_user="sales") == ["2"]
    assert keys(text="look") == ["1", "2"]
    assert keys(process_ids=("q",)) == []
    first = engine.tasks().items[0]
    assert (first.name, first.candidate_groups[0], first.suspended) == (
        "Look at it",
        "sales",
        False,
    )
    engine.claim(first.id, "ben")
    assert keys(assignee="ben") == ["1"]
    assert keys(unassigned=True) == ["2"]
    assert keys(ids=(first.id,), instance=first.instance, element="u") == ["1"]


def test_what_is_not_there_is_not_found(engine: Engine) -> None:
    deploy(engine, TASK)
    id = engine.start("p", WHO).id
    for ask in (engine.instance, engine.history, engine.variables):
        with pytest.raises(NotFound, match="instance 7: there is none"):
            ask(7)
    for ask_for_work in (engine.task, engine.job, engine.incident):
        with pytest.raises(NotFound):
            ask_for_work(id + 1)
    assert engine.instance(id).head.id == id


def test_the_overview_tells_the_stalled_from_those_with_a_reason_to_wait(
    engine: Engine, clock: Clock
) -> None:
    deploy(engine, TASK)
    engine.start("p", WHO)
    deploy(engine, "<startEvent id='s'/><serviceTask id='j' k:jobType='work'/>\ns -> j")
    stuck = engine.start("p", business_key="stuck").id
    assert engine.overview().stalled == 0
    clock.advance(hours=1)
    overview = engine.overview()
    assert (overview.in_flight, overview.stalled, overview.waiting_on_people) == (2, 1, 1)
    assert found(engine, stalled_since=clock.now - timedelta(minutes=30)) == {"stuck"}
    (figures,) = overview.processes
    assert (figures.process_id, figures.active, figures.stalled, figures.started_day) == (
        "p",
        2,
        1,
        2,
    )
    engine.cancel(stuck, reason="stuck")
    assert engine.overview().stalled == 0


def test_reasons_of_failure_are_counted(engine: Engine) -> None:
    failed = """<startEvent id='s'/><endEvent id='e' k:outcome='failed' k:reason='NO_FUNDS'/>
    s -> e"""
    deploy(engine, failed)
    for _ in range(3):
        engine.start("p")
    overview = engine.overview()
    assert overview.failed_day == 3
    (reason,) = overview.reasons
    assert (reason.process_id, reason.reason, reason.count) == ("p", "NO_FUNDS", 3)
    assert found(engine, states=("failed",), reason="NO_FUNDS") == {None}


def test_changes_tell_what_moved_since(engine: Engine, clock: Clock) -> None:
    deploy(engine, TASK)
    clock.advance(minutes=1)
    position = engine._shell.store.now()
    clock.advance(seconds=5)
    id = engine.start("p", WHO).id
    moved = list(engine.changes(position, wait=timedelta(0)))
    assert [change.instance for change in moved] == [id]
    clock.advance(seconds=5)
    engine.complete_task(engine.tasks().items[0].id)
    again = list(engine.changes(moved[-1].position, wait=timedelta(0)))
    assert [change.instance for change in again if change.position > moved[-1].position] == [id]
    clock.advance(minutes=1)
    assert list(engine.changes(wait=timedelta(0))) == []


def test_instances_are_found_by_one_of_several_and_by_none_of_them(filled: Engine) -> None:
    done, held = InstanceQuery(states=("completed",)), InstanceQuery(states=("cancelled",))
    large = InstanceQuery(variables=(VariableFilter(name="amount", operator=">", value=10),))
    unknown = InstanceQuery(variables=(VariableFilter(name="colour", value="red"),))
    assert found(filled, any_of=(done, held)) == {"A-1", "C-2"}
    assert found(filled, any_of=(done, large)) == {"A-1", "B-1", "C-2"}
    assert found(filled, any_of=(done, large), states=("active",)) == {"B-1"}
    assert found(filled, none_of=(done,)) == {"B-1", "C-2"}
    assert found(filled, none_of=(large,)) == {"A-1"}
    assert found(filled, none_of=(unknown,)) == {"A-1", "B-1", "C-2"}
    either = InstanceQuery(any_of=(done, InstanceQuery(none_of=(large,))))
    assert found(filled, none_of=(either,)) == {"B-1", "C-2"}
