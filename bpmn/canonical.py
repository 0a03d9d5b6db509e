"""What a document means apart from how it is written down: to tell a change from a mere re-save."""

from __future__ import annotations

import hashlib
from typing import Literal

from msgspec.structs import replace

from bpmn.model import BPMNDiagram, Definitions
from bpmn.reader import bpmn_metamodel
from bpmn.writer import write_element

__all__ = ["change", "is_same", "layout_hash", "semantic_hash"]


def semantic_hash(definitions: Definitions) -> str:
    """SHA-256 of everything but the diagrams, in hexadecimal.

    Indentation, comments, prefixes, order of attributes, CDATA, stated defaults and the name of
    the tool that saved the file do not count; names, documentation and foreign extensions do.
    """
    meaning = replace(definitions, diagrams=(), exporter="", exporter_version="")
    return hashlib.sha256(_fixed(meaning)).hexdigest()


def layout_hash(definitions: Definitions) -> str:
    """SHA-256 of the diagrams alone, in hexadecimal.

    In which order shapes and edges are written down does not count: editors have orders of their
    own, and what is in front is told by who contains whom.
    """
    layout = Definitions(
        diagrams=tuple(map(_ordered, definitions.diagrams)), namespaces=definitions.namespaces
    )
    return hashlib.sha256(_fixed(layout)).hexdigest()


def _ordered(diagram: BPMNDiagram) -> BPMNDiagram:
    plane = diagram.plane
    if plane is None:
        return diagram
    elements = sorted(plane.plane_elements, key=lambda one: (one.bpmn_element or "", one.id))
    return replace(diagram, plane=replace(plane, plane_elements=tuple(elements)))


def change(old: Definitions, new: Definitions) -> Literal["none", "layout", "meaning"]:
    """What has changed from one version of a document to another."""
    if semantic_hash(old) != semantic_hash(new):
        return "meaning"
    return "none" if layout_hash(old) == layout_hash(new) else "layout"


def is_same(one: Definitions, other: Definitions) -> bool:
    """Whether two documents hold the same elements, wherever their lines are."""
    return _fixed(one) == _fixed(other)


def _fixed(definitions: Definitions) -> bytes:
    return write_element(definitions, bpmn_metamodel(), definitions.namespaces)
