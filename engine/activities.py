"""What all activities share (BPMN 2.0.2 §13.3.2): arming, inputs, loops, outputs, compensation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.listeners import tell
from engine.mappings import map_inputs, map_outputs
from engine.state import Token, Trigger, Variables

if TYPE_CHECKING:
    from engine.expressions import Expression
    from engine.program import Node
    from engine.run import Run


def begin(run: Run, token: Token, node: Node[Any]) -> None:
    """A token has come to an activity: make it ready, then let it work."""
    if node.is_plain:
        node.behaviour.enter(run, token, node)
    elif run.is_iteration(token):
        if node.loop_settings is not None and node.loop_settings.async_before:
            run.go_on_later(token, "work")
        else:
            work(run, token, node)
    elif node.element.start_quantity > 1 and not _gathered(run, token, node):
        return
    elif node.is_async_before:
        run.go_on_later(token, "begun")
    else:
        begun(run, token, node)


def _gathered(run: Run, token: Token, node: Node[Any]) -> bool:
    """Whether the tokens that `startQuantity` asks for are here; the others go up in this one."""
    if run.instance.held_by.get(token.id) or run.instance.holds.get(token.id):
        return True
    idle = [
        t
        for tokens in run.waiting_at(token).values()
        for t in tokens.values()
        if t.id not in run.instance.held_by and t.id not in run.instance.holds
    ]
    needed = node.element.start_quantity
    if len(idle) < needed:
        return False
    others = sorted((t for t in idle if t.id != token.id), key=lambda t: t.id)
    for other in others[: needed - 1]:
        run.merge(other)
    return True


def begun(run: Run, token: Token, node: Node[Any]) -> None:
    """Arm the boundary events, then work. Conditions that hold already fire before (§10.5.4)."""
    for event in node.armed:
        run.arm(event, token.scope, token.id)
    if node.armed and run.program.has_conditions:
        run.queue_work(token)
    else:
        work(run, token, node)


def work(run: Run, token: Token, node: Node[Any]) -> None:
    """Let an activity, or one iteration of a looping one, do what it is there for."""
    if node.loop is not None and not run.is_iteration(token):
        node.loop.enter(run, token, node)
        return
    if node.skip is not None and _is_skipped(run, token, node.skip):
        complete(run, token, node, {})
        return
    if node.inputs:
        map_inputs(run, token, node)
    if node.starting and not tell(run, token, node.starting, "start"):
        return
    node.behaviour.enter(run, token, node)


def _is_skipped(run: Run, token: Token, skip: Expression) -> bool:
    switches = run.program.dialect.skip_switches
    seen = run.visible(run.local(token))
    if switches and not any(seen.get(name) is True for name in switches):
        return False
    return run.holds(skip, run.local(token))


def complete(run: Run, token: Token, node: Node[Any], payload: Variables) -> None:
    """An activity has done its work, and this is what it yields."""
    is_iteration = run.is_iteration(token)
    if is_iteration and node.loop is not None:
        payload = node.loop.yielded(run, token, node, payload)
    if payload or node.outputs:
        map_outputs(run, token, node, payload)
    if not node.ending or tell(run, token, node.ending, "end"):
        finished(run, token, node)


def finished(run: Run, token: Token, node: Node[Any]) -> None:
    """What an activity, or one iteration of it, yields is where it belongs, and its listeners have
    been told: it can be undone from now on, and is left."""
    is_iteration = run.is_iteration(token)
    if node.compensation_handler is not None:
        variables = dict(run.visible(run.local(token)))
        parent = enclosing(run, token)
        snapshot = run.open(node.id, "snapshot", parent=parent, variables=variables)
        promise(run, parent, node.compensation_handler, node.id, snapshot)
    if is_iteration and node.loop is not None:
        node.loop.iteration_completed(run, token, node)
    else:
        completed(run, token, node)


def completed(run: Run, token: Token, node: Node[Any]) -> None:
    """An activity is done, with all its iterations: it is left by each flow as often as its
    `completionQuantity` says."""
    quantity = node.element.completion_quantity
    if quantity == 1:
        run.leave(token)
    else:
        run.leave(token, run.flows_out(token, node) * quantity)


def enclosing(run: Run, token: Token) -> int:
    """The process or sub-process scope a token is in, seen through the loops around it."""
    scope = run.instance.scopes[token.scope]
    while scope.kind == "loop":
        assert scope.holder is not None
        scope = run.instance.scopes[run.instance.tokens[scope.holder].scope]
    return scope.id


def promise(run: Run, scope: int, handler: str, activity: str, kept: int) -> None:
    """Remember, for as long as `scope` lives, that `activity` can be undone (§10.5.6); `kept` is
    the scope that holds the data as it was."""
    trigger = Trigger(kind="compensation", name=activity, key=str(kept))
    run.subscribe(scope, None, handler, trigger)
