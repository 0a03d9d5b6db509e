"""The audit: who did what, when and why."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from engine import AuditEntry, AuditQuery, Paging
from web.api.routing import engine, operation
from web.api.search import LONGEST_PAGE, PageAnswer, PageRequest
from web.api.shapes import GivenKey, Key, Moment, Shape, Text, key_of, text_of, time_of
from web.api.v2.webhooks import moment_of


class AuditFilter(Shape):
    actor_id: Text | None = None
    source: Text | None = None
    """console, api, cli or system."""
    operation_type: Text | None = None
    """The verb: modify, cancel, create_batch, ..."""
    entity_type: Text | None = None
    """What it was done to: instance, job, task, incident, batch, definition, ..."""
    entity_key: Text | None = None
    process_instance_key: GivenKey | None = None
    process_definition_id: Text | None = None
    text: Text | None = None
    """A part of the reason."""
    after: Moment | None = None
    before: Moment | None = None


class AuditSearch(Shape):
    filter: AuditFilter | None = None
    page: PageRequest | None = None


class AuditLog(TypedDict):
    auditLogKey: Key
    timestamp: Moment
    actorId: str
    source: str
    operationType: str
    reason: str | None
    entityType: str
    entityKey: str
    processInstanceKey: Key | None
    processDefinitionId: str | None
    detail: dict[str, Any]


class AuditLogs(TypedDict):
    items: list[AuditLog]
    page: PageAnswer


@operation(
    "POST",
    "/audit/search",
    "view",
    body=AuditSearch,
    answer=AuditLogs,
    example={"filter": {"operationType": "modify", "actorId": "ana"}, "page": {"limit": 50}},
)
def search_audit(body: AuditSearch) -> Any:
    """Find acts of operators, the latest first"""
    asked, page = body.filter or AuditFilter(), body.page or PageRequest()
    given = asked.process_instance_key
    query = AuditQuery(
        by=asked.actor_id,
        source=asked.source,
        verbs=(asked.operation_type,) if asked.operation_type else (),
        kind=asked.entity_type,
        target=asked.entity_key,
        instance=None if given is None else key_of(given, "process instance"),
        process_ids=(asked.process_definition_id,) if asked.process_definition_id else (),
        text=asked.text,
        after=None if asked.after is None else moment_of(asked.after, "filter.after"),
        before=None if asked.before is None else moment_of(asked.before, "filter.before"),
    )
    cursor = page.after[1:] if page.after and page.after.startswith("c") else None
    limit = min(page.limit, LONGEST_PAGE)
    found = engine().audit(query, Paging(limit=limit, cursor=cursor, offset=page.from_))
    return {
        "items": [_item(entry) for entry in found.items],
        "page": {
            "totalItems": min(found.total, 10_000),
            "hasMoreTotalItems": found.total > 10_000,
            "startCursor": None,
            "endCursor": f"c{found.next_cursor}" if found.next_cursor else None,
        },
    }


def _item(entry: AuditEntry) -> AuditLog:
    return AuditLog(
        auditLogKey=str(entry.id),
        timestamp=time_of(entry.at),
        actorId=entry.by.name,
        source=entry.by.source,
        operationType=entry.verb,
        reason=entry.reason,
        entityType=entry.kind,
        entityKey=entry.target,
        processInstanceKey=text_of(entry.instance),
        processDefinitionId=entry.process_id,
        detail=dict(entry.detail),
    )
