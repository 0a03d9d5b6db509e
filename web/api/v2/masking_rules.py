"""Masking rules: which variables are secret, by patterns of their names."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from web.api.routing import actor, engine, idempotency_key, operation
from web.api.shapes import Shape

Pattern = Annotated[str, Field(min_length=1, max_length=100)]


class NewMaskingRule(Shape):
    pattern: Pattern
    """A name, with `*` for any text."""
    is_masked: bool = True
    """False: variables of such names are no secret, whatever a default or a model says."""


class MaskingRuleRemoval(Shape):
    pattern: Pattern


class MaskingRule(TypedDict):
    pattern: str
    isMasked: bool
    origin: Literal["default", "model", "admin"]
    place: str | None


class MaskingRules(TypedDict):
    items: list[MaskingRule]


@operation("GET", "/masking-rules", "admin", answer=MaskingRules)
def get_masking_rules() -> MaskingRules:
    """Every pattern with where it comes from"""
    return MaskingRules(
        items=[
            MaskingRule(
                pattern=one.pattern, isMasked=one.is_masked, origin=one.origin, place=one.place
            )
            for one in engine().mask_patterns()
        ]
    )


@operation(
    "POST",
    "/masking-rules",
    "admin",
    body=NewMaskingRule,
    example={"pattern": "*diagnosis*", "isMasked": True},
)
def set_masking_rule(body: NewMaskingRule) -> None:
    """Keep variables of such names secret, or say that they are no secret; it counts at once"""
    engine().set_mask(body.pattern, body.is_masked, by=actor(), idempotency_key=idempotency_key())


@operation(
    "POST",
    "/masking-rules/removal",
    "admin",
    body=MaskingRuleRemoval,
    example={"pattern": "*diagnosis*"},
)
def clear_masking_rule(body: MaskingRuleRemoval) -> None:
    """Take an administrator's word back: what defaults and models say counts again"""
    engine().clear_mask(body.pattern, by=actor(), idempotency_key=idempotency_key())
