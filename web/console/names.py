"""Names of elements, which people know, for ids, which the engine knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine import Engine


class Names:
    """Asks for each definition once; for the length of one request."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[int, Mapping[str, str]] = {}

    def all_of(self, definition: int) -> Mapping[str, str]:
        """Names by element id."""
        if definition not in self._known:
            try:
                self._known[definition] = self._engine.definition(definition).elements
            except NotFound:
                self._known[definition] = {}
        return self._known[definition]

    def of(self, definition: int, element: str | None) -> str:
        """The element's name, or else its id."""
        return self.all_of(definition).get(element or "", element or "")
