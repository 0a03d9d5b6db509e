"""FEEL types (DMN 1.5 §10.3.2.9): what is an instance of what, and the coercions of Table 41."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.expressions.feel.syntax import TypeName
from engine.expressions.feel.temporal import Date, DateTime
from engine.expressions.feel.values import Function, Range, Unequal, kind_of

SIMPLE = frozenset(
    {
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    }
)
_ALIASES = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
}


class FeelType:
    """A type; null is an instance of no type but `Null`, and conforms to all of them."""

    __slots__ = ()

    def has(self, value: Any, is_strict: bool = True) -> bool:
        """Whether the value is an instance; if not strict, allowed values do not matter."""
        raise NotImplementedError

    @property
    def is_list(self) -> bool:
        return False

    @property
    def plain(self) -> FeelType:
        """The type without the constraints on its values."""
        return self

    def convert(self, value: Any) -> Any:
        """The value as this type, if need be by Table 41; None when it cannot be."""
        if value is None or self.has(value):
            return value
        if isinstance(value, list) and len(value) == 1 and not self.is_list:
            return self.convert(value[0])
        return None


@dataclass(frozen=True, slots=True)
class AnyType(FeelType):
    def has(self, value: Any, is_strict: bool = True) -> bool:
        return value is not None


@dataclass(frozen=True, slots=True)
class SimpleType(FeelType):
    name: str

    def has(self, value: Any, is_strict: bool = True) -> bool:
        return kind_of(value) == self.name

    def convert(self, value: Any) -> Any:
        if self.name == "date and time" and type(value) is Date:
            return DateTime(value, 0, 0)
        return FeelType.convert(self, value)


@dataclass(frozen=True, slots=True)
class DurationType(FeelType):
    def has(self, value: Any, is_strict: bool = True) -> bool:
        return kind_of(value) in {"days and time duration", "years and months duration"}


@dataclass(frozen=True, slots=True)
class ListType(FeelType):
    item: FeelType

    def has(self, value: Any, is_strict: bool = True) -> bool:
        return isinstance(value, list) and all(_fits(item, self.item, is_strict) for item in value)

    @property
    def is_list(self) -> bool:
        return True

    def convert(self, value: Any) -> Any:
        if value is None or self.has(value):
            return value
        if isinstance(value, list):
            return None
        item = self.item.convert(value)
        return None if item is None else [item]


@dataclass(frozen=True, slots=True)
class ContextType(FeelType):
    members: Mapping[str, FeelType]

    def has(self, value: Any, is_strict: bool = True) -> bool:
        return isinstance(value, dict) and all(
            name in value and _fits(value[name], member, is_strict)
            for name, member in self.members.items()
        )


@dataclass(frozen=True, slots=True)
class RangeType(FeelType):
    item: FeelType

    def has(self, value: Any, is_strict: bool = True) -> bool:
        if isinstance(value, Unequal):
            return _fits(value.value, self.item, is_strict)
        return isinstance(value, Range) and (
            _fits(value.low, self.item, is_strict) and _fits(value.high, self.item, is_strict)
        )


@dataclass(frozen=True, slots=True)
class FunctionType(FeelType):
    parameters: tuple[FeelType, ...] | None
    result: FeelType | None

    def has(self, value: Any, is_strict: bool = True) -> bool:
        if not isinstance(value, Function):
            return False
        if self.parameters is None:
            return True
        if len(value.parameters) != len(self.parameters):
            return False
        if value.signature is None:
            return True
        types, result = value.signature
        return all(
            declared is None or conforms(wanted, declared)
            for wanted, declared in zip(self.parameters, types, strict=True)
        ) and (result is None or self.result is None or conforms(result, self.result))


@dataclass(frozen=True, slots=True)
class NullType(FeelType):
    def has(self, value: Any, is_strict: bool = True) -> bool:
        return value is None


def _fits(value: Any, wanted: FeelType, is_strict: bool) -> bool:
    return value is None or wanted.has(value, is_strict)


def conforms(one: FeelType, other: FeelType) -> bool:
    """Whether every value of the one type is a value of the other (§10.3.2.9.2)."""
    one, other = one.plain, other.plain
    if isinstance(other, AnyType) or isinstance(one, NullType) or one == other:
        return True
    match one, other:
        case ListType(), ListType():
            return conforms(one.item, other.item)
        case RangeType(), RangeType():
            return conforms(one.item, other.item)
        case ContextType(), ContextType():
            return all(
                name in one.members and conforms(one.members[name], member)
                for name, member in other.members.items()
            )
        case FunctionType(), FunctionType():
            if one.parameters is None or other.parameters is None:
                return other.parameters is None
            return (
                len(one.parameters) == len(other.parameters)
                and all(map(conforms, other.parameters, one.parameters))
                and (
                    one.result is None or other.result is None or conforms(one.result, other.result)
                )
            )
    return False


def resolve(written: TypeName, types: Mapping[str, FeelType]) -> FeelType | None:
    """The type of that name, or None when there is none."""
    name = _ALIASES.get(written.name, written.name)
    if name in types:
        return types[name]
    if name in SIMPLE:
        return SimpleType(name)
    inner = [resolve(argument, types) for argument in written.arguments]
    if any(argument is None for argument in inner):
        return None
    item = inner[0] if inner else None
    match name:
        case "Any":
            return AnyType()
        case "Null":
            return NullType()
        case "duration":
            return DurationType()
        case "list":
            return ListType(item or AnyType())
        case "range":
            return RangeType(item or AnyType())
        case "context":
            members = {member: resolve(kind, types) for member, kind in written.members}
            known = {member: kind for member, kind in members.items() if kind is not None}
            return ContextType(known) if len(known) == len(members) else None
        case "function":
            if written.result is None:
                return FunctionType(None, None)
            result = resolve(written.result, types)
            known_inner = tuple(argument for argument in inner if argument is not None)
            return None if result is None else FunctionType(known_inner, result)
    return None


def coerced(run: Any, value: Any, wanted: FeelType, what: str = "the argument") -> Any:
    """The value as that type, if need be by Table 41; else null and a warning."""
    result = wanted.convert(value)
    if result is None and value is not None:
        run.warn(f"{what} is a {kind_of(value)}, which does not conform to its declared type")
    return result
