"""Deployments: files in, definitions out."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from flask import request
from typing_extensions import TypedDict

from engine import DeployedDecision, DeployedProcess, Invalid
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import TENANT, Key


class DeployedProcessDefinition(TypedDict):
    processDefinitionId: str
    processDefinitionVersion: int
    processDefinitionKey: Key
    resourceName: str
    tenantId: str


class DeployedDecisionDefinition(TypedDict):
    decisionDefinitionId: str
    version: int
    decisionDefinitionKey: Key
    name: str
    tenantId: str
    decisionRequirementsId: str
    decisionRequirementsKey: Key


class DeployedForm(TypedDict):
    formId: str
    version: int
    resourceName: str
    tenantId: str
    formKey: Key


class Deployed(TypedDict):
    """One of the members is there, the others are null."""

    processDefinition: DeployedProcessDefinition | None
    decisionDefinition: DeployedDecisionDefinition | None
    decisionRequirements: None
    form: DeployedForm | None
    resource: None


class DeploymentResult(TypedDict):
    deploymentKey: Key
    tenantId: str
    deployments: list[Deployed]


class Finding(TypedDict):
    message: str
    rule: str
    severity: str
    file: str | None
    element: str | None
    line: int | None
    clause: str | None
    remedy: str | None


class CheckResult(TypedDict):
    isDeployable: bool
    problems: list[Finding]


FILES = {
    "type": "object",
    "required": ["resources"],
    "properties": {
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "format": "binary"},
            "description": "BPMN, DMN and form files",
        },
        "tenantId": {"type": "string"},
    },
}


@operation("POST", "/deployments", "deploy", answer=DeploymentResult, form=FILES)
def create_deployment() -> DeploymentResult:
    """Deploy files: all of them, or none with every reason

    What has not changed keeps its version. Refused files are answered with 400; `problems` then
    names each reason with file, element, line, clause and remedy.
    """
    done = engine().deploy(_files(), by=actor(), idempotency_key=idempotency_key())
    deployments = [_process(one) for one in done.processes]
    deployments += [_decision(one) for one in done.decisions]
    return DeploymentResult(deploymentKey=str(done.id), tenantId=TENANT, deployments=deployments)


@operation("POST", "/deployments/check", "deploy", answer=CheckResult, form=FILES)
def check_deployment() -> Any:
    """Check files as a deployment would, and store nothing"""
    problems = engine().check(_files())
    return {
        "isDeployable": not any(found.severity == "error" for found in problems),
        "problems": [msgspec.to_builtins(found) for found in problems],
    }


def _files() -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for number, part in enumerate(request.files.getlist("resources"), 1):
        name = part.filename or f"file {number}"
        if name in files:
            raise Invalid(f"two files are named '{name}'; give each a name of its own")
        files[name] = part.read()
    if not files:
        raise Invalid("no file came in the multipart field 'resources'; send at least one")
    return files


def _process(one: DeployedProcess) -> Deployed:
    definition = DeployedProcessDefinition(
        processDefinitionId=one.process_id,
        processDefinitionVersion=one.version,
        processDefinitionKey=str(one.key),
        resourceName=one.resource,
        tenantId=TENANT,
    )
    return _deployed(processDefinition=definition)


def _decision(one: DeployedDecision) -> Deployed:
    definition = DeployedDecisionDefinition(
        decisionDefinitionId=one.decision_id,
        version=one.version,
        decisionDefinitionKey=str(one.key),
        name=one.name or one.decision_id,
        tenantId=TENANT,
        decisionRequirementsId=one.decision_id,
        decisionRequirementsKey=str(one.key),
    )
    return _deployed(decisionDefinition=definition)


def _deployed(**one: Any) -> Deployed:
    whole: Any = {**dict.fromkeys(Deployed.__annotations__), **one}
    return cast("Deployed", whole)
