"""Which variables a scope sees, and where an assignment lands (BPMN 2.0.2 §10.4.7)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.state import Instance, Scope, Token
from engine.variables import Visible, landing, visible
from tests.kit import Drive


def scope(id: int, kind: Any, parent: int | None = None, **fields: Any) -> Scope:
    return Scope(id=id, container="x", kind=kind, parent=parent, **fields)


NESTED = Instance(
    [
        scope(1, "process", variables={"a": 1, "b": 1}),
        scope(2, "sub_process", 1, variables={"b": 2, "c": 2}),
        scope(3, "activity", 2, variables={"c": 3}),
    ]
)


def test_the_nearest_declaration_is_seen() -> None:
    assert dict(visible(NESTED, 3)) == {"a": 1, "b": 2, "c": 3}
    assert dict(visible(NESTED, 2)) == {"a": 1, "b": 2, "c": 2}
    assert dict(visible(NESTED, 1)) == {"a": 1, "b": 1}


def test_what_lies_over_it_all_is_seen_first() -> None:
    assert dict(visible(NESTED, 3, {"a": 9, "z": 9})) == {"a": 9, "b": 2, "c": 3, "z": 9}


def test_it_is_a_mapping_like_any_other() -> None:
    seen = visible(NESTED, 3)
    assert isinstance(seen, Visible)
    assert len(seen) == 3
    assert "b" in seen
    assert "z" not in seen
    assert seen.get("z", 0) == 0
    assert seen.get("b") == 2
    with pytest.raises(KeyError):
        seen["z"]


def test_null_is_a_value_and_hides_what_is_further_out() -> None:
    instance = Instance(
        [scope(1, "process", variables={"a": 1}), scope(2, "activity", 1, variables={"a": None})]
    )
    assert visible(instance, 2).get("a", "missing") is None
    assert "a" in visible(instance, 2)


@pytest.mark.parametrize(("name", "lands"), [("a", [1]), ("b", [2]), ("c", [3]), ("new", [1])])
def test_an_assignment_lands_where_it_is_declared_or_else_outermost(
    name: str, lands: list[int]
) -> None:
    assert landing(NESTED, 3, name) == lands


def test_an_assignment_passes_a_snapshot_and_is_shown_there() -> None:
    instance = Instance(
        [
            scope(1, "process", variables={"a": 1}),
            scope(2, "compensation", 1),
            scope(3, "snapshot", 2, variables={"a": 0}),
        ]
    )
    assert landing(instance, 3, "a") == [3, 1]
    assert landing(instance, 3, "new") == [1]


def test_a_loop_shows_its_counts() -> None:
    instance = Instance(
        [
            scope(1, "process"),
            scope(2, "loop", 1, variables={"numberOfInstances": 5}),
        ],
        [Token(id=n, scope=2, node="a") for n in (10, 11)],
    )
    seen = visible(instance, 2)
    assert seen["numberOfInstances"] == 5
    assert seen["numberOfActiveInstances"] == 2
    assert seen["numberOfCompletedInstances"] == 3


def test_the_nearest_loop_s_counts_are_seen() -> None:
    drive = Drive("""
    <startEvent id="s"/>
    <subProcess id="sub"><multiInstanceLoopCharacteristics>
      <loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
      <startEvent id="s2"/>
      <userTask id="a"><multiInstanceLoopCharacteristics>
        <loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics></userTask>
      s2 -> a
    </subProcess>
    s -> sub
    """)
    inner = [
        visible(drive.instance, s.id)["numberOfInstances"]
        for s in drive.instance.scopes.values()
        if s.kind == "activity" and s.container == "a"
    ]
    assert inner == [3] * 6


def test_the_last_of_parallel_writers_wins_and_both_are_told() -> None:
    drive = Drive("""
    <startEvent id="s"/> <parallelGateway id="fork"/> <userTask id="a"/> <userTask id="b"/>
    s -> fork -> a
    fork -> b
    """)
    drive.complete("b", n="b")
    drive.complete("a", n="a")
    assert drive.outcome.variables == {"n": "a"}
    told = [(r.element, r.detail) for r in drive.records if r.kind == "variables"]
    assert told == [("b", {"n": "b"}), ("a", {"n": "a"})]


@pytest.mark.parametrize(
    "value",
    [
        10**40,
        Decimal("0.1000"),
        None,
        True,
        "🦆",
        "",
        [],
        {},
        {"a": [{"b": None}]},
        date(2030, 1, 1),
        datetime(2030, 1, 1, 12, tzinfo=UTC),
    ],
)
def test_what_is_set_is_what_is_seen_after_a_reload(value: Any) -> None:
    drive = Drive(
        """
        <startEvent id="s"/> <userTask id="a"/> <userTask id="b"/>
        s -> a -> b
        """,
        reload=True,
    )
    drive.complete("a", value=value)
    found = drive.variables["value"]
    assert (found, type(found)) == (value, type(value))
