"""Looking into an instance: its path, its figures, its callers, its history."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from pydantic import Field
from typing_extensions import TypedDict

from web.api.routing import engine, operation
from web.api.shapes import TENANT, Count, Key, Moment, Shape, text_of, time_of
from web.api.v2.process_instances.shapes import id_of


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


class HistoryQuery(Shape):
    after: Count = 0
    """Number of the last fact that is known already."""
    limit: Annotated[int, Field(ge=1, le=5_000)] = 1_000


@operation("GET", "/process-instances/{key}/sequence-flows", "view", answer=SequenceFlows)
def get_process_instance_sequence_flows(key: str) -> SequenceFlows:
    """The sequence flows that were taken"""
    view = engine().instance(id_of(key))
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
    view = engine().instance(id_of(key))
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
    at: int | None = id_of(key)
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
    page = engine().history(id_of(key), after=query.after, limit=query.limit)
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
