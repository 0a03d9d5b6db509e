"""Diagram interchange (BPMN 2.0.2 §12; DD 1.0 §8 DC, §9 DI)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from bpmn.model.base import BPMNDI, DC, DI, Child, Foreign, ModelElement, Ref

__all__ = [
    "BPMNDiagram",
    "BPMNEdge",
    "BPMNLabel",
    "BPMNLabelStyle",
    "BPMNPlane",
    "BPMNShape",
    "Bounds",
    "DiagramElement",
    "Font",
    "Point",
]


class Point(ModelElement, frozen=True, kw_only=True):
    """In points of 1/72 inch from the upper left corner (DC §8.4)."""

    NAMESPACE: ClassVar[str] = DC
    TAG: ClassVar[str] = "Point"
    x: float
    y: float


class Bounds(ModelElement, frozen=True, kw_only=True):
    """DC §8.4."""

    NAMESPACE: ClassVar[str] = DC
    TAG: ClassVar[str] = "Bounds"
    x: float
    y: float
    width: float
    height: float


class Font(ModelElement, frozen=True, kw_only=True):
    """DC §8.4."""

    NAMESPACE: ClassVar[str] = DC
    TAG: ClassVar[str] = "Font"
    name: str = ""
    size: float | None = None
    is_bold: bool | None = None
    is_italic: bool | None = None
    is_underline: bool | None = None
    is_strike_through: bool | None = None


class DiagramElement(ModelElement, frozen=True, kw_only=True):
    """DI §9.3."""

    ABSTRACT: ClassVar[bool] = True

    NAMESPACE: ClassVar[str] = DI
    TAG: ClassVar[str] = "DiagramElement"

    id: str = ""
    extension: Annotated[tuple[Foreign, ...], Child("extension", DI)] = ()
    """What stands in `di:extension`."""


class BPMNLabelStyle(ModelElement, frozen=True, kw_only=True):
    """§12.2.3."""

    NAMESPACE: ClassVar[str] = BPMNDI
    TAG: ClassVar[str] = "BPMNLabelStyle"
    id: str = ""
    font: Font | None = None


class BPMNLabel(DiagramElement, frozen=True, kw_only=True):
    """§12.2.3."""

    NAMESPACE: ClassVar[str] = BPMNDI
    TAG: ClassVar[str] = "BPMNLabel"
    label_style: Ref | None = None
    bounds: Bounds | None = None


class BPMNShape(DiagramElement, frozen=True, kw_only=True):
    """§12.2.3."""

    NAMESPACE: ClassVar[str] = BPMNDI
    TAG: ClassVar[str] = "BPMNShape"
    bpmn_element: Ref | None = None
    is_horizontal: bool | None = None
    is_expanded: bool | None = None
    is_marker_visible: bool | None = None
    is_message_visible: bool | None = None
    participant_band_kind: (
        Literal[
            "top_initiating",
            "middle_initiating",
            "bottom_initiating",
            "top_non_initiating",
            "middle_non_initiating",
            "bottom_non_initiating",
        ]
        | None
    ) = None
    choreography_activity_shape: Ref | None = None
    bounds: Bounds | None = None
    label: BPMNLabel | None = None


class BPMNEdge(DiagramElement, frozen=True, kw_only=True):
    """§12.2.3."""

    NAMESPACE: ClassVar[str] = BPMNDI
    TAG: ClassVar[str] = "BPMNEdge"
    bpmn_element: Ref | None = None
    source_element: Ref | None = None
    target_element: Ref | None = None
    message_visible_kind: Literal["initiating", "non_initiating"] | None = None
    waypoints: Annotated[tuple[Point, ...], Child("waypoint", DI)] = ()
    label: BPMNLabel | None = None


class BPMNPlane(DiagramElement, frozen=True, kw_only=True):
    """§12.2.3."""

    NAMESPACE: ClassVar[str] = BPMNDI
    TAG: ClassVar[str] = "BPMNPlane"
    bpmn_element: Ref | None = None
    plane_elements: tuple[BPMNShape | BPMNEdge, ...] = ()


class BPMNDiagram(ModelElement, frozen=True, kw_only=True):
    """§12.2.3."""

    NAMESPACE: ClassVar[str] = BPMNDI
    TAG: ClassVar[str] = "BPMNDiagram"
    id: str = ""
    name: str = ""
    documentation: str = ""
    resolution: float | None = None
    plane: BPMNPlane | None = None
    label_styles: tuple[BPMNLabelStyle, ...] = ()
