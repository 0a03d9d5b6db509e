"""Decisions (DMN): what is deployed, and what they come to."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from engine import DecisionView, EvaluatedTable, Invalid
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import PageAnswer, Search, found, search_of
from web.api.shapes import TENANT, GivenKey, Key, Shape, Text, Variables, json_text, key_of


class Evaluation(Shape):
    decision_definition_id: Text | None = None
    decision_definition_key: GivenKey | None = None
    variables: Variables | None = None
    tenant_id: Text | None = None


class DecisionDefinition(TypedDict):
    decisionDefinitionId: str
    decisionDefinitionKey: Key
    decisionRequirementsId: str
    decisionRequirementsKey: Key
    decisionRequirementsName: str
    decisionRequirementsVersion: int
    name: str
    tenantId: str
    version: int


class DecisionDefinitions(TypedDict):
    items: list[DecisionDefinition]
    page: PageAnswer


class EvaluatedInput(TypedDict):
    inputId: str
    inputName: str
    inputValue: str


class EvaluatedOutput(TypedDict):
    outputId: str
    outputName: str
    outputValue: str
    ruleId: str | None
    ruleIndex: int | None


class MatchedRule(TypedDict):
    ruleId: str
    ruleIndex: int
    evaluatedOutputs: list[EvaluatedOutput]


class EvaluatedDecision(TypedDict):
    decisionDefinitionId: str
    decisionDefinitionName: str
    decisionDefinitionVersion: int
    decisionDefinitionType: str
    output: str
    tenantId: str
    matchedRules: list[MatchedRule]
    evaluatedInputs: list[EvaluatedInput]
    decisionDefinitionKey: Key
    decisionEvaluationInstanceKey: str


class EvaluationResult(TypedDict):
    decisionDefinitionId: str
    decisionDefinitionKey: Key
    decisionDefinitionName: str
    decisionDefinitionVersion: int
    decisionEvaluationKey: Key
    decisionInstanceKey: Key
    decisionRequirementsId: str
    decisionRequirementsKey: Key
    evaluatedDecisions: list[EvaluatedDecision]
    failedDecisionDefinitionId: str | None
    failureMessage: str | None
    output: str
    tenantId: str


DecisionSearch = search_of(DecisionDefinition, isLatestVersion=bool)


@operation(
    "POST",
    "/decision-definitions/search",
    "view",
    body=DecisionSearch,
    answer=DecisionDefinitions,
    example={"filter": {"decisionDefinitionId": "rate"}},
)
def search_decision_definitions(body: Search) -> Any:
    """Find decisions, by their latest versions"""
    wanted = body.conditions()
    if wanted.one("isLatestVersion") is False:
        raise Invalid("filter: isLatestVersion false: only latest versions are listed")
    return found(body, wanted, lambda paging: engine().decisions(None, paging), decision_item)


@operation("GET", "/decision-definitions/{key}", "view", answer=DecisionDefinition)
def get_decision_definition(key: str) -> DecisionDefinition:
    """One version of one decision"""
    return decision_item(engine().decision(key_of(key, "decision definition")))


def decision_item(view: DecisionView) -> DecisionDefinition:
    return DecisionDefinition(
        decisionDefinitionId=view.decision_id,
        decisionDefinitionKey=str(view.key),
        decisionRequirementsId=view.decision_id,
        decisionRequirementsKey=str(view.key),
        decisionRequirementsName=view.name or view.decision_id,
        decisionRequirementsVersion=view.version,
        name=view.name or view.decision_id,
        tenantId=TENANT,
        version=view.version,
    )


@operation(
    "POST",
    "/decision-definitions/evaluation",
    "work",
    body=Evaluation,
    answer=EvaluationResult,
    example={"decisionDefinitionId": "rate", "variables": {"age": 42}},
)
def evaluate_decision(body: Evaluation) -> EvaluationResult:
    """What a decision comes to; the evaluation is written down"""
    decision, version = body.decision_definition_id, None
    if body.decision_definition_key is not None:
        view = engine().decision(key_of(body.decision_definition_key, "decision definition"))
        decision, version = view.decision_id, view.version
    if decision is None:
        raise Invalid("decisionDefinitionId or decisionDefinitionKey must say which decision")
    done = engine().evaluate(
        decision,
        body.variables,
        version=version,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    item = decision_item(done.decision)
    return EvaluationResult(
        decisionDefinitionId=item["decisionDefinitionId"],
        decisionDefinitionKey=item["decisionDefinitionKey"],
        decisionDefinitionName=item["name"],
        decisionDefinitionVersion=item["version"],
        decisionEvaluationKey=str(done.id),
        decisionInstanceKey=str(done.id),
        decisionRequirementsId=item["decisionRequirementsId"],
        decisionRequirementsKey=item["decisionRequirementsKey"],
        evaluatedDecisions=[
            _evaluated(table, number, item) for number, table in enumerate(done.tables, 1)
        ],
        failedDecisionDefinitionId=None,
        failureMessage="; ".join(done.warnings) or None,
        output=json_text(done.output),
        tenantId=TENANT,
    )


def _evaluated(table: EvaluatedTable, number: int, item: DecisionDefinition) -> EvaluatedDecision:
    inputs = [
        EvaluatedInput(inputId=str(place), inputName=str(place), inputValue=json_text(value))
        for place, value in enumerate(table.inputs, 1)
    ]
    return EvaluatedDecision(
        decisionDefinitionId=table.decision,
        decisionDefinitionName=table.decision,
        decisionDefinitionVersion=item["version"],
        decisionDefinitionType="DECISION_TABLE",
        output=json_text(table.outputs),
        tenantId=TENANT,
        matchedRules=matched_rules(table),
        evaluatedInputs=inputs,
        decisionDefinitionKey=item["decisionDefinitionKey"],
        decisionEvaluationInstanceKey=f"{item['decisionDefinitionKey']}-{number}",
    )


def matched_rules(table: EvaluatedTable) -> list[MatchedRule]:
    return [
        MatchedRule(ruleId=rule, ruleIndex=place, evaluatedOutputs=[_output(rule, place, output)])
        for place, (rule, output) in enumerate(zip(table.matched, table.outputs, strict=False), 1)
    ]


def _output(rule: str, place: int, value: Any) -> EvaluatedOutput:
    return EvaluatedOutput(
        outputId="1",
        outputName="output",
        outputValue=json_text(value),
        ruleId=rule,
        ruleIndex=place,
    )
