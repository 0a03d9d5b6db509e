"""The variables of process instances, files among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from engine import Invalid, NotFound
from web.api.engine_rest.instances import BY_API, id_of
from web.api.engine_rest.routing import body, route
from web.api.engine_rest.values import File, file_of, plain, plain_all, typed, typed_all
from web.api.routing import actor, engine, idempotency_key
from web.api.shapes import json_text

LARGEST_FILE = 700_000
"""Bytes; in base64 they are a variable that is not too large."""
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def variables_of(id: str) -> Mapping[str, Any]:
    """The process variables of an instance."""
    return engine().variables(id_of(id))[0].variables


@route("GET", "/process-instance/{id}/variables", "view")
@route("GET", "/execution/{id}/localVariables", "view")
def variables(id: str) -> Any:
    """The variables of an instance."""
    return typed_all(variables_of(id))


def _value(id: str, name: str) -> Any:
    found = variables_of(id)
    if name not in found:
        raise NotFound(f"process instance {id} has no variable '{name}'")
    return found[name]


@route("GET", "/process-instance/{id}/variables/{name}", "view")
@route("GET", "/execution/{id}/localVariables/{name}", "view")
def variable(id: str, name: str) -> Any:
    """One variable of an instance."""
    return typed(_value(id, name))


@route("GET", "/process-instance/{id}/variables/{name}/data", "view")
@route("GET", "/execution/{id}/localVariables/{name}/data", "view")
def variable_data(id: str, name: str) -> Response:
    """The value of a variable as it is, without an envelope; of a file, the file."""
    value = _value(id, name)
    if file := file_of(value):
        kind = file.kind or "application/octet-stream"
        answer = Response(file.content, mimetype=_safe(kind))
        answer.headers.set("Content-Disposition", "attachment", filename=file.name)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer
    content = value if isinstance(value, str) else json_text(value)
    return Response(content, mimetype="application/octet-stream")


def _safe(kind: str) -> str:
    return kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"


@route("POST", "/process-instance/{id}/variables/{name}/data", "operate")
@route("POST", "/execution/{id}/localVariables/{name}/data", "operate")
def set_variable_data(id: str, name: str) -> None:
    """Set one variable to a file that comes as the part `data` of a form."""
    part = request.files.get("data")
    if part is None:
        raise Invalid("data: found no such part of the form; the file in it would do")
    content = part.read()
    if len(content) > LARGEST_FILE:
        raise Invalid(
            f"data: found {len(content):,} bytes; {LARGEST_FILE:,} fit into a variable: keep the "
            "file elsewhere and send its address"
        )
    file = File(part.filename or name, part.mimetype or None, None, content)
    _set(id, {name: file.value})


@route("PUT", "/process-instance/{id}/variables/{name}", "operate")
@route("PUT", "/execution/{id}/localVariables/{name}", "operate")
def set_variable(id: str, name: str) -> None:
    """Set one variable of an instance."""
    _set(id, {name: plain(body(), name)})


@route("POST", "/process-instance/{id}/variables", "operate")
@route("POST", "/execution/{id}/localVariables", "operate")
def modify_variables(id: str) -> None:
    """Set variables of an instance."""
    given = body()
    if given.get("deletions"):
        raise Invalid("deletions: variables are not deleted; set them to null")
    _set(id, plain_all(given.get("modifications"), "modifications"))


def _set(id: str, values: Mapping[str, Any]) -> None:
    engine().set_variables(
        id_of(id), values, reason=BY_API, by=actor(), idempotency_key=idempotency_key()
    )
