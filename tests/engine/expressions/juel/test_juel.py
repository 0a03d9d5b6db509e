"""JUEL (`engine.expressions.juel`)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import isodate
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.errors import BpmnError
from engine.expressions import ExpressionError
from engine.expressions.execution import Execution
from engine.expressions.juel import compile_juel
from engine.values import normalise

NOW = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
VARIABLES: dict[str, Any] = {
    "five": 5,
    "half": Decimal("0.5"),
    "word": "Paper",
    "nothing": None,
    "yes": True,
    "list": [1, "two", 3, 3],
    "order": {"id": 7, "customer": {"name": "Ada"}, "lines": [{"price": 4}], "note": None},
    "day": date(2026, 2, 28),
    "then": datetime(2026, 3, 1, tzinfo=UTC),
    "week": timedelta(days=7),
    "empty_text": "",
    "big": 10**30,
}


def value(text: str, variables: Mapping[str, Any] = VARIABLES, **more: Any) -> Any:
    return compile_juel(text, **more).evaluate(variables, now=NOW)


def refused(text: str, **more: Any) -> str:
    with pytest.raises(ExpressionError) as error:
        value(text, **more)
    return str(error.value)


# Texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("${five}", 5),
        ("#{five}", 5),
        ("${ five }", 5),
        ("a${five}b", "a5b"),
        ("${five}${word}", "5Paper"),
        ("#{word}, ${nothing}!", "Paper, !"),
        (r"\${five}", "${five}"),
        (r"\#{five} ${five}", "#{five} 5"),
        ("costs $5", "costs $5"),
        ("${'}'}", "}"),
        ("""${"it's"}""", "it's"),
        (r"${'a\'b\\'}", "a'b\\"),
        ("x${half}y${yes}z${day}", "x0.5ytruez2026-02-28"),
        ("list: ${list}", 'list: [1,"two",3,3]'),
        ("${order.lines}", [{"price": 4}]),
    ],
)
def test_texts_and_expressions_in_them(text: str, expected: Any) -> None:
    assert value(text) == expected


# Operators


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 / 2", Decimal("3.5")),
        ("6 / 2", 3),
        ("7 div 2", Decimal("3.5")),
        ("7 % 3", 1),
        ("-7 mod 3", -1),
        ("null + 2", 2),
        ("'3' + '4'", 7),
        ("'' + 1", 1),
        ("'1.5' * 2", 3),
        ("0.1 + 0.2", Decimal("0.3")),
        ("1e3", 1000),
        (".5 + 1", Decimal("1.5")),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("10 - 4 - 3", 3),
        ("2 * 3 % 4", 2),
        ("-five", -5),
        ("--5", 5),
        ("-'5'", -5),
        ("- -half", Decimal("0.5")),
        ("big + 1", 10**30 + 1),
        ("half + 0.25", Decimal("0.75")),
        ("5L + 1", 6),
    ],
)
def test_arithmetic(text: str, expected: Any) -> None:
    assert value(f"${{{text}}}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'5' > 4", True),
        ("'10' > '9'", False),
        ("five >= 5", True),
        ("five lt 6", True),
        ("five ge 6", False),
        ("null < 1", False),
        ("null > 1", False),
        ("nothing <= null", True),
        ("day < then", True),
        ("day > then", False),
        ("false < true", True),
        ("five == '5'", True),
        ("five eq 5.0", True),
        ("five ne 6", True),
        ("nothing == null", True),
        ("nothing == 0", False),
        ("'true' == yes", True),
        ("'no' == yes", False),
        ("list == list", True),
        ("order.lines[0] == order.lines[0]", True),
        ("day == day", True),
        ("word == 'Paper'", True),
        ("word != 'paper'", True),
        ("1 == 1 == true", True),
    ],
)
def test_comparisons(text: str, expected: bool) -> None:
    assert value(f"${{{text}}}") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes and five > 4", True),
        ("yes && !yes", False),
        ("nothing or 'TRUE'", True),
        ("not (five == 5)", False),
        ("not empty list", True),
        ("empty nothing", True),
        ("empty empty_text", True),
        ("empty ''", True),
        ("empty 0", False),
        ("empty order.note", True),
        ("five > 3 ? 'many' : 'few'", "many"),
        ("five < 3 ? 1 : five < 6 ? 2 : 3", 2),
        ("yes ? nothing : 1", None),
        ("true || missing", True),
        ("false && missing", False),
        ("yes ? 1 : missing", 1),
    ],
)
def test_logic(text: str, expected: Any) -> None:
    assert value(f"${{{text}}}") == expected


def test_long_chains_of_operators_need_no_stack() -> None:
    assert value("${" + "1 + " * 5_000 + "1}") == 5_001
    assert value("${" + "false || " * 5_000 + "true}") is True
    assert value("${" + "false ? 1 : " * 2_000 + "2}") == 2


# Paths and methods


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order.customer.name", "Ada"),
        ("order['customer']['name']", "Ada"),
        ("order.missing", None),
        ("order.missing.deeper", None),
        ("order.lines[0].price", 4),
        ("list[1]", "two"),
        ("list['1']", "two"),
        ("list[9]", None),
        ("list[-1]", None),
        ("nothing.anything", None),
        ("nothing[0]", None),
        ("word.empty", False),
        ("then.year", 2026),
        ("then.time", 1772323200000),
        ("day.dayOfWeek", 6),
    ],
)
def test_paths(text: str, expected: Any) -> None:
    assert value(f"${{{text}}}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("word.equals('Paper')", True),
        ("five.equals('5')", False),
        ("five.equals(5)", True),
        ("word.length()", 5),
        ("word.contains('ape')", True),
        ("word.toUpperCase().toLowerCase()", "paper"),
        ("word.substring(1).concat('!')", "aper!"),
        ("word.substring(1, 3)", "ap"),
        ("word.indexOf('p')", 2),
        ("word.replace('p', 'pp')", "Papper"),
        ("'a,b,,'.split(',')", ["a", "b"]),
        (r"'a.b'.split('\\.')", ["a", "b"]),
        ("word.isEmpty()", False),
        ("word.equalsIgnoreCase('pApEr')", True),
        ("' x '.trim()", "x"),
        ("'ab'.repeat(3)", "ababab"),
        ("word.charAt(0)", "P"),
        ("word.compareTo('Zeta')", -1),
        ("list.size()", 4),
        ("list.contains('two')", True),
        ("list.contains(true)", False),
        ("list.get(0)", 1),
        ("list.indexOf(3)", 2),
        ("list.lastIndexOf(3)", 3),
        ("list.subList(1, 3)", ["two", 3]),
        ("list.containsAll(list)", True),
        ("order.get('id')", 7),
        ("order.getOrDefault('x', 1)", 1),
        ("order.containsKey('id')", True),
        ("order.containsValue(7)", True),
        ("order.keySet().size()", 4),
        ("order.size()", 4),
        ("order.prop('customer').prop('name').stringValue()", "Ada"),
        ("S(order).prop('id').numberValue()", 7),
        ("JSON('{\"a\": [1.50]}').prop('a').elements()", [Decimal("1.5")]),
        ("half.intValue()", 0),
        ("(7 / 2).setScale(0)", 4),
        ("half.add(1).multiply(2)", 3),
        ("five.toString()", "5"),
        ("yes.toString()", "true"),
        ("day.plusDays(1)", date(2026, 3, 1)),
        ("day.plusMonths(1).minusYears(1)", date(2025, 3, 28)),
        ("then.plusHours(1).getHour()", 1),
        ("then.isBefore(now())", True),
        ("day.before(then)", True),
        ("now().toString('dd.MM.yyyy HH:mm')", "01.03.2026 12:30"),
        ("now().format(\"yyyy'T'MM\")", "2026T03"),
        ("dateTime().plusDays(3).toDate()", NOW + timedelta(days=3)),
        ("dateTime().toLocalDate()", date(2026, 3, 1)),
        ("week.toString()", "P7D"),
    ],
)
def test_methods(text: str, expected: Any) -> None:
    assert value(f"${{{text}}}") == expected


def test_list_with_a_month_is_moved_by_the_calendar() -> None:
    assert value("${date.plusMonths(1)}", {"date": date(2026, 1, 31)}) == date(2026, 2, 28)
    assert value("${d}", {"d": isodate.Duration(months=1)}) == isodate.Duration(months=1)


# Execution, task, functions, beans


def test_execution_reads_variables_even_without_an_engine() -> None:
    assert value("${execution.getVariable('five')}") == 5
    assert value("${execution.getVariable('missing')}") is None
    assert value("${execution.hasVariable('missing')}") is False
    assert value("${execution.getVariables()['five']}") == 5
    assert "tells nothing here" in refused("${execution.processInstanceId}")
    assert "no variable can be set here" in refused("${execution.setVariable('a', 1)}")


def test_execution_tells_what_the_engine_gives_it() -> None:
    execution = Execution(
        facts={"processInstanceId": "8", "processBusinessKey": "order-8"},
        task={"assignee": "ada"},
        user="grace",
        groups=("sales",),
        local={"five": 5},
    )
    known = {**VARIABLES, "execution": execution}
    assert value("${execution.processInstanceId}", known) == "8"
    assert value("${execution.getProcessBusinessKey()}", known) == "order-8"
    assert value("${task.assignee}", known) == "ada"
    assert value("${task.getAssignee()}", known) == "ada"
    assert value("${task.getExecution().processInstanceId}", known) == "8"
    assert value("${currentUser()}", known) == "grace"
    assert value("${authenticatedUserId}", known) == "grace"
    assert value("${currentUserGroups()}", known) == ["sales"]
    assert value("${execution.hasVariableLocal('word')}", known) is False
    assert "execution" not in value("${execution.getVariables()}", known)
    assert "'execution' itself is no value" in _refused_with("${execution}", known)
    assert "does not tell its 'tenantId'" in _refused_with("${execution.tenantId}", known)


def _refused_with(text: str, variables: Mapping[str, Any]) -> str:
    with pytest.raises(ExpressionError) as error:
        value(text, variables)
    return str(error.value)


def test_what_is_set_is_seen_at_once_and_left_for_the_engine() -> None:
    execution = Execution()
    known = {"a": 1, "execution": execution}
    text = "${execution.setVariable('a', 2) == null ? execution.getVariable('a') : 0}"
    assert value(text, known) == 2
    assert execution.assigned == {"a": 2}
    assert known["a"] == 1


def test_missing_task_is_told() -> None:
    assert "there is no task here" in refused("${task.name}")
    assert value("${task}", {"task": "a variable"}) == "a variable"


def test_functions_of_flowable() -> None:
    assert value("${variables:get(five)}") == 5
    assert value("${vars:getOrDefault(missing, 'none')}") == "none"
    assert value("${var:eq(word, 'Paper')}") is True
    assert value("${variables:greaterThan('five', 4)}") is True
    assert value("${variables:exists(missing)}") is False
    assert value("${variables:contains(list, 'two', 3)}") is True
    assert value("${variables:containsAny(list, 'four', 3)}") is True
    assert "there is no function 'variables:foo'" in refused("${variables:foo(a)}")


def test_beans_are_registered_functions_and_nothing_else() -> None:
    beans = {"double": lambda x: x * 2, "prices.of": lambda order, rate: order["id"] * rate}
    assert value("${double(five)}", beans=beans) == 10
    assert value("${prices.of(order, 3)}", beans=beans) == 21
    assert compile_juel("${prices.of(order) + double(1)}").calls == {"prices.of", "double"}
    assert "no function 'prices.to' and no variable 'prices'" in refused("${prices.to(1)}")
    assert "there is no function 'open'" in refused("${open('x')}")


def test_variable_hides_a_bean_of_its_name() -> None:
    assert value("${order.size()}", beans={"order.size": lambda: -1}) == 4


def test_what_a_bean_gives_becomes_data() -> None:
    assert value("${f()}", beans={"f": lambda: (1.5, "x")}) == [Decimal("1.5"), "x"]
    assert "is an object of class" in refused("${f()}", beans={"f": object})


def test_what_a_bean_raises_is_told_and_business_errors_come_through() -> None:
    def fails() -> None:
        raise RuntimeError("no line")

    def throws() -> None:
        raise BpmnError("E1", "out of stock")

    assert "'f' failed with RuntimeError: no line" in refused("${f()}", beans={"f": fails})
    with pytest.raises(BpmnError):
        value("${f()}", beans={"f": throws})


def test_counts_of_a_loop_have_their_old_names() -> None:
    known = {"numberOfInstances": 3, "numberOfCompletedInstances": 2}
    assert value("${nrOfCompletedInstances / nrOfInstances > 0.5}", known) is True


# Names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("${a.b[c] + d.e(f)}", {"a", "c", "d", "f"}),
        ("x${a}y#{b}", {"a", "b"}),
        ("${'a'}", set()),
        ("${execution.getVariable('a')}", {"execution", "a"}),
        ("${variables:get(a) and vars:eq('b', c)}", {"a", "b", "c"}),
        ("${task.name}", {"execution", "task"}),
        ("${now()}", set()),
    ],
)
def test_names_are_the_variables_it_reads(text: str, names: set[str]) -> None:
    assert compile_juel(text).names == names


# What is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${missing}", "column 3 of '${missing}': there is no variable 'missing'; set it"),
        ("a ${five +}", "column 11 of 'a ${five +}': found 'the end'; a value is expected"),
        ("${five", "column 1 of '${five': '${' is never closed"),
        ("${}", "there is nothing between the braces"),
        ("${five five}", "column 8 of '${five five}': found 'five'; an operator, or the end"),
        ("${(five}", "')' is expected"),
        ("${list[1}", "']' is expected"),
        ("${word.contains('a'}", "',' or ')' is expected"),
        ("${five ? 1}", "':' and the other choice are expected"),
        ("${'abc}", "'${' is never closed"),
        ("${a @ b}", "'@' cannot stand here"),
        ("${five = 6}", "'=' sets nothing here; '==' compares"),
        ("${order.}", "a name is expected after '.'"),
        ("${five and yes}", "'5' (a number) is neither true nor false"),
        ("${word + 'x'}", "'Paper' (a text) is no number"),
        ("${word > 4}", "'Paper' (a text) is no number"),
        ("${yes + 1}", "'true' (a boolean) is no number"),
        ("${five / 0}", "column 8 of '${five / 0}': division by zero"),
        ("${five % 0}", "division by zero"),
        ("${list < order}", "have no order"),
        ("${1 == true}", "'true' (a boolean) is no number"),
        ("${nothing.length()}", "length() of null"),
        ("${word.foo()}", "a text has no method 'foo'; it has "),
        ("${five.foo}", "a number has no 'foo'"),
        ("${word.substring(9)}", "no position 9"),
        ("${list.get(4)}", "no position 4 in 4"),
        ("${word.contains()}", "contains() was given 0 arguments; it takes 1"),
        ("${word.substring(1, 2, 3)}", "given 3 arguments; it takes 1 to 2"),
        ("${word.matches('a+')}", "regular expressions such as 'a+' do not run here"),
        ("${word.split('a|b')}", "regular expressions such as 'a|b' do not run here"),
        ("${order.put('a', 1)}", "a document has no method 'put'"),
        ("${day.plusHours(1)}", "a date has no hours"),
        ("${day.plusYears(99999)}", "leaves the years 1 to 9999"),
        ("${now().toString('EEE')}", "'EEE' in the pattern 'EEE' is not known"),
        ("${S('{')}", "is no JSON"),
        ("${order.prop('x')}", "the document has no 'x'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_a_way_out(text: str, message: str) -> None:
    assert message in refused(text)


def test_place_in_a_text_of_several_lines_has_a_line() -> None:
    assert "line 2, column 3 of" in refused("${five +\n  }")


@pytest.mark.parametrize(
    "text",
    [
        "${word.__class__}",
        "${word.__class__.__mro__[1].__subclasses__()}",
        "${word['__class__']}",
        "${order.__getattribute__('items')}",
        "${''.format(word)}",
        "${execution.__init__}",
        "${execution.facts}",
        "${now().__reduce__()}",
        "${day.replace(1)}",
        "${f.__globals__}",
        "${five.real}",
        "${list.append(1)}",
        "${list.__len__()}",
    ],
)
def test_nothing_of_python_is_reached(text: str) -> None:
    execution = Execution(facts={"id": "1"})
    with pytest.raises(ExpressionError):
        compile_juel(text, {"f": len}).evaluate({**VARIABLES, "execution": execution}, now=NOW)


# Budgets


@pytest.mark.parametrize(
    "text",
    [
        "${" + "(" * 2_000 + "1" + ")" * 2_000 + "}",
        "${" + "-" * 2_000 + "1}",
        "${" + "a[" * 2_000 + "1" + "]" * 2_000 + "}",
        "${" + "a(" * 2_000 + ")" * 2_000 + "}",
        "${" + "1 + " * 40_000 + "1}",
        "${'ab'.repeat(1000000)}",
        "${'ab'.repeat(1000).repeat(1000)}",
        "${'" + "a" * 1_000 + "'" + ".replace('a', 'aaaaaaaaaa')" * 20 + "}",
        "${10000000000" + " * 10000000000" * 1_000 + "}",
        "${1e6000 * 1e6000}",
        "${1e99999}",
        "${'x'.repeat(999999)" + ".toUpperCase()" * 100 + "}",
        "${'" + "9" * 5_000 + "' + 1}",
        "${now().plusSeconds(99999999999999999999)}",
    ],
)
def test_budgets_hold(text: str) -> None:
    with pytest.raises(ExpressionError):
        value(text)


# Any text at all

_PIECES = [
    *"+-*/%<>!?:.,()[]{}&|='\"\\$#_",
    *("${", "#{", "}", "&&", "||", "==", "!=", "<=", ">="),
    *("and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "div", "mod", "empty"),
    *("true", "false", "null", "0", "1", "2.5", "1e3", "'x'", '"y"', "''", " ", "\n"),
    *VARIABLES,
    *("execution", "task", "now()", "missing", ".size()", ".length()", ".get(0)", ".plusDays(1)"),
    *("variables:get(five)", ".concat(", ".replace(", ".repeat(", ".setScale(", ".equals("),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
@example("${list[1e6000]}")
@example("${half.setScale(2.5)}")
@example("${'a'.repeat(-1)}")
def test_any_pieces_give_data_or_an_expression_error(text: str) -> None:
    for written in (text, f"${{{text}}}"):
        message = ""
        try:
            normalise(value(written))
        except ExpressionError as error:
            message = str(error)
        assert not message or re.match(r"JUEL(, (line \d+, )?column \d+)? of '", message)


@given(st.text(max_size=200))
def test_any_text_gives_data_or_an_expression_error(text: str) -> None:
    for written in (text, f"${{{text}}}", f"${{'{text}'}}"):
        with contextlib.suppress(ExpressionError):
            normalise(value(written.replace("\0", "")))


_DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | st.text(alphabet="ab1.-'", max_size=4)
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(alphabet="ab$", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(_DATA, _DATA, st.sampled_from(["+", "-", "*", "/", "%", "<", ">=", "==", "!=", "and", "or"]))
def test_any_values_give_data_or_an_expression_error(a: Any, b: Any, operator: str) -> None:
    known = {"a": normalise(a), "b": normalise(b)}
    for text in (
        f"${{a {operator} b}}",
        "${-a}",
        "${!a}",
        "${empty a}",
        "${a[b]}",
        "${a ? 1 : 2}",
        "x${a}",
    ):
        with contextlib.suppress(ExpressionError):
            normalise(value(text, known))


@given(
    _DATA,
    st.sampled_from(
        ["equals", "compareTo", "get", "contains", "indexOf", "plusDays", "setScale", "substring"]
    ),
    _DATA,
)
def test_any_call_gives_data_or_an_expression_error(a: Any, method: str, b: Any) -> None:
    with contextlib.suppress(ExpressionError):
        normalise(value(f"${{a.{method}(b)}}", {"a": normalise(a), "b": normalise(b)}))


@given(
    st.recursive(
        st.integers(-99, 99).map(str),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        max_leaves=12,
    )
)
def test_arithmetic_agrees_with_python(text: str) -> None:
    assert value(f"${{{text}}}") == eval(text)


@given(st.lists(st.sampled_from(["1", "2", "3"]), min_size=1, max_size=9), st.data())
def test_precedence_agrees_with_python(numbers: list[str], data: st.DataObject) -> None:
    text = numbers[0]
    for number in numbers[1:]:
        text += f" {data.draw(st.sampled_from(['+', '-', '*']))} {number}"
    assert value(f"${{{text}}}") == eval(text)
    compared = f"{text} < 3"
    assert value(f"${{{compared}}}") == eval(compared)
