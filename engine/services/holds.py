"""Suspending what instances are made of: definitions and processes are not started, the jobs of a
type are not given out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from engine.errors import Conflict, NotFound
from engine.schedule import Schedule
from engine.services import idempotency
from engine.services.audit import audit
from engine.services.duties import job_queue
from engine.services.instance_lists import selected
from engine.services.instances import needed
from engine.storage import operator_tables as o
from engine.storage import schema as t
from engine.storage.rows import micros, moment
from engine.values import decode, encode
from engine.views import SYSTEM, Actor, BatchOrder, BatchView, Hold, InstanceQuery

if TYPE_CHECKING:
    from engine.services.batches import BatchMethods
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_h = o.hold.c
MOST_MISSED = 100_000
"""Nominal times of one timer start that a resumption skips at most."""


class HoldMethods:
    """The part of `Engine` that holds definitions, processes and job types."""

    _shell: Shell

    def suspend_definition(
        self,
        key: int,
        *,
        reason: str,
        instances: bool = False,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BatchView | None:
        """Start no instance of one version; with `instances`, hold those that run, too, by the
        batch that is returned. Raises NotFound, and Conflict when it is held already."""
        self._hold("definition", str(key), reason, by, idempotency_key)
        query = InstanceQuery(definition=key, states=("active",), suspended=False)
        return self._batch("suspend", query, reason, by) if instances else None

    def resume_definition(
        self,
        key: int,
        *,
        reason: str = "",
        instances: bool = False,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BatchView | None:
        """Let a version be started again; with `instances`, let its suspended ones go on."""
        self._release("definition", str(key), reason, by, idempotency_key)
        query = InstanceQuery(definition=key, states=("active",), suspended=True)
        return self._batch("resume", query, reason or "resumed", by) if instances else None

    def suspend_process(
        self,
        process_id: str,
        *,
        reason: str,
        instances: bool = False,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BatchView | None:
        """Start no instance of a process, whatever the version; as `suspend_definition`."""
        self._hold("process", process_id, reason, by, idempotency_key)
        query = InstanceQuery(process_ids=(process_id,), states=("active",), suspended=False)
        return self._batch("suspend", query, reason, by) if instances else None

    def resume_process(
        self,
        process_id: str,
        *,
        reason: str = "",
        instances: bool = False,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BatchView | None:
        """Let a process be started again. The times that its timer start events have missed
        meanwhile are skipped."""
        self._release("process", process_id, reason, by, idempotency_key)
        query = InstanceQuery(process_ids=(process_id,), states=("active",), suspended=True)
        return self._batch("resume", query, reason or "resumed", by) if instances else None

    def suspend_job_type(
        self,
        type: str,
        *,
        reason: str,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Give out no more jobs of a type; those that are out may be answered. Other nodes hear of
        it within a second."""
        self._hold("job_type", type, reason, by, idempotency_key)

    def resume_job_type(
        self,
        type: str,
        *,
        reason: str = "",
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Give out the jobs of a type again."""
        self._release("job_type", type, reason, by, idempotency_key)

    def holds(self) -> list[Hold]:
        """What is suspended besides instances, oldest first."""
        with self._shell.store.reading() as connection:
            rows = connection.execute(sa.select(o.hold).order_by(_h.at, _h.kind, _h.name)).all()
        return [
            Hold(kind=row.kind, name=row.name, since=moment(row.at), by=row.by, reason=row.reason)
            for row in rows
        ]

    def _batch(self, kind: Any, query: InstanceQuery, reason: str, by: Actor) -> BatchView | None:
        with self._shell.store.reading() as connection:
            found = selected(sa.select(t.instance.c.id), query, self._shell.store.profile)
            if connection.execute(found.limit(1)).first() is None:
                return None
        engine = cast("BatchMethods", self)
        return engine.create_batch(BatchOrder(kind=kind), query=query, reason=reason, by=by)

    def _hold(self, kind: str, name: str, reason: str, by: Actor, key: str | None) -> None:
        needed(reason)

        def run(unit: Unit) -> None:
            unit.direct()
            connection = unit.transaction.connection
            if kind != "job_type":
                _known(connection, kind, name)
            found = sa.select(_h.name).where(_h.kind == kind, _h.name == name)
            if connection.execute(found).first():
                raise Conflict(f"{kind.replace('_', ' ')} '{name}' is suspended already")
            connection.execute(
                sa.insert(o.hold).values(
                    kind=kind, name=name, at=unit.now_micros, by=by.name, reason=reason
                )
            )
            audit(unit, "suspend", by, reason, kind=kind, target=name)

        self._post(f"hold {kind} {name}", run, key)

    def _release(self, kind: str, name: str, reason: str, by: Actor, key: str | None) -> None:
        def run(unit: Unit) -> None:
            unit.direct()
            connection = unit.transaction.connection
            gone = connection.execute(
                sa.delete(o.hold).where(_h.kind == kind, _h.name == name)
            ).rowcount
            if not gone:
                raise Conflict(f"{kind.replace('_', ' ')} '{name}' is not suspended")
            if kind == "job_type":
                unit.wakes[job_queue(name)] += 1
            else:
                _skip_missed(unit, kind, name)
            audit(unit, "resume", by, reason, kind=kind, target=name)

        self._post(f"release {kind} {name}", run, key)

    def _post(self, verb: str, run: Any, key: str | None) -> None:
        self._shell.do(idempotency.once(key, verb[:200], None, run))
        self._shell.board.forget()


def _known(connection: sa.Connection, kind: str, name: str) -> None:
    c = t.definition.c
    which = c.ref == name if kind == "process" else c.id == int(name)
    if connection.execute(sa.select(c.id).where(c.kind == "process", which).limit(1)).first():
        return
    raise NotFound(f"{kind} '{name}': there is none")


def _skip_missed(unit: Unit, kind: str, name: str) -> None:
    """Set each timer start event to its next time that is still to come."""
    c = t.definition_start.c
    which = c.process_id == name if kind == "process" else c.definition_id == int(name)
    connection = unit.transaction.connection
    rows = connection.execute(
        sa.select(c.id, c.due, c.details).where(which, c.due <= unit.now_micros)
    ).all()
    for row in rows:
        details, due = decode(row.details), row.due
        schedule = Schedule.from_details(details.get("schedule", {}), moment(due))
        for _ in range(MOST_MISSED):
            following = schedule.following()
            due = None
            if following is None:
                break
            schedule, due = following, micros(following.due)
            if due > unit.now_micros:
                break
        details["schedule"] = schedule.details()
        connection.execute(
            sa.update(t.definition_start)
            .where(c.id == row.id)
            .values(due=due, details=encode(details))
        )
