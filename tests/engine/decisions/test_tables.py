"""Decision tables (DMN 1.5 §8): hit policies, aggregation, defaults, what they tell afterwards."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decisions import DecisionResult, TableRecord
from tests.engine.decisions.kit import compiled, decision, evaluated, table

RULES = ["< 10 => 1", "[5..20] => 2", "> 15 => 2"]


def decided(rules: list[str], a: Any, **options: Any) -> DecisionResult:
    return evaluated(decision("x", table(rules, **options)), a=a)


@pytest.mark.parametrize(
    ("policy", "aggregation", "a", "expected"),
    [
        ("UNIQUE", "", 1, 1),
        ("UNIQUE", "", 7, None),
        ("UNIQUE", "", None, None),
        ("ANY", "", 17, 2),
        ("ANY", "", 7, None),
        ("FIRST", "", 7, 1),
        ("COLLECT", "", 7, [1, 2]),
        ("COLLECT", "SUM", 7, 3),
        ("COLLECT", "MIN", 7, 1),
        ("COLLECT", "MAX", 7, 2),
        ("COLLECT", "COUNT", 7, 2),
        ("RULE ORDER", "", 17, [2, 2]),
    ],
)
def test_hit_policy_makes_one_result_of_many(
    policy: str, aggregation: str, a: Any, expected: Any
) -> None:
    assert decided(RULES, a, policy=policy, aggregation=aggregation).value == expected


def test_priorities_follow_the_output_values() -> None:
    rules = ['- => "low"', '> 1 => "high"', '> 2 => "middle"']
    order = ['"high", "middle", "low"']
    assert decided(rules, 3, policy="PRIORITY", values=order).value == "high"
    assert decided(rules, 3, policy="OUTPUT ORDER", values=order).value == ["high", "middle", "low"]
    assert decided(rules, 0, policy="PRIORITY", values=order).value == "low"


def test_several_outputs_are_a_context() -> None:
    rules = ["< 5 => 1 | 2", "- => 3 | 4"]
    outputs = ("price", "days")
    found = decided(rules, 1, outputs=outputs, policy="FIRST")
    assert found.value == {"price": 1, "days": 2}
    found = decided(rules, 1, outputs=outputs, policy="COLLECT", aggregation="SUM")
    assert found.value == {"price": 4, "days": 6}


def test_default_output_stands_in_when_no_rule_matches() -> None:
    assert decided(["1 => 1"], 5, default="0").value == 0
    assert decided(["1 => 1"], 5, policy="COLLECT", default="0").value == 0
    assert decided(["1 => 1"], 5).value is None
    assert decided(["1 => 1"], 5, policy="COLLECT").value == []


def test_broken_uniqueness_says_so() -> None:
    found = decided(RULES, 7)
    assert found.warnings == (
        "decision table in 'x': 2 rules match, the hit policy UNIQUE allows one",
    )


def test_record_tells_inputs_rules_and_outputs() -> None:
    found = decided(RULES, 17, policy="FIRST")
    assert found.tables == (
        TableRecord(decision="x", table="t", inputs=(17,), matched=("r2", "r3"), outputs=(2, 2)),
    )


def test_cells_see_variables_and_the_input() -> None:
    rules = ["? > b and ? < 2 * b => a * b", "not(1, 2) => -1"]
    model = decision("x", table(rules, policy="FIRST"))
    assert evaluated(model, a=7, b=5).value == 35
    assert evaluated(model, a=3, b=5).value == -1
    assert evaluated(model, a=1, b=5).value is None


def test_wrong_cell_is_a_problem_of_the_model() -> None:
    decisions = compiled(decision("x", table(["< => 1", "- => 2"])))
    (problem,) = decisions.problems
    assert "FEEL, line 1, column 2: 'end of text'" in str(problem)
    assert decisions.evaluate("x", {"a": 1}).value == 2


_CELLS = st.sampled_from(
    [
        *("-", "1", "2", "-1", "1.5", "1, 2", "< 2", "<= 2", "> 1", ">= 1.5", "[1..2]", "(1..2)"),
        *("]0..1]", "[-1..1[", "< 0, > 2", "[0..1], [1..2]", '"a"', '"a", 1', "true", "false"),
        *("null", "not(1)", "not(< 1, > 2)", "? = 1", "b", "[1, 2]", "1, b", "[2..b]"),
    ]
)
_VALUES = st.sampled_from([None, -1, 0, 1, 1.5, 2, 3, True, False, "a", "b", [1], [1, 2]])


@given(st.lists(_CELLS, min_size=8, max_size=40), _VALUES, st.sampled_from([None, 1, 2, "a"]))
def test_index_of_a_large_table_finds_what_each_cell_alone_finds(
    cells: list[str], value: Any, b: Any
) -> None:
    """From eight rules on a table is indexed, with one rule it is not."""
    rules = [f"{cell} => {number}" for number, cell in enumerate(cells)]
    indexed = evaluated(decision("x", table(rules, policy="COLLECT")), a=value, b=b).value
    alone = [
        number
        for number, rule in enumerate(rules)
        if evaluated(decision("x", table([rule], policy="COLLECT")), a=value, b=b).value
    ]
    assert indexed == alone
