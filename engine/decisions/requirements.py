"""Whether expressions use what their decision requires (DMN 1.5 §6.3.9, §6.3.10, §10.4)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.dmn import model
from engine.decisions.graph import CompiledModel, GraphNode
from engine.decisions.problem import DecisionProblem
from engine.expressions.feel.builtins import BUILTINS

_REQUIREMENTS = {
    model.InputData: "information requirement",
    model.Decision: "information requirement",
    model.BusinessKnowledgeModel: "knowledge requirement",
    model.DecisionService: "knowledge requirement",
}


def undeclared(made: CompiledModel) -> Iterator[DecisionProblem]:
    """Warnings about names of one model that nothing gives a value to.

    Tables without any requirement live on the variables of their caller, as Camunda's do; only
    where requirements are drawn is a name that none of them brings worth a remark.
    """
    by_name = {node.name: node for node in made.nodes.values()}
    has_inputs = any(isinstance(node.element, model.InputData) for node in made.nodes.values())
    for node in made.nodes.values():
        for name in sorted(node.free - _given(node) - BUILTINS.keys()):
            owner = node.element.name or node.element.id
            if (other := by_name.get(name)) is not None:
                kind = _REQUIREMENTS[type(other.element)]
                yield _warning(
                    node, f"'{owner}' uses '{name}' without requiring it; add the {kind}"
                )
            elif has_inputs and node.required:
                yield _warning(
                    node,
                    f"'{owner}' uses '{name}', which is no input, decision or function; "
                    "correct the name, or add input data and require it",
                )


def _given(node: GraphNode) -> set[str]:
    """The names that the node's requirements bring."""
    return {requirement.through or requirement.node.name for requirement in node.required}


def _warning(node: GraphNode, message: str) -> DecisionProblem:
    return DecisionProblem(
        line=node.element.line,
        message=message,
        namespace=node.model.definitions.namespace,
        severity="warning",
        clause="7.3.9",
    )
