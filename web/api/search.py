"""Searches: `filter`, `sort` and `page` in, `items` and `page` out.

What the engine can look for itself, it does. The rest is done here over its answer, exactly, and
only while that is at most a thousand items; beyond that the request is refused, with the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypedDict

from engine import Invalid, Page, Paging
from web.api.shapes import Count, Shape, Text

T = TypeVar("T")
LONGEST_PAGE = 1_000
COUNTED = 10_000
Scalar = str | int | bool
Cursor = Annotated[str, Field(pattern="^(o[0-9]{1,9}|c[A-Za-z0-9_=-]{1,400})$")]


class Operators(BaseModel):
    """A condition on one field; all that are given must hold."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=False)

    eq: Scalar | None = Field(default=None, alias="$eq")
    neq: Scalar | None = Field(default=None, alias="$neq")
    gt: Scalar | None = Field(default=None, alias="$gt")
    gte: Scalar | None = Field(default=None, alias="$gte")
    lt: Scalar | None = Field(default=None, alias="$lt")
    lte: Scalar | None = Field(default=None, alias="$lte")
    among: list[Scalar] | None = Field(default=None, alias="$in")
    not_among: list[Scalar] | None = Field(default=None, alias="$notIn")
    like: str | None = Field(default=None, alias="$like", max_length=255)
    """`*` stands for any text, `?` for one character, `\\` takes their meaning from them."""
    exists: bool | None = Field(default=None, alias="$exists")

    def hold(self, value: Any) -> bool:
        """Whether all of it is true of a value."""
        return (
            (self.eq is None or _is(value, self.eq))
            and (self.neq is None or not _is(value, self.neq))
            and (self.gt is None or _compare(value, self.gt, 1))
            and (self.gte is None or _compare(value, self.gte, 0, 1))
            and (self.lt is None or _compare(value, self.lt, -1))
            and (self.lte is None or _compare(value, self.lte, 0, -1))
            and (self.among is None or any(_is(value, one) for one in self.among))
            and (self.not_among is None or not any(_is(value, one) for one in self.not_among))
            and (self.like is None or _like(value, self.like))
            and (self.exists is None or (value is not None) is self.exists)
        )

    @property
    def choices(self) -> tuple[Any, ...] | None:
        """The values of which the field must have one; None where more than that is asked."""
        given = self.model_fields_set
        if given == {"eq"} and self.eq is not None:
            return (self.eq,)
        if given == {"among"} and self.among is not None:
            return tuple(self.among)
        return None


class Sort(Shape):
    """One order; the next one counts where this finds no difference."""

    field: str
    order: Literal["ASC", "DESC", "asc", "desc"] = "ASC"


class PageRequest(Shape):
    """Which part of the list: after the first `from` items, or beside a cursor."""

    limit: Annotated[int, Field(ge=0, le=10_000)] = 100
    """At most 1,000 are given at once."""
    from_: Count = Field(default=0, alias="from")
    after: Cursor | None = None
    before: Cursor | None = None


class PageAnswer(TypedDict):
    """Where in the list this part is."""

    totalItems: int
    hasMoreTotalItems: bool
    startCursor: str | None
    endCursor: str | None


class Search(Shape):
    """A search; `search_of` makes the one of each resource."""

    filter: Any = None
    sort: list[Any] | None = None
    page: PageRequest | None = None

    def conditions(self) -> Conditions:
        return Conditions(self.filter)


def search_of(item: type, **also: Any) -> type[Search]:
    """The body that searches for items of a type: every member of it may be asked for, and `also`.

    Unknown members of a filter are refused: ignoring one would find what was not asked for.
    """
    name = item.__name__
    fields: dict[str, Any] = {
        member: (type_ | Operators | None, None)
        for member, type_ in {**_scalars(item), **also}.items()
    }
    strict = ConfigDict(extra="forbid", strict=True)
    inner = create_model(f"{name}Condition", __config__=strict, **fields)
    alternatives: Any = Annotated[list[inner], Field(max_length=20)]  # type: ignore[valid-type]
    outer = create_model(
        f"{name}Filter",
        __config__=strict,
        **fields,
        any_of=(alternatives | None, Field(default=None, alias="$or")),
    )
    by: Any = Literal[tuple(sorted(_scalars(item)))]
    sort: Any = create_model(f"{name}Sort", __base__=Sort, field=(by, ...))
    orders: Any = list[sort] | None
    return create_model(
        f"{name}Search", __base__=Search, filter=(outer | None, None), sort=(orders, None)
    )


def _scalars(item: type) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for member, annotation in item.__annotations__.items():
        text = str(getattr(annotation, "__forward_arg__", annotation))
        if text.startswith(("dict", "list")) or "Properties" in text:
            continue
        known[member] = bool if text == "bool" else int if text == "int" else Text
    return known


