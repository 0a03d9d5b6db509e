"""What nearly matches, and in what it differs."""

from __future__ import annotations

import pytest

from web.console.near import near, nearest


@pytest.mark.parametrize(
    ("wanted", "found", "how"),
    [
        ("4711", "4711 ", "has a blank at its end"),
        ("4711", " 4711", "has a blank at its beginning"),
        ("4711 ", "4711", "lacks a blank"),
        ("paid", "Paid", "differs in upper and lower case"),
        ("charge-card", "charge_card", "differs in blanks, hyphens or underscores"),
        ("4711", "004711", "differs in zeros at its beginning"),
        ("payment received", "payment recieved", "is spelled nearly alike"),
    ],
)
def test_what_differs_is_said(wanted: str, found: str, how: str) -> None:
    told = near(wanted, found)
    assert told is not None
    assert (told.text, told.how) == (found, how)


@pytest.mark.parametrize(
    ("wanted", "found"), [("a", "a"), ("4711", "4712"), ("paid", "shipped"), ("a", "")]
)
def test_the_same_and_something_else_are_no_near_misses(wanted: str, found: str) -> None:
    assert near(wanted, found) is None


def test_each_near_miss_is_told_once() -> None:
    found = nearest("paid", ["Paid", "Paid", "shipped", "PAID", "paid"])
    assert [one.text for one in found] == ["Paid", "PAID"]
