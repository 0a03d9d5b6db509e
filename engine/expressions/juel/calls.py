"""How names, properties and calls find what they mean: by tables, never by Python's attributes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import isodate

from engine.errors import BpmnError, EngineError
from engine.expressions.execution import Execution
from engine.expressions.juel.accessors import EXECUTION, TASK, Task, fact_of
from engine.expressions.juel.context import Context
from engine.expressions.juel.methods import DOCUMENTS, EVERY, LISTS, NUMBERS, TEXTS, Method, Table
from engine.expressions.juel.moments import MOMENTS, PROPERTIES
from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import kind_of, to_number, to_text
from engine.values import normalise

__all__ = ["bean_result", "called", "element_of", "method_result", "property_of", "result"]

_NONE: Table = {}


def _table(value: Any) -> Table:
    if isinstance(value, str):
        return TEXTS
    if isinstance(value, bool):
        return _NONE
    if isinstance(value, int | Decimal):
        return NUMBERS
    if isinstance(value, list):
        return LISTS
    if isinstance(value, Mapping):
        return DOCUMENTS
    if isinstance(value, date | time | timedelta | isodate.Duration):
        return MOMENTS
    if isinstance(value, Execution):
        return EXECUTION
    return TASK if isinstance(value, Task) else _NONE


def property_of(value: Any, name: str) -> Any:
    """`value.name`; of null, and of what a document lacks, it is null (EL 3.0 §1.5)."""
    if isinstance(value, Mapping):
        return value.get(name)
    if value is None:
        return None
    if isinstance(value, Execution | Task):
        return fact_of(value, name)
    if name in PROPERTIES and isinstance(value, date | time):
        return PROPERTIES[name](value)
    if name in ("empty", "blank") and isinstance(value, str):
        return not (value if name == "empty" else value.strip())
    if name == "empty" and isinstance(value, list):
        return not value
    raise Problem(
        f"{kind_of(value)} has no '{name}'; it has the methods "
        f"{', '.join(f'{one}()' for one in sorted(_table(value)))}"
    )


def element_of(value: Any, key: Any) -> Any:
    """`value[key]`; null where there is none."""
    if isinstance(value, list):
        index = to_number(key)
        is_there = index == int(index) and 0 <= index < len(value)
        return value[int(index)] if is_there else None
    if value is None or key is None:
        return None
    return property_of(value, to_text(key))


def method_result(context: Context, value: Any, name: str, arguments: list[Any]) -> Any:
    """`value.name(arguments)`."""
    table = _table(value)
    method = table.get(name) or (EVERY.get(name) if value is not None else None)
    if method is None:
        if isinstance(value, Mapping) and not arguments and (found := _getter(value, name)):
            return value[found]
        if value is None:
            raise Problem(f"{name}() of null; test that it is not empty first")
        known = ", ".join(sorted({*table, *EVERY}))
        raise Problem(f"{kind_of(value)} has no method '{name}'; it has {known}")
    return called(context, name, method, [value, *arguments], taken=1)


def _getter(document: Mapping[str, Any], method: str) -> str | None:
    """The entry that a Java object of this shape would have under a getter: `getName`, `isOpen`."""
    for prefix in ("get", "is"):
        rest = method.removeprefix(prefix)
        if rest != method and rest and (name := rest[0].lower() + rest[1:]) in document:
            return name
    return None


def called(
    context: Context, name: str, method: Method, arguments: list[Any], taken: int = 0
) -> Any:
    """The result of a function of ours. Raises Problem for a wrong number of arguments."""
    given = len(arguments) - taken
    if not method.least <= given <= method.most:
        wanted = (
            str(method.least) if method.least == method.most else f"{method.least} to {method.most}"
        )
        raise Problem(f"{name}() was given {given} arguments; it takes {wanted}")
    return method.function(context, *arguments)


def bean_result(context: Context, name: str, arguments: list[Any]) -> Any:
    """The result of a registered Python function, as data."""
    try:
        result = context.beans[name](*arguments)
    except (BpmnError, EngineError):
        raise
    except Exception as error:
        raise Problem(f"'{name}' failed with {type(error).__name__}: {error}") from error
    try:
        return normalise(result, f"the result of '{name}'")
    except EngineError as error:
        raise Problem(str(error)) from None


def result(value: Any) -> Any:
    """What leaves an expression. Raises Problem unless it is data."""
    if isinstance(value, Execution | Task):
        which = "execution" if isinstance(value, Execution) else "task"
        raise Problem(f"'{which}' itself is no value; name one of its properties")
    return value
