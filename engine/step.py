"""The core's one function: an instance, an input, and what comes of it.

`step` is pure: it reads no clock, draws no random number, does no I/O, and leaves the instance it
was given as it was, also when it raises. Only who asks for it has the instance changed in place.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bpmn.model import EventBasedGateway
from engine.abandon import abandon
from engine.activities import begun, work
from engine.correlation import correlation_at, received
from engine.elements.call_activity import call_results
from engine.elements.events import rearm
from engine.errors import BpmnError, ExecutionError
from engine.events.error import throw_error
from engine.events.escalation import throw_escalation
from engine.expressions.execution import NOTHING, Surroundings
from engine.hearing import resumed
from engine.history import Record
from engine.journal import Before
from engine.listeners import KEY
from engine.mappings import map_outputs
from engine.migration import Migrated, migrate
from engine.program import Node, Program
from engine.repair import (
    CancelNode,
    CancelToken,
    Instruction,
    MoveToken,
    SetVariables,
    StartAfter,
    StartBefore,
    carry_out,
)
from engine.rest import entered, to_rest
from engine.run import Run
from engine.starts import holding_start
from engine.state import UNHEARD, Changes, Instance, Subscription, Variables
from engine.throwing import Escaped
from engine.working import Published

__all__ = [
    "Assigned",
    "Begun",
    "CancelNode",
    "CancelToken",
    "Cancelled",
    "Changed",
    "Compensated",
    "Happened",
    "Input",
    "Instruction",
    "Migrated",
    "Missed",
    "Modified",
    "MoveToken",
    "Outcome",
    "SetVariables",
    "Start",
    "StartAfter",
    "StartBefore",
    "Thrown",
    "step",
]


class Start(Struct, frozen=True, kw_only=True):
    """The first step of a new instance."""

    variables: Variables = {}
    element: str | None = None
    """The start event that was triggered; None: the process starts on its own."""
    part: int = 0
    """Which of its event definitions."""


class Begun(Struct, frozen=True, kw_only=True):
    """The first step of a new instance that begins elsewhere than at a start event."""

    at: tuple[str, ...]
    """Ids of the flow nodes that get a token."""
    variables: Variables = {}


class Happened(Struct, frozen=True, kw_only=True):
    """The trigger of a subscription happened: job or task done, timer due, message come, ..."""

    subscription: int
    payload: Variables = {}


class Thrown(Struct, frozen=True, kw_only=True):
    """The work behind a subscription ended in a BPMN error or escalation."""

    subscription: int
    kind: Literal["error", "escalation"] = "error"
    code: str | None = None
    message: str | None = None
    payload: Variables = {}
    results: Variables = {}
    """Of a called process that it leaves: its variables."""


class Changed(Struct, frozen=True, kw_only=True):
    """Somebody has assigned or changed an open user task: its listeners are told."""

    subscription: int
    event: Literal["assignment", "update"]
    details: Variables
    """Of the task, as they are now."""


class Missed(Struct, frozen=True, kw_only=True):
    """A timer of a cycle was due in vain: it stands alone from now on, to be tried again, and the
    event that it is of waits for the next time."""

    subscription: int


class Assigned(Struct, frozen=True, kw_only=True):
    """Somebody sets variables in a scope; None: the process's."""

    variables: Variables
    scope: int | None = None


class Cancelled(Struct, frozen=True, kw_only=True):
    """Somebody stops the instance."""

    reason: str | None = None


class Compensated(Struct, frozen=True, kw_only=True):
    """Somebody stops the instance and has what it completed undone, last first."""

    reason: str | None = None


class Modified(Struct, frozen=True, kw_only=True):
    """Somebody moves tokens by hand; the instructions are carried out in their order."""

    instructions: tuple[Instruction, ...]


Input: TypeAlias = (
    Assigned
    | Begun
    | Cancelled
    | Changed
    | Compensated
    | Happened
    | Migrated
    | Missed
    | Modified
    | Start
    | Thrown
)


