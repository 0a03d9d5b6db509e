"""The query language of the instance list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import VariableFilter
from web.console import query

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def asked(text: str) -> query.Asked:
    return query.parse(text, "-started", NOW)


def test_a_word_searches_ids_and_keys() -> None:
    assert asked("4711").query.text == "4711"


def test_pasted_ids_and_keys_become_sets() -> None:
    assert asked("11\n12\n13").query.ids == (11, 12, 13)
    assert asked("A-1 A-2").query.business_keys == ("A-1", "A-2")


def test_words_of_one_kind_are_joined_by_or() -> None:
    found = asked("status:failed status:cancelled process:order,travel").query
    assert found.states == ("failed", "cancelled")
    assert found.process_ids == ("order", "travel")


@pytest.mark.parametrize(
    ("word", "field", "value"),
    [
        ("is:incident", "has_incidents", True),
        ("status:suspended", "suspended", True),
        ("is:stalled", "stalled_since", NOW - query.STALLED),
        ("v:3", "version", 3),
        ("id:1,2", "ids", (1, 2)),
        ("root:9", "root", 9),
        ("step:Charge", "element", "Charge"),
        ('"reason:card expired"', "reason", "card expired"),
        ("started:<2h", "started_after", NOW - timedelta(hours=2)),
        ("started:>1d", "started_before", NOW - timedelta(days=1)),
        ("ended:2026-11-20", "ended_before", datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_each_token_asks_for_its_part(word: str, field: str, value: object) -> None:
    assert getattr(asked(word).query, field) == value
    assert not asked(word).wrong


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("var.amount>1000", VariableFilter(name="amount", operator=">", value=1000)),
        ("var.amount<=1.5", VariableFilter(name="amount", operator="<=", value=1.5)),
        ("var.country=DE", VariableFilter(name="country", value="DE")),
        ('var.code="7"', VariableFilter(name="code", value=7)),
        ("""'var.code="7"'""", VariableFilter(name="code", value="7")),
        ("var.express=true", VariableFilter(name="express", value=True)),
        ("var.name~Schu", VariableFilter(name="name", operator="like", value="%Schu%")),
        ("var.coupon=*", VariableFilter(name="coupon", operator="exists")),
        (
            "var.customer.city!=Bonn",
            VariableFilter(name="customer", path=("city",), operator="!=", value="Bonn"),
        ),
    ],
)
def test_variables_compare_with_typed_values(word: str, wanted: VariableFilter) -> None:
    assert asked(word).query.variables == (wanted,)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("status:lost", "no such status; one of running"),
        ("v:two", "a version is a number"),
        ("id:abc", "an id is a number"),
        ("started:soon", "as in started:<2h"),
        ("is:blue", "no such mark"),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_asked(word: str, says: str) -> None:
    found = asked(f"{word} process:order")
    assert says in found.wrong[0]
    assert f"'{word}'" in found.wrong[0]
    assert found.query.process_ids == ("order",)


def test_an_open_quote_is_read_as_it_stands() -> None:
    assert asked('"open').query.text == '"open'


def test_a_view_replaces_only_the_status() -> None:
    assert (
        query.replaced("process:order status:failed", "is:incident") == "process:order is:incident"
    )
    assert query.replaced("is:stalled var.a=1", None) == "var.a=1"
