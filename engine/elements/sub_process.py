"""Sub-process, event sub-process and transaction (BPMN 2.0.2 §10.3.5): a scope inside a token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.model import SubProcess
from engine.activities import complete, enclosing, promise
from engine.behaviour import NodeBehaviour, behaviour
from engine.listeners import tell
from engine.state import Token

if TYPE_CHECKING:
    from engine.program import Node
    from engine.run import Run


@behaviour(SubProcess)
class SubProcessBehaviour(NodeBehaviour[None]):
    def enter(self, run: Run, token: Token, node: Node[None]) -> None:
        run.start(run.open(node.id, "sub_process", parent=run.local(token), holder=token))

    def child_ended(self, run: Run, token: Token, node: Node[None], scope: int) -> None:
        if run.instance.scopes[scope].kind == "compensation":
            return
        if node.element.triggered_by_event:
            run.close(scope)
            if tell(run, token, node.ending, "over"):
                run.end(token)
            return
        own = own_results(run, node, scope)
        if not leave_for_compensation(run, token, node, scope):
            run.close(scope)
        complete(run, token, node, own)


def own_results(run: Run, node: Node[Any], scope: int) -> dict[str, Any]:
    """Of a sub-process's own variables, those that its output mappings or its loop read."""
    own = run.instance.scopes[scope].variables
    if not own:
        return {}
    read = frozenset[str]().union(*(mapping.source.names for mapping in node.outputs))
    if node.data_outputs is not None:
        read &= node.data_outputs
    if result := getattr(node.loop_plan, "output_element", None):
        read |= result.names
    return {name: value for name, value in own.items() if name in read}


def leave_for_compensation(run: Run, token: Token, node: Node[None], scope: int) -> bool:
    """Keep what a completed sub-process needs to be undone later (§13.5.5): its own compensation
    event sub-process, or else the promises of its inner activities; whether there is any."""
    if node.compensation_handler is not None:
        return False
    own = run.program.containers[node.id].compensation
    held = run.instance.held_by_scope.get(scope, {}).values()
    if own is None and not any(s.trigger.kind == "compensation" for s in held):
        return False
    row = run.instance.scopes[scope]
    variables = dict(row.variables)
    if row.parent is not None and row.parent != token.scope:
        variables = {**run.instance.scopes[row.parent].variables, **variables}
    parent = enclosing(run, token)
    run.keep(scope, parent, variables)
    promise(run, parent, own.id if own else node.id, node.id, scope)
    return True
