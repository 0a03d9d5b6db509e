"""The rows of one instance while a step changes them, with a log of what each was before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from engine.errors import ExecutionError
from engine.history import Record
from engine.state import Changes, Instance, Scope, Subscription, Token

ROW_MASK = (1 << 24) - 1
"""The part of an id that counts the rows of one instance (`engine.storage.ids`)."""
Before: TypeAlias = tuple[
    dict[int, Scope | None], dict[int, Token | None], dict[int, Subscription | None]
]
"""Rows by id as they were; None where there was none."""


class Journal:
    """Changes rows in place and can put all of them back, to any earlier moment of the step."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.records: list[Record] = []
        self._first_id = instance.last_id
        self._log: list[tuple[int, int, Any]] = []

    def _set_scope(self, id: int, row: Scope | None) -> None:
        self._log.append((0, id, self.instance.set_scope(id, row)))

    def _set_token(self, id: int, row: Token | None) -> None:
        self._log.append((1, id, self.instance.set_token(id, row)))

    def _set_subscription(self, id: int, row: Subscription | None) -> None:
        self._log.append((2, id, self.instance.set_subscription(id, row)))

    def _id(self) -> int:
        self.instance.last_id = id = self.instance.last_id + 1
        if not id & ROW_MASK:
            self.instance.last_id = id - 1
            raise ExecutionError(
                f"the instance has made {ROW_MASK:,} rows, as many as one can have; "
                f"cancel it and go on in a new one"
            )
        return id

    @property
    def mark(self) -> int:
        """This moment, for `undo`."""
        return len(self._log)

    def undo(self, mark: int) -> None:
        """Put every row back to what it was when the log was `mark` entries long."""
        log, instance = self._log, self.instance
        setters = (instance.set_scope, instance.set_token, instance.set_subscription)
        while len(log) > mark:
            table, id, before = log.pop()
            setters[table](id, before)

    def finish(self, *, in_place: bool = False) -> tuple[Changes, Before]:
        """The difference that was made, and what each of its rows was before. The instance is put
        back as it was, unless it may stay as it is now (`in_place`)."""
        instance = self.instance
        before_scopes: dict[int, Scope | None] = {}
        before_tokens: dict[int, Token | None] = {}
        before_subscriptions: dict[int, Subscription | None] = {}
        first: tuple[dict[int, Any], ...] = (before_scopes, before_tokens, before_subscriptions)
        for table, id, before in self._log:
            first[table].setdefault(id, before)
        now: tuple[dict[int, Any], ...] = (instance.scopes, instance.tokens, instance.subscriptions)
        changed: list[dict[int, Any]] = []
        for before_rows, rows in zip(first, now, strict=True):
            found: dict[int, Any] = {}
            for id, before in before_rows.items():
                row = rows.get(id)
                if row is not before:
                    found[id] = row
            changed.append(found)
        changes = Changes(
            scopes=changed[0],
            tokens=changed[1],
            subscriptions=changed[2],
            last_id=instance.last_id,
        )
        self._log.clear()
        was = (before_scopes, before_tokens, before_subscriptions)
        if in_place:
            return changes, was
        setters: tuple[Callable[[int, Any], object], ...] = (
            instance.set_scope,
            instance.set_token,
            instance.set_subscription,
        )
        for before_rows, changed_rows, put in zip(first, changed, setters, strict=True):
            for id in reversed(changed_rows):
                put(id, before_rows[id])
        instance.last_id = self._first_id
        return changes, was

    def put_back(self) -> None:
        """Make the instance what it was before this step."""
        self.undo(0)
        self.instance.last_id = self._first_id

    def record(
        self,
        kind: Any,
        element: str | None = None,
        token: int | None = None,
        scope: int | None = None,
        subscription: int | None = None,
        detail: Any = None,
    ) -> None:
        self.records.append(Record(kind, element, token, scope, subscription, detail))
