"""The API call behind a button, as it would be typed: curl and Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from flask import g, request

from engine import BatchOrder, Modification, instance_of

TYPES = {
    "retry": "RESOLVE_INCIDENT",
    "modify": "MODIFY_PROCESS_INSTANCE",
    "set_variables": "SET_VARIABLES",
}


def curl(method: str, path: str, body: Any = None) -> str:
    """With curl; `$reason` in the body is to be filled in, as scripts do from the form."""
    lines = [f"curl -X {method} '{request.host_url}v2{path}'"]
    if is_known():
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if body is not None:
        text = msgspec.json.encode(body).decode().replace("'", "'\\''")
        lines += ["-H 'Content-Type: application/json'", f"-d '{text}'"]
    return " \\\n  ".join(lines)


def python(method: str, path: str, body: Any = None) -> str:
    """With httpx, which the client of this project uses, too."""
    lines = ["import httpx", "", "answer = httpx.request("]
    lines += [f'    "{method}",', f'    "{request.host_url}v2{path}",']
    if is_known():
        lines.append('    headers={"Authorization": "Bearer ..."},')
    if body is not None:
        lines.append(f"    json={body!r},")
    return "\n".join([*lines, ")", "answer.raise_for_status()"])


def is_known() -> bool:
    """Whether callers have to say who they are."""
    identity = g.get("identity")
    return identity is not None and identity.name != "anonymous"


def batch_body(order: BatchOrder | None, kind: str, targets: list[int]) -> dict[str, Any]:
    """What `POST /batch-operations` takes for an operation on these targets."""
    of_incidents = kind == "retry" and any(instance_of(target) != target for target in targets)
    keys = [str(target) for target in targets]
    body: dict[str, Any] = {
        "batchOperationType": TYPES.get(kind, f"{kind.upper()}_PROCESS_INSTANCE")
    }
    body["incidentKeys" if of_incidents else "processInstanceKeys"] = keys
    body |= {"reason": "$reason", "perSecond": "$per_second", "delaySeconds": "$delay"}
    if order is not None and order.variables:
        body["variables"] = dict(order.variables)
    if order is not None and order.plan is not None:
        body["migrationPlan"] = {
            "targetProcessDefinitionKey": str(order.plan.target),
            "mappingInstructions": [
                {"sourceElementId": one.source, "targetElementId": one.target}
                for one in order.plan.mapping
            ],
        }
    return body


def modification_body(steps: Iterable[Modification]) -> Mapping[str, Any]:
    """What `POST /process-instances/KEY/modification` takes for a plan."""
    body: dict[str, list[dict[str, Any]]] = {}
    for one in steps:
        match one.verb:
            case "move" if one.token is not None:
                source = {"sourceType": "byKey", "sourceElementInstanceKey": str(one.token)}
                move = {"sourceElementInstruction": source, "targetElementId": one.target}
                body.setdefault("moveInstructions", []).append(move)
            case "move":
                move = {"sourceElementId": one.element, "targetElementId": one.target}
                body.setdefault("moveInstructions", []).append(move)
            case "cancel":
                named = {"elementId": one.element}
                if one.token is not None:
                    named = {"elementInstanceKey": str(one.token)}
                body.setdefault("terminateInstructions", []).append(named)
            case "add" | "add_after":
                begun = {"elementId": one.element, "behind": one.verb == "add_after"}
                body.setdefault("activateInstructions", []).append(begun)
    return {**body, "variables": "$variables", "reason": "$reason"}
