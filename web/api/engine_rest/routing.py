"""How a route of `/engine-rest` is declared, and what its bodies and errors look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from engine import EngineError, Invalid, NotFound, Paging, Refused, Stale, Unavailable
from web.api import errors
from web.api.routing import Permission
from web.api.shapes import key_of, read_json, write_json

V = TypeVar("V", bound=Callable[..., Any])
MOST = 1_000
"""Items of a list that are given at once."""


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    permission: Permission
    """What who asks must be allowed."""
    view: Callable[..., Any]


routes: list[Route] = []


def route(method: str, path: str, permission: Permission) -> Callable[[V], V]:
    """Declare a route; what its function returns is the JSON answer, None is 204."""

    def declare(view: V) -> V:
        routes.append(Route(method, path, permission, view))
        return view

    return declare


def install(app: Flask) -> None:
    """Route all that is declared, and give errors the shape that clients read."""
    for number, one in enumerate(routes):
        rule = one.path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, f"{number}", _served(one), methods=[one.method])
    app.register_error_handler(EngineError, _of_engine)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_unexpected)


def _served(one: Route) -> Callable[..., Response]:
    def serve(**given: Any) -> Response:
        current_app.extensions["guard"].check(one.permission)
        result = one.view(**given)
        if isinstance(result, Response):
            return result
        if result is None:
            return Response(status=204)
        # Clients compare the media type letter by letter: it must not name a character set.
        return Response(write_json(result), mimetype="application/json")

    return serve


def error(status: int, kind: str, message: str, **more: Any) -> Response:
    body = {"type": kind, "message": message, "code": 0, **more}
    return Response(write_json(body), status, mimetype="application/json")


def _of_engine(found: EngineError) -> Response:
    status, _ = errors.status_of(found)
    if isinstance(found, Refused):
        lines = "".join(f"\n* {problem}" for problem in found.problems)
        message = f"ENGINE-09005 Could not parse BPMN process. Errors: {lines}"
        return error(400, "ParseException", message, details=_details(found))
    if isinstance(found, NotFound | Stale):
        return error(404, "NotFoundException", str(found))
    if isinstance(found, Invalid):
        return error(400, "InvalidRequestException", str(found))
    answer = error(status, "RestException", str(found))
    if isinstance(found, Unavailable):
        answer.headers["Retry-After"] = "1"
    return answer


def _details(refused: Refused) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for problem in refused.problems:
        report = files.setdefault(problem.file or "", {"errors": [], "warnings": []})
        report["errors"].append(
            {
                "message": problem.message,
                "line": problem.line or 0,
                "column": 0,
                "mainElementId": problem.element,
                "elementIds": [problem.element] if problem.element else [],
            }
        )
    return files


def _of_http(found: HTTPException) -> Response:
    kinds = {401: "AuthenticationException", 403: "AuthorizationException"}
    status = found.code or 500
    answer = error(status, kinds.get(status, "RestException"), found.description or found.name)
    for name, value in found.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers.add(name, value)
    return answer


def _of_unexpected(found: Exception) -> Response:
    number = errors.number_of(found)
    return error(
        500, "ProcessEngineException", f"something went wrong here; its number is {number}"
    )


def body() -> dict[str, Any]:
    """The JSON document that came; nothing is an empty one. Raises Invalid."""
    data = request.get_data(cache=False)
    found = read_json(data) if data.strip() else {}
    if not isinstance(found, dict):
        raise Invalid(f"the body: found {found!r:.60}; a document would do")
    return found


def asked() -> dict[str, Any]:
    """What a list is asked for, by query string or by body."""
    given: dict[str, Any] = request.args.to_dict()
    return {**given, **body()} if request.method == "POST" else given


def text(given: Mapping[str, Any], name: str) -> str | None:
    """A member that is a text; an empty one is none. Raises Invalid."""
    value = given.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise Invalid(f"{name}: found {value!r:.60}; a text would do")


def whole(given: Mapping[str, Any], name: str, otherwise: int, most: int) -> int:
    """A member that is a whole number from 0, cut to `most`. Raises Invalid."""
    value = given.get(name)
    if value is None:
        return otherwise
    if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) < 16:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Invalid(f"{name}: found {value!r:.60}; a whole number from 0 would do")
    return min(value, most)


def truth(given: Mapping[str, Any], name: str) -> bool:
    return str(given.get(name, "")).lower() == "true"


def texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A member that is a list, or a text with commas. Raises Invalid."""
    value = given.get(name)
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return tuple(value.split(","))
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise Invalid(f"{name}: found {value!r:.60}; a list of texts would do")


def key(given: Mapping[str, Any], name: str) -> int | None:
    found = text(given, name)
    return None if found is None else key_of(found, name)


def paging(given: Mapping[str, Any]) -> Paging:
    return Paging(
        limit=whole(given, "maxResults", MOST, MOST),
        offset=whole(given, "firstResult", 0, 2**31 - 1),
    )
