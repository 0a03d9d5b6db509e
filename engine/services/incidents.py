"""Trying again what could not be done."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Conflict, ExecutionError, NotFound, Stale
from engine.history import Record
from engine.services import idempotency
from engine.services.attempts import requeue
from engine.services.audit import audit
from engine.services.duties import DUE, apply, refuse
from engine.services.instances import intervention
from engine.step import Assigned, Happened
from engine.storage import schema as t
from engine.storage.ids import instance_of, partition_of
from engine.values import admit, decode
from engine.views import SYSTEM, Actor

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit


class IncidentMethods:
    """The part of `Engine` that mends."""

    _shell: Shell

    def retry(
        self,
        id: int,
        *,
        reason: str = "",
        by: Actor = SYSTEM,
        variables: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> bool:
        """Try again what an incident is about, after setting `variables` in its scope.

        True when it went well, or (a job) is queued again; False when it failed again, and is an
        incident as before. Raises NotFound when there is no such incident any more.
        """
        given = admit(variables)
        once = idempotency.once(
            idempotency_key, f"retry {id}", bool, lambda unit: retry(unit, id, given, reason, by)
        )
        return self._shell.do(once, subscription=id)

    def retry_all(
        self,
        instance: int,
        *,
        reason: str = "",
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> int:
        """Try again all incidents of an instance, and of those it called; how many went well."""

        once = idempotency.once(
            idempotency_key,
            f"retry_all {instance}",
            int,
            lambda unit: retry_all(unit, instance, {}, reason, by)[0],
        )
        return self._shell.do(once, instance=instance)


def retry_all(
    unit: Unit, instance: int, variables: dict[str, Any], reason: str, by: Actor
) -> tuple[int, int]:
    """Try again all incidents of an instance, and of those it called: how many went well, of how
    many."""
    c = t.incident.c
    unit.batch.flush()
    query = sa.select(c.id).where(
        c.partition_id == partition_of(instance),
        (c.instance_id == instance) | (c.root_id == instance),
    )
    ids = unit.transaction.connection.execute(query.order_by(c.at, c.id)).scalars().all()
    healed = 0
    for id in ids:
        with suppress(NotFound, Stale):
            healed += retry(unit, id, variables, reason, by)
    return healed, len(ids)


def retry(unit: Unit, id: int, variables: dict[str, Any], reason: str, by: Actor) -> bool:
    """Try again what an incident is about; whether it went well."""
    healed = _retry(unit, id, variables, reason, by)
    loaded = unit.instance(instance_of(id))
    told = {"healed": healed} | ({"variables": sorted(variables)} if variables else {})
    audit(unit, "retry", by, reason, kind="incident", target=id, of=loaded, detail=told)
    return healed


def _retry(unit: Unit, id: int, variables: dict[str, Any], reason: str, by: Actor) -> bool:
    loaded = unit.instance(instance_of(id))
    row = loaded.instance.subscriptions.get(id)
    if row is None or id not in loaded.incidents:
        raise NotFound(f"incident {id}: there is none, or it has been resolved")
    if loaded.head.suspended_at is not None:
        raise Conflict(f"instance {loaded.id} is suspended; resume it before retrying")
    unit.batch.flush()
    kind, text = _incident(unit, id)
    hand = intervention("retry", by, reason)
    record = Record(hand.kind, row.catcher, row.token, row.scope, id, hand.detail)
    if variables:
        unit.step(loaded, Assigned(variables=variables, scope=row.scope), record)
        row = loaded.instance.subscriptions.get(id)
        if row is None:
            return True
    before = () if variables else (record,)
    if kind == "parked":
        known = set(loaded.incidents)
        unit.step(loaded, Happened(subscription=id, payload={}), *before)
        return not loaded.incidents - known
    resolved = Record("resolved", row.catcher, row.token, row.scope, id)
    loaded.incidents.discard(id)
    unit.writes.incidents.drop(id)
    if kind == "job":
        requeue(unit, loaded, row)
        unit.note(loaded, *before, resolved)
        return True
    given = decode(text or "{}")
    try:
        apply(unit, loaded, row, given, *before, resolved)
        if given["verb"] == "call":
            unit.note(loaded, *before, resolved)
    except ExecutionError as error:
        name = type(error).__name__
        refuse(unit, loaded, row, given, name, error.message, *before, element=error.element)
        return False
    if id in loaded.instance.subscriptions and row.trigger.kind in ("timer", "continue"):
        columns = unit.shell_of(id)
        columns.queue = DUE
        unit.set_shell(id, columns)
    return True


def _incident(unit: Unit, id: int) -> tuple[str, str | None]:
    c = t.incident.c
    query = sa.select(c.kind, c.input).where(c.partition_id == partition_of(id), c.id == id)
    row = unit.transaction.connection.execute(query).first()
    if row is None:
        raise NotFound(f"incident {id}: there is none, or it has been resolved")
    return row.kind, row.input
