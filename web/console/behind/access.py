"""The calls behind users, tokens, secrets and saved views; a password is never shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from web.api.shapes import time_of
from web.console.behind import said, stands_for
from web.console.calls import Call
from web.console.pages.admin import TERMS
from web.console.rendering import may

UNSAID = "<the password>"
"""Stands where whoever runs the call says the password."""


@stands_for("add_user")
def add_user() -> Call:
    body = {"username": said("name"), "password": UNSAID, "role": said("role") or "viewer"}
    return Call(method="POST", path="/users", body={**body, "groups": _groups()})


@stands_for("change_user")
def change_user(name: str) -> Call | None:
    path = f"/users/{name}"
    body: dict[str, Any]
    match request.form.get("do"):
        case "role":
            body = {"role": said("role") or "viewer", "groups": _groups()}
        case "password":
            body = {"password": UNSAID}
        case "disable" | "enable" as what:
            body = {"isDisabled": what == "disable"}
        case "remove":
            return Call(method="DELETE", path=path)
        case _:
            return None
    return Call(method="PATCH", path=path, body=body)


@stands_for("add_token")
def add_token() -> Call:
    body: dict[str, Any] = {"name": said("name"), "role": said("role") or "viewer"}
    if (days := said("days")) and days in TERMS:
        body["expirationDate"] = time_of(datetime.now(UTC) + timedelta(days=int(days)))
    return Call(method="POST", path="/tokens", body=body)


@stands_for("revoke_token")
def revoke_token(id: int) -> Call:
    return Call(method="DELETE", path=f"/tokens/{id}")


@stands_for("change_mask")
def change_mask() -> Call:
    body: dict[str, Any] = {"pattern": said("pattern")}
    if request.form.get("do") == "clear":
        return Call(method="POST", path="/masking-rules/removal", body=body)
    body["isMasked"] = request.form.get("do") != "show"
    return Call(method="POST", path="/masking-rules", body=body)


@stands_for("save_view")
def save_view() -> Call:
    form = request.form
    body = {
        "name": said("name"),
        "query": form.get("q", ""),
        "sort": form.get("sort", ""),
        "columns": form.get("cols", ""),
        "isShared": bool(form.get("shared")) and may("operate"),
        "isDefault": bool(form.get("default")),
    }
    return Call(method="POST", path="/views", body=body)


@stands_for("remove_view")
def remove_view(id: int) -> Call:
    return Call(method="DELETE", path=f"/views/{id}")


def _groups() -> list[str]:
    return request.form.get("groups", "").replace(",", " ").split()
