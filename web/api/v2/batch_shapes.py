"""What goes into batch operations and comes out of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from engine import BatchKind, BatchState, ItemState
from web.api.search import PageAnswer, PageRequest
from web.api.shapes import GivenKey, Key, Moment, Shape, Text, Variables
from web.api.v2.process_instances.effects import EffectAnswer
from web.api.v2.process_instances.migration import MigrationRequest
from web.api.v2.process_instances.modification import Move
from web.api.v2.user_tasks import TaskChangeset

Positive = Annotated[int, Field(ge=1, le=2**31 - 1)]
Type = Literal[
    "RESOLVE_INCIDENT",
    "CANCEL_PROCESS_INSTANCE",
    "ABANDON_PROCESS_INSTANCE",
    "MODIFY_PROCESS_INSTANCE",
    "MIGRATE_PROCESS_INSTANCE",
    "SET_VARIABLES",
    "SUSPEND_PROCESS_INSTANCE",
    "RESUME_PROCESS_INSTANCE",
    "DELETE_PROCESS_INSTANCE",
    "RESTART_PROCESS_INSTANCE",
    "ASSIGN_USER_TASK",
    "UPDATE_USER_TASK",
    "COMPLETE_USER_TASK",
]
TYPES: dict[BatchKind, Type] = {
    "retry": "RESOLVE_INCIDENT",
    "cancel": "CANCEL_PROCESS_INSTANCE",
    "abandon": "ABANDON_PROCESS_INSTANCE",
    "modify": "MODIFY_PROCESS_INSTANCE",
    "migrate": "MIGRATE_PROCESS_INSTANCE",
    "set_variables": "SET_VARIABLES",
    "suspend": "SUSPEND_PROCESS_INSTANCE",
    "resume": "RESUME_PROCESS_INSTANCE",
    "delete": "DELETE_PROCESS_INSTANCE",
    "restart": "RESTART_PROCESS_INSTANCE",
    "assign_tasks": "ASSIGN_USER_TASK",
    "update_tasks": "UPDATE_USER_TASK",
    "complete_tasks": "COMPLETE_USER_TASK",
}
TASK_TYPES = ("ASSIGN_USER_TASK", "UPDATE_USER_TASK", "COMPLETE_USER_TASK")
KINDS: dict[str, BatchKind] = {type: kind for kind, type in TYPES.items()}
State = Literal["ACTIVE", "SUSPENDED", "COMPLETED", "PARTIALLY_COMPLETED", "CANCELED"]
STATES: dict[BatchState, State] = {
    "running": "ACTIVE",
    "paused": "SUSPENDED",
    "stopped": "SUSPENDED",
    "cancelled": "CANCELED",
    "completed": "COMPLETED",
}
ItemName = Literal["ACTIVE", "COMPLETED", "SKIPPED", "FAILED"]
ITEMS: dict[ItemState, ItemName] = {
    "left": "ACTIVE",
    "done": "COMPLETED",
    "skipped": "SKIPPED",
    "failed": "FAILED",
}


class Pace(Shape):
    reason: str | None = None
    per_second: Positive | None = None
    stop_after: Positive | None = None
    """Begin no more once so many have failed."""
    delay_seconds: Annotated[int, Field(ge=0, le=31_536_000)] = 0
    """Begin after so long; cancelled until then, it has changed nothing."""


class Filtered(Pace):
    filter: Any = None
    """As of a search for process instances."""
    process_instance_keys: list[GivenKey] | None = None
    """These, instead of a filter."""


class Order(Filtered):
    """What to do, and to which instances."""

    batch_operation_type: Type
    incident_keys: list[GivenKey] | None = None
    """Of RESOLVE_INCIDENT: these incidents only."""
    user_task_keys: list[GivenKey] | None = None
    """Of the orders of user tasks: these."""
    assignee: Text | None = None
    """Of ASSIGN_USER_TASK; without one, the tasks are given back."""
    takes_over: bool = False
    """Of ASSIGN_USER_TASK: also tasks that are somebody else's."""
    changeset: TaskChangeset | None = None
    """Of UPDATE_USER_TASK."""
    variables: Variables | None = None
    move_instructions: list[Move] | None = None
    migration_plan: MigrationRequest | None = None
    latest: bool = True
    variables_from: Literal["START", "END"] = "START"
    elements: list[Text] = Field(default_factory=list)
    compensate: bool = True


class MigrationBatch(Filtered):
    migration_plan: MigrationRequest


class ModificationBatch(Filtered):
    move_instructions: list[Move]


class Created(TypedDict):
    batchOperationKey: Key
    batchOperationType: Type


class BatchOperation(TypedDict):
    batchOperationKey: Key
    state: State
    batchOperationType: Type
    startDate: Moment
    endDate: Moment | None
    actorType: str
    actorId: str
    reason: str
    note: str | None
    perSecond: int | None
    stopAfter: int | None
    dueDate: Moment
    operationsTotalCount: int
    operationsFailedCount: int
    operationsCompletedCount: int
    operationsSkippedCount: int
    operationsLeftCount: int


class BatchOperations(TypedDict):
    items: list[BatchOperation]
    page: PageAnswer


class Item(TypedDict):
    batchOperationKey: Key
    itemKey: Key
    processInstanceKey: Key
    state: ItemName
    processedDate: Moment | None
    errorMessage: str | None


class Items(TypedDict):
    items: list[Item]
    page: PageAnswer


class Preview(TypedDict):
    total: int
    tried: int
    can: int
    cannot: list[Item]
    effects: list[EffectAnswer]


class BatchFilter(Shape):
    state: State | None = None


class BatchSearch(Shape):
    filter: BatchFilter | None = None
    page: PageRequest | None = None


class ItemFilter(Shape):
    batch_operation_key: GivenKey
    state: ItemName | None = None


class ItemSearch(Shape):
    filter: ItemFilter
    page: PageRequest | None = None
