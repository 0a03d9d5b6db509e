"""Programs by definition: read and compiled once a process, when first needed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import Struct

from bpmn.reader import read
from engine.assembly import compile_program, executables
from engine.correlation import Correlation, correlations_by_message
from engine.errors import NotFound
from engine.program import Program
from engine.storage import schema as t
from engine.storage.statements import Statement

if TYPE_CHECKING:
    from engine.storage.transaction import Transaction


class Definition(Struct, frozen=True):
    """A stored process definition: one version of one process."""

    id: int
    process_id: str
    name: str | None
    version: int
    version_tag: str | None
    deployment_id: int
    resource_hash: str


_COLUMNS = (
    t.definition.c.id,
    t.definition.c.ref,
    t.definition.c.name,
    t.definition.c.version,
    t.definition.c.version_tag,
    t.definition.c.deployment_id,
    t.definition.c.resource_hash,
)
_PROCESS = t.definition.c.kind == "process"


class Programs:
    """What definitions there are, and what they run. A definition never changes; which one is the
    latest is asked of the database, each time."""

    def __init__(self, latest: Statement) -> None:
        self._latest = latest
        self._definitions: dict[int, Definition] = {}
        self._programs: dict[int, Program] = {}
        self._presumed: dict[str, Definition] = {}
        self._correlations: tuple[int, dict[str, list[Correlation]]] = (0, {})
        """By message name, of the latest definitions when the highest id was this."""
        self._lock = threading.Lock()

    def known(self, id: int) -> Definition | None:
        """A definition that was asked for before."""
        return self._definitions.get(id)

    def definition(self, connection: sa.Connection, id: int) -> Definition:
        """A definition by its key. Raises NotFound."""
        if found := self._definitions.get(id):
            return found
        return self._one(connection, t.definition.c.id == id, f"definition {id}")

    def latest(self, transaction: Transaction, process_id: str) -> Definition:
        """The version that a start without a version means. Raises NotFound."""
        rows = transaction.fetch(self._latest, process_id)
        if not rows:
            raise NotFound(f"process '{process_id}': there is none; deploy a file that holds it")
        id = rows[0][0]
        found = self._definitions.get(id) or self.definition(transaction.connection, id)
        if transaction.may_presume:
            self._presumed[process_id] = found
        return found

    def presumed(self, process_id: str) -> Definition | None:
        """What was the latest version when it was last asked for; to be checked before the
        commit."""
        return self._presumed.get(process_id)

    def presume_nothing(self) -> None:
        """Ask for the latest versions again: one of them may be another."""
        self._presumed = {}

    def version(self, connection: sa.Connection, process_id: str, version: int) -> Definition:
        """Raises NotFound."""
        return self._one(
            connection,
            (t.definition.c.ref == process_id) & (t.definition.c.version == version),
            f"process '{process_id}' version {version}",
        )

    def tagged(self, connection: sa.Connection, process_id: str, tag: str) -> Definition:
        """The latest version with this tag. Raises NotFound."""
        return self._one(
            connection,
            (t.definition.c.ref == process_id) & (t.definition.c.version_tag == tag),
            f"process '{process_id}' with version tag '{tag}'",
        )

    def deployed_with(
        self, connection: sa.Connection, process_id: str, deployment: int
    ) -> Definition:
        """The version that a deployment brought, or else the latest before it. Raises NotFound."""
        return self._one(
            connection,
            (t.definition.c.ref == process_id) & (t.definition.c.deployment_id <= deployment),
            f"process '{process_id}' in deployment {deployment}",
        )

    def _one(
        self, connection: sa.Connection, which: sa.ColumnElement[bool], words: str
    ) -> Definition:
        newest = t.definition.c.version.desc()
        row = connection.execute(
            sa.select(*_COLUMNS).where(_PROCESS, which).order_by(newest).limit(1)
        ).first()
        if row is None:
            raise NotFound(f"{words}: there is none; deploy a file that holds it")
        found = self._definitions[row[0]] = Definition(*row)
        return found

    def program(self, connection: sa.Connection, id: int) -> Program:
        """What a definition runs. Raises NotFound."""
        if found := self._programs.get(id):
            return found
        definition = self.definition(connection, id)
        query = sa.select(t.resource.c.content).where(t.resource.c.hash == definition.resource_hash)
        content = connection.execute(query).scalar_one()
        definitions = read(content)
        for process in executables(definitions):
            if process.id == definition.process_id:
                program = compile_program(definitions, process)
                with self._lock:
                    return self._programs.setdefault(id, program)
        raise NotFound(
            f"'{definition.process_id}' version {definition.version} is not executable: it is only"
            ' shown; deploy it with isExecutable="true" on the process that is to run'
        )

    def correlations(self, connection: sa.Connection, message: str) -> list[Correlation]:
        """How the latest definitions tell a message from others of its name (§8.4.2)."""
        highest = connection.execute(sa.select(sa.func.max(t.definition.c.id))).scalar() or 0
        known, found = self._correlations
        if known != highest:
            found = {}
            says_so = t.definition.c.facts.contains('"correlates":true', autoescape=True)
            query = sa.select(t.definition.c.id).where(
                _PROCESS, t.definition.c.is_latest == 1, says_so
            )
            for id in connection.execute(query.order_by(t.definition.c.id)).scalars().all():
                program = self.program(connection, id)
                for name, correlation in correlations_by_message(program).items():
                    found.setdefault(name, []).append(correlation)
            self._correlations = (highest, found)
        return found.get(message, [])

    def keep(self, id: int, program: Program) -> None:
        """Take over what a deployment compiled anyway."""
        with self._lock:
            self._programs.setdefault(id, program)
