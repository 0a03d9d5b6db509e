"""Gateways (BPMN 2.0.2 §10.6)."""

from __future__ import annotations

from typing import ClassVar, Literal

from bpmn.model.base import Ref, Role
from bpmn.model.expressions import Expression
from bpmn.model.flows import FlowNode

__all__ = [
    "ComplexGateway",
    "EventBasedGateway",
    "ExclusiveGateway",
    "Gateway",
    "InclusiveGateway",
    "ParallelGateway",
]


class Gateway(FlowNode, frozen=True, kw_only=True):
    """§10.6.1."""

    ABSTRACT: ClassVar[bool] = True

    gateway_direction: Literal["Unspecified", "Converging", "Diverging", "Mixed"] = "Unspecified"


class ExclusiveGateway(Gateway, frozen=True, kw_only=True):
    """§10.6.2."""

    default: Ref | None = None


class InclusiveGateway(Gateway, frozen=True, kw_only=True):
    """§10.6.3."""

    default: Ref | None = None


class ParallelGateway(Gateway, frozen=True, kw_only=True):
    """§10.6.4."""


class ComplexGateway(Gateway, frozen=True, kw_only=True):
    """§10.6.5."""

    default: Ref | None = None
    activation_condition: Role[Expression | None] = None


class EventBasedGateway(Gateway, frozen=True, kw_only=True):
    """§10.6.6."""

    instantiate: bool = False
    event_gateway_type: Literal["Exclusive", "Parallel"] = "Exclusive"
