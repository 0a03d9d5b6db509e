"""XPath 1.0, the language that the standard declares where nobody else is named (BPMN 2.0.2
§10.4.3), for files that mean it: `getDataObject('order')/total > 100`, `$order/total`, or just
`order/total`.

Data is read through the standard's functions or as variables; a document's entries are elements,
a list's items elements of one name. No other document can be reached.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import elementpath

from engine.expressions import ExpressionError

__all__ = ["XPath", "compile_xpath"]

_LONGEST = 5_000
_MOST = 20_000
"""Elements that the data of one evaluation may become."""
_READER = re.compile(
    r"(?:[A-Za-z_][\w.-]*:)?get(?:DataObject|DataInput|DataOutput|ProcessProperty|ActivityProperty)"
    r"\(\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)"
)
_VARIABLE = re.compile(r"\$([A-Za-z_][\w.-]*)")
_TOKEN = re.compile(
    r"'[^']*'|\"[^\"]*\"|(?P<first>[A-Za-z_][\w.-]*+)(?!\s*[(:])|[$/@:.]\s*[A-Za-z_][\w.-]*"
    r"|[A-Za-z_][\w.-]*|.",
    re.DOTALL,
)
_OPERATORS = frozenset({"and", "or", "div", "mod"})
_NAME = re.compile(r"[A-Za-z_][\w.-]*")


class XPath:
    """A compiled expression. Immutable."""

    __slots__ = ("_source", "_variables", "names", "text")

    def __init__(self, text: str, source: str, variables: Mapping[str, str]) -> None:
        self.text = text
        self._source = source
        self._variables = variables
        """Names of process variables by those in the source."""
        self.names = frozenset(variables.values())

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        """Its value: a boolean, a number, a text; of nodes their texts, null where there is none.
        Raises ExpressionError."""
        left = [_MOST]
        given = {
            own: _given(variables.get(name), name, left) for own, name in self._variables.items()
        }
        root = ET.Element("data")
        try:
            parser = elementpath.XPath1Parser()
            token = parser.parse(self._source)
            context = elementpath.XPathContext(root, variables=given)
            return _result(token.get_results(context))
        except (elementpath.ElementPathError, RecursionError) as error:
            raise ExpressionError(f"XPath '{self.text}': {error}") from None


def compile_xpath(text: str) -> XPath:
    """The compiled expression. Raises ExpressionError where it cannot be read."""
    if len(text) > _LONGEST:
        raise ExpressionError(f"XPath: longer than {_LONGEST:,} characters; let a script do it")
    variables: dict[str, str] = {}

    def read(found: re.Match[str]) -> str:
        own = f"data{len(variables)}"
        variables[own] = found[1] if found[1] is not None else found[2]
        return f"${own}"

    source = _named(_READER.sub(read, text))
    for name in _VARIABLE.findall(source):
        variables.setdefault(name, name)
    try:
        elementpath.XPath1Parser().parse(source)
    except (elementpath.ElementPathError, RecursionError) as error:
        raise ExpressionError(f"XPath '{text}': {error}") from None
    return XPath(text, source, variables)


def _named(text: str) -> str:
    """A path that begins with a name begins with the variable of that name: there is no document
    around the data that it could be a part of."""
    depth, pieces = 0, []
    for found in _TOKEN.finditer(text):
        piece, first = found[0], found["first"]
        depth += (piece == "[") - (piece == "]")
        pieces.append(f"${first}" if first and not depth and first not in _OPERATORS else piece)
    return "".join(pieces)


def _given(value: Any, name: str, left: list[int]) -> Any:
    """A value as XPath has it: nothing is an empty sequence, a document an element."""
    if value is None:
        return []
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | Decimal | float):
        return float(value)
    if isinstance(value, Mapping):
        return _element(name, value, left)
    if isinstance(value, list):
        return [_element(name, item, left) for item in value]
    return str(value)


def _element(name: str, value: Any, left: list[int]) -> ET.Element:
    left[0] -= 1
    if left[0] < 0:
        raise ExpressionError(f"XPath: the data has more than {_MOST:,} parts; let a script do it")
    element = ET.Element(name if _NAME.fullmatch(name) else "item")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            for item in inner if isinstance(inner, list) else (inner,):
                element.append(_element(str(key), item, left))
    elif isinstance(value, list):
        for item in value:
            element.append(_element("item", item, left))
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = str(value)
    return element


def _result(found: Any) -> Any:
    if isinstance(found, float):
        if math.isnan(found) or math.isinf(found):
            return None
        return int(found) if found.is_integer() else Decimal(repr(found))
    if not isinstance(found, list):
        return found
    texts = [_text(one) for one in found]
    return texts[0] if len(texts) == 1 else texts or None


def _text(node: Any) -> Any:
    if isinstance(node, ET.Element):
        return "".join(node.itertext())
    return _result(node) if isinstance(node, float) else node
