"""What the `prepare` hooks of behaviours use: the texts of a model, compiled, once a definition."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, TypeVar

import bpmn.model as m
from bpmn.dialects import (
    Code,
    Dialect,
    Settings,
    code_of,
    gives_a_time,
    settings_of,
)
from bpmn.graph import ProcessGraph
from engine.behaviour import behaviour_of
from engine.data import VariableMapping, names_by_id
from engine.expressions import Expression, ExpressionError, Literal, compile_code
from engine.program import Node, Part, Problem

E = TypeVar("E", bound=m.BaseElement)


class Compiler:
    """What `prepare` hooks use: looks things up, compiles, and collects what is wrong."""

    def __init__(self, graph: ProcessGraph, dialect: Dialect) -> None:
        self.graph = graph
        self.dialect = dialect
        self.problems: list[Problem] = []
        self.calls: dict[str, list[str]] = {}
        """Ids of the elements whose expressions call a function, by its name."""

    @functools.cached_property
    def default_priority(self) -> Code | None:
        """Of the jobs whose element does not say: the process's."""
        return self.settings(self.graph.process).priority

    @functools.cached_property
    def data_names(self) -> dict[str, str]:
        """The variable behind each item-aware element of the process, by the element's id."""
        return names_by_id(self)

    def problem(self, element: m.BaseElement, message: str, remedy: str = "") -> None:
        """Say that `element` cannot be executed."""
        self.problems.append(
            Problem(line=element.line, element=element.id, message=message, remedy=remedy)
        )

    def settings(self, element: m.BaseElement) -> Settings:
        """What the vendor's extensions of an element say, in neutral terms."""
        return settings_of(element, self.dialect)

    def code(self, code: Code | None, element: m.BaseElement) -> Expression | None:
        """A vendor's expression, compiled; None when there is none or it cannot be read."""
        if code is None:
            return None
        try:
            compiled = compile_code(code)
            for name in getattr(compiled, "calls", ()):
                self.calls.setdefault(name, []).append(element.id)
            return compiled
        except ExpressionError as error:
            self.problem(element, f"{code.text!r}: {error}")
            return None

    def expression(
        self, expression: m.Expression | None, element: m.BaseElement
    ) -> Expression | None:
        """An expression of BPMN's own, compiled; None when there is none or it cannot be read."""
        if expression is None or not expression.text.strip():
            return None
        code = code_of(expression, self.dialect, self.graph.definitions)
        if code is not None and code.language == "feel" and not self._is_feel_meant(expression):
            found = self._lenient(code)
            if found is not None:
                return found
        return self.code(code, element)

    def _is_feel_meant(self, expression: m.Expression) -> bool:
        """Whether the model says, by language, mark or dialect, that a text is FEEL."""
        is_stated = bool(getattr(expression, "language", ""))
        return is_stated or self.dialect.name != "plain" or expression.text.lstrip().startswith("=")

    def _lenient(self, code: Code) -> Expression | None:
        """A text that says no language and is not FEEL, such as `n == 1 && ok`, read as the
        expression language it looks like; None where it is FEEL, or neither."""
        for language, text in (("feel", code.text), ("juel", f"${{{code.text}}}")):
            try:
                return compile_code(Code(language, text))
            except ExpressionError:
                continue
        return None

    def value(self, expression: m.Expression | None, element: m.BaseElement) -> Expression | None:
        """An expression where a plain text may stand for itself, as of people."""
        if expression is None:
            return None
        text = expression.text.strip()
        if not text:
            return None
        is_stated = bool(getattr(expression, "language", None))
        if not (is_stated or text.startswith(("=", "${", "#{"))):
            return self.code(Code("literal", text), element)
        return self.expression(expression, element)

    def time(self, expression: m.Expression | None, element: m.BaseElement) -> Expression | None:
        """When a timer is due: a time that is written out, or an expression that gives it."""
        if expression is None or not (text := expression.text.strip()):
            return None
        if not gives_a_time(expression, self.dialect, self.graph.definitions):
            return self.code(Code("literal", text), element)
        is_marked = bool(getattr(expression, "language", None)) or text.startswith("=")
        if not is_marked and ("${" in text or "#{" in text):
            return self.code(Code("juel", text), element)
        return self.expression(expression, element)

    def named(self, text: str, element: m.BaseElement) -> Expression:
        """A name that a dialect may write as an expression."""
        language = "literal"
        if text.startswith("="):
            language, text = "feel", text[1:]
        elif text.startswith(("${", "#{")):
            language = "juel"
        return self.code(Code(language, text), element) or Literal(text)

    def root(self, ref: str | None, kind: type[E]) -> E | None:
        """The root element that a reference names, if it is of that kind."""
        found = self.graph.roots.get(ref or "")
        return found if isinstance(found, kind) else None

    def part(self, definition: m.EventDefinition, node: Node[Any], index: int = 0) -> Part[Any]:
        """An event definition with its behaviour, prepared."""
        behaviour = behaviour_of(definition)
        part: Part[Any] = Part(definition, behaviour, index, self.settings(definition))
        part.plan = behaviour.prepare(self, part, node)
        part.code = behaviour.code(part)
        return part

    def mappings(
        self, mappings: Iterable[Any], element: m.BaseElement
    ) -> tuple[VariableMapping, ...]:
        """Compiled variable mappings; targets may be paths, `order.id`."""
        return tuple(
            VariableMapping(source, tuple(mapping.target.split(".")))
            for mapping in mappings
            if (source := self.code(mapping.source, element))
        )
