"""Figures over many: instances, subscriptions and incidents by process, version and error."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import Any

from typing_extensions import TypedDict

from engine import DefinitionView, Invalid, RunningFigures
from web.api.routing import engine, operation
from web.api.search import PageAnswer, Search, search_of
from web.api.shapes import TENANT, Key
from web.api.v2.variables import whole

NOTHING = RunningFigures(active=0, failing=0, incidents=0)


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
    figures = engine().running_figures()
    versions: dict[str, list[DefinitionView]] = {}
    for view in engine().definitions():
        versions.setdefault(view.process_id, []).append(view)
    items = []
    for process, views in versions.items():
        running = [figures.get(view.key, NOTHING) for view in views]
        failing = sum(one.failing for one in running)
        items.append(
            DefinitionFigures(
                processDefinitionId=process,
                tenantId=TENANT,
                latestProcessDefinitionName=views[0].name,
                hasMultipleVersions=len(views) > 1,
                activeInstancesWithoutIncidentCount=sum(one.active for one in running) - failing,
                activeInstancesWithIncidentCount=failing,
            )
        )
    return whole(items, body)


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
    figures = engine().running_figures()
    items = []
    for view in engine().definitions((str(process),)):
        running = figures.get(view.key, NOTHING)
        items.append(
            VersionFigures(
                processDefinitionId=view.process_id,
                processDefinitionKey=str(view.key),
                processDefinitionName=view.name,
                tenantId=TENANT,
                processDefinitionVersion=view.version,
                activeInstancesWithIncidentCount=running.failing,
                activeInstancesWithoutIncidentCount=running.active - running.failing,
            )
        )
    return whole(items, body)


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
    views = _by_key()
    items = [
        SubscriptionFigures(
            processDefinitionId=views[one.definition].process_id,
            tenantId=TENANT,
            processDefinitionKey=str(one.definition),
            processInstancesWithActiveSubscriptions=one.instances,
            activeSubscriptions=one.subscriptions,
        )
        for one in engine().waiting_figures("message")
    ]
    items.sort(key=lambda item: (item["processDefinitionId"], item["processDefinitionKey"]))
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
    counts: Counter[str] = Counter()
    for one in engine().error_figures():
        counts[one.message] += one.instances
    items = [
        ErrorFigures(
            errorHashCode=_hash(message),
            errorMessage=message,
            activeInstancesWithErrorCount=count,
        )
        for message, count in counts.items()
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
    for one in engine().error_figures():
        if _hash(one.message) == code:
            counts[one.definition] += one.instances
    views = _by_key()
    items = [
        ErrorDefinitionFigures(
            processDefinitionId=views[key].process_id,
            processDefinitionKey=str(key),
            processDefinitionName=views[key].name or views[key].process_id,
            processDefinitionVersion=views[key].version,
            tenantId=TENANT,
            activeInstancesWithErrorCount=count,
        )
        for key, count in counts.most_common()
    ]
    body.filter.errorHashCode = None
    return whole(items, body)


def _by_key() -> dict[int, DefinitionView]:
    return {view.key: view for view in engine().definitions()}


def _hash(message: str) -> int:
    """The same on every node and at any time."""
    return zlib.crc32(message.encode("utf-8", "replace")) & 0x7FFFFFFF
