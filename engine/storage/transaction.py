"""One transaction: what the hot path reads and writes in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from engine.storage.flush import flush
from engine.storage.rows import Head, Shell
from engine.storage.statements import Statement
from engine.storage.wire import Row, Wire
from engine.storage.writes import Writes

if TYPE_CHECKING:
    from engine.storage.store import Store


class _Ready:
    """A connection whose transaction is opened as soon as it is used."""

    __slots__ = ("_wire",)

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __getattr__(self, name: str) -> Any:
        self._wire.begun()
        return getattr(self._wire.connection, name)


class Transaction:
    """One transaction: all its statements, and its moment."""

    def __init__(self, store: Store, wire: Wire, now: int) -> None:
        self.store = store
        self.wire = wire
        self.connection = cast(sa.Connection, _Ready(wire))
        """For statements by SQLAlchemy."""
        self.now = now
        """Microseconds since 1970, by the database's clock or the injected one."""
        self._last: Writes | None = None
        self._presumed: Collection[int] = ()

    @property
    def may_presume(self) -> bool:
        """Whether it is cheaper to check what was presumed at the end than to ask for it."""
        return self.store.statements.all_latest is not None

    @property
    def has_more(self) -> bool:
        """Whether something is still to be written or asked at its end."""
        return self._last is not None or bool(self._presumed)

    def finish(self, writes: Writes, presumed: Collection[int] = ()) -> None:
        """Write this at the end, on the way to the commit; `presumed` are ids of definitions that
        must still be the latest then. The end raises a conflict if they are not, or if a head was
        changed by somebody else."""
        self._last = None if writes.is_empty else writes
        self._presumed = presumed

    def write_last(self) -> None:
        """Write what was kept for the end."""
        if self._presumed and (check := self.store.statements.all_latest):
            self.wire.run(check, [(len(self._presumed), list(self._presumed))])
        if self._last is not None:
            flush(self, self._last)

    def fetch(self, statement: Statement, *values: Any) -> Sequence[Any]:
        """The rows that a query gives, as tuples."""
        return self.wire.fetch(statement.sql, values)

    def fetch_named(self, statement: Statement, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that a query gives, its parameters by name."""
        return self.wire.fetch(statement.sql, statement.values(values))

    def lock_name(self, name: str, key: str | None) -> None:
        """Keep publishing and waiting under a message's name and key from passing each other
        unseen. Without a key it is all keys."""
        self.store.profile.lock_name(self.connection, name, key)

    def run(self, statement: Statement, rows: Sequence[Row]) -> int:
        """Execute for each row of parameters; how many rows it met."""
        if len(rows) > 1 and statement.many is not None:
            many = statement.many
            return self.wire.run(many.sql, [tuple(many.parameters(rows))])
        return self.wire.run(statement.sql, rows)

    def keys(self, ids: Iterable[int]) -> Any:
        return self.store.profile.keys_parameter(list(ids))

    def _by_id(self, statement: Statement, ids: Iterable[int]) -> Sequence[Any]:
        """The rows that a query by ids gives; by partition where the database is distributed."""
        given = self.store.by_id(statement, ids)
        if len(given) == 1:
            return self.fetch(statement, *given[0])
        return [row for values in given for row in self.fetch(statement, *values)]

    def lock(self, ids: Iterable[int]) -> dict[int, int]:
        """Lock the heads of these instances in ascending order; their revisions by id."""
        return dict(self._by_id(self.store.statements.lock, sorted(ids)))

    def lock_and_look(
        self, ids: Iterable[int], subscriptions: Sequence[int]
    ) -> tuple[dict[int, int], dict[int, Shell]]:
        """Lock these instances, then look what the shell keeps with these subscriptions."""
        if not subscriptions:
            return self.lock(ids), {}
        if self.store.profile.is_distributed:
            return self.lock(ids), self.shells(subscriptions)
        statements = self.store.statements
        locked, rows = self.wire.fetch_each(
            [
                (statements.lock.sql, (self.keys(sorted(ids)),)),
                (statements.shells.sql, (self.keys(subscriptions),)),
            ]
        )
        return dict(locked), {row[0]: Shell(*row[1:]) for row in rows}

    def revisions(self, ids: Iterable[int]) -> dict[int, int]:
        """The revisions of these instances, by id; their roots are locked already."""
        return dict(self._by_id(self.store.statements.revisions, ids))

    def incidents_of(self, ids: Iterable[int]) -> Sequence[Any]:
        """Id and instance of each incident of these instances."""
        return self._by_id(self.store.statements.incidents, ids)

    def heads(self, ids: Iterable[int]) -> dict[int, Head]:
        """The heads of these instances, as they are now."""
        rows = self._by_id(self.store.statements.heads, ids)
        return {row[0]: Head(*row) for row in rows}

    def rows_of(self, ids: Iterable[int]) -> dict[int, tuple[list[Row], list[Row], list[Row]]]:
        """All scopes, tokens and subscriptions of these instances, oldest first."""
        ids = list(ids)
        found: dict[int, tuple[list[Row], list[Row], list[Row]]] = {i: ([], [], []) for i in ids}
        statements = self.store.statements
        for place, statement in enumerate(
            (statements.scopes, statements.tokens, statements.subscriptions)
        ):
            for row in self._by_id(statement, ids):
                found[row[1]][place].append(row)
        return found

    def shells(self, ids: Iterable[int]) -> dict[int, Shell]:
        """What the shell keeps with these subscriptions, by id."""
        rows = self._by_id(self.store.statements.shells, ids)
        return {row[0]: Shell(*row[1:]) for row in rows}

    def visible(self, scopes: Iterable[int]) -> dict[int, dict[str, Any]]:
        """The variables seen from each of these scopes: its own over those around it."""
        return self.store.visible(self.connection, scopes)

    def flush(self, writes: Writes) -> None:
        """Write it all. Raises Conflict if a head was changed by somebody else."""
        flush(self, writes)
