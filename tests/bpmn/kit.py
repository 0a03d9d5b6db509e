"""Documents for the tests of this room: small ones by hand, real ones, and any element at all."""

from __future__ import annotations

import typing
from pathlib import Path

from bpmn.builder import Builder
from bpmn.model import BPMN, BPMNDI, DC, DI, XSI, Definitions, Foreign, ModelElement
from bpmn.reader import bpmn_metamodel, read
from bpmn.schema import AttributeRule, ChildRule, is_abstract
from bpmn.writer import write_element
from bpmn.xml import parse_xml

REPOSITORY = Path(__file__).parents[2]
REAL = sorted((REPOSITORY.parent / "shared" / "models").glob("**/*.bpmn"))
"""Exports of modelling tools; they stand beside the checkout, not in it."""
STORIES = sorted((REPOSITORY / "processes").glob("**/*.bpmn"))

NAMESPACES = {
    "": BPMN,
    "bpmndi": BPMNDI,
    "dc": DC,
    "di": DI,
    "xsi": XSI,
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "operaton": "http://operaton.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "modeler": "http://camunda.org/schema/modeler/1.0",
    "flowable": "http://flowable.org/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "k": "http://kapellmeister.dev/schema/1.0",
    "tns": "urn:test",
}


def document(process: str, roots: str = "", attributes: str = "") -> bytes:
    """A document around the inside of process `p`, which starts at line 2."""
    declared = " ".join(
        f'xmlns{":" if prefix else ""}{prefix}="{uri}"' for prefix, uri in NAMESPACES.items()
    )
    return (
        f'<definitions {declared} id="d" targetNamespace="urn:test" {attributes}>\n'
        f'<process id="p">{process}</process>{roots}</definitions>'
    ).encode()


def given(process: str, roots: str = "", attributes: str = "") -> Definitions:
    return read(document(process, roots, attributes))


def elements() -> list[type[ModelElement]]:
    """Every class of the model that has instances."""
    return [cls for cls in bpmn_metamodel().classes if not is_abstract(cls)]


def full(cls: type[ModelElement], depth: int = 2) -> ModelElement:
    """An element of that class with everything in it that can be, no attribute at its default."""
    rules = bpmn_metamodel().rules(cls)
    values: dict[str, object] = {rule.field: _attribute(rule) for rule in rules.attributes}
    if depth:
        for rule in rules.children:
            values[rule.field] = _children(rule, depth - 1)
    if rules.content:
        values[rules.content] = "text < & > \" ' text"
    values["foreign_attributes"] = {"{urn:x}colour": "red\n\t\"green\" & 'blue'"}
    return cls(**values)  # type: ignore[arg-type]


def _attribute(rule: AttributeRule) -> object:
    if rule.convert is None:
        return f"a {rule.name}" if not rule.is_reference else f"the-{rule.name}"
    for text in ("true", "false", "7"):
        try:
            value = rule.convert(text)
        except (ValueError, KeyError):
            continue
        if value != rule.default:
            return value
    literals: dict[str, str] = getattr(rule.convert, "__self__", {})
    return next(value for value in literals if value != rule.default)


def _children(rule: ChildRule, depth: int) -> object:
    if rule.kind == "foreign":
        inner = Foreign(tag="{urn:x}inner", text=" kept ")
        return (Foreign(tag="{urn:x}outer", attributes={"a": "1"}, children=(inner,)),)
    if rule.kind != "element":
        return ("one", "two") if rule.many else "some words"
    known = [cls for cls in elements() if issubclass(cls, rule.members)]
    if rule.is_role and rule.members[0] in known:
        known = [rule.members[0]]
    if not rule.many:
        return full(known[0], depth)
    return tuple(full(cls, depth) for cls in known)


def read_element(source: bytes, cls: type[ModelElement]) -> tuple[ModelElement, list[str]]:
    """An element that stands alone in its document, and what was wrong with it."""
    builder = Builder(bpmn_metamodel(), cls)
    parse_xml(source, builder)
    return typing.cast(ModelElement, builder.result), list(map(str, builder.problems.found))


def fixed(element: ModelElement) -> bytes:
    return write_element(element, bpmn_metamodel(), {})


def without_lines(thing: object) -> object:
    """The same as plain data, but for lines, prefixes and problems."""
    if isinstance(thing, ModelElement | Foreign):
        fields = {
            field: without_lines(getattr(thing, field))
            for field in thing.__struct_fields__
            if field not in ("line", "namespaces", "problems")
        }
        return type(thing).__name__, fields
    if isinstance(thing, tuple):
        return tuple(map(without_lines, thing))
    return thing
