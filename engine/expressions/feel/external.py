"""External functions (DMN 1.5 §10.3.2.13.3): Java methods by name, answered by Python callables."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.expressions.feel.boundary import incoming, outgoing
from engine.expressions.feel.numbers import is_number

_SIGNATURE = re.compile(r"\s*([A-Za-z_$][\w$]*)\s*\(([^)]*)\)\s*")

Externals = Mapping[str, Callable[..., Any]]
"""Python callables by `class.method`, for example `com.example.Rates.of`."""

_WIDE = re.compile(r"%[^A-Za-z%]*(?:[0-9]{4}|\*)")


def _format(text: str, values: list[Any]) -> str:
    """Java's `%` directives that Python has too; widths stay within three digits."""
    if _WIDE.search(text):
        raise ValueError(f"the width in '{text}' is too large")
    return text % tuple(values)


_MATH: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "atan2": math.atan2,
    "cbrt": math.cbrt,
    "ceil": lambda x: float(math.ceil(x)),
    "cos": math.cos,
    "exp": math.exp,
    "floor": lambda x: float(math.floor(x)),
    "hypot": math.hypot,
    "log": math.log,
    "log10": math.log10,
    "max": max,
    "min": min,
    "pow": math.pow,
    "round": lambda x: math.floor(x + 0.5),
    "signum": lambda x: math.copysign(1.0, x) if x else 0.0,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
    "toDegrees": math.degrees,
    "toRadians": math.radians,
}
STANDARD: Externals = {
    **{f"java.lang.Math.{name}": function for name, function in _MATH.items()},
    "java.lang.Integer.valueOf": int,
    "java.lang.Integer.parseInt": int,
    "java.lang.Long.valueOf": int,
    "java.lang.Long.parseLong": int,
    "java.lang.Float.valueOf": float,
    "java.lang.Double.valueOf": float,
    "java.lang.Double.parseDouble": float,
    "java.lang.String.valueOf": str,
    "java.lang.String.format": _format,
}
"""What is there without anybody registering it."""


@dataclass(frozen=True, slots=True)
class External:
    """A method with the Java types of its parameters."""

    name: str
    types: tuple[str, ...]
    function: Callable[..., Any]

    def __call__(self, arguments: list[Any]) -> Any:
        """The FEEL value of the result. Raises TypeError or ValueError for wrong arguments."""
        if len(arguments) != len(self.types):
            raise TypeError(f"it takes {len(self.types)} arguments, not {len(arguments)}")
        converted = map(_to_java, arguments, self.types)
        return incoming(self.function(*converted))


def _to_java(value: Any, type: str) -> Any:
    """The argument as the parameter's Java type would have it."""
    match type.rpartition(".")[2]:
        case "int" | "long" | "short" | "byte" | "Integer" | "Long" | "Short" | "Byte":
            if not is_number(value) or value != int(value):
                raise TypeError(f"a {type} is wanted")
            return int(value)
        case "double" | "float" | "Double" | "Float":
            if not is_number(value):
                raise TypeError(f"a {type} is wanted")
            return float(value)
        case "String":
            if not isinstance(value, str):
                raise TypeError(f"a {type} is wanted")
            return value
        case "boolean" | "Boolean":
            if not isinstance(value, bool):
                raise TypeError(f"a {type} is wanted")
            return value
    return outgoing(value)


def find(mapping: Any, externals: Externals) -> External | str:
    """The method that a mapping names, or why there is none.

    As FEEL writes it that is `{java: {class: ..., method signature: ...}}`; a boxed function of
    kind Java has the inner context alone (§10.2.1.7).
    """
    java = mapping.get("java", mapping) if isinstance(mapping, dict) else None
    if not isinstance(java, dict) or "class" not in java:
        return "only 'java' methods can be called, and only where Python answers for them"
    owner, signature = java.get("class"), java.get("method signature")
    match = _SIGNATURE.fullmatch(signature) if isinstance(signature, str) else None
    if not isinstance(owner, str) or match is None:
        return "it needs a 'class' and a 'method signature' such as 'cos(double)'"
    name = f"{owner}.{match[1]}"
    function = externals.get(name) or STANDARD.get(name)
    if function is None:
        return f"nobody answers for '{name}'; register a Python callable under this name"
    types = tuple(part.strip() for part in match[2].split(",") if part.strip())
    return External(name, types, function)
