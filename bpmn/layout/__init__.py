"""Diagrams for files that carry none: left to right, in layers, with right-angled flows."""

from __future__ import annotations

import msgspec

from bpmn.elements import elements_by_id
from bpmn.layout.interchange import Ids, diagram_of
from bpmn.layout.planes import planes_of
from bpmn.model import Definitions

__all__ = ["lay_out"]


def lay_out(definitions: Definitions) -> Definitions:
    """The definitions with a diagram (BPMN 2.0.2 §12) for what had none.

    The same file always gives the same diagram; what is drawn already stays as it is.
    """
    elements = elements_by_id(definitions)
    ids = Ids(elements)
    planes = planes_of(definitions)
    diagrams = tuple(diagram_of(plane, elements, ids) for plane in planes)
    return msgspec.structs.replace(definitions, diagrams=(*definitions.diagrams, *diagrams))
