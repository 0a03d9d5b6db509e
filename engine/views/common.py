"""Who asks, and which part of a list."""

from __future__ import annotations

from typing import Generic, Literal, TypeAlias, TypeVar

from msgspec import Struct

T = TypeVar("T")


InstanceState: TypeAlias = Literal["active", "completed", "failed", "cancelled"]
Source: TypeAlias = Literal["console", "api", "cli", "system"]


class Actor(Struct, frozen=True):
    """Who acts, and by which door."""

    name: str
    source: Source = "system"


SYSTEM = Actor("system")


class Paging(Struct, frozen=True, kw_only=True):
    """Which part of a list: after `cursor`, or else after the first `offset` items."""

    limit: int = 50
    cursor: str | None = None
    offset: int = 0


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list."""

    items: list[T]
    total: int
    """Exact up to 10,000; 10,001 says that there are more."""
    next_cursor: str | None = None
    """What to ask on with; None at the end."""
