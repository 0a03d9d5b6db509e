"""How a built-in function is declared: by its signature as the standard prints it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.expressions.feel.temporal import Date, DateTime
from engine.expressions.feel.values import Function, kind_of, weight

Code = Callable[[list[Any]], Any]


class NoResult(Exception):
    """The function gives null, for this reason."""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kinds: frozenset[str]
    """Names of FEEL types; empty for any type."""
    is_optional: bool
    is_nullable: bool
    is_rest: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    function: Callable[..., Any]
    needs_run: bool
    is_deep: bool

    @property
    def is_rest(self) -> bool:
        return bool(self.parameters) and self.parameters[-1].is_rest

    def takes(self, count: int) -> bool:
        needed = sum(not parameter.is_optional for parameter in self.parameters)
        return count >= needed and (self.is_rest or count <= len(self.parameters))

    def takes_names(self, names: frozenset[str]) -> bool:
        known = {parameter.name for parameter in self.parameters}
        needed = {parameter.name for parameter in self.parameters if not parameter.is_optional}
        return needed <= names <= known

    def fits(self, arguments: list[Any]) -> bool:
        """Whether the arguments have the types without any conversion."""
        last = len(self.parameters) - 1
        return all(
            not parameter.kinds or kind_of(value) in parameter.kinds
            for index, value in enumerate(arguments)
            for parameter in (self.parameters[min(index, last)],)
        )

    def apply(self, run: Any, arguments: list[Any]) -> Any:
        """Raises NoResult for an argument of the wrong type."""
        last = len(self.parameters) - 1
        for index, value in enumerate(arguments):
            parameter = self.parameters[min(index, last)]
            if type(value) is list or (self.is_deep and type(value) is dict):
                run.spend(weight(value) if self.is_deep else len(value) // 4 + 1)
            elif type(value) is str and len(value) > 1024:
                run.spend(len(value) >> 10)
            if not parameter.kinds:
                continue
            kind = kind_of(value)
            if kind not in parameter.kinds:
                arguments[index] = _converted(value, kind, parameter)
        if self.needs_run:
            return self.function(run, *arguments)
        return self.function(*arguments)


def _converted(value: Any, kind: str, parameter: Parameter) -> Any:
    """The argument by the implicit conversions of §10.3.2.9.4."""
    if value is None:
        if parameter.is_nullable:
            return None
        raise NoResult(f"'{parameter.name}' is null")
    if isinstance(value, list) and len(value) == 1 and kind_of(value[0]) in parameter.kinds:
        return value[0]
    if "list" in parameter.kinds and not isinstance(value, list):
        return [value]
    if "date and time" in parameter.kinds and isinstance(value, Date):
        return DateTime(value, 0, 0)
    wanted = " or ".join(sorted(parameter.kinds))
    raise NoResult(f"'{parameter.name}' is a {kind}, not a {wanted}")


@dataclass(slots=True)
class Builtin:
    """A built-in function with all its signatures."""

    name: str
    signatures: list[Signature] = field(default_factory=list)
    is_pure: bool = True
    """Whether the result follows from the arguments alone."""

    def by_count(self, count: int) -> list[Signature]:
        """The signatures that take so many arguments, the first declared first."""
        return [found for found in reversed(self.signatures) if found.takes(count)]

    def by_names(self, names: tuple[str, ...]) -> list[Signature]:
        """The signatures with these parameters; the one in the order of the call comes first."""
        given = frozenset(names)
        found = [signature for signature in self.signatures if signature.takes_names(given)]
        return sorted(found, key=lambda s: tuple(p.name for p in s.parameters) != names)

    def call(self, arguments: tuple[Code, ...], names: tuple[str, ...] | None, where: str) -> Code:
        """The code of an invocation; which signature is meant is settled here, once."""
        if names is None:
            signatures = self.by_count(len(arguments))
            codes: tuple[Code, ...] = arguments
        else:
            signatures = self.by_names(names)[:1]
            codes = _in_order(signatures, dict(zip(names, arguments, strict=True)))
        if not signatures or (names is not None and len(set(names)) != len(names)):
            return self._mismatch(where)
        first, name = signatures[0], self.name
        is_overloaded = len(signatures) > 1

        def invoke(f: list[Any]) -> Any:
            run = f[0]
            run.steps -= 1
            values = [code(f) for code in codes]
            try:
                if is_overloaded:
                    return _fitting(signatures, values).apply(run, values)
                return first.apply(run, values)
            except (NoResult, ArithmeticError) as reason:
                run.warn(f"{where}: {name}: {reason or type(reason).__name__}")
                return None

        return invoke

    def _mismatch(self, where: str) -> Code:
        ways = " or ".join(
            f"({', '.join(p.name for p in signature.parameters)})" for signature in self.signatures
        )

        def refuse(f: list[Any]) -> Any:
            f[0].warn(f"{where}: {self.name} takes {ways}")

        return refuse

    def value(self) -> Function:
        """The function as a value, to hand over to another function."""

        def invoke(run: Any, arguments: list[Any]) -> Any:
            signatures = self.by_count(len(arguments))
            if not signatures:
                run.warn(f"{self.name} does not take {len(arguments)} arguments")
                return None
            return self._guarded(run, _fitting(signatures, arguments), arguments)

        def invoke_named(run: Any, arguments: dict[str, Any]) -> Any:
            signatures = self.by_names(tuple(arguments))
            if not signatures:
                run.warn(f"{self.name} has no parameters {', '.join(sorted(arguments))}")
                return None
            signature = signatures[0]
            ordered = [arguments.get(parameter.name) for parameter in signature.parameters]
            return self._guarded(run, signature, ordered)

        names = tuple(parameter.name for parameter in self.signatures[-1].parameters)
        return Function(names, invoke, invoke_named, self.name)

    def _guarded(self, run: Any, signature: Signature, arguments: list[Any]) -> Any:
        try:
            return signature.apply(run, arguments)
        except (NoResult, ArithmeticError) as reason:
            run.warn(f"{self.name}: {reason}")
            return None


def _fitting(signatures: list[Signature], arguments: list[Any]) -> Signature:
    """The first signature whose types the arguments have; else the first."""
    return next((found for found in signatures if found.fits(arguments)), signatures[0])


def _in_order(signatures: list[Signature], given: dict[str, Code]) -> tuple[Code, ...]:
    """The codes in the order of the parameters, up to the last one that is given."""
    codes: list[Code] = []
    missing: list[Code] = []
    for parameter in signatures[0].parameters if signatures else ():
        if parameter.name in given:
            codes += missing
            missing = []
            codes.append(given[parameter.name])
        else:
            missing.append(lambda _: None)
    return tuple(codes)


BUILTINS: dict[str, Builtin] = {}
_PARAMETER = re.compile(r"(\.\.\.)?([^:?]+)(\?)?(?::\s*(.+))?")


_Declared = TypeVar("_Declared", bound=Callable[..., Any])


def builtin(
    declaration: str, *, needs_run: bool = False, is_pure: bool = True, is_deep: bool = False
) -> Callable[[_Declared], _Declared]:
    """Registers a function as `name(parameter: type, optional?: type|null, ...rest: type)`.

    Arguments that do not have the type, and null where null is not named, give null. A function
    that looks into its arguments to the bottom is deep: that is what it pays for.
    """
    name, _, rest = declaration.partition("(")
    parameters = tuple(
        _parameter(part.strip()) for part in rest.removesuffix(")").split(",") if part.strip()
    )

    def register(function: _Declared) -> _Declared:
        known = BUILTINS.setdefault(name, Builtin(name))
        known.is_pure = known.is_pure and is_pure and not needs_run
        known.signatures.append(Signature(parameters, function, needs_run, is_deep))
        return function

    return register


def _parameter(text: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise ValueError(f"parameter '{text}' is not declared as name: type")
    dots, name, question, written = match.groups()
    kinds = frozenset((written or "any").split("|"))
    is_any = "any" in kinds
    return Parameter(
        name=name.strip(),
        kinds=frozenset() if is_any else kinds,
        is_optional=bool(question or dots),
        is_nullable=is_any or "null" in kinds or bool(question),
        is_rest=bool(dots),
    )
