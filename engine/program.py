"""What runs: a process graph with its behaviours found and its expressions compiled, once.

Shared by every instance of a definition and never changed after `compile_program`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from msgspec import Struct

import bpmn.model as m
from bpmn.dialects import (
    Code,
    Dialect,
    Settings,
    code_of,
    detect,
    gives_a_time,
    settings_of,
)
from bpmn.graph import ProcessGraph
from engine.behaviour import EventBehaviour, LoopBehaviour, NodeBehaviour, behaviour_of
from engine.correlation import Correlation
from engine.data import VariableMapping, associations, declared, names_by_id
from engine.expressions import Expression, ExpressionError, Literal, compile_code
from engine.failures import Mapped, mapped_errors
from engine.listeners import Listener, wire_listeners

P = TypeVar("P")
E = TypeVar("E", bound=m.BaseElement)


class NotExecutable(Exception):
    """A process that the engine cannot run; `problems` say why, all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


class Problem(Struct, frozen=True, kw_only=True):
    """Something that keeps an element from being executed."""

    line: int
    element: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"line {self.line}: {self.element!r}: {self.message}{remedy}"


class Part(Generic[P]):
    """One event definition of an event, with the behaviour it has."""

    __slots__ = ("behaviour", "code", "definition", "index", "plan", "settings")

    def __init__(
        self,
        definition: m.EventDefinition,
        behaviour: EventBehaviour[P],
        index: int,
        settings: Settings,
    ) -> None:
        self.definition = definition
        self.settings = settings
        self.behaviour = behaviour
        self.index = index
        self.plan: P
        self.code: str | None = None
        """Of what is thrown outward: the code it throws or catches; None catches all."""


class Flow(Struct):
    """A sequence flow."""

    id: str
    source: Node[Any]
    target: Node[Any]
    condition: Expression | None


class Node(Generic[P]):
    """A flow node, ready to run."""

    __slots__ = (
        "armed",
        "arriving",
        "behaviour",
        "boundary",
        "catchers",
        "compensation_handler",
        "container",
        "data_outputs",
        "default",
        "element",
        "ending",
        "errors",
        "id",
        "incoming",
        "inputs",
        "is_activity",
        "is_async_after",
        "is_async_before",
        "is_interrupting",
        "is_late",
        "is_parallel",
        "is_plain",
        "is_sub_process",
        "loop",
        "loop_plan",
        "loop_settings",
        "may_linger",
        "outgoing",
        "outputs",
        "parts",
        "plan",
        "results",
        "settings",
        "skip",
        "starting",
    )

    def __init__(self, element: m.FlowNode, container: str, settings: Settings) -> None:
        self.id = element.id
        self.element: Any = element
        self.container = container
        self.settings = settings
        self.behaviour: NodeBehaviour[P]
        self.plan: P
        self.loop: LoopBehaviour[Any] | None = None
        self.loop_plan: Any = None
        self.loop_settings: Settings | None = None
        """What the vendor's extensions of its loop characteristics say."""
        self.incoming: tuple[Flow, ...] = ()
        self.outgoing: tuple[Flow, ...] = ()
        self.default: Flow | None = None
        self.parts: tuple[Part[Any], ...] = ()
        self.boundary: tuple[Node[Any], ...] = ()
        """Boundary events of an activity, in document order."""
        self.armed: tuple[Node[Any], ...] = ()
        """Those of them that wait in subscriptions."""
        self.catchers: tuple[tuple[Node[Any], Part[Any]], ...] = ()
        """Those of them that catch what is thrown outward."""
        self.compensation_handler: str | None = None
        """Id of the activity that undoes this one (§10.5.6)."""
        self.is_activity = isinstance(element, m.Activity)
        self.is_sub_process = isinstance(element, m.SubProcess)
        self.is_interrupting = (
            element.cancel_activity
            if isinstance(element, m.BoundaryEvent)
            else element.is_interrupting
            if isinstance(element, m.StartEvent)
            else False
        )
        self.is_parallel = getattr(element, "parallel_multiple", False)
        """Whether an event needs each of its triggers (§10.5.4)."""
        self.is_late = False
        self.is_async_before = settings.async_before
        """Whether a token goes on here in a transaction of its own, before anything is armed."""
        self.is_async_after = settings.async_after
        """Whether each flow out of it is taken in a transaction of its own."""
        self.may_linger = settings.async_before or settings.async_after
        """Whether a token can be here that has not come yet, or has gone through already."""
        self.skip: Expression | None = None
        """Where it holds, an activity is passed without being done."""
        self.inputs: tuple[VariableMapping, ...] = ()
        self.outputs: tuple[VariableMapping, ...] = ()
        self.results: tuple[VariableMapping, ...] = ()
        """What a connector's answer becomes, before it counts as what the work yields."""
        self.errors: tuple[Mapped, ...] = ()
        """Failures of its job that count as BPMN errors."""
        self.data_outputs: frozenset[str] | None = None
        """Names of its BPMN data outputs, where their associations are its output mappings."""
        self.starting: tuple[Listener, ...] = ()
        """Listeners to tell before its own work begins."""
        self.ending: tuple[Listener, ...] = ()
        """Listeners to tell when its own work is done."""
        self.arriving: Mapping[str, tuple[Listener, ...]] = {}
        """Listeners to tell before it treats a token, by the sequence flow that the token took."""
        self.is_plain = False
        """Whether an activity has nothing to prepare before its own work."""

    def __str__(self) -> str:
        """As messages call it: `exclusive gateway 'decide'`."""
        words = "".join(f" {c.lower()}" if c.isupper() else c for c in type(self.element).__name__)
        return f"{words.strip()} {self.id!r}"


