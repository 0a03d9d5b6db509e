"""One transaction: what the hot path reads and writes in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.storage.flush import flush
from engine.storage.rows import Head, Shell
from engine.storage.statements import Statement
from engine.storage.wire import Row, Wire
from engine.storage.writes import Writes

if TYPE_CHECKING:
    from engine.storage.store import Store


class Transaction:
    """One transaction: all its statements, and its moment."""

    def __init__(self, store: Store, wire: Wire, now: int) -> None:
        self.store = store
        self.wire = wire
        self.connection = wire.connection
        self.now = now
        """Microseconds since 1970, by the database's clock or the injected one."""

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
            columns = tuple(map(list, zip(*rows, strict=True)))
            return self.wire.run(statement.many, [columns])
        return self.wire.run(statement.sql, rows)

    def keys(self, ids: Iterable[int]) -> Any:
        return self.store.profile.keys_parameter(list(ids))

    def lock(self, ids: Iterable[int]) -> dict[int, int]:
        """Lock the heads of these instances in ascending order; their revisions by id."""
        return dict(self.fetch(self.store.statements.lock, self.keys(sorted(ids))))

    def revisions(self, ids: Iterable[int]) -> dict[int, int]:
        """The revisions of these instances, by id; their roots are locked already."""
        return dict(self.fetch(self.store.statements.revisions, self.keys(ids)))

    def incidents_of(self, ids: Iterable[int]) -> Sequence[Any]:
        """Id and instance of each incident of these instances."""
        return self.fetch(self.store.statements.incidents, self.keys(ids))

    def heads(self, ids: Iterable[int]) -> dict[int, Head]:
        """The heads of these instances, as they are now."""
        rows = self.fetch(self.store.statements.heads, self.keys(ids))
        return {row[0]: Head(*row) for row in rows}

    def rows_of(self, ids: Iterable[int]) -> dict[int, tuple[list[Row], list[Row], list[Row]]]:
        """All scopes, tokens and subscriptions of these instances, oldest first."""
        ids = list(ids)
        found: dict[int, tuple[list[Row], list[Row], list[Row]]] = {i: ([], [], []) for i in ids}
        keys, statements = self.keys(ids), self.store.statements
        for place, statement in enumerate(
            (statements.scopes, statements.tokens, statements.subscriptions)
        ):
            for row in self.fetch(statement, keys):
                found[row[1]][place].append(row)
        return found

    def shells(self, ids: Iterable[int]) -> dict[int, Shell]:
        """What the shell keeps with these subscriptions, by id."""
        rows = self.fetch(self.store.statements.shells, self.keys(ids))
        return {row[0]: Shell(*row[1:]) for row in rows}

    def visible(self, scopes: Iterable[int]) -> dict[int, dict[str, Any]]:
        """The variables seen from each of these scopes: its own over those around it."""
        return self.store.visible(self.connection, scopes)

    def flush(self, writes: Writes) -> None:
        """Write it all. Raises Conflict if a head was changed by somebody else."""
        flush(self, writes)
