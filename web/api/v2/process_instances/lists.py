"""Finding instances."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from engine import InstanceQuery
from web.api.routing import engine, operation
from web.api.search import PageAnswer, Search, found, search_of
from web.api.shapes import Text, key_of, keys_of
from web.api.v2.process_instances.shapes import STATES, ProcessInstance, head_of, item_of
from web.query import read


class ProcessInstances(TypedDict):
    items: list[ProcessInstance]
    page: PageAnswer


@operation("GET", "/process-instances/{key}", "view", answer=ProcessInstance)
def get_process_instance(key: str) -> ProcessInstance:
    """One instance"""
    return item_of(head_of(key))


InstanceSearch = search_of(
    ProcessInstance, elementId=Text, reason=Text, correlationId=Text, query=Text
)


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
    query, wanted = query_of(body)
    return found(
        body,
        wanted,
        lambda paging: engine().instances(query, paging),
        item_of,
        sorted_by=("startDate",) if query.order == "started" else ("-startDate",),
    )


def query_of(body: Search) -> tuple[InstanceQuery, Any]:
    """What the engine looks for, and what is left to be looked for here."""
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
        any_of=() if (text := wanted.one("query")) is None else (read(engine(), text),),
        order="started" if is_oldest_first else "-started",
    )
    return query, wanted
