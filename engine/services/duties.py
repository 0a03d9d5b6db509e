"""What the shell does when a step opens or closes a subscription, throws, or ends an instance."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from engine.errors import EngineError, ExecutionError, NotFound, Stale
from engine.history import Record
from engine.services.batch import children_of
from engine.services.duplicates import dedup_of, published_before
from engine.services.masks import cleaned_of
from engine.state import Subscription
from engine.step import Cancelled, Happened, Outcome, Start, Thrown
from engine.storage.ids import hashed, partition_of
from engine.storage.rows import Head, Shell, micros
from engine.storage.writes import Incident, Message
from engine.values import decode, encode

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.programs import Definition
    from engine.services.unit import Unit

DUE = "due"
"""The queue of what the engine itself does when its time has come."""
OUTBOX = "outbox"
"""Wakes whoever delivers messages and signals."""
CALL_DEPTH = 50
THROWN_TTL = 3_600_000_000
"""Microseconds for which a message thrown by an instance waits for its receiver."""
REMEMBERED = 86_400_000_000
"""Microseconds for which a message's id is remembered at least."""

Given = dict[str, Any]
"""An input as it can be kept: `verb` happened | thrown | call | decide, and what belongs to it."""


def job_queue(job_type: str) -> str:
    """Where the workers of a job type look."""
    return f"job:{job_type}"


class Duties:
    """One method a turn of events; called by `Unit` with what a step brought."""

    def opened(self, unit: Unit, loaded: Loaded, row: Subscription) -> None:
        """A step has made a subscription."""
        trigger, now = row.trigger, unit.now_micros
        shell = Shell(available_at=now)
        match trigger.kind:
            case "job":
                assert trigger.name is not None
                shell.queue = job_queue(trigger.name)
                shell.retries = trigger.details.get("retries")
                shell.priority = whole(trigger.details.get("priority"))
            case "timer" | "continue":
                shell.queue = DUE
                shell.available_at = micros(trigger.due) if trigger.due else now
            case "user_task":
                shell.worker = trigger.details.get("assignee")
                shell.priority = whole(trigger.details.get("priority"))
            case "message" if unit.shell.store.profile.is_distributed:
                shell.queue = OUTBOX  # looked for where messages are, in other partitions
            case "message":
                unit.later(partial(self.listen, loaded, row))
            case "call":
                unit.later(partial(attempt, loaded, row, {"verb": "call"}))
            case "decision":
                unit.later(partial(attempt, loaded, row, {"verb": "decide"}))
            case "incident":
                error = trigger.details.get("error") or "ExecutionError"
                message = trigger.details.get("message") or ""
                add_incident(unit, loaded, row, "parked", str(error), str(message))
        unit.open(loaded, row, shell)

    def rescheduled(self, unit: Unit, head: Head, row: Subscription, shell: Shell) -> None:
        """A step has given a subscription another due time."""
        assert row.trigger.due is not None
        queue = DUE if head.suspended_at is None else None
        due = micros(row.trigger.due)
        unit.set_shell(row.id, replace(shell, queue=queue, available_at=due))

    def closed(self, unit: Unit, loaded: Loaded, row: Subscription) -> None:
        """A step has used or withdrawn a subscription."""
        if row.id in loaded.incidents:
            loaded.incidents.discard(row.id)
            unit.writes.incidents.drop(row.id)
        if row.trigger.kind == "call":
            unit.later(partial(self._cancel_children, loaded, row.id))

    def told(self, unit: Unit, loaded: Loaded, outcome: Outcome) -> None:
        """A step has thrown something out of its instance, or ended a called one."""
        head = loaded.head
        for thrown in outcome.published:
            is_distributed = unit.shell.store.profile.is_distributed
            where = f"{thrown.name}\0{thrown.key or ''}"
            partition = (
                partition_of(head.id)
                if is_distributed
                else hashed(where, unit.shell.store.partitions)
            )
            id, dedup = unit.shell.store.ids.row(partition), None
            if thrown.id is not None:
                dedup = dedup_of(thrown.name, thrown.key, thrown.id)
                if published_before(unit, partition, dedup):
                    continue
            kept = THROWN_TTL if thrown.ttl is None else thrown.ttl // timedelta(microseconds=1)
            if loaded.program.dialect.needs_receiver:
                kept = 0
            message = Message(
                id=id,
                kind=thrown.kind,
                name=thrown.name,
                key=thrown.key,
                variables=encode(dict(thrown.variables)),
                dedup=dedup,
                state="thrown" if is_distributed else "new",
                published_at=unit.now_micros,
                expires_at=unit.now_micros + kept,
                forget_at=unit.now_micros + max(kept, REMEMBERED),
                source_id=head.id,
            )
            unit.writes.messages.put(id, message, existed=False)
            unit.wakes[OUTBOX] += 1
        if head.parent_id is not None:
            unit.later(partial(self._tell_caller, loaded, outcome))

    def _tell_caller(self, child: Loaded, outcome: Outcome, unit: Unit) -> None:
        head = child.head
        assert head.parent_id is not None
        assert head.parent_subscription is not None
        caller = unit.instance(head.parent_id)
        row = caller.instance.subscriptions.get(head.parent_subscription)
        if row is None:
            return
        news: list[Given] = [
            {
                "verb": "thrown",
                "kind": escaped.kind,
                "code": escaped.code,
                "message": escaped.message,
                "payload": dict(escaped.variables),
                "results": _variables_of(child, outcome),
            }
            for escaped in outcome.escaped
        ]
        is_error = bool(news) and news[-1]["kind"] == "error"
        if outcome.state not in ("active", "cancelled") and not is_error:
            news.append({"verb": "happened", "payload": dict(outcome.variables)})
        if news:
            attempt(caller, row, _in_turn(news), unit)
        if outcome.state == "cancelled" and row.id in caller.instance.subscriptions:
            why = f"the called instance {head.id} was cancelled: {outcome.reason or 'no reason'}"
            refuse(unit, caller, row, {"verb": "call"}, "CalledInstanceCancelled", why)

    def _cancel_children(self, caller: Loaded, subscription: int, unit: Unit) -> None:
        """What was called goes with the call."""
        connection = unit.transaction.connection
        known = set(children_of(connection, partition_of(caller.id), subscription))
        known.update(
            id
            for id, other in unit.batch.loaded.items()
            if other.head.parent_subscription == subscription
        )
        for id in sorted(known):
            child = unit.instance(id)
            if child.head.state == "active":
                hand = {"verb": "cancel", "reason": "its caller went on without it"}
                record = Record("intervention", detail={**hand, "by": "system"})
                unit.step(child, Cancelled(reason=hand["reason"]), record)

    def listen(self, loaded: Loaded, row: Subscription, unit: Unit) -> None:
        """A message may have come before the wait for it: they search each other."""
        held = loaded.head.suspended_at is not None
        if held or row.id not in loaded.instance.subscriptions:
            return
        if unit.shell.store.profile.is_distributed:
            unit.set_shell(row.id, replace(unit.shell_of(row.id), queue=OUTBOX))
            unit.wakes[OUTBOX] += 1
            return
        name, key = row.trigger.name or "", row.trigger.key
        unit.transaction.lock_name(name, key)
        if found := _kept(unit, name, key):
            message, payload = found
            receive(unit, message, loaded)
            attempt(loaded, row, {"verb": "happened", "payload": decode(payload)}, unit)


