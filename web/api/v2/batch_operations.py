"""Batch operations: one operation on a frozen set of instances."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from engine import (
    BatchItem,
    BatchOrder,
    BatchView,
    InstanceQuery,
    Invalid,
    Paging,
)
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import LONGEST_PAGE, PageRequest
from web.api.shapes import (
    key_of,
    time_of,
    time_or_none,
    told,
)
from web.api.v2.batch_shapes import (
    ITEMS,
    KINDS,
    STATES,
    TASK_TYPES,
    TYPES,
    BatchOperation,
    BatchOperations,
    BatchSearch,
    Created,
    Filtered,
    Item,
    Items,
    ItemSearch,
    MigrationBatch,
    ModificationBatch,
    Order,
    Preview,
)
from web.api.v2.process_instances.effects import shown
from web.api.v2.process_instances.lists import InstanceSearch, query_of
from web.api.v2.process_instances.migration import plan_of
from web.api.v2.process_instances.modification import moves
from web.api.v2.process_instances.shapes import BY_API, Reasoned, why
from web.api.v2.user_tasks import changes_of

FILTER = {"processDefinitionId": "order", "state": "ACTIVE"}


@operation(
    "POST",
    "/batch-operations",
    "operate",
    body=Order,
    answer=Created,
    example={
        "batchOperationType": "SET_VARIABLES",
        "filter": FILTER,
        "variables": {"rate": 19},
        "reason": "the new tax",
        "perSecond": 20,
        "stopAfter": 10,
    },
)
def create_batch_operation(body: Order) -> Created:
    """Do one thing to all instances that a filter finds now, or to these user tasks"""
    return _create(body, _order(body), _own_targets(body))


@operation(
    "POST",
    "/batch-operations/check",
    "view",
    body=Order,
    answer=Preview,
    example={"batchOperationType": "CANCEL_PROCESS_INSTANCE", "filter": FILTER},
)
def check_batch_operation(body: Order) -> Preview:
    """What a batch would do, found by doing it to the first targets without effect"""
    query, targets = _chosen(body, _own_targets(body))
    found = engine().preview_batch(_order(body), query=query, targets=targets)
    return Preview(
        total=found.total,
        tried=found.tried,
        can=found.can,
        cannot=[_item(0, item) for item in found.cannot],
        effects=[shown(effect) for effect in found.effects],
    )


@operation(
    "POST",
    "/process-instances/cancellation",
    "operate",
    body=Filtered,
    answer=Created,
    example={"filter": FILTER, "reason": "recalled"},
)
def cancel_process_instances(body: Filtered) -> Created:
    """Stop all instances that a filter finds now"""
    return _create(body, BatchOrder(kind="cancel"))


@operation(
    "POST",
    "/process-instances/incident-resolution",
    "operate",
    body=Filtered,
    answer=Created,
    example={"filter": {"processDefinitionId": "order", "hasIncident": True}},
)
def resolve_incidents(body: Filtered) -> Created:
    """Try again all that failed in the instances that a filter finds now"""
    return _create(body, BatchOrder(kind="retry"))


@operation(
    "POST",
    "/process-instances/deletion",
    "operate",
    body=Filtered,
    answer=Created,
    example={"filter": {"processDefinitionId": "order", "state": "COMPLETED"}},
)
def delete_process_instances(body: Filtered) -> Created:
    """Remove all finished instances that a filter finds now"""
    return _create(body, BatchOrder(kind="delete"))


@operation(
    "POST",
    "/process-instances/migration",
    "operate",
    body=MigrationBatch,
    answer=Created,
    example={
        "filter": FILTER,
        "migrationPlan": {
            "targetProcessDefinitionKey": "2251799813685250",
            "mappingInstructions": [{"sourceElementId": "check", "targetElementId": "approve"}],
        },
    },
)
def migrate_process_instances(body: MigrationBatch) -> Created:
    """Take all instances that a filter finds now to another version"""
    return _create(body, BatchOrder(kind="migrate", plan=plan_of(body.migration_plan)))


@operation(
    "POST",
    "/process-instances/modification",
    "operate",
    body=ModificationBatch,
    answer=Created,
    example={
        "filter": FILTER,
        "moveInstructions": [{"sourceElementId": "pack", "targetElementId": "check"}],
    },
)
def modify_process_instances(body: ModificationBatch) -> Created:
    """Move the tokens of all instances that a filter finds now"""
    given = list(moves(body.move_instructions))
    return _create(body, BatchOrder(kind="modify", instructions=given))


@operation("GET", "/batch-operations/{key}", "view", answer=BatchOperation)
def get_batch_operation(key: str) -> BatchOperation:
    """One batch, and how far it is"""
    return _view(engine().batch(_id(key)))


@operation(
    "POST",
    "/batch-operations/search",
    "view",
    body=BatchSearch,
    answer=BatchOperations,
    example={"filter": {"state": "ACTIVE"}},
)
def search_batch_operations(body: BatchSearch) -> Any:
    """Find batches, the latest first"""
    wanted = body.filter.state if body.filter else None
    states = [own for own, name in STATES.items() if name == wanted]
    if wanted == "PARTIALLY_COMPLETED":
        states = ["completed"]
    page = engine().batches(states, _paging(body.page))
    return _answer([_view(one) for one in page.items], page.total, page.next_cursor)


@operation(
    "POST",
    "/batch-operation-items/search",
    "view",
    body=ItemSearch,
    answer=Items,
    example={"filter": {"batchOperationKey": "2251799813685249", "state": "FAILED"}},
)
def search_batch_operation_items(body: ItemSearch) -> Any:
    """What became of each target of a batch"""
    id = _id(str(body.filter.batch_operation_key))
    states = [own for own, name in ITEMS.items() if name == body.filter.state]
    page = engine().batch_items(id, states, _paging(body.page))
    return _answer([_item(id, one) for one in page.items], page.total, page.next_cursor)


@operation(
    "POST",
    "/batch-operations/{key}/suspension",
    "operate",
    body=Reasoned,
    example={"reason": "office hours"},
)
def suspend_batch_operation(key: str, body: Reasoned) -> None:
    """Begin no further target until the batch is resumed"""
    engine().pause_batch(_id(key), reason=why(body), by=actor(), idempotency_key=idempotency_key())


class Resumption(Reasoned):
    retry_failed: bool = False
    """Also those that failed, once more."""


@operation(
    "POST",
    "/batch-operations/{key}/resumption",
    "operate",
    body=Resumption,
    example={"reason": "the bank is back", "retryFailed": True},
)
def resume_batch_operation(key: str, body: Resumption) -> None:
    """Let a paused or stopped batch go on"""
    engine().resume_batch(
        _id(key),
        retry_failed=body.retry_failed,
        reason=why(body),
        by=actor(),
        idempotency_key=idempotency_key(),
    )


@operation(
    "POST",
    "/batch-operations/{key}/cancellation",
    "operate",
    body=Reasoned,
    example={"reason": "the wrong instances"},
)
def cancel_batch_operation(key: str, body: Reasoned) -> None:
    """Leave the rest of a batch as it is"""
    engine().cancel_batch(_id(key), reason=why(body), by=actor(), idempotency_key=idempotency_key())


def _create(body: Filtered, order: BatchOrder, named: list[int] | None = None) -> Created:
    query, targets = _chosen(body, named)
    made = engine().create_batch(
        order,
        query=query,
        targets=targets,
        reason=(body.reason or "").strip() or BY_API,
        per_second=body.per_second,
        stop_after=body.stop_after,
        delay=timedelta(seconds=body.delay_seconds),
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return Created(batchOperationKey=str(made.id), batchOperationType=TYPES[made.kind])


def _order(body: Order) -> BatchOrder:
    return BatchOrder(
        kind=KINDS[body.batch_operation_type],
        variables=body.variables or {},
        instructions=list(moves(body.move_instructions or ())),
        plan=None if body.migration_plan is None else plan_of(body.migration_plan),
        latest=body.latest,
        variables_from="end" if body.variables_from == "END" else "start",
        at=list(body.elements),
        compensate=body.compensate,
        assignee=body.assignee,
        takes_over=body.takes_over,
        changes={} if body.changeset is None else changes_of(body.changeset),
    )


def _own_targets(body: Order) -> list[int] | None:
    """The incidents or user tasks that an order names, where it is about such."""
    if body.batch_operation_type in TASK_TYPES:
        if not body.user_task_keys:
            raise Invalid("userTaskKeys: name the user tasks that it is about")
        return [key_of(key, "user task") for key in body.user_task_keys]
    if body.user_task_keys is not None:
        raise Invalid(f"userTaskKeys: only {', '.join(TASK_TYPES)} are about user tasks")
    if body.incident_keys is None:
        return None
    if body.batch_operation_type != "RESOLVE_INCIDENT":
        raise Invalid("incidentKeys: only RESOLVE_INCIDENT is about incidents")
    return [key_of(key, "incident") for key in body.incident_keys]


def _chosen(
    body: Filtered, named: list[int] | None
) -> tuple[InstanceQuery | None, list[int] | None]:
    """A query or targets, whichever is given."""
    if named is not None:
        return None, named
    if body.process_instance_keys is not None:
        return None, [key_of(key, "process instance") for key in body.process_instance_keys]
    if body.filter is None:
        raise Invalid("filter: say which instances; {} would mean all")
    try:
        asked = InstanceSearch.model_validate({"filter": body.filter})
    except ValidationError as error:
        raise Invalid(told(error)) from None
    query, left = query_of(asked)
    if not left.is_empty:
        raise Invalid(
            "filter: it holds a condition that a batch cannot be frozen by; keys, ids, states, "
            "version, element, business id and incidents would do"
        )
    return query, None


def _id(key: str) -> int:
    return key_of(key, "batch operation")


def _view(batch: BatchView) -> BatchOperation:
    state = STATES[batch.state]
    if state == "COMPLETED" and batch.failed:
        state = "PARTIALLY_COMPLETED"
    return BatchOperation(
        batchOperationKey=str(batch.id),
        state=state,
        batchOperationType=TYPES[batch.kind],
        startDate=time_of(batch.created),
        endDate=time_or_none(batch.ended),
        actorType="USER",
        actorId=batch.by.name,
        reason=batch.reason,
        note=batch.note,
        perSecond=batch.per_second,
        stopAfter=batch.stop_after,
        dueDate=time_of(batch.due),
        operationsTotalCount=batch.total,
        operationsFailedCount=batch.failed,
        operationsCompletedCount=batch.done,
        operationsSkippedCount=batch.skipped,
        operationsLeftCount=batch.left,
    )


def _item(batch: int, item: BatchItem) -> Item:
    return Item(
        batchOperationKey=str(batch),
        itemKey=str(item.target),
        processInstanceKey=str(item.instance),
        state=ITEMS[item.state],
        processedDate=time_or_none(item.at),
        errorMessage=item.reason,
    )


def _paging(page: PageRequest | None) -> Paging:
    asked = page or PageRequest()
    cursor = asked.after[1:] if asked.after and asked.after.startswith("c") else None
    return Paging(limit=min(asked.limit, LONGEST_PAGE), cursor=cursor, offset=asked.from_)


def _answer(items: list[Any], total: int, next_cursor: str | None) -> Any:
    return {
        "items": items,
        "page": {
            "totalItems": min(total, 10_000),
            "hasMoreTotalItems": total > 10_000,
            "startCursor": None,
            "endCursor": f"c{next_cursor}" if next_cursor else None,
        },
    }
