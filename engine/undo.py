"""Compensation handlers, one after the other (BPMN 2.0.2 §13.5.5): last completed, first undone.

What completed has left a subscription of kind `compensation` in its scope. A scope of that kind
runs the handlers; its `items` say which activity (None: all) of which scope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.state import Scope, Subscription

if TYPE_CHECKING:
    from engine.program import Node
    from engine.run import Run


def undo_next(run: Run, undoing: int) -> bool:
    """Start the next compensation handler in the scope `undoing`; whether one was left."""
    scope = run.instance.scopes[undoing]
    assert scope.items is not None
    activity, target = scope.items
    found = _last(run, target, activity)
    if found is None:
        return False
    run.record("compensating", found.trigger.name, scope=undoing, subscription=found.id)
    run.withdraw(found)
    kept = run.instance.scopes[int(found.trigger.key or 0)]
    handler = run.program.nodes[found.catcher]
    if kept.kind == "snapshot":
        _run_handler(run, undoing, handler, kept)
    else:
        _run_event_sub_process(run, undoing, handler, kept)
    return True


def _last(run: Run, scope: int, activity: str | None) -> Subscription | None:
    """The last promise in `scope`; of a sub-process without a handler of its own, the last one in
    what it left behind, which goes first; empty ones are cleared away."""
    while True:
        promises = [
            s
            for s in run.instance.held_by_scope.get(scope, {}).values()
            if s.trigger.kind == "compensation" and activity in (None, s.trigger.name)
        ]
        if not promises:
            return None
        last = max(promises, key=lambda s: s.id)
        if last.catcher != last.trigger.name:
            return last
        kept = int(last.trigger.key or 0)
        if found := _last(run, kept, None):
            return found
        if any(s.holder is not None for s in run.instance.inside.get(kept, {}).values()):
            return None  # another throw is at its last one
        run.withdraw(last)
        run.close(kept)


def _run_handler(run: Run, undoing: int, handler: Node[Any], kept: Scope) -> None:
    token = run.enter(undoing, handler)
    run.adopt(kept, token)


def _run_event_sub_process(run: Run, undoing: int, start: Node[Any], kept: Scope) -> None:
    """Run a compensation event sub-process inside what its sub-process left behind."""
    sub_process = run.program.nodes[start.container]
    holder = run.place(undoing, sub_process)
    inner = run.open(sub_process.id, "sub_process", parent=kept.id, holder=holder)
    run.ready(inner)
    run.fire(inner, start, {})
