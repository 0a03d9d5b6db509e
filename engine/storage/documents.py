"""Comparing what stands in a column of JSON text with a value that is asked for."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from engine.views import VariableFilter

SQLITE_TYPES = {
    bool: ("true", "false"),
    str: ("text",),
    int: ("integer", "real"),
    type(None): ("null",),
}
POSTGRESQL_TYPES = {
    bool: ("boolean",),
    str: ("string",),
    int: ("number",),
    type(None): ("null",),
}
"""The names of JSON's types, by a Python type that stands for them."""
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compared(
    asked: VariableFilter,
    kind: sa.ColumnElement[Any],
    value: sa.ColumnElement[Any],
    types: Mapping[type, tuple[str, ...]],
) -> sa.ColumnElement[bool]:
    """A comparison that holds only between values of one JSON type."""
    given = asked.value
    if asked.operator == "exists":
        return kind.is_not(None) if given is not False else kind.is_(None)
    if asked.operator == "like":
        pattern = sa.func.lower(str(given).replace("*", "%"))
        return kind.in_(types[str]) & sa.func.lower(value).like(pattern)
    if given is None or isinstance(given, bool):
        wanted = types[type(given)]
        same: sa.ColumnElement[bool]
        if given is None:
            same = kind.in_(wanted)
        elif len(wanted) == 2:  # the type alone tells
            same = kind == wanted[0 if given else 1]
        else:
            same = kind.in_(wanted) & (value == str(given).lower())
        return sa.func.coalesce(same, sa.false()) if asked.operator == "=" else ~same
    if isinstance(given, Decimal):
        given = float(given)
    alike = kind.in_(types[str if isinstance(given, str) else int])
    found: sa.ColumnElement[bool] = _COMPARISONS[asked.operator](value, given)
    return alike & found
