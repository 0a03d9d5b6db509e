"""How a route of `/v2` is declared: one line says method, path, permission and summary."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from apiflask import APIBlueprint
from flask import current_app, request

from engine import Actor, Engine

Permission: TypeAlias = Literal["view", "operate", "work", "deploy", "anyone"]

api = APIBlueprint("v2", __name__, tag="v2")

permissions: dict[str, Permission] = {}
"""What each operation asks for, by endpoint; a route without one fails the tests."""


def engine() -> Engine:
    """The engine behind the application that serves this request."""
    found: Engine = current_app.extensions["engine"]
    return found


def actor() -> Actor:
    """Who asks."""
    name = request.authorization.username if request.authorization else None
    return Actor(name or "anonymous", "api")


def allows(permission: Permission) -> Any:
    """Declare what a route asks for."""

    def declare(view: Any) -> Any:
        permissions[f"v2.{view.__name__}"] = permission
        return view

    return declare


def idempotency_key() -> str | None:
    """The key that makes a repeated request have one effect."""
    return request.headers.get("Idempotency-Key")


def correlation_id() -> str | None:
    return request.headers.get("X-Correlation-Id")
