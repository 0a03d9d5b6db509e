"""Diagram interchange (BPMN 2.0.2 §12): what is drawn, once, and where.

Refused in what is meant to execute, as a file that was damaged; drawings, and models that were made
for an engine, are shown as far as they go.
"""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.naming import add_reference
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called

for _owner, _field, _target in (
    (m.BPMNPlane, "bpmn_element", "element"),
    (m.BPMNShape, "bpmn_element", "element"),
    (m.BPMNShape, "choreography_activity_shape", m.BPMNShape),
    (m.BPMNEdge, "bpmn_element", "element"),
    (m.BPMNEdge, "source_element", "element"),
    (m.BPMNEdge, "target_element", "element"),
    (m.BPMNLabel, "label_style", m.BPMNLabelStyle),
):
    add_reference("12.2.3", _owner, _field, _target, drawn="warning", vendor="warning")

_PLANES = (m.Process, m.SubProcess, m.Collaboration, m.SubChoreography, m.SubConversation)
_DRAWN_AS_EDGE = frozenset(
    {
        m.SequenceFlow,
        m.MessageFlow,
        m.Association,
        m.DataAssociation,
        m.DataInputAssociation,
        m.DataOutputAssociation,
        m.ConversationLink,
    }
)


@rule("diagram-without-plane", "12.2.3", m.BPMNDiagram, drawn="warning", vendor="warning")
def diagram_without_plane(diagram: m.BPMNDiagram, _: Context) -> Findings:
    """A diagram has a plane."""
    if diagram.plane is not None:
        return None
    return Finding(diagram, "a diagram has no plane", "take it out: the layout is generated")


@rule("plane-element", "12.2.3", m.BPMNPlane, drawn="warning", vendor="warning")
def plane_element(plane: m.BPMNPlane, context: Context) -> Findings:
    """A plane shows a process, a sub-process, a collaboration or a choreography."""
    shown = context.by_id.get(plane.bpmn_element or "")
    if shown is None or isinstance(shown, _PLANES):
        return None
    return Finding(
        plane,
        f"a plane shows {called(shown)}",
        "the id of a process, a sub-process, a collaboration or a choreography would do",
    )


@rule("shape-without-bounds", "12.2.3", m.BPMNShape, drawn="warning", vendor="warning")
def shape_without_bounds(shape: m.BPMNShape, _: Context) -> Findings:
    """A shape has bounds."""
    if shape.bounds is not None:
        return None
    return Finding(shape, f"the shape of '{shape.bpmn_element}' has no bounds", "add 'dc:Bounds'")


@rule("shape-size", "12.2.3", m.BPMNShape, drawn="warning", vendor="warning")
def shape_size(shape: m.BPMNShape, _: Context) -> Findings:
    """A shape has a size."""
    bounds = shape.bounds
    if bounds is None or (bounds.width >= 0 and bounds.height >= 0):
        return None
    return Finding(
        shape,
        f"the shape of '{shape.bpmn_element}' is {bounds.width:g} wide and {bounds.height:g} high",
        "sizes of 0 or more would do",
    )


@rule("edge-waypoints", "12.2.3", m.BPMNEdge, drawn="warning", vendor="warning")
def edge_waypoints(edge: m.BPMNEdge, _: Context) -> Findings:
    """An edge has two waypoints or more."""
    if len(edge.waypoints) >= 2:
        return None
    return Finding(
        edge,
        f"the edge of '{edge.bpmn_element}' has {len(edge.waypoints) or 'no'} waypoint"
        f"{'s' if len(edge.waypoints) != 1 else ''}",
        "add its two ends",
    )


@rule("shape-of-flow", "12.2.3", m.BPMNShape, drawn="warning", vendor="warning")
def shape_of_flow(shape: m.BPMNShape, context: Context) -> Findings:
    """A flow is drawn as an edge."""
    drawn = context.by_id.get(shape.bpmn_element or "")
    if drawn is None or type(drawn) not in _DRAWN_AS_EDGE:
        return None
    return Finding(shape, f"{called(drawn)} is drawn as a shape", "use a 'BPMNEdge'")


@rule("edge-of-node", "12.2.3", m.BPMNEdge, drawn="warning", vendor="warning")
def edge_of_node(edge: m.BPMNEdge, context: Context) -> Findings:
    """A node is drawn as a shape."""
    drawn = context.by_id.get(edge.bpmn_element or "")
    if not isinstance(drawn, m.FlowNode | m.Participant | m.Lane):
        return None
    return Finding(edge, f"{called(drawn)} is drawn as an edge", "use a 'BPMNShape'")


@rule("shape-twice", "12.2.3", m.BPMNPlane, severity="warning")
def shape_twice(plane: m.BPMNPlane, context: Context) -> Findings:
    """A node, and a flow, is drawn once in a diagram."""
    seen: set[str] = set()
    found = []
    for drawn in plane.plane_elements:
        ref = drawn.bpmn_element
        if ref is None or getattr(drawn, "participant_band_kind", None):
            continue
        if ref in seen and isinstance(context.by_id.get(ref), m.FlowNode | m.SequenceFlow):
            found.append(Finding(drawn, f"'{ref}' is drawn a second time", "keep one of the two"))
        seen.add(ref)
    return found
