"""Build the model while the parser runs: each element when its end tag is met.

Nothing here knows an element: `bpmn.schema` says from the model's annotations what can stand where.
Open elements wait on a stack: time is linear in the document's size, depth costs no recursion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

import msgspec

from bpmn.markup import inner_markup
from bpmn.model import XSI, Foreign, ModelElement, ReadProblem
from bpmn.namespaces import Namespaces
from bpmn.schema import (
    AttributeRule,
    ChildRule,
    ElementRules,
    Metamodel,
    is_abstract,
    tag_of,
    type_name,
)
from bpmn.xml import BpmnSyntaxError, XmlPosition

__all__ = ["Builder"]

_XSI_TYPE = f"{XSI}}}type"


class _Frame:
    """An element whose end has not come yet."""

    __slots__ = (
        "attributes",
        "children",
        "fields",
        "line",
        "lists",
        "rule",
        "rules",
        "tag",
        "texts",
    )

    def __init__(
        self, tag: str, line: int, rule: ChildRule | None, rules: ElementRules | None
    ) -> None:
        self.tag = tag
        self.line = line
        self.rule = rule
        """Where it goes in its parent; None for the root and for what has no place."""
        self.rules = rules
        """What can stand in it; None: anything, it is kept as it is."""
        self.fields: dict[str, object] = {}
        self.lists: list[str] = []
        """The fields whose value is still a list."""
        self.texts: list[str] | None = None
        """The text before the first foreign child and after each; None: text means nothing here."""
        self.children: list[Foreign] = []
        self.attributes: dict[str, str] = {}
        """What goes to a `Foreign` or to `foreign_attributes`."""

    @property
    def name(self) -> str:
        return self.tag.rpartition("}")[2]

    def add(self, field: str, value: object) -> None:
        if field in self.fields:
            cast(list[object], self.fields[field]).append(value)
        else:
            self.fields[field] = [value]
            self.lists.append(field)

    def mixed(self) -> tuple[str, tuple[Foreign, ...]]:
        """Text and children; white space between children counts only beside other text."""
        texts = cast(list[str], self.texts)
        if not self.children:
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
        self.problems: list[ReadProblem] = []
        self.namespaces = Namespaces()
        self._metamodel = metamodel
        self._root = root
        self._stack: list[_Frame] = []
        self._pieces: list[str] = []
        self._line_by_id: dict[str, int] = {}
        self._position: XmlPosition
        self.text = self._pieces.append

    def begin(self, position: XmlPosition) -> None:
        self._position = position

    def namespace(self, prefix: str, uri: str) -> None:
        self.namespaces.begin(prefix, uri, at_root=not self._stack)

    def namespace_end(self, prefix: str) -> None:
        self.namespaces.end(prefix)

    def start(self, tag: str, attributes: list[str]) -> None:
        line = self._position.CurrentLineNumber
        if not self._stack:
            self._start_root(tag, attributes, line)
            return
        parent = self._stack[-1]
        if self._pieces:
            self._take_text(parent)
        if parent.rules is None:
            self._start_foreign(tag, attributes, line)
            return
        place = parent.rules.child_by_tag.get(tag)
        if place is None:
            self._report_misplaced(parent, tag, line)
            self._start_foreign(tag, attributes, line)
            return
        rule, cls = place
        if not rule.many and rule.field in parent.fields:
            self._report_repeated(parent, tag, line)
            self._start_foreign(tag, attributes, line)
        elif cls is None:
            self._start_plain(tag, attributes, line, rule)
        else:
            self._start_element(tag, attributes, line, rule, cls)

    def end(self, tag: str) -> None:
        frame = self._stack.pop()
        if self._pieces:
            self._take_text(frame)
        rule = frame.rule
        if frame.rules is not None:
            made: ModelElement | Foreign = self._element(frame, frame.rules)
        elif rule is None:
            text, children = frame.mixed()
            made = Foreign(
                tag=_clark(tag),
                attributes=frame.attributes,
                text=text,
                children=children,
                line=frame.line,
            )
            if self._stack:
                self._keep(self._stack[-1], made)
                return
        else:
            self._end_plain(frame, rule, self._stack[-1])
            return
        if not self._stack:
            self.result = made
        elif rule is not None:
            self._place(self._stack[-1], rule, made)

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
        self._open(_Frame(tag, line, None, self._metamodel.rules(self._root)), attributes)

    def _start_foreign(self, tag: str, attributes: list[str], line: int) -> None:
        frame = _Frame(tag, line, None, None)
        frame.texts = [""]
        for index in range(0, len(attributes), 2):
            frame.attributes[_clark(attributes[index])] = attributes[index + 1]
        self._stack.append(frame)

    def _start_plain(self, tag: str, attributes: list[str], line: int, rule: ChildRule) -> None:
        """A child that is text, a reference, or a wrapper around foreign elements."""
        frame = _Frame(tag, line, rule, None)
        frame.texts = [""]
        self._stack.append(frame)
        for name in attributes[::2]:
            self._report(
                frame,
                f"attribute '{_local(name)}' of '{frame.name}' has no meaning",
                "take it out",
                severity="warning",
            )

    def _start_element(
        self, tag: str, attributes: list[str], line: int, rule: ChildRule, cls: type[ModelElement]
    ) -> None:
        metamodel = cast(Metamodel, self._metamodel)
        if rule.is_role or is_abstract(cls):
            concrete = self._concrete(metamodel, attributes, line, rule, cls)
            if concrete is None:
                self._start_foreign(tag, attributes, line)
                return
            cls = concrete
        self._open(_Frame(tag, line, rule, metamodel.rules(cls)), attributes)

    def _concrete(
        self,
        metamodel: Metamodel,
        attributes: list[str],
        line: int,
        rule: ChildRule,
        cls: type[ModelElement],
    ) -> type[ModelElement] | None:
        """The class that `xsi:type` names, or else the one that has all the attributes."""
        known = metamodel.rules(cls).attribute_by_name
        for index in range(0, len(attributes), 2):
            name, value = attributes[index], attributes[index + 1]
            if name == _XSI_TYPE:
                local = value.strip().rpartition(":")[2]
                found = metamodel.typed(local, rule.members)
                if found is None and metamodel.knows_type(local):
                    self._report_in(
                        self._stack[-1],
                        line,
                        f"xsi:type '{value}' cannot stand at '{rule.name}'",
                        f"'{type_name(rule.members[0])}' would do",
                    )
                    return None
                cls = found or cls
                break
            if "}" not in name and name not in known:
                cls = metamodel.narrowed(cls, name) or cls
        if is_abstract(cls):
            self._report_in(
                self._stack[-1],
                line,
                f"'{rule.name}' does not say which kind of '{cls.__name__}' it is",
                "give it an xsi:type",
            )
            return None
        return cls

    def _open(self, frame: _Frame, attributes: list[str]) -> None:
        """Put an element of the model on the stack, its attributes read."""
        fields = frame.fields
        fields["line"] = frame.line
        rules = cast(ElementRules, frame.rules)
        by_name = rules.attribute_by_name
        for index in range(0, len(attributes), 2):
            name = attributes[index]
            text = attributes[index + 1]
            rule = by_name.get(name)
            if rule is None:
                self._keep_attribute(frame, name, text)
            elif rule.convert is not None:
                self._convert(frame, rule, rule.convert, text)
            elif rule.is_reference:
                fields[rule.field] = self.namespaces.resolved(text) if ":" in text else text.strip()
            else:
                fields[rule.field] = text
                if name == "id":
                    self._register(frame, text)
        if rules.content:
            frame.texts = [""]
        self._stack.append(frame)

    def _register(self, frame: _Frame, id: str) -> None:
        first = self._line_by_id.get(id)
        if first is None:
            self._line_by_id[id] = frame.line
        else:
            self._report(
                frame,
                f"id '{id}' of '{frame.name}' is taken by an element at line {first}",
                "give each element an id of its own",
            )

    def _convert(
        self, frame: _Frame, rule: AttributeRule, convert: Callable[[str], object], text: str
    ) -> None:
        try:
            frame.fields[rule.field] = convert(text.strip())
        except (ValueError, KeyError):
            frame.attributes[rule.name] = text
            self._report(
                frame,
                f"attribute '{rule.name}' of '{frame.name}' is '{text}'",
                f"{rule.expected} would do",
            )

    def _keep_attribute(self, frame: _Frame, name: str, text: str) -> None:
        metamodel = cast(Metamodel, self._metamodel)
        if name == _XSI_TYPE and metamodel.knows_type(text.strip().rpartition(":")[2]):
            return
        frame.attributes[_clark(name)] = text
        if "}" not in name:
            self._report(
                frame,
                f"attribute '{name}' is not one of '{frame.name}'",
                "correct its name, or give it the prefix of its extension",
                severity="warning",
            )

    # Ending

    def _element(self, frame: _Frame, rules: ElementRules) -> ModelElement:
        fields: dict[str, Any] = frame.fields
        for field in frame.lists:
            fields[field] = tuple(fields[field])
        if frame.attributes:
            fields["foreign_attributes"] = frame.attributes
        if rules.content:
            text, children = frame.mixed()
            fields[rules.content] = text.strip() if rules.is_trimmed and not children else text
            if children:
                fields["content"] = children
        for field, filler in rules.fillers.items():
            if field not in fields:
                fields[field] = filler
                self._report_missing(frame, rules, field)
        return rules.cls(**fields)

    def _end_plain(self, frame: _Frame, rule: ChildRule, parent: _Frame) -> None:
        text, children = frame.mixed()
        if rule.kind == "foreign":
            for child in children:
                parent.add(rule.field, child)
            if text.strip():
                self._report_text(frame, text)
            parent.fields.setdefault(rule.field, ())
            return
        if rule.kind == "ref":
            if children:
                self._report(
                    frame, f"'{frame.name}' has elements in it", "the id of an element would do"
                )
            self._place(parent, rule, self.namespaces.resolved(text))
        else:
            self._place(parent, rule, inner_markup(text, children, _prefixed) if children else text)

    def _place(self, parent: _Frame, rule: ChildRule, value: object) -> None:
        if rule.many:
            parent.add(rule.field, value)
        else:
            parent.fields[rule.field] = value

    def _keep(self, parent: _Frame, node: Foreign) -> None:
        """A foreign node goes among its siblings, or to what could not be placed."""
        if parent.texts is not None and (parent.rules is None or parent.rules.has_markup):
            parent.children.append(node)
            parent.texts.append("")
        else:
            parent.add("unknown_children", node)

    def _take_text(self, frame: _Frame) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        if frame.texts is not None:
            frame.texts[-1] += text
        elif not text.isspace():
            self._report_text(frame, text)

    # Problems

    def _report_text(self, frame: _Frame, text: str) -> None:
        words = " ".join(text.split())
        words = words if len(words) <= 40 else words[:39] + "…"
        self._report(
            frame,
            f"text '{words}' in '{frame.name}' is not read",
            "take it out, or put it into 'documentation'",
            severity="warning",
        )

    def _report_missing(self, frame: _Frame, rules: ElementRules, field: str) -> None:
        name = next(rule.name for rule in rules.attributes if rule.field == field)
        if name not in frame.attributes:
            self._report(frame, f"'{frame.name}' lacks '{name}'", f"add the attribute '{name}'")

    def _report_misplaced(self, parent: _Frame, tag: str, line: int) -> None:
        metamodel = cast(Metamodel, self._metamodel)
        namespace, _, name = tag.rpartition("}")
        if namespace in metamodel.namespaces:
            self._report_in(
                parent,
                line,
                f"'{name}' cannot stand in '{parent.name}'",
                "correct its name or its place",
            )
        elif not namespace:
            self._report_in(
                parent,
                line,
                f"'{name}' in '{parent.name}' has no namespace and is not read",
                "give it the prefix of BPMN or of its extension",
            )

    def _report_repeated(self, parent: _Frame, tag: str, line: int) -> None:
        self._report_in(
            parent,
            line,
            f"'{_local(tag)}' stands a second time in '{parent.name}'; only the first is read",
            "keep one of them",
        )

    def _report(
        self,
        frame: _Frame,
        message: str,
        remedy: str,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        self._report_in(frame, frame.line, message, remedy, severity)

    def _report_in(
        self,
        frame: _Frame,
        line: int,
        message: str,
        remedy: str,
        severity: Literal["error", "warning"] = "error",
    ) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(
                ReadProblem(
                    line=line,
                    element=str(frame.fields.get("id") or frame.name),
                    message=message,
                    remedy=remedy,
                    severity=severity,
                )
            )


_MOST_PROBLEMS = 1_000


def _clark(name: str) -> str:
    return "{" + name if "}" in name else name


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _prefixed(name: str) -> str:
    return _local(name)
