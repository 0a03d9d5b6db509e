"""Who does a task, where the model says it in BPMN's own terms: resource roles and lanes (§10.3.4,
§10.3.1, §10.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.dialects import Code
from bpmn.model import HumanPerformer, Performer, PotentialOwner, Resource, ResourceRole
from engine.expressions import Expression

if TYPE_CHECKING:
    from engine.compiler import Compiler
    from engine.program import Node


def assigned_by_resources(compiler: Compiler, node: Node[Any]) -> dict[str, Expression]:
    """`assignee` and `candidate_groups` from the task's resource roles, or else from its lane."""
    stated: dict[str, Expression] = {}
    groups: list[str] = []
    for role in node.element.resources:
        if isinstance(role, PotentialOwner):
            groups += _resource_name(compiler, role)
        if (isinstance(role, HumanPerformer) and not isinstance(role, PotentialOwner)) or type(
            role
        ) is Performer:
            _assignee(compiler, role, node, stated)
        elif isinstance(role, PotentialOwner):
            _assignment(compiler, role, node, stated, "candidate_groups")
    if not stated and not groups:
        groups = _lanes(compiler, node)
    if groups and "candidate_groups" not in stated:
        text = Code("literal", ",".join(groups))
        if found := compiler.code(text, node.element):
            stated["candidate_groups"] = found
    return stated


def _assignee(
    compiler: Compiler, role: ResourceRole, node: Node[Any], stated: dict[str, Expression]
) -> None:
    _assignment(compiler, role, node, stated, "assignee")
    if "assignee" not in stated and (names := _resource_name(compiler, role)):
        if found := compiler.code(Code("literal", names[0]), node.element):
            stated["assignee"] = found


def _assignment(
    compiler: Compiler,
    role: ResourceRole,
    node: Node[Any],
    stated: dict[str, Expression],
    name: str,
) -> None:
    expression = role.resource_assignment_expression
    if expression is not None:
        if found := compiler.value(expression.expression, node.element):
            stated[name] = found


def _resource_name(compiler: Compiler, role: ResourceRole) -> list[str]:
    resource = compiler.root(role.resource_ref, Resource)
    return [resource.name or resource.id] if resource else []


def _lanes(compiler: Compiler, node: Node[Any]) -> list[str]:
    """The name of the innermost lane that lists the task."""
    found: list[str] = []
    todo = list(getattr(compiler.graph.containers[node.container], "lane_sets", ()))
    while todo:
        for lane in todo.pop().lanes:
            if node.id in lane.flow_node_refs and lane.name:
                found = [lane.name]
            if lane.child_lane_set is not None:
                todo.append(lane.child_lane_set)
    return found
