"""Diagrams for files that carry none: left to right, in layers, with right-angled flows."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bpmn.elements import elements_by_id
from bpmn.layout.interchange import Ids, diagram_of
from bpmn.layout.missing import completed
from bpmn.layout.planes import planes_of
from bpmn.model import Definitions

__all__ = ["lay_out"]


def lay_out(definitions: Definitions) -> Definitions:
    """The definitions with a diagram (BPMN 2.0.2 §12) for what had none.

    The same file always gives the same diagram; what is drawn already stays as it is.
    """
    elements = elements_by_id(definitions)
    ids = Ids({*elements, *_ids_of_diagrams(definitions)})
    if any(diagram.plane and diagram.plane.plane_elements for diagram in definitions.diagrams):
        diagrams = completed(definitions, elements, ids)
    else:
        diagrams = tuple(diagram_of(plane, elements, ids) for plane in planes_of(definitions))
    return msgspec.structs.replace(definitions, diagrams=diagrams)


def _ids_of_diagrams(definitions: Definitions) -> Iterator[str]:
    for diagram in definitions.diagrams:
        yield diagram.id
        if diagram.plane is not None:
            yield diagram.plane.id
            yield from (element.id for element in diagram.plane.plane_elements)
