"""The drill's judge: content with what is right, and seen to object to what is wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import Engine, Handlers
from engine.testing import Stage
from processes import STORIES, ledger
from processes.ledger import Answer, Call, Ledger, Reply
from tests.drills.fate import PROCESS, Order, differences, orders

ORDERS = orders(40, seed=1)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setenv(ledger.ENVIRONMENT, str(tmp_path / "ledger.sqlite"))
    yield ledger.shared()
    ledger.close_shared()


@pytest.fixture
def engine(book: Ledger) -> Iterator[Engine]:
    """An engine in memory in which all orders have ended."""
    story = STORIES[0]
    stage = Stage(handlers=Handlers.of(story.handlers()), contents=story.contents())
    for order in ORDERS:
        stage.engine.start(PROCESS, order.variables, business_key=order.key)
    stage.advance(seconds=10)
    yield stage.engine
    stage.engine.close()


def test_the_judge_is_content_with_orders_that_ended_as_foretold(
    engine: Engine, book: Ledger
) -> None:
    assert differences(engine, book, ORDERS) == []


def test_the_judge_misses_an_order_that_was_lost(engine: Engine, book: Ledger) -> None:
    lost = dataclasses.replace(ORDERS[0], key="ORD-lost")

    assert differences(engine, book, [*ORDERS, lost]) == ["ORD-lost: 0 instances instead of 1"]


def test_the_judge_sees_an_order_that_nobody_placed(engine: Engine, book: Ledger) -> None:
    found = differences(engine, book, ORDERS[1:])

    assert found == [f"{ORDERS[0].key}: nobody ordered this"]


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("released twice", lambda a: (*a, "release-stock")),
        ("not released", lambda a: a[:-1]),
        ("released before voided", lambda a: (*a[:-2], a[-1], a[-2])),
    ],
)
def test_the_judge_sees_compensation_that_is_not_once_and_in_order(
    engine: Engine,
    book: Ledger,
    name: str,
    actions: Callable[[tuple[str, ...]], tuple[str, ...]],
) -> None:
    """Told from the other side: the same deeds against another expectation."""
    at = next(n for n, order in enumerate(ORDERS) if order.reason == "UNDELIVERABLE")
    other: list[Order] = list(ORDERS)
    other[at] = dataclasses.replace(other[at], actions=actions(other[at].actions))

    found = differences(engine, book, other)

    assert found
    assert all(line.startswith(other[at].key) for line in found)
    assert any("the ledger tells" in line for line in found)
    assert any("the history tells" in line for line in found)


def test_the_judge_sees_a_key_that_changes_with_the_attempt(
    book: Ledger, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """A planted bug: with it, a lost answer is an effect too many."""
    call = Ledger.call

    def careless(self: Ledger, asked: Call, decide: Callable[[int], Answer]) -> Reply:
        keyed = dataclasses.replace(asked, key=f"{asked.key}#{min(asked.attempt, 2)}")
        return call(self, keyed, decide)

    monkeypatch.setattr(Ledger, "call", careless)
    engine: Engine = request.getfixturevalue("engine")

    found = differences(engine, book, ORDERS)

    lost = {
        order.key
        for order in ORDERS
        if order.variables["payment_behaviour"] == "lost_answer"
        and "authorise-payment" in order.actions
    }
    assert lost
    assert lost & {line.partition(":")[0] for line in found} == lost