class Container:
    """A process or sub-process, ready to run."""

    __slots__ = (
        "armed",
        "catchers",
        "compensation",
        "declared",
        "element",
        "id",
        "starts",
    )

    def __init__(self, element: m.Process | m.SubProcess) -> None:
        self.id = element.id
        self.element = element
        self.starts: tuple[Node[Any], ...] = ()
        """What gets a token when it starts on its own."""
        self.armed: tuple[Node[Any], ...] = ()
        """Start events of its event sub-processes that wait in subscriptions."""
        self.catchers: tuple[tuple[Node[Any], Part[Any]], ...] = ()
        """Start events of its event sub-processes that catch what is thrown outward."""
        self.declared: tuple[str, ...] = ()
        """Variables that it declares, as data objects and properties."""
        self.compensation: Node[Any] | None = None
        """The start event of its compensation event sub-process (§10.5.6)."""


class Program:
    """One process definition, ready to run."""

    def __init__(self, graph: ProcessGraph, dialect: Dialect) -> None:
        self.graph = graph
        self.dialect = dialect
        self.id = graph.process.id
        self.nodes: dict[str, Node[Any]] = {}
        self.containers: dict[str, Container] = {}
        self.joins: frozenset[str] = frozenset()
        """Nodes that gather tokens: they are indexed by the flow they came by."""
        self.asked_at_rest: frozenset[str] = frozenset()
        """Joins that any removal of a token can release (§13.4.3, §13.4.5)."""
        self.ad_hoc: frozenset[str] = frozenset()
        """Containers that are ad-hoc sub-processes."""
        self.calls: dict[str, list[str]] = {}
        """Ids of the elements whose expressions call a function, or a variable's method, by its
        name."""
        self.has_conditions = False
        """Whether a change of a variable can fire an event."""
        self.has_resets = False
        """Whether a complex gateway joins, and so can be in its reset phase."""
        self.ending: tuple[Listener, ...] = ()
        """Listeners to tell when the process ends."""
        self.correlations: tuple[Correlation, ...] = ()
        """By which the messages of its waits are told from others (§8.4.2)."""
        self._upstream: dict[tuple[str, frozenset[str | None]], frozenset[str]] = {}

    def reaching_only_empty(self, node: Node[Any], full: frozenset[str | None]) -> frozenset[str]:
        """Nodes from which a token can still come to `node` by an incoming flow that is not in
        `full`, without passing `node`, and from which no flow of `full` is reached (§13.4.3)."""
        known = self._upstream.get((node.id, full))
        if known is None:
            to_full: set[str] = set()
            to_empty: set[str] = set()
            for flow in node.incoming:
                ways = self.graph.upstream(flow.id, without=node.id)
                (to_full if flow.id in full else to_empty).update(ways)
            known = self._upstream[node.id, full] = frozenset(to_empty - to_full)
        return known