class Outcome(Struct, kw_only=True):
    """What one step did."""

    changes: Changes
    records: list[Record]
    published: list[Published]
    """Messages and signals thrown, for other instances to hear."""
    state: Literal["active", "completed", "failed", "cancelled"]
    reason: str | None
    variables: Variables
    """Of an ended instance: the process scope's."""
    escaped: list[Escaped]
    """What was thrown out of a called instance, for its caller to catch, in that order."""
    before: Before
    """What the changed rows were before."""


def step(
    program: Program,
    instance: Instance,
    given: Input,
    now: datetime,
    *,
    called: bool = False,
    budget: int = 10_000,
    surroundings: Surroundings = NOTHING,
    in_place: bool = False,
) -> Outcome:
    """What comes of one input (`now` aware, UTC). `in_place`: the instance then is what came of it,
    which saves putting it back and applying the difference.

    Raises Stale when the input refers to something that no longer waits, and ExecutionError when
    the input itself cannot be applied: nothing happened. A move behind the input that cannot be
    made does not raise: its token is parked, holding an `incident` subscription.
    """
    run = Run(program, instance, now, budget=budget, called=called, surroundings=surroundings)
    try:
        _give(run, given)
        to_rest(run)
    except BpmnError as error:
        run.put_back()
        raise ExecutionError(f"nothing here catches BPMN error {error}") from error
    except BaseException:
        run.put_back()
        raise
    changes, before = run.finish(in_place=in_place)
    return Outcome(
        changes=changes,
        before=before,
        records=run.records,
        published=run.published,
        state=run.state,
        reason=run.reason,
        variables=run.result,
        escaped=run.escaped,
    )


def _give(run: Run, given: Input) -> None:
    match given:
        case Start():
            _start(run, given)
        case Happened(subscription=subscription, payload=payload):
            _happened(run, run.subscription(subscription), payload)
        case Thrown():
            _thrown(run, given)
        case Changed(subscription=subscription, event=event, details=details):
            row = run.subscription(subscription)
            task: Any = run.program.nodes[row.catcher].behaviour
            task.changed(run, row, event, details)
        case Missed(subscription=subscription):
            row = run.subscription(subscription)
            rearm(run, run.program.nodes[row.catcher], row)
            run.change(replace(row, trigger=replace(row.trigger, details={})))
        case Assigned(variables=variables, scope=scope):
            _assign(run, scope, variables)
        case Cancelled(reason=reason):
            _cancel(run, reason)
        case Compensated(reason=reason):
            abandon(run, _process_scope(run), reason)
        case Modified(instructions=instructions):
            _process_scope(run)
            carry_out(run, instructions)
        case Begun():
            _begin(run, given)
        case Migrated():
            _process_scope(run)
            migrate(run, given)


def _start(run: Run, given: Start) -> None:
    program = run.program
    run.record("started", program.id, detail=given.element)
    container = program.containers[program.id]
    scope = run.open(program.id, "process", parent=None)
    if given.element is None and not container.starts:
        if holding := holding_start(program, given.variables, run.now):
            given = Start(variables=given.variables, element=holding.element, part=holding.part)
    if given.element is None:
        if given.variables:
            run.declare(scope, given.variables, program.id)
        if not container.starts and program.nodes:
            raise ExecutionError(
                f"process {program.id!r} has no none start event, and no conditional one whose "
                f"condition holds: it starts by its triggers only",
                program.id,
            )
        for start in container.starts:
            _remember_starter(run, scope, start)
        run.start(scope)
        return
    run.ready(scope)
    node = program.nodes.get(given.element)
    if node is None:
        raise ExecutionError(f"there is no start event {given.element!r}", given.element)
    token = run.place(scope, node)
    if correlation := correlation_at(node, given.part):
        received(run, correlation, scope, given.variables)
    _await_others(run, scope, node)
    if node.is_activity:
        node.behaviour.caught(run, node, run.subscribe_started(token), given.variables)
        return
    map_outputs(run, token, node, given.variables)
    _remember_starter(run, scope, node)
    if node.is_parallel:
        run.arm(node, scope, token.id, but=given.part)
    if token.id not in run.instance.held_by:
        run.pass_by(token, node)


