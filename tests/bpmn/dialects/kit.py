"""One element with extensions, and what a dialect makes of it."""

from __future__ import annotations

from bpmn.dialects import Dialect, Settings, settings_of
from bpmn.model import BaseElement, Process
from tests.bpmn.kit import given


def element(xml: str) -> BaseElement:
    """The only flow element of a process."""
    (process,) = given(xml).root_elements
    assert isinstance(process, Process)
    (found,) = process.flow_elements
    return found


def said(dialect: Dialect, tag: str, attributes: str = "", inner: str = "") -> Settings:
    """The settings of an element of that tag with extension attributes and elements."""
    extensions = f"<extensionElements>{inner}</extensionElements>" if inner else ""
    return settings_of(element(f"<{tag} id='e' {attributes}>{extensions}</{tag}>"), dialect)
