"""What the policy file and operators say of how work is tried, by job type, process and element.

[job_types.charge]
retries = 5
backoff = "PT1S*2^n PT1M"
timeout = "PT30S"
rate = "10/PT1S"

[definitions.order]
sla = "P2D"

[elements."order/pay"]
retries = 1
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from msgspec.structs import asdict

from bpmn.dialects import Settings, settings_of
from engine.errors import Invalid
from engine.policies import NAMES, NOTHING, Said, over, parse_said

if TYPE_CHECKING:
    import sqlalchemy as sa

    from engine.program import Program
    from engine.services.board import Board

SECTIONS = {"job_types": "job_type", "definitions": "definition", "elements": "element"}
Key = tuple[str, str]


class PolicyBook:
    """Both sources, looked up for one kind of work."""

    def __init__(self, file: Path | None, board: Board) -> None:
        self._file = {} if file is None else read_policies(file)
        self._board = board
        self._models: WeakKeyDictionary[Program, dict[Key, Said]] = WeakKeyDictionary()
        self._seen: dict[Key, dict[str, Any]] = {}
        self._operator: dict[Key, Said] = {}

    def said(
        self, connection: sa.Connection, process_id: str, element: str, job_type: str
    ) -> tuple[Said, Said]:
        """What file and operators say, the nearest for each value."""
        operator = self.by_operators(connection)
        if not self._file and not operator:
            return NOTHING, NOTHING
        keys = keys_for(process_id, element, job_type)
        return _nearest(self._file, keys), _nearest(operator, keys)

    def rate_of(
        self, connection: sa.Connection, program: Program, element: str, job_type: str
    ) -> tuple[str, str] | None:
        """The rate in force for a job, and the name of what shares it; None: no limit."""
        operator, model = self.by_operators(connection), self.by_model(program)
        for source in (operator, model, self._file):
            if not source:
                continue
            for kind, name in keys_for(program.id, element, job_type):
                said = source.get((kind, name))
                if said is not None and said.rate is not None:
                    return said.rate, f"{kind} {name}"
        return None

    def by_model(self, program: Program) -> Mapping[Key, Said]:
        """What a model says besides how its jobs are tried; what cannot be read is not said."""
        found = self._models.get(program)
        if found is None:
            process = settings_of(program.graph.process, program.dialect)
            found = {
                ("element", f"{program.id}/{id}"): said
                for id, node in program.nodes.items()
                if (said := _of_model(node.settings)) is not NOTHING
            }
            if (own := _of_model(process)) is not NOTHING:
                found["definition", program.id] = own
            self._models[program] = found
        return found

    def by_operators(self, connection: sa.Connection) -> dict[Key, Said]:
        found = self._board.policies(connection)
        if found is not self._seen:
            self._operator = {
                key: parse_said({n: v for n, v in values.items() if n in NAMES}, " ".join(key))
                for key, values in found.items()
            }
            self._seen = found
        return self._operator

    @property
    def by_file(self) -> Mapping[Key, Said]:
        return self._file


def keys_for(process_id: str, element: str | None, job_type: str | None) -> list[Key]:
    """Where something may be said of a kind of work, the nearest first."""
    keys: list[Key] = []
    if element is not None:
        keys.append(("element", f"{process_id}/{element}"))
    keys.append(("definition", process_id))
    if job_type:
        keys.append(("job_type", job_type))
    return keys


def _of_model(settings: Settings) -> Said:
    found = NOTHING
    for name in ("sla", "rate"):
        if text := getattr(settings, name):
            with suppress(Invalid):
                found = over(found, parse_said({name: text}, "model"))
    return found


def _nearest(source: Mapping[Key, Said], keys: list[Key]) -> Said:
    found = NOTHING
    for key in keys:
        if said := source.get(key):
            found = over(found, said)
    return found


def read_policies(file: Path) -> dict[Key, Said]:
    """The policies of a TOML file. Raises Invalid with the place."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"policy file '{file}': {error}") from None
    found: dict[Key, Said] = {}
    for section, entries in content.items():
        if section not in SECTIONS or not isinstance(entries, dict):
            raise Invalid(
                f"policy file '{file}': '{section}' is no section; {', '.join(SECTIONS)} would do"
            )
        for name, values in entries.items():
            place = f"policy file '{file}': [{section}.{name}]"
            if not isinstance(values, dict):
                raise Invalid(f"{place}: found {values!r}; a table of policies would do")
            found[SECTIONS[section], name] = parse_said(values, place)
    return found


def as_values(said: Said) -> dict[str, Any]:
    """What is said, by name."""
    return {name: value for name, value in asdict(said).items() if value is not None}
