"""What the operations on process instances share: how one is shown, and named."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from engine import InstanceSummary
from web.api.routing import engine
from web.api.shapes import TENANT, Key, Moment, Shape, key_of, text_of, time_of, time_or_none

BY_API = "by API"


State = Literal["ACTIVE", "COMPLETED", "TERMINATED", "SUSPENDED"]
STATES: dict[str, State] = {
    "active": "ACTIVE",
    "completed": "COMPLETED",
    "failed": "TERMINATED",
    "cancelled": "TERMINATED",
}


class Reasoned(Shape):
    reason: str | None = None
    """Why; the history keeps it."""


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


def head_of(key: str) -> InstanceSummary:
    return engine().instance(key_of(key, "process instance")).head


def item_of(head: InstanceSummary) -> ProcessInstance:
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


def id_of(key: str) -> int:
    return key_of(key, "process instance")


def why(body: Reasoned) -> str:
    return (body.reason or "").strip() or BY_API
