"""Flow elements, flow nodes and sequence flows (BPMN 2.0.2 §8.4.5, §8.4.9, §8.4.13)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from bpmn.model.base import BaseElement, Child, Ref, Role
from bpmn.model.expressions import Expression

__all__ = ["Auditing", "FlowElement", "FlowNode", "Monitoring", "SequenceFlow"]


class Auditing(BaseElement, frozen=True, kw_only=True):
    """A hook for extensions (§10.2.2)."""


class Monitoring(BaseElement, frozen=True, kw_only=True):
    """A hook for extensions (§10.2.2)."""


class FlowElement(BaseElement, frozen=True, kw_only=True):
    """What a process or sub-process consists of (§8.4.5)."""

    ABSTRACT: ClassVar[bool] = True

    name: str = ""
    auditing: Auditing | None = None
    monitoring: Monitoring | None = None
    category_value_refs: Annotated[tuple[Ref, ...], Child("categoryValueRef")] = ()


class FlowNode(FlowElement, frozen=True, kw_only=True):
    """What a token can be at (§8.4.9)."""

    ABSTRACT: ClassVar[bool] = True

    incoming: Role[tuple[Ref, ...]] = ()
    """As written. Optional in files: the sequence flows are the truth."""
    outgoing: Role[tuple[Ref, ...]] = ()


class SequenceFlow(FlowElement, frozen=True, kw_only=True):
    """§8.4.13."""

    source_ref: Ref
    target_ref: Ref
    is_immediate: bool | None = None
    condition_expression: Role[Expression | None] = None
