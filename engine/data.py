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
    from engine.compiler import Compiler
    from engine.program import Node


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
        if isinstance(container, m.Process):
            names.update(_own(container))
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
    outputs = _outputs(element)
    known = {**names, **_own(element)}
    reads = getattr(element, "data_input_associations", ())
    collected = getattr(
        getattr(element, "loop_characteristics", None), "loop_data_output_ref", None
    )
    writes = [
        association
        for association in getattr(element, "data_output_associations", ())
        if not (collected and collected in association.source_refs)
    ]
    return (
        list(_mappings(compiler, node, reads, known)),
        list(_mappings(compiler, node, writes, known)),
        frozenset(known[d.id] for d in outputs),
    )


def _inputs(element: Any) -> list[m.DataInput]:
    specification = getattr(element, "io_specification", None)
    stated = specification.data_inputs if specification else ()
    return [*stated, *getattr(element, "data_inputs", ())]


def _outputs(element: Any) -> list[m.DataOutput]:
    specification = getattr(element, "io_specification", None)
    stated = specification.data_outputs if specification else ()
    return [*stated, *getattr(element, "data_outputs", ())]


def _own(element: Any) -> dict[str, str]:
    """The variables behind an element's own inputs, outputs, properties and loop items, by id."""
    own = [*_inputs(element), *_outputs(element), *getattr(element, "properties", ())]
    loop = getattr(element, "loop_characteristics", None)
    items = [getattr(loop, name, None) for name in ("input_data_item", "output_data_item")]
    return {d.id: d.name or d.id for d in (*own, *items) if d is not None}


def collection_mapped(compiler: Compiler, node: Node[Any], ref: str) -> list[VariableMapping]:
    """How the collected results are changed on their way outward, once all of them are there."""
    known = {**compiler.data_names, **_own(node.element)}
    if compiler.dialect.name != "plain":
        return []
    changed = [
        association
        for association in node.element.data_output_associations
        if ref in association.source_refs and not _is_plain_source(association, ref)
    ]
    return list(_mappings(compiler, node, changed, known))


def _is_plain_source(association: m.DataAssociation, ref: str) -> bool:
    """Whether an association hands on what `ref` holds, as it is."""
    is_changed = association.assignments or association.transformation is not None
    return ref in association.source_refs and not is_changed


def collection_read(compiler: Compiler, node: Node[Any], ref: str) -> Expression:
    """What a multi-instance activity is repeated over (§10.3.8): the data that `loopDataInputRef`
    names, or for a data input what is associated with it."""
    known = {**compiler.data_names, **_own(node.element)}
    if compiler.dialect.name == "plain":
        for association in node.element.data_input_associations:
            if association.target_ref != ref:
                continue
            if association.assignments:
                stated = compiler.expression(association.assignments[0].from_, node.element)
                if stated is not None:
                    return stated
            elif source := _source(compiler, node, association, known):
                return source
    return Read(known.get(ref, ref))


def collection_written(compiler: Compiler, node: Node[Any], ref: str) -> str:
    """The variable that gets a multi-instance activity's results (§10.3.8): the data that
    `loopDataOutputRef` names, or for a data output what it is associated with."""
    known = {**compiler.data_names, **_own(node.element)}
    if compiler.dialect.name == "plain":
        for association in node.element.data_output_associations:
            if _is_plain_source(association, ref) and association.target_ref in known:
                return known[association.target_ref]
    return known.get(ref, ref)


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
