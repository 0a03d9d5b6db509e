"""Starting instances, and what people do to them by hand."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from msgspec.structs import replace

from engine.errors import Conflict, Invalid
from engine.history import Record
from engine.services import idempotency
from engine.services.duties import DUE, job_queue
from engine.state import Subscription
from engine.step import (
    Assigned,
    Cancelled,
    CancelToken,
    Compensated,
    Instruction,
    Modified,
    Start,
    StartAfter,
    StartBefore,
)
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.storage.records import decode_records
from engine.storage.rows import Shell as Columns
from engine.storage.writes import Opened
from engine.values import admit, decode
from engine.views import SYSTEM, Actor, Modification, StartedInstance

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.shell import Shell
    from engine.services.unit import Unit
    from engine.views.common import InstanceState

LONGEST_KEY = 255
WAIT_STEP = 0.5
"""Seconds after which a waiting caller looks for itself, should it have missed the news."""


def intervention(verb: str, by: Actor, reason: str | None = None, **more: Any) -> Record:
    """Somebody's hand, as the history keeps it."""
    detail = {"verb": verb, "by": by.name, "source": by.source}
    if reason is not None:
        detail["reason"] = reason
    return Record("intervention", detail={**detail, **more})


class InstanceMethods:
    """The part of `Engine` that changes instances."""

    _shell: Shell

    def start(
        self,
        process_id: str,
        variables: Mapping[str, Any] | None = None,
        *,
        business_key: str | None = None,
        version: int | None = None,
        correlation_id: str | None = None,
        by: Actor = SYSTEM,
        wait: timedelta | None = None,
        idempotency_key: str | None = None,
    ) -> StartedInstance:
        """Start an instance of the latest version, or of `version`.

        With `wait`, returns when it has ended, or after that time. Raises NotFound without such a
        process, and ExecutionError when it cannot begin so: then there is no instance.
        """
        given = admit(variables)
        business_key = checked_text(business_key, "business key")
        correlation_id = checked_text(correlation_id, "correlation id")

        def run(unit: Unit) -> StartedInstance:
            programs, connection = unit.shell.programs, unit.transaction.connection
            definition = (
                programs.latest(connection, process_id)
                if version is None
                else programs.version(connection, process_id, version)
            )
            loaded = unit.create(
                definition,
                partition=unit.shell.partition(business_key),
                started_by=by.name,
                business_key=business_key,
                correlation_id=correlation_id,
            )
            unit.step(loaded, Start(variables=given), intervention("start", by))
            return started(loaded)

        answer = self._shell.do(
            idempotency.once(idempotency_key, f"start {process_id}", StartedInstance, run)
        )
        return answer if wait is None else self._wait(answer, wait)

    def _wait(self, answer: StartedInstance, wait: timedelta) -> StartedInstance:
        until = time.monotonic() + wait.total_seconds()
        shell = self._shell
        while answer.state == "active":
            position = shell.hub.count
            head = shell.store.read_heads([answer.id])[answer.id]
            if head.state != "active":
                result = decode(head.result or "{}")
                return replace(answer, state=cast("InstanceState", head.state), variables=result)
            left = until - time.monotonic()
            if left <= 0:
                break
            shell.hub.wait(position, min(left, WAIT_STEP))
        return answer

    def set_variables(
        self,
        id: int,
        variables: Mapping[str, Any],
        *,
        scope: int | None = None,
        seen: int | None = None,
        reason: str,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Set variables of a scope; by default of the process scope.

        With `seen`, the number of the last fact that the caller knows of, Conflict is raised when
        one of these variables was set since. Raises Conflict when the instance has ended, too.
        """
        given = admit(variables)

        def run(unit: Unit) -> None:
            loaded = unit.active(id)
            if scope is not None and scope not in loaded.instance.scopes:
                raise Conflict(f"instance {id} has no scope {scope} any more")
            if seen is not None and (late := _set_since(unit, loaded, scope, given, seen)):
                raise Conflict(f"instance {id}: set by somebody else since: {', '.join(late)}")
            hand = intervention("set_variables", by, needed(reason), names=sorted(given))
            unit.step(loaded, Assigned(variables=given, scope=scope), hand)

        self._by_hand(id, "set_variables", run, idempotency_key)

    def cancel(
        self, id: int, *, reason: str, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None:
        """Stop an instance, and all it called. Raises Conflict when it has ended."""

        def run(unit: Unit) -> None:
            hand = intervention("cancel", by, needed(reason))
            unit.step(unit.active(id), Cancelled(reason=reason), hand)

        self._by_hand(id, "cancel", run, idempotency_key)

    def abandon(
        self,
        id: int,
        *,
        reason: str,
        compensate: bool = True,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Stop an instance and have what it completed undone, last first (BPMN 2.0.2 §10.7)."""

        def run(unit: Unit) -> None:
            given = Compensated(reason=reason) if compensate else Cancelled(reason=reason)
            hand = intervention("abandon", by, needed(reason), compensate=compensate)
            unit.step(unit.active(id), given, hand)

        self._by_hand(id, "abandon", run, idempotency_key)

    def modify(
        self,
        id: int,
        instructions: Iterable[Modification],
        *,
        reason: str,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Move tokens by hand, in this order. Raises ExecutionError when one of it cannot be."""
        asked = list(instructions)

        def run(unit: Unit) -> None:
            loaded = unit.active(id)
            moves = tuple(move for one in asked for move in _moves(loaded, one))
            told = [{"verb": m.verb, "token": m.token, "element": m.element} for m in asked]
            hand = intervention("modify", by, needed(reason), instructions=told)
            unit.step(loaded, Modified(instructions=moves), hand)

        self._by_hand(id, "modify", run, idempotency_key)

    def suspend(
        self, id: int, *, reason: str, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None:
        """Hold an instance: its timers stand still, its jobs and tasks are not given out."""

        def run(unit: Unit) -> None:
            loaded = unit.active(id)
            if loaded.head.suspended_at is not None:
                raise Conflict(f"instance {id} is suspended already")
            hand = intervention("suspend", by, needed(reason))
            for row, columns in _kept(unit, loaded):
                if columns.queue is not None:
                    unit.set_shell(row.id, replace(columns, queue=None))
            unit.note(loaded, hand, suspended_at=unit.now_micros)

        self._by_hand(id, "suspend", run, idempotency_key)

    def resume(
        self, id: int, *, reason: str = "", by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None:
        """Let a suspended instance go on; its timers have as long to go as when it was held."""

        def run(unit: Unit) -> None:
            loaded = unit.active(id)
            held = loaded.head.suspended_at
            if held is None:
                raise Conflict(f"instance {id} is not suspended")
            unit.note(loaded, intervention("resume", by, reason), suspended_at=None)
            paused = unit.now_micros - held
            for row, columns in _kept(unit, loaded):
                _resume(unit, loaded, row, columns, paused)
            unit.settle()

        self._by_hand(id, "resume", run, idempotency_key)

    def _by_hand(self, id: int, verb: str, run: Any, key: str | None) -> None:
        once = idempotency.once(key, f"{verb} {id}", None, run)
        self._shell.do(once, instance=id)


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


def started(loaded: Loaded) -> StartedInstance:
    """What a start answers."""
    head = loaded.head
    return StartedInstance(
        id=head.id,
        process_id=head.process_id,
        version=head.version,
        definition=head.definition_id,
        business_key=head.business_key,
        correlation_id=head.correlation_id or str(head.root_id),
        state=cast("InstanceState", head.state),
        variables=None if head.state == "active" else decode(head.result or "{}"),
    )


def checked_text(value: str | None, what: str) -> str | None:
    """A key as it may be. Raises Invalid."""
    if value is None:
        return None
    if not isinstance(value, str) or not value or len(value) > LONGEST_KEY or "\0" in value:
        raise Invalid(
            f"{what}: found {value!r:.60}; a text of 1 to {LONGEST_KEY} characters would do"
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid(f"{what}: holds half a surrogate pair; send the whole character") from None
    return value


def needed(reason: str) -> str:
    """A reason, which who acts must give. Raises Invalid."""
    if not reason or not reason.strip():
        raise Invalid("reason: found none; say why, the history keeps it")
    return reason


def _moves(loaded: Loaded, asked: Modification) -> Iterator[Instruction]:
    nodes = loaded.program.nodes
    if asked.element is not None and asked.element not in nodes:
        raise Invalid(f"there is no flow node '{asked.element}' in '{loaded.head.process_id}'")
    match asked.verb:
        case "cancel_token":
            if asked.token is None:
                raise Invalid("cancel_token: say which token")
            yield CancelToken(token=asked.token)
        case "cancel_node":
            tokens = [t.id for t in loaded.instance.tokens.values() if t.node == asked.element]
            if not tokens:
                raise Conflict(f"no token is in '{asked.element}'")
            yield from (CancelToken(token=token) for token in tokens)
        case "start_before" | "start_after":
            if asked.element is None:
                raise Invalid(f"{asked.verb}: say at which element")
            kind = StartBefore if asked.verb == "start_before" else StartAfter
            yield kind(node=asked.element, variables=admit(asked.variables))


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
            if trigger.due is not None:
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
