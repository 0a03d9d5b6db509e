"""Figures over many: instances, subscriptions and incidents by process, version and error."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import Any

from typing_extensions import TypedDict

from engine import (
    DefinitionView,
    IncidentQuery,
    InstanceQuery,
    Invalid,
    Paging,
    ProcessSummary,
    SubscriptionQuery,
)
from web.api.routing import engine, operation
from web.api.search import PageAnswer, Search, search_of
from web.api.shapes import TENANT, Key
from web.api.v2.process_definitions import EVERY, versions_of
from web.api.v2.variables import whole

NONE = Paging(limit=0)
MOST = Paging(limit=1_000)


class DefinitionFigures(TypedDict):
    processDefinitionId: str
    tenantId: str
    latestProcessDefinitionName: str | None
    hasMultipleVersions: bool
    activeInstancesWithoutIncidentCount: int
    activeInstancesWithIncidentCount: int


class DefinitionFigureItems(TypedDict):
    items: list[DefinitionFigures]
    page: PageAnswer


class VersionFigures(TypedDict):
    processDefinitionId: str
    processDefinitionKey: Key
    processDefinitionName: str | None
    tenantId: str
    processDefinitionVersion: int
    activeInstancesWithIncidentCount: int
    activeInstancesWithoutIncidentCount: int


class VersionFigureItems(TypedDict):
    items: list[VersionFigures]
    page: PageAnswer


class SubscriptionFigures(TypedDict):
    processDefinitionId: str
    tenantId: str
    processDefinitionKey: Key
    processInstancesWithActiveSubscriptions: int
    activeSubscriptions: int


class SubscriptionFigureItems(TypedDict):
    items: list[SubscriptionFigures]
    page: PageAnswer


class ErrorFigures(TypedDict):
    errorHashCode: int
    errorMessage: str
    activeInstancesWithErrorCount: int


class ErrorFigureItems(TypedDict):
    items: list[ErrorFigures]
    page: PageAnswer


class ErrorDefinitionFigures(TypedDict):
    processDefinitionId: str
    processDefinitionKey: Key
    processDefinitionName: str
    processDefinitionVersion: int
    tenantId: str
    activeInstancesWithErrorCount: int


class ErrorDefinitionFigureItems(TypedDict):
    items: list[ErrorDefinitionFigures]
    page: PageAnswer


DefinitionSearch = search_of(DefinitionFigures)


@operation(
    "POST",
    "/process-definitions/statistics/process-instances",
    "view",
    body=DefinitionSearch,
    answer=DefinitionFigureItems,
    example={"page": {"limit": 20}},
)
def get_process_definition_instance_statistics(body: Search) -> Any:
    """How many instances of each process are active, with and without incidents"""
    return whole([_of_process(one) for one in engine().processes(None, MOST).items[:EVERY]], body)


def _of_process(one: ProcessSummary) -> DefinitionFigures:
    failing = _failing(process_ids=(one.process_id,))
    return DefinitionFigures(
        processDefinitionId=one.process_id,
        tenantId=TENANT,
        latestProcessDefinitionName=one.name,
        hasMultipleVersions=one.versions > 1,
        activeInstancesWithoutIncidentCount=max(0, one.active - failing),
        activeInstancesWithIncidentCount=failing,
    )


def _failing(**which: Any) -> int:
    query = InstanceQuery(states=("active",), has_incidents=True, **which)
    return engine().instances(query, NONE).total


VersionSearch = search_of(VersionFigures)


@operation(
    "POST",
    "/process-definitions/statistics/process-instances-by-version",
    "view",
    body=VersionSearch,
    answer=VersionFigureItems,
    example={"filter": {"processDefinitionId": "order"}},
)
def get_process_definition_instance_version_statistics(body: Search) -> Any:
    """The same by version, of the process that the filter names"""
    wanted = body.conditions()
    process = wanted.one("processDefinitionId")
    if process is None:
        raise Invalid("filter: found no processDefinitionId; it must say which process is meant")
    return whole([_of_version(view) for view in versions_of(str(process))[:EVERY]], body)


def _of_version(view: DefinitionView) -> VersionFigures:
    active = InstanceQuery(states=("active",), definition=view.key)
    failing = _failing(definition=view.key)
    return VersionFigures(
        processDefinitionId=view.process_id,
        processDefinitionKey=str(view.key),
        processDefinitionName=view.name,
        tenantId=TENANT,
        processDefinitionVersion=view.version,
        activeInstancesWithIncidentCount=failing,
        activeInstancesWithoutIncidentCount=engine().instances(active, NONE).total - failing,
    )


SubscriptionSearch = search_of(SubscriptionFigures)


@operation(
    "POST",
    "/process-definitions/statistics/message-subscriptions",
    "view",
    body=SubscriptionSearch,
    answer=SubscriptionFigureItems,
    example={"page": {"limit": 20}},
)
def get_process_definition_message_subscription_statistics(body: Search) -> Any:
    """How many instances of each version wait for messages"""
    page = engine().subscriptions(SubscriptionQuery(kinds=("message",)), MOST)
    _bounded(page.total, "subscriptions")
    waits: Counter[tuple[str, int]] = Counter()
    who: dict[tuple[str, int], set[int]] = {}
    for row in page.items:
        if row.instance is not None:
            place = (row.process_id, row.definition)
            waits[place] += 1
            who.setdefault(place, set()).add(row.instance)
    items = [
        SubscriptionFigures(
            processDefinitionId=process,
            tenantId=TENANT,
            processDefinitionKey=str(key),
            processInstancesWithActiveSubscriptions=len(who[process, key]),
            activeSubscriptions=count,
        )
        for (process, key), count in sorted(waits.items())
    ]
    return whole(items, body)


ErrorSearch = search_of(ErrorFigures)


@operation(
    "POST",
    "/incidents/statistics/process-instances-by-error",
    "view",
    body=ErrorSearch,
    answer=ErrorFigureItems,
    example={"page": {"limit": 20}},
)
def get_process_instance_statistics_by_error(body: Search) -> Any:
    """How many active instances stand still for each error"""
    items = [
        ErrorFigures(
            errorHashCode=_hash(message),
            errorMessage=message,
            activeInstancesWithErrorCount=len(instances),
        )
        for message, instances in _by_message().items()
    ]
    items.sort(key=lambda item: -item["activeInstancesWithErrorCount"])
    return whole(items, body)


ErrorDefinitionSearch = search_of(ErrorDefinitionFigures, errorHashCode=int)


@operation(
    "POST",
    "/incidents/statistics/process-instances-by-definition",
    "view",
    body=ErrorDefinitionSearch,
    answer=ErrorDefinitionFigureItems,
    example={"filter": {"errorHashCode": 1234567890}},
)
def get_process_instance_statistics_by_definition(body: Search) -> Any:
    """The versions whose active instances stand still for one error"""
    code = body.conditions().one("errorHashCode")
    if code is None:
        raise Invalid("filter: found no errorHashCode; it must say which error is meant")
    counts: Counter[int] = Counter()
    for message, instances in _by_message().items():
        if _hash(message) == code:
            counts.update(instances.values())
    items = []
    for key, count in counts.most_common():
        view = engine().definition(key)
        items.append(
            ErrorDefinitionFigures(
                processDefinitionId=view.process_id,
                processDefinitionKey=str(view.key),
                processDefinitionName=view.name or view.process_id,
                processDefinitionVersion=view.version,
                tenantId=TENANT,
                activeInstancesWithErrorCount=count,
            )
        )
    body.filter.errorHashCode = None
    return whole(items, body)


def _by_message() -> dict[str, dict[int, int]]:
    """Definition by instance, by message."""
    page = engine().incidents(IncidentQuery(), MOST)
    _bounded(page.total, "incidents")
    found: dict[str, dict[int, int]] = {}
    for incident in page.items:
        found.setdefault(incident.message, {})[incident.instance] = incident.definition
    return found


def _bounded(total: int, what: str) -> None:
    if total > MOST.limit:
        raise Invalid(
            f"there are {total:,} {what}, more than the {MOST.limit:,} looked at one by one"
        )


def _hash(message: str) -> int:
    """The same on every node and at any time."""
    return zlib.crc32(message.encode("utf-8", "replace")) & 0x7FFFFFFF
