"""The XML schema that the annotations of a model's classes spell out, as tables.

Reader, writer and canonical form all work from these tables; none of them knows an element.
See `bpmn.model.base` for what each form of annotation means.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from bpmn.model.base import Child, Content, Foreign, Kept, ModelElement, Ref

__all__ = ["AttributeRule", "ChildRule", "ElementRules", "Metamodel", "Place"]

ChildKind = Literal["element", "ref", "text", "foreign"]


class AttributeRule(Struct, frozen=True, kw_only=True):
    """A field that is an attribute."""

    field: str
    name: str
    convert: Callable[[str], object] | None
    """From what the file says, or ValueError; None: it is a string."""
    expected: str
    """What `convert` takes, for messages."""
    is_reference: bool
    is_required: bool
    default: object


class ChildRule(Struct, frozen=True, kw_only=True):
    """A field that is a child element, or several."""

    field: str
    tag: str
    """In Clark notation: the role's tag, or the tag of the member's own class."""
    name: str
    """The tag without its namespace."""
    is_role: bool
    """Named after the field: the class is `member` unless `xsi:type` tells another."""
    many: bool
    kind: ChildKind
    members: tuple[type[ModelElement], ...]
    """For elements: the declared classes."""
    default: object


class Place:
    """Where a child goes, and what it is built as."""

    __slots__ = ("cls", "is_settled", "rule", "rules")

    def __init__(
        self, rule: ChildRule, cls: type[ModelElement] | None = None, *, is_settled: bool = False
    ) -> None:
        self.rule = rule
        self.cls = cls
        """None: it is no element."""
        self.is_settled = is_settled
        """Whether the tag alone decides the class: no `xsi:type` can change it."""
        self.rules: ElementRules | None = None
        """Those of a settled class, from its first use on."""


class ElementRules(Struct, frozen=True, kw_only=True):
    """All that reading and writing one class needs."""

    cls: type[ModelElement]
    tag: str
    attributes: tuple[AttributeRule, ...]
    """In the order of the schema."""
    children: tuple[ChildRule, ...]
    """In the order of the schema."""
    attribute_by_name: Mapping[str, AttributeRule]
    child_by_tag: Mapping[str, Place]
    """Every tag that can stand here, as the parser gives it: `namespace}name`."""
    content: str
    """The field that holds the text inside; empty without one."""
    is_trimmed: bool
    """Whether white space around that text is taken off."""
    fillers: Mapping[str, object]
    """What stands for a required field that is missing."""
    has_markup: bool
    """Whether elements may stand between the text."""


class Metamodel:
    """The classes of one vocabulary and their rules."""

    def __init__(self, classes: Iterable[type[ModelElement]]) -> None:
        self.classes = tuple(classes)
        self.namespaces = frozenset(cls.NAMESPACE for cls in self.classes)
        self._by_type = {type_name(cls): cls for cls in self.classes}
        self._rules: dict[type[ModelElement], ElementRules] = {}

    def rules(self, cls: type[ModelElement]) -> ElementRules:
        """The rules of a class, made at its first use."""
        found = self._rules.get(cls)
        if found is None:
            found = self._rules[cls] = self._make_rules(cls)
        return found

    def typed(
        self, name: str, members: tuple[type[ModelElement], ...]
    ) -> type[ModelElement] | None:
        """The class that an `xsi:type` names, when it can stand for one of `members`."""
        cls = self._by_type.get(name)
        return cls if cls is not None and issubclass(cls, members) else None

    def narrowed(self, cls: type[ModelElement], attribute: str) -> type[ModelElement] | None:
        """The subclass that has an attribute which `cls` itself lacks."""
        for narrower in self.classes:
            is_narrower = narrower is not cls and issubclass(narrower, cls)
            if is_narrower and attribute in self.rules(narrower).attribute_by_name:
                return narrower
        return None

    def _make_rules(self, cls: type[ModelElement]) -> ElementRules:
        attributes: list[AttributeRule] = []
        children: list[ChildRule] = []
        content = ""
        is_trimmed = False
        fillers: dict[str, object] = {}
        kept: set[str] = set()
        hints = typing.get_type_hints(cls, include_extras=True)
        for field in msgspec.structs.fields(cls):
            hint = hints[field.name]
            marks = getattr(hint, "__metadata__", ())
            inner = typing.get_args(hint)[0] if marks else hint
            default = _default(field)
            if any(isinstance(mark, Kept) for mark in marks):
                kept.add(field.name)
                continue
            if any(isinstance(mark, Content) for mark in marks):
                content = field.name
                is_trimmed = any(getattr(mark, "is_trimmed", False) for mark in marks)
                continue
            role = next((mark for mark in marks if isinstance(mark, Child)), None)
            rule = self._rule(cls, field.name, inner, role, default)
            if isinstance(rule, AttributeRule):
                attributes.append(rule)
                if rule.is_required:
                    fillers[field.name] = _filler(inner)
            else:
                children.append(rule)
        return ElementRules(
            cls=cls,
            tag=tag_of(cls),
            attributes=tuple(attributes),
            children=tuple(children),
            attribute_by_name={rule.name: rule for rule in attributes},
            child_by_tag=self._places(children),
            content=content,
            is_trimmed=is_trimmed,
            fillers=fillers,
            has_markup="content" in kept,
        )

    def _rule(
        self,
        cls: type[ModelElement],
        field: str,
        hint: object,
        role: Child | None,
        default: object,
    ) -> AttributeRule | ChildRule:
        many = typing.get_origin(hint) is tuple
        member = typing.get_args(hint)[0] if many else hint
        options = tuple(o for o in _options(member) if o is not types.NoneType)
        elements = tuple(o for o in options if isinstance(o, type) and issubclass(o, ModelElement))
        if role is None and not elements:
            convert, expected = _conversion(options)
            return AttributeRule(
                field=field,
                name=camel(field),
                convert=convert,
                expected=expected,
                is_reference=options == (Ref,),
                is_required=default is msgspec.NODEFAULT,
                default=default,
            )
        if role is None:
            tag = tag_of(elements[0])
        else:
            tag = f"{{{role.namespace or cls.NAMESPACE}}}{role.tag or camel(field)}"
        kind: ChildKind = "element" if elements else _KINDS[options[0]]
        return ChildRule(
            field=field,
            tag=tag,
            name=tag.rpartition("}")[2],
            is_role=role is not None,
            many=many,
            kind=kind,
            members=elements,
            default=default,
        )

    def knows_type(self, name: str) -> bool:
        """Whether an `xsi:type` of that local name is one of the vocabulary."""
        return name in self._by_type

    def _places(self, children: list[ChildRule]) -> dict[str, Place]:
        places: dict[str, Place] = {}
        for rule in children:
            if rule.kind != "element":
                places[rule.tag[1:]] = Place(rule)
            elif rule.is_role:
                declared = rule.members[0]
                others = [c for c in self.classes if issubclass(c, declared) and c is not declared]
                places[rule.tag[1:]] = Place(rule, declared, is_settled=not others)
            else:
                for cls in self.classes:
                    if issubclass(cls, rule.members):
                        place = Place(rule, cls, is_settled=not is_abstract(cls))
                        places.setdefault(tag_of(cls)[1:], place)
        return places


def camel(name: str) -> str:
    """`is_for_compensation` -> `isForCompensation`."""
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(word.capitalize() for word in rest)


def tag_of(cls: type[ModelElement]) -> str:
    """The tag of a class in Clark notation."""
    return f"{{{cls.NAMESPACE}}}{vars(cls).get('TAG') or lower_first(cls.__name__)}"


def type_name(cls: type[ModelElement]) -> str:
    """What an `xsi:type` calls the class: `tUserTask`, but `Bounds` in the diagram's schemas."""
    return cls.__name__ if vars(cls).get("TAG") == cls.__name__ else f"t{cls.__name__}"


def is_abstract(cls: type[ModelElement]) -> bool:
    """Whether the metaclass has no instances of its own."""
    return bool(vars(cls).get("ABSTRACT", False))


def lower_first(name: str) -> str:
    """`UserTask` -> `userTask`."""
    return name[0].lower() + name[1:]


_KINDS: dict[object, ChildKind] = {Ref: "ref", str: "text", Foreign: "foreign"}


def _options(hint: object) -> tuple[object, ...]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.get_args(hint)
    return (hint,)


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _filler(hint: object) -> object:
    return {float: 0.0, int: 0, bool: False}.get(typing.cast(type, hint), "")


def _conversion(options: tuple[object, ...]) -> tuple[Callable[[str], object] | None, str]:
    option = options[0]
    if option is bool:
        return _boolean, "'true' or 'false'"
    if option is int:
        return _integer, "a whole number"
    if option is float:
        return _number, "a number"
    if typing.get_origin(option) is Literal:
        values = {value: value for value in typing.get_args(option)}
        return values.__getitem__, "one of " + ", ".join(f"'{value}'" for value in values)
    return None, "text"


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _boolean(text: str) -> bool:
    return _BOOLEANS[text]


def _integer(text: str) -> int:
    if len(text) > 18:
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError(text)
    return number
