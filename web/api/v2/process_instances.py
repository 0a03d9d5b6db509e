"""Process instances: create (and await), get, search, cancel, suspend, resume, modify, history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from pydantic import Field

from engine import InstanceQuery, InstanceSummary, Invalid, Modification
from web.api.routing import actor, allows, api, correlation_id, engine, idempotency_key
from web.api.shapes import (
    TENANT,
    Key,
    Search,
    Shape,
    Variables,
    any_of,
    equal,
    found,
    key_of,
    keys,
    text_of,
    time_of,
    value_of,
)

STATES = {
    "active": "ACTIVE",
    "completed": "COMPLETED",
    "failed": "TERMINATED",
    "cancelled": "TERMINATED",
}
DEFAULT_WAIT = timedelta(seconds=60)


class Creation(Shape):
    process_definition_id: str | None = None
    process_definition_key: Key | None = None
    process_definition_version: int | None = None
    variables: Variables | None = None
    tenant_id: str | None = None
    operation_reference: int | None = None
    await_completion: bool = False
    request_timeout: int = 0
    fetch_variables: list[str] | None = None
    tags: list[str] | None = None
    business_id: str | None = Field(default=None, description="Business key of the new instance")


class Reasoned(Shape):
    reason: str | None = None
    operation_reference: int | None = None


class Abandonment(Shape):
    reason: str
    compensate: bool = True


class Activate(Shape):
    element_id: str
    variable_instructions: list[dict[str, Any]] = []


class Terminate(Shape):
    element_instance_key: Key | None = None
    element_id: str | None = None


class ModificationRequest(Shape):
    activate_instructions: list[Activate] = []
    terminate_instructions: list[Terminate] = []
    reason: str | None = None


@api.post("/process-instances")
@api.input(Creation, location="json")
@allows("operate")
def create_process_instance(json_data: Creation) -> Any:
    """Start an instance; with `awaitCompletion` the answer comes with its end."""
    process, version = json_data.process_definition_id, json_data.process_definition_version
    if json_data.process_definition_key is not None:
        definition = engine().definition(json_data.process_definition_key)
        process, version = definition.process_id, definition.version
    if process is None:
        raise Invalid("processDefinitionId or processDefinitionKey must say which process")
    wait = None
    if json_data.await_completion:
        wait = timedelta(milliseconds=json_data.request_timeout) or DEFAULT_WAIT
    started = engine().start(
        process,
        json_data.variables or {},
        business_key=json_data.business_id,
        version=version if version and version > 0 else None,
        correlation_id=correlation_id(),
        by=actor(),
        wait=wait,
        idempotency_key=idempotency_key(),
    )
    variables = value_of(started.variables or {})
    if json_data.fetch_variables:
        variables = {n: v for n, v in variables.items() if n in json_data.fetch_variables}
    return {
        "processDefinitionId": started.process_id,
        "processDefinitionVersion": started.version,
        "tenantId": TENANT,
        "variables": variables,
        "processDefinitionKey": str(started.definition),
        "processInstanceKey": str(started.id),
        "tags": json_data.tags or [],
        "businessId": started.business_key,
        "correlationId": started.correlation_id,
        "state": STATES[started.state],
    }


@api.get("/process-instances/<key>")
@allows("view")
def get_process_instance(key: str) -> Any:
    """One instance."""
    return _found(engine().instance(key_of(key, "process instance")).head)


@api.post("/process-instances/search")
@api.input(Search, location="json")
@allows("view")
def search_process_instances(json_data: Search) -> Any:
    """Find instances."""
    wanted = json_data.filter
    states = {s for name in any_of(wanted, "state") for s, n in STATES.items() if n == name}
    definition = equal(wanted, "processDefinitionKey")
    parent = equal(wanted, "parentProcessInstanceKey")
    query = InstanceQuery(
        ids=keys(any_of(wanted, "processInstanceKey")),
        process_ids=any_of(wanted, "processDefinitionId"),
        version=equal(wanted, "processDefinitionVersion"),
        definition=key_of(str(definition), "process definition") if definition else None,
        parent=key_of(str(parent), "process instance") if parent else None,
        states=tuple(states),  # type: ignore[arg-type]
        has_incidents=equal(wanted, "hasIncident"),
        element=equal(wanted, "elementId"),
        business_keys=any_of(wanted, "businessId"),
    )
    return found(engine().instances(query, json_data.paging()), _found)


def _found(head: InstanceSummary) -> dict[str, Any]:
    return {
        "processDefinitionId": head.process_id,
        "processDefinitionName": head.process_name,
        "processDefinitionVersion": head.version,
        "processDefinitionVersionTag": None,
        "startDate": time_of(head.started),
        "endDate": time_of(head.ended),
        "suspendedDate": None,
        "state": "SUSPENDED" if head.suspended else STATES[head.state],
        "hasIncident": head.incidents > 0,
        "tenantId": TENANT,
        "processInstanceKey": str(head.id),
        "processDefinitionKey": str(head.definition),
        "parentProcessInstanceKey": text_of(head.parent),
        "parentElementInstanceKey": None,
        "rootProcessInstanceKey": str(head.root),
        "tags": [],
        "businessId": head.business_key,
        "correlationId": head.correlation_id,
        "reason": head.reason,
    }


@api.post("/process-instances/<key>/cancellation")
@api.input(Reasoned, location="json")
@allows("operate")
def cancel_process_instance(key: str, json_data: Reasoned) -> Any:
    """Stop an instance for good."""
    reason = json_data.reason or "cancelled by API"
    engine().cancel(
        key_of(key, "process instance"),
        reason=reason,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return "", 204


@api.post("/process-instances/<key>/abandonment")
@api.input(Abandonment, location="json")
@allows("operate")
def abandon_process_instance(key: str, json_data: Abandonment) -> Any:
    """Stop an instance and undo what has completed, last first."""
    engine().abandon(
        key_of(key, "process instance"),
        reason=json_data.reason,
        compensate=json_data.compensate,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return "", 204


@api.post("/process-instances/<key>/suspension")
@api.input(Reasoned, location="json")
@allows("operate")
def suspend_process_instance(key: str, json_data: Reasoned) -> Any:
    """Pause an instance: nothing of it moves until it is resumed."""
    id = key_of(key, "process instance")
    engine().suspend(id, reason=json_data.reason or "by API", by=actor())
    return "", 204


@api.post("/process-instances/<key>/resumption")
@api.input(Reasoned, location="json")
@allows("operate")
def resume_process_instance(key: str, json_data: Reasoned) -> Any:
    """Let a suspended instance go on."""
    id = key_of(key, "process instance")
    engine().resume(id, reason=json_data.reason or "by API", by=actor())
    return "", 204


@api.post("/process-instances/<key>/modification")
@api.input(ModificationRequest, location="json")
@allows("operate")
def modify_process_instance(key: str, json_data: ModificationRequest) -> Any:
    """Move tokens by hand: activate elements, terminate element instances."""
    instructions = [_termination(t) for t in json_data.terminate_instructions]
    instructions += [
        Modification(
            verb="start_before",
            element=a.element_id,
            variables={
                name: value
                for instruction in a.variable_instructions
                for name, value in (instruction.get("variables") or {}).items()
            },
        )
        for a in json_data.activate_instructions
    ]
    engine().modify(
        key_of(key, "process instance"),
        instructions,
        reason=json_data.reason or "by API",
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return "", 204


def _termination(asked: Terminate) -> Modification:
    if asked.element_instance_key is not None:
        return Modification(verb="cancel_token", token=asked.element_instance_key)
    return Modification(verb="cancel_node", element=asked.element_id)


@api.get("/process-instances/<key>/history")
@allows("view")
def get_process_instance_history(key: str) -> Any:
    """Every recorded fact, in order, by pages: `?after=NUMBER&limit=N`."""
    from flask import request

    after = int(request.args.get("after", "0") or 0)
    limit = min(int(request.args.get("limit", "1000") or 1000), 10_000)
    page = engine().history(key_of(key, "process instance"), after=after, limit=limit)
    return {
        "items": [
            {**msgspec.to_builtins(entry, enc_hook=str), "at": time_of(entry.at)}
            | {"detail": value_of(entry.detail)}
            for entry in page.items
        ],
        "last": page.last,
    }
