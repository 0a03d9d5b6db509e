"""Write the model as XML: children in the schema's order, the source's prefixes where known.

Reading what was written gives the same model, except for the lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bpmn.markup import escape_attribute, escape_text, put_markup
from bpmn.model import BPMN, BPMNDI, DC, DI, XSI, Document, Foreign, ModelElement
from bpmn.reader import bpmn_metamodel
from bpmn.schema import AttributeRule, ChildRule, ElementRules, Metamodel, tag_of, type_name

__all__ = ["BpmnWriteError", "write", "write_document", "write_element"]

_USUAL = {
    BPMN: "bpmn",
    BPMNDI: "bpmndi",
    DC: "dc",
    DI: "di",
    XSI: "xsi",
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://camunda.org/schema/zeebe/1.0": "zeebe",
    "http://camunda.org/schema/modeler/1.0": "modeler",
    "http://operaton.org/schema/1.0/bpmn": "operaton",
    "http://flowable.org/bpmn": "flowable",
    "http://activiti.org/bpmn": "activiti",
    "http://kapellmeister.dev/schema/1.0": "kapellmeister",
}
_XML = "http://www.w3.org/XML/1998/namespace"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class BpmnWriteError(ValueError):
    """The model holds something that XML cannot say."""


def write(document: Document) -> bytes:
    """The BPMN file of a definitions element, in UTF-8.

    Raises `BpmnWriteError` when a text has a character that XML has no way to write.
    """
    return write_document(document, bpmn_metamodel())


def write_document(document: Document, metamodel: Metamodel) -> bytes:
    """Like `write`, for any metamodel."""
    return _written(document, metamodel, document.namespaces, is_canonical=False)


def write_element(
    element: ModelElement, metamodel: Metamodel, namespaces: Mapping[str, str]
) -> bytes:
    """An element alone, in one fixed form: names sorted, prefixes given anew.

    Equal bytes mean an equal element. `namespaces` tells what prefixes in references stand for.
    """
    return _written(element, metamodel, namespaces, is_canonical=True)


def _written(
    element: ModelElement,
    metamodel: Metamodel,
    namespaces: Mapping[str, str],
    *,
    is_canonical: bool,
) -> bytes:
    writer = _Writer(metamodel, namespaces, is_canonical=is_canonical)
    text = writer.text(element)
    if writer.has_unqualified and writer.has_default:
        plain = {prefix: uri for prefix, uri in namespaces.items() if prefix}
        text = _Writer(metamodel, plain, is_canonical=is_canonical).text(element)
    culprit = _NOT_XML.search(text)
    if culprit is not None:
        before = text[: culprit.start()]
        near = before[before.rfind("<") :][:60]
        raise BpmnWriteError(
            f"line {before.count(chr(10)) + 1}: character U+{ord(culprit[0]):04X} after '{near}'"
            " cannot stand in XML; take it out of the model"
        )
    return text.encode()


class _Writer:
    """One document on its way out."""

    def __init__(
        self, metamodel: Metamodel, namespaces: Mapping[str, str], *, is_canonical: bool
    ) -> None:
        self.has_unqualified = False
        """Whether an element without namespace was met: then there can be no default one."""
        self.has_default = "" in namespaces and not is_canonical
        self._metamodel = metamodel
        self._is_canonical = is_canonical
        self._sources = namespaces
        self._declared = {} if is_canonical else dict(namespaces)
        self._element_prefixes: dict[str, str] = {}
        self._attribute_prefixes = {_XML: "xml"}
        for prefix, uri in self._declared.items():
            self._element_prefixes.setdefault(uri, prefix)
            if prefix:
                self._attribute_prefixes.setdefault(uri, prefix)
        self._names: dict[str, str] = {}
        self._attribute_names: dict[str, str] = {}
        self._pieces: list[str] = []

    def text(self, element: ModelElement) -> str:
        rules = self._metamodel.rules(type(element))
        self._put(element, rules, rules.tag, "", "\n")
        declarations = "".join(
            f' xmlns{":" if prefix else ""}{prefix}="{escape_attribute(uri)}"'
            for prefix, uri in self._declared.items()
        )
        name = self._name(rules.tag)
        self._pieces[0] = f"<{name}{declarations}"
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(self._pieces) + "\n"

    def _put(
        self, element: ModelElement, rules: ElementRules, tag: str, typed: str, indent: str
    ) -> None:
        """Append an element; `indent` is the line end and the white space before its tag."""
        pieces = self._pieces
        name = self._name(tag)
        pieces.append(f"<{name}")
        if typed:
            pieces.append(f' {self._attribute_name(f"{{{XSI}}}type")}="{typed}"')
        self._put_attributes(element, rules.attributes)
        pieces.append(">")
        start = len(pieces)
        inner = indent + "  "
        for rule in rules.children:
            value = getattr(element, rule.field)
            if value != rule.default or (rule.many and value):
                self._put_children(rule, value, inner)
        for node in element.unknown_children:
            pieces.append(inner)
            self._put_foreign(node, inner)
        text = getattr(element, rules.content) if rules.content else ""
        markup: tuple[Foreign, ...] = getattr(element, "content", ()) if rules.has_markup else ()
        if text or markup:
            pieces.append(escape_text(text))
            for node in markup:
                self._put_foreign(node, "")
            pieces.append(f"</{name}>")
        elif len(pieces) > start:
            pieces.append(f"{indent}</{name}>")
        else:
            pieces[-1] = "/>"

    def _put_attributes(self, element: ModelElement, rules: tuple[AttributeRule, ...]) -> None:
        foreign = element.foreign_attributes
        for rule in rules:
            value = getattr(element, rule.field)
            if value == rule.default or value is None or rule.name in foreign:
                continue
            if rule.is_reference:
                if not value:
                    continue
                value = self._reference(value)
            self._pieces.append(f' {rule.name}="{escape_attribute(_plain(value))}"')
        for name in sorted(foreign) if self._is_canonical else foreign:
            value = escape_attribute(foreign[name])
            self._pieces.append(f' {self._attribute_name(name)}="{value}"')

    def _put_children(self, rule: ChildRule, value: object, indent: str) -> None:
        if rule.kind == "foreign":
            name = self._name(rule.tag)
            self._pieces.append(f"{indent}<{name}>")
            for node in value if isinstance(value, tuple) else ():
                self._pieces.append(f"{indent}  ")
                self._put_foreign(node, indent + "  ")
            self._pieces.append(f"{indent}</{name}>")
            return
        for item in value if isinstance(value, tuple) else (value,):
            self._pieces.append(indent)
            if isinstance(item, ModelElement):
                cls = type(item)
                tag = rule.tag if rule.is_role else tag_of(cls)
                typed = ""
                if rule.is_role and cls is not rule.members[0]:
                    typed = self._name(f"{{{cls.NAMESPACE}}}{type_name(cls)}")
                self._put(item, self._metamodel.rules(cls), tag, typed, indent)
            else:
                name = self._name(rule.tag)
                text = self._reference(str(item)) if rule.kind == "ref" else str(item)
                self._pieces.append(f"<{name}>{escape_text(text)}</{name}>")

    def _put_foreign(self, node: Foreign, indent: str) -> None:
        if self._is_canonical:
            node = _sorted(node)
        put_markup(self._pieces, node, self._name, self._attribute_name, indent and f"{indent}  ")

    def _reference(self, reference: str) -> str:
        """In the fixed form a prefix is replaced by what it stands for."""
        prefix, colon, local = reference.partition(":")
        if self._is_canonical and colon and prefix in self._sources:
            return f"{{{self._sources[prefix]}}}{local}"
        return reference

    def _name(self, tag: str) -> str:
        name = self._names.get(tag)
        if name is None:
            namespace, _, local = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
            if not namespace:
                self.has_unqualified = True
            prefix = self._prefix(namespace, self._element_prefixes) if namespace else ""
            name = self._names[tag] = f"{prefix}:{local}" if prefix else local
        return name

    def _attribute_name(self, key: str) -> str:
        if not key.startswith("{"):
            return key
        name = self._attribute_names.get(key)
        if name is None:
            namespace, _, local = key[1:].rpartition("}")
            prefix = self._prefix(namespace, self._attribute_prefixes)
            name = self._attribute_names[key] = f"{prefix}:{local}"
        return name

    def _prefix(self, namespace: str, prefixes: dict[str, str]) -> str:
        """The prefix of a namespace, declared now if it was not."""
        prefix = prefixes.get(namespace)
        if prefix is None:
            usual = _USUAL.get(namespace, "ns")
            prefix, number = usual, 1
            while prefix in self._declared:
                prefix, number = f"{usual}{number}", number + 1
            self._declared[prefix] = namespace
            self._element_prefixes.setdefault(namespace, prefix)
            self._attribute_prefixes[namespace] = prefix
        return prefixes[namespace]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _sorted(node: Foreign) -> Foreign:
    return Foreign(
        tag=node.tag,
        attributes=dict(sorted(node.attributes.items())),
        text=node.text,
        children=tuple(map(_sorted, node.children)),
        tail=node.tail,
    )
