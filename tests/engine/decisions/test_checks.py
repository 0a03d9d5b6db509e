"""Deploy-time checks of decision tables: warnings that are right, and silence where unsure."""

from typing import Any

import pytest

from bpmn.dmn import read_dmn
from engine.decisions import check
from tests.engine.decisions.kit import (
    compiled,
    decision,
    document,
    evaluated,
    inputs,
    needs,
    table,
    text,
)


def warnings(rules: list[str], *, types: tuple[str, ...] = (), **options: object) -> list[str]:
    body = table(rules, **options)  # type: ignore[arg-type]
    for type in types:
        body = body.replace("<inputExpression>", f'<inputExpression typeRef="{type}">', 1)
    found = check(read_dmn(document(decision("x", body)).encode()))
    assert all(problem.severity == "warning" and problem.line for problem in found)
    return [problem.message.removeprefix("decision table in 'x': ") for problem in found]


def test_overlapping_rules_are_named() -> None:
    assert warnings(["< 10 => 1", "[9..20] => 2", "> 20 => 3"]) == [
        "rules 1 and 2 can match together, the hit policy UNIQUE forbids that"
    ]
    assert warnings(["< 10 => 1", "[9..20] => 1", "> 20 => 3"], policy="ANY") == []
    assert warnings(["< 10 => 1", "[9..20] => 2", "> 20 => 3"], policy="FIRST") == []


def test_rules_that_touch_do_not_overlap() -> None:
    assert warnings(["< 10 => 1", ">= 10 => 2"]) == []


def test_columns_together_decide_about_overlap() -> None:
    rules = ['< 10 | "a" => 1', '< 10 | "b" => 2', '>= 10 | "a" => 3', '>= 10 | not("a") => 4']
    assert warnings(rules, inputs=("a", "b")) == ["no rule matches for a < 10, b any other text"]


def test_gap_between_numbers_is_found() -> None:
    assert warnings(["< 10 => 1", "> 10 => 2"]) == ["no rule matches for a 10"]
    assert warnings(["[0..10) => 1", "[10..20] => 2"]) == [
        "no rule matches for a < 0",
        "no rule matches for a > 20",
    ]


def test_booleans_and_listed_values_are_closed() -> None:
    assert warnings(["true => 1", "false => 2"]) == []
    assert warnings(["true => 1"], types=("boolean",)) == ["no rule matches for a false"]
    listed = table(['"a" => 1', '"b" => 2']).replace(
        "</inputExpression>", '</inputExpression><inputValues><text>"a","b"</text></inputValues>'
    )
    assert check(read_dmn(document(decision("x", listed)).encode())) == []


@pytest.mark.parametrize("options", [{"policy": "COLLECT"}, {"default": "0"}])
def test_gaps_do_not_matter_where_nothing_is_owed(options: dict[str, Any]) -> None:
    assert warnings(["1 => 1"], **options) == []


def test_hidden_rule_of_a_first_table() -> None:
    assert warnings(["< 10 => 1", "< 5 => 2", "- => 3"], policy="FIRST") == [
        "rule 2 is never chosen, rule 1 comes before it and matches all it matches"
    ]
    assert warnings(["- => 1", "? > b => 2"], policy="FIRST") == [
        "rule 2 is never chosen, rule 1 comes before it and matches all it matches"
    ]
    assert warnings(["? > b => 1", "< 5 => 2", "- => 3"], policy="FIRST") == []


def test_cells_of_the_wrong_type() -> None:
    assert warnings(['"ten" => 1', "- => 2"], types=("number",), policy="FIRST") == [
        'rule 1, input 1: "ten" is a string, the input a number; the cell never matches'
    ]


def test_outputs_of_the_wrong_type() -> None:
    body = table(["- => 1", '- => "2"'], policy="FIRST").replace(
        '<output name="out">', '<output name="out" typeRef="string">'
    )
    messages = [p.message for p in check(read_dmn(document(decision("x", body)).encode()))]
    assert messages[0] == (
        "decision table in 'x': rule 1, output 1: 1 is a number, the output a string"
    )


def test_missing_entries() -> None:
    assert warnings(["1 => 1 | 2", "not(1) => 1"], outputs=("p", "q")) == [
        "rule 2 has 1 input and 1 output entries, the table 1 and 2 columns"
    ]


def test_nothing_is_said_about_cells_that_cannot_be_analysed() -> None:
    assert warnings(["? > b => 1", "? <= b => 2"]) == []


def test_warned_overlap_and_gap_are_real() -> None:
    model = decision("x", table(["< 10 => 1", "(5..20] => 2"]))
    assert "UNIQUE" in evaluated(model, a=7).warnings[0]
    assert evaluated(model, a=21).tables[0].matched == ()


