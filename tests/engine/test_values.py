"""Values come back exactly as they went in, or are refused where they stand."""

from __future__ import annotations

import enum
from collections import Counter, OrderedDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import isodate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.values import admit, decode, encode, normalise, takes

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**30, max_value=10**60),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    st.dates(),
    st.times(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(timezones=st.just(ZoneInfo("Europe/Berlin"))),
    st.timedeltas(),
)
NAMES = TEXTS | st.sampled_from(["$type", "value"])
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, datetime | time):
        return bool(one == other and one.tzinfo == other.tzinfo and one.fold == other.fold)
    return bool(one == other)


@given(VALUES)
def test_a_value_survives_being_kept(value: Any) -> None:
    admitted = normalise(value)
    assert same(decode(encode(admitted)), admitted)
    assert decode(encode(admitted).encode()) == admitted


@given(VALUES)
def test_what_is_admitted_is_admitted_unchanged(value: Any) -> None:
    admitted = normalise(value)
    assert same(normalise(admitted), admitted)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (1.5, Decimal("1.5")),
        (0.1, Decimal("0.1")),
        (2.0, 2),
        (Decimal("3.00"), 3),
        (Decimal("3.10"), Decimal("3.10")),
        (-0.0, 0),
        (1e22, 10**22),
        ((1, (2, 3)), [1, [2, 3]]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (Counter("aa"), {"a": 2}),
        (Colour.RED, "red"),
        (Level.LOW, 1),
        (isodate.Duration(years=1, months=2), isodate.Duration(years=1, months=2)),
        (
            datetime(2026, 5, 1, tzinfo=timezone(timedelta(hours=2), "CEST")),
            datetime(2026, 5, 1, tzinfo=timezone(timedelta(hours=2))),
        ),
        (True, True),
        ("😀", "😀"),
    ],
)
def test_normal_forms(given: Any, kept: Any) -> None:
    assert same(normalise(given), kept)
    assert same(decode(encode(normalise(given))), kept)


def test_an_admitted_document_is_no_longer_the_callers() -> None:
    order = {"items": [1]}
    admitted = admit({"order": order})
    order["items"].append(2)
    assert admitted == {"order": {"items": [1]}}


def test_a_zone_is_kept_by_name_and_its_second_hour_is_told_from_the_first() -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert decode(encode(twice.replace(fold=1))).utcoffset() == timedelta(hours=1)
    assert decode(encode(twice)).utcoffset() == timedelta(hours=2)


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), r"'v' is the number nan; send null"),
        ({"a": [1, {"b": float("inf")}]}, r"'v.a\[1\].b' is the number inf"),
        (Decimal("NaN"), "'v' is the number NaN"),
        (Decimal("1e9999999"), r"beyond 10\^±6144; send it as text"),
        ("a\0b", "NUL"),
        ({"a\0": 1}, "NUL in a name"),
        ("\ud800", "surrogate"),
        (object(), "class 'object'; send null, booleans"),
        ({1, 2}, "a set, which has no order; send a sorted list"),
        (b"x", "bytes; send text"),
        ({"a": {1: 2}}, r"'v.a' is a document with 1 \(a int\) for a name"),
        ("x" * 1_000_001, "1,000,003 bytes, more than the 1,000,000"),
        (["é" * 1000] * 501, "more than the 1,000,000"),
        pytest.param(10**5000, "4,000 digits", id="long integer"),
        ([10**5000], r"'v\[0\]' is an integer"),
        (deep(101), "deeper than 100 levels"),
        (date, "class 'type'"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_place_and_remedy(value: Any, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        admit({"v": value})


@pytest.mark.parametrize("name", ["", "a\0", 1, None])
def test_a_variable_has_a_name(name: Any) -> None:
    with pytest.raises(Invalid, match="no name of a variable"):
        admit({name: 1})


def test_variables_are_a_mapping() -> None:
    with pytest.raises(Invalid, match="give a mapping"):
        admit([1])  # type: ignore[arg-type]


def test_a_document_as_deep_as_allowed_is_kept() -> None:
    assert decode(encode(normalise(deep(100)))) == deep(100)


@pytest.mark.parametrize(
    "value",
    [None, True, 7, -12, 10**40, Decimal("1.5"), "", "text", [], {}, [[1, 2], {"a": "b"}] * 9],
    ids=repr,
)
def test_how_much_a_value_takes_is_about_what_it_takes(value: Any) -> None:
    assert takes(value, 1_000) == pytest.approx(len(encode(value)), rel=0.35, abs=5)


def test_what_takes_too_much_is_not_read_to_its_end() -> None:
    assert takes([0] * 1_000_000, 100) > 100
    assert takes({"first": "x" * 200, "then": "y"}, 100) > 100
    assert takes([["x" * 200], *[[0]] * 99], 100) > 100
