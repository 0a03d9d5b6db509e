"""Alert rules: what is watched, tried over the past, silenced; and what they have told."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from engine import (
    AlertCondition,
    AlertEvent,
    AlertFiring,
    AlertKind,
    AlertRule,
    AlertState,
)
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import PageAnswer, Search, found, search_of
from web.api.shapes import Key, Moment, Shape, Text, key_of, text_of, time_of, time_or_none
from web.api.v2.webhooks import moment_of
from web.query import span_of

Span = Annotated[str, Field(min_length=1, max_length=40)]
"""`PT30M` or `30m`."""
QueryText = Annotated[str, Field(max_length=4_000, pattern="^[^\\x00]*$")]
Runbook = Annotated[str, Field(max_length=2_000, pattern="^[^\\x00]*$")]
EXAMPLE = {"kind": "absence", "query": "process:order", "event": "completed", "within": "PT30M"}


class Condition(Shape):
    kind: AlertKind
    query: QueryText = ""
    """In the query language of instances; empty: all."""
    event: AlertEvent = "completed"
    """Of `absence`."""
    within: Span | None = None
    threshold: Annotated[float, Field(ge=0, le=10_000)] | None = None
    """More than so many; of `failure_rate`, per cent; of `node_lost`, fewer nodes than this."""
    at_least: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Of `failure_rate`: so many must have ended."""
    job_type: Text | None = None


class NewAlertRule(Shape):
    name: Annotated[str, Field(min_length=1, max_length=200, pattern="^[^\\x00]*$")]
    condition: Condition
    every: Span = "PT1M"
    """Between two evaluations; 10 seconds to a day."""
    runbook: Runbook | None = None


class AlertRuleChange(Shape):
    name: Annotated[str, Field(min_length=1, max_length=200, pattern="^[^\\x00]*$")] | None = None
    condition: Condition | None = None
    every: Span | None = None
    runbook: Runbook | None = None
    is_enabled: bool | None = None


class Silence(Shape):
    until: Moment | None = None
    """Without a word: it tells again."""
    reason: Text | None = None


class AlertTrialRequest(Shape):
    condition: Condition
    every: Span = "PT1M"
    within: Span = "P7D"
    """Up to 31 days."""


class Acknowledgement(Shape):
    reason: Text | None = None


class ConditionItem(TypedDict):
    kind: AlertKind
    query: str
    event: AlertEvent
    within: str | None
    threshold: float | None
    atLeast: int
    jobType: str | None


class AlertRuleItem(TypedDict):
    alertRuleKey: Key
    name: str
    condition: ConditionItem
    every: str
    runbook: str | None
    isEnabled: bool
    state: AlertState
    silencedUntil: Moment | None
    since: Moment
    evaluated: Moment | None
    nextEvaluation: Moment
    value: float | None
    problem: str | None
    alertKey: Key | None
    creationTime: Moment
    createdBy: str


class AlertRules(TypedDict):
    items: list[AlertRuleItem]
    page: PageAnswer


class AlertItem(TypedDict):
    alertKey: Key
    alertRuleKey: Key
    name: str
    condition: ConditionItem
    runbook: str | None
    isTest: bool
    isOpen: bool
    fired: Moment
    told: Moment | None
    value: float | None
    worst: float | None
    subjects: list[str]
    acknowledged: Moment | None
    acknowledgedBy: str | None
    resolved: Moment | None


class Alerts(TypedDict):
    items: list[AlertItem]
    page: PageAnswer


class TrialFiring(TypedDict):
    since: Moment
    until: Moment | None
    worst: float | None


class AlertTrialItem(TypedDict):
    since: Moment
    until: Moment
    firings: list[TrialFiring]
    evaluations: int
    instances: int
    isCut: bool
    """There were more instances; those that moved last were taken."""
    unknown: str | None
    """Why nothing can be said of the past."""
    holdsNow: bool
    value: float | None


