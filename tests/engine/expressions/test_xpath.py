"""XPath where a file asks for it."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions import ExpressionError
from engine.expressions.xpath import compile_xpath
from tests.kit import Drive

DATA: dict[str, Any] = {
    "approved": True,
    "n": 5,
    "who": "mary",
    "order": {"total": Decimal("12.5"), "lines": [{"sku": "a"}, {"sku": "b"}], "paid": False},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("bpmn:getDataObject('approved')", True),
        ("not(bpmn:getDataObject('approved'))", False),
        ('getDataObject("n") > 3 and $who = "mary"', True),
        ("$n + 1", 6),
        ("$n div 2", Decimal("2.5")),
        ("getDataObject('order')/total > 12", True),
        ("count($order/lines)", 2),
        ("$order/lines[2]/sku", "b"),
        ("$order/lines/sku", ["a", "b"]),
        ("$order/nothing", None),
        ("$missing", None),
        ("concat($who, '!')", "mary!"),
        ("string-length($who)", 4),
    ],
)
def test_it_reads_data(text: str, value: Any) -> None:
    assert compile_xpath(text).evaluate(DATA) == value


@pytest.mark.parametrize("text", ["", "1 +", "$a[", "nonsense(", "a" * 6000])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_xpath(text)


def test_names_are_the_variables_it_reads() -> None:
    assert compile_xpath("getDataObject('a')/b > $c").names == {"a", "c"}


def test_nothing_outside_is_reached() -> None:
    for text in ("doc('file:///etc/passwd')", "document('x')", "unparsed-text('x')", "env('PATH')"):
        with pytest.raises(ExpressionError):
            compile_xpath(text).evaluate({})


def test_a_condition_in_the_standards_own_words_is_xpath() -> None:
    drive = Drive(
        """<startEvent id="s"/> <exclusiveGateway id="g" default="g-no"/>
        <endEvent id="yes"/> <endEvent id="no"/>
        s -> g
        g -> yes : bpmn:getDataObject('approved')
        g -> no""",
        approved=True,
    )
    assert drive.ended
    assert "yes" in {record.element for record in drive.records}


@settings(max_examples=150, deadline=None)
@given(st.text("$a/[]()'\"+-*=<>!|@:.,0123 ndorvit", max_size=40))
def test_any_text_gives_a_value_or_an_error(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        compile_xpath(text).evaluate({"a": {"b": [1, 2]}, "n": 1})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n > 5", True),
        ("n div 2 = 3 and not(is_open)", True),
        ("order/lines[count > 1]/count", "2"),
        ("concat(name, ' and so on')", "ana and so on"),
        ("order/@none", None),
        ("missing > 1", False),
    ],
)
def test_a_path_begins_with_a_variable(text: str, value: object) -> None:
    variables = {
        "n": 6,
        "name": "ana",
        "is_open": False,
        "order": {"lines": [{"count": 1}, {"count": 2}]},
    }
    assert compile_xpath(text).evaluate(variables) == value
