"""What one database does unlike another. All else in the shell is the same code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.views import VariableFilter

if TYPE_CHECKING:
    from engine.storage.wire import Wire


class Profile(ABC):
    """The ways of one kind of database."""

    name: str
    partitions: int
    begin: str
    """Opens a transaction that will write."""
    begin_reading: str
    """Opens one that sees one moment's state throughout."""
    has_row_locks: bool
    """Whether several writers share it, row by row; otherwise there is one at a time."""
    clock: str | None
    """Asks for the database's moment in microseconds; None where it shares ours."""
    oldest_transaction: str | None = None
    """Asks when the oldest of our other open transactions began; None where there is one writer."""
    takes_arrays: bool = False
    """Whether a statement can be given many rows, as arrays."""
    writing: str | None = None
    """What to say once to a connection that will write: its statements find rows by their keys."""
    has_news: bool = False
    """Whether it can tell other nodes that there is work."""
    may_fall_silent: bool = False
    """Whether it is a server, whose connections may stay open although it answers no more."""
    glance: str | None = None
    """Asks one connection, and costs next to nothing: another answer than before says that somebody
    else has written."""
    shares_connection: bool = False
    """Whether everything goes over a single connection."""
    is_distributed: bool = False
    """Whether a transaction may touch one partition only; see `engine.storage.strict`."""
    migrating: str | None = None
    """Lets one node migrate at a time, until the end of its transaction."""
    margin: int = 250_000
    """Microseconds that readers of the log of events leave to transactions that are just ending."""

    def spread(self) -> None:
        """Go by the rules of a distributed database, on one that is not."""
        self.is_distributed = True
        self.has_news = False
        self.takes_arrays = False

    def begin_writing(self, wire: Wire) -> None:
        """Open a transaction that writes."""
        wire.begin(self.begin)

    @abstractmethod
    def connect(self, url: sa.URL) -> sa.Engine:
        """Opens its pool of connections."""

    @abstractmethod
    def keys(self, name: str = "ids") -> sa.TableValuedAlias:
        """A FROM clause with the one column `value`, of the ids in the parameter `name`."""

    @abstractmethod
    def keys_parameter(self, ids: list[int]) -> Any:
        """The value of that parameter."""

    @abstractmethod
    def texts(self, name: str) -> sa.TableValuedAlias:
        """A FROM clause with the one column `value`, of the texts in the parameter `name`."""

    @abstractmethod
    def texts_parameter(self, texts: Sequence[str]) -> Any:
        """The value of that parameter."""

    def among(self, column: sa.ColumnElement[Any], name: str = "ids") -> sa.ColumnElement[bool]:
        """Whether a column is one of the ids in the parameter `name`."""
        given = self.keys(name)
        return column.in_(sa.select(given.c.value))

    def within(
        self, column: sa.ColumnElement[Any], found: sa.Select[Any]
    ) -> sa.ColumnElement[bool]:
        """Whether a column is one of the ids that a query finds and locks, asked once."""
        return column.in_(found)

    @abstractmethod
    def lock_name(self, connection: sa.Connection, name: str, key: str | None) -> None:
        """Until the end of the transaction, nobody else publishes or waits under this name and
        key; without a key: under this name."""

    @abstractmethod
    def position(self, text: sa.ColumnElement[Any], part: str) -> sa.ColumnElement[int]:
        """Where a part begins in a text, from 1; 0 where it does not stand in it."""

    @abstractmethod
    def variable(
        self, values: sa.ColumnElement[Any], asked: VariableFilter
    ) -> sa.ColumnElement[bool]:
        """Whether a variable, in a column of JSON text, compares as asked."""

    @abstractmethod
    def is_conflict(self, error: BaseException) -> bool:
        """Whether the same transaction may well succeed if it is tried again."""

    def is_lost(self, error: sa.exc.DBAPIError) -> bool:
        """Whether the database went away, or is not there yet."""
        return False
