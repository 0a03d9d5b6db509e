"""Errors, escalations and cancellations: thrown outward, to the nearest catcher (§10.5.7).

Catchers of what is thrown are known from the model, so they need no rows: the boundary events of
the activities around the thrower, and the event sub-processes of the scopes around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from engine.errors import ExecutionError
from engine.mappings import map_outputs
from engine.state import Scope, Subscription, Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.program import Node, Part
    from engine.run import Run


class Uncaught(ExecutionError):
    """A BPMN error that nobody around its thrower catches."""


class Escaped(Struct, frozen=True, kw_only=True):
    """What was thrown out of a called instance, for its caller to catch."""

    kind: str
    code: str | None
    message: str | None = None
    variables: Variables = {}
    element: str = ""
    """Where it was thrown."""


def thrown(
    run: Run, token: Token, kind: str, code: str | None, payload: Variables, message: str | None
) -> bool:
    """Tell the nearest catcher outward of `token`; whether there was one.

    Of the catchers at one place the one for this very code comes first, then one for all codes; an
    event sub-process of a scope comes before the boundary of the activity that holds the scope. A
    compensation handler throws from where compensation was thrown (ours), held or not.
    """
    detail = {"kind": kind, "code": code, "message": message}
    run.record("thrown", token.node, token.id, token.scope, detail=detail)
    at = token
    while True:
        node, scope = run.node_of(at), run.instance.scopes[at.scope]
        if node.catchers and scope.kind != "loop":
            if found := _matching(_needed(run, node.catchers, at.id, scope.id), kind, code):
                told = _told(found, code, message, payload)
                if found[0].is_parallel:
                    _count(run, token, found, at.id, scope.id, told)
                    return True
                run.record("caught", found[0].id, at.id, at.scope)
                catch_boundary(run, at, found[0], told)
                return True
        if kind == "cancel" and at is not token and scope.kind != "loop":
            return False
        armed = _armed(run, scope, at)
        while scope.kind == "compensation" and scope.holder is None:
            if scope.container not in run.program.nodes or scope.parent is None:
                return False  # of an abandoned instance
            scope = run.instance.scopes[scope.parent]
            armed = _armed(run, scope, at)
        if found := _matching(_needed(run, armed, None, scope.id), kind, code):
            told = _told(found, code, message, payload)
            if found[0].is_parallel:
                _count(run, token, found, None, scope.id, told)
                return True
            run.record("caught", found[0].id, None, scope.id)
            start_event_sub_process(run, scope.id, found[0], told)
            return True
        if scope.holder is None:
            return False
        at = run.instance.tokens[scope.holder]


def _armed(run: Run, scope: Scope, at: Token) -> list[tuple[Node[Any], Part[Any]]]:
    """The catching event sub-processes of a scope: not the one that throws, and none once an
    interrupting one has taken the scope."""
    if scope.kind not in ("process", "sub_process"):
        return []
    catchers = run.program.containers[scope.container].catchers
    if not catchers or _is_taken(run, scope.id):
        return []
    return [(event, part) for event, part in catchers if event.container != at.node]


def _is_taken(run: Run, scope: int) -> bool:
    """Whether an interrupting event sub-process runs in a scope."""
    for token in run.tokens_in(scope):
        if getattr(run.node_of(token).element, "triggered_by_event", False):
            for held in run.instance.holds.get(token.id, {}).values():
                if held.kind == "sub_process" and held.index == 1:
                    return True
    return False


def awaited(run: Run, event: Node[Any], part: Part[Any], scope: int) -> Trigger | None:
    """What an event that is armed waits for; of what is thrown outward, only a parallel multiple
    event keeps account (§10.5.4)."""
    if event.is_parallel and part.behaviour.is_thrown_to_scopes:
        return Trigger(kind="thrown", name=part.code)
    return part.behaviour.trigger(run, part, scope)


def _needed(
    run: Run, catchers: Iterable[tuple[Node[Any], Part[Any]]], token: int | None, scope: int
) -> list[tuple[Node[Any], Part[Any]]]:
    """Those of the catchers that still need their trigger."""
    return [
        (event, part)
        for event, part in catchers
        if not event.is_parallel or _need(run, event, part, token, scope)
    ]


def _need(
    run: Run, event: Node[Any], part: Part[Any], token: int | None, scope: int
) -> Subscription | None:
    waiting = run.subscriptions_of(token, scope, event.id)
    return next((s for s in waiting if s.part == part.index), None)


def _count(
    run: Run,
    thrower: Token,
    found: tuple[Node[Any], Part[Any]],
    host: int | None,
    scope: int,
    payload: Variables,
) -> None:
    """Count what a parallel multiple event has caught. While it still needs more, an error ends
    its thrower's path; an activity that threw to its own boundary stays there, without its work."""
    event, part = found
    waiting = _need(run, event, part, host, scope)
    assert waiting is not None
    run.catch(waiting, payload)
    if not part.behaviour.always_interrupts or thrower.id not in run.instance.tokens:
        return
    if thrower.id != host:
        run.end(thrower)
        return
    for work in run.subscriptions_of(host, scope, thrower.node):
        run.withdraw(work)
    for inner in sorted(run.instance.holds.get(thrower.id, {})):
        if run.instance.scopes[inner].kind != "activity":
            run.close(inner)


def _matching(
    catchers: Iterable[tuple[Node[Any], Part[Any]]], kind: str, code: str | None
) -> tuple[Node[Any], Part[Any]] | None:
    of_kind = [(e, p) for e, p in catchers if p.behaviour.kind == kind]
    for event, part in of_kind:
        if part.code == code and code is not None:
            return event, part
    return next(((e, p) for e, p in of_kind if p.code is None), None)


def _told(
    found: tuple[Node[Any], Part[Any]], code: str | None, message: str | None, payload: Variables
) -> Variables:
    """What the catcher gets: the thrown variables, and code and message where it asks for them."""
    event, part = found
    values = dict(payload)
    for settings in (event.settings, part.settings):
        if settings.error_code_variable:
            values[settings.error_code_variable] = code
        if settings.error_message_variable:
            values[settings.error_message_variable] = message
        if settings.escalation_code_variable:
            values[settings.escalation_code_variable] = code
    return values


def catch_boundary(run: Run, host: Token, event: Node[Any], payload: Variables) -> None:
    """Let a boundary event fire: an interrupting one cancels its activity first (§10.5.4)."""
    if event.is_interrupting:
        node = run.node_of(host)
        if node.outputs and run.program.dialect.maps_outputs_when_interrupted:
            map_outputs(run, host, node, {})
        run.stop(host)
    run.fire(host.scope, event, payload)


def start_event_sub_process(run: Run, scope: int, start: Node[Any], payload: Variables) -> None:
    """Start an event sub-process in `scope`: an interrupting one takes the scope (§13.5.4)."""
    sub_process = run.program.nodes[start.container]
    if start.is_interrupting:
        run.interrupt(scope)
    holder = run.place(scope, sub_process)
    inner = run.open(
        sub_process.id,
        "sub_process",
        parent=scope,
        holder=holder,
        index=1 if start.is_interrupting else 0,
    )
    run.ready(inner)
    run.fire(inner, start, payload)
