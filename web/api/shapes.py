"""What request and answer bodies share: keys as decimal texts, UTC moments, JSON both ways."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from engine import Invalid

TENANT = "<default>"
MOST_MILLISECONDS = 2**53 - 1

_KEY = re.compile(r"[0-9]{1,19}", re.ASCII)
_LARGEST_KEY = 2**63 - 1
MOST_DIGITS = 20


def _number(text: str) -> int | Decimal:
    """A number with a point or an exponent, exactly; one without a fraction is whole."""
    found = Decimal(text)
    is_small = -MOST_DIGITS < found.adjusted() < MOST_DIGITS
    return int(found) if is_small and found == found.to_integral_value() else found


_decoder = msgspec.json.Decoder(float_hook=_number)
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=str)
M = TypeVar("M", bound=BaseModel)

Key = Annotated[str, Field(pattern="^[0-9]{1,19}$", description="A key: a decimal text")]
GivenKey = (
    Annotated[str, Field(pattern="^[0-9]{1,19}$")] | Annotated[int, Field(ge=0, le=_LARGEST_KEY)]
)
"""A key in a request; a number is taken as well as its text."""
Text = Annotated[str, Field(max_length=255, pattern="^[^\\x00]*$")]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Milliseconds = Annotated[int, Field(ge=0, le=MOST_MILLISECONDS)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Variables = dict[Annotated[str, Field(min_length=1, pattern="^[^\\x00]*$")], Any]


class Shape(BaseModel):
    """A request body: camelCase outside, exact types, unknown members ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", strict=True
    )


def key_of(given: str | int, what: str) -> int:
    """The id that a key stands for. Raises Invalid when it is none."""
    text = str(given)
    if not _KEY.fullmatch(text) or int(text) > _LARGEST_KEY:
        raise Invalid(f"{what} {text[:40]!r} is no key; a decimal number of 63 bits would do")
    return int(text)


def keys_of(values: Iterable[Any], what: str) -> tuple[int, ...]:
    return tuple(key_of(value, what) for value in values)


def text_of(key: int | None) -> str | None:
    return None if key is None else str(key)


def time_of(moment: datetime) -> str:
    """As clients validate it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else time_of(moment)


def milliseconds(count: int) -> timedelta:
    return timedelta(milliseconds=count)


def read_json(data: bytes) -> Any:
    """A document; its numbers are exact. Raises Invalid."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, ValueError, ArithmeticError) as error:
        raise Invalid(f"the body is no JSON: {error}") from None
    except RecursionError:
        raise Invalid("the body is nested too deep; flatten it") from None


def read_body(data: bytes, shape: type[M]) -> M:
    """A request body; nothing at all is an empty document. Raises Invalid with every place."""
    try:
        return shape.model_validate(read_json(data) if data else {})
    except ValidationError as error:
        raise Invalid(told(error)) from None


def told(error: ValidationError) -> str:
    """All that is wrong with a body, each with its place and what was found."""
    said: dict[str, None] = {}
    for one in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in one["loc"] if not _is_branch(part)) or "the body"
        found = "" if one["type"] == "missing" else f", found {one['input']!r:.60}"
        said[f"{place}: {one['msg'][:1].lower()}{one['msg'][1:]}{found}"] = None
    return "; ".join(said)


def _is_branch(part: Any) -> bool:
    """Whether part of a place names the alternative that was tried, rather than a member."""
    return isinstance(part, str) and ("[" in part or part in ("str", "int", "bool", "Operators"))


def write_json(value: Any) -> bytes:
    """A document; decimals are numbers with all their digits, moments ISO 8601 texts."""
    return _encoder.encode(value)


def json_text(value: Any) -> str:
    """A variable as JSON text, which is how the API gives variables that are searched for."""
    return write_json(value).decode()
