"""The API call behind a button, as it would be typed: curl and Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from flask import g, request
from msgspec import Struct

from engine import BatchOrder, Modification, instance_of
from web.api.shapes import write_json

TYPES = {
    "retry": "RESOLVE_INCIDENT",
    "modify": "MODIFY_PROCESS_INSTANCE",
    "set_variables": "SET_VARIABLES",
}


class Call(Struct, frozen=True, kw_only=True):
    """One request to the API."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    """Below `/v2`."""
    body: Any = None
    headers: Mapping[str, str] = {}
    files: list[str] = []
    """Names of files that are sent, of the folder in which the call is run."""


def curl(method: Any, path: str, body: Any = None) -> str:
    """With curl; `$reason` in the body is to be filled in, as scripts do from the form."""
    return curl_of(Call(method=method, path=path, body=body))


def python(method: Any, path: str, body: Any = None) -> str:
    """With httpx, which the client of this project uses, too."""
    return python_of(Call(method=method, path=path, body=body))


def curl_of(call: Call, key: str | None = None) -> str:
    """With curl; `key` makes a repeated request have one effect."""
    lines = [f"curl -X {call.method} {_quoted(_address(call))}"]
    if is_known():
        lines.append('-H "Authorization: Bearer $TOKEN"')
    lines += [f"-H {_quoted(f'{name}: {value}')}" for name, value in _headers(call, key).items()]
    lines += [f"-F {_quoted(f'resources=@{name}')}" for name in call.files]
    if call.body is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {_quoted(write_json(call.body).decode())}")
    return " \\\n  ".join(lines)


def python_of(call: Call, key: str | None = None) -> str:
    """With httpx; numbers are as exact as JSON has them."""
    headers = _headers(call, key)
    if is_known():
        headers = {"Authorization": "Bearer ...", **headers}
    lines = ["import httpx", "", "answer = httpx.request("]
    lines += [f"    {call.method!r},", f"    {_address(call)!r},"]
    if headers:
        lines.append(f"    headers={headers!r},")
    if call.files:
        given = ", ".join(f"('resources', open({name!r}, 'rb'))" for name in call.files)
        lines.append(f"    files=[{given}],")
    if call.body is not None:
        lines.append(f"    json={msgspec.json.decode(write_json(call.body))!r},")
    return "\n".join([*lines, ")", "answer.raise_for_status()"])


def _address(call: Call) -> str:
    return f"{request.host_url}v2{quote(call.path)}"


def _headers(call: Call, key: str | None) -> dict[str, str]:
    return {**call.headers, **({"Idempotency-Key": key} if key else {})}


def _quoted(text: str) -> str:
    """As one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


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