class Compiler:
    """What `prepare` hooks use: looks things up, compiles, and collects what is wrong."""

    def __init__(self, graph: ProcessGraph, dialect: Dialect) -> None:
        self.graph = graph
        self.dialect = dialect
        self.problems: list[Problem] = []
        self.calls: dict[str, list[str]] = {}
        """Ids of the elements whose expressions call a function, by its name."""

    @functools.cached_property
    def default_priority(self) -> Code | None:
        """Of the jobs whose element does not say: the process's."""
        return self.settings(self.graph.process).priority

    @functools.cached_property
    def data_names(self) -> dict[str, str]:
        """The variable behind each item-aware element of the process, by the element's id."""
        return names_by_id(self)

    def problem(self, element: m.BaseElement, message: str, remedy: str = "") -> None:
        """Say that `element` cannot be executed."""
        self.problems.append(
            Problem(line=element.line, element=element.id, message=message, remedy=remedy)
        )

    def settings(self, element: m.BaseElement) -> Settings:
        """What the vendor's extensions of an element say, in neutral terms."""
        return settings_of(element, self.dialect)

    def code(self, code: Code | None, element: m.BaseElement) -> Expression | None:
        """A vendor's expression, compiled; None when there is none or it cannot be read."""
        if code is None:
            return None
        try:
            compiled = compile_code(code)
            for name in getattr(compiled, "calls", ()):
                self.calls.setdefault(name, []).append(element.id)
            return compiled
        except ExpressionError as error:
            self.problem(element, f"{code.text!r}: {error}")
            return None

    def expression(
        self, expression: m.Expression | None, element: m.BaseElement
    ) -> Expression | None:
        """An expression of BPMN's own, compiled; None when there is none or it cannot be read."""
        if expression is None or not expression.text.strip():
            return None
        code = code_of(expression, self.dialect, self.graph.definitions)
        if code is not None and code.language == "feel" and not self._is_feel_meant(expression):
            found = self._lenient(code)
            if found is not None:
                return found
        return self.code(code, element)

    def _is_feel_meant(self, expression: m.Expression) -> bool:
        """Whether the model says, by language, mark or dialect, that a text is FEEL."""
        is_stated = bool(getattr(expression, "language", ""))
        return is_stated or self.dialect.name != "plain" or expression.text.lstrip().startswith("=")

    def _lenient(self, code: Code) -> Expression | None:
        """A text that says no language and is not FEEL, such as `n == 1 && ok`, read as the
        expression language it looks like; None where it is FEEL, or neither."""
        for language, text in (("feel", code.text), ("juel", f"${{{code.text}}}")):
            try:
                return compile_code(Code(language, text))
            except ExpressionError:
                continue
        return None

    def value(self, expression: m.Expression | None, element: m.BaseElement) -> Expression | None:
        """An expression where a plain text may stand for itself, as of people."""
        if expression is None:
            return None
        text = expression.text.strip()
        if not text:
            return None
        is_stated = bool(getattr(expression, "language", None))
        if not (is_stated or text.startswith(("=", "${", "#{"))):
            return self.code(Code("literal", text), element)
        return self.expression(expression, element)

    def time(self, expression: m.Expression | None, element: m.BaseElement) -> Expression | None:
        """When a timer is due: a time that is written out, or an expression that gives it."""
        if expression is None or not (text := expression.text.strip()):
            return None
        if not gives_a_time(expression, self.dialect, self.graph.definitions):
            return self.code(Code("literal", text), element)
        is_marked = bool(getattr(expression, "language", None)) or text.startswith("=")
        if not is_marked and ("${" in text or "#{" in text):
            return self.code(Code("juel", text), element)
        return self.expression(expression, element)

    def named(self, text: str, element: m.BaseElement) -> Expression:
        """A name that a dialect may write as an expression."""
        language = "literal"
        if text.startswith("="):
            language, text = "feel", text[1:]
        elif text.startswith(("${", "#{")):
            language = "juel"
        return self.code(Code(language, text), element) or Literal(text)

    def root(self, ref: str | None, kind: type[E]) -> E | None:
        """The root element that a reference names, if it is of that kind."""
        found = self.graph.roots.get(ref or "")
        return found if isinstance(found, kind) else None

    def part(self, definition: m.EventDefinition, node: Node[Any], index: int = 0) -> Part[Any]:
        """An event definition with its behaviour, prepared."""
        behaviour = behaviour_of(definition)
        part: Part[Any] = Part(definition, behaviour, index, self.settings(definition))
        part.plan = behaviour.prepare(self, part, node)
        part.code = behaviour.code(part)
        return part

    def mappings(
        self, mappings: Iterable[Any], element: m.BaseElement
    ) -> tuple[VariableMapping, ...]:
        """Compiled variable mappings; targets may be paths, `order.id`."""
        return tuple(
            VariableMapping(source, tuple(mapping.target.split(".")))
            for mapping in mappings
            if (source := self.code(mapping.source, element))
        )


