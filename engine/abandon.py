"""Giving an instance up with compensation (ours): all that completed in it is undone, last first.

A sub-process that still runs has not completed and cannot be undone as a whole (§13.5.5); what has
completed inside it is undone all the same, in its place in the order. A handler that was under way
begins again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from engine.activities import enclosing, promise
from engine.errors import ExecutionError
from engine.state import Scope, Trigger

if TYPE_CHECKING:
    from engine.run import Run


def abandon(run: Run, scope: int, reason: str | None) -> None:
    """Stop everything in the process scope, and undo what completed, in a scope nobody holds."""
    if any(run.instance.scopes[id].container == run.program.id for id in run.undoing(scope)):
        raise ExecutionError("what the instance completed is being undone already", run.program.id)
    for undoing in [s for s in run.instance.scopes.values() if s.kind == "compensation"]:
        _begin_again(run, undoing)
    for inner in reversed(list(_running(run, scope))):
        _leave_behind(run, inner)
    run.interrupt(scope)
    run.decide("cancelled", reason)
    run.settle(run.open(run.program.id, "compensation", parent=scope, items=(None, scope)))


def _begin_again(run: Run, undoing: Scope) -> None:
    """Promise once more what the handlers in a compensation scope have not finished."""
    for token in run.tokens_in(undoing.id):
        for held in list(run.instance.holds.get(token.id, {}).values()):
            if held.kind == "snapshot":
                run.set_scope(replace(held, holder=None))
                assert held.parent is not None
                promise(run, held.parent, token.node, held.container, held.id)
            elif held.kind == "sub_process" and held.parent is not None:
                kept = run.instance.scopes[held.parent]
                start = run.program.containers.get(kept.container)
                if kept.completed and kept.parent is not None and start and start.compensation:
                    promise(run, kept.parent, start.compensation.id, kept.container, kept.id)


def _running(run: Run, scope: int) -> Iterator[Scope]:
    """The scopes of sub-processes that run inside a scope, outer ones first."""
    todo = [scope]
    while todo:
        for token in run.tokens_in(todo.pop()):
            for held in sorted(run.instance.holds.get(token.id, {})):
                inner = run.instance.scopes[held]
                if inner.kind == "sub_process":
                    yield inner
                if inner.kind in ("sub_process", "loop"):
                    todo.append(held)


def _leave_behind(run: Run, inner: Scope) -> None:
    """Keep what a running sub-process has completed, if anything, in the scope around it."""
    held = run.instance.held_by_scope.get(inner.id, {}).values()
    if not any(s.trigger.kind == "compensation" for s in held):
        return
    assert inner.holder is not None
    holder = run.instance.tokens[inner.holder]
    variables = dict(inner.variables)
    if inner.parent is not None and inner.parent != holder.scope:
        variables = {**run.instance.scopes[inner.parent].variables, **variables}
    parent = enclosing(run, holder)
    run.interrupt(inner.id)
    run.keep(inner.id, parent, variables)
    details = {"is_open": True}
    trigger = Trigger(kind="compensation", name=inner.container, key=str(inner.id), details=details)
    run.subscribe(parent, None, inner.container, trigger)