def _kept(unit: Unit, name: str, key: str | None) -> tuple[int, str] | None:
    """The oldest message that is kept under a name and key, and was not received in the same
    transaction: its id and payload."""
    new = unit.batch.writes.messages.new.values()
    if any(one.name == name and one.state == "waiting" for one in new):
        unit.batch.flush()
    taken = {*unit.writes.messages.changed, *unit.batch.writes.messages.changed}
    values = {"name": name, "key": key, "any_key": int(key is None), "now": unit.now_micros}
    values["most"] = len(taken) + 1
    statement = unit.transaction.store.statements.buffered
    for id, _, payload, _ in unit.transaction.fetch_named(statement, values):
        if id not in taken:
            return id, payload
    return None


def receive(unit: Unit, message: int, receiver: Loaded | None) -> None:
    """A message has found its one receiver."""
    forget_at = unit.now_micros + REMEMBERED
    row = Message(
        id=message,
        kind="",
        name="",
        key=None,
        variables="",
        dedup=None,
        state="received",
        published_at=0,
        expires_at=0,
        forget_at=forget_at,
        receiver_id=receiver.id if receiver else None,
    )
    unit.writes.messages.put(message, row, existed=True)


def _in_turn(news: list[Given]) -> Given:
    """Several inputs as one: each is given when the one before it has had its effect."""
    first, *rest = news
    return {**first, "then": rest} if rest else first


def apply(unit: Unit, loaded: Loaded, row: Subscription, given: Given, *before: Record) -> None:
    """Let an input that concerns a subscription have its effect. Raises ExecutionError."""
    match given["verb"]:
        case "happened":
            unit.step(loaded, Happened(subscription=row.id, payload=given["payload"]), *before)
        case "thrown":
            thrown = Thrown(
                subscription=row.id,
                kind=given["kind"],
                code=given["code"],
                message=given["message"],
                payload=given["payload"],
                results=given.get("results", {}),
            )
            unit.step(loaded, thrown, *before)
        case "call":
            _call(unit, loaded, row)
        case "decide":
            details = row.trigger.details
            name = row.trigger.name or ""
            payload = unit.shell.decisions.decide(unit, loaded.head, row.catcher, name, details)
            unit.step(loaded, Happened(subscription=row.id, payload=payload), *before)
    if then := given.get("then"):
        attempt(loaded, row, _in_turn(then), unit)


