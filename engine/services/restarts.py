"""Finished instances: run again, with a link both ways; or deleted for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from engine.errors import Conflict, NotFound
from engine.services.audit import audit
from engine.services.effects import Watch, perform_on
from engine.services.instances import intervention, needed
from engine.services.retention import remove
from engine.step import Begun, Start
from engine.storage import operator_tables as o
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.storage.records import decode_records
from engine.values import admit, decode
from engine.views import SYSTEM, Actor, Effect, Restarts

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_h = t.history.c
From = Literal["start", "end"]


class RestartMethods:
    """The part of `Engine` that works on finished instances."""

    _shell: Shell

    def restart(
        self,
        id: int,
        *,
        reason: str,
        latest: bool = True,
        variables: Mapping[str, Any] | None = None,
        variables_from: From = "start",
        at: Sequence[str] = (),
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Run a finished instance again, as a new one: of the latest version, or of the same; with
        the variables of its start or of its end, under `variables`; from its start event, or from
        the elements `at`. `created` of the answer is the new instance.

        Raises Conflict when it has not ended, or was called by another.
        """
        given = admit(variables)
        places = tuple(at)

        def run(unit: Unit) -> Effect:
            return restart(
                unit,
                id,
                reason,
                by,
                dry_run,
                latest=latest,
                variables=given,
                variables_from=variables_from,
                at=places,
            )

        return self._finished(id, "restart", run, idempotency_key, dry_run)

    def delete_instance(
        self,
        id: int,
        *,
        reason: str,
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Remove a finished instance for good, with its history and all that it called; the audit
        keeps that it was there. Raises Conflict when some of it still runs."""
        return self._finished(
            id,
            "delete",
            lambda unit: delete(unit, id, reason, by, dry_run),
            idempotency_key,
            dry_run,
        )

    def restarts(self, id: int) -> Restarts:
        """Of which instance this one is a restart, and which ones are restarts of it."""
        a = o.audit.c
        query = sa.select(a.detail).where(
            a.partition_id == partition_of(id), a.instance_id == id, a.verb == "restart"
        )
        with self._shell.store.reading() as connection:
            rows = connection.execute(query.order_by(a.id)).scalars().all()
            original = _first_step(connection, id)
        of = next(
            (r.detail["restart_of"] for r in original if "restart_of" in (r.detail or ())), None
        )
        later = [int(decode(row)["created"]) for row in rows]
        return Restarts(original=None if of is None else int(of), later=later)

    def _finished(self, id: int, verb: str, run: Any, key: str | None, dry_run: bool) -> Effect:
        return perform_on(self._shell, id, verb, run, key, dry_run=dry_run)


def restart(
    unit: Unit,
    id: int,
    reason: str,
    by: Actor,
    dry_run: bool = False,
    *,
    latest: bool = True,
    variables: dict[str, Any] | None = None,
    variables_from: From = "start",
    at: tuple[str, ...] = (),
) -> Effect:
    old = _ended(unit, id)
    head = old.head
    programs, connection = unit.shell.programs, unit.transaction.connection
    definition = (
        unit.latest(head.process_id)
        if latest
        else programs.definition(connection, head.definition_id)
    )
    unit.batch.flush()
    element, first = _began(unit, old)
    taken = first if variables_from == "start" else decode(head.result or "{}")
    values = {**taken, **(variables or {})}
    new = unit.create(
        definition,
        partition=partition_of(id),
        started_by=by.name,
        business_key=head.business_key,
        correlation_id=head.correlation_id or str(head.root_id),
    )
    places = at or (() if element is None else (element,))
    given = Begun(at=places, variables=values) if places else Start(variables=values)
    hand = intervention("start", by, needed(reason), restart_of=str(id))
    watch = Watch(new, "restart", dry_run=dry_run)
    unit.step(new, given, hand)
    detail = {
        "created": str(new.id),
        "version": definition.version,
        "variables": variables_from,
        "at": list(at),
    }
    audit(unit, "restart", by, reason, of=old, detail=detail)
    return watch.effect(unit, created=new.id)


def delete(unit: Unit, id: int, reason: str, by: Actor, dry_run: bool = False) -> Effect:
    old = _ended(unit, id)
    watch = Watch(old, "delete", dry_run=dry_run)
    needed(reason)
    effect = watch.effect(unit)
    if not remove(unit, partition_of(id), [id]):
        raise Conflict(f"instance {id}: some of what it called still runs; cancel that first")
    head = old.head
    detail = {"business_key": head.business_key, "version": head.version, "state": head.state}
    audit(unit, "delete", by, reason, of=old, detail=detail)
    return effect


def _ended(unit: Unit, id: int) -> Loaded:
    loaded = unit.instance(id)
    head = loaded.head
    if head.state == "active":
        raise Conflict(f"instance {id} is active: only a finished one can; cancel it first")
    if head.parent_id is not None:
        raise Conflict(
            f"instance {id} was called by {head.parent_id}: take instance {head.root_id}"
        )
    return loaded


def _first_step(connection: sa.Connection, id: int) -> list[Any]:
    query = sa.select(_h.records).where(
        _h.partition_id == partition_of(id), _h.instance_id == id, _h.first_number == 1
    )
    found = connection.execute(query).scalar()
    return [] if found is None else list(decode_records(found))


def _began(unit: Unit, old: Loaded) -> tuple[str | None, dict[str, Any]]:
    """The start event that began an instance, None for the plain one; and the variables that it
    began with."""
    records = _first_step(unit.transaction.connection, old.id)
    if not records:
        raise NotFound(f"instance {old.id}: its history is gone; it cannot be run again")
    return inputs_of(records, old.head.process_id)


def inputs_of(records: list[Any], process_id: str) -> tuple[str | None, dict[str, Any]]:
    """Of the records of a first step: the start event, None for the plain one, and the variables
    that were given."""
    element = next((r.detail for r in records if r.kind == "started"), None)
    if not isinstance(element, str):
        element = None
    opened = (r.scope for r in records if r.kind == "opened" and r.detail == "process")
    process = next(opened, None)
    values: dict[str, Any] = {}
    for record in records:
        if record.kind == "left":
            break
        is_own = record.element in (process_id, element)
        if record.kind == "variables" and record.scope == process and is_own:
            values.update(record.detail)
    return element, values
