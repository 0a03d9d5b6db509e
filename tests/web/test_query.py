"""The query language of the instance list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine import Engine, InstanceQuery, VariableFilter, querying
from web import query

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

USUAL = {"order": timedelta(hours=1), "travel": timedelta(days=2)}


def asked(text: str) -> query.Asked:
    return query.parse(text, "-started", query.Usually(now=NOW, most=lambda: USUAL))


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
        ("is:stalled", "stalled_since", NOW - querying.STALLED_AFTER),
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


FAILED = InstanceQuery(states=("failed",))
HELD = InstanceQuery(states=("active",), suspended=True)
STUCK = InstanceQuery(states=("active",), has_incidents=True)
LARGE = VariableFilter(name="amount", operator=">", value=1000)


def test_or_joins_its_two_neighbours() -> None:
    found = asked("var.amount>1000 -key:A-1 status:suspended OR status:incident").query
    assert found.variables == (LARGE,)
    assert found.none_of == (InstanceQuery(business_keys=("A-1",)),)
    assert found.any_of == (HELD, STUCK)


def test_brackets_hold_together_what_belongs_together() -> None:
    found = asked("process:order (status:failed OR (is:incident var.amount>1000))").query
    inner = InstanceQuery(states=("active",), has_incidents=True, variables=(LARGE,))
    assert found.process_ids == ("order",)
    assert found.any_of == (FAILED, inner)


def test_a_word_or_a_bracket_is_excluded() -> None:
    assert asked("-status:failed").query.none_of == (FAILED,)
    assert asked("NOT status:failed").query.none_of == (FAILED,)
    assert asked("-(status:failed OR is:suspended)").query.none_of == (
        InstanceQuery(any_of=(FAILED, HELD)),
    )
    assert asked("-test order").query.none_of == (InstanceQuery(text="test"),)
    assert asked("NOT -status:failed").query == FAILED_FIRST
    assert asked("-5").query.text == "-5"


FAILED_FIRST = InstanceQuery(states=("failed",), order="-started")


def test_two_groups_of_choices_must_both_hold() -> None:
    found = asked("(v:1 OR v:2) (step:a OR step:b)").query
    assert found.any_of == (InstanceQuery(version=1), InstanceQuery(version=2))
    (other,) = found.none_of
    (choice,) = other.none_of
    assert choice.any_of == (InstanceQuery(element="a"), InstanceQuery(element="b"))


def test_statuses_side_by_side_are_choices_and_other_marks_are_not() -> None:
    assert asked("is:incident is:suspended").query.any_of == (STUCK, HELD)
    found = asked("is:root status:failed").query
    assert (found.is_root, found.states) == (True, ("failed",))


def test_older_than_usual_is_told_for_each_process() -> None:
    late = asked("older:p95").query.any_of
    assert [(one.process_ids, one.started_before) for one in late] == [
        (("order",), NOW - timedelta(hours=1)),
        (("travel",), NOW - timedelta(days=2)),
    ]
    assert asked("older:2d").query.started_before == NOW - timedelta(days=2)
    nothing = query.parse("older:p95", "-started", query.Usually(now=NOW))
    assert nothing.query.ids == (0,)
    assert "p95" in asked("older:soon").wrong[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("(status:failed", "is not closed"),
        ("status:failed)", "closes nothing"),
        ("OR status:failed", "between two words"),
        ("status:failed OR", "between two words"),
        ("(" * 100 + "a", "deep"),
    ],
)
def test_a_broken_sentence_is_said_and_still_read(text: str, says: str) -> None:
    found = asked(text)
    assert any(says in sentence for sentence in found.wrong)
    if "failed" in text:
        assert found.query.states == ("failed",)


@pytest.mark.parametrize("value", ["DE", "New York", "O'Hara", 'a "b"', "x(1)", 7, True])
def test_what_is_found_by_a_value_asks_for_that_value(value: object) -> None:
    (variable,) = asked(query.finding("city", value)).query.variables
    assert variable.value == value


@pytest.mark.parametrize("text", ["", "   ", "()", "( )", "-", "OR", "-()", "a OR OR b", "'", '"'])
def test_odd_texts_are_no_trouble(text: str) -> None:
    assert isinstance(asked(text).query, InstanceQuery)


def test_how_long_is_stalled_stands_in_the_settings_alone() -> None:
    with Engine("sqlite://", stalled_after=timedelta(hours=2)) as engine:
        usually = query.usually(engine)
    found = query.parse("is:stalled", "-started", usually).query
    assert found.stalled_since == usually.now - timedelta(hours=2)
