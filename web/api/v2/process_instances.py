"""Process instances: create (and await), find, look at, stop, pause, move by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
from flask import current_app
from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.exceptions import GatewayTimeout

from engine import InstanceQuery, InstanceSummary, Invalid, Modification, StartedInstance
from web.api.routing import actor, correlation_id, engine, idempotency_key, operation
from web.api.search import PageAnswer, Search, found, search_of
from web.api.shapes import (
    TENANT,
    Count,
    GivenKey,
    Key,
    Milliseconds,
    Moment,
    Shape,
    Text,
    Variables,
    key_of,
    keys_of,
    milliseconds,
    text_of,
    time_of,
    time_or_none,
)

DEFAULT_WAIT = timedelta(seconds=10)
BY_API = "by API"

State = Literal["ACTIVE", "COMPLETED", "TERMINATED", "SUSPENDED"]
STATES: dict[str, State] = {
    "active": "ACTIVE",
    "completed": "COMPLETED",
    "failed": "TERMINATED",
    "cancelled": "TERMINATED",
}


class Creation(Shape):
    process_definition_id: Text | None = None
    process_definition_key: GivenKey | None = None
    process_definition_version: Annotated[int, Field(ge=-1, le=2**31 - 1)] | None = None
    """-1, like no word: the latest."""
    variables: Variables | None = None
    tenant_id: Text | None = None
    await_completion: bool | None = None
    """Answer with the end of the instance, and its variables then."""
    request_timeout: Milliseconds | None = None
    """Milliseconds to await it; 0: ten seconds."""
    fetch_variables: list[str] | None = None
    start_instructions: list[dict[str, Any]] | None = None
    tags: list[Text] | None = None
    business_id: Text | None = None
    """Business key of the new instance."""


class Reasoned(Shape):
    reason: str | None = None
    """Why; the history keeps it."""


class Abandonment(Shape):
    reason: Annotated[str, Field(min_length=1, pattern="[^\\s]")]
    compensate: bool = True
    """Run the compensation of what has completed, last first."""


class VariableInstruction(Shape):
    variables: Variables
    scope_id: Text | None = None


class Activate(Shape):
    element_id: Text
    variable_instructions: list[VariableInstruction] | None = None


class Terminate(Shape):
    element_instance_key: GivenKey | None = None
    element_id: Text | None = None


class Move(Shape):
    source_element_id: Text
    target_element_id: Text
    variable_instructions: list[VariableInstruction] | None = None


class ModificationRequest(Shape):
    activate_instructions: list[Activate] | None = None
    move_instructions: list[Move] | None = None
    terminate_instructions: list[Terminate] | None = None
    reason: str | None = None


class CreatedInstance(TypedDict):
    processDefinitionId: str
    processDefinitionVersion: int
    tenantId: str
    variables: dict[str, Any]
    processDefinitionKey: Key
    processInstanceKey: Key
    tags: list[str]
    businessId: str | None


class ProcessInstance(TypedDict):
    processDefinitionId: str
    processDefinitionName: str | None
    processDefinitionVersion: int
    processDefinitionVersionTag: str | None
    startDate: Moment
    endDate: Moment | None
    suspendedDate: Moment | None
    state: State
    hasIncident: bool
    tenantId: str
    processInstanceKey: Key
    processDefinitionKey: Key
    parentProcessInstanceKey: Key | None
    parentElementInstanceKey: Key | None
    rootProcessInstanceKey: Key | None
    tags: list[str]
    businessId: str | None


class ProcessInstances(TypedDict):
    items: list[ProcessInstance]
    page: PageAnswer


class SequenceFlow(TypedDict):
    sequenceFlowId: str
    processInstanceKey: Key
    processDefinitionKey: Key
    processDefinitionId: str
    elementId: str
    tenantId: str
    rootProcessInstanceKey: Key | None


class SequenceFlows(TypedDict):
    items: list[SequenceFlow]


class ElementFigures(TypedDict):
    elementId: str
    active: int
    canceled: int
    incidents: int
    completed: int


class InstanceStatistics(TypedDict):
    items: list[ElementFigures]


class CallLevel(TypedDict):
    processInstanceKey: Key
    processDefinitionKey: Key
    processDefinitionName: str


class Fact(TypedDict):
    number: int
    at: Moment
    step: int
    kind: str
    element: str | None
    token: Key | None
    scope: Key | None
    subscription: Key | None
    detail: Any


class History(TypedDict):
    items: list[Fact]
    last: int


class Healed(TypedDict):
    resolved: int


class HistoryQuery(Shape):
    after: Count = 0
    """Number of the last fact that is known already."""
    limit: Annotated[int, Field(ge=1, le=5_000)] = 1_000


@operation(
    "POST",
    "/process-instances",
    "operate",
    body=Creation,
    answer=CreatedInstance,
    example={
        "processDefinitionId": "order",
        "variables": {"amount": 120.5, "items": ["book"]},
        "businessId": "A-1001",
    },
)
def create_process_instance(body: Creation) -> CreatedInstance:
    """Start an instance; with `awaitCompletion`, answer with its end

    When it has not ended in time the answer is 504; the instance goes on.
    """
    if body.start_instructions:
        raise Invalid("startInstructions: an instance begins at its start event; modify it then")
    process, version = body.process_definition_id, body.process_definition_version
    if body.process_definition_key is not None:
        key = key_of(body.process_definition_key, "process definition")
        definition = engine().definition(key)
        process, version = definition.process_id, definition.version
    if process is None:
        raise Invalid("processDefinitionId or processDefinitionKey must say which process")
    hold = timedelta(0)
    if body.await_completion:
        hold = milliseconds(body.request_timeout or 0) or DEFAULT_WAIT
    with current_app.extensions["waiting"].hold(hold) as wait:
        started = engine().start(
            process,
            body.variables,
            business_key=body.business_id,
            version=version if version is not None and version > 0 else None,
            correlation_id=correlation_id(),
            by=actor(),
            wait=wait if body.await_completion else None,
            idempotency_key=idempotency_key(),
        )
    if body.await_completion and started.state == "active":
        raise GatewayTimeout(
            f"instance {started.id} has not ended within {wait.total_seconds():g} s; it goes on"
        )
    return _created(started, body)


def _created(started: StartedInstance, body: Creation) -> CreatedInstance:
    variables = dict(started.variables or {}) if body.await_completion else {}
    if body.fetch_variables:
        variables = {n: v for n, v in variables.items() if n in body.fetch_variables}
    return CreatedInstance(
        processDefinitionId=started.process_id,
        processDefinitionVersion=started.version,
        tenantId=TENANT,
        variables=variables,
        processDefinitionKey=str(started.definition),
        processInstanceKey=str(started.id),
        tags=body.tags or [],
        businessId=started.business_key,
    )


@operation("GET", "/process-instances/{key}", "view", answer=ProcessInstance)
def get_process_instance(key: str) -> ProcessInstance:
    """One instance"""
    return _item(_head(key))


def _head(key: str) -> InstanceSummary:
    return engine().instance(key_of(key, "process instance")).head


InstanceSearch = search_of(ProcessInstance, elementId=Text, reason=Text, correlationId=Text)


@operation(
    "POST",
    "/process-instances/search",
    "view",
    body=InstanceSearch,
    answer=ProcessInstances,
    example={
        "filter": {"processDefinitionId": "order", "state": "ACTIVE", "hasIncident": True},
        "sort": [{"field": "startDate", "order": "DESC"}],
        "page": {"limit": 50},
    },
)
def search_process_instances(body: Search) -> Any:
    """Find instances, newest first"""
    query, wanted = _query(body)
    return found(
        body,
        wanted,
        lambda paging: engine().instances(query, paging),
        _item,
        sorted_by=("startDate",) if query.order == "started" else ("-startDate",),
    )


def _query(body: Search) -> tuple[InstanceQuery, Any]:
    wanted = body.conditions()
    states = wanted.any("state")
    names: set[Any] | None = None
    suspended = None
    if states is not None:
        names = {own for own, name in STATES.items() if name in states}
        if "SUSPENDED" in states:
            names.add("active")
        if ("SUSPENDED" in states) != ("ACTIVE" in states) and "active" in names:
            suspended = "SUSPENDED" in states if len(states) == 1 else None
    definition, parent = wanted.one("processDefinitionKey"), wanted.one("parentProcessInstanceKey")
    root = wanted.one("rootProcessInstanceKey")
    first = body.sort[0] if body.sort else None
    is_oldest_first = (
        first is not None
        and first.field == "startDate"
        and first.order
        in (
            "ASC",
            "asc",
        )
    )
    query = InstanceQuery(
        ids=keys_of(wanted.any("processInstanceKey") or (), "process instance"),
        process_ids=wanted.any("processDefinitionId") or (),
        version=wanted.one("processDefinitionVersion"),
        definition=None if definition is None else key_of(definition, "process definition"),
        parent=None if parent is None else key_of(parent, "process instance"),
        root=None if root is None else key_of(root, "process instance"),
        states=tuple(names) if names is not None else (),
        suspended=suspended,
        has_incidents=wanted.one("hasIncident"),
        element=wanted.one("elementId"),
        business_keys=wanted.any("businessId") or (),
        reason=wanted.one("reason"),
        correlation_id=wanted.one("correlationId"),
        order="started" if is_oldest_first else "-started",
    )
    return query, wanted


def _item(head: InstanceSummary) -> ProcessInstance:
    return ProcessInstance(
        processDefinitionId=head.process_id,
        processDefinitionName=head.process_name,
        processDefinitionVersion=head.version,
        processDefinitionVersionTag=None,
        startDate=time_of(head.started),
        endDate=time_or_none(head.ended),
        suspendedDate=time_of(head.updated) if head.suspended else None,
        state="SUSPENDED" if head.suspended else STATES[head.state],
        hasIncident=head.incidents > 0,
        tenantId=TENANT,
        processInstanceKey=str(head.id),
        processDefinitionKey=str(head.definition),
        parentProcessInstanceKey=text_of(head.parent),
        parentElementInstanceKey=None,
        rootProcessInstanceKey=str(head.root),
        tags=[],
        businessId=head.business_key,
    )


@operation(
    "POST",
    "/process-instances/{key}/cancellation",
    "operate",
    body=Reasoned,
    example={"reason": "ordered twice"},
)
def cancel_process_instance(key: str, body: Reasoned) -> None:
    """Stop an instance and all it called"""
    engine().cancel(_id(key), reason=_why(body), by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/process-instances/{key}/abandonment",
    "operate",
    body=Abandonment,
    example={"reason": "the customer has withdrawn", "compensate": True},
)
def abandon_process_instance(key: str, body: Abandonment) -> None:
    """Stop an instance and undo what has completed, last first"""
    engine().abandon(
        _id(key),
        reason=body.reason,
        compensate=body.compensate,
        by=actor(),
        idempotency_key=idempotency_key(),
    )


@operation(
    "POST",
    "/process-instances/{key}/suspension",
    "operate",
    body=Reasoned,
    example={"reason": "the warehouse is moving"},
)
def suspend_process_instance(key: str, body: Reasoned) -> None:
    """Hold an instance: its timers stand still, its jobs and tasks are not given out"""
    engine().suspend(_id(key), reason=_why(body), by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/process-instances/{key}/resumption",
    "operate",
    body=Reasoned,
    example={"reason": "the warehouse has moved"},
)
def resume_process_instance(key: str, body: Reasoned) -> None:
    """Let a suspended instance go on"""
    engine().resume(_id(key), reason=_why(body), by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/process-instances/{key}/modification",
    "operate",
    body=ModificationRequest,
    example={
        "moveInstructions": [{"sourceElementId": "pack", "targetElementId": "check"}],
        "reason": "the wrong parcel was packed",
    },
)
def modify_process_instance(key: str, body: ModificationRequest) -> None:
    """Move tokens by hand: terminate, move, activate, in this order and all at once"""
    engine().modify(
        _id(key),
        list(_instructions(body)),
        reason=(body.reason or "").strip() or BY_API,
        by=actor(),
        idempotency_key=idempotency_key(),
    )


def _instructions(body: ModificationRequest) -> Iterator[Modification]:
    for end in body.terminate_instructions or ():
        if end.element_instance_key is not None:
            token = key_of(end.element_instance_key, "element instance")
            yield Modification(verb="cancel_token", token=token)
        elif end.element_id is not None:
            yield Modification(verb="cancel_node", element=end.element_id)
        else:
            raise Invalid("terminateInstructions: elementId or elementInstanceKey must say which")
    for move in body.move_instructions or ():
        yield Modification(verb="cancel_node", element=move.source_element_id)
        yield _activation(move.target_element_id, move.variable_instructions)
    for begin in body.activate_instructions or ():
        yield _activation(begin.element_id, begin.variable_instructions)


def _activation(element: str, given: list[VariableInstruction] | None) -> Modification:
    variables = {name: value for one in given or () for name, value in one.variables.items()}
    return Modification(verb="start_before", element=element, variables=variables)


@operation("POST", "/process-instances/{key}/incident-resolution", "operate", answer=Healed)
def resolve_process_instance_incidents(key: str) -> Healed:
    """Try again all that failed in an instance and in those it called"""
    head = _head(key)
    resolved = engine().retry_all(
        head.id, reason=BY_API, by=actor(), idempotency_key=idempotency_key()
    )
    return Healed(resolved=resolved)


@operation("GET", "/process-instances/{key}/sequence-flows", "view", answer=SequenceFlows)
def get_process_instance_sequence_flows(key: str) -> SequenceFlows:
    """The sequence flows that were taken"""
    view = engine().instance(_id(key))
    return SequenceFlows(
        items=[
            SequenceFlow(
                sequenceFlowId=f"{view.head.id}_{flow}",
                processInstanceKey=str(view.head.id),
                processDefinitionKey=str(view.head.definition),
                processDefinitionId=view.head.process_id,
                elementId=flow,
                tenantId=TENANT,
                rootProcessInstanceKey=str(view.head.root),
            )
            for flow in view.path.flows
        ]
    )


@operation(
    "GET",
    "/process-instances/{key}/statistics/element-instances",
    "view",
    answer=InstanceStatistics,
)
def get_process_instance_statistics(key: str) -> InstanceStatistics:
    """How often each flow node was visited, and what became of it"""
    view = engine().instance(_id(key))
    failing = {i.element for i in view.incidents}
    here = [token.element for token in view.tokens]
    return InstanceStatistics(
        items=[
            ElementFigures(
                elementId=element,
                active=0 if element in failing else here.count(element),
                canceled=view.path.cancelled.get(element, 0),
                incidents=sum(i.element == element for i in view.incidents),
                completed=view.path.completed.get(element, 0),
            )
            for element in view.path.nodes
        ]
    )


@operation("GET", "/process-instances/{key}/call-hierarchy", "view", answer=list[CallLevel])
def get_process_instance_call_hierarchy(key: str) -> list[CallLevel]:
    """The instances that called this one, the outermost first, this one last"""
    levels: list[CallLevel] = []
    at: int | None = _id(key)
    while at is not None and len(levels) < 100:
        head = engine().instance(at).head
        levels.append(
            CallLevel(
                processInstanceKey=str(head.id),
                processDefinitionKey=str(head.definition),
                processDefinitionName=head.process_name or head.process_id,
            )
        )
        at = head.parent
    return levels[::-1]


@operation(
    "GET",
    "/process-instances/{key}/history",
    "view",
    query=HistoryQuery,
    answer=History,
)
def get_process_instance_history(key: str, query: HistoryQuery) -> Any:
    """Every recorded fact in order, in parts"""
    page = engine().history(_id(key), after=query.after, limit=query.limit)
    items = [
        {
            **msgspec.structs.asdict(fact),
            "at": time_of(fact.at),
            "token": text_of(fact.token),
            "scope": text_of(fact.scope),
            "subscription": text_of(fact.subscription),
        }
        for fact in page.items
    ]
    return {"items": items, "last": page.last}


def _id(key: str) -> int:
    return key_of(key, "process instance")


def _why(body: Reasoned) -> str:
    return (body.reason or "").strip() or BY_API
