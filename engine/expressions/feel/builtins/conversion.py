"""Conversion functions (DMN 1.5 §10.3.4.1), and JSON as Camunda 8 has it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from engine.expressions.feel.boundary import feel_to_plain, incoming
from engine.expressions.feel.builtins.register import NoResult, builtin
from engine.expressions.feel.numbers import Number, bounded, number_text, parse_number
from engine.expressions.feel.values import text_of

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


@builtin("number(from: string|number)")
def number(text: str | Number) -> Number:
    if not isinstance(text, str):
        return text
    if not _NUMBER.fullmatch(text):
        raise NoResult(f"'{text}' is no number")
    try:
        return parse_number(text)
    except ArithmeticError:
        raise NoResult(f"'{text}' is too large") from None


@builtin("number(from: string, grouping separator?: string|null, decimal separator?: string|null)")
def number_with_separators(
    text: str, grouping: str | None = None, point: str | None = None
) -> Number:
    if grouping not in {None, " ", ",", "."}:
        raise NoResult("'grouping separator' is none of ' ', ',' and '.'")
    if point not in {None, ",", "."}:
        raise NoResult("'decimal separator' is none of ',' and '.'")
    if grouping is not None and grouping == point:
        raise NoResult("'grouping separator' and 'decimal separator' are the same")
    if grouping:
        text = text.replace(grouping, "")
    if point and point != ".":
        if "." in text:
            raise NoResult(f"'{text}' has a point")
        text = text.replace(point, ".")
    return number(text)


@builtin("string(from)", is_deep=True)
def string(value: Any) -> str | None:
    return None if value is None else text_of(value)


@builtin("to json(value)", needs_run=True, is_deep=True)
def to_json(run: Any, value: Any) -> str:
    plain = feel_to_plain(value)
    text: str = run.text(_json(plain))
    return text


def _json(value: Any) -> str:
    """JSON with every digit of a number."""
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, list):
        return f"[{','.join(map(_json, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{json.dumps(k)}:{_json(v)}' for k, v in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


@builtin("from json(value: string)", needs_run=True)
def from_json(run: Any, text: str) -> Any:
    try:
        value = json.loads(text, parse_float=parse_number, parse_int=_whole, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise NoResult(f"the text is no JSON: {error}") from None
    run.spend(len(text) // 4)
    return incoming(value)


def _whole(text: str) -> Number:
    return bounded(int(text)) if len(text) < 1000 else parse_number(text)


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is no number")
