"""Expressions (BPMN 2.0.2 §8.4.7, §8.4.8)."""

from __future__ import annotations

from typing import Annotated

from bpmn.model.base import BaseElement, Content, Foreign, Kept, Ref

__all__ = ["Expression", "FormalExpression"]


class Expression(BaseElement, frozen=True, kw_only=True):
    """Natural language by the standard (§8.4.7); real files put executable text here, too."""

    text: Annotated[str, Content(is_trimmed=True)] = ""
    """Without the white space around it."""
    content: Annotated[tuple[Foreign, ...], Kept()] = ()
    """Markup after `text`, each piece with the text that follows it as its tail."""

    @property
    def language(self) -> str:
        """Empty: only a formal expression can name one."""
        return ""


class FormalExpression(Expression, frozen=True, kw_only=True):
    """An expression in a formal language (§8.4.8)."""

    language: str = ""
    """URI or name; empty: the language of the definitions."""
    evaluates_to_type_ref: Ref | None = None
