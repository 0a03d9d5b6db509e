"""Decision instances: each evaluation of a decision, of a task or on its own."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict

from engine import Evaluation, EvaluationQuery
from web.api.routing import engine, operation
from web.api.search import PageAnswer, Search, found, search_of
from web.api.shapes import TENANT, Key, Moment, json_text, key_of, text_of, time_of
from web.api.v2.decisions import EvaluatedInput, MatchedRule, matched_rules


class DecisionInstance(TypedDict):
    businessId: str | None
    decisionDefinitionId: str
    decisionDefinitionKey: Key
    decisionDefinitionName: str
    decisionDefinitionType: Literal["DECISION_TABLE", "LITERAL_EXPRESSION"]
    decisionDefinitionVersion: int
    decisionEvaluationInstanceKey: str
    decisionEvaluationKey: Key
    elementInstanceKey: Key | None
    evaluationDate: Moment
    evaluationFailure: str | None
    processDefinitionKey: Key | None
    processInstanceKey: Key | None
    result: str
    rootDecisionDefinitionKey: Key
    rootProcessInstanceKey: Key | None
    state: Literal["EVALUATED"]
    tenantId: str


class DecisionInstanceWhole(DecisionInstance):
    evaluatedInputs: list[EvaluatedInput]
    matchedRules: list[MatchedRule]


class DecisionInstances(TypedDict):
    items: list[DecisionInstance]
    page: PageAnswer


InstanceSearch = search_of(DecisionInstance)


@operation(
    "POST",
    "/decision-instances/search",
    "view",
    body=InstanceSearch,
    answer=DecisionInstances,
    example={"filter": {"decisionDefinitionId": "rate"}},
)
def search_decision_instances(body: Search) -> Any:
    """Find evaluations of decisions, newest first"""
    wanted = body.conditions()
    instance = wanted.one("processInstanceKey")
    query = EvaluationQuery(
        decision_id=wanted.one("decisionDefinitionId"),
        version=wanted.one("decisionDefinitionVersion"),
        instance=None if instance is None else key_of(instance, "process instance"),
    )
    return found(
        body,
        wanted,
        lambda paging: engine().evaluations(query, paging),
        _item,
        sorted_by=("-evaluationDate",),
    )


@operation("GET", "/decision-instances/{key}", "view", answer=DecisionInstanceWhole)
def get_decision_instance(key: str) -> Any:
    """One evaluation, with its inputs and the rules that matched"""
    one = engine().evaluation(key_of(key, "decision instance"))
    inputs = [
        EvaluatedInput(inputId=name, inputName=name, inputValue=json_text(value))
        for name, value in one.inputs.items()
    ]
    rules = [rule for table in one.tables for rule in matched_rules(table)]
    return {**_item(one), "evaluatedInputs": inputs, "matchedRules": rules}


def _item(one: Evaluation) -> DecisionInstance:
    return DecisionInstance(
        businessId=None,
        decisionDefinitionId=one.decision_id,
        decisionDefinitionKey=str(one.decision),
        decisionDefinitionName=one.decision_id,
        decisionDefinitionType="DECISION_TABLE" if one.tables else "LITERAL_EXPRESSION",
        decisionDefinitionVersion=one.version,
        decisionEvaluationInstanceKey=str(one.id),
        decisionEvaluationKey=str(one.id),
        elementInstanceKey=None,
        evaluationDate=time_of(one.at),
        evaluationFailure="; ".join(one.warnings) or None,
        processDefinitionKey=None,
        processInstanceKey=text_of(one.instance),
        result=json_text(one.output),
        rootDecisionDefinitionKey=str(one.decision),
        rootProcessInstanceKey=None,
        state="EVALUATED",
        tenantId=TENANT,
    )
