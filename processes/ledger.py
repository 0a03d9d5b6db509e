"""The handlers' own book: counts every call, enters every effect once for its idempotency key.

It stands for the world outside the engine (the warehouse, the bank, the airline), so it has a file
of its own and never looks into the engine's. What it holds is what really happened.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

ENVIRONMENT = "KAPELLMEISTER_LEDGER"
DEFAULT_PATH = Path("var") / "ledger.sqlite"

_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode

_SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    key            TEXT NOT NULL UNIQUE,
    action         TEXT NOT NULL,
    business_key   TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    code           TEXT,
    answer         TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS effects_by_business_key ON effects (business_key, number);
CREATE TABLE IF NOT EXISTS calls (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    key     TEXT NOT NULL,
    action  TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    ending  TEXT NOT NULL CHECK (ending IN ('entered', 'repeated', 'failed'))
) STRICT;
CREATE INDEX IF NOT EXISTS calls_by_key ON calls (key, ending);
"""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a handler, as the world outside sees it."""

    key: str
    """The idempotency key: the same for every attempt at one job."""
    action: str
    business_key: str = ""
    correlation_id: str = ""
    attempt: int = 1


@dataclass(frozen=True, kw_only=True)
class Done:
    """The action was carried out."""

    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The action was refused for a reason of business, which is an answer like any other."""

    code: str
    message: str


Answer = Done | Refused


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a call is told."""

    answer: Answer
    is_repeated: bool
    """Whether an earlier call under the same key had the effect already."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One line of the book."""

    number: int
    """Counts up over the whole ledger, in the order in which the effects happened."""
    key: str
    action: str
    business_key: str
    correlation_id: str
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How often an action was called, and what came of it."""

    entered: int = 0
    """First calls: as many as there are effects and refusals."""
    repeated: int = 0
    """Calls under a key that was known; they changed nothing."""
    failed: int = 0
    """Calls that ended in a technical failure before anything happened."""
    refused: int = 0
    """Of the entered ones, those that were refused."""

    @property
    def calls(self) -> int:
        return self.entered + self.repeated + self.failed


class Ledger:
    """A ledger in an SQLite file; any number of threads and processes may share the file.

    A transaction is in the file when `call` returns: killing the process loses nothing.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock()
        self._connection = sqlite3.connect(
            self.path, timeout=60, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode = WAL")
        # Enough against SIGKILL: without FULL only a power cut can cost the last lines.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def call(self, call: Call, decide: Callable[[int], Answer]) -> Reply:
        """The answer to this call: the first one that its key was given, however often it comes.

        `decide` makes the first answer. It is told how many calls under this key have failed, must
        be quick and must touch nothing outside; what it raises is counted as a failed call and
        raised on.
        """
        with self._transaction() as sql:
            known = sql.execute(
                "SELECT code, answer FROM effects WHERE key = ?", (call.key,)
            ).fetchone()
            if known is not None:
                self._count(sql, call, "repeated")
                return Reply(answer=_answer(*known), is_repeated=True)
            failed = sql.execute(
                "SELECT count(*) FROM calls WHERE key = ? AND ending = 'failed'", (call.key,)
            ).fetchone()[0]
            try:
                answer = decide(failed)
            except Exception as error:
                self._count(sql, call, "failed")
                failure = error
            else:
                self._count(sql, call, "entered")
                self._enter(sql, call, answer)
                return Reply(answer=answer, is_repeated=False)
        raise failure

    def effects(
        self, *, action: str | None = None, business_key: str | None = None
    ) -> list[Effect]:
        """The lines of the book, oldest first; of one action or one business key when given."""
        rows = self._rows(
            "SELECT number, key, action, business_key, correlation_id, code, answer FROM effects"
            " WHERE (:action IS NULL OR action = :action)"
            " AND (:business_key IS NULL OR business_key = :business_key) ORDER BY number",
            {"action": action, "business_key": business_key},
        )
        return [
            Effect(
                number=number,
                key=key,
                action=action_,
                business_key=business_key_,
                correlation_id=correlation_id,
                answer=_answer(code, answer),
            )
            for number, key, action_, business_key_, correlation_id, code, answer in rows
        ]

    def size(self) -> int:
        """How many lines the book has."""
        return int(self._rows("SELECT count(*) FROM effects", {})[0][0])

    def counts(self) -> dict[str, Counts]:
        """Counts by action."""
        rows = self._rows(
            "SELECT c.action, sum(c.ending = 'entered'), sum(c.ending = 'repeated'),"
            " sum(c.ending = 'failed'), sum(c.ending = 'entered' AND e.code IS NOT NULL)"
            " FROM calls c LEFT JOIN effects e ON e.key = c.key GROUP BY c.action",
            {},
        )
        return {
            action: Counts(entered=entered, repeated=repeated, failed=failed, refused=refused)
            for action, entered, repeated, failed, refused in rows
        }

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        with self._lock, closing(self._connection.cursor()) as sql:
            sql.execute("BEGIN IMMEDIATE")
            try:
                yield sql
            except BaseException:
                sql.execute("ROLLBACK")
                raise
            sql.execute("COMMIT")

    def _rows(self, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    @staticmethod
    def _count(sql: sqlite3.Cursor, call: Call, ending: str) -> None:
        sql.execute(
            "INSERT INTO calls (key, action, attempt, ending) VALUES (?, ?, ?, ?)",
            (call.key, call.action, call.attempt, ending),
        )

    @staticmethod
    def _enter(sql: sqlite3.Cursor, call: Call, answer: Answer) -> None:
        code, told = (
            (answer.code, answer.message)
            if isinstance(answer, Refused)
            else (None, dict(answer.variables))
        )
        sql.execute(
            "INSERT INTO effects (key, action, business_key, correlation_id, code, answer)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                call.key,
                call.action,
                call.business_key,
                call.correlation_id,
                code,
                _encode(told).decode(),
            ),
        )


def _answer(code: str | None, told: str) -> Answer:
    if code is None:
        return Done(variables=_decode(told))
    return Refused(code=code, message=_decode(told))


_open: dict[Path, Ledger] = {}
_opening = Lock()


def shared() -> Ledger:
    """The ledger that this process's handlers write: the file named by KAPELLMEISTER_LEDGER."""
    path = Path(os.environ.get(ENVIRONMENT) or DEFAULT_PATH).absolute()
    with _opening:
        if path not in _open:
            _open[path] = Ledger(path)
        return _open[path]


def close_shared() -> None:
    """Close every ledger that `shared` opened."""
    with _opening:
        while _open:
            _open.popitem()[1].close()
