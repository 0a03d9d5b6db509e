"""Deployments, process definitions and their XML; what the deployment's engine is."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from flask import Response, request

from engine import DefinitionView, Invalid, ProcessSummary
from web.api.routing import actor, allows, api, engine, idempotency_key
from web.api.shapes import TENANT, Search, equal, found, key_of


@api.get("/topology")
@allows("anyone")
def get_topology() -> Any:
    """The engine as one broker with one partition: what clients look for before they begin."""
    return {
        "brokers": [
            {
                "nodeId": 0,
                "brokerId": "0",
                "host": request.host.rpartition(":")[0] or request.host,
                "port": int(request.host.rpartition(":")[2] or 80)
                if request.host.rpartition(":")[2].isdecimal()
                else 80,
                "partitions": [
                    {"partitionId": 1, "role": "leader", "health": "healthy", "state": "active"}
                ],
                "version": "8.9.0",
            }
        ],
        "clusterId": None,
        "clusterSize": 1,
        "partitionsCount": 1,
        "replicationFactor": 1,
        "gatewayVersion": "8.9.0",
        "lastCompletedChangeId": "-1",
        "kapellmeisterVersion": version("kapellmeister"),
    }


@api.post("/deployments")
@allows("deploy")
def create_deployment() -> Any:
    """Deploy files (`resources`, multipart): all of them, or none with every reason."""
    files = {
        f.filename or f"file-{i}": f.read()
        for i, f in enumerate(request.files.getlist("resources"))
    }
    if not files:
        raise Invalid("no file came in the multipart field 'resources'; send at least one")
    done = engine().deploy(files, by=actor(), idempotency_key=idempotency_key())
    empty = dict.fromkeys(
        ("processDefinition", "decisionDefinition", "decisionRequirements", "form", "resource")
    )
    deployments: list[dict[str, Any]] = [
        {
            **empty,
            "processDefinition": {
                "processDefinitionId": p.process_id,
                "processDefinitionVersion": p.version,
                "processDefinitionKey": str(p.key),
                "resourceName": p.resource,
                "tenantId": TENANT,
            },
        }
        for p in done.processes
    ]
    deployments += [
        {
            **empty,
            "decisionDefinition": {
                "decisionDefinitionId": d.decision_id,
                "version": d.version,
                "decisionDefinitionKey": str(d.key),
                "name": d.name or d.decision_id,
                "tenantId": TENANT,
                "decisionRequirementsId": d.decision_id,
                "decisionRequirementsKey": str(d.key),
            },
        }
        for d in done.decisions
    ]
    return {"deploymentKey": str(done.id), "tenantId": TENANT, "deployments": deployments}


@api.post("/process-definitions/search")
@api.input(Search, location="json")
@allows("view")
def search_process_definitions(json_data: Search) -> Any:
    """Find processes, by their latest version."""
    text = equal(json_data.filter, "processDefinitionId") or equal(json_data.filter, "name")
    return found(engine().processes(text, json_data.paging()), _latest)


def _latest(process: ProcessSummary) -> dict[str, Any]:
    return {
        "name": process.name,
        "resourceName": f"{process.process_id}.bpmn",
        "version": process.version,
        "versionTag": None,
        "processDefinitionId": process.process_id,
        "tenantId": TENANT,
        "processDefinitionKey": str(process.key),
        "hasStartForm": False,
        "deploymentKey": None,
    }


@api.get("/process-definitions/<key>")
@allows("view")
def get_process_definition(key: str) -> Any:
    """One version of one process."""
    return _definition(engine().definition(key_of(key, "process definition")))


def _definition(found: DefinitionView) -> dict[str, Any]:
    return {
        "name": found.name,
        "resourceName": found.resource,
        "version": found.version,
        "versionTag": found.version_tag,
        "processDefinitionId": found.process_id,
        "tenantId": TENANT,
        "processDefinitionKey": str(found.key),
        "hasStartForm": found.start_form is not None,
        "deploymentKey": str(found.deployment),
    }


@api.get("/process-definitions/<key>/xml")
@allows("view")
def get_process_definition_xml(key: str) -> Any:
    """The BPMN file, as it was deployed."""
    source = engine().source(key_of(key, "process definition"))
    return Response(source, mimetype="text/xml")


@api.post("/process-definitions/<key>/statistics/element-instances")
@allows("view")
def get_process_definition_statistics(key: str) -> Any:
    """What each flow node of a version has seen."""
    statistics = engine().statistics(key_of(key, "process definition"))
    return {
        "items": [
            {
                "elementId": s.element,
                "active": s.tokens - s.incidents,
                "canceled": s.cancelled,
                "incidents": s.incidents,
                "completed": s.completed,
            }
            for s in statistics
        ]
    }
