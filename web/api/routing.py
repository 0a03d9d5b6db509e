"""How an operation of `/v2` is declared: method, path, permission, bodies and example at once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from flask import Flask, Response, current_app, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.routing import BaseConverter

from engine import Actor, Engine, Invalid
from web.api.shapes import Shape, read_body, told, write_json

Permission: TypeAlias = Literal["view", "operate", "work", "deploy", "reveal", "admin", "anyone"]
Method: TypeAlias = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
_PARAMETER = re.compile(r"\{(\w+)\}")
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,255}")
V = TypeVar("V", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation, as it is served and as it is described."""

    name: str
    method: Method
    path: str
    """With `{parameters}`."""
    permission: Permission
    """What who asks must be allowed."""
    view: Callable[..., Any]
    summary: str
    description: str
    tag: str
    body: type[BaseModel] | None = None
    """Of the JSON body."""
    query: type[Shape] | None = None
    """Of the query string."""
    answer: Any = None
    """Type of the JSON answer; None: 204 without a body."""
    media: Mapping[str, Any] | None = None
    """Answers of other media types, with their schemas."""
    example: Mapping[str, Any] | None = None
    """A body to send."""
    form: Mapping[str, Any] | None = None
    """Schema of a multipart body."""


operations: dict[str, Operation] = {}
"""All of them, by name."""


def operation(
    method: Method,
    path: str,
    permission: Permission,
    *,
    body: type[BaseModel] | None = None,
    query: type[Shape] | None = None,
    answer: Any = None,
    media: Mapping[str, Any] | None = None,
    example: Mapping[str, Any] | None = None,
    form: Mapping[str, Any] | None = None,
) -> Callable[[V], V]:
    """Declare an operation; the function gets `body`, `query` and the parameters of the path."""

    def declare(view: V) -> V:
        summary, _, description = inspect.cleandoc(view.__doc__ or "").partition("\n")
        operations[view.__name__] = Operation(
            name=view.__name__,
            method=method,
            path=path,
            permission=permission,
            view=view,
            summary=summary.rstrip(".:"),
            description=f"{summary}\n{description}".strip(),
            tag=view.__module__.split(".")[3].replace("_", " "),
            body=body,
            query=query,
            answer=answer,
            media=media,
            example=example,
            form=form,
        )
        return view

    return declare


def install(app: Flask) -> None:
    """Route every operation that has been declared."""
    app.url_map.converters |= {"key": _KeyConverter, "username": _NameConverter}
    for one in operations.values():
        rule = _PARAMETER.sub(
            lambda found: f"<{kind_of(found[1])}:{found[1]}>",
            one.path,
        )
        app.add_url_rule(rule, one.name, _served(one), methods=[one.method])


def kind_of(parameter: str) -> Literal["key", "username"]:
    """What a parameter of a path is."""
    return "username" if parameter == "username" else "key"


class _NameConverter(BaseConverter):
    """Names of accounts hold neither blanks nor slashes."""

    regex = r"[^\s/]{1,100}"


class _KeyConverter(BaseConverter):
    """Keys are digits, so that `/jobs/activation` is never a job."""

    regex = "[0-9]{1,19}"


def _served(one: Operation) -> Callable[..., Response]:
    def serve(**given: Any) -> Response:
        current_app.extensions["guard"].check(one.permission)
        if one.method != "GET":
            idempotency_key()
        if one.body is not None:
            given["body"] = read_body(request.get_data(cache=False), one.body)
        if one.query is not None:
            given["query"] = _query(one.query)
        result = one.view(**given)
        if isinstance(result, Response):
            return result
        if result is None:
            return Response(status=204)
        return Response(write_json(result), mimetype="application/json")

    return serve


def _query(shape: type[Shape]) -> Any:
    try:
        return shape.model_validate(request.args.to_dict(), strict=False)
    except ValidationError as error:
        raise Invalid(told(error)) from None


def engine() -> Engine:
    """The engine behind the application that serves this request: with secrets masked, unless
    who asks may see them and says why. Raises Forbidden."""
    reason = request.headers.get("Reveal-Reason")
    found: Engine = current_app.extensions["shown" if reason is None else "engine"]
    if reason is not None and "is_revealed" not in g:
        current_app.extensions["guard"].check("reveal")
        target = f"{request.method} {request.script_root}{request.path}"
        found.note_revealed(target, reason, kind="request", by=actor())
        g.is_revealed = True
    return found


def actor() -> Actor:
    """Who asks."""
    return Actor(g.identity.name, "api")


def idempotency_key() -> str | None:
    """The key that makes a repeated request have one effect. Raises Invalid."""
    given = request.headers.get("Idempotency-Key")
    if given is not None and not _IDEMPOTENCY_KEY.fullmatch(given):
        raise Invalid(
            f"Idempotency-Key: found {given!r:.60}; 1 to 255 printable characters without a space "
            "would do"
        )
    return given


def correlation_id() -> str | None:
    """The id that the caller follows its request by, if it gave one."""
    found: str | None = g.given_correlation_id
    return found
