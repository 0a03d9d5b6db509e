"""Handlers succeed, refuse and fail as the start form says, and have their effect once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import BpmnError, Job
from processes.ledger import Counts, Ledger, Refused
from processes.rehearsal import ServiceUnavailableError, chance, perform, reference

DECLINED = Refused(code="DECLINED", message="no")


def job(key: str = "k1", attempt: int = 1, **variables: Any) -> Job:
    return Job(
        id=1,
        key=key,
        type="pay",
        variables=variables,
        headers={},
        instance=1,
        root=1,
        business_key=str(variables.get("order", "o1")),
        correlation_id="c1",
        process_id="p",
        version=1,
        definition=1,
        element="Pay",
        attempt=attempt,
        retries=3,
        deadline=datetime(2026, 1, 1, tzinfo=UTC),
        timeout=timedelta(seconds=30),
        traceparent="",
        worker="w",
        epoch=1,
    )


def pay(at: Job) -> dict[str, Any]:
    return perform(
        at, "payment", lambda: {"id": reference("PAY", at)}, refusals={"decline": DECLINED}
    )


def outcomes(behaviour: str, calls: int) -> list[str]:
    told = []
    for attempt in range(1, calls + 1):
        try:
            pay(job(attempt=attempt, payment_behaviour=behaviour))
            told.append("done")
        except ServiceUnavailableError:
            told.append("failed")
        except BpmnError as error:
            told.append(error.code)
    return told


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ("", ["done"] * 5),
        ("works", ["done"] * 5),
        ("decline", ["DECLINED"] * 5),
        ("flaky", ["failed", "done", "done", "done", "done"]),
        ("down", ["failed", "failed", "failed", "done", "done"]),
        ("broken", ["failed"] * 5),
        ("lost_answer", ["failed", "done", "done", "done", "done"]),
    ],
)
def test_a_behaviour_decides_what_five_calls_are_told(
    book: Ledger, behaviour: str, expected: list[str]
) -> None:
    assert outcomes(behaviour, 5) == expected


def test_a_lost_answer_had_its_effect_and_the_second_call_has_none(book: Ledger) -> None:
    outcomes("lost_answer", 2)

    assert book.counts() == {"pay": Counts(entered=1, repeated=1)}


def test_random_refusals_come_at_their_rate_and_alike_for_one_order(book: Ledger) -> None:
    def is_declined(order: int, key: str) -> bool:
        try:
            pay(
                job(
                    key=key,
                    order=f"o{order}",
                    payment_behaviour="random",
                    payment_refusal_rate=0.3,
                )
            )
        except BpmnError:
            return True
        return False

    first = [is_declined(n, f"a{n}") for n in range(400)]
    again = [is_declined(n, f"b{n}") for n in range(400)]

    assert first == again
    assert 0.24 < sum(first) / 400 < 0.36


def test_a_behaviour_without_meaning_says_what_would_do(book: Ledger) -> None:
    with pytest.raises(ValueError, match=r"'payment_behaviour' is 'declin'; pay knows: .*decline"):
        pay(job(payment_behaviour="declin"))


def test_chance_and_reference_depend_on_nothing_but_their_words() -> None:
    assert chance("a", "b") == chance("a", "b") != chance("ab", "")
    assert 0 <= chance("") < 1
    assert reference("RES", job("k1")) == reference("RES", job("k1", attempt=9))
    assert reference("RES", job("k1")) != reference("RES", job("k2"))
