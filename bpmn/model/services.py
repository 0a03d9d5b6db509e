"""Services: interfaces, operations, end points (BPMN 2.0.2 §8.4.3)."""

from __future__ import annotations

from typing import Annotated

from bpmn.model.base import BaseElement, Child, Ref, Role, RootElement

__all__ = ["EndPoint", "Interface", "Operation"]


class Operation(BaseElement, frozen=True, kw_only=True):
    """§8.4.3."""

    name: str
    implementation_ref: Ref | None = None
    in_message_ref: Role[Ref | None] = None
    out_message_ref: Role[Ref | None] = None
    error_refs: Annotated[tuple[Ref, ...], Child("errorRef")] = ()


class Interface(RootElement, frozen=True, kw_only=True):
    """§8.4.3."""

    name: str
    implementation_ref: Ref | None = None
    operations: tuple[Operation, ...] = ()


class EndPoint(RootElement, frozen=True, kw_only=True):
    """§8.4.3."""
