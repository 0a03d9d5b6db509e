"""The store: a database, its transactions, and its clock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, Unavailable
from engine.storage import schema
from engine.storage.ids import Ids, by_partition
from engine.storage.profiles import Profile, for_driver, is_strict, profile_for
from engine.storage.rows import Head, micros
from engine.storage.statements import Statement, Statements
from engine.storage.transaction import Transaction
from engine.storage.wire import Wire
from engine.values import decode

if TYPE_CHECKING:
    from engine.storage.strict import Guard
    from engine.storage.watch import Watch

READERS = 2
"""Connections kept for single queries."""
Clock = Callable[[], datetime]

CLOCK_TRUST = 1.0
"""Seconds that a reading of the database's clock is carried on by our own monotonic one."""


class Undecided(Unavailable):
    """A transaction whose end is not known: it must not be run again unasked."""


class Store:
    """A database."""

    def __init__(
        self,
        url: str | sa.URL,
        *,
        clock: Clock | None = None,
        partitions: int | None = None,
    ) -> None:
        asked = sa.make_url(url)
        self.url = for_driver(asked)
        self.profile: Profile = profile_for(asked)
        strict = is_strict(asked)
        if strict:
            self.profile.spread()
        self.partitions = partitions or self.profile.partitions
        self.engine = self.profile.connect(self.url)
        self._watch = _watch(self.url, self.engine) if self.profile.may_fall_silent else None
        self.guard = _guard(self.profile, self.engine) if strict else None
        self.statements = Statements(self.profile, self.engine.dialect)
        self.ids = Ids(self._lease)
        self.polls_noted: dict[tuple[str, str], int] = {}
        """When each worker was last noted to ask for a type of job."""
        self._clock = clock
        self._offset: tuple[float, int] | None = None
        """When the database's clock was read, by our monotonic one, and what it said."""
        self._exclusive = threading.RLock()
        """Held by whoever writes, where there is one writer, or one connection, for all."""
        self._writer: Wire | None = None
        self._open: Transaction | None = None
        self._has_leased = False
        """Whether the open transaction has leased numbers: they go with it."""
        self._readers: deque[Wire] = deque()
        """Connections kept for single queries; each is somebody's while it is not here."""
        self._is_closed = False
        self._origin: str | None = None
        """Of the database, once it was read."""

    def key_of(self, connection: sa.Connection, id: int) -> str:
        """What a row is called outside: a key that no other database gives out, so that a service
        which several of them call takes no call for a repetition of another's."""
        if self._origin is None:
            found = connection.execute(sa.select(schema.origin.c.name)).scalar()
            self._origin = found or ""
        return f"{self._origin}-{id}" if self._origin else str(id)

    # Transactions

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write: all that is done inside is kept at its end, or nothing is.

        There is one at a time in a process; whoever comes later waits.
        """
        with self._exclusive:
            self._check()
            try:
                wire = self._connect()
            except sa.exc.TimeoutError as error:
                raise _silent(error) from error
            try:
                now = self._now(wire.connection)
                self.profile.begin_writing(wire)
                transaction = self._open = Transaction(self, wire, now)
                yield transaction
                self._commit(wire, transaction)
            except sa.exc.TimeoutError as error:  # the pool has no free connection
                self._rollback(wire)
                raise _silent(error) from error
            except BaseException:
                self._rollback(wire)
                raise
            finally:
                self._open, self._has_leased = None, False

    def _commit(self, wire: Wire, transaction: Transaction) -> None:
        """Write what is left, and commit. Raises Undecided when the connection broke before the
        database said that it has it."""
        if not transaction.has_more and wire.forget():
            return
        with wire.together() if self.profile.takes_arrays else nullcontext():
            transaction.write_last()
        try:  # by itself: what breaks before it was sent is run again
            wire.command("COMMIT")
        except sa.exc.DBAPIError as error:
            if not self.profile.is_lost(error):
                raise
            raise Undecided(
                "the connection to the database broke at the end of the transaction: whether it "
                "was kept is not known; try again, with the same idempotency key"
            ) from error

    def _check(self) -> None:
        """Raises Unavailable while the database is known not to answer."""
        if self._watch is not None:
            self._watch.check()

    def _connect(self) -> Wire:
        if self._writer is None or self._writer.connection.invalidated:
            wire = Wire(self.engine.connect())
            try:
                if self.profile.writing:
                    wire.command(self.profile.writing)
            except BaseException:
                wire.connection.invalidate()
                wire.connection.close()
                raise
            self._writer = wire
        return self._writer

    def _rollback(self, wire: Wire) -> None:
        if self._has_leased:
            self.ids.forget()
        if wire.forget():
            return
        with suppress(sa.exc.SQLAlchemyError, OSError):
            wire.command("ROLLBACK")
            if not wire.is_torn:
                return
        self._writer = None
        wire.connection.invalidate()
        wire.connection.close()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Read from one moment's state, apart from whoever writes. Raises Unavailable."""
        try:
            with self._reading() as connection:
                yield connection
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
            raise _silent(error) from error

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        if self.profile.shares_connection:
            with self._exclusive:
                connection = self._connect().connection
                with self.guard.across(connection) if self.guard else nullcontext():
                    yield connection
            return
        self._check()
        with self.engine.connect() as connection:
            wire = Wire(connection)
            wire.command(self.profile.begin_reading)
            try:
                yield connection
            finally:
                wire.command("ROLLBACK")

    def glance(self) -> int | None:
        """A number that is another one when somebody else has written, where there is such a thing;
        None while we write ourselves. Our own writing does not change it."""
        if self.profile.glance is None or not self._exclusive.acquire(blocking=False):
            return None
        try:
            return int(self._connect().fetch(self.profile.glance, ())[0][0])
        except sa.exc.DBAPIError:
            return None
        finally:
            self._exclusive.release()

    def look(self, statement: Statement, *values: Any) -> Sequence[Any]:
        """The rows that one query gives, as tuples, apart from whoever writes: for what is asked
        most, over connections that are kept. Raises Unavailable."""
        try:
            return self._look(statement.sql, values)
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
            raise _silent(error) from error

    def _look(self, sql: str, values: tuple[Any, ...]) -> Sequence[Any]:
        if self.profile.shares_connection:
            with self._exclusive:
                wire = self._connect()
                with self.guard.across(wire.connection) if self.guard else nullcontext():
                    return wire.fetch(sql, values)
        self._check()
        try:
            wire, was_kept = self._readers.pop(), True
        except IndexError:
            wire, was_kept = Wire(self.engine.connect()), False
        try:
            rows = wire.fetch(sql, values)
        except sa.exc.DBAPIError as error:
            wire.connection.invalidate()
            wire.connection.close()
            if was_kept and self.profile.is_lost(error):
                return self._look(sql, values)
            raise
        if len(self._readers) < READERS and not self._is_closed:
            self._readers.append(wire)
        else:
            wire.connection.close()
        return rows

    def read_heads(self, ids: Iterable[int]) -> dict[int, Head]:
        """The heads of these instances, outside of any transaction."""
        statement = self.statements.heads
        rows = [
            row for values in self.by_id(statement, ids) for row in self.look(statement, *values)
        ]
        return {row[0]: Head(*row) for row in rows}

    def by_id(self, statement: Statement, ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """The parameters with which a query by ids is to be asked, time after time."""
        if not self.profile.is_distributed:
            return [(self.profile.keys_parameter(list(ids)),)]
        return [
            statement.values({"partition": partition, "ids": self.profile.keys_parameter(own)})
            for partition, own in by_partition(ids).items()
        ]

    def visible(
        self, connection: sa.Connection, scopes: Iterable[int]
    ) -> dict[int, dict[str, Any]]:
        """The variables seen from each of these scopes: its own over those around it."""
        wanted = set(scopes)
        found: dict[int, tuple[int | None, dict[str, Any]]] = {}
        todo = set(wanted)
        while todo:
            statement = self.statements.scopes_by_id
            rows = [
                row
                for values in self.by_id(statement, todo)
                for row in connection.exec_driver_sql(statement.sql, values)
            ]
            found.update((id, (parent, decode(values))) for id, parent, values in rows)
            todo = {row[1] for row in rows if row[1] is not None} - found.keys()
        seen: dict[int, dict[str, Any]] = {}
        for scope in wanted:
            layers = []
            at: int | None = scope
            while at is not None and at in found:
                at, values = found[at]
                layers.append(values)
            seen[scope] = {}
            for values in reversed(layers):
                seen[scope].update(values)
        return seen

    def now(self) -> int:
        """The moment, in microseconds since 1970."""
        if self._clock or not self.profile.clock:
            return self._local_now()
        with self.reading() as connection:
            return self._now(connection)

    def now_in(self, connection: sa.Connection) -> int:
        """The moment, asked over an open connection where it has to be asked."""
        return self._now(connection)

    @property
    def has_own_clock(self) -> bool:
        """Whether moments are given by a clock that is not the database's."""
        return self._clock is not None

    def _local_now(self) -> int:
        return micros(self._clock()) if self._clock else time.time_ns() // 1000

    def _now(self, connection: sa.Connection) -> int:
        """Never later than the database's clock: a timer may be late, but not early."""
        if self._clock or not self.profile.clock:
            return self._local_now()
        monotonic = time.monotonic()
        if self._offset is None or monotonic - self._offset[0] > CLOCK_TRUST:
            (read,) = connection.exec_driver_sql(self.profile.clock).one()
            self._offset = (time.monotonic(), read)
            return int(read)
        at, read = self._offset
        return read + int((monotonic - at) * 1_000_000)

    def _lease(self, blocks: int) -> int:
        """Lease numbers: in the open transaction where there is only one writer."""
        if self._open is not None and not self.profile.has_row_locks:
            self._has_leased = True
            return self._take(self._open.connection, blocks)
        with self.engine.connect() as connection:
            return self._take(connection, blocks)

    def _take(self, connection: sa.Connection, blocks: int) -> int:
        update = (
            sa.update(schema.lease)
            .where(schema.lease.c.name == "instance")
            .values(next=schema.lease.c.next + blocks)
            .returning(schema.lease.c.next)
        )
        return int(connection.execute(update).scalar_one()) - blocks

    # Life

    def forming(self, connection: sa.Connection) -> AbstractContextManager[None]:
        """Tables are made or changed over this connection."""
        return self.guard.forming(connection) if self.guard else nullcontext()

    def migrate(self) -> None:
        """Bring the tables to this version's form. Raises Unavailable."""
        from engine.storage.migrate import migrate

        try:
            with self._exclusive:
                migrate(self)
        except sa.exc.OperationalError as error:
            raise Unavailable(f"the database does not answer: {error.orig}") from error

    def ping(self, timeout: float) -> None:
        """Raises Unavailable when the database does not answer within so many seconds."""
        self._check()
        failures: list[Exception] = []

        def ask() -> None:
            try:
                with self.reading() as connection:
                    connection.exec_driver_sql("SELECT 1")
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=ask, name="kapellmeister-ping", daemon=True)
        thread.start()
        thread.join(timeout)
        if thread.is_alive():
            raise Unavailable(f"the database did not answer within {timeout:g} seconds")
        if failures:
            raise Unavailable(f"the database does not answer: {failures[0]}") from failures[0]

    def close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        with self._exclusive:
            if self._writer is not None:
                self._writer.connection.close()
                self._writer = None
            self._is_closed = True
            while self._readers:
                self._readers.pop().connection.close()
            self.engine.dispose()


def _watch(url: sa.URL, engine: sa.Engine) -> Watch:
    from engine.storage.watch import Watch  # it brings a driver along

    return Watch(url, engine)


def _guard(profile: Profile, engine: sa.Engine) -> Guard:
    """Raises Invalid."""
    try:
        from engine.storage.strict import Guard

        return Guard(profile, engine)
    except ModuleNotFoundError:
        raise Invalid(
            "the strict profile reads SQL by a package that is not installed; "
            "pip install kapellmeister[strict] would do"
        ) from None


def is_conflict(store: Store, error: BaseException) -> bool:
    """Whether the same may succeed if it is tried again."""
    return isinstance(error, Conflict) or (
        isinstance(error, sa.exc.DBAPIError) and store.profile.is_conflict(error)
    )


def _silent(error: sa.exc.SQLAlchemyError) -> Unavailable:
    why = getattr(error, "orig", error)  # a pool without a free connection has no more
    return Unavailable(f"the database does not answer: {why}; try again")


def unavailable(error: sa.exc.DBAPIError) -> Unavailable:
    """What to tell a caller whose transaction the database did not take."""
    return Unavailable(
        f"the database did not take the transaction: {error.orig}; "
        "try again, with the same idempotency key"
    )
