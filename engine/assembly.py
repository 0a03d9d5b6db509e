"""How a process graph becomes a program: behaviours found, flows and boundary events wired."""

from __future__ import annotations

from typing import Any

import bpmn.model as m
from bpmn.dialects import (
    detect,
)
from bpmn.graph import ProcessGraph
from engine.behaviour import behaviour_of
from engine.compiler import Compiler
from engine.data import associations, declared
from engine.failures import mapped_errors
from engine.listeners import wire_listeners
from engine.program import Container, Flow, Node, NotExecutable, Part, Program


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
    gathering = {
        id
        for id, node in program.nodes.items()
        if isinstance(node.element, m.ParallelGateway | m.InclusiveGateway | m.ComplexGateway)
        and len(node.incoming) > 1
    }
    asked = [
        id
        for id in sorted(gathering)
        if not isinstance(program.nodes[id].element, m.ParallelGateway)
    ]
    gathering |= {
        id for id, node in program.nodes.items() if getattr(node.element, "start_quantity", 1) > 1
    }
    program.gathering = program.joins = frozenset(gathering)
    for id in asked:
        node = program.nodes[id]
        program.asked_at_rest.setdefault(node.container, []).append(id)
        for flow in node.incoming:
            program.joins |= program.graph.upstream(flow.id, without=id)
    program.has_resets = any(
        isinstance(program.nodes[id].element, m.ComplexGateway) for id in asked
    )
