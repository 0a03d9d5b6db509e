"""The engine as people see it: values of secret variables are dots in everything it answers.

What it is told is looked at too: dots that came back from a form change nothing, and nobody finds
a secret by asking for it who may not see it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache, wraps
from typing import Any, Literal, cast, get_args, get_type_hints

from msgspec import Struct, structs

from engine import MASKED, Engine, InstanceQuery, Invalid, Masks

RAW = frozenset(
    {
        "activate_jobs",  # a worker does its work with them
        "start",  # who starts and waits is answered
        "evaluate",
        "access",
        "saved_views",
        "mask_patterns",
        "archive",
        "export",
        "source",
        "diagram",
        "changes",
        "masks",
    }
)
"""Methods whose answers are handed on as they are."""
OF_NAME = ("value", "before", "after", "old", "new")
"""What stands beside the name of a variable, where it is told of."""
Kind = Literal["values", "inside"]


def shown_to(engine: Engine, may_reveal: Callable[[], bool]) -> Engine:
    """The engine with secrets masked; `may_reveal`: whether whoever asks now may see them."""
    return cast("Engine", Shown(engine, may_reveal))


class Shown:
    """Passes every call on; see the module."""

    def __init__(self, engine: Engine, may_reveal: Callable[[], bool]) -> None:
        self._engine = engine
        self._may_reveal = may_reveal

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._engine, name)
        if name.startswith("_") or not callable(found):
            return found
        engine, may_reveal = self._engine, self._may_reveal

        @wraps(found)
        def asked(*given: Any, **named: Any) -> Any:
            masks = engine.masks
            values = [*given, *named.values()]
            queries = [one for one in values if isinstance(one, InstanceQuery)]
            if queries and not may_reveal():  # what is streamed asks when its request is over
                for one in queries:
                    _check_query(one, masks)
            if any(_has_dots(one) for one in values):
                fill = _former(engine, given) if name == "restart" else {}
                given = tuple(_without_dots(one, fill) for one in given)
                named = {key: _without_dots(one, fill) for key, one in named.items()}
            answer = found(*given, **named)
            if name in RAW or inspect.isgenerator(answer):
                return answer
            if name == "process_variables":
                return {id: hidden(one, masks) for id, one in answer.items()}
            return masked(answer, masks)

        return asked


def masked(answer: Any, masks: Masks) -> Any:
    """An answer of the engine with the secrets in it as dots."""
    if isinstance(answer, Struct):
        changed: dict[str, Any] = {}
        for field, kind in _plan(type(answer)).items():
            value = getattr(answer, field)
            new = hidden(value, masks) if kind == "values" else masked(value, masks)
            if new is not value:
                changed[field] = new
        if masks.is_masked(str(getattr(answer, "name", ""))):
            changed |= {
                field: MASKED for field in OF_NAME if getattr(answer, field, None) is not None
            }
        return structs.replace(answer, **changed) if changed else answer
    if isinstance(answer, list):
        new = [masked(one, masks) for one in answer]
        return new if any(a is not b for a, b in zip(new, answer, strict=True)) else answer
    if isinstance(answer, dict):
        return {key: masked(one, masks) for key, one in answer.items()}
    return answer


def hidden(value: Any, masks: Masks) -> Any:
    """A document with what stands under secret names as dots."""
    if isinstance(value, Struct):
        return masked(value, masks)
    if isinstance(value, Mapping):
        name = value.get("name")
        is_named = isinstance(name, str) and masks.is_masked(name)
        return {
            key: MASKED
            if inner is not None
            and ((isinstance(key, str) and masks.is_masked(key)) or (is_named and key in OF_NAME))
            else hidden(inner, masks)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [hidden(one, masks) for one in value]
    return value


@cache
def _plan(kind: type[Struct]) -> dict[str, Kind]:
    """Which fields of a struct can hold values of variables, or structs that can."""
    hints = get_type_hints(kind)
    found: dict[str, Kind] = {}
    for field in kind.__struct_fields__:
        parts = set(_parts(hints[field]))
        if Any in parts:
            found[field] = "values"
        elif any(isinstance(one, type) and issubclass(one, Struct) for one in parts):
            found[field] = "inside"
        elif any(not isinstance(one, type) and str(one).startswith("~") for one in parts):
            found[field] = "inside"  # the items of a page
    return found


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for one in get_args(hint):
        yield from _parts(one)


def _check_query(query: InstanceQuery, masks: Masks) -> None:
    for one in query.variables:
        for name in (one.name, *one.path):
            if masks.is_masked(name):
                raise Invalid(
                    f"query: 'var.{name}' is masked; nobody finds by it who may not see it"
                )
    for inner in (*query.any_of, *query.none_of):
        _check_query(inner, masks)


def _has_dots(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_dots(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(_has_dots(one) for one in value)
    if isinstance(value, Struct):
        return any(_has_dots(getattr(value, one)) for one in value.__struct_fields__)
    return bool(value == MASKED)


def _without_dots(value: Any, fill: Mapping[str, Any]) -> Any:
    """What was given without the dots that a form showed. Raises Invalid for dots further in."""
    if isinstance(value, Struct):
        changed = {one: _without_dots(getattr(value, one), fill) for one in value.__struct_fields__}
        return structs.replace(value, **changed)
    if isinstance(value, list | tuple):
        return type(value)(_without_dots(one, fill) for one in value)
    if not isinstance(value, Mapping):
        return value
    kept = {key: one for key, one in value.items() if one != MASKED}
    for name, one in kept.items():
        if _has_dots(one):
            raise Invalid(f"variable '{name}': a part of it is masked; give the whole value")
    return {**{key: fill[key] for key in value.keys() - kept.keys() if key in fill}, **kept}


def _former(engine: Engine, given: tuple[Any, ...]) -> dict[str, Any]:
    """What an instance was started with, to be run again."""
    found: dict[str, Any] = {}
    for entry in engine.history(int(given[0]), limit=50).items:
        if entry.kind == "variables" and isinstance(entry.detail, Mapping):
            for name, value in entry.detail.items():
                found.setdefault(name, value)
    return found
