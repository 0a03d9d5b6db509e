"""Decision models ready to run: compiled once, evaluated by any number of threads."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from bpmn.dmn import model
from bpmn.dmn.model import Definitions
from engine.decisions.errors import UnknownDecisionError
from engine.decisions.graph import (
    CompiledModel,
    GraphNode,
    Values,
    circular,
    compute,
    given,
    ordered,
    result_type,
    scope_of,
)
from engine.decisions.problem import DecisionProblem
from engine.decisions.requirements import undeclared
from engine.decisions.table import TableRecord
from engine.expressions.feel.boundary import feel_to_plain, incoming, outgoing
from engine.expressions.feel.errors import FeelLimitError
from engine.expressions.feel.external import Externals
from engine.expressions.feel.run import LIMITS, Limits, Run
from engine.expressions.feel.types import AnyType, coerced
from engine.expressions.feel.values import Function


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a decision came to."""

    value: Any
    """As Python has it."""
    tables: tuple[TableRecord, ...]
    """Every decision table that took part, in the order of evaluation."""
    warnings: tuple[str, ...]
    """Why values are null."""
    reads: tuple[str, ...] = ()
    """The variables of the caller that it may read."""

    def evaluated(self) -> list[dict[str, Any]]:
        """The tables as JSON data, for a history."""
        return [feel_to_plain(dataclasses.asdict(table)) for table in self.tables]