def _begin(run: Run, given: Begun) -> None:
    """Somebody has an instance begin in the middle, as a restart may."""
    program = run.program
    run.record("started", program.id, detail={"at": list(given.at)})
    scope = run.open(program.id, "process", parent=None)
    if given.variables:
        run.declare(scope, given.variables, program.id)
    run.ready(scope)
    carry_out(run, [StartBefore(node=node) for node in given.at])


def _remember_starter(run: Run, scope: int, start: Node[Any]) -> None:
    """Set the variable that a start event names for who starts the instance."""
    if start.settings.initiator and start.container == run.program.id:
        run.declare(scope, {start.settings.initiator: run.surroundings.starter}, start.id)


def _await_others(run: Run, scope: int, started: Node[Any]) -> None:
    """Behind a parallel event-based gateway that instantiates, wait for the other events too, in
    the instance that the first has begun (§13.4.4)."""
    for flow in started.incoming:
        gateway = flow.source.element
        if isinstance(gateway, EventBasedGateway) and gateway.event_gateway_type == "Parallel":
            for other in flow.source.outgoing:
                if other.target is not started:
                    run.enter(scope, other.target, other)


def _happened(run: Run, subscription: Subscription, payload: Variables) -> None:
    trigger = subscription.trigger
    if trigger.kind in UNHEARD:
        raise ExecutionError(f"subscription {subscription.id} waits for nothing outside")
    if KEY in trigger.details:
        resumed(run, subscription, payload)
        return
    if trigger.kind not in ("continue", "incident"):
        run.catch(subscription, payload)
        return
    run.withdraw(subscription)
    if trigger.kind == "incident":
        what, id = trigger.details["resume"]
        place, scope = subscription.token, subscription.scope
        run.record("resolved", subscription.catcher, place, scope, subscription.id)
        run.resume(what, id)
        return
    assert subscription.token is not None
    token = run.instance.tokens[subscription.token]
    node = run.node_of(token)
    match trigger.details.get("stage"):
        case "begun":
            begun(run, token, node)
        case "work":
            work(run, token, node)
        case "entered":
            entered(run, token, node)
        case "fired":
            run.leave(token, is_passing=True)
        case "taken":
            run.take(token, [f for f in node.outgoing if f.id == trigger.details["flow"]])
        case _:
            run.offer(token)


def _thrown(run: Run, given: Thrown) -> None:
    subscription = run.subscription(given.subscription)
    if subscription.token is None:
        raise ExecutionError(f"subscription {subscription.id} is no work that could throw")
    token = run.instance.tokens[subscription.token]
    node = run.node_of(token)
    if subscription.trigger.kind == "call" and run.program.dialect.maps_results_when_thrown:
        results = call_results(run, node, given.results)
        run.assign(run.local(token), results, node.id)
    if given.kind == "error":
        throw_error(run, token, given.code, dict(given.payload), given.message)
    else:
        throw_escalation(run, token, given.code, dict(given.payload))


def _process_scope(run: Run) -> int:
    for scope in run.instance.scopes.values():
        if scope.kind == "process":
            return scope.id
    raise ExecutionError("the instance has ended")


def _assign(run: Run, id: int | None, variables: Variables) -> None:
    scope = run.instance.scopes.get(_process_scope(run) if id is None else id)
    if scope is None or scope.completed or scope.kind == "snapshot":
        raise ExecutionError(f"there is no scope {id} any more")
    run.declare(scope.id, variables, run.program.id)


def _cancel(run: Run, reason: str | None) -> None:
    scope = _process_scope(run)
    run.result = dict(run.instance.scopes[scope].variables)
    run.close(scope)
    run.state, run.reason = "cancelled", reason
    run.record("ended", run.program.id, detail=reason)