class Conditions:
    """What a filter asks for; what the engine looks for itself is taken out of it."""

    def __init__(self, filter: BaseModel | None) -> None:
        self._left = _asked(filter)
        alternatives = getattr(filter, "any_of", None)
        self._any_of = [_asked(one) for one in alternatives] if alternatives else None

    def any(self, name: str) -> tuple[Any, ...] | None:
        """Takes out the values of which a field must have one; None: nothing the like is asked."""
        asked = self._left.get(name)
        found = asked.choices if asked is not None else None
        if found is not None:
            del self._left[name]
        return found

    def one(self, name: str) -> Any:
        """Takes out the one value that a field must have; None where that is not what is asked."""
        asked = self._left.get(name)
        found = asked.choices if asked is not None else None
        if found is None or len(found) != 1:
            return None
        del self._left[name]
        return found[0]

    @property
    def is_empty(self) -> bool:
        return not self._left and self._any_of is None

    def hold(self, item: Mapping[str, Any]) -> bool:
        if not _all_hold(self._left, item):
            return False
        return self._any_of is None or any(_all_hold(one, item) for one in self._any_of)


def found(
    body: Search,
    left: Conditions,
    fetch: Callable[[Paging], Page[T]],
    item: Callable[[T], Any],
    *,
    sorted_by: Sequence[str] = (),
) -> Any:
    """The answer to a search: `fetch` has looked for all but what is `left`, and gives the order
    `sorted_by` (`-field` for descending) by itself."""
    page, sort = body.page or PageRequest(), body.sort or []
    orders = [f"{'-' if s.order.upper() == 'DESC' else ''}{s.field}" for s in sort]
    limit = min(page.limit, LONGEST_PAGE)
    is_here = page.before or (page.after or "").startswith("o")
    if left.is_empty and not is_here and orders == list(sorted_by)[: len(orders)]:
        cursor = page.after[1:] if page.after else None
        part = fetch(Paging(limit=limit, cursor=cursor, offset=page.from_))
        end = f"c{part.next_cursor}" if part.next_cursor else None
        return _answer([item(one) for one in part.items], part.total, None, end)
    if page.after and page.after.startswith("c"):
        raise Invalid("page.after: the cursor is of a search with another filter or order")
    whole = fetch(Paging(limit=LONGEST_PAGE))
    if whole.total > LONGEST_PAGE:
        raise Invalid(
            f"the filter or order needs a look at {whole.total:,} items one by one; narrow it "
            f"down to {LONGEST_PAGE:,} by a key, a process or a state"
        )
    items = [shaped for one in whole.items if left.hold(shaped := item(one))]
    for name in reversed(orders):
        items.sort(key=lambda i: _sortable(i.get(name.lstrip("-"))), reverse=name[0] == "-")
    return listed(items, page)


def listed(items: Sequence[Any], page: PageRequest) -> Any:
    """A part of a list that is all here."""
    limit = min(page.limit, LONGEST_PAGE)
    first = page.from_
    if page.after:
        first = _offset(page.after)
    elif page.before:
        last = _offset(page.before)
        first, limit = max(0, last - limit), min(limit, last)
    part = items[first : first + limit]
    more = first + limit < len(items)
    start = f"o{first}" if part else None
    return _answer(part, len(items), start, f"o{first + limit}" if more and part else None)


def _offset(cursor: str) -> int:
    if not cursor.startswith("o"):
        raise Invalid("page: the cursor is of a search with another filter or order")
    return int(cursor[1:])


def _answer(items: Sequence[Any], total: int, start: str | None, end: str | None) -> Any:
    return {
        "items": list(items),
        "page": {
            "totalItems": min(total, COUNTED),
            "hasMoreTotalItems": total > COUNTED,
            "startCursor": start,
            "endCursor": end,
        },
    }


def _asked(filter: BaseModel | None) -> dict[str, Operators]:
    asked: dict[str, Operators] = {}
    if filter is None:
        return asked
    for name in type(filter).model_fields:
        value = getattr(filter, name)
        if name == "any_of" or value is None:
            continue
        asked[name] = value if isinstance(value, Operators) else Operators(**{"$eq": value})
    return asked


def _all_hold(conditions: Mapping[str, Operators], item: Mapping[str, Any]) -> bool:
    return all(asked.hold(item.get(name)) for name, asked in conditions.items())


def _is(value: Any, asked: Any) -> bool:
    if isinstance(value, list):
        return asked in value
    return bool(_comparable(value) == _comparable(asked))


def _compare(value: Any, asked: Any, *wanted: int) -> bool:
    left, right = _comparable(value), _comparable(asked)
    if type(left) is not type(right):
        return False
    return ((left > right) - (left < right)) in wanted


def _comparable(value: Any) -> Any:
    """Moments as moments, so that two spellings of one are equal."""
    if isinstance(value, str) and len(value) >= 19 and value[10:11] in ("T", " "):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value


def _sortable(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, 0)
    if isinstance(value, str):
        return (1, int(value)) if value.isdecimal() and value.isascii() else (2, value)
    return (1, value)


def _like(value: Any, pattern: str) -> bool:
    if not isinstance(value, str):
        return False
    expression, position = "", 0
    while position < len(pattern):
        character = pattern[position]
        if character == "\\" and position + 1 < len(pattern):
            position += 1
            expression += re.escape(pattern[position])
        else:
            expression += {"*": ".*", "?": "."}.get(character, re.escape(character))
        position += 1
    return re.fullmatch(expression, value, re.DOTALL) is not None
