"""What must become of every order of the drill, told beforehand, and whether it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import Engine, HistoryEntry, InstanceQuery, InstanceSummary, Paging
from processes.ledger import Effect, Ledger, Refused
from processes.rehearsal import chance

PROCESS = "order-fulfilment"
RATES = {"stock": 0.05, "payment": 0.3, "shipping": 0.1}
ELEMENTS = {
    "ValidateOrder": "validate-order",
    "ReserveStock": "reserve-stock",
    "AuthorisePayment": "authorise-payment",
    "BookCarrier": "book-carrier",
    "HandOverParcel": "hand-over-parcel",
    "ReleaseStock": "release-stock",
    "VoidPayment": "void-payment",
}
"""Job type by element."""
UNDOES = {"ReleaseStock": "ReserveStock", "VoidPayment": "AuthorisePayment"}
PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Order:
    """One order, and what will become of it."""

    key: str
    variables: Mapping[str, Any]
    state: str
    reason: str | None
    actions: tuple[str, ...]
    """What the ledger must hold of it, in this order; a refused action with its code."""


def orders(count: int, seed: int) -> list[Order]:
    """So many orders; the same for the same seed. One in twenty meets a flaky service, one in
    twenty a lost answer, one in ten of the undone ones needs two tries to be undone."""
    return [_order(f"ORD-{seed}-{n:05}", n) for n in range(count)]


def _order(key: str, number: int) -> Order:
    variables: dict[str, Any] = {
        "order_id": key,
        "item": "metronome",
        "quantity": 1 + number % 3,
        "unit_price": 49.9,
        "undo_behaviour": "flaky" if number % 10 == 7 else "works",
        "notice_after": "PT12H",  # how long the server was down is no matter for the customer
    }
    for part, rate in RATES.items():
        variables[f"{part}_behaviour"] = "random"
        variables[f"{part}_refusal_rate"] = rate
    if number % 20 in (3, 13):
        variables["payment_behaviour"] = "flaky" if number % 20 == 3 else "lost_answer"

    def is_refused(part: str) -> bool:
        return variables[f"{part}_behaviour"] == "random" and chance(part, key) < RATES[part]

    begun: tuple[str, ...] = ("validate-order",)
    if is_refused("stock"):
        state, reason, actions = "failed", "OUT_OF_STOCK", (*begun, "reserve-stock: OUT_OF_STOCK")
    elif is_refused("payment"):
        state, reason = "failed", "PAYMENT_DECLINED"
        actions = (
            *begun,
            "reserve-stock",
            "authorise-payment: PAYMENT_DECLINED",
            "release-stock",
        )
    else:
        begun = (*begun, "reserve-stock", "authorise-payment", "book-carrier")
        if is_refused("shipping"):
            state, reason = "failed", "UNDELIVERABLE"
            actions = (
                *begun,
                "hand-over-parcel: UNDELIVERABLE",
                "void-payment",
                "release-stock",
            )
        else:
            state, reason, actions = "completed", None, (*begun, "hand-over-parcel")
    return Order(key=key, variables=variables, state=state, reason=reason, actions=actions)


def differences(engine: Engine, book: Ledger, expected: list[Order]) -> list[str]:
    """Where ledger, instance states and history do not tell what was foretold; empty when all is
    well."""
    instances: dict[str | None, list[InstanceSummary]] = {}
    for head in all_instances(engine):
        instances.setdefault(head.business_key, []).append(head)
    effects: dict[str, list[Effect]] = {}
    for effect in book.effects():
        effects.setdefault(effect.business_key, []).append(effect)

    unknown = instances.keys() - {order.key for order in expected}
    found = [f"{key}: nobody ordered this" for key in sorted(map(str, unknown))]
    for order in expected:
        heads = instances.get(order.key, [])
        told = [_words(e) for e in effects.get(order.key, [])]
        if len(heads) != 1:
            found.append(f"{order.key}: {len(heads)} instances instead of 1")
            continue
        if (heads[0].state, heads[0].reason) != (order.state, order.reason):
            found.append(
                f"{order.key}: is {heads[0].state} ({heads[0].reason}) instead of"
                f" {order.state} ({order.reason})"
            )
        if told != list(order.actions):
            found.append(f"{order.key}: the ledger tells {told} instead of {list(order.actions)}")
        found += _untold(order, _history(engine, heads[0].id))
    return found


def all_instances(engine: Engine) -> list[InstanceSummary]:
    """The heads of all orders."""
    found: list[InstanceSummary] = []
    cursor: str | None = None
    while True:
        page = engine.instances(
            InstanceQuery(process_ids=(PROCESS,), order="id"), Paging(limit=PAGE, cursor=cursor)
        )
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def _history(engine: Engine, id: int) -> list[HistoryEntry]:
    found: list[HistoryEntry] = []
    while True:
        page = engine.history(id, after=found[-1].number if found else 0, limit=PAGE)
        found += page.items
        if not page.items or found[-1].number >= page.last:
            return found


def _untold(order: Order, history: list[HistoryEntry]) -> list[str]:
    """Where an instance's history does not tell the order's actions, each once and in order."""
    found = []
    numbers = [e.number for e in history]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(f"{order.key}: the history's numbers have a gap: {numbers}")
    left = [str(e.element) for e in history if e.kind == "left" and e.element in ELEMENTS]
    done = [action for action in order.actions if ":" not in action]
    if [ELEMENTS[element] for element in left] != done:
        found.append(f"{order.key}: the history tells {left} instead of {done}")
    undone = [str(e.element) for e in history if e.kind == "compensating"]
    expected = [UNDOES[element] for element in left if element in UNDOES]
    if undone != expected:
        found.append(f"{order.key}: the history compensates {undone} instead of {expected}")
    ended = Counter(e.kind for e in history)["ended"]
    if ended != 1:
        found.append(f"{order.key}: the history ends {ended} times")
    return found


def _words(effect: Effect) -> str:
    if isinstance(effect.answer, Refused):
        return f"{effect.action}: {effect.answer.code}"
    return effect.action
