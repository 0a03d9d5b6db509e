"""What deploying files would change: told before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bpmn.canonical import change
from bpmn.differences import Difference, differences
from bpmn.reader import read
from engine.services.decision_files import ReadDecision
from engine.services.files import Files, ReadForm
from engine.services.migration_report import report_of
from engine.storage import schema as t
from engine.views import Review
from engine.views.reviews import NewDecision, NewForm, NewVersion, Unserved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.services.shell import Shell
    from engine.views import FileReport

_d, _i, _r = t.definition.c, t.instance.c, t.resource.c


class ReviewMethods:
    """The part of `Engine` that looks at changes before they are made."""

    _shell: Shell

    def review(self, files: Mapping[str, bytes]) -> Review:
        """What would become of each process, who is missing for its jobs, what is ignored; a
        constant number of statements. Nothing is stored."""
        read_files = Files(files)
        reports = [report_of(name, content, read_files) for name, content in files.items()]
        found: list[tuple[str, str | None, str, str]] = [
            (p.process.id, p.process.name, p.file, p.hash) for p in read_files.processes
        ]
        found += [(d.id, d.name, d.file, d.hash) for d in read_files.drawings]
        with self._shell.store.reading() as connection:
            latest = _latest(connection, [id for id, *_ in found])
            running = _running(connection, [id for id, *_ in found])
            decided = _versions(connection, "decision", [d.id for d in read_files.decisions])
            formed = _versions(connection, "form", [f.id for f in read_files.forms])
        served = {one.type for one in self.job_types() if one.is_served}  # type: ignore[attr-defined]
        served |= set(self._shell.handlers.types)
        return Review(
            problems=read_files.problems,
            reports=reports,
            processes=[
                _new_version(id, name, file, files[file], hash, latest.get(id), running.get(id, {}))
                for id, name, file, hash in found
            ],
            unserved=_unserved(reports, served),
            decisions=[
                NewDecision(decision_id=d.id, name=d.name, file=d.file, **_fate(decided, d))
                for d in read_files.decisions
            ],
            forms=[
                NewForm(form_id=f.id, file=f.file, **_fate(formed, f)) for f in read_files.forms
            ],
        )

    def differences(self, old: int, new: int) -> list[Difference]:
        """What differs between two versions, by their keys. Raises NotFound."""
        source: Any = self.source  # type: ignore[attr-defined]
        return differences(read(source(old)), read(source(new)))


def _versions(connection: sa.Connection, kind: str, ids: list[str]) -> dict[str, Any]:
    """Latest version and hash of decisions or forms, by id."""
    query = sa.select(_d.ref, _d.version, _d.hash).where(
        _d.kind == kind, _d.is_latest == 1, _d.ref.in_(ids)
    )
    return {row.ref: row for row in connection.execute(query)}


def _fate(latest: Mapping[str, Any], found: ReadDecision | ReadForm) -> dict[str, Any]:
    known = latest.get(found.id)
    if known is None:
        return {"outcome": "first", "version": 1}
    if known.hash == found.hash:
        return {"outcome": "unchanged", "version": known.version}
    return {"outcome": "new", "version": known.version + 1}


def _latest(connection: sa.Connection, ids: list[str]) -> dict[str, Any]:
    query = (
        sa.select(_d.id, _d.ref, _d.version, _d.hash, _r.content)
        .join(t.resource, _d.resource_hash == _r.hash)
        .where(_d.kind == "process", _d.is_latest == 1, _d.ref.in_(ids))
    )
    return {row.ref: row for row in connection.execute(query)}


def _running(connection: sa.Connection, ids: list[str]) -> dict[str, dict[int, int]]:
    query = (
        sa.select(_d.ref, _d.version, sa.func.count())
        .join(t.instance, _i.definition_id == _d.id)
        .where(_d.kind == "process", _d.ref.in_(ids), _i.state == "active")
        .group_by(_d.ref, _d.version)
        .order_by(_d.version)
    )
    found: dict[str, dict[int, int]] = {}
    for ref, version, count in connection.execute(query):
        found.setdefault(ref, {})[version] = count
    return found


def _new_version(
    id: str,
    name: str | None,
    file: str,
    content: bytes,
    hash: str,
    latest: Any,
    running: dict[int, int],
) -> NewVersion:
    told: Any = {"process_id": id, "name": name or None, "file": file, "running": running}
    if latest is None:
        return NewVersion(outcome="first", version=1, **told)
    old, new = read(bytes(latest.content)), read(content)
    if latest.hash == hash:
        outcome: Any = "layout" if change(old, new) == "layout" else "unchanged"
        return NewVersion(
            outcome=outcome,
            version=latest.version,
            latest=latest.id,
            **told,
        )
    return NewVersion(
        outcome="new",
        version=latest.version + 1,
        latest=latest.id,
        differences=differences(old, new),
        **told,
    )


def _unserved(reports: Iterable[FileReport], served: set[str]) -> list[Unserved]:
    elements: dict[str, list[str]] = {}
    for report in reports:
        for one in report.needed:
            if one.kind == "handler" and one.name not in served:
                elements.setdefault(one.name, []).extend(one.elements)
    return [
        Unserved(
            type=type,
            elements=sorted(set(places)),
            nearly=next(iter(get_close_matches(type, sorted(served), n=1, cutoff=0.8)), None),
        )
        for type, places in sorted(elements.items())
    ]
