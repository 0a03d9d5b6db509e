"""Artifacts (BPMN 2.0.2 §8.4.1)."""

from __future__ import annotations

from typing import ClassVar, Literal

from bpmn.model.base import BaseElement, Ref, Role

__all__ = ["Artifact", "Association", "Group", "TextAnnotation"]


class Artifact(BaseElement, frozen=True, kw_only=True):
    """§8.4.1."""

    ABSTRACT: ClassVar[bool] = True


class Association(Artifact, frozen=True, kw_only=True):
    """Ties a note, or a compensation handler to its boundary event (§8.4.1, §10.7)."""

    source_ref: Ref
    target_ref: Ref
    association_direction: Literal["None", "One", "Both"] = "None"


class Group(Artifact, frozen=True, kw_only=True):
    """§8.4.1."""

    category_value_ref: Ref | None = None


class TextAnnotation(Artifact, frozen=True, kw_only=True):
    """§8.4.1."""

    text_format: str = "text/plain"
    text: Role[str] = ""
    """Markup inside is kept as the characters it is written with."""
