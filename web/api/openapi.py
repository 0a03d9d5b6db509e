"""The OpenAPI 3.1 document of `/v2`, made from the declared operations."""

from __future__ import annotations

import types
from collections.abc import Mapping
from importlib.metadata import version
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from flask import Flask, Response, request
from pydantic import TypeAdapter
from typing_extensions import is_typeddict

from web.api.errors import STATUSES
from web.api.routing import Operation, kind_of, operations
from web.api.shapes import write_json

REF = "#/components/schemas/{model}"

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
}
KEPT_BACK = {
    400: "The request is wrong, and would be at any time.",
    401: "Who asks is not known here.",
    403: "Who asks may not do this.",
    404: "There is nothing under this key, or it waits no longer.",
    409: "It exists, but its state does not allow this.",
    413: "The request is too large.",
    415: "The media type is not taken here.",
    429: "Too many requests.",
    503: "The database cannot be reached, or is too busy: try again with the same idempotency key.",
    504: "What was awaited has not come in time.",
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "The same key within 24 hours has one effect and one answer.",
}
SAMPLES: dict[str, Any] = {
    "tenantId": "<default>",
    "processDefinitionId": "order",
    "processDefinitionName": "Order",
    "elementId": "charge-card",
    "type": "charge-card",
    "worker": "payments-1",
    "retries": 3,
    "businessId": "A-1001",
    "version": 1,
    "processDefinitionVersion": 1,
    "gatewayVersion": "8.9.0",
    "variables": {"amount": 120.5},
    "value": "120.5",
    "name": "amount",
    "resourceName": "order.bpmn",
}


PARAMETERS: dict[str, tuple[dict[str, str], str]] = {
    "key": ({"type": "string", "pattern": "^[0-9]{1,19}$"}, "4503599627370496"),
    "username": ({"type": "string", "pattern": "^[A-Za-z0-9_.@+-]{1,100}$"}, "ana"),
}
"""Schema and example of each kind of parameter in a path."""


def install(app: Flask) -> None:
    """Serve the document at `/openapi.json`."""

    def document() -> Response:
        return Response(write_json(describe(request.script_root)), mimetype="application/json")

    app.add_url_rule("/openapi.json", "openapi", document)


def describe(server: str = "/v2") -> dict[str, Any]:
    """The document; its servers are the one that was asked."""
    adapters: list[tuple[Any, Any, Any]] = []
    for one in operations.values():
        if one.body is not None:
            adapters.append((one.name, "validation", TypeAdapter(one.body)))
        if one.answer is not None:
            adapters.append((f"{one.name}.answer", "serialization", TypeAdapter(one.answer)))
    schemas, together = TypeAdapter.json_schemas(adapters, ref_template=REF)
    named = {name: schema for (name, _), schema in schemas.items()}
    paths: dict[str, Any] = {}
    for one in operations.values():
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, named)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kapellmeister",
            "version": version("kapellmeister"),
            "description": "Processes in BPMN 2.0: deploy, start, work, watch, mend. Keys are "
            "decimal texts; moments are UTC. Every answer carries `X-Correlation-Id` and "
            "`traceparent`.",
        },
        "servers": [{"url": server or "/"}],
        "security": [{"basic": []}, {"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in operations.values())],
        "paths": paths,
        "components": {
            "schemas": {**together.get("$defs", {}), "Problem": PROBLEM},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(one: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": one.description,
        "tags": [one.tag],
        "x-permission": one.permission,
        "parameters": list(_parameters(one)),
        "responses": _responses(one, schemas),
    }
    if one.permission == "anyone":
        described["security"] = []
    if one.body is not None:
        example = one.example if one.example is not None else {}
        described["requestBody"] = {
            "required": bool(one.body.model_json_schema().get("required")),
            "content": {
                "application/json": {
                    "schema": schemas[one.name],
                    "examples": {"example": {"value": example}},
                }
            },
        }
    elif one.form is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": one.form}},
        }
    return described


def _parameters(one: Operation) -> Any:
    for part in one.path.split("/"):
        if part.startswith("{"):
            name = part[1:-1]
            shape, example = PARAMETERS[kind_of(name)]
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "schema": shape,
                "example": example,
            }
    if one.query is not None:
        schema = one.query.model_json_schema()
        for name, inner in schema["properties"].items():
            described = _written(inner)
            yield {"name": name, "in": "query", "required": False, "schema": described}
    if one.method != "GET" and (one.permission not in ("view", "anyone") or one.tag == "views"):
        yield IDEMPOTENCY


def _written(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a parameter: it is left out where there is none, and never null."""
    found = {k: v for k, v in schema.items() if k != "title" and (k, v) != ("default", None)}
    kinds = [kind for kind in found.pop("anyOf", ()) if kind != {"type": "null"}]
    return (
        {**kinds[0], **found} if len(kinds) == 1 else {**found, "anyOf": kinds} if kinds else found
    )


def _responses(one: Operation, schemas: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if one.media is not None:
        content = {media: {"schema": schema} for media, schema in one.media.items()}
        said["200"] = {"description": one.summary, "content": content}
    elif one.answer is not None:
        answer = {
            "schema": schemas[f"{one.name}.answer"],
            "examples": {"example": {"value": sample(one.answer)}},
        }
        said["200"] = {"description": one.summary, "content": {"application/json": answer}}
    returned = get_type_hints(one.view, include_extras=True).get("return")
    if one.media is None and (one.answer is None or type(None) in get_args(returned)):
        said["204"] = {"description": "Done." if one.answer is None else "There is none."}
    for status in _statuses(one):
        said[str(status)] = {
            "description": KEPT_BACK[status],
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    return said


def _statuses(one: Operation) -> list[int]:
    known = {status for _, status, _ in STATUSES} | {401, 403, 413, 415, 429}
    if one.name == "create_process_instance":
        known.add(504)
    return sorted(known)


def sample(wanted: Any, name: str = "") -> Any:
    """An example of a type, the same every time."""
    if name in SAMPLES and _fits(SAMPLES[name], wanted):
        return SAMPLES[name]
    if is_typeddict(wanted):
        hints = get_type_hints(wanted, include_extras=True)
        return {member: sample(inner, member) for member, inner in hints.items()}
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        metadata = str(arguments[1:])
        if "date-time" in metadata:
            return "2026-11-21T12:00:00.000Z"
        return "4503599627370496" if "[0-9]" in metadata else sample(arguments[0], name)
    if origin in (Union, types.UnionType):
        return None if type(None) in arguments else sample(arguments[0], name)
    if origin is Literal:
        return arguments[0]
    if origin is list:
        return [sample(arguments[0])]
    plain: dict[Any, Any] = {bool: True, int: 0, str: name or "text", type(None): None}
    return plain.get(wanted, {})


def _fits(value: Any, wanted: Any) -> bool:
    alternatives = get_args(wanted) if get_origin(wanted) in (Union, types.UnionType) else (wanted,)
    return any((get_origin(one) or one) is type(value) for one in alternatives)
