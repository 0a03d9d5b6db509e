"""Names of elements, which people know, for ids, which the engine knows."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from engine import Engine, NotFound

MOST = 1000
"""Names of so many definitions are kept."""
_kept: WeakKeyDictionary[Engine, dict[int, Mapping[str, str]]] = WeakKeyDictionary()


class Names:
    """Asks for each definition once: what a version is made of never changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known = _kept.setdefault(engine, {})
        if len(self._known) > MOST:
            self._known.clear()

    def all_of(self, definition: int) -> Mapping[str, str]:
        """Names by element id."""
        if definition not in self._known:
            try:
                self._known[definition] = self._engine.definition(definition).elements
            except NotFound:
                return {}
        return self._known[definition]

    def of(self, definition: int, element: str | None) -> str:
        """The element's name, or else its id."""
        return self.all_of(definition).get(element or "", element or "")
