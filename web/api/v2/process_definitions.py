"""Process definitions: search, XML, start form, statistics."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from typing_extensions import TypedDict

from engine import DefinitionView, NotFound
from web.api.routing import engine, operation
from web.api.search import PageAnswer, PageRequest, Search, found, listed, search_of
from web.api.shapes import TENANT, Key, json_text, key_of


class ProcessDefinition(TypedDict):
    name: str | None
    resourceName: str
    version: int
    versionTag: str | None
    processDefinitionId: str
    tenantId: str
    processDefinitionKey: Key
    hasStartForm: bool
    state: Literal["ACTIVE"]


class ProcessDefinitions(TypedDict):
    items: list[ProcessDefinition]
    page: PageAnswer


class ElementFigures(TypedDict):
    elementId: str
    active: int
    canceled: int
    incidents: int
    completed: int


class ElementStatistics(TypedDict):
    items: list[ElementFigures]


class Form(TypedDict):
    tenantId: str
    formId: str
    schema: str
    version: int
    formKey: Key


DefinitionSearch = search_of(ProcessDefinition, isLatestVersion=bool)


@operation(
    "POST",
    "/process-definitions/search",
    "view",
    body=DefinitionSearch,
    answer=ProcessDefinitions,
    example={"filter": {"processDefinitionId": "order", "isLatestVersion": True}},
)
def search_process_definitions(body: Search) -> Any:
    """Find processes and their versions"""
    wanted = body.conditions()
    key = wanted.one("processDefinitionKey")
    latest = wanted.one("isLatestVersion")
    ids = wanted.any("processDefinitionId")
    if key is not None:
        views = _by_key(key)
    elif ids is not None and not ids:
        views = []
    else:
        views = engine().definitions(tuple(map(str, ids or ())), latest=latest is True)
    if latest is not None:
        views = [view for view in views if view.is_latest is latest]
    items = [_shaped(view) for view in views]
    if wanted.is_empty and not body.sort:
        return listed(items, body.page or PageRequest())
    return found(body, wanted, _whole(items), lambda item: item)


def _whole(items: list[Any]) -> Any:
    from engine import Page

    return lambda paging: Page(items=items[paging.offset :][: paging.limit], total=len(items))


def _by_key(key: Any) -> list[DefinitionView]:
    try:
        return [engine().definition(key_of(key, "process definition"))]
    except NotFound:
        return []


def _shaped(view: DefinitionView) -> ProcessDefinition:
    return ProcessDefinition(
        name=view.name,
        resourceName=view.resource,
        version=view.version,
        versionTag=view.version_tag,
        processDefinitionId=view.process_id,
        tenantId=TENANT,
        processDefinitionKey=str(view.key),
        hasStartForm=view.start_form is not None,
        state="ACTIVE",
    )


@operation("GET", "/process-definitions/{key}", "view", answer=ProcessDefinition)
def get_process_definition(key: str) -> ProcessDefinition:
    """One version of one process"""
    return _shaped(engine().definition(key_of(key, "process definition")))


@operation(
    "GET",
    "/process-definitions/{key}/xml",
    "view",
    media={"text/xml": {"type": "string"}},
)
def get_process_definition_xml(key: str) -> Response:
    """The BPMN file, as it was deployed"""
    source = engine().source(key_of(key, "process definition"))
    return Response(source, mimetype="text/xml")


@operation(
    "GET",
    "/process-definitions/{key}/form",
    "view",
    answer=Form,
)
def get_start_process_form(key: str) -> Form | None:
    """The form that is filled in to start a process; 204 when it has none"""
    view = engine().definition(key_of(key, "process definition"))
    if view.start_form is None:
        return None
    return Form(
        tenantId=TENANT,
        formId=str(view.start_form.get("id") or view.process_id),
        schema=json_text(view.start_form),
        version=view.version,
        formKey=str(view.key),
    )


@operation(
    "POST",
    "/process-definitions/{key}/statistics/element-instances",
    "view",
    answer=ElementStatistics,
)
def get_process_definition_statistics(key: str) -> ElementStatistics:
    """What each flow node of a version sees now, and has seen"""
    statistics = engine().statistics(key_of(key, "process definition"))
    return ElementStatistics(
        items=[
            ElementFigures(
                elementId=one.element,
                active=max(0, one.tokens - one.incidents),
                canceled=one.cancelled,
                incidents=one.incidents,
                completed=one.completed,
            )
            for one in statistics
            if one.entered or one.tokens
        ]
    )
