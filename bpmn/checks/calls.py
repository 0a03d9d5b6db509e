"""Call activities (BPMN 2.0.2 §10.3.6): what they call, and calls that come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import networkx as nx

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import a, called, kind

_Calls: TypeAlias = Mapping[str, Mapping[str, m.CallActivity]]
"""Call activities by the process they are in and by the process they call."""


@rule("call-activity-without-element", "10.3.6", m.CallActivity, drawn="info")
def call_activity_without_element(activity: m.CallActivity, context: Context) -> Findings:
    """In an executable process, a call activity says what it calls."""
    if activity.called_element:
        return None
    said = context.settings(activity).called
    if said is not None and said.process is not None:
        return None
    return Finding(
        activity,
        f"{called(activity)} calls nothing",
        "the id of a process or global task as 'calledElement' would do",
    )


@rule("call-activity-element", "10.3.6", m.CallActivity)
def call_activity_element(activity: m.CallActivity, context: Context) -> Findings:
    """A call activity calls a process or a global task; it may be in another file."""
    found = context.by_id.get(activity.called_element or "")
    if found is None or isinstance(found, m.CallableElement):
        return None
    return Finding(
        activity,
        f"{called(activity)} calls '{activity.called_element}', which is {a(kind(type(found)))}",
        "the id of a process or global task would do",
    )


@rule("call-activity-data", "10.3.6", m.CallActivity, severity="warning", given="io_specification")
def call_activity_data(activity: m.CallActivity, context: Context) -> Findings:
    """The data of a call activity is that of what it calls."""
    callee = context.by_id.get(activity.called_element or "")
    own = activity.io_specification
    if not isinstance(callee, m.CallableElement) or own is None:
        return None
    theirs = callee.io_specification or m.InputOutputSpecification()
    for word, ours, others in (
        ("dataInput", own.data_inputs, theirs.data_inputs),
        ("dataOutput", own.data_outputs, theirs.data_outputs),
    ):
        if len(ours) != len(others):
            return Finding(
                own,
                f"{called(activity)} has {len(ours)} elements '{word}', {called(callee)} that it"
                f" calls has {len(others)}",
                "give both the same data",
            )
    return None


@rule("call-cycle", "10.3.6", m.Definitions, drawn="info")
def call_cycle(_: m.Definitions, context: Context) -> Findings:
    """No process calls itself again whatever happens: it would never end."""
    return [
        Finding(
            activity,
            f"{called(activity)} calls '{activity.called_element}', which leads back to it in"
            " every case: the calls would never end",
            "lead a way around the call, behind an exclusive gateway",
        )
        for activity in _cycles(_calls(context, _certain))
    ]


@rule("call-recursion", "10.3.6", m.Definitions, severity="warning", drawn="info")
def call_recursion(_: m.Definitions, context: Context) -> Findings:
    """A process that calls itself is noted: something has to end the calls."""
    certain = {id(activity) for activity in _cycles(_calls(context, _certain))}
    return [
        Finding(
            activity,
            f"{called(activity)} calls '{activity.called_element}', which may lead back to it",
            "make sure that some way does not",
        )
        for activity in _cycles(_calls(context, _all))
        if id(activity) not in certain
    ]


def _calls(
    context: Context, of: Callable[[m.Process, Context], Iterator[m.CallActivity]]
) -> _Calls:
    calls: dict[str, dict[str, m.CallActivity]] = defaultdict(dict)
    if not context.has_calls:
        return calls
    for process in context.processes:
        for activity in of(process, context):
            calls[process.id].setdefault(activity.called_element or "", activity)
    return calls


def _cycles(calls: _Calls) -> list[m.CallActivity]:
    """The calls that are part of a cycle."""
    if not calls:
        return []
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((caller, callee) for caller, by in calls.items() for callee in by)
    part = {
        id: number
        for number, ids in enumerate(nx.strongly_connected_components(graph))
        for id in ids
        if len(ids) > 1 or graph.has_edge(id, id)
    }
    return [
        activity
        for caller, by in calls.items()
        for callee, activity in by.items()
        if caller in part and part[caller] == part.get(callee)
    ]


def _all(process: m.Process, context: Context) -> Iterator[m.CallActivity]:
    todo: list[m.Process | m.SubProcess] = [process]
    while todo:
        for node in context.nodes(todo.pop()):
            if isinstance(node, m.CallActivity):
                yield node
            elif isinstance(node, m.SubProcess):
                todo.append(node)


def _certain(process: m.Process, context: Context) -> Iterator[m.CallActivity]:
    """The calls on the way that every run takes: from the only start until the way divides."""
    nodes = context.nodes(process)
    starts: list[m.FlowNode] = [node for node in nodes if isinstance(node, m.StartEvent)]
    starts = starts or [node for node in nodes if not context.incoming.get(node.id)]
    node: m.ModelElement | None = starts[0] if len(starts) == 1 else None
    seen: set[str] = set()
    while isinstance(node, m.FlowNode) and node.id not in seen:
        seen.add(node.id)
        if context.boundary_events.get(node.id) or isinstance(node, m.EventBasedGateway):
            return
        if isinstance(node, m.CallActivity) and node.loop_characteristics is None:
            yield node
        outgoing = context.outgoing.get(node.id, ())
        if len(outgoing) != 1 or outgoing[0].condition_expression is not None:
            return
        node = context.by_id.get(outgoing[0].target_ref)
