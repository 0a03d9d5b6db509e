"""Requirement graphs (DMN 1.5 §6 and §10.4): what a decision needs, in the order it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from bpmn.dmn import model
from engine.decisions.boxed import Boxes, TypedFunction
from engine.decisions.types import ModelTypes
from engine.expressions.feel.boundary import incoming
from engine.expressions.feel.compiler import LOCALS, Code, Compilation
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.external import Externals
from engine.expressions.feel.run import Run
from engine.expressions.feel.syntax import Node
from engine.expressions.feel.types import FeelType, FunctionType, coerced
from engine.expressions.feel.values import Function

_MISSING: Any = object()
Values = dict[str, Any]
"""Results by the key of the node."""


class Layered(Mapping[str, Any]):
    """What a decision requires, and behind it the variables of the caller."""

    __slots__ = ("own", "rest")

    def __init__(self, own: dict[str, Any], rest: Mapping[str, Any]) -> None:
        self.own = own
        self.rest = rest

    def __getitem__(self, name: str) -> Any:
        try:
            return self.own[name]
        except KeyError:
            return self.rest[name]

    def __iter__(self) -> Iterator[str]:
        yield from self.own
        yield from (name for name in self.rest if name not in self.own)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(slots=True, eq=False)
class GraphNode:
    """An input, decision, business knowledge model or decision service of one model."""

    element: model.DrgElement
    model: CompiledModel
    name: str
    key: str
    """Unique among all models."""
    required: list[Requirement] = field(default_factory=list)
    type: FeelType | None = None
    root: Code | None = None
    space: list[None] = field(default_factory=list)
    function: Function | None = None
    free: frozenset[str] = frozenset()
    """The names its expressions read from outside."""
    reads: tuple[str, ...] | None = None
    """What it may read of the caller's variables, kept from the first evaluation on."""
    order: list[GraphNode] | None = None
    """What `ordered` found, kept from the first evaluation on."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A link to another node, and the name of the import that it comes through."""

    node: GraphNode
    through: str


class CompiledModel:
    """One model with its types and nodes."""

    def __init__(
        self,
        key: str,
        definitions: model.Definitions,
        imports: Sequence[tuple[str, CompiledModel]],
        problem: Callable[[int, str], None],
        externals: Externals,
    ) -> None:
        self.key = key
        """Unique among all models."""
        self.externals = externals
        self.definitions = definitions
        self.imports = imports
        self.problem = problem
        imported: list[tuple[str, ModelTypes]] = [(name, found.types) for name, found in imports]
        self.types: ModelTypes = ModelTypes(definitions, imported, problem)
        self.boxes = Boxes(self.types, problem)
        self.nodes: dict[str, GraphNode] = {}
        for element in definitions.drg_elements:
            if isinstance(element, model.KnowledgeSource):
                continue
            variable = getattr(element, "variable", None)
            name = variable.name if variable is not None and variable.name else element.name
            self.nodes[element.id] = GraphNode(element, self, name, f"{key}#{element.id}")

    def link(self) -> None:
        """Follows the references; comes after all models have their nodes."""
        for node in self.nodes.values():
            element = node.element
            variable = getattr(element, "variable", None)
            if variable is not None:
                node.type = self.types.of(variable.type_ref, variable.line)
            for href in _references(element):
                requirement = self.find(href, element)
                if requirement is not None:
                    node.required.append(requirement)

    def find(self, href: str, owner: model.DrgElement) -> Requirement | None:
        """The node behind a reference; a problem when there is none."""
        namespace, _, id = href.rpartition("#")
        if not namespace or namespace == self.definitions.namespace:
            if id in self.nodes:
                return Requirement(self.nodes[id], "")
        for name, imported in self.imports:
            if imported.definitions.namespace == namespace and id in imported.nodes:
                return Requirement(imported.nodes[id], name)
        self.problem(
            owner.line, f"'{owner.name or owner.id}' requires '{href}', which does not exist"
        )
        return None

    def paths(self) -> dict[str, tuple[str, ...]]:
        """The names of the imports that lead from here to each model, by its key."""
        found: dict[str, tuple[str, ...]] = {self.key: ()}
        waiting = [self]
        while waiting:
            current = waiting.pop(0)
            path = found[current.key]
            for name, imported in current.imports:
                if imported.key not in found:
                    found[imported.key] = (*path, name) if name else path
                    waiting.append(imported)
        return found

    def compile(self, node: GraphNode) -> None:
        """Makes the code of a decision or the function of a knowledge model."""
        element = node.element
        self.boxes.owner_id = element.id
        names = self._names(node)
        owner = element.name or element.id
        if isinstance(element, model.Decision):
            root = self.boxes.node(element.expression, names, owner)
            self._code(node, root, names)
        elif isinstance(element, model.BusinessKnowledgeModel):
            logic = element.encapsulated_logic
            if logic is None:
                self.problem(element.line, f"'{owner}' has no encapsulatedLogic; add it")
                return
            made = self.boxes.node(logic, names, owner)
            made = _with_result(made, result_type(node.type), owner)
            self._code(node, made, names)

    def _code(self, node: GraphNode, root: Node, names: list[str]) -> None:
        compilation = Compilation("", self.types, names, self.externals)
        try:
            node.root = compilation.compile(root)
        except (RecursionError, FeelSyntaxError) as error:
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
            self.problem(node.element.line, f"'{node.name}': {reason}")
            return
        node.space = [None] * (compilation.size - LOCALS)
        node.free = frozenset(compilation.certain)

    def _names(self, node: GraphNode) -> list[str]:
        names = list(self.types.member_names())
        for requirement in node.required:
            names.append(requirement.node.name)
            if requirement.through:
                names.append(requirement.through)
        return names


