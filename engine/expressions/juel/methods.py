"""The methods of texts, numbers, lists and documents that JUEL expressions may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any, NamedTuple

from engine.expressions.juel.context import Context
from engine.expressions.juel.operators import BINARY, negative
from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import (
    EXACT,
    checked,
    compare,
    is_equal,
    kind_of,
    shown,
    sized,
    to_number,
    to_text,
)

__all__ = ["DOCUMENTS", "EVERY", "LISTS", "NUMBERS", "TEXTS", "Method", "Table", "integer"]


class Method(NamedTuple):
    """A method: how many arguments it takes, and what it does with them."""

    least: int
    most: int
    function: Callable[..., Any]
    """Of the context, the value, and the arguments."""


Table = Mapping[str, Method]


def integer(value: Any) -> int:
    """A whole number. Raises Problem."""
    number = to_number(value)
    whole = int(number)
    if whole != number:
        raise Problem(f"{shown(value)} is no whole number; round it first")
    return whole


def _position(text: str | list[Any], index: Any, *, is_end: bool = False) -> int:
    at = integer(index)
    if not 0 <= at < len(text) + is_end:
        raise Problem(f"there is no position {at} in {len(text)} of them; count from 0")
    return at


# Of every value


def _same(_: Context, value: Any, other: Any) -> bool:
    """Java's `equals`: nothing is converted, but a number is a number whatever its class."""
    return kind_of(value) == kind_of(other) and is_equal(value, other)


EVERY: dict[str, Method] = {
    "equals": Method(1, 1, _same),
    "compareTo": Method(1, 1, lambda _, value, other: compare(value, other)),
    "toString": Method(0, 0, lambda _, value: to_text(value)),
}

# Of texts


def _substring(_: Context, text: str, start: Any, end: Any = None) -> str:
    first = _position(text, start, is_end=True)
    last = len(text) if end is None else _position(text, end, is_end=True)
    if last < first:
        raise Problem(f"substring({first}, {last}) ends before it begins; exchange them")
    return text[first:last]


def _replace(context: Context, text: str, old: Any, new: Any) -> str:
    before, after = to_text(old), to_text(new)
    context.charge(len(text))
    count = text.count(before)
    context.charge(count * len(after))
    if len(text) + count * (len(after) - len(before)) > 2 * len(text) + 1_000_000:
        raise Problem("the text grows too large; replace less")
    return sized(text.replace(before, after))


def _repeat(context: Context, text: str, count: Any) -> str:
    times = integer(count)
    if times < 0:
        raise Problem(f"a text cannot be repeated {times} times")
    context.charge(len(text) * times)
    return sized(text * times)


def _split(context: Context, text: str, separator: Any) -> list[str]:
    """Java's separators are regular expressions; only those that mean themselves are taken."""
    written = to_text(separator)
    plain = written[1:] if len(written) == 2 and written[0] == "\\" else written
    if plain == written and any(c in ".$|()[{^?*+\\" for c in written):
        raise _no_pattern(written)
    context.charge(len(text))
    if not plain:
        return list(text)
    found = text.split(plain)
    while len(found) > 1 and not found[-1]:
        found.pop()
    return found


def _no_pattern(written: Any) -> Problem:
    return Problem(
        f"regular expressions such as '{to_text(written)[:40]}' do not run here; use contains, "
        "startsWith, endsWith or indexOf, or FEEL's matches()"
    )


def _refuse_pattern(_: Context, _text: str, pattern: Any, *_rest: Any) -> Any:
    raise _no_pattern(pattern)


def _find(context: Context, text: str, wanted: Any, start: Any = 0) -> int:
    context.charge(len(text))
    return text.find(to_text(wanted), max(0, integer(start)))