def executables(definitions: m.Definitions) -> list[m.Process]:
    """The processes of a file that can be deployed: the executable ones, and each global task as a
    process around that one task, for call activities (§10.3.6)."""
    found: list[m.Process] = []
    for root in definitions.root_elements:
        if isinstance(root, m.Process) and root.is_executable:
            found.append(root)
        elif isinstance(root, m.GlobalTask):
            found.append(_around(root))
    return found


def _around(task: m.GlobalTask) -> m.Process:
    """A process that does nothing but one global task."""
    common: dict[str, Any] = {
        "id": f"{task.id}.task",
        "name": task.name,
        "line": task.line,
        "resources": task.resources,
        "extension_elements": task.extension_elements,
        "foreign_attributes": task.foreign_attributes,
    }
    inner: m.FlowNode
    match task:
        case m.GlobalUserTask():
            inner = m.UserTask(**common, renderings=task.renderings)
        case m.GlobalScriptTask():
            inner = m.ScriptTask(**common, script_format=task.script_language, script=task.script)
        case m.GlobalBusinessRuleTask():
            inner = m.BusinessRuleTask(**common, implementation=task.implementation)
        case m.GlobalManualTask():
            inner = m.ManualTask(**common)
        case _:
            inner = m.Task(**common)
    return m.Process(
        id=task.id, name=task.name, line=task.line, is_executable=True, flow_elements=(inner,)
    )


def compile_program(definitions: m.Definitions, process: m.Process) -> Program:
    """The program of one process. Raises NotExecutable with all that cannot be executed."""
    dialect = detect(definitions, process)
    graph = ProcessGraph(definitions, process)
    compiler = Compiler(graph, dialect)
    program = Program(graph, dialect)
    for id, element in graph.nodes.items():
        program.nodes[id] = Node(element, graph.container_of[id], compiler.settings(element))
    _wire_flows(program, compiler)
    for node in program.nodes.values():
        _find_behaviours(node, compiler)
    for node in program.nodes.values():
        _attach_boundary_events(node, program)
    for id, container in graph.containers.items():
        program.containers[id] = _container(container, program)
    for node in program.nodes.values():
        _prepare(node, compiler)
    _index_joins(program)
    wire_listeners(program, compiler)
    if dialect.name == "plain":
        _wire_data(program, compiler)
    program.ad_hoc = frozenset(
        id for id, c in graph.containers.items() if isinstance(c, m.AdHocSubProcess)
    )
    program.correlations = tuple(
        plan.correlation
        for node in program.nodes.values()
        for plan in (getattr(node, "plan", None), *(part.plan for part in node.parts))
        if getattr(plan, "correlation", None) is not None
    )
    program.has_conditions = any(
        isinstance(part.definition, m.ConditionalEventDefinition)
        for node in program.nodes.values()
        for part in node.parts
    )
    program.calls = compiler.calls
    if compiler.problems:
        raise NotExecutable(compiler.problems)
    return program


def _wire_flows(program: Program, compiler: Compiler) -> None:
    graph, nodes = program.graph, program.nodes
    by_id: dict[str, Flow] = {}
    for id, flow in graph.flows.items():
        source, target = nodes.get(flow.source_ref), nodes.get(flow.target_ref)
        if source is None or target is None:
            end = "source" if source is None else "target"
            compiler.problem(flow, f"its {end} is not a flow node of this process")
            continue
        condition = compiler.expression(flow.condition_expression, flow)
        by_id[id] = Flow(id, source, target, condition)
    for id, node in nodes.items():
        node.incoming = tuple(by_id[f.id] for f in graph.incoming.get(id, ()) if f.id in by_id)
        node.outgoing = tuple(by_id[f.id] for f in graph.outgoing.get(id, ()) if f.id in by_id)
        node.default = by_id.get(getattr(node.element, "default", None) or "")


def _find_behaviours(node: Node[Any], compiler: Compiler) -> None:
    element = node.element
    if (found := behaviour_of(element)) is None:
        compiler.problem(element, f"a {type(element).__name__} is not executable here")
        return
    node.behaviour = found
    if (loop := getattr(element, "loop_characteristics", None)) is not None:
        node.loop = behaviour_of(loop)
        node.loop_settings = compiler.settings(loop)
    parts: list[Part[Any]] = []
    for definition in _event_definitions(element, compiler):
        if behaviour_of(definition) is None:
            kind = type(definition).__name__
            compiler.problem(element, f"a {kind} is not executable here")
            continue
        parts.append(compiler.part(definition, node, len(parts)))
    node.parts = tuple(parts)
    if isinstance(element, m.CatchEvent) and any(p.behaviour.always_interrupts for p in parts):
        node.is_interrupting = True
    node.is_late = isinstance(element, m.ThrowEvent) and any(p.behaviour.is_late for p in parts)
    node.skip = compiler.code(node.settings.skip_condition, element)
    node.errors = mapped_errors(compiler, node)
    connector = node.settings.connector
    node.results = compiler.mappings(connector.outputs, element) if connector else ()
    node.inputs = compiler.mappings(node.settings.inputs, element)
    node.outputs = compiler.mappings(node.settings.outputs, element)