class Decisions:
    """The decisions of one or more models; models find each other by namespace."""

    def __init__(self, *models: Definitions, externals: Externals | None = None) -> None:
        """`externals`: Python callables that answer for Java methods, by `class.method`."""
        self._externals: Externals = externals or {}
        found: list[DecisionProblem] = []
        self._made: dict[int, CompiledModel] = {}
        """By the identity of the definitions: some tools give every file the same namespace."""
        self._scopes: dict[str, dict[str, Any]] = {}
        """What each knowledge model's function sees, by key; filled when all functions exist."""
        by_namespace = {definitions.namespace: definitions for definitions in reversed(models)}
        for definitions in models:
            self._open(definitions, by_namespace, found, ())
        nodes = [node for made in self._made.values() for node in made.nodes.values()]
        for made in self._made.values():
            made.link()
        for node in nodes:
            if isinstance(node.element, model.DecisionService):
                node.function = self._service_function(node)
            node.model.compile(node)
        for node in nodes:
            if isinstance(node.element, model.BusinessKnowledgeModel) and node.root is not None:
                self._bind(node)
        for node in nodes:
            if isinstance(node.element, model.BusinessKnowledgeModel) and node.function:
                self._scopes[node.key].update(scope_of(node, {}))
        for node in circular(nodes):
            message = f"decision '{node.name}' requires itself; take out one requirement"
            node.model.problem(node.element.line, message)
        self.problems: tuple[DecisionProblem, ...] = tuple(found)
        """What was found while compiling; the parts concerned give null."""

    def _open(
        self,
        definitions: Definitions,
        by_namespace: Mapping[str, Definitions],
        found: list[DecisionProblem],
        opening: tuple[str, ...],
    ) -> CompiledModel:
        namespace = definitions.namespace
        if id(definitions) in self._made:
            return self._made[id(definitions)]

        def problem(line: int, message: str) -> None:
            entry = DecisionProblem(line=line, message=message, namespace=namespace)
            if entry not in found:
                found.append(entry)

        imports: list[tuple[str, CompiledModel]] = []
        for wanted in definitions.imports:
            other = by_namespace.get(wanted.namespace)
            if "DMN" not in wanted.import_type:
                continue
            if other is None:
                problem(wanted.line, f"model '{wanted.namespace}' is not there; deploy it together")
            elif other.namespace in (*opening, namespace):
                problem(wanted.line, f"model '{wanted.namespace}' imports itself")
            else:
                made = self._open(other, by_namespace, found, (*opening, namespace))
                imports.append((wanted.name, made))
        key = f"{namespace}/{len(self._made)}"
        made = CompiledModel(key, definitions, imports, problem, self._externals)
        self._made[id(definitions)] = made
        return made

    def _bind(self, node: GraphNode) -> None:
        """Makes the function of a knowledge model; its own scope is filled when all exist."""
        scope = self._scopes.setdefault(node.key, {})
        assert node.root is not None
        node.function = node.root([Run(), scope, *node.space])

    def _service_function(self, node: GraphNode) -> Function:
        """A decision service as the function of its input decisions and input data (§10.4)."""
        service = node.element
        assert isinstance(service, model.DecisionService)
        inputs = [
            found.node
            for link in (*service.input_decisions, *service.input_data)
            if (found := node.model.find(link.href, service)) is not None
        ]
        names = tuple(needed.name for needed in inputs)

        def invoke(run: Run, arguments: list[Any]) -> Any:
            if len(arguments) != len(inputs):
                run.warn(f"'{node.name}' takes {len(inputs)} arguments, not {len(arguments)}")
                return None
            values: Values = {}
            for needed, argument in zip(inputs, arguments, strict=True):
                if needed.type is not None:
                    argument = coerced(run, argument, needed.type, f"'{needed.name}'")
                values[needed.key] = argument
            run.enter()
            result = self._service(run, node, values, {}, {})
            run.depth -= 1
            return result

        def invoke_named(run: Run, arguments: dict[str, Any]) -> Any:
            if set(arguments) != set(names):
                run.warn(f"the parameters of '{node.name}' are {', '.join(names)}")
                return None
            return invoke(run, [arguments[name] for name in names])

        types = tuple(needed.type for needed in inputs)
        signature = types, result_type(node.type)
        return Function(names, invoke, invoke_named, node.name, signature)

    def _service(
        self,
        run: Run,
        node: GraphNode,
        values: Values,
        variables: Mapping[str, Any],
        paths: Mapping[str, tuple[str, ...]],
    ) -> Any:
        service = node.element
        assert isinstance(service, model.DecisionService)
        stop = frozenset(values)
        results: dict[str, Any] = {}
        for link in service.output_decisions:
            found = node.model.find(link.href, service)
            if found is None:
                continue
            for needed in ordered(found.node, stop) or ():
                if needed.key not in values:
                    values[needed.key] = compute(run, needed, values, variables, paths)
            results[found.node.name] = values[found.node.key]
        result = next(iter(results.values())) if len(results) == 1 else results
        wanted = result_type(node.type)
        if wanted is None or isinstance(wanted, AnyType) or result is None:
            return result
        return coerced(run, result, wanted, f"the result of '{node.name}'")

    def remarks(self) -> list[DecisionProblem]:
        """Names that the first model uses without requiring or declaring them (§6.3, §7.3.9)."""
        return list(undeclared(next(iter(self._made.values())))) if self._made else []

    def names(self) -> Sequence[str]:
        """The ids of everything that can be evaluated."""
        return [
            node.element.id
            for made in self._made.values()
            for node in made.nodes.values()
            if not isinstance(node.element, model.InputData)
        ]

    def asked(self) -> list[tuple[str, list[str]]]:
        """The id of each decision and decision service of the first model, with the variables
        that its caller gives: all that it reads, without what required decisions come to."""
        made = next(iter(self._made.values()), None)
        found = []
        for node in made.nodes.values() if made else ():
            element = node.element
            if isinstance(element, model.Decision | model.DecisionService):
                targets = [node, *(one.node for one in node.required)]
                needed = [each for target in targets for each in ordered(target) or ()]
                own = {n.name for n in needed if not isinstance(n.element, model.InputData)}
                reads = [name for name in self._reads(node) if name not in own]
                found.append((element.id, reads))
        return found

    def evaluate(
        self,
        id: str,
        variables: Mapping[str, Any],
        *,
        namespace: str | None = None,
        now: datetime | None = None,
        random: Random | None = None,
        limits: Limits = LIMITS,
        is_traced: bool = True,
    ) -> DecisionResult:
        """The result of the decision, decision service or knowledge model of that id or name.

        Raises UnknownDecisionError, and FeelLimitError past the budget.
        """
        node = self._find(id, namespace)
        warnings: list[str] = []
        run = Run(now, warnings, random=random, limits=limits)
        run.trace = [] if is_traced else None
        try:
            value = outgoing(self._value(run, node, variables))
            tables = tuple(record.for_python() for record in run.trace or ())
        except RecursionError:
            raise FeelLimitError(f"'{id}': values or functions are nested too deeply") from None
        return DecisionResult(
            value=value, tables=tables, warnings=tuple(warnings), reads=self._reads(node)
        )

    def _reads(self, node: GraphNode) -> tuple[str, ...]:
        """Inputs and free names of all that the node needs, and the imports they stand in."""
        if node.reads is None:
            found: set[str] = set()
            if isinstance(node.element, model.BusinessKnowledgeModel) and node.function:
                found.update(node.function.parameters)
            targets = [node]
            if isinstance(node.element, model.DecisionService):
                targets = [requirement.node for requirement in node.required]
            for needed in (each for target in targets for each in ordered(target) or ()):
                found |= needed.free
                found.update(node.model.paths().get(needed.model.key, ())[:1])
                if isinstance(needed.element, model.InputData):
                    found.add(needed.name)
            node.reads = tuple(sorted(found))
        return node.reads

    def _value(self, run: Run, node: GraphNode, variables: Mapping[str, Any]) -> Any:
        paths = node.model.paths()
        if isinstance(node.element, model.DecisionService):
            values = self._service_inputs(run, node, variables)
            return self._service(run, node, values, variables, paths)
        if isinstance(node.element, model.BusinessKnowledgeModel):
            if node.function is None:
                return None
            arguments = [incoming(variables.get(name)) for name in node.function.parameters]
            return node.function.invoke(run, arguments)
        values = {}
        for needed in ordered(node) or ():
            values[needed.key] = compute(run, needed, values, variables, paths)
        return values.get(node.key)

    def _service_inputs(self, run: Run, node: GraphNode, variables: Mapping[str, Any]) -> Values:
        """The results of input decisions that the caller has; the others are computed."""
        service = node.element
        assert isinstance(service, model.DecisionService)
        values: Values = {}
        for link in (*service.input_decisions, *service.input_data):
            found = node.model.find(link.href, service)
            if found is not None and found.node.name in variables:
                values[found.node.key] = given(run, found.node, variables[found.node.name])
        return values

    def _find(self, id: str, namespace: str | None) -> GraphNode:
        models = [
            made
            for made in self._made.values()
            if namespace is None or made.definitions.namespace == namespace
        ]
        for made in models:
            if id in made.nodes:
                return made.nodes[id]
        for made in models:
            for node in made.nodes.values():
                if id in (node.element.name, node.name):
                    return node
        known = ", ".join(sorted(self.names())[:10])
        raise UnknownDecisionError(f"there is no decision '{id}'; known are {known}")
