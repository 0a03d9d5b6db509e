"""The calls behind what is done to many, to definitions, messages, policies, holds and alerts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import request

from engine import BatchOrder, MigrationPlan
from web.api.shapes import time_of
from web.console import alerting, calls
from web.console.behind import reasoned, said, stands_for
from web.console.behind.instances import values
from web.console.calls import Call
from web.console.pages import alerts, bulk, decisions, deploy, migrate, policies
from web.console.rendering import engine
from web.console.requests import entered, lists
from web.query import span_of


@stands_for("bulk")
def to_many() -> Call | None:
    targets = bulk.chosen_targets()
    kind = request.form.get("kind", "retry")
    if not targets or kind not in bulk.KINDS:
        return None
    sources, versions = bulk.versions_of(targets) if kind == "migrate" else ([], [])
    order = bulk.order_of(kind, values(), sources, versions)
    if order is None:
        return None
    body = calls.batch_body(order, kind, targets)
    for name in ("reason", "perSecond", "delaySeconds"):
        del body[name]
    if not request.form.get("run"):
        return Call(method="POST", path="/batch-operations/check", body=body)
    for member, field in (
        ("perSecond", "per_second"),
        ("stopAfter", "stop_after"),
        ("delaySeconds", "delay"),
    ):
        if number := bulk.number_in(field):
            body[member] = number
    return Call(method="POST", path="/batch-operations", body=reasoned(**body))


@stands_for("run_migration")
def run_migration(process_id: str) -> Call:
    source, target = migrate.versions_of(process_id)
    plan = migrate.plan_of(source, target)
    what = request.form.get("what", "")
    if what not in ("one", "rest"):
        body = {"sourceProcessDefinitionKey": str(plan.source), **_instructions(plan)}
        return Call(method="POST", path="/process-definitions/migration/check", body=body)
    targets = migrate.running_in(source)
    order = BatchOrder(kind="migrate", plan=plan)
    if what == "one":
        effects = engine().preview_batch(order, targets=targets).effects
        targets = [effects[0].instance] if effects else []
    body = {
        "batchOperationType": "MIGRATE_PROCESS_INSTANCE",
        "processInstanceKeys": [str(id) for id in targets],
        "migrationPlan": _instructions(plan),
        "perSecond": migrate.rate_asked(),
    }
    return Call(method="POST", path="/batch-operations", body=reasoned(**body))


def _instructions(plan: MigrationPlan) -> dict[str, Any]:
    return {
        "targetProcessDefinitionKey": str(plan.target),
        "mappingInstructions": [
            {"sourceElementId": one.source, "targetElementId": one.target} for one in plan.mapping
        ],
    }


@stands_for("turn_batch")
def turn_batch(id: int, verb: str) -> Call | None:
    path = f"/batch-operations/{id}"
    match verb:
        case "pause":
            return Call(method="POST", path=f"{path}/suspension", body=reasoned())
        case "resume":
            return Call(method="POST", path=f"{path}/resumption", body=reasoned())
        case "again":
            body = reasoned(retryFailed=True)
            return Call(method="POST", path=f"{path}/resumption", body=body)
        case "undo":
            body = {"reason": "taken back"}
            return Call(method="POST", path=f"{path}/cancellation", body=body)
        case "cancel":
            return Call(method="POST", path=f"{path}/cancellation", body=reasoned())
    return None


@stands_for("publish_message")
def publish_message() -> Call:
    body: dict[str, Any] = {"name": said("name")}
    if correlation := request.form.get("correlation", ""):
        body["correlationKey"] = correlation
    body |= {"timeToLive": 3_600_000, "variables": values()}
    return Call(method="POST", path="/messages/publication", body=body)


@stands_for("hold_work")
def hold_work() -> Call:
    path = "/job-types/resumption" if request.form.get("release") else "/job-types/suspension"
    body = reasoned(jobType=request.form.get("type", ""))
    return Call(method="POST", path=path, body=body)


@stands_for("release_hold")
def release_hold() -> Call:
    kind, name = request.form.get("kind", ""), request.form.get("name", "")
    if kind == "job_type":
        body = reasoned(jobType=name)
        return Call(method="POST", path="/job-types/resumption", body=body)
    body = reasoned(includeProcessInstances=bool(request.form.get("instances")))
    if kind == "process":
        body["processDefinitionId"] = name
        return Call(method="POST", path="/process-definitions/resumption", body=body)
    return Call(method="POST", path=f"/process-definitions/{name}/resumption", body=body)


@stands_for("change_policy")
def change_policy() -> Call:
    body: dict[str, Any] = {"kind": request.form.get("kind", ""), "name": said("name")}
    if request.form.get("do") == "clear":
        return Call(method="POST", path="/policies/removal", body=reasoned(**body))
    body["values"] = policies.entered(request.form)
    return Call(method="POST", path="/policies", body=reasoned(**body))


@stands_for("store")
def store() -> Call | None:
    files = deploy.given_files()
    if not files:
        return None
    is_check = request.form.get("action") == "check"
    path = "/deployments/check" if is_check else "/deployments"
    return Call(method="POST", path=path, files=list(files))


@stands_for("try_decision")
def try_decision(decision_id: str) -> Call:
    view = decisions.version_of(decision_id)
    inputs = decisions.inputs_of(view)
    fields = decisions.fields_of(inputs)
    given = decisions.read_inputs(inputs, fields, entered(lists(request.form)))
    body = {"decisionDefinitionKey": str(view.key), "variables": given}
    return Call(method="POST", path="/decision-definitions/evaluation", body=body)


@stands_for("save_alert")
def save_alert() -> Call | None:
    draft = alerting.draft_of(request.form)
    body = draft and alerts.called(draft, draft.condition())
    return Call(method="POST", path="/alert-rules", body=body) if body else None


@stands_for("change_alert")
def change_alert(id: int) -> Call | None:
    rule = engine().alert_rule(id)
    draft = alerting.draft_of({**request.form.to_dict(), "kind": rule.condition.kind})
    body = draft and alerts.called(draft, draft.condition())
    return Call(method="PATCH", path=f"/alert-rules/{id}", body=body) if body else None


@stands_for("command_alert")
def command_alert(id: int) -> Call | None:
    path = f"/alert-rules/{id}"
    match request.form.get("do"):
        case "test":
            return Call(method="POST", path=f"{path}/test")
        case "silence":
            until = datetime.now(UTC) + span_of(request.form.get("for", "1h"))
            body = reasoned(until=time_of(until))
            return Call(method="POST", path=f"{path}/silence", body=body)
        case "speak":
            return Call(method="POST", path=f"{path}/silence", body={})
        case "off" | "on" as what:
            return Call(method="PATCH", path=path, body={"isEnabled": what == "on"})
        case "remove":
            return Call(method="DELETE", path=path)
    return None


@stands_for("see_alert")
def see_alert(id: int) -> Call:
    return Call(method="POST", path=f"/alerts/{id}/acknowledgement", body=reasoned())
