"""Correlation of messages (BPMN 2.0.2 §8.4.2)."""

from __future__ import annotations

from typing import Annotated

from bpmn.model.base import BaseElement, Child, Ref, Role, RootElement
from bpmn.model.expressions import FormalExpression

__all__ = [
    "CorrelationKey",
    "CorrelationProperty",
    "CorrelationPropertyBinding",
    "CorrelationPropertyRetrievalExpression",
    "CorrelationSubscription",
]


class CorrelationKey(BaseElement, frozen=True, kw_only=True):
    """The properties that together find a conversation (§8.4.2)."""

    name: str = ""
    correlation_property_refs: Annotated[tuple[Ref, ...], Child("correlationPropertyRef")] = ()


class CorrelationPropertyRetrievalExpression(BaseElement, frozen=True, kw_only=True):
    """How a property is taken out of a message (§8.4.2)."""

    message_ref: Ref
    message_path: Role[FormalExpression | None] = None


class CorrelationProperty(RootElement, frozen=True, kw_only=True):
    """§8.4.2."""

    name: str = ""
    type: Ref | None = None
    correlation_property_retrieval_expressions: tuple[
        CorrelationPropertyRetrievalExpression, ...
    ] = ()


class CorrelationPropertyBinding(BaseElement, frozen=True, kw_only=True):
    """How a property is taken out of the process's data (§8.4.2)."""

    correlation_property_ref: Ref
    data_path: Role[FormalExpression | None] = None


class CorrelationSubscription(BaseElement, frozen=True, kw_only=True):
    """§8.4.2."""

    correlation_key_ref: Ref
    correlation_property_bindings: tuple[CorrelationPropertyBinding, ...] = ()
