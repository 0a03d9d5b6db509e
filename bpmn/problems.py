"""What a document can have wrong and still be read; one method a kind of problem."""

from __future__ import annotations

from typing import Literal

from bpmn.model import ReadProblem

__all__ = ["Problems"]

_MOST = 1_000
"""More than anybody reads; a hostile document gets no longer answer."""


class Problems:
    """Collects them in the order in which they are met."""

    def __init__(self) -> None:
        self.found: list[ReadProblem] = []

    def misplaced(self, element: str, parent: str, name: str, line: int) -> None:
        """An element of the vocabulary where the schema has no place for it, or a misspelt one."""
        self._add(
            line, element, f"'{name}' cannot stand in '{parent}'", "correct its name or its place"
        )

    def without_namespace(self, element: str, parent: str, name: str, line: int) -> None:
        """An element that is neither of the vocabulary nor anybody's extension."""
        self._add(
            line,
            element,
            f"'{name}' in '{parent}' has no namespace and is not read",
            "give it the prefix of BPMN, or of its extension",
        )

    def foreign(self, element: str, parent: str, name: str, line: int) -> None:
        """An element of somebody else's vocabulary beside those of the schema."""
        self._add(
            line,
            element,
            f"'{name}' of another vocabulary stands directly in '{parent}'",
            "put it into 'extensionElements'",
            "warning",
        )

    def repeated(self, element: str, parent: str, name: str, line: int) -> None:
        """A second one of what there can be one of."""
        self._add(
            line,
            element,
            f"'{name}' stands a second time in '{parent}'; only the first is read",
            "keep one of them",
        )

    def wrong_type(self, element: str, name: str, type: str, wanted: str, line: int) -> None:
        """An `xsi:type` that the schema does not allow there."""
        self._add(
            line, element, f"xsi:type '{type}' cannot stand at '{name}'", f"'{wanted}' would do"
        )

    def no_type(self, element: str, name: str, cls: str, line: int) -> None:
        """An abstract element without `xsi:type`."""
        self._add(
            line,
            element,
            f"'{name}' does not say which kind of '{cls}' it is",
            "give it an xsi:type",
        )

    def missing_attribute(self, element: str, name: str, attribute: str, line: int) -> None:
        """A required attribute is not there."""
        self._add(
            line, element, f"'{name}' lacks '{attribute}'", f"add the attribute '{attribute}'"
        )

    def unreadable(
        self, element: str, attribute: str, value: str, expected: str, line: int
    ) -> None:
        """A value of the wrong form."""
        self._add(
            line, element, f"'{attribute}' of '{element}' is '{value}'", f"{expected} would do"
        )

    def unknown_attribute(self, element: str, name: str, attribute: str, line: int) -> None:
        """An attribute that is neither of the vocabulary nor anybody's extension."""
        self._add(
            line,
            element,
            f"'{name}' has no attribute '{attribute}'; it is not read",
            "correct its name, or give it the prefix of its extension",
            "warning",
        )

    def meaningless_attribute(self, element: str, attribute: str, line: int) -> None:
        """An attribute on an element that has text only."""
        self._add(
            line,
            element,
            f"'{element}' has no attribute '{attribute}'; it is not kept",
            "take it out",
            "warning",
        )

    def not_a_reference(self, element: str, name: str, line: int) -> None:
        """Elements where an id belongs."""
        self._add(
            line, element, f"'{name}' has elements in it", "the id of another element would do"
        )

    def empty_reference(self, element: str, name: str, line: int) -> None:
        """An element that should hold an id and holds nothing."""
        self._add(
            line,
            element,
            f"'{name}' of '{element}' is empty",
            "put in the id of an element, or take it out",
            "warning",
        )

    def taken_id(self, id: str, name: str, first: int, line: int) -> None:
        """Two elements with one id."""
        self._add(
            line,
            id,
            f"id '{id}' of '{name}' is that of the element at line {first}, too",
            "give each element an id of its own",
        )

    def stray_text(self, element: str, name: str, text: str, line: int) -> None:
        """Text where only elements mean something."""
        words = " ".join(text.split())
        words = words if len(words) <= 40 else words[:39] + "…"
        self._add(
            line,
            element,
            f"text '{words}' in '{name}' is not read",
            "take it out, or put it into 'documentation'",
            "warning",
        )

    def _add(
        self,
        line: int,
        element: str,
        message: str,
        remedy: str,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        if len(self.found) < _MOST:
            self.found.append(
                ReadProblem(
                    line=line, element=element, message=message, remedy=remedy, severity=severity
                )
            )
