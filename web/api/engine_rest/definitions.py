"""Deployments and process definitions, as the desktop Modeler and clients use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from engine import DefinitionView, Invalid, NotFound
from web.api.engine_rest.routing import asked, body, paging, route, text, texts, truth
from web.api.engine_rest.values import plain_all, time_of, typed_all
from web.api.routing import actor, correlation_id, engine, idempotency_key
from web.api.shapes import key_of

VERSION = "7.24.0"
"""The version of Camunda 7 whose clients this adapter is made for."""


@route("GET", "/version", "anyone")
def version() -> Any:
    """The version that clients should take this for."""
    return {"version": VERSION}


@route("GET", "/engine", "anyone")
def engines() -> Any:
    """The one engine."""
    return [{"name": "default"}]


@route("POST", "/deployment/create", "deploy")
def create_deployment() -> Any:
    """Files in, definitions out; what has not changed keeps its version."""
    files: dict[str, bytes] = {}
    for part, file in request.files.items(multi=True):
        content = file.read()
        files[_name(file.filename or part, content)] = content
    if not files:
        raise Invalid("no file came; send at least one as a part of the form")
    done = engine().deploy(files, by=actor(), idempotency_key=idempotency_key())
    processes = [engine().definition(one.key) for one in done.processes]
    return {
        **_deployment(str(done.id), request.form, time_of(done.at)),
        "links": [],
        "deployedProcessDefinitions": {str(v.key): _definition(v) for v in processes} or None,
        "deployedDecisionDefinitions": {
            str(one.key): {
                "id": str(one.key),
                "key": one.decision_id,
                "category": None,
                "name": one.name,
                "version": one.version,
                "resource": one.resource,
                "deploymentId": str(done.id),
                "tenantId": None,
                "decisionRequirementsDefinitionId": None,
                "decisionRequirementsDefinitionKey": None,
                "historyTimeToLive": None,
                "versionTag": None,
            }
            for one in done.decisions
        }
        or None,
        "deployedCaseDefinitions": None,
        "deployedDecisionRequirementsDefinitions": None,
    }


def _name(given: str, content: bytes) -> str:
    """The file's name, with the ending that says what it is."""
    if "." in given.rsplit("/", 1)[-1] and not given.lower().endswith(".xml"):
        return given
    if given.lower().endswith(".bpmn20.xml"):
        return given
    return f"{given}.dmn" if b"/DMN/" in content[:4096] else f"{given}.bpmn"


def _deployment(id: str, given: Mapping[str, str], at: str) -> dict[str, Any]:
    return {
        "id": id,
        "name": given.get("deployment-name"),
        "source": given.get("deployment-source"),
        "tenantId": None,
        "deploymentTime": at,
    }


@route("GET", "/deployment", "deploy")
def deployments() -> Any:
    """The deployments that versions came by; a client asks it whether credentials are needed."""
    given = asked()
    page = paging(given)
    if not page.limit:
        return []
    listed = _deployments(text(given, "id"))
    return listed[page.offset : page.offset + page.limit]


def _deployments(id: str | None = None) -> list[dict[str, Any]]:
    found = {v.deployment: v for v in _views({})}
    return [
        _deployment(str(own), {}, time_of(v.deployed))
        for own, v in sorted(found.items())
        if id in (None, str(own))
    ]


@route("GET", "/deployment/count", "deploy")
def count_deployments() -> Any:
    """How many there are."""
    return {"count": len(_deployments())}


@route("GET", "/deployment/{id}", "deploy")
def deployment(id: str) -> Any:
    """One deployment."""
    for one in _deployments(id):
        return one
    raise NotFound(f"deployment {id}: there is none with a process")


@route("GET", "/process-definition", "view")
def process_definitions() -> Any:
    """Process definitions, by key and version."""
    given = asked()
    page = paging(given)
    found = [_definition(view) for view in _views(given)]
    return found[page.offset : page.offset + page.limit]


@route("GET", "/process-definition/count", "view")
def count_process_definitions() -> Any:
    """How many there are."""
    return {"count": len(_views(asked()))}


def _views(given: Mapping[str, Any]) -> list[DefinitionView]:
    process, tag = text(given, "key"), text(given, "versionTagLike") or text(given, "versionTag")
    ids = [process] if process else list(texts(given, "keysIn"))
    views = engine().definitions(ids, latest=truth(given, "latestVersion") is True)
    if version := text(given, "version"):
        views = [view for view in views if str(view.version) == version]
    if tag:
        wanted = tag.strip("%")
        views = [view for view in views if wanted in (view.version_tag or "")]
    return views