def _walk(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method that walks over the whole text or list."""

    def method(context: Context, value: Any, *arguments: Any) -> Any:
        context.charge(len(value))
        return function(value, *arguments)

    return method


TEXTS: dict[str, Method] = {
    "length": Method(0, 0, lambda _, text: len(text)),
    "isEmpty": Method(0, 0, lambda _, text: not text),
    "isBlank": Method(0, 0, _walk(lambda text: not text.strip())),
    "charAt": Method(1, 1, lambda _, text, index: text[_position(text, index)]),
    "contains": Method(1, 1, _walk(lambda text, part: to_text(part) in text)),
    "startsWith": Method(1, 1, _walk(lambda text, part: text.startswith(to_text(part)))),
    "endsWith": Method(1, 1, _walk(lambda text, part: text.endswith(to_text(part)))),
    "indexOf": Method(1, 2, _find),
    "lastIndexOf": Method(1, 1, _walk(lambda text, part: text.rfind(to_text(part)))),
    "substring": Method(1, 2, _substring),
    "toUpperCase": Method(0, 0, _walk(lambda text: sized(text.upper()))),
    "toLowerCase": Method(0, 0, _walk(lambda text: sized(text.lower()))),
    "trim": Method(0, 0, _walk(lambda text: text.strip())),
    "strip": Method(0, 0, _walk(lambda text: text.strip())),
    "concat": Method(1, 1, _walk(lambda text, other: sized(text + to_text(other)))),
    "replace": Method(2, 2, _replace),
    "repeat": Method(1, 1, _repeat),
    "split": Method(1, 1, _split),
    "matches": Method(1, 1, _refuse_pattern),
    "replaceAll": Method(2, 2, _refuse_pattern),
    "replaceFirst": Method(2, 2, _refuse_pattern),
    "equalsIgnoreCase": Method(
        1, 1, _walk(lambda text, other: text.casefold() == to_text(other).casefold())
    ),
    "compareToIgnoreCase": Method(
        1, 1, _walk(lambda text, other: compare(text.casefold(), to_text(other).casefold()))
    ),
}

# Of numbers


def _arithmetic(operator: str) -> Method:
    function = BINARY[operator]
    return Method(1, 1, lambda _, value, other: function(value, other))


def _scaled(_: Context, value: Any, digits: Any, _mode: Any = None) -> Decimal:
    places = integer(digits)
    if not 0 <= places <= 30:
        raise Problem(f"a number cannot be rounded to {places} digits; 0 to 30 would do")
    try:
        return EXACT.quantize(Decimal(value), Decimal(1).scaleb(-places))
    except DecimalException:
        raise Problem(f"{shown(value)} is too large to be rounded") from None


def _whole(_: Context, value: Any) -> int | Decimal:
    return checked(int(value))


def _rounded(_: Context, value: Any) -> int | Decimal:
    return checked(int(Decimal(value).to_integral_value(ROUND_HALF_UP)))


def _magnitude(_: Context, value: Any) -> int | Decimal:
    return abs(value) if type(value) is int else EXACT.abs(value)


_SAME = Method(0, 0, lambda _, value: value)

NUMBERS: dict[str, Method] = {
    "intValue": Method(0, 0, _whole),
    "longValue": Method(0, 0, _whole),
    "shortValue": Method(0, 0, _whole),
    "doubleValue": _SAME,
    "floatValue": _SAME,
    "add": _arithmetic("+"),
    "subtract": _arithmetic("-"),
    "multiply": _arithmetic("*"),
    "divide": _arithmetic("/"),
    "remainder": _arithmetic("%"),
    "mod": _arithmetic("%"),
    "negate": Method(0, 0, lambda _, value: negative(value)),
    "abs": Method(0, 0, _magnitude),
    "signum": Method(0, 0, lambda _, value: (value > 0) - (value < 0)),
    "setScale": Method(1, 2, _scaled),
    "round": Method(0, 0, _rounded),
    "toPlainString": Method(0, 0, lambda _, value: to_text(value)),
}

# Of lists


def _item(_: Context, items: list[Any], index: Any) -> Any:
    return items[_position(items, index)]


def _index_of(context: Context, items: list[Any], wanted: Any) -> int:
    context.charge(len(items))
    return next((i for i, item in enumerate(items) if _same(context, item, wanted)), -1)


def _last_index_of(context: Context, items: list[Any], wanted: Any) -> int:
    context.charge(len(items))
    last = len(items) - 1
    backwards = enumerate(reversed(items))
    return next((last - i for i, item in backwards if _same(context, item, wanted)), -1)


def _contains_all(context: Context, items: list[Any], others: Any) -> bool:
    if not isinstance(others, list):
        raise Problem(f"{shown(others)} is no list; give one to containsAll")
    return all(_index_of(context, items, other) >= 0 for other in others)


def _sub_list(context: Context, items: list[Any], start: Any, end: Any) -> list[Any]:
    first = _position(items, start, is_end=True)
    last = _position(items, end, is_end=True)
    context.charge(last - first if last > first else 0)
    return items[first:last]


LISTS: dict[str, Method] = {
    "size": Method(0, 0, lambda _, items: len(items)),
    "isEmpty": Method(0, 0, lambda _, items: not items),
    "get": Method(1, 1, _item),
    "contains": Method(1, 1, lambda context, items, one: _index_of(context, items, one) >= 0),
    "containsAll": Method(1, 1, _contains_all),
    "indexOf": Method(1, 1, _index_of),
    "lastIndexOf": Method(1, 1, _last_index_of),
    "subList": Method(2, 2, _sub_list),
    "getFirst": Method(0, 0, lambda context, items: _item(context, items, 0)),
    "getLast": Method(0, 0, lambda context, items: _item(context, items, len(items) - 1)),
}

# Of documents


def _values(context: Context, document: Mapping[str, Any]) -> list[Any]:
    context.charge(len(document))
    return list(document.values())


def _property(_: Context, document: Mapping[str, Any], name: Any) -> Any:
    """Spin's `prop`: one that must be there."""
    key = to_text(name)
    if key not in document:
        raise Problem(f"the document has no '{key}'; test it with hasProp first")
    return document[key]


DOCUMENTS: dict[str, Method] = {
    "size": Method(0, 0, lambda _, document: len(document)),
    "isEmpty": Method(0, 0, lambda _, document: not document),
    "get": Method(1, 1, lambda _, document, name: document.get(to_text(name))),
    "getOrDefault": Method(
        2, 2, lambda _, document, name, other: document.get(to_text(name), other)
    ),
    "containsKey": Method(1, 1, lambda _, document, name: to_text(name) in document),
    "containsValue": Method(
        1,
        1,
        lambda context, document, one: _index_of(context, _values(context, document), one) >= 0,
    ),
    "keySet": Method(0, 0, _walk(lambda document: list(document))),
    "values": Method(0, 0, _values),
    "hasProp": Method(1, 1, lambda _, document, name: to_text(name) in document),
    "prop": Method(1, 1, _property),
    "fieldNames": Method(0, 0, _walk(lambda document: list(document))),
}


def _typed(kind: str) -> Method:
    """Spin's readers of one value: `stringValue` and its like."""

    def method(_: Context, value: Any) -> Any:
        if kind_of(value) != kind:
            raise Problem(f"{shown(value)} is not {kind}; read it as what it is")
        return value

    return Method(0, 0, method)


_SPIN = {
    "value": _SAME,
    "stringValue": _typed("a text"),
    "numberValue": _typed("a number"),
    "boolValue": _typed("a boolean"),
    "elements": _typed("a list"),
    "isNull": Method(0, 0, lambda _, value: value is None),
    "isArray": Method(0, 0, lambda _, value: isinstance(value, list)),
    "isObject": Method(0, 0, lambda _, value: isinstance(value, Mapping)),
}
EVERY.update(_SPIN)
