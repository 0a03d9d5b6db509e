"""Deploying, and what is deployed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec.structs import replace

from engine.errors import NotFound, Refused
from engine.expressions import ExpressionError
from engine.schedule import ScheduleError
from engine.services import idempotency
from engine.services.decision_files import ReadDecision
from engine.services.drawings import ReadDrawing
from engine.services.files import Files, ReadProcess, facts_of, version_tag
from engine.services.migration_report import migration_report
from engine.services.task_lists import form_of
from engine.starts import start_schedule
from engine.storage import schema as t
from engine.storage.ids import ROW_BITS
from engine.storage.rows import micros, moment
from engine.values import decode, encode
from engine.views import (
    SYSTEM,
    Actor,
    DefinitionView,
    DeployedDecision,
    DeployedProcess,
    Deployment,
    FileReport,
    Problem,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit


class DefinitionMethods:
    """The part of `Engine` that is about definitions."""

    _shell: Shell

    def check(self, files: Mapping[str, bytes]) -> list[Problem]:
        """All that stands against these files, or is odd about them; nothing is stored."""
        return Files(files).problems

    @staticmethod
    def migration_report(files: Mapping[str, bytes]) -> list[FileReport]:
        """What becomes of each file: what is understood, translated, ignored, refused, and what
        somebody must bring. Nothing is stored."""
        return migration_report(files)

    def deploy(
        self,
        files: Mapping[str, bytes],
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> Deployment:
        """Store processes, decisions and forms; what is unchanged keeps its version.

        From now on starts mean these versions; instances finish on the one they began with.
        Raises Refused with all problems; then nothing is stored.
        """
        read = Files(files)
        if read.errors:
            raise Refused(read.errors)
        deployed = self._shell.do(
            idempotency.once(
                idempotency_key, "deploy", Deployment, lambda unit: _deploy(unit, read, by)
            )
        )
        self._shell.hub.tell([None], {})
        return deployed

    def definition(self, key: int) -> DefinitionView:
        """One version of one process. Raises NotFound."""
        return self._definition(t.definition.c.id == key, f"definition {key}")

    def latest(self, process_id: str) -> DefinitionView:
        """The version that a start means. Raises NotFound."""
        which = (t.definition.c.ref == process_id) & (t.definition.c.is_latest == 1)
        return self._definition(which, f"process '{process_id}'")

    def _definition(self, which: sa.ColumnElement[bool], words: str) -> DefinitionView:
        with self._shell.store.reading() as connection:
            row = connection.execute(
                sa.select(t.definition).where(which, t.definition.c.kind == "process")
            ).first()
            if row is None:
                raise NotFound(f"{words}: there is none")
            view = _view(row)
            return replace(view, start_form=form_of(connection, view.start_form, view.key))

    def versions(self, process_id: str) -> list[DefinitionView]:
        """All versions of a process, newest first. Raises NotFound."""
        query = (
            sa.select(t.definition)
            .where(t.definition.c.kind == "process", t.definition.c.ref == process_id)
            .order_by(t.definition.c.version.desc())
        )
        with self._shell.store.reading() as connection:
            views = [_view(row) for row in connection.execute(query)]
        if not views:
            raise NotFound(f"process '{process_id}': there is none")
        return views

    def definitions(
        self, process_ids: Collection[str] = (), *, latest: bool = False
    ) -> list[DefinitionView]:
        """The versions of these processes, or of all; by process, newest first. One statement."""
        c = t.definition.c
        query = sa.select(t.definition).where(c.kind == "process").order_by(c.ref, c.version.desc())
        if process_ids:
            query = query.where(c.ref.in_(process_ids))
        if latest:
            query = query.where(c.is_latest == 1)
        with self._shell.store.reading() as connection:
            return [_view(row) for row in connection.execute(query)]

    def source(self, key: int) -> bytes:
        """The file that a definition came in, as it was deployed. Raises NotFound."""
        query = (
            sa.select(t.resource.c.content)
            .join(t.definition, t.definition.c.resource_hash == t.resource.c.hash)
            .where(t.definition.c.id == key)
        )
        with self._shell.store.reading() as connection:
            content = connection.execute(query).scalar_one_or_none()
        if content is None:
            raise NotFound(f"definition {key}: there is none")
        return bytes(content)


def _view(row: sa.Row[Any]) -> DefinitionView:
    facts = decode(row.facts)
    return DefinitionView(
        key=row.id,
        process_id=row.ref,
        name=row.name,
        version=row.version,
        version_tag=row.version_tag,
        is_latest=bool(row.is_latest),
        deployment=row.deployment_id,
        deployed=moment(row.at),
        deployed_by=row.by,
        resource=row.resource_name,
        dialect=facts["dialect"],
        documentation=facts["documentation"],
        start_form=facts["start_form"],
        elements=facts["elements"],
        kinds=facts["kinds"],
        job_types=facts["job_types"],
        messages=facts["messages"],
        is_executable=facts.get("is_executable", True),
    )


def _deploy(unit: Unit, files: Files, by: Actor) -> Deployment:
    unit.direct()
    connection = unit.transaction.connection
    lease = (
        sa.update(t.lease)
        .where(t.lease.c.name == "deployment")
        .values(next=t.lease.c.next + 1)
        .returning(t.lease.c.next)
    )
    id = connection.execute(lease).scalar_one() - 1
    hashes = {}
    for name, content in files.contents.items():
        hashes[name] = digest = hashlib.sha256(content).hexdigest()
        known = sa.select(t.resource.c.hash).where(t.resource.c.hash == digest)
        if connection.execute(known).first() is None:
            connection.execute(sa.insert(t.resource), {"hash": digest, "content": content})
    writer = _Writer(unit, id, by, hashes)
    processes = [writer.process(found) for found in files.processes]
    processes += [writer.drawing(found) for found in files.drawings]
    decisions = [
        DeployedDecision(
            key=key, decision_id=d.id, name=d.name, version=version, is_new=new, resource=d.file
        )
        for d in files.decisions
        for key, version, new in [writer.decision(d)]
    ]
    for form in files.forms:
        writer.put("form", form.id, None, form.hash, form.file, {})
    deployment = Deployment(
        id=id,
        at=unit.now,
        by=by.name,
        processes=processes,
        decisions=decisions,
        forms=[form.id for form in files.forms],
        warnings=[p for p in files.problems if p.severity == "warning"],
    )
    row = {"id": id, "at": unit.now_micros, "by": by.name, "source": by.source}
    result = encode([p.process_id for p in processes if p.is_new])
    connection.execute(sa.insert(t.deployment), {**row, "result": result})
    return deployment


class _Writer:
    """Writes the definitions of one deployment."""

    def __init__(self, unit: Unit, deployment: int, by: Actor, hashes: Mapping[str, str]) -> None:
        self._unit = unit
        self._connection = unit.transaction.connection
        self._deployment = deployment
        self._by = by
        self._hashes = hashes
        """Of the files' contents, by name."""

    def process(self, found: ReadProcess) -> DeployedProcess:
        process = found.process
        key, version, is_new = self.put(
            "process",
            process.id,
            process.name or None,
            found.hash,
            found.file,
            facts_of(found),
            version_tag(found),
        )
        if is_new:
            self._unit.shell.programs.keep(key, found.program)
            self._unit.shell.programs.presume_nothing()
            self._listen(key, version, found)
        return DeployedProcess(
            key=key,
            process_id=process.id,
            name=process.name or None,
            version=version,
            is_new=is_new,
            resource=found.file,
        )

    def decision(self, found: ReadDecision) -> tuple[int, int, bool]:
        return self.put(
            "decision",
            found.id,
            found.name,
            found.hash,
            found.file,
            found.facts,
            found.version_tag,
        )

    def drawing(self, found: ReadDrawing) -> DeployedProcess:
        """What is only shown: nothing starts it, whatever started its older versions."""
        key, version, is_new = self.put(
            "process", found.id, found.name, found.hash, found.file, found.facts
        )
        if is_new:
            self._forget_starts(found.id)
        return DeployedProcess(
            key=key,
            process_id=found.id,
            name=found.name,
            version=version,
            is_new=is_new,
            resource=found.file,
            is_executable=False,
        )

    def put(
        self,
        kind: str,
        ref: str,
        name: str | None,
        hash: str,
        file: str,
        facts: Mapping[str, Any],
        tag: str | None = None,
    ) -> tuple[int, int, bool]:
        """Key, version, and whether it is a new one."""
        c = t.definition.c
        latest = self._connection.execute(
            sa.select(c.id, c.version, c.hash, c.resource_hash)
            .where(c.kind == kind, c.ref == ref)
            .order_by(c.version.desc())
            .limit(1)
        ).first()
        if latest is not None and latest.hash == hash:
            if latest.resource_hash != self._hashes[file]:  # only its layout has changed
                self._connection.execute(
                    sa.update(t.definition)
                    .where(c.id == latest.id)
                    .values(
                        resource_hash=self._hashes[file],
                        resource_name=file,
                        facts=encode(dict(facts)),
                    )
                )
            return latest.id, latest.version, False
        self._connection.execute(
            sa.update(t.definition).where(c.kind == kind, c.ref == ref).values(is_latest=0)
        )
        highest = self._connection.execute(sa.select(sa.func.max(c.id))).scalar()
        key, version = (highest or 0) + 1, (latest.version if latest else 0) + 1
        self._connection.execute(
            sa.insert(t.definition),
            {
                "id": key,
                "kind": kind,
                "ref": ref,
                "name": name,
                "version": version,
                "version_tag": tag,
                "is_latest": 1,
                "hash": hash,
                "resource_hash": self._hashes[file],
                "resource_name": file,
                "deployment_id": self._deployment,
                "at": self._unit.now_micros,
                "by": self._by.name,
                "facts": encode(dict(facts)),
            },
        )
        return key, version, True

    def _listen(self, key: int, version: int, found: ReadProcess) -> None:
        """The start events of the new version listen now, those of the old one no longer."""
        process_id = found.process.id
        self._forget_starts(process_id)
        for number, start in enumerate(found.starts):
            due: int | None = None
            details: dict[str, Any] = {"part": start.part}
            if start.kind == "timer":
                try:
                    schedule = start_schedule(start.timer, self._unit.now)
                except (ScheduleError, ExpressionError) as error:
                    raise Refused([self._bad_timer(found, start.element, error)]) from None
                due, details["schedule"] = micros(schedule.due), schedule.details()
            self._connection.execute(
                sa.insert(t.definition_start),
                {
                    "id": start_id(key, number),
                    "definition_id": key,
                    "process_id": process_id,
                    "version": version,
                    "element": start.element,
                    "kind": start.kind,
                    "name": start.name,
                    "key": None,
                    "due": due,
                    "details": encode(details),
                    "created_at": self._unit.now_micros,
                },
            )

    def _forget_starts(self, process_id: str) -> None:
        mine = t.definition_start.c.process_id == process_id
        self._connection.execute(sa.delete(t.definition_start).where(mine))

    @staticmethod
    def _bad_timer(found: ReadProcess, element: str, error: Exception) -> Problem:
        return Problem(
            rule="timer",
            message=f"timer start event '{element}': {error}",
            file=found.file,
            element=element,
            line=found.program.nodes[element].element.line or None,
            clause="10.5.5",
        )


def start_id(definition: int, number: int) -> int:
    """The id of a start event's row: below zero, where no instance's rows are; in their order."""
    return (-definition << ROW_BITS) + number
