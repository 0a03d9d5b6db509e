"""Build the model while the parser runs: each element when its end tag is met.

Nothing here knows an element: `bpmn.schema` says from the model's annotations what can stand where.
Open elements wait on a stack: time is linear in the document's size, depth costs no recursion.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from bpmn.markup import inner_markup
from bpmn.model import XSI, Foreign, ModelElement
from bpmn.namespaces import Namespaces
from bpmn.problems import Problems
from bpmn.schema import (
    AttributeRule,
    ChildRule,
    ElementRules,
    Metamodel,
    Place,
    is_abstract,
    tag_of,
    type_name,
)
from bpmn.xml import BpmnSyntaxError, Limits, XmlPosition, refuse_depth

__all__ = ["Builder"]

_XSI_TYPE = f"{XSI}}}type"


class _Frame(msgspec.Struct):
    """An element whose end has not come yet."""

    tag: str
    line: int
    rule: ChildRule | None
    """Where it goes in its parent; None for the root and for what has no place."""
    rules: ElementRules | None
    """What can stand in it; None: anything, it is kept as it is."""
    fields: dict[str, Any]
    lists: tuple[str, ...] = ()
    """The fields whose value is still a list."""
    texts: list[str] | None = None
    """The text before the first foreign child and after each; None: text means nothing here."""
    children: list[Foreign] | None = None
    attributes: dict[str, str] | None = None
    """What goes to a `Foreign` or to `foreign_attributes`."""

    @property
    def name(self) -> str:
        return self.tag.rpartition("}")[2]

    @property
    def label(self) -> str:
        """What problems call it."""
        return str(self.fields.get("id") or self.name)

    def put(self, rule: ChildRule, value: object) -> None:
        """Take in a child."""
        if rule.many:
            self.add(rule.field, value)
        else:
            self.fields[rule.field] = value

    def add(self, field: str, value: object) -> None:
        held = self.fields.get(field)
        if held is None:
            self.fields[field] = [value]
            self.lists += (field,)
        else:
            held.append(value)

    def keep(self, node: Foreign) -> None:
        """Take in a foreign node: among the text, or as a child that could not be placed."""
        if self.texts is None or (self.rules is not None and not self.rules.has_markup):
            self.add("unknown_children", node)
        elif self.children is None:
            self.children = [node]
            self.texts.append("")
        else:
            self.children.append(node)
            self.texts.append("")

    def mixed(self) -> tuple[str, tuple[Foreign, ...]]:
        """Text and children; white space between children counts only beside other text."""
        texts = cast(list[str], self.texts)
        if self.children is None:
            return texts[0], ()
        if all(not text or text.isspace() for text in texts):
            return "", tuple(self.children)
        return texts[0], tuple(
            msgspec.structs.replace(child, tail=tail) if tail else child
            for child, tail in zip(self.children, texts[1:], strict=True)
        )


class Builder:
    """Is told by the parser what a document contains; `result` is what it means."""

    def __init__(self, metamodel: Metamodel | None, root: type[ModelElement] | None) -> None:
        """Without a metamodel everything is foreign."""
        self.result: ModelElement | Foreign | None = None
        self.problems = Problems()
        self.namespaces = Namespaces()
        self._metamodel = metamodel
        self._root = root
        self._stack: list[_Frame] = []
        self._pieces: list[str] = []
        self._line_by_id: dict[str, int] = {}
        self._position: XmlPosition
        self._limits: Limits
        self.text = self._pieces.append

    def begin(self, position: XmlPosition, limits: Limits) -> None:
        self._position = position
        self._limits = limits
        self._most_depth = limits.depth

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        self.namespaces.begin(prefix or "", uri or "", at_root=not self._stack)

    def namespace_end(self, prefix: str | None) -> None:
        self.namespaces.end(prefix or "")

    def start(self, tag: str, attributes: list[str]) -> None:
        line = self._position.CurrentLineNumber
        stack = self._stack
        if not stack:
            self._start_root(tag, attributes, line)
            return
        if len(stack) == self._most_depth:
            refuse_depth(line, tag.rpartition("}")[2], self._limits)
        parent = stack[-1]
        pieces = self._pieces
        if pieces:
            if parent.texts is None and len(pieces) == 1 and pieces[0].isspace():
                pieces.clear()
            else:
                self._take_text(parent)
        rules = parent.rules
        place = rules.child_by_tag.get(tag) if rules is not None else None
        if place is None:
            if rules is not None and not rules.has_markup:
                self._misplaced(parent, tag, line)
            self._start_foreign(tag, attributes, line)
            return
        rule = place.rule
        if not rule.many and rule.field in parent.fields:
            self.problems.repeated(parent.label, parent.name, rule.name, line)
            self._start_foreign(tag, attributes, line)
            return
        if place.cls is None:
            self._start_plain(tag, attributes, line, rule)
            return
        inner = place.rules or self._rules(place, attributes, line)
        if inner is None:
            self._start_foreign(tag, attributes, line)
        else:
            self._open(_Frame(tag, line, rule, inner, {"line": line}), inner, attributes)

    def end(self, tag: str) -> None:
        stack = self._stack
        frame = stack.pop()
        pieces = self._pieces
        if pieces:
            if frame.texts is None and len(pieces) == 1 and pieces[0].isspace():
                pieces.clear()
            else:
                self._take_text(frame)
        if frame.rules is not None:
            made: ModelElement | Foreign = self._element(frame, frame.rules)
            rule = frame.rule
            if rule is None:
                self.result = made
            elif rule.many:
                stack[-1].add(rule.field, made)
            else:
                stack[-1].fields[rule.field] = made
        elif frame.rule is not None:
            self._end_plain(frame, frame.rule, stack[-1])
        else:
            text, children = frame.mixed()
            made = Foreign(
                tag=_clark(tag),
                attributes=frame.attributes or {},
                text=text,
                children=children,
                line=frame.line,
            )
            if stack:
                stack[-1].keep(made)
            else:
                self.result = made

    # Starting

    def _start_root(self, tag: str, attributes: list[str], line: int) -> None:
        if self._metamodel is None or self._root is None:
            self._start_foreign(tag, attributes, line)
            return
        if _clark(tag) != tag_of(self._root):
            namespace, _, name = tag.rpartition("}")
            found = f"'{name}' of namespace '{namespace}'" if namespace else f"'{name}'"
            wanted, _, root = tag_of(self._root)[1:].rpartition("}")
            raise BpmnSyntaxError(
                f"line {line}: the document starts with {found};"
                f" '{root}' of namespace '{wanted}' would do"
            )
        by_name = dict(zip(attributes[::2], attributes[1::2], strict=True))
        self.namespaces.target = by_name.get("targetNamespace", by_name.get("namespace", ""))
        rules = self._metamodel.rules(self._root)
        self._open(_Frame(tag, line, None, rules, {"line": line}), rules, attributes)

    def _start_foreign(self, tag: str, attributes: list[str], line: int) -> None:
        frame = _Frame(tag, line, None, None, {})
        frame.texts = [""]
        if attributes:
            pairs = iter(attributes)
            frame.attributes = {_clark(name): text for name, text in zip(pairs, pairs, strict=True)}
        self._stack.append(frame)

    def _start_plain(self, tag: str, attributes: list[str], line: int, rule: ChildRule) -> None:
        """A child that is text, a reference, or a wrapper around foreign elements."""
        frame = _Frame(tag, line, rule, None, {})
        frame.texts = [""]
        for name in attributes[::2]:
            self.problems.meaningless_attribute(frame.label, _local(name), line)
        self._stack.append(frame)

    def _rules(self, place: Place, attributes: list[str], line: int) -> ElementRules | None:
        """What the element is; None when the document says what it cannot be."""
        metamodel = cast(Metamodel, self._metamodel)
        if place.is_settled and place.cls is not None:
            place.rules = metamodel.rules(place.cls)
            return place.rules
        cls = self._concrete(place, attributes, line)
        return metamodel.rules(cls) if cls is not None else None

    def _concrete(
        self, place: Place, attributes: list[str], line: int
    ) -> type[ModelElement] | None:
        """The class that `xsi:type` names, or else the one that has all the attributes."""
        metamodel = cast(Metamodel, self._metamodel)
        rule, cls = place.rule, cast(type[ModelElement], place.cls)
        known = metamodel.rules(cls).attribute_by_name
        pairs = iter(attributes)
        for name in pairs:
            value = next(pairs)
            if name == _XSI_TYPE:
                local = value.strip().rpartition(":")[2]
                found = metamodel.typed(local, rule.members)
                if found is None and (metamodel.knows_type(local) or self._is_own(value)):
                    wanted = type_name(rule.members[0])
                    self.problems.wrong_type(self._stack[-1].label, rule.name, value, wanted, line)
                    return None
                cls = found or cls
                break
            if "}" not in name and name not in known:
                cls = metamodel.narrowed(cls, name) or cls
        if is_abstract(cls):
            self.problems.no_type(self._stack[-1].label, rule.name, cls.__name__, line)
            return None
        return cls

    def _is_own(self, type: str) -> bool:
        """Whether the name of a type is of the vocabulary itself."""
        prefix = type.strip().rpartition(":")[0]
        return self.namespaces.uri(prefix) in cast(Metamodel, self._metamodel).namespaces

    def _open(self, frame: _Frame, rules: ElementRules, attributes: list[str]) -> None:
        """Put an element of the model on the stack, its attributes read."""
        fields = frame.fields
        by_name = rules.attribute_by_name
        lines = self._line_by_id
        pairs = iter(attributes)
        for name in pairs:
            text = next(pairs)
            rule = by_name.get(name)
            if rule is None:
                self._keep_attribute(frame, name, text)
            elif rule.convert is not None:
                try:
                    fields[rule.field] = rule.convert(text)
                except (ValueError, KeyError):
                    self._convert_again(frame, rule, text)
            elif rule.is_reference:
                reference = self.namespaces.resolved(text) if ":" in text else text.strip()
                if reference:
                    fields[rule.field] = reference
            else:
                fields[rule.field] = text
                if name == "id":
                    if text in lines:
                        self.problems.taken_id(text, frame.name, lines[text], frame.line)
                    else:
                        lines[text] = frame.line
        if rules.content:
            frame.texts = [""]
        self._stack.append(frame)

    def _convert_again(self, frame: _Frame, rule: AttributeRule, text: str) -> None:
        """White space around a value does not count (XML Schema 1.1 part 2 §4.3.6)."""
        if text != text.strip() and rule.convert is not None:
            try:
                frame.fields[rule.field] = rule.convert(text.strip())
            except (ValueError, KeyError):
                pass
            else:
                return
        self._keep(frame, rule.name, text)
        self.problems.unreadable(frame.label, rule.name, text, rule.expected, frame.line)

    def _keep_attribute(self, frame: _Frame, name: str, text: str) -> None:
        metamodel = cast(Metamodel, self._metamodel)
        if name == _XSI_TYPE and metamodel.knows_type(text.strip().rpartition(":")[2]):
            return
        self._keep(frame, _clark(name), text)
        if "}" not in name:
            self.problems.unknown_attribute(frame.label, frame.name, name, frame.line)

    def _keep(self, frame: _Frame, name: str, text: str) -> None:
        if frame.attributes is None:
            frame.attributes = {}
        frame.attributes[name] = text

    # Ending

    def _element(self, frame: _Frame, rules: ElementRules) -> ModelElement:
        fields = frame.fields
        for field in frame.lists:
            fields[field] = tuple(fields[field])
        if frame.attributes:
            fields["foreign_attributes"] = frame.attributes
        if rules.content:
            text, children = frame.mixed()
            if rules.is_trimmed:
                text = text.lstrip() if children else text.strip()
            fields[rules.content] = text
            if children:
                fields["content"] = children
        for field, filler in rules.fillers.items():
            if field not in fields:
                fields[field] = filler
                self._missing(frame, rules, field)
        return rules.cls(**fields)

    def _end_plain(self, frame: _Frame, rule: ChildRule, parent: _Frame) -> None:
        text, children = frame.mixed()
        if rule.kind == "ref":
            if children:
                self.problems.not_a_reference(parent.label, frame.name, frame.line)
            reference = self.namespaces.resolved(text)
            if reference:
                parent.put(rule, reference)
            elif not children:
                self.problems.empty_reference(parent.label, frame.name, frame.line)
        elif rule.kind == "text":
            parent.put(rule, inner_markup(text, children, _local) if children else text)
        else:
            words = "".join(cast(list[str], frame.texts))
            if words.strip():
                self.problems.stray_text(parent.label, frame.name, words, frame.line)
            for child in frame.children or ():
                parent.add(rule.field, child)

    def _take_text(self, frame: _Frame) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        if frame.texts is not None:
            frame.texts[-1] += text
        elif not text.isspace():
            self.problems.stray_text(frame.label, frame.name, text, frame.line)

    # Problems

    def _missing(self, frame: _Frame, rules: ElementRules, field: str) -> None:
        name = next(rule.name for rule in rules.attributes if rule.field == field)
        if frame.attributes is None or name not in frame.attributes:
            self.problems.missing_attribute(frame.label, frame.name, name, frame.line)

    def _misplaced(self, parent: _Frame, tag: str, line: int) -> None:
        namespace, _, name = tag.rpartition("}")
        if namespace in cast(Metamodel, self._metamodel).namespaces:
            self.problems.misplaced(parent.label, parent.name, name, line)
        elif not namespace:
            self.problems.without_namespace(parent.label, parent.name, name, line)
        else:
            self.problems.foreign(parent.label, parent.name, name, line)


def _clark(name: str) -> str:
    return "{" + name if "}" in name else name


def _local(name: str) -> str:
    return name.rpartition("}")[2]