def _definition(view: DefinitionView) -> dict[str, Any]:
    return {
        "id": str(view.key),
        "key": view.process_id,
        "category": None,
        "description": view.documentation,
        "name": view.name,
        "version": view.version,
        "resource": view.resource,
        "deploymentId": str(view.deployment),
        "diagram": None,
        "suspended": False,
        "tenantId": None,
        "versionTag": view.version_tag,
        "historyTimeToLive": None,
        "startableInTasklist": True,
    }


@route("GET", "/process-definition/statistics", "view")
def statistics() -> Any:
    """How many instances of each version are active, and how many incidents they have."""
    figures = engine().running_figures()
    found = []
    for view in engine().definitions(latest=True):
        running = figures.get(view.key)
        count = running.incidents if running else 0
        found.append(
            {
                "id": str(view.key),
                "instances": running.active if running else 0,
                "failedJobs": 0,
                "incidents": [{"incidentType": "failedJob", "incidentCount": count}]
                if count
                else [],
                "definition": _definition(view),
            }
        )
    return found


@route("GET", "/process-definition/{id}/statistics", "view")
def element_statistics(id: str) -> Any:
    """What each flow node of one version sees now."""
    return [
        {
            "id": one.element,
            "instances": one.tokens,
            "failedJobs": one.incidents,
            "incidents": [{"incidentType": "failedJob", "incidentCount": one.incidents}]
            if one.incidents
            else [],
        }
        for one in engine().statistics(_view(id).key)
        if one.tokens
    ]


@route("GET", "/process-definition/key/{process}", "view")
def process_definition_by_key(process: str) -> Any:
    """The latest version of a process."""
    return _definition(engine().latest(process))


@route("GET", "/process-definition/{id}", "view")
def process_definition(id: str) -> Any:
    """One version of a process."""
    return _definition(_view(id))


@route("GET", "/process-definition/{id}/xml", "view")
def process_definition_xml(id: str) -> Any:
    """Its file."""
    view = _view(id)
    return {"id": id, "bpmn20Xml": engine().source(view.key).decode("utf-8", "replace")}


@route("GET", "/process-definition/key/{process}/xml", "view")
def process_definition_xml_by_key(process: str) -> Any:
    """The file of the latest version."""
    return process_definition_xml(str(engine().latest(process).key))


@route("POST", "/process-definition/{id}/submit-form", "operate")
@route("POST", "/process-definition/{id}/start", "operate")
def start(id: str) -> Any:
    """Start an instance of one version."""
    view = _view(id)
    return _start(view.process_id, view.version)


@route("POST", "/process-definition/key/{process}/submit-form", "operate")
@route("POST", "/process-definition/key/{process}/start", "operate")
def start_by_key(process: str) -> Any:
    """Start an instance of the latest version."""
    return _start(process, None)


@route("POST", "/process-definition/key/{process}/tenant-id/{_tenant}/start", "operate")
def start_by_key_and_tenant(process: str, _tenant: str) -> Any:
    """Start an instance of the latest version; there is one tenant."""
    return _start(process, None)


def _start(process: str, version: int | None) -> Any:
    given = body()
    variables = plain_all(given.get("variables"))
    started = engine().start(
        process,
        variables,
        business_key=text(given, "businessKey"),
        version=version,
        correlation_id=correlation_id(),
        by=actor(),
        checks_form=request.path.endswith("/submit-form"),
        idempotency_key=idempotency_key(),
    )
    answer: dict[str, Any] = {
        "links": [],
        "id": str(started.id),
        "definitionId": str(started.definition),
        "definitionKey": started.process_id,
        "businessKey": started.business_key,
        "caseInstanceId": None,
        "ended": started.state != "active",
        "suspended": False,
        "tenantId": None,
    }
    if given.get("withVariablesInReturn") is True:
        answer["variables"] = typed_all(started.variables or variables)
    return answer


def _view(id: str) -> DefinitionView:
    """A definition by its id; `process:version:key`, as Camunda 7 writes it, is one too."""
    return engine().definition(key_of(id.rpartition(":")[2], "process definition"))
