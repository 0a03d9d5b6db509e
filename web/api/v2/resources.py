"""Resources: the files that definitions came in."""

from __future__ import annotations

from typing import Any

from flask import Response
from typing_extensions import TypedDict

from engine import NotFound
from web.api.routing import engine, operation
from web.api.search import PageAnswer, Search, found, search_of
from web.api.shapes import TENANT, Key, key_of
from web.api.v2.decisions import DecisionDefinition, decision_item


class Resource(TypedDict):
    resourceName: str
    version: int
    versionTag: str | None
    resourceId: str
    tenantId: str
    resourceKey: Key


class DecisionRequirements(TypedDict):
    decisionRequirementsId: str
    decisionRequirementsKey: Key
    decisionRequirementsName: str
    resourceName: str
    tenantId: str
    version: int


class DecisionRequirementItems(TypedDict):
    items: list[DecisionRequirements]
    page: PageAnswer


XML = {"text/xml": {"type": "string"}}


@operation("GET", "/resources/{key}", "view", answer=Resource)
def get_resource(key: str) -> Resource:
    """The file of a process or decision, by the key of its definition"""
    id = key_of(key, "resource")
    try:
        process = engine().definition(id)
    except NotFound:
        decision = engine().decision(id)
        name, version, tag = decision.resource, decision.version, decision.version_tag
        own = decision.decision_id
    else:
        name, version, tag = process.resource, process.version, process.version_tag
        own = process.process_id
    return Resource(
        resourceName=name,
        version=version,
        versionTag=tag,
        resourceId=own,
        tenantId=TENANT,
        resourceKey=str(id),
    )


@operation(
    "GET",
    "/resources/{key}/content",
    "view",
    media={"application/octet-stream": {"type": "string"}},
)
def get_resource_content(key: str) -> Response:
    """The file itself, as it was deployed"""
    content = engine().source(key_of(key, "resource"))
    return Response(content, mimetype="application/octet-stream")


@operation("GET", "/decision-definitions/{key}/xml", "view", media=XML)
def get_decision_definition_xml(key: str) -> Response:
    """The DMN file of a decision"""
    return _dmn(key)


RequirementSearch = search_of(DecisionRequirements)


@operation(
    "POST",
    "/decision-requirements/search",
    "view",
    body=RequirementSearch,
    answer=DecisionRequirementItems,
    example={"filter": {"decisionRequirementsId": "rate"}},
)
def search_decision_requirements(body: Search) -> Any:
    """Find what decisions are part of; each is listed as its own, by its latest version"""
    return found(
        body, body.conditions(), lambda paging: engine().decisions(None, paging), _requirements
    )


@operation("GET", "/decision-requirements/{key}", "view", answer=DecisionRequirements)
def get_decision_requirements(key: str) -> DecisionRequirements:
    """What one decision is part of"""
    return _requirements(engine().decision(key_of(key, "decision requirements")))


@operation("GET", "/decision-requirements/{key}/xml", "view", media=XML)
def get_decision_requirements_xml(key: str) -> Response:
    """Its DMN file"""
    return _dmn(key)


def _dmn(key: str) -> Response:
    view = engine().decision(key_of(key, "decision"))
    return Response(engine().source(view.key), mimetype="text/xml")


def _requirements(view: Any) -> DecisionRequirements:
    item: DecisionDefinition = decision_item(view)
    return DecisionRequirements(
        decisionRequirementsId=item["decisionRequirementsId"],
        decisionRequirementsKey=item["decisionRequirementsKey"],
        decisionRequirementsName=item["decisionRequirementsName"],
        resourceName=view.resource,
        tenantId=TENANT,
        version=item["decisionRequirementsVersion"],
    )
