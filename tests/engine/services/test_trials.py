"""Decisions that are still being drawn: what they ask for, what they come to, what is wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import Engine, EvaluationQuery, ExecutionError, Invalid
from processes import STORIES
from tests.engine.decisions.kit import decision, document, inputs, needs, table, text

(LOAN,) = (s.files["loan_risk.dmn"].read_bytes() for s in STORIES if s.id == "loan_underwriting")


def test_a_decision_asks_for_what_no_other_decision_brings(engine: Engine) -> None:
    risk, burden = engine.decision_models(LOAN)
    asked = {one.name: one.type for one in risk.inputs}
    assert asked == {
        "amount": "",
        "credit_score": "number",
        "fraud_suspected": "boolean",
        "yearly_income": "",
    }
    assert (burden.kind, [one.name for one in burden.inputs]) == (
        "LiteralExpression",
        ["amount", "yearly_income"],
    )
    assert burden.text.startswith("if yearly_income")


def test_a_table_is_told_by_its_rules(engine: Engine) -> None:
    risk = engine.decision_models(LOAN)[0]
    assert (risk.policy, risk.columns[0], risk.results) == (
        "FIRST",
        "Fraud suspected",
        ["Route", "Reason"],
    )
    first = risk.rules[0]
    assert (first.id, first.inputs, first.outputs[0]) == (
        "RuleFraud",
        ["true", "-", "-"],
        '"refuse"',
    )


def test_input_data_says_its_type_and_a_column_what_may_be_chosen(engine: Engine) -> None:
    body = table(['"gold" => 1', '"none" => 2'], inputs=("tier",)).replace(
        "</inputExpression>",
        '</inputExpression><inputValues><text>"gold", "none"</text></inputValues>',
    )
    model = document(inputs(tier="string") + decision("x", body, requirements=needs("tier")))
    (asked,) = engine.decision_models(model.encode())[0].inputs
    assert (asked.name, asked.type, asked.choices) == ("tier", "string", ["gold", "none"])


def test_a_trial_tells_the_matched_rules_and_is_not_written_down(engine: Engine) -> None:
    given = {"fraud_suspected": False, "credit_score": 710, "amount": 30, "yearly_income": 100}
    trial = engine.try_decision(LOAN, "loan-risk", given)
    assert trial.output == {"route": "accept", "reason": "GOOD_STANDING"}
    assert trial.tables[0].matched == ["RuleGood", "RuleOther"]
    assert engine.try_decision(LOAN, "burden", given).output == Decimal("0.3")
    assert engine.evaluations(EvaluationQuery()).items == []


def test_what_cannot_be_tried_says_why(engine: Engine) -> None:
    with pytest.raises(ExecutionError, match="there is no decision 'ghost'"):
        engine.try_decision(LOAN, "ghost", {})
    with pytest.raises(Invalid):
        engine.try_decision(b"<definitions", "x", {})
    assert engine.decision_models(b"<definitions") == []


def test_a_problem_of_a_cell_names_the_cell(engine: Engine) -> None:
    broken = LOAN.replace(b"&lt; 500", b"((")
    (problem,) = [p for p in engine.check({"r.dmn": broken}) if "FEEL" in p.message]
    assert (problem.element, problem.rule) == ("RuleScore_score", "decision")


def test_a_problem_of_a_table_names_the_table(engine: Engine) -> None:
    body = decision("x", table(["< 10 => 1", "[9..20] => 2", "> 20 => 3"]))
    spread = document(body).replace("<decisionTable", "\n<decisionTable")
    (problem,) = engine.check({"r.dmn": spread.encode()})
    assert "rules 1 and 2" in problem.message
    assert problem.element == "t"


def test_a_literal_expression_needs_no_table(engine: Engine) -> None:
    model = document(decision("rate", text("2 * factor"))).encode()
    assert engine.try_decision(model, "rate", {"factor": 4}).output == 8
