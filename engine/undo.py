"""Compensation handlers, one after the other (BPMN 2.0.2 §13.5.5): last completed, first undone.

What completed has left a subscription of kind `compensation` in its scope. A scope of that kind
runs the handlers; its `items` say which activity (None: all) of which scope. Of several throws that
undo what is in one scope, the later wait for their `turn`, and find what the earlier have left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.state import Scope, Subscription, Token, Trigger

if TYPE_CHECKING:
    from engine.program import Node
    from engine.run import Run


def begin_undoing(
    run: Run, token: Token, node: str, activity: str | None, target: int, *, is_held: bool = True
) -> None:
    """Have what completed in the scope `target` undone for a throw event, or one activity of it."""
    undoing = run.open(
        node,
        "compensation",
        parent=token.scope,
        holder=token if is_held else None,
        items=(activity, target),
    )
    run.subscribe(target, None, node, Trigger(kind="turn", key=str(undoing)))
    run.settle(undoing)


def _turns(run: Run, target: int) -> list[Subscription]:
    """Whose turn it is to undo what is in `target`, and who waits."""
    held = run.instance.held_by_scope.get(target, {}).values()
    return sorted((s for s in held if s.trigger.kind == "turn"), key=lambda s: s.id)


def pass_turn(run: Run, closed: Scope) -> None:
    """Let the next throw undo what a closed compensation scope has left."""
    assert closed.items is not None
    turns = _turns(run, closed.items[1])
    for turn in turns:
        if turn.trigger.key == str(closed.id):
            run.withdraw(turn)
            turns.remove(turn)
            break
    if turns:
        run.settle(int(turns[0].trigger.key or 0))


def undo_next(run: Run, undoing: int) -> bool:
    """Start the next compensation handler in the scope `undoing`, or wait for its turn; whether
    there is anything left for it."""
    scope = run.instance.scopes[undoing]
    assert scope.items is not None
    activity, target = scope.items
    found = _last(run, target, activity)
    if found is None:
        return False
    turns = _turns(run, target)
    if turns and turns[0].trigger.key != str(undoing):
        return True
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
        last = max(promises, key=lambda s: _order(run, s))
        if last.catcher != last.trigger.name:
            return last
        kept = int(last.trigger.key or 0)
        if found := _last(run, kept, None):
            return found
        if any(s.holder is not None for s in run.instance.inside.get(kept, {}).values()):
            return None  # another throw is at its last one
        run.withdraw(last)
        run.close(kept)


def _order(run: Run, made: Subscription) -> int:
    """When something completed; of a sub-process that was given up, what completed last in it."""
    if not made.trigger.details.get("is_open"):
        return made.id
    inside = run.instance.held_by_scope.get(int(made.trigger.key or 0), {}).values()
    return max((_order(run, s) for s in inside if s.trigger.kind == "compensation"), default=0)


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
