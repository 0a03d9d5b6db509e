"""The strict profile: on one plain database, refuses what a distributed one could not do.

It sees every statement on the wire, the hot path's included, and holds them to these rules:

1. What is written or locked in a run-time or history table is of one partition, and says so.
2. A transaction that writes touches one partition, in all it reads and writes. (Tables that every
   machine has whole, `schema.REFERENCE`, may be read and written beside it.)
3. What may look at all partitions reads only: lists, searches, figures, looking for due work. It
   does so in a transaction that is opened for reading (`Store.reading`), and not recursively.
4. No sequence, no lock by name, no NOTIFY; no foreign key that leaves its partition.

    python3 tests --strict
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import sqlalchemy as sa
from msgspec import Struct, field

from engine.storage import schema
from engine.storage.profiles import Profile

LONGEST = 400
"""Characters of a statement that a refusal shows."""
_LEDGER = "kapellmeister_ledger"
_ACROSS = "kapellmeister_across"
_FORMING = "kapellmeister_forming"
_PASSED = re.compile(
    r"(SET|SHOW|PRAGMA|SAVEPOINT|RELEASE|ROLLBACK TO|LOCK|EXPLAIN|ANALYZE)\b", re.IGNORECASE
)
_FORMS = re.compile(r"(CREATE|ALTER|DROP)\b", re.IGNORECASE)
_COUNTERS = re.compile(
    r"\b(SMALL|BIG)?SERIAL\b|\bIDENTITY\b|\bSEQUENCE\b|\bnextval\b|\bAUTOINCREMENT\b", re.IGNORECASE
)
_FOREIGN = re.compile(
    r"FOREIGN KEY\s*\(([^)]*)\)\s*REFERENCES\s+(\S+)\s*\(([^)]*)\)", re.IGNORECASE
)
_COUNTING = {"nextval", "currval", "setval", "lastval"}
_TELLING = {"pg_notify"}
_NAMED_LOCK = re.compile(r"pg_(try_)?advisory_")


class Breach(RuntimeError):
    """A statement that a distributed database would not take, or not by itself: a fault of the
    engine's, never of its caller's."""


class _Ledger(Struct):
    """What a transaction has touched."""

    is_writing: bool
    partitions: set[int] = field(default_factory=set)


class Guard:
    """Watches the statements of one database."""

    breaches: ClassVar[list[str]] = []
    """What was refused in this process."""

    def __init__(self, profile: Profile, engine: sa.Engine) -> None:
        from engine.storage.pinning import facts_of  # needs a package that only this uses

        self._facts_of = facts_of
        self._profile = profile
        self._dialect = "sqlite" if engine.dialect.name == "sqlite" else "postgres"
        sa.event.listen(engine, "before_cursor_execute", self._before)

    @contextmanager
    def across(self, connection: sa.Connection) -> Iterator[None]:
        """What is read meanwhile may be of any partition."""
        connection.info[_ACROSS] = connection.info.get(_ACROSS, 0) + 1
        try:
            yield
        finally:
            connection.info[_ACROSS] -= 1

    @contextmanager
    def forming(self, connection: sa.Connection) -> Iterator[None]:
        """Tables are made or changed meanwhile: only their form is looked at."""
        connection.info[_FORMING] = True
        try:
            yield
        finally:
            connection.info.pop(_FORMING, None)

    def _before(
        self,
        connection: sa.Connection,
        _cursor: Any,
        sql: str,
        parameters: Any,
        _context: Any,
        executemany: bool,
    ) -> None:
        text, info = sql.strip(), connection.info
        word = text[:8].upper()
        if word.startswith("BEGIN"):
            info[_LEDGER] = _Ledger(text == self._profile.begin)
        elif word.startswith("COMMIT") or (word == "ROLLBACK" and " TO " not in text.upper()):
            info.pop(_LEDGER, None)
        elif _FORMS.match(text):
            self._check_form(text)
        elif not _PASSED.match(text) and _FORMING not in info:
            rows = parameters if executemany else [parameters]
            self._check(text, rows, info.get(_LEDGER), may_look=bool(info.get(_ACROSS)))

    def _check(
        self, sql: str, rows: Sequence[Sequence[Any]], ledger: _Ledger | None, *, may_look: bool
    ) -> None:
        try:
            facts = self._facts_of(sql, self._dialect)
        except ValueError as error:
            self._refuse(sql, f"it cannot be read ({error}); plain SQL would do")
        if counting := facts.functions & _COUNTING:
            self._refuse(sql, f"it counts by '{min(counting)}'; `Ids` gives out numbers")
        if facts.functions & _TELLING:
            self._refuse(sql, "it tells other nodes of work, which not every machine would hear")
        if any(map(_NAMED_LOCK.match, facts.functions)):
            self._refuse(sql, "it locks a name, which holds on one machine; lock a row instead")
        if ledger is None:  # a statement by itself
            ledger = _Ledger(any(m.is_written or m.is_locked for m in facts.mentions))
        is_reading = may_look or not ledger.is_writing
        for mention in facts.mentions:
            table = mention.table
            if table in schema.REFERENCE or table not in schema.metadata.tables:
                continue
            changes = mention.is_written or mention.is_locked
            if not mention.pins:
                if changes or not is_reading:
                    what = "writes" if mention.is_written else "locks" if changes else "looks at"
                    self._refuse(
                        sql,
                        f"it {what} '{table}' in any partition; `{table}.partition_id = ...` "
                        "would do" + ("" if changes else ", or a transaction for reading"),
                    )
                if facts.is_recursive:
                    self._refuse(sql, f"it looks at '{table}' in all partitions recursively")
                continue
            touched = set().union(*(mention.partitions(row) for row in rows))
            if changes and is_reading:
                self._refuse(sql, f"it changes or locks '{table}' where it may only read")
            if not is_reading:
                ledger.partitions |= touched
        if len(ledger.partitions) > 1:
            found = ", ".join(map(str, sorted(ledger.partitions)))
            self._refuse(sql, f"its transaction touches partitions {found}; one would do")

    def _check_form(self, sql: str) -> None:
        if counter := _COUNTERS.search(sql):
            self._refuse(sql, f"it makes a counter ('{counter[0]}'); `Ids` gives out numbers")
        for own, table, theirs in _FOREIGN.findall(sql):
            is_whole = table.strip('"') in schema.REFERENCE
            if not is_whole and not ("partition_id" in own and "partition_id" in theirs):
                self._refuse(sql, f"its foreign key to '{table}' leaves the partition")

    def _refuse(self, sql: str, why: str) -> Any:
        said = f"strict profile: {why}: {' '.join(sql.split())[:LONGEST]}"
        self.breaches.append(said)
        raise Breach(said)
