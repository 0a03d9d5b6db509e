"""Sub-processes (BPMN 2.0.2 §10.3.5): event, ad-hoc, transaction; lanes (§10.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


@rule("event-sub-process-start", "10.3.5", m.SubProcess)
def event_sub_process_start(sub_process: m.SubProcess, context: Context) -> Findings:
    """An event sub-process has exactly one start event."""
    if not sub_process.triggered_by_event:
        return None
    starts = context.start_events(sub_process)
    if len(starts) == 1:
        return None
    return Finding(
        sub_process,
        f"event {called(sub_process)} has {len(starts) or 'no'} start event"
        f"{'s' if len(starts) != 1 else ''}",
        "one start event with a trigger would do",
    )


@rule("event-sub-process-kind", "10.3.5", m.Transaction, m.AdHocSubProcess)
def event_sub_process_kind(sub_process: m.Transaction | m.AdHocSubProcess, _: Context) -> Findings:
    """A transaction or ad-hoc sub-process is not an event sub-process."""
    if not sub_process.triggered_by_event:
        return None
    return Finding(
        sub_process,
        f"{called(sub_process)} is triggered by an event",
        "put it into an event sub-process",
    )


@rule("event-sub-process-loop", "10.3.5", m.SubProcess, severity="warning")
def event_sub_process_loop(sub_process: m.SubProcess, _: Context) -> Findings:
    """An event sub-process is not a loop: its start event says how often it runs."""
    if not sub_process.triggered_by_event or sub_process.loop_characteristics is None:
        return None
    return Finding(
        sub_process.loop_characteristics,
        f"event {called(sub_process)} is a loop",
        "put the loop into it",
    )


@rule("event-sub-process-compensation", "10.3.5", m.SubProcess, severity="warning")
def event_sub_process_for_compensation(sub_process: m.SubProcess, _: Context) -> Findings:
    """An event sub-process is not for compensation of an activity by an association."""
    if not sub_process.triggered_by_event or not sub_process.is_for_compensation:
        return None
    return Finding(
        sub_process,
        f"event {called(sub_process)} has 'isForCompensation' set",
        "give its start event a compensation trigger, and leave the attribute out",
    )


@rule("sub-process-empty", "10.3.5", m.SubProcess, severity="warning", drawn="info")
def sub_process_empty(sub_process: m.SubProcess, context: Context) -> Findings:
    """A sub-process has flow nodes; without them it passes at once."""
    if context.nodes(sub_process) or sub_process.triggered_by_event:
        return None
    if isinstance(sub_process, m.AdHocSubProcess):
        return None
    return Finding(
        sub_process,
        f"{called(sub_process)} is empty: it passes at once",
        "fill it, or use a task or a call activity",
    )


@rule("sub-process-data", "10.4.1", m.SubProcess, vendor="warning")
def sub_process_data(sub_process: m.SubProcess, _: Context) -> Findings:
    """A sub-process has no data inputs and outputs: it sees the data around it."""
    io = sub_process.io_specification
    if io is None or not (io.data_inputs or io.data_outputs):
        return None
    return Finding(
        io,
        f"{called(sub_process)} has data inputs or outputs",
        "use data objects, or a call activity",
    )


@rule("ad-hoc-start-event", "10.3.5", m.AdHocSubProcess)
def ad_hoc_start_event(sub_process: m.AdHocSubProcess, context: Context) -> Findings:
    """An ad-hoc sub-process has no start event."""
    return [
        Finding(node, f"{called(node)} stands in {called(sub_process)}", "take the start event out")
        for node in context.start_events(sub_process)
    ]


@rule("ad-hoc-end-event", "10.3.5", m.AdHocSubProcess)
def ad_hoc_end_event(sub_process: m.AdHocSubProcess, context: Context) -> Findings:
    """An ad-hoc sub-process has no end event: its completion condition ends it."""
    return [
        Finding(node, f"{called(node)} stands in {called(sub_process)}", "take the end event out")
        for node in context.nodes(sub_process)
        if isinstance(node, m.EndEvent)
    ]


@rule("ad-hoc-without-activity", "10.3.5", m.AdHocSubProcess, drawn="info")
def ad_hoc_without_activity(sub_process: m.AdHocSubProcess, context: Context) -> Findings:
    """An ad-hoc sub-process has an activity."""
    if context.holds(sub_process, m.Activity):
        return None
    return Finding(sub_process, f"{called(sub_process)} has no activity", "add one")


@rule("transaction-cancel-uncaught", "10.3.5", m.Transaction, severity="warning")
def transaction_cancel_uncaught(transaction: m.Transaction, context: Context) -> Findings:
    """A transaction that can be cancelled has a cancel boundary event."""
    ends = [
        node
        for node in context.nodes(transaction)
        if isinstance(node, m.EndEvent) and context.has_trigger(node, m.CancelEventDefinition)
    ]
    if not ends or any(
        context.has_trigger(event, m.CancelEventDefinition)
        for event in context.boundary_events.get(transaction.id, ())
    ):
        return None
    return Finding(
        transaction,
        f"{called(transaction)} is cancelled by '{ends[0].id}' and has no cancel boundary event",
        "attach one, and lead a flow from it",
    )


@rule("transaction-method", "10.3.5", m.Transaction, severity="warning")
def transaction_method(transaction: m.Transaction, _: Context) -> Findings:
    """The method of a transaction is one of the standard's, or a URI."""
    method = transaction.method.strip()
    if method.lower() in ("##compensate", "##image", "##store") or _URI.fullmatch(method):
        return None
    return Finding(
        transaction,
        f"'method' of {called(transaction)} is '{method}'",
        "'##Compensate', '##Image', '##Store' or a URI would do",
    )


@rule("choreography-activity-in-process", "10.2", m.ChoreographyActivity)
def choreography_activity_in_process(
    activity: m.ChoreographyActivity, context: Context
) -> Findings:
    """A choreography activity does not stand in a process."""
    container = context.parent(activity)
    if not isinstance(container, m.Process | m.SubProcess):
        return None
    return Finding(
        activity,
        f"{called(activity)} stands in {called(container)}",
        "put it into a choreography, or use a send or receive task",
    )


# Lanes


@rule("lane-node-elsewhere", "10.8", m.Lane)
def lane_node_elsewhere(lane: m.Lane, context: Context) -> Findings:
    """A lane holds nodes of its own process."""
    process = context.process(lane)
    return [
        Finding(
            lane,
            f"{called(lane)} of {called(process)} holds {called(node)} of another process",
            "name nodes of the same process",
        )
        for node in (context.by_id.get(ref) for ref in lane.flow_node_refs)
        if isinstance(node, m.FlowNode) and process is not None
        if context.process(node) is not process
    ]


@rule("lane-node-twice", "10.8", m.LaneSet, drawn="warning")
def lane_node_twice(lane_set: m.LaneSet, _: Context) -> Findings:
    """A node is in one lane of a lane set."""
    first: dict[str, m.Lane] = {}
    found: list[Finding] = []
    for lane in lane_set.lanes:
        for ref in {*_nodes_of(lane)}:
            other = first.setdefault(ref, lane)
            if other is not lane:
                found.append(
                    Finding(
                        lane,
                        f"{called(lane)} holds '{ref}', as '{other.id}' does",
                        "name it in one of them",
                    )
                )
    return found


def _nodes_of(lane: m.Lane) -> Iterator[str]:
    """What a lane holds, the lanes in it included."""
    todo = [lane]
    while todo:
        inner = todo.pop()
        yield from inner.flow_node_refs
        if inner.child_lane_set is not None:
            todo += inner.child_lane_set.lanes
