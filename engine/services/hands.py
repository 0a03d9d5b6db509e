"""What people do to instances by hand; each is checked, told to history and audit, and can be
tried without effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec.structs import replace

from engine.errors import Conflict
from engine.repair import warnings
from engine.services.audit import audit_hand
from engine.services.duties import DUE, job_queue
from engine.services.effects import Watch, perform_on, told
from engine.services.instances import intervention, needed
from engine.services.modification import as_told, instructions_of
from engine.state import Subscription
from engine.step import Assigned, Cancelled, Compensated, Modified
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.storage.records import decode_records
from engine.storage.rows import Shell as Columns
from engine.storage.writes import Opened
from engine.values import admit
from engine.views import SYSTEM, Actor, Effect, Modification

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit


class HandMethods:
    """The part of `Engine` that operators work on instances with.

    With `dry_run` each answers what it would do, and leaves nothing of it.
    """

    _shell: Shell

    def set_variables(
        self,
        id: int,
        variables: Mapping[str, Any],
        *,
        scope: int | None = None,
        seen: int | None = None,
        reason: str,
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Set variables of a scope; by default of the process scope.

        With `seen`, the number of the last fact that the caller knows of, Conflict is raised when
        one of these variables was set since. Raises Conflict when the instance has ended, too.
        """
        given = admit(variables)
        return self._hand(
            id,
            "set_variables",
            lambda unit: set_variables(unit, id, given, scope, reason, by, dry_run, seen=seen),
            idempotency_key,
            dry_run=dry_run,
        )

    def cancel(
        self,
        id: int,
        *,
        reason: str,
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Stop an instance, and all it called. Raises Conflict when it has ended."""
        return self._hand(
            id,
            "cancel",
            lambda unit: cancel(unit, id, reason, by, dry_run),
            idempotency_key,
            dry_run=dry_run,
        )

    def abandon(
        self,
        id: int,
        *,
        reason: str,
        compensate: bool = True,
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Stop an instance; with `compensate`, have what it completed undone, last first (BPMN
        2.0.2 §10.7)."""
        return self._hand(
            id,
            "abandon",
            lambda unit: abandon(unit, id, compensate, reason, by, dry_run),
            idempotency_key,
            dry_run=dry_run,
        )

    def modify(
        self,
        id: int,
        instructions: Iterable[Modification],
        *,
        reason: str,
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Move, add and cancel tokens and set variables, in this order and all at once.

        Raises Refused with all that stands against it, and ExecutionError when it comes to
        nothing: then nothing has happened.
        """
        asked = list(instructions)
        return self._hand(
            id,
            "modify",
            lambda unit: modify(unit, id, asked, reason, by, dry_run),
            idempotency_key,
            dry_run=dry_run,
        )

    def suspend(
        self,
        id: int,
        *,
        reason: str,
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Hold an instance: its timers stand still, its jobs and tasks are not given out."""
        return self._hand(
            id,
            "suspend",
            lambda unit: suspend(unit, id, reason, by, dry_run),
            idempotency_key,
            dry_run=dry_run,
        )

    def resume(
        self,
        id: int,
        *,
        reason: str = "",
        keep_remainder: bool | None = None,
        by: Actor = SYSTEM,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Effect:
        """Let a suspended instance go on. Its timers have as long to go as when it was held; or,
        without `keep_remainder`, are due when they were due. None: what the engine is set to."""
        keeps = self._shell.settings.keep_remainder if keep_remainder is None else keep_remainder
        return self._hand(
            id,
            "resume",
            lambda unit: resume(unit, id, reason, by, dry_run, keep_remainder=keeps),
            idempotency_key,
            dry_run=dry_run,
        )

    def _hand(
        self, id: int, verb: str, run: Callable[[Unit], Effect], key: str | None, *, dry_run: bool
    ) -> Effect:
        return perform_on(self._shell, id, verb, run, key, dry_run=dry_run)


def set_variables(
    unit: Unit,
    id: int,
    given: dict[str, Any],
    scope: int | None,
    reason: str,
    by: Actor,
    dry_run: bool = False,
    *,
    seen: int | None = None,
) -> Effect:
    loaded = unit.active(id)
    if scope is not None and scope not in loaded.instance.scopes:
        raise Conflict(f"instance {id} has no scope {scope} any more")
    if seen is not None and (late := _set_since(unit, loaded, scope, given, seen)):
        raise Conflict(f"instance {id}: set by somebody else since: {', '.join(late)}")
    watch = Watch(loaded, "set_variables", dry_run=dry_run)
    hand = intervention("set_variables", by, needed(reason), names=sorted(given))
    unit.step(loaded, Assigned(variables=given, scope=scope), hand)
    return _told(unit, loaded, hand, by, watch)


def _set_since(
    unit: Unit, loaded: Loaded, scope: int | None, names: Iterable[str], seen: int
) -> list[str]:
    """Which of these variables of a scope were set after fact number `seen`."""
    if loaded.head.last_seq <= seen:
        return []
    unit.batch.flush()
    at = scope or next(id for id, row in loaded.instance.scopes.items() if row.parent is None)
    h = t.history.c
    steps = unit.transaction.connection.execute(
        sa.select(h.first_number, h.records).where(
            h.partition_id == partition_of(loaded.id),
            h.instance_id == loaded.id,
            h.first_number + h.count > seen + 1,
        )
    )
    found = {
        name
        for first, records in steps
        for number, record in enumerate(decode_records(records), first)
        if number > seen and record.kind == "variables" and record.scope == at
        for name in record.detail
    }
    return sorted(found & set(names))


def cancel(unit: Unit, id: int, reason: str, by: Actor, dry_run: bool = False) -> Effect:
    loaded = unit.active(id)
    watch = Watch(loaded, "cancel", dry_run=dry_run)
    hand = intervention("cancel", by, needed(reason))
    unit.step(loaded, Cancelled(reason=reason), hand)
    return _told(unit, loaded, hand, by, watch)


def abandon(
    unit: Unit, id: int, compensate: bool, reason: str, by: Actor, dry_run: bool = False
) -> Effect:
    loaded = unit.active(id)
    watch = Watch(loaded, "abandon", dry_run=dry_run)
    given = Compensated(reason=reason) if compensate else Cancelled(reason=reason)
    hand = intervention("abandon", by, needed(reason), compensate=compensate)
    unit.step(loaded, given, hand)
    return _told(unit, loaded, hand, by, watch)


def modify(
    unit: Unit,
    id: int,
    asked: list[Modification],
    reason: str,
    by: Actor,
    dry_run: bool = False,
) -> Effect:
    loaded = unit.active(id)
    watch = Watch(loaded, "modify", dry_run=dry_run)
    moves = instructions_of(loaded, asked)
    said = warnings(loaded.program, loaded.instance, moves)
    hand = intervention("modify", by, needed(reason), instructions=as_told(asked))
    unit.step(loaded, Modified(instructions=moves), hand)
    return _told(unit, loaded, hand, by, watch, said)


def suspend(unit: Unit, id: int, reason: str, by: Actor, dry_run: bool = False) -> Effect:
    loaded = unit.active(id)
    if loaded.head.suspended_at is not None:
        raise Conflict(f"instance {id} is suspended already")
    watch = Watch(loaded, "suspend", dry_run=dry_run)
    hand = intervention("suspend", by, needed(reason))
    for row, columns in _kept(unit, loaded):
        if columns.queue is not None:
            unit.set_shell(row.id, replace(columns, queue=None))
    unit.note(loaded, hand, suspended_at=unit.now_micros)
    return _told(unit, loaded, hand, by, watch)


def resume(
    unit: Unit,
    id: int,
    reason: str,
    by: Actor,
    dry_run: bool = False,
    *,
    keep_remainder: bool = True,
) -> Effect:
    loaded = unit.active(id)
    held = loaded.head.suspended_at
    if held is None:
        raise Conflict(f"instance {id} is not suspended")
    watch = Watch(loaded, "resume", dry_run=dry_run)
    hand = intervention("resume", by, reason)
    unit.note(loaded, hand, suspended_at=None)
    paused = unit.now_micros - held if keep_remainder else 0
    for row, columns in _kept(unit, loaded):
        _resume(unit, loaded, row, columns, paused)
    unit.settle()
    return _told(unit, loaded, hand, by, watch)


def _told(
    unit: Unit,
    loaded: Loaded,
    hand: Any,
    by: Actor,
    watch: Watch,
    said: Iterable[str] = (),
) -> Effect:
    effect = watch.effect(unit, said)
    audit_hand(unit, hand, by, loaded, **told(effect))
    return effect


def _kept(unit: Unit, loaded: Loaded) -> Iterator[tuple[Subscription, Columns]]:
    """All subscriptions with the shell's columns."""
    rows = list(loaded.instance.subscriptions.values())
    unit.batch.flush()
    unit.batch.shells.update(unit.transaction.shells([row.id for row in rows]))
    for row in rows:
        yield row, unit.shell_of(row.id)


def _resume(unit: Unit, loaded: Loaded, row: Subscription, columns: Columns, paused: int) -> None:
    if row.id in loaded.incidents:
        return
    trigger = row.trigger
    match trigger.kind:
        case "job":
            queue = job_queue(trigger.name or "")
            unit.set_shell(row.id, replace(columns, queue=queue))
            unit.wakes[queue] += 1
        case "timer" | "continue":
            available = columns.available_at + paused
            if trigger.due is not None and paused:
                due = trigger.due + timedelta(microseconds=paused)
                row = replace(row, trigger=replace(trigger, due=due))
                loaded.instance.set_subscription(row.id, row)
                head = loaded.head
                opened = Opened(row, head.id, head.definition_id, unit.now_micros, columns)
                unit.writes.change(row.id, opened)
            unit.set_shell(row.id, replace(columns, queue=DUE, available_at=available))
            unit.wakes[DUE] += 1
        case "message":
            unit.later(lambda later: later.shell.duties.listen(loaded, row, later))
