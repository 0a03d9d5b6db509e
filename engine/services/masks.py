"""Which variables are secret: by patterns of their names, from the settings, models and admins.

Values are kept as they are: the engine works with them. Who shows them to people asks here; texts
of errors, which go everywhere, have them taken out before they are kept.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Invalid, NotFound
from engine.services import idempotency
from engine.services.audit import audit
from engine.storage import schema as t
from engine.storage.access_tables import mask as table
from engine.values import decode
from engine.views import SYSTEM, Actor
from engine.views.access import MASKED, MaskView

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit

FRESH = 5.0
"""Seconds after which what other nodes have changed is read again."""
SHORTEST = 4
"""Characters; shorter values are not looked for in texts, where they may be anything."""
PATTERN = re.compile(r"[\w*?.\-\[\]]{1,100}")
_c, _d = table.c, t.definition.c


class Masks:
    """The patterns there are, as they were a moment ago."""

    def __init__(self, defaults: Sequence[str]) -> None:
        self._defaults = tuple(defaults)
        self._read_at: float | None = None
        self._models: tuple[int, dict[str, str]] = (-1, {})
        self._said: list[tuple[str, bool, str]] = []
        self._known: dict[str, bool] = {}

    def forget(self) -> None:
        """Read them again when they are next asked for."""
        self._read_at = None

    def refresh(self, shell: Shell) -> None:
        """Read what admins and models say, at most every few seconds."""
        now = time.monotonic()
        if self._read_at is not None and now - self._read_at < FRESH:
            return
        with shell.store.reading() as connection:
            self._refresh(connection, now)

    def refresh_in(self, connection: sa.Connection) -> None:
        """The same over an open connection."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at >= FRESH:
            self._refresh(connection, now)

    def _refresh(self, connection: sa.Connection, now: float) -> None:
        rows = connection.execute(sa.select(_c.pattern, _c.is_masked, _c.by).order_by(_c.pattern))
        said = [(row.pattern, bool(row.is_masked), row.by) for row in rows]
        last = connection.execute(sa.select(sa.func.max(_d.id))).scalar() or 0
        count = connection.execute(sa.select(sa.func.count()).select_from(t.definition)).scalar()
        mark = hash((last, count))
        if self._models[0] != mark:
            found: dict[str, str] = {}
            query = sa.select(_d.ref, _d.facts).where(_d.kind == "process")
            for ref, facts in connection.execute(query):
                for name in decode(facts).get("masked", ()):
                    found.setdefault(name, ref)
            self._models = (mark, found)
            self._known = {}
        if said != self._said:
            self._said, self._known = said, {}
        self._read_at = now

    def views(self) -> Iterator[MaskView]:
        """Every pattern with where it comes from."""
        for pattern in self._defaults:
            yield MaskView(pattern=pattern, origin="default", is_masked=True)
        for pattern, process in self._models[1].items():
            yield MaskView(pattern=pattern, origin="model", is_masked=True, place=process)
        for pattern, is_masked, by in self._said:
            yield MaskView(pattern=pattern, origin="admin", is_masked=is_masked, place=by)

    def is_masked(self, name: str) -> bool:
        """Whether a variable of this name is secret; an admin's word counts over all others."""
        known = self._known.get(name)
        if known is None:
            said = [masked for pattern, masked, _ in self._said if _fits(name, pattern)]
            others = (*self._defaults, *self._models[1])
            known = all(said) if said else any(_fits(name, one) for one in others)
            if len(self._known) < 10_000:
                self._known[name] = known
        return known

    def secrets(self, variables: Any, *, is_secret: bool = False) -> Iterator[str]:
        """The values under masked names, at any depth, as texts; longest first is the caller's."""
        if isinstance(variables, Mapping):
            for name, value in variables.items():
                yield from self.secrets(value, is_secret=is_secret or self.is_masked(str(name)))
        elif isinstance(variables, list | tuple):
            for value in variables:
                yield from self.secrets(value, is_secret=is_secret)
        elif is_secret and not isinstance(variables, bool | None):
            text = str(variables)
            if len(text) >= SHORTEST:
                yield text

    def cleaned(self, text: str, *variables: Any) -> str:
        """A text without the secret values of these variables."""
        found = {secret for one in variables for secret in self.secrets(one)}
        for secret in sorted(found, key=len, reverse=True):
            text = text.replace(secret, MASKED)
        return text


def cleaned_of(unit: Unit, loaded: Loaded, text: str) -> str:
    """A text about an instance without its secrets."""
    masks = unit.shell.masks
    masks.refresh_in(unit.transaction.connection)
    return masks.cleaned(text, *(one.variables for one in loaded.instance.scopes.values()))


class MaskMethods:
    """The part of `Engine` that says what is secret, and shows it to who may see it."""

    _shell: Shell

    @property
    def masks(self) -> Masks:
        """What is secret, as it was a moment ago."""
        self._shell.masks.refresh(self._shell)
        return self._shell.masks

    def mask_patterns(self) -> list[MaskView]:
        """Every pattern with where it comes from."""
        return list(self.masks.views())

    def set_mask(
        self,
        pattern: str,
        is_masked: bool = True,
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Keep the values of variables of such names secret, or say that they are none, whatever
        a default or model says. `*` stands for any text. Raises Invalid."""
        if not PATTERN.fullmatch(pattern):
            raise Invalid(f"mask: found '{pattern:.40}'; a name with * and ? would do, as *iban*")

        def run(unit: Unit) -> None:
            unit.direct()
            connection = unit.transaction.connection
            connection.execute(sa.delete(table).where(_c.pattern == pattern))
            row = {
                "pattern": pattern,
                "is_masked": int(is_masked),
                "at": unit.now_micros,
                "by": by.name,
            }
            connection.execute(sa.insert(table), row)
            detail = {"masked": is_masked}
            audit(unit, "set_mask", by, None, kind="mask", target=pattern, detail=detail)

        self._shell.do(idempotency.once(idempotency_key, f"set_mask {pattern}"[:200], None, run))
        self._shell.masks.forget()

    def clear_mask(
        self, pattern: str, *, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None:
        """Take an admin's word back. Raises NotFound."""

        def run(unit: Unit) -> None:
            unit.direct()
            gone = sa.delete(table).where(_c.pattern == pattern)
            if not unit.transaction.connection.execute(gone).rowcount:
                raise NotFound(f"mask '{pattern:.60}': no admin has said so")
            audit(unit, "clear_mask", by, None, kind="mask", target=pattern)

        self._shell.do(idempotency.once(idempotency_key, f"clear_mask {pattern}"[:200], None, run))
        self._shell.masks.forget()

    def note_revealed(
        self, target: str, reason: str, *, kind: str = "instance", by: Actor = SYSTEM
    ) -> None:
        """Somebody is shown what is masked: an instance's variable, or the answer to a request."""
        if not reason.strip():
            raise Invalid("reason: found none; say why, it is kept with your name")

        def run(unit: Unit) -> None:
            audit(unit, "reveal", by, reason, kind=kind, target=target[:200])

        self._shell.do(run)


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name.lower(), pattern.lower())


def patterns_of(text: str | None) -> list[str]:
    """The names that a model marks: `iban, card.*`."""
    return [one for one in re.split(r"[\s,;]+", text or "") if one]