def test_large_tables_are_checked_quickly() -> None:
    rules = [f'[{n}..{n + 1}) | "{n % 7}" => {n}' for n in range(1000)]
    assert len(warnings(rules, inputs=("a", "b"))) == 3


def typed_table(type: str, rules: list[str], **options: object) -> str:
    body = table(rules, **options)  # type: ignore[arg-type]
    return body.replace("<inputExpression>", f'<inputExpression typeRef="{type}">', 1)


COLOUR = (
    '<itemDefinition name="colour"><typeRef>string</typeRef>'
    '<allowedValues><text>"red", "blue"</text></allowedValues></itemDefinition>'
)


def found(body: str, types: str = "") -> list[str]:
    problems = check(read_dmn(document(types + decision("x", body)).encode()))
    assert all(problem.line and problem.clause for problem in problems)
    return [problem.message.removeprefix("decision table in 'x': ") for problem in problems]


def test_allowed_values_of_a_type_close_its_column() -> None:
    assert found(typed_table("colour", ['"red" => 1', '"blue" => 2']), COLOUR) == []
    assert found(typed_table("colour", ['"red" => 1']), COLOUR) == ['no rule matches for a "blue"']


def test_constants_outside_the_allowed_values() -> None:
    rules = ['"red" => "a"', '"green" => "c"', "- => n"]
    said = found(
        typed_table("colour", rules, policy="FIRST", values=['"a", "b"'], default='"z"'), COLOUR
    )
    assert said == [
        'rule 2, input 1: "green" is none of the input values "red", "blue"',
        'rule 2, output 1: "c" is none of the output values "a", "b"',
        'the default of output 1: "z" is none of the output values "a", "b"',
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"policy": "PRIORITY"}, "the hit policy PRIORITY follows the output values"),
        ({"policy": "OUTPUT ORDER"}, "the hit policy OUTPUT ORDER follows the output values"),
        ({"policy": "FIRST", "aggregation": "SUM"}, "SUM has no effect with the hit policy FIRST"),
        (
            {"policy": "COLLECT", "aggregation": "MIN", "outputs": ("p", "q")},
            "MIN takes one output, the table has 2",
        ),
        ({"policy": "COLLECT", "outputs": ("p", "")}, "output 2 has no name"),
    ],
)
def test_parts_that_do_not_fit(options: dict[str, Any], says: str) -> None:
    width = len(options.get("outputs", ("out",)))
    (message,) = found(table(["- => " + " | ".join("1" * width)], **options))
    assert message.startswith(says)


def test_table_without_rules_and_sum_of_texts() -> None:
    assert found(table([], policy="COLLECT")) == ["it has no rules; add one"]
    body = table(['- => "a"'], policy="COLLECT", aggregation="SUM")
    assert found(body.replace('<output name="out">', '<output name="out" typeRef="string">')) == [
        "SUM adds numbers or durations, output 1 is a string"
    ]


def test_priorities_may_stand_in_the_type() -> None:
    rules = ['- => "blue"', '- => "red"']
    body = table(rules, policy="PRIORITY").replace(
        '<output name="out">', '<output name="out" typeRef="colour">'
    )
    assert found(body, COLOUR) == []
    assert evaluated(COLOUR + decision("x", body), a=1).value == "red"


NAMES = [
    ("y + 1", "y", "'x' uses 'y' without requiring it; add the information requirement"),
    ("f(1)", "f", "'x' uses 'f' without requiring it; add the knowledge requirement"),
    ("a + typo", "typo", "'x' uses 'typo', which is no input, decision or function; "),
]


@pytest.mark.parametrize(("expression", "name", "says"), NAMES)
def test_names_that_nothing_brings(expression: str, name: str, says: str) -> None:
    model = (
        inputs(a="number")
        + decision("y", text("1"))
        + f'<businessKnowledgeModel id="f" name="f"><encapsulatedLogic>'
        f'<formalParameter name="p"/>{text("p")}</encapsulatedLogic></businessKnowledgeModel>'
    )
    (remark,) = compiled(model + decision("x", text(expression), "", needs("a"))).remarks()
    assert remark.message.startswith(says)
    assert remark.severity == "warning"


@pytest.mark.parametrize(
    "expression",
    [
        "count([1, 2][item > a])",
        "[{b: 1}][b = a]",
        "for i in 1..3 return i + a",
        "{k: a, l: k}.l",
        "(function(p) p + a)(1)",
        "sort([2, 1], function(p, q) p < q)",
        "sum",
    ],
)
def test_names_of_the_expression_itself_are_known(expression: str) -> None:
    model = inputs(a="number") + decision("x", text(expression), "", needs("a"))
    assert compiled(model).remarks() == []


def test_table_without_requirements_lives_on_its_callers_variables() -> None:
    assert compiled(decision("x", table(["- => 1"], inputs=("whatever",)))).remarks() == []
