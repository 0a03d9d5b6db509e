"""The same key within 24 hours gives the same answer and has one effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from engine.errors import Conflict, Invalid
from engine.storage.ids import hashed
from engine.values import decode, encode

if TYPE_CHECKING:
    from engine.services.unit import Unit

T = TypeVar("T")
LONGEST_KEY = 255
KEPT = (datetime, Decimal)


def once(
    key: str | None,
    verb: str,
    answer: Any,
    run: Callable[[Unit], T],
    *,
    counts: Callable[[T], bool] = lambda _: True,
) -> Callable[[Unit], T]:
    """The command as it is; or, given a key, one that finds its former answer, of the type
    `answer`. `counts` says which answers are kept: one that did nothing need not be."""
    if key is None:
        return run
    if not key or len(key) > LONGEST_KEY or "\0" in key:
        raise Invalid(
            f"idempotency key: found {len(key)} characters; 1 to {LONGEST_KEY} without NUL would do"
        )

    def run_once(unit: Unit) -> T:
        store = unit.transaction.store
        partition = hashed(key, store.partitions)
        for before in unit.transaction.fetch(store.statements.answer, partition, key):
            if before[0] != verb:
                raise Conflict(
                    f"idempotency key '{key}' was used for '{before[0]}' before, now for '{verb}'; "
                    "use a key of its own for each request"
                )
            found: T = _decode(before[1], answer)
            return found
        if any(row[1] == key for row in unit.batch.writes.answers):
            unit.batch.flush()
            return run_once(unit)
        result = run(unit)
        if counts(result):
            unit.writes.answers.append((partition, key, verb, _encode(result), unit.now_micros))
        return result

    return run_once


def _encode(result: Any) -> str:
    return encode(msgspec.to_builtins(result, builtin_types=KEPT))


def _decode(text: str | None, answer: Any) -> Any:
    value = decode(text or "null")
    if answer is None:
        return value
    return msgspec.convert(value, answer, builtin_types=KEPT)
