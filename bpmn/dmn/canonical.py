"""What a decision model means apart from how it is written down."""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from bpmn.dmn.model import Definitions
from bpmn.dmn.reader import dmn_metamodel
from bpmn.writer import write_element

__all__ = ["semantic_hash"]


def semantic_hash(model: Definitions) -> str:
    """SHA-256 of everything but the diagrams, in hexadecimal.

    Indentation, prefixes, the version of DMN and the name of the tool that saved the file do not
    count; names, descriptions and foreign extensions do.
    """
    meaning = replace(model, diagrams=(), exporter="", exporter_version="", namespaces={})
    return hashlib.sha256(write_element(meaning, dmn_metamodel(), {})).hexdigest()
