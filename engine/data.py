"""Data in BPMN's own terms (BPMN 2.0.2 §10.4): objects, properties and associations as variables.

A data object or property is a variable of the scope it is drawn in; a data association is a
variable mapping. Vendors' dialects have mappings of their own and only draw these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import bpmn.model as m
from engine.expressions import Expression

if TYPE_CHECKING:
    from engine.program import Compiler, Node


class VariableMapping(Struct, frozen=True):
    """The value of `source` becomes the variable at `path`: a name, or names into documents."""

    source: Expression
    path: tuple[str, ...]


class Read:
    """An expression: the value of one variable, null where it is missing."""

    __slots__ = ("names", "text")

    def __init__(self, name: str) -> None:
        self.text = name
        self.names = frozenset({name})

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        return variables.get(self.text)


def names_by_id(compiler: Compiler) -> dict[str, str]:
    """The variable behind each item-aware element of the process, by the element's id."""
    graph = compiler.graph
    names: dict[str, str] = {}
    references: list[m.DataObjectReference] = []
    for container in graph.containers.values():
        for data in getattr(container, "properties", ()):
            names[data.id] = data.name or data.id
        for element in container.flow_elements:
            if isinstance(element, m.DataObject):
                names[element.id] = element.name
            elif isinstance(element, m.DataObjectReference):
                references.append(element)
            elif isinstance(element, m.DataStoreReference):
                names[element.id] = element.name or element.id
    for reference in references:
        target = reference.data_object_ref or ""
        name = names.get(target) or reference.name or target or reference.id
        names[reference.id] = name
        if target:
            names[target] = name
    return {id: name or id for id, name in names.items()}


def declared(container: m.Process | m.SubProcess, names: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that a container declares by drawing data objects or stating properties."""
    found = [names[p.id] for p in container.properties]
    found += [names[e.id] for e in container.flow_elements if isinstance(e, m.DataObject)]
    return tuple(dict.fromkeys(found))


def associations(
    compiler: Compiler, node: Node[Any], names: Mapping[str, str]
) -> tuple[list[VariableMapping], list[VariableMapping], frozenset[str]]:
    """Input and output mappings of a node's data associations, and the names of its outputs."""
    element = node.element
    specification = getattr(element, "io_specification", None)
    inputs = list(specification.data_inputs if specification else ())
    outputs = list(specification.data_outputs if specification else ())
    inputs += getattr(element, "data_inputs", ())
    outputs += getattr(element, "data_outputs", ())
    own = {d.id: d.name or d.id for d in (*inputs, *outputs)}
    own.update({p.id: p.name or p.id for p in getattr(element, "properties", ())})
    known = {**names, **own}
    reads = getattr(element, "data_input_associations", ())
    writes = getattr(element, "data_output_associations", ())
    return (
        list(_mappings(compiler, node, reads, known)),
        list(_mappings(compiler, node, writes, known)),
        frozenset(own[d.id] for d in outputs),
    )


def _mappings(
    compiler: Compiler,
    node: Node[Any],
    found: Iterable[m.DataAssociation],
    known: Mapping[str, str],
) -> Iterable[VariableMapping]:
    for association in found:
        target = known.get(association.target_ref or "")
        if association.assignments:
            for assignment in association.assignments:
                source = compiler.expression(assignment.from_, node.element)
                path = assignment.to.text.strip() if assignment.to else target
                if source is not None and path:
                    first, *rest = path.removeprefix("=").strip().split(".")
                    yield VariableMapping(source, (known.get(first, first), *rest))
            continue
        source = _source(compiler, node, association, known)
        if source is not None and target:
            yield VariableMapping(source, (target,))


def _source(
    compiler: Compiler,
    node: Node[Any],
    association: m.DataAssociation,
    known: Mapping[str, str],
) -> Expression | None:
    if association.transformation is not None:
        return compiler.expression(association.transformation, node.element)
    sources = [known[ref] for ref in association.source_refs if ref in known]
    return Read(sources[0]) if sources else None
