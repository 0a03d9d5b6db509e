"""Reads the cases of the DMN test kit and tells whether a result is the expected one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from engine.expressions.feel.boundary import incoming
from engine.expressions.feel.numbers import is_number
from engine.expressions.feel.temporal_text import (
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
)
from engine.expressions.feel.values import Range, same, text_of

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One expected result."""

    level: str
    folder: str
    model: Path
    id: str
    kind: str
    invocable: str
    node: str
    inputs: dict[str, Any]
    expected: Any
    has_no_value: bool
    """Null or an error is expected."""

    def __str__(self) -> str:
        return f"{self.folder} {self.id} {self.node}"


def cases_of(root: Path) -> Iterator[Case]:
    """All cases below a folder of levels."""
    for file in sorted(root.glob("*/*/*.xml")):
        tree = etree.parse(file).getroot()
        if local(tree) != "testCases":
            continue
        model = file.parent / (child_text(tree, "modelName") or "").strip()
        for case in children(tree, "testCase"):
            inputs = {node.get("name"): value_of(node) for node in children(case, "inputNode")}
            for result in children(case, "resultNode"):
                expected_node = next(children(result, "expected"), None)
                expected = None if expected_node is None else value_of(expected_node)
                yield Case(
                    level=file.parent.parent.name,
                    folder=file.parent.name,
                    model=model,
                    id=case.get("id") or "",
                    kind=case.get("type") or result.get("type") or "decision",
                    invocable=case.get("invocableName") or "",
                    node=result.get("name") or "",
                    inputs=inputs,
                    expected=expected,
                    has_no_value=expected is None,
                )


def local(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if local(child) == name)


def child_text(element: Any, name: str) -> str | None:
    found = next(children(element, name), None)
    return None if found is None else found.text


def value_of(element: Any) -> Any:
    """The FEEL value that a node of a test describes."""
    if element.get(f"{XSI}nil") == "true":
        return None
    components = list(children(element, "component"))
    if components:
        return {component.get("name"): value_of(component) for component in components}
    items = next(children(element, "list"), None)
    if items is not None:
        if items.get(f"{XSI}nil") == "true":
            return None
        return [value_of(item) for item in children(items, "item")]
    value = next(children(element, "value"), None)
    return None if value is None else simple(value)


def simple(value: Any) -> Any:
    if value.get(f"{XSI}nil") == "true":
        return None
    text = value.text or ""
    match (value.get(f"{XSI}type") or "string").rpartition(":")[2]:
        case "boolean":
            return text.strip() == "true"
        case "decimal" | "double" | "integer" | "int" | "float" | "long":
            return Decimal(text.strip())
        case "date":
            return parse_date(text.strip())
        case "time":
            return parse_time(text.strip())
        case "dateTime":
            return parse_datetime(text.strip())
        case "duration":
            return parse_duration(text.strip())
    return text


def is_expected(actual: Any, expected: Any) -> bool:
    """Equality as the kit wants it: numbers within a tolerance, everything else exactly."""
    return _is_expected(incoming(actual), expected)


def _is_expected(actual: Any, expected: Any) -> bool:
    if expected is None or actual is None:
        return actual is expected
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(map(_is_expected, actual, expected))
        )
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and actual.keys() == expected.keys()
            and all(_is_expected(actual[name], value) for name, value in expected.items())
        )
    if is_number(expected) and is_number(actual):
        scale = max(abs(Decimal(expected)), Decimal(1))
        return abs(Decimal(actual) - Decimal(expected)) <= TOLERANCE * scale
    if isinstance(expected, str) and isinstance(actual, Range):
        return text_of(actual) == expected
    return same(actual, expected)
