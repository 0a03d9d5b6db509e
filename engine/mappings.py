"""Variable mappings: what goes into an activity or event, and what comes out of it (§10.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpmn.model as m
from engine.state import Token, Variables

if TYPE_CHECKING:
    from engine.data import VariableMapping
    from engine.program import Node
    from engine.run import Run


def map_inputs(run: Run, token: Token, node: Node[Any]) -> None:
    """Give an activity or event a scope of its own with its mapped inputs."""
    values: dict[str, Any] = {}
    outer = run.local(token)
    known = {} if run.program.dialect.inputs_apart else values
    for mapping in node.inputs:
        _put(values, mapping.path, run.evaluate(mapping.source, outer, known))
    if outer != token.scope:
        run.declare(outer, values, node.id)
    else:
        run.open(node.id, "activity", parent=token.scope, holder=token, variables=values)


def map_outputs(run: Run, token: Token, node: Node[Any], payload: Variables) -> None:
    """Bring what an activity or event yields to where it belongs: through its output mappings
    if it has some, otherwise each variable to where it is declared."""
    local = run.local(token)
    if not node.outputs:
        run.assign(local, payload, node.id)
        return
    if payload and local != token.scope:
        run.declare(local, payload, node.id)
    if node.data_outputs is not None:
        rest = {n: v for n, v in payload.items() if n not in node.data_outputs}
        run.assign(token.scope, rest, node.id)
        payload = _item(node, payload)
    outer = run.instance.scopes[local].parent if local != token.scope else local
    assert outer is not None
    values: dict[str, Any] = {}
    for mapping in node.outputs:
        value = run.evaluate(mapping.source, local, {**payload, **values})
        if len(mapping.path) > 1 and mapping.path[0] not in values:
            known = run.visible(outer).get(mapping.path[0])
            values[mapping.path[0]] = dict(known) if isinstance(known, dict) else {}
        _put(values, mapping.path, value)
    item = getattr(node.loop_plan, "output_element", None)
    if item is not None and local != token.scope and run.is_iteration(token):
        own = {name: values.pop(name) for name in item.names & values.keys()}
        run.declare(local, own, node.id)
    run.assign(outer, values, node.id)


def _item(node: Node[Any], payload: Variables) -> Variables:
    """Of what catches something with one data output, the payload under that output's name (§10.4):
    where nothing in it has that name, the one document it consists of, or else all of it (ours)."""
    if not payload or node.data_outputs is None or len(node.data_outputs) != 1:
        return payload
    if not isinstance(node.element, m.CatchEvent | m.ReceiveTask):
        return payload
    (name,) = node.data_outputs
    if name in payload:
        return payload
    values = list(payload.values())
    is_document = len(values) == 1 and isinstance(values[0], dict | list)
    return {**payload, name: values[0] if is_document else dict(payload)}


def mapped(
    run: Run, mappings: tuple[VariableMapping, ...], scope: int, top: Variables
) -> dict[str, Any]:
    """What mappings make of the variables seen from a scope, with `top` over them."""
    values: dict[str, Any] = {}
    for mapping in mappings:
        value = run.evaluate(mapping.source, scope, {**top, **values})
        if len(mapping.path) > 1 and mapping.path[0] not in values:
            known = run.visible(scope).get(mapping.path[0])
            values[mapping.path[0]] = dict(known) if isinstance(known, dict) else {}
        _put(values, mapping.path, value)
    return values


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a nested value, making the documents on the way."""
    *way, last = path
    at = values
    for name in way:
        inner = at.get(name)
        at[name] = at = dict(inner) if isinstance(inner, dict) else {}
    at[last] = value
