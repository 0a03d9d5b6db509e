"""Files in which nothing executes (BPMN 2.0.2 §2.2, §10.2): they are kept and shown.

Choreographies, conversations, collaborations of black-box pools, processes that are not executable.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

import bpmn.model as m
from bpmn.canonical import semantic_hash
from bpmn.dialects import detect


class ReadDrawing(Struct):
    """What a file shows."""

    id: str
    """Of its one process, or else of the collaboration or choreography around several."""
    name: str | None
    documentation: str | None
    dialect: str
    nodes: dict[str, m.FlowNode]
    hash: str
    file: str

    @property
    def facts(self) -> dict[str, Any]:
        """What lists and pages show, as of a process that executes."""
        return {
            "dialect": self.dialect,
            "documentation": self.documentation,
            "elements": {id: node.name or id for id, node in self.nodes.items()},
            "kinds": {id: type(node).__name__ for id, node in self.nodes.items()},
            "job_types": [],
            "messages": [],
            "start_form": None,
            "is_startable": False,
            "is_executable": False,
            "has_none_start": False,
            "history_ttl": None,
            "forms": {},
        }


def drawing_of(definitions: m.Definitions, file: str) -> ReadDrawing | None:
    """What the file shows; None when there is nothing with an id to show."""
    shown = [e for e in definitions.root_elements if isinstance(e, m.Process | m.Collaboration)]
    processes = [e for e in shown if isinstance(e, m.Process)]
    main = processes[0] if len(processes) == 1 else _around(shown)
    if main is None or not main.id:
        return None
    name = main.name or next((e.name for e in shown if e.name), "") or definitions.name
    return ReadDrawing(
        id=main.id,
        name=name or None,
        documentation="\n\n".join(d.text for d in main.documentation if d.text) or None,
        dialect=detect(definitions).name,
        nodes={node.id: node for element in shown for node in _nodes(element) if node.id},
        hash=semantic_hash(definitions),
        file=file,
    )


def _around(shown: list[m.Process | m.Collaboration]) -> m.Process | m.Collaboration | None:
    """A collaboration or choreography before a process, and what is empty last."""
    return min(
        (element for element in shown if element.id),
        key=lambda element: isinstance(element, m.Process),
        default=None,
    )


def _nodes(element: m.Process | m.Collaboration) -> Iterator[m.FlowNode]:
    todo: list[object] = [element]
    while todo:
        around = todo.pop()
        inner = [e for e in getattr(around, "flow_elements", ()) if isinstance(e, m.FlowNode)]
        yield from inner
        todo += inner
