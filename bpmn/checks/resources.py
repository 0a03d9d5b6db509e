"""Resources and who gets work (BPMN 2.0.2 §8.4.12, §10.3.1), interfaces and operations (§8.5)."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called


@rule("interface-without-operation", "8.5", m.Interface)
def interface_without_operation(interface: m.Interface, _: Context) -> Findings:
    """An interface has an operation."""
    if interface.operations:
        return None
    return Finding(interface, f"{called(interface)} has no operations", "add an 'operation'")


@rule("operation-without-message", "8.5", m.Operation)
def operation_without_message(operation: m.Operation, _: Context) -> Findings:
    """An operation says which message it takes."""
    if operation.in_message_ref:
        return None
    return Finding(operation, f"{called(operation)} takes no message", "add an 'inMessageRef'")


@rule("resource-expression-missing", "10.3.1", m.ResourceAssignmentExpression)
def resource_expression_missing(
    assignment: m.ResourceAssignmentExpression, context: Context
) -> Findings:
    """A resource assignment expression has an expression."""
    if assignment.expression is not None:
        return None
    role = context.parent(assignment)
    words = called(role) if role is not None else "a resource role"
    return Finding(
        assignment,
        f"the assignment expression of {words} has no expression",
        "add a 'formalExpression'",
    )


@rule("resource-binding-expression", "10.3.1", m.ResourceParameterBinding)
def resource_binding_expression(binding: m.ResourceParameterBinding, _: Context) -> Findings:
    """A resource parameter is bound to an expression."""
    if binding.expression is not None:
        return None
    return Finding(
        binding,
        f"'{binding.parameter_ref}' is bound to nothing",
        "add a 'formalExpression'",
    )


@rule("resource-role-both", "10.3.1", m.ResourceRole)
def resource_role_both(role: m.ResourceRole, _: Context) -> Findings:
    """A resource role names a resource or has an assignment expression, not both."""
    if not role.resource_ref or role.resource_assignment_expression is None:
        return None
    return Finding(
        role,
        f"{called(role)} has both 'resourceRef' and 'resourceAssignmentExpression'",
        "keep one of them",
    )


@rule("resource-binding-without-resource", "10.3.1", m.ResourceRole)
def resource_binding_without_resource(role: m.ResourceRole, _: Context) -> Findings:
    """Only a resource role that names a resource binds parameters."""
    if role.resource_ref or not role.resource_parameter_bindings:
        return None
    return Finding(
        role,
        f"{called(role)} binds parameters and names no resource",
        "add a 'resourceRef'",
    )


@rule("resource-binding-parameter", "10.3.1", m.ResourceRole, given="resource_ref")
def resource_binding_parameter(role: m.ResourceRole, context: Context) -> Findings:
    """A resource role binds parameters of the resource that it names."""
    own = context.parameters.get(role.resource_ref or "")
    if own is None:
        return None
    return [
        Finding(
            binding,
            f"{called(role)} binds '{binding.parameter_ref}', which is a parameter of another"
            f" resource than '{role.resource_ref}'",
            "name a parameter of the same resource",
        )
        for binding in role.resource_parameter_bindings
        if binding.parameter_ref not in own
        and isinstance(context.by_id.get(binding.parameter_ref), m.ResourceParameter)
    ]


@rule(
    "resource-parameter-unbound",
    "10.3.1",
    m.ResourceRole,
    drawn="warning",
    vendor="warning",
    given="resource_ref",
)
def resource_parameter_unbound(role: m.ResourceRole, context: Context) -> Findings:
    """A resource role binds all parameters that its resource requires."""
    required = context.required_parameters.get(role.resource_ref or "", ())
    bound = {binding.parameter_ref for binding in role.resource_parameter_bindings}
    missing = next((p for p in required if p.id not in bound), None)
    if missing is None:
        return None
    return Finding(
        role,
        f"{called(role)} does not bind '{missing.name or missing.id}', which resource"
        f" '{role.resource_ref}' requires",
        "add a 'resourceParameterBinding'",
    )
