"""Lanes (BPMN 2.0.2 §10.8)."""

from __future__ import annotations

from typing import Annotated

from bpmn.model.base import BaseElement, Child, Ref, Role

__all__ = ["Lane", "LaneSet"]


class Lane(BaseElement, frozen=True, kw_only=True):
    """§10.8."""

    name: str = ""
    partition_element_ref: Ref | None = None
    partition_element: Role[BaseElement | None] = None
    """Its `xsi:type` says which element it is."""
    flow_node_refs: Annotated[tuple[Ref, ...], Child("flowNodeRef")] = ()
    child_lane_set: Role[LaneSet | None] = None


class LaneSet(BaseElement, frozen=True, kw_only=True):
    """§10.8."""

    name: str = ""
    lanes: tuple[Lane, ...] = ()
