"""Saved views: queries of the list of instances under a name, of one person or shared."""

from __future__ import annotations

from typing import Annotated

from flask import current_app, g
from pydantic import Field
from typing_extensions import TypedDict

from engine import SavedView
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Key, Moment, Shape, key_of, time_of


class NewView(Shape):
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
    query: Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")] = ""
    """In the query language of instances."""
    sort: Annotated[str, Field(max_length=40, pattern=r"^[^\x00]*$")] = ""
    columns: Annotated[str, Field(max_length=400, pattern=r"^[^\x00]*$")] = ""
    """Names of variables, with commas."""
    is_shared: bool = False
    """Everybody sees it; whoever shares needs the permission `operate`."""
    is_default: bool = False
    """What the list shows when nothing is asked for."""


class View(TypedDict):
    viewKey: Key
    name: str
    query: str
    sort: str
    columns: str
    isShared: bool
    isDefault: bool
    owner: str
    creationTime: Moment


class Views(TypedDict):
    items: list[View]


@operation("GET", "/views", "view", answer=Views)
def get_views() -> Views:
    """One's own views and those that are shared, shared ones first"""
    return Views(items=[_view(one) for one in engine().saved_views(actor().name)])


@operation(
    "POST",
    "/views",
    "view",
    body=NewView,
    answer=View,
    example={"name": "stuck orders", "query": "process:order is:incident", "columns": "amount"},
)
def save_view(body: NewView) -> View:
    """Keep a query under a name; one's own view of that name is replaced"""
    if body.is_shared:
        current_app.extensions["guard"].check("operate")
    made = engine().save_view(
        body.name,
        body.query,
        sort=body.sort,
        columns=body.columns,
        is_shared=body.is_shared,
        is_default=body.is_default,
        by=actor(),
        idempotency_key=idempotency_key(),
    )
    return _view(made)


@operation("DELETE", "/views/{key}", "view")
def delete_view(key: str) -> None:
    """Forget one's own view; who operates may take back any that is shared"""
    engine().remove_view(
        key_of(key, "view"),
        may_all="operate" in g.identity.permissions,
        by=actor(),
        idempotency_key=idempotency_key(),
    )


def _view(one: SavedView) -> View:
    return View(
        viewKey=str(one.id),
        name=one.name,
        query=one.query,
        sort=one.sort,
        columns=one.columns,
        isShared=one.is_shared,
        isDefault=one.is_default,
        owner=one.by,
        creationTime=time_of(one.created),
    )