@operation(
    "POST",
    "/alert-rules",
    "operate",
    body=NewAlertRule,
    answer=AlertRuleItem,
    example={"name": "No order completed for 30 minutes", "condition": EXAMPLE},
)
def create_alert_rule(body: NewAlertRule) -> AlertRuleItem:
    """Watch a condition from now on

    It is evaluated once an interval, by one node. When it holds, the event `alert.fired` is told
    to webhooks, and `alert.resolved` when it holds no longer.
    """
    made = engine().add_alert_rule(
        body.name,
        _condition(body.condition),
        every=span_of(body.every),
        runbook=body.runbook,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return _rule(made)


AlertRuleSearch = search_of(AlertRuleItem)


@operation(
    "POST",
    "/alert-rules/search",
    "view",
    body=AlertRuleSearch,
    answer=AlertRules,
    example={"filter": {"state": "firing"}},
)
def search_alert_rules(body: Search) -> Any:
    """Find alert rules, oldest first"""
    return found(body, body.conditions(), engine().alert_rules, _rule, sorted_by=("creationTime",))


@operation("GET", "/alert-rules/{key}", "view", answer=AlertRuleItem)
def get_alert_rule(key: str) -> AlertRuleItem:
    """One alert rule, with its state"""
    return _rule(engine().alert_rule(_id(key)))


@operation(
    "PATCH",
    "/alert-rules/{key}",
    "operate",
    body=AlertRuleChange,
    answer=AlertRuleItem,
    example={"isEnabled": False},
)
def update_alert_rule(key: str, body: AlertRuleChange) -> AlertRuleItem:
    """Change an alert rule; what is not named stays"""
    changed = engine().change_alert_rule(
        _id(key),
        name=body.name,
        condition=_condition(body.condition) if body.condition else None,
        every=span_of(body.every) if body.every else None,
        runbook=body.runbook,
        is_enabled=body.is_enabled,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return _rule(changed)


@operation("DELETE", "/alert-rules/{key}", "operate")
def delete_alert_rule(key: str) -> None:
    """Watch a condition no more; what it has told stays"""
    engine().remove_alert_rule(_id(key), by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/alert-rules/{key}/silence",
    "operate",
    body=Silence,
    answer=AlertRuleItem,
    example={"until": "2038-01-01T00:00:00.000Z", "reason": "the warehouse moves"},
)
def silence_alert_rule(key: str, body: Silence) -> AlertRuleItem:
    """Let an alert rule tell nobody until a moment"""
    until = moment_of(body.until, "until") if body.until else None
    changed = engine().silence_alert_rule(
        _id(key), until, reason=body.reason, by=actor(), idempotency_key=idempotency_key()
    )
    return _rule(changed)


@operation("POST", "/alert-rules/{key}/test", "operate", answer=AlertItem)
def test_alert_rule(key: str) -> AlertItem:
    """Tell webhooks and the console as if an alert rule fired, marked as a test"""
    return _alert(engine().fire_test(_id(key), by=actor(), idempotency_key=idempotency_key()))


@operation(
    "POST",
    "/alert-rules/check",
    "view",
    body=AlertTrialRequest,
    answer=AlertTrialItem,
    example={"condition": EXAMPLE, "within": "P7D"},
)
def check_alert_rule(body: AlertTrialRequest) -> AlertTrialItem:
    """Say whether a condition holds now, and when it would have fired by what was recorded"""
    condition = _condition(body.condition)
    now = engine().check_alert(condition)
    trial = engine().try_alert(condition, every=span_of(body.every), within=span_of(body.within))
    return AlertTrialItem(
        since=time_of(trial.since),
        until=time_of(trial.until),
        firings=[
            TrialFiring(since=time_of(one.since), until=time_or_none(one.until), worst=one.worst)
            for one in trial.firings
        ],
        evaluations=trial.evaluations,
        instances=trial.instances,
        isCut=trial.is_cut,
        unknown=trial.unknown,
        holdsNow=now.holds,
        value=now.value,
    )


AlertSearch = search_of(AlertItem)


@operation(
    "POST",
    "/alerts/search",
    "view",
    body=AlertSearch,
    answer=Alerts,
    example={"filter": {"isOpen": True}},
)
def search_alerts(body: Search) -> Any:
    """Find what alert rules have told, the latest first"""
    left = body.conditions()
    rule = left.one("alertRuleKey")
    is_open = left.one("isOpen")
    return found(
        body,
        left,
        lambda page: engine().alerts(
            rule=None if rule is None else key_of(rule, "alert rule"), is_open=is_open, page=page
        ),
        _alert,
        sorted_by=("-fired",),
    )


@operation("GET", "/alerts/{key}", "view", answer=AlertItem)
def get_alert(key: str) -> AlertItem:
    """One time that an alert rule fired"""
    return _alert(engine().alert(key_of(key, "alert")))


@operation(
    "POST",
    "/alerts/{key}/acknowledgement",
    "operate",
    body=Acknowledgement,
    answer=AlertItem,
    example={"reason": "looking at it"},
)
def acknowledge_alert(key: str, body: Acknowledgement) -> AlertItem:
    """Say that somebody looks after an alert"""
    seen = engine().acknowledge_alert(
        key_of(key, "alert"), reason=body.reason, by=actor(), idempotency_key=idempotency_key()
    )
    return _alert(seen)


def _condition(given: Condition) -> AlertCondition:
    return AlertCondition(
        kind=given.kind,
        query=given.query,
        event=given.event,
        within=span_of(given.within) if given.within else None,
        threshold=given.threshold,
        at_least=given.at_least,
        job_type=given.job_type,
    )


def _said(condition: AlertCondition) -> ConditionItem:
    return ConditionItem(
        kind=condition.kind,
        query=condition.query,
        event=condition.event,
        within=_iso(condition.within) if condition.within else None,
        threshold=condition.threshold,
        atLeast=condition.at_least,
        jobType=condition.job_type,
    )


def _iso(span: timedelta) -> str:
    return f"PT{span.total_seconds():g}S"


def _rule(rule: AlertRule) -> AlertRuleItem:
    return AlertRuleItem(
        alertRuleKey=str(rule.id),
        name=rule.name,
        condition=_said(rule.condition),
        every=_iso(rule.every),
        runbook=rule.runbook,
        isEnabled=rule.is_enabled,
        state=rule.state,
        silencedUntil=time_or_none(rule.silenced_until),
        since=time_of(rule.since),
        evaluated=time_or_none(rule.evaluated),
        nextEvaluation=time_of(rule.next_evaluation),
        value=rule.value,
        problem=rule.problem,
        alertKey=text_of(rule.firing),
        creationTime=time_of(rule.created),
        createdBy=rule.created_by,
    )


def _alert(one: AlertFiring) -> AlertItem:
    return AlertItem(
        alertKey=str(one.id),
        alertRuleKey=str(one.rule),
        name=one.name,
        condition=_said(one.condition),
        runbook=one.runbook,
        isTest=one.is_test,
        isOpen=one.resolved is None,
        fired=time_of(one.fired),
        told=time_or_none(one.told),
        value=one.value,
        worst=one.worst,
        subjects=list(one.subjects),
        acknowledged=time_or_none(one.acknowledged),
        acknowledgedBy=one.acknowledged_by,
        resolved=time_or_none(one.resolved),
    )


def _id(key: str) -> int:
    return key_of(key, "alert rule")