def result_type(declared: FeelType | None) -> FeelType | None:
    """What invoking gives, whether the variable is declared as the function or as its result."""
    while isinstance(plain := getattr(declared, "plain", None), FunctionType):
        declared = plain.result
    return declared


def _with_result(made: Node, result: FeelType | None, owner: str) -> Node:
    from dataclasses import replace

    from engine.decisions.boxed import Typed

    function = made.node if isinstance(made, Typed) else made
    if isinstance(made, Typed) and not isinstance(made.type.plain, FunctionType):
        result = result or made.type
    if isinstance(function, TypedFunction) and result is not None:
        body = Typed(0, function.body, result, f"the result of '{owner}'")
        return replace(function, body=body, result=result)
    return function


def _references(element: model.DrgElement) -> Iterable[str]:
    if isinstance(element, model.Decision):
        for need in element.information_requirements:
            for link in (need.required_decision, need.required_input):
                if link is not None:
                    yield link.href
    if isinstance(element, model.Decision | model.BusinessKnowledgeModel):
        for knowledge in element.knowledge_requirements:
            if knowledge.required_knowledge is not None:
                yield knowledge.required_knowledge.href
    if isinstance(element, model.DecisionService):
        for link in (*element.input_decisions, *element.input_data, *element.output_decisions):
            yield link.href


def circular(nodes: Sequence[GraphNode]) -> list[GraphNode]:
    """The decisions that require themselves, directly or by way of others, in their order."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for node in nodes:
        if isinstance(node.element, model.Decision):
            graph.add_edges_from((node.key, needed.node.key) for needed in node.required)
    found = {key for key, other in graph.edges if key == other}
    for component in nx.strongly_connected_components(graph):
        if len(component) > 1:
            found |= component
    return [node for node in nodes if node.key in found and is_value(node)]


def ordered(target: GraphNode, stop: frozenset[str] = frozenset()) -> list[GraphNode] | None:
    """The target and the values it requires, each after what it requires; None for a circle.

    Functions are no values: what they require is bound when they are made.
    """
    if target.order is not None and not stop:
        return target.order
    order: list[GraphNode] = []
    state: dict[str, bool] = {}
    waiting: list[tuple[GraphNode, bool]] = [(target, False)]
    while waiting:
        node, is_done = waiting.pop()
        if is_done:
            state[node.key] = True
            order.append(node)
            continue
        if node.key in state:
            if not state[node.key]:
                return None
            continue
        state[node.key] = False
        waiting.append((node, True))
        if node.key in stop or not isinstance(node.element, model.Decision):
            continue
        waiting += (
            (requirement.node, False)
            for requirement in reversed(node.required)
            if is_value(requirement.node) and not state.get(requirement.node.key, False)
        )
    if not stop:
        target.order = order
    return order


def is_value(node: GraphNode) -> bool:
    """Whether the node is an input or a decision, not a function."""
    return isinstance(node.element, model.Decision | model.InputData)


def compute(
    run: Run,
    node: GraphNode,
    values: Values,
    variables: Mapping[str, Any],
    paths: Mapping[str, tuple[str, ...]],
) -> Any:
    """The value of an input or decision whose requirements are computed."""
    if isinstance(node.element, model.InputData):
        path = paths.get(node.model.key, ())
        return _input(run, node, variables, path)
    if node.root is None:
        return None
    scope = scope_of(node, values)
    value = node.root([run, Layered(scope, variables) if scope else variables, *node.space])
    if node.type is None or value is None:
        return value
    return coerced(run, value, node.type, f"the result of '{node.name}'")


def scope_of(node: GraphNode, values: Values) -> dict[str, Any]:
    """What the node's expression can name: values and functions, imported ones in a context."""
    scope: dict[str, Any] = {}
    for requirement in node.required:
        needed = requirement.node
        found = values.get(needed.key) if is_value(needed) else needed.function
        if requirement.through:
            scope.setdefault(requirement.through, {})[needed.name] = found
        else:
            scope[needed.name] = found
    return scope


def _input(run: Run, node: GraphNode, variables: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The variable of an input; that of an imported one may stand in a context of the import."""
    value: Any = variables
    for step in (*path, node.name):
        value = value[step] if isinstance(value, Mapping) and step in value else _MISSING
    for name in (".".join((*path, node.name)), node.name):
        if value is _MISSING:
            value = variables.get(name, _MISSING)
    if value is _MISSING:
        run.warn(f"no input '{node.name}'")
        return None
    return given(run, node, value)


def given(run: Run, node: GraphNode, value: Any) -> Any:
    """What somebody gave for an input or a decision, as its declared type."""
    converted = incoming(value)
    if node.type is None or converted is None:
        return converted
    return coerced(run, converted, node.type, f"input '{node.name}'")
