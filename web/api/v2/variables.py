"""Variables of running and ended instances."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from engine import InstanceQuery, Invalid, NotFound, Page, Paging, VariableFilter, instance_of
from web.api.routing import actor, engine, idempotency_key, operation
from web.api.search import LONGEST_PAGE, PageAnswer, Search, found, search_of
from web.api.shapes import TENANT, Key, Shape, Variables, json_text, key_of, read_json

SHOWN = 8_191
"""Characters of a value that a search gives, unless the whole is asked for."""


class VariableItem(TypedDict):
    value: str
    name: str
    tenantId: str
    variableKey: Key
    scopeKey: Key
    processInstanceKey: Key
    rootProcessInstanceKey: Key | None


class Variable(VariableItem):
    isTruncated: bool


class VariableItems(TypedDict):
    items: list[Variable]
    page: PageAnswer


class TruncateQuery(Shape):
    truncate_values: bool = True
    """False: values as long as they are."""


class Assigned(Shape):
    variables: Annotated[Variables, Field(min_length=1)]
    local: bool | None = None
    reason: str | None = None


def variable_key(scope: int, name: str) -> str:
    """A key of a variable: that of its instance, with a hash of scope and name in the low part."""
    digest = hashlib.blake2b(f"{scope} {name}".encode("utf-8", "replace"), digest_size=3).digest()
    return str(instance_of(scope) | int.from_bytes(digest, "big"))


def variables_of(instance: int) -> Iterator[Variable]:
    for scope in engine().variables(instance):
        key = instance if scope.kind == "process" else scope.id
        yield from _shaped(scope.variables, key, instance)


def _shaped(variables: Mapping[str, Any], key: int, instance: int) -> Iterator[Variable]:
    for name, value in sorted(variables.items()):
        yield Variable(
            value=json_text(value),
            name=name,
            tenantId=TENANT,
            variableKey=variable_key(key, name),
            scopeKey=str(key),
            processInstanceKey=str(instance),
            rootProcessInstanceKey=None,
            isTruncated=False,
        )


VariableSearch = search_of(Variable)


@operation(
    "POST",
    "/variables/search",
    "view",
    body=VariableSearch,
    query=TruncateQuery,
    answer=VariableItems,
    example={"filter": {"processInstanceKey": "4503599627370496", "name": "amount"}},
)
def search_variables(body: Search, query: TruncateQuery) -> Any:
    """Find variables

    Of the instances that the filter names by `processInstanceKey`, `scopeKey` or `variableKey`: all
    of them. Without these, the process variables of all instances; `name` and `value` narrow the
    search down.
    """
    ids = _instances(body)
    items = _everywhere(body) if ids is None else [item for id in ids for item in _of(id)]
    if query.truncate_values:
        items = [_truncated(item) for item in items]
    return whole(items, body)


def whole(items: list[Any], body: Search) -> Any:
    """The answer to a search in a list that is all here."""
    return found(
        body,
        body.conditions(),
        lambda paging: (
            Page(items=items[paging.offset :][: paging.limit], total=len(items))
            if paging.offset or paging.limit
            else Page(items=[], total=len(items))
        ),
        lambda item: item,
    )


def _everywhere(body: Search) -> list[Variable]:
    """The process variables of all instances that have what is asked for."""
    wanted = body.conditions()
    name, value = wanted.one("name"), wanted.one("value")
    which: tuple[VariableFilter, ...] = ()
    if name is not None and value is not None:
        which = (VariableFilter(name=name, value=_read(value)),)
    elif name is not None:
        which = (VariableFilter(name=name, operator="exists"),)
    page = engine().instances(InstanceQuery(variables=which), Paging(limit=LONGEST_PAGE))
    if page.total > LONGEST_PAGE:
        raise Invalid(
            f"filter: {page.total:,} instances would have to be looked at one by one; name an "
            f"instance, or a variable that {LONGEST_PAGE:,} have at the most"
        )
    roots = {head.id: head.root for head in page.items}
    return [
        {**item, "rootProcessInstanceKey": str(roots[id])}
        for id, values in engine().process_variables(list(roots)).items()
        for item in _shaped(values, id, id)
        if name is None or item["name"] == name
    ]


def _read(text: str) -> Any:
    """A value as a search gives it: JSON text."""
    try:
        return read_json(text.encode("utf-8", "replace"))
    except Invalid:
        return text


def _instances(body: Search) -> list[int] | None:
    wanted = body.conditions()
    for name in ("processInstanceKey", "scopeKey", "variableKey"):
        keys = wanted.any(name)
        if keys:
            return list(dict.fromkeys(instance_of(key_of(key, name)) for key in keys))
    return None


def _of(id: int) -> list[Variable]:
    try:
        return list(variables_of(id))
    except NotFound:
        return []


def _truncated(item: Variable) -> Variable:
    if len(item["value"]) <= SHOWN:
        return item
    return {**item, "value": item["value"][:SHOWN], "isTruncated": True}


@operation("GET", "/variables/{key}", "view", answer=VariableItem)
def get_variable(key: str) -> Any:
    """One variable, with all of its value"""
    id = key_of(key, "variable")
    for item in _of(instance_of(id)):
        if item["variableKey"] == str(id):
            return {name: value for name, value in item.items() if name != "isTruncated"}
    raise NotFound(f"variable {id}: there is none")


@operation(
    "PUT",
    "/element-instances/{key}/variables",
    "operate",
    body=Assigned,
    example={"variables": {"amount": 99}, "reason": "the price was wrong"},
)
def create_element_instance_variables(key: str, body: Assigned) -> None:
    """Set variables of an instance, or of one of its scopes"""
    id = key_of(key, "element instance")
    instance = instance_of(id)
    engine().set_variables(
        instance,
        body.variables,
        scope=None if id == instance else id,
        reason=(body.reason or "").strip() or "by API",
        by=actor(),
        idempotency_key=idempotency_key(),
    )
