"""Lists in parts: each part costs a constant number of statements, however long the list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from engine.errors import Invalid
from engine.views import Page, Paging

T = TypeVar("T")
COUNTED = 10_000
"""Totals are exact up to this; one more says that there are more."""
LONGEST_PAGE = 1_000
FIRST = Paging()


class Order:
    """By which columns a list is ordered; the last of them tells every row from every other."""

    def __init__(self, *columns: sa.ColumnElement[Any], descending: bool = False) -> None:
        self.columns = columns
        self.descending = descending

    def apply(self, query: sa.Select[Any], paging: Paging) -> sa.Select[Any]:
        if paging.cursor is not None:
            at = sa.tuple_(*map(sa.literal, self._position(paging.cursor)))
            here = sa.tuple_(*self.columns)
            query = query.where(here < at if self.descending else here > at)
        elif paging.offset:
            query = query.offset(paging.offset)
        return query.order_by(*(c.desc() if self.descending else c.asc() for c in self.columns))

    def _position(self, cursor: str) -> Sequence[Any]:
        try:
            found = msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()))
            kinds = [c.type.python_type for c in self.columns]
            if not isinstance(found, list) or [type(v) for v in found] != kinds:
                raise ValueError
        except (ValueError, binascii.Error, msgspec.DecodeError, UnicodeError):
            raise Invalid(
                f"cursor: '{cursor:.60}' is none that a list of this order gave; "
                "ask without one for the first part"
            ) from None
        return found


def encode_cursor(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(list(values))).decode()


def fetch_page(
    connection: sa.Connection,
    query: sa.Select[Any],
    order: Order,
    paging: Paging,
    view: Callable[[Sequence[sa.Row[Any]]], list[T]],
) -> Page[T]:
    """One part of a list; `view` makes its items of the rows. Raises Invalid."""
    if not 0 <= paging.limit <= LONGEST_PAGE or paging.offset < 0:
        raise Invalid(
            f"paging: found limit {paging.limit}, offset {paging.offset}; a limit of 0 to "
            f"{LONGEST_PAGE} and an offset of 0 or more would do"
        )
    keys = [column.label(f"order_{n}") for n, column in enumerate(order.columns)]
    part = order.apply(query.add_columns(*keys), paging).limit(paging.limit + 1)
    rows = connection.execute(part).all() if paging.limit else []
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    cursor = encode_cursor(rows[-1][-len(keys) :]) if more else None
    is_whole = paging.limit and not more and paging.cursor is None and not paging.offset
    total = len(rows) if is_whole else _count(connection, query)
    return Page(items=view(rows), total=total, next_cursor=cursor)


def _count(connection: sa.Connection, query: sa.Select[Any]) -> int:
    one: sa.ColumnElement[int] = sa.literal_column("1")
    counted: sa.Select[Any] = query.with_only_columns(one, maintain_column_froms=True)
    counted = counted.order_by(None).limit(COUNTED + 1)
    total = sa.select(sa.func.count()).select_from(counted.subquery())
    return int(connection.execute(total).scalar_one())


def contains(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Whether a column holds a text, upper or lower case alike."""
    return sa.func.lower(column).contains(text.lower(), autoescape=True)
