"""Correlation (BPMN 2.0.2 §8.4.2): keys, properties, and how they are found in messages."""

from __future__ import annotations

import bpmn.model as m
from bpmn.checks.context import Context
from bpmn.checks.register import Finding, Findings, rule
from bpmn.checks.words import called


@rule("correlation-property-retrieval", "8.4.2", m.CorrelationProperty)
def correlation_property_retrieval(property: m.CorrelationProperty, _: Context) -> Findings:
    """A correlation property says how it is found in a message."""
    if property.correlation_property_retrieval_expressions:
        return None
    return Finding(
        property,
        f"{called(property)} does not say how it is found in a message",
        "add a 'correlationPropertyRetrievalExpression' for each message",
    )


@rule("correlation-retrieval-path", "8.4.2", m.CorrelationPropertyRetrievalExpression)
def correlation_retrieval_path(
    retrieval: m.CorrelationPropertyRetrievalExpression, _: Context
) -> Findings:
    """A retrieval expression has a message path."""
    if retrieval.message_path is not None:
        return None
    return Finding(
        retrieval,
        f"the retrieval of a correlation property from '{retrieval.message_ref}' has no path",
        "add a 'messagePath'",
    )


@rule("correlation-retrieval-twice", "8.4.2", m.CorrelationProperty, severity="warning")
def correlation_retrieval_twice(property: m.CorrelationProperty, _: Context) -> Findings:
    """A correlation property is found in one message in one way."""
    seen: set[str] = set()
    found = []
    for retrieval in property.correlation_property_retrieval_expressions:
        if retrieval.message_ref in seen:
            found.append(
                Finding(
                    retrieval,
                    f"{called(property)} is found in '{retrieval.message_ref}' in two ways",
                    "keep one of them",
                )
            )
        seen.add(retrieval.message_ref)
    return found


@rule("correlation-key-empty", "8.4.2", m.CorrelationKey, severity="warning")
def correlation_key_empty(key: m.CorrelationKey, _: Context) -> Findings:
    """A correlation key has properties."""
    if key.correlation_property_refs:
        return None
    return Finding(key, f"{called(key)} has no properties", "add a 'correlationPropertyRef'")


@rule("correlation-binding-path", "8.4.2", m.CorrelationPropertyBinding)
def correlation_binding_path(binding: m.CorrelationPropertyBinding, _: Context) -> Findings:
    """A property binding has a data path."""
    if binding.data_path is not None:
        return None
    return Finding(
        binding,
        f"the binding of '{binding.correlation_property_ref}' has no path",
        "add a 'dataPath'",
    )


@rule("correlation-binding-property", "8.4.2", m.CorrelationSubscription)
def correlation_binding_property(
    subscription: m.CorrelationSubscription, context: Context
) -> Findings:
    """A correlation subscription binds properties of its key."""
    key = context.by_id.get(subscription.correlation_key_ref)
    if not isinstance(key, m.CorrelationKey):
        return None
    own = frozenset(key.correlation_property_refs)
    return [
        Finding(
            binding,
            f"'{binding.correlation_property_ref}' is bound, which {called(key)} does not have",
            "bind the properties of the key",
        )
        for binding in subscription.correlation_property_bindings
        if binding.correlation_property_ref not in own
        and isinstance(context.by_id.get(binding.correlation_property_ref), m.CorrelationProperty)
    ]


@rule("correlation-property-unbound", "8.4.2", m.CorrelationSubscription, severity="warning")
def correlation_property_unbound(
    subscription: m.CorrelationSubscription, context: Context
) -> Findings:
    """A correlation subscription binds every property of its key."""
    key = context.by_id.get(subscription.correlation_key_ref)
    if not isinstance(key, m.CorrelationKey):
        return None
    bound = {b.correlation_property_ref for b in subscription.correlation_property_bindings}
    return [
        Finding(
            subscription,
            f"the subscription to {called(key)} does not bind '{ref}'",
            "add a 'correlationPropertyBinding' for it",
        )
        for ref in key.correlation_property_refs
        if ref not in bound
    ]
