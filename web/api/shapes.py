"""What all request and answer bodies share: camelCase names, keys as decimal texts, UTC times."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from engine import Invalid, Paging

T = TypeVar("T")

TENANT = "<default>"


class Shape(BaseModel):
    """A body: camelCase outside, unknown members ignored, null as if left out."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", str_strip_whitespace=False
    )


def _key(value: Any) -> Any:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value


Key = Annotated[int, BeforeValidator(_key), Field(description="A key: a decimal text of 63 bits")]
Variables = dict[str, Any]


def key_of(text: str, what: str) -> int:
    """The id in a path. Raises Invalid when it is none."""
    if not text.isdecimal() or len(text) > 19:
        raise Invalid(f"{what} {text!r} is no key; a decimal number would do")
    return int(text)


def text_of(key: int | None) -> str | None:
    return None if key is None else str(key)


def time_of(moment: datetime | None) -> str | None:
    """As clients validate it: UTC, milliseconds, `Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def value_of(value: Any) -> Any:
    """A variable as JSON: exact numbers stay numbers, dates become ISO 8601 texts."""
    if isinstance(value, Mapping):
        return {name: value_of(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [value_of(inner) for inner in value]
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    isoformat = getattr(value, "isoformat", None)
    return isoformat() if isoformat else str(value)


def json_of(value: Any) -> str:
    """A variable as JSON text, as the API gives variables that are searched for."""
    return json.dumps(value_of(value), ensure_ascii=False)


class PageRequest(Shape):
    """Which part of a list."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")
    limit: int = Field(default=100, ge=0, le=10_000)
    from_: int = Field(default=0, ge=0, alias="from")
    after: str | None = None
    before: str | None = None


class SortRequest(Shape):
    field: str
    order: str = "asc"


class Search(Shape):
    """Body of a search: filter, sort, page."""

    filter: dict[str, Any] = {}
    sort: list[SortRequest] = []
    page: PageRequest = PageRequest()

    def paging(self) -> Paging:
        cursor = decoded(self.page.after) if self.page.after else None
        return Paging(limit=max(1, self.page.limit), cursor=cursor, offset=self.page.from_)


def encoded(cursor: str) -> str:
    return base64.urlsafe_b64encode(cursor.encode()).decode()


def decoded(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:
        raise Invalid(f"page.after {cursor!r} is no cursor of this API") from None


def found(page: Any, shape: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """The answer to a search."""
    return {
        "items": [shape(item) for item in page.items],
        "page": {
            "totalItems": min(page.total, 10_000),
            "hasMoreTotalItems": page.total > 10_000,
            "startCursor": encoded("0") if page.items else None,
            "endCursor": encoded(page.next_cursor) if page.next_cursor else None,
        },
    }


def equal(filter: Mapping[str, Any], name: str) -> Any:
    """The one value that a filter asks a field to have: `x`, or `{"$eq": x}`."""
    wanted = filter.get(name)
    return wanted.get("$eq") if isinstance(wanted, Mapping) else wanted


def any_of(filter: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    """The values of which a filter asks a field to have one; empty: it does not ask."""
    wanted = filter.get(name)
    if wanted is None:
        return ()
    if isinstance(wanted, Mapping):
        if "$in" in wanted:
            return tuple(wanted["$in"])
        return (wanted["$eq"],) if "$eq" in wanted else ()
    return (wanted,)


def keys(values: Iterable[Any]) -> tuple[int, ...]:
    return tuple(key_of(str(value), "key") for value in values)
