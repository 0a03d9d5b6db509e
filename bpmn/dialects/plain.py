"""BPMN without a vendor: the standard's own words and our extensions, with FEEL for expressions.

The standard's default language is XPath 1.0 (§8.2.1). Nearly every file says so and nearly none
means it, so `expressionLanguage` counts only where it names something else.
"""

from __future__ import annotations

from typing import Any

from bpmn.dialects.dialect import Dialect
from bpmn.model import BaseElement

__all__ = ["PLAIN"]


def _translate(element: BaseElement) -> dict[str, Any]:  # noqa: ARG001  (of every dialect)
    return {}


PLAIN = Dialect(
    name="plain",
    title="BPMN 2.0",
    namespaces={},
    translate=_translate,
    expression_language="feel",
)
