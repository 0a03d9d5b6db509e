"""Resources and human performers (BPMN 2.0.2 §8.4.12, §10.3.1, §10.3.4)."""

from __future__ import annotations

from bpmn.model.base import BaseElement, Ref, Role, RootElement
from bpmn.model.expressions import Expression

__all__ = [
    "HumanPerformer",
    "Performer",
    "PotentialOwner",
    "Rendering",
    "Resource",
    "ResourceAssignmentExpression",
    "ResourceParameter",
    "ResourceParameterBinding",
    "ResourceRole",
]


class ResourceParameter(BaseElement, frozen=True, kw_only=True):
    """§8.4.12."""

    name: str = ""
    type: Ref | None = None
    is_required: bool | None = None


class Resource(RootElement, frozen=True, kw_only=True):
    """§8.4.12."""

    name: str
    resource_parameters: tuple[ResourceParameter, ...] = ()


class ResourceAssignmentExpression(BaseElement, frozen=True, kw_only=True):
    """§10.3.1."""

    expression: Expression | None = None


class ResourceParameterBinding(BaseElement, frozen=True, kw_only=True):
    """§10.3.1."""

    parameter_ref: Ref
    expression: Expression | None = None


class ResourceRole(BaseElement, frozen=True, kw_only=True):
    """§10.3.1."""

    name: str = ""
    resource_ref: Role[Ref | None] = None
    resource_parameter_bindings: tuple[ResourceParameterBinding, ...] = ()
    resource_assignment_expression: ResourceAssignmentExpression | None = None


class Performer(ResourceRole, frozen=True, kw_only=True):
    """§10.3.1."""


class HumanPerformer(Performer, frozen=True, kw_only=True):
    """§10.3.4."""


class PotentialOwner(HumanPerformer, frozen=True, kw_only=True):
    """Who may claim a user task (§10.3.4)."""


class Rendering(BaseElement, frozen=True, kw_only=True):
    """A hook for extensions (§10.3.4)."""
