"""The same key within 24 hours gives the same answer and has one effect.

The answer is written with the effect. Where the database is distributed, that is in the partition
of the effect; if it is not the key's own, the key's partition is told first where to look, so that
a key which is used twice for different things is noticed all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from engine.errors import Conflict, Invalid
from engine.services.work import Work
from engine.storage.ids import hashed
from engine.values import decode, encode

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

T = TypeVar("T")
LONGEST_KEY = 255
KEPT = (datetime, Decimal)
_PLACE = "\x1f"
"""Begins the key under which it stands where an answer is."""


class Once(Generic[T]):
    """A command that finds its former answer."""

    def __init__(
        self,
        key: str,
        verb: str,
        answer: Any,
        run: Callable[[Unit], T],
        counts: Callable[[T], bool],
    ) -> None:
        self.key, self.verb = key, verb
        self._answer, self._run, self._counts = answer, run, counts

    def __call__(self, unit: Unit) -> T:
        key, verb = self.key, self.verb
        partition = unit.home(key)
        for before in unit.transaction.fetch(
            unit.transaction.store.statements.answer, partition, key
        ):
            _agree(key, before[0], verb)
            found: T = _decode(before[1], self._answer)
            return found
        if any(row[1] == key for row in unit.batch.writes.answers):
            unit.batch.flush()
            return self(unit)
        result = self._run(unit)
        if self._counts(result):
            unit.writes.answers.append((partition, key, verb, _encode(result), unit.now_micros))
        return result


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
    return Once(key, verb, answer, run, counts)


def place(shell: Shell, run: Once[Any], partition: int | None) -> int:
    """Where a command is to work: in `partition`, or else in its key's; or, where the key was used
    before, there. Raises Conflict."""
    home = hashed(run.key, shell.store.partitions)
    if partition is None or partition == home:
        return home
    return shell.committer.do(Work(partial(_place, run=run, partition=partition), partition=home))


def placed(shell: Shell, run: Once[Any]) -> int | None:
    """Where a command has worked under its key, if it has. Raises Conflict."""
    home = hashed(run.key, shell.store.partitions)
    return shell.committer.do(Work(partial(_placed, run=run), partition=home))


def move(shell: Shell, run: Once[Any], partition: int) -> None:
    """Let a command that came to nothing elsewhere work in a partition. Raises Conflict."""
    home = hashed(run.key, shell.store.partitions)
    shell.committer.do(Work(partial(_move, run=run, partition=partition), partition=home))


def _placed(unit: Unit, run: Once[Any]) -> int | None:
    unit.batch.flush()
    home = unit.home(run.key)
    for name in (run.key, _PLACE + run.key):
        for before in unit.transaction.fetch(unit.transaction.store.statements.answer, home, name):
            _agree(run.key, before[0], run.verb)
            return home if name == run.key else int(before[1])
    return None


def _place(unit: Unit, run: Once[Any], partition: int) -> int:
    before = _placed(unit, run)
    if before is not None:
        return before
    mark = (unit.home(run.key), _PLACE + run.key, run.verb, str(partition), unit.now_micros)
    unit.writes.answers.append(mark)
    return partition


def _move(unit: Unit, run: Once[Any], partition: int) -> None:
    if _placed(unit, run) is not None:
        unit.direct()
        statement = unit.transaction.store.statements.delete_answer
        unit.transaction.run(statement, [(unit.home(run.key), _PLACE + run.key)])
    mark = (unit.home(run.key), _PLACE + run.key, run.verb, str(partition), unit.now_micros)
    unit.writes.answers.append(mark)


def _agree(key: str, before: str, verb: str) -> None:
    if before != verb:
        raise Conflict(
            f"idempotency key '{key}' was used for '{before}' before, now for '{verb}'; "
            "use a key of its own for each request"
        )


def _encode(result: Any) -> str:
    return encode(msgspec.to_builtins(result, builtin_types=KEPT))


def _decode(text: str | None, answer: Any) -> Any:
    value = decode(text or "null")
    if answer is None:
        return value
    return msgspec.convert(value, answer, builtin_types=KEPT)