def attempt(loaded: Loaded, row: Subscription, given: Given, unit: Unit, *before: Record) -> bool:
    """Apply an input, or keep it as an incident; whether it was applied."""
    if row.id not in loaded.instance.subscriptions:
        return False
    try:
        apply(unit, loaded, row, given, *before)
    except ExecutionError as error:
        if row.id not in loaded.instance.subscriptions:
            raise
        kind = error.__class__.__name__
        refuse(unit, loaded, row, given, kind, error.message, *before, element=error.element)
        return False
    except Stale:
        return False
    return True


def refuse(
    unit: Unit,
    loaded: Loaded,
    row: Subscription,
    given: Given,
    error: str,
    message: str,
    *before: Record,
    element: str | None = None,
) -> None:
    """Keep an input that could not be applied, with why; `retry` gives it again."""
    message = cleaned_of(unit, loaded, message)
    detail = {"error": error, "message": message}
    record = Record("incident", element or row.catcher, row.token, row.scope, row.id, detail)
    unit.note(loaded, *before, record)
    add_incident(unit, loaded, row, "input", error, message, given=given, element=element)
    unit.set_shell(row.id, replace(unit.shell_of(row.id), queue=None, last_error=message))


def add_incident(
    unit: Unit,
    loaded: Loaded,
    row: Subscription,
    kind: str,
    error: str,
    message: str,
    *,
    given: Given | None = None,
    element: str | None = None,
    attempts: int = 0,
) -> None:
    """Write the row that lists show, and that `retry` begins with."""
    head, message = loaded.head, cleaned_of(unit, loaded, message)
    if row.id in loaded.incidents:
        unit.writes.incidents.drop(row.id)
    loaded.incidents.add(row.id)
    incident = Incident(
        id=row.id,
        instance_id=head.id,
        root_id=head.root_id,
        definition_id=head.definition_id,
        process_id=head.process_id,
        element=element or row.catcher,
        kind=kind,
        error=error,
        message=message,
        input=None if given is None else encode(given),
        job_type=row.trigger.name if row.trigger.kind == "job" else None,
        attempts=attempts,
        at=unit.now_micros,
    )
    unit.writes.incidents.put(row.id, incident, existed=False)


def _variables_of(child: Loaded, outcome: Outcome) -> dict[str, Any]:
    """A called instance's own variables, as they are now or were at its end."""
    if outcome.state != "active":
        return dict(outcome.variables)
    scopes = child.instance.scopes.values()
    return next((dict(s.variables) for s in scopes if s.kind == "process"), {})


def _call(unit: Unit, caller: Loaded, row: Subscription) -> None:
    """Start the called instance, in its caller's transaction (BPMN 2.0.2 §10.3.6)."""
    head, details = caller.head, row.trigger.details
    if head.depth >= CALL_DEPTH:
        raise ExecutionError(
            f"'{row.catcher}' calls '{row.trigger.name}' at depth {head.depth + 1}, more than the "
            f"{CALL_DEPTH} allowed; end the recursion",
            row.catcher,
        )
    try:
        definition = called_definition(unit, caller, row)
    except NotFound as error:
        raise ExecutionError(f"'{row.catcher}' calls {error}", row.catcher) from None
    connection = unit.transaction.connection
    held = unit.shell.board.held_start(connection, definition.process_id, definition.id)
    if held:
        raise ExecutionError(f"'{row.catcher}': {held}; resume it, then retry", row.catcher)
    child = unit.create(
        definition,
        partition=partition_of(caller.id),
        started_by=f"call {head.id}",
        business_key=details.get("business_key", head.business_key),
        correlation_id=head.correlation_id,
        parent=caller,
        call=row.id,
    )
    hand = {"verb": "start", "by": "system", "caller": head.id, "element": row.catcher}
    try:
        unit.step(
            child,
            Start(variables=details.get("variables") or {}),
            Record("intervention", detail=hand),
        )
    except ExecutionError:
        raise
    except EngineError as error:
        raise ExecutionError(str(error), row.catcher) from error


def called_definition(unit: Unit, caller: Loaded, row: Subscription) -> Definition:
    """Which version a call activity means. Raises NotFound."""
    details, process_id = row.trigger.details, row.trigger.name or ""
    programs, connection = unit.shell.programs, unit.transaction.connection
    match details.get("binding"):
        case "version" if str(details.get("version") or "").isdigit():
            return programs.version(connection, process_id, int(details["version"]))
        case "versionTag":
            return programs.tagged(connection, process_id, str(details.get("version_tag")))
        case "deployment":
            own = programs.definition(connection, caller.head.definition_id)
            return programs.deployed_with(connection, process_id, own.deployment_id)
    return unit.latest(process_id)


def whole(value: Any) -> int:
    """A priority as it can be kept."""
    try:
        return min(max(int(value), -(2**31)), 2**31 - 1)
    except (TypeError, ValueError):
        return 0
