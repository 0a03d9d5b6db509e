"""Decision models as documents again: DMN 1.5, whatever version they were read from."""

from __future__ import annotations

from typing import cast

from bpmn.dmn.model import Definitions
from bpmn.dmn.reader import dmn_metamodel
from bpmn.model.base import Document
from bpmn.writer import write_document

__all__ = ["write_dmn"]


def write_dmn(model: Definitions) -> bytes:
    """The file of a decision model, in UTF-8; extensions and diagrams are as they were read.

    Raises `BpmnWriteError` when a text has a character that XML has no way to write.
    """
    return write_document(cast(Document, model), dmn_metamodel())