def _event_definitions(element: m.FlowNode, compiler: Compiler) -> list[m.EventDefinition]:
    if not isinstance(element, m.CatchEvent | m.ThrowEvent):
        return []
    found = list(element.event_definitions)
    for ref in element.event_definition_refs:
        if definition := compiler.root(ref, m.EventDefinition):
            found.append(definition)
        else:
            compiler.problem(element, f"eventDefinitionRef {ref!r} is no root event definition")
    return found


def _attach_boundary_events(node: Node[Any], program: Program) -> None:
    events = [program.nodes[e.id] for e in program.graph.boundary_events.get(node.id, ())]
    node.boundary = tuple(events)
    node.armed = tuple(e for e in events if _is_armed(e))
    node.catchers = tuple((e, p) for e in events for p in _thrown_parts(e))
    for event in events:
        if any(isinstance(p.definition, m.CompensateEventDefinition) for p in event.parts):
            handler = program.graph.compensation_handler(event.element)
            node.compensation_handler = handler or node.compensation_handler
    node.is_plain = node.is_activity and not (
        node.armed
        or node.loop
        or node.inputs
        or node.skip
        or node.is_async_before
        or node.element.start_quantity > 1
    )


def _is_armed(event: Node[Any]) -> bool:
    return event.is_parallel or any(
        not p.behaviour.is_thrown_to_scopes
        and not isinstance(p.definition, m.CompensateEventDefinition)
        for p in event.parts
    )


def _thrown_parts(event: Node[Any]) -> list[Part[Any]]:
    return [p for p in event.parts if p.behaviour.is_thrown_to_scopes]


def _container(element: m.Process | m.SubProcess, program: Program) -> Container:
    graph, nodes = program.graph, program.nodes
    container = Container(element)
    container.starts = tuple(nodes[n.id] for n in graph.start_nodes(element.id))
    events = [
        nodes[start.id]
        for sub_process in graph.event_sub_processes(element.id)
        for start in graph.start_events(sub_process.id)
    ]
    container.armed = tuple(e for e in events if e.parts and _is_armed(e))
    container.catchers = tuple((e, p) for e in events for p in _thrown_parts(e))
    for event in events:
        if any(isinstance(p.definition, m.CompensateEventDefinition) for p in event.parts):
            container.compensation = event
    return container


def _prepare(node: Node[Any], compiler: Compiler) -> None:
    if hasattr(node, "behaviour"):
        node.plan = node.behaviour.prepare(compiler, node)
    if node.loop is not None:
        node.loop_plan = node.loop.prepare(compiler, node)


def _wire_data(program: Program, compiler: Compiler) -> None:
    """Let data associations be variable mappings, and data objects variables (§10.4)."""
    names = compiler.data_names
    for id, container in program.containers.items():
        container.declared = declared(program.graph.containers[id], names)
    for node in program.nodes.values():
        inputs, outputs, own = associations(compiler, node, names)
        node.inputs += tuple(inputs)
        node.outputs += tuple(outputs)
        if outputs:
            node.data_outputs = own
        if inputs:
            node.is_plain = False


def _index_joins(program: Program) -> None:
    joins = {
        id
        for id, node in program.nodes.items()
        if isinstance(node.element, m.Gateway) and len(node.incoming) > 1
    } | {id for id, node in program.nodes.items() if getattr(node.element, "start_quantity", 1) > 1}
    program.joins = frozenset(
        id
        for id in joins
        if isinstance(
            program.nodes[id].element,
            m.ParallelGateway | m.InclusiveGateway | m.ComplexGateway | m.Activity,
        )
    )
    program.asked_at_rest = frozenset(
        id
        for id in program.joins
        if isinstance(program.nodes[id].element, m.InclusiveGateway | m.ComplexGateway)
    )
    program.has_resets = any(
        isinstance(program.nodes[id].element, m.ComplexGateway) for id in program.joins
    )
