"""Item definitions as FEEL types (DMN 1.5 §7.3.2 and §10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bpmn.dmn.model import Definitions, ItemDefinition, UnaryTests
from engine.expressions.feel.api import Feel, compile_unary_tests
from engine.expressions.feel.cursor import parse_type
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.run import Run
from engine.expressions.feel.types import (
    AnyType,
    ContextType,
    FeelType,
    FunctionType,
    ListType,
    resolve,
)


@dataclass(frozen=True, slots=True)
class ConstrainedType(FeelType):
    """A type of which only some values are allowed."""

    base: FeelType
    tests: Feel

    def has(self, value: Any, is_strict: bool = True) -> bool:
        return self.base.has(value, is_strict) and (not is_strict or self.allows(value))

    def allows(self, value: Any) -> bool:
        return self.tests.evaluate_raw(Run(), {"?": value}) is True

    @property
    def is_list(self) -> bool:
        return self.base.is_list

    @property
    def plain(self) -> FeelType:
        return self.base.plain

    def convert(self, value: Any) -> Any:
        converted = self.base.convert(value)
        return converted if converted is not None and self.allows(converted) else None


@dataclass(slots=True)
class NamedType(FeelType):
    """An item definition, looked up at its first use: types may contain themselves."""

    name: str
    types: Mapping[str, FeelType] = field(repr=False)
    found: FeelType | None = None

    @property
    def target(self) -> FeelType:
        if self.found is None:
            self.found = self.types.get(self.name, AnyType())
        return self.found

    def has(self, value: Any, is_strict: bool = True) -> bool:
        return self.target.has(value, is_strict)

    @property
    def is_list(self) -> bool:
        return self.target.is_list

    @property
    def plain(self) -> FeelType:
        return self.target.plain

    def convert(self, value: Any) -> Any:
        return self.target.convert(value)


class ModelTypes(Mapping[str, FeelType]):
    """The types of one model by name; those of an imported model as `import.name`."""

    def __init__(
        self,
        model: Definitions,
        imported: Sequence[tuple[str, ModelTypes]],
        problem: Callable[[int, str], None],
    ) -> None:
        self._items = {item.name: item for item in model.item_definitions}
        self._imported = imported
        self._problem = problem
        self._made: dict[str, FeelType] = {}
        for item in model.item_definitions:
            self._made[item.name] = self._of_item(item)
        for item in model.item_definitions:
            if self._circles(item.name):
                problem(item.line, f"type '{item.name}' is defined by itself; change its typeRef")
                self._made[item.name] = AnyType()

    def __getitem__(self, name: str) -> FeelType:
        if name in self._made:
            return self._made[name]
        for prefix, types in self._imported:
            local = name.removeprefix(f"{prefix}.") if prefix else name
            if (not prefix or local != name) and local in types:
                return types[local]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        yield from self._items

    def __len__(self) -> int:
        return len(self._items)

    def member_names(self) -> Iterable[str]:
        """The names of all components, for paths with odd names in them."""
        waiting = list(self._items.values())
        while waiting:
            item = waiting.pop()
            for component in item.item_components:
                yield component.name
                waiting.append(component)
        for _, imported in self._imported:
            yield from imported.member_names()

    def allowed_values(self, reference: str) -> UnaryTests | None:
        """The values that a type of this model allows, in their order."""
        item = self._items.get(reference.strip().rpartition(":")[2])
        return None if item is None or item.is_collection else item.allowed_values

    def of(self, reference: str, line: int = 0) -> FeelType | None:
        """The type a `typeRef` names; None, for any type, without one or for an unknown one."""
        name = reference.strip()
        if not name or name == "Any":
            return None
        name = name.rpartition(":")[2]
        if name in self._items or name in self:
            return NamedType(name, self)
        try:
            found = resolve(parse_type(name), self)
        except FeelSyntaxError:
            found = None
        if found is None:
            self._problem(line, f"there is no type '{reference}'; define it or correct its name")
        return None if isinstance(found, AnyType) else found

    def _circles(self, name: str) -> bool:
        seen = {name}
        item = self._items.get(name)
        while item is not None and item.type_ref.strip() in self._items and not item.is_collection:
            if item.type_ref.strip() in seen:
                return True
            seen.add(item.type_ref.strip())
            item = self._items[item.type_ref.strip()]
        return False

    def _of_item(self, item: ItemDefinition) -> FeelType:
        if item.function_item is not None:
            function = item.function_item
            parameters = tuple(
                self.of(parameter.type_ref, item.line) or AnyType()
                for parameter in function.parameters
            )
            result = self.of(function.output_type_ref, item.line) or AnyType()
            base: FeelType = FunctionType(parameters, result)
        elif item.item_components:
            base = ContextType(
                {component.name: self._of_item(component) for component in item.item_components}
            )
        else:
            base = self.of(item.type_ref, item.line) or AnyType()
        base = self._constrained(base, item.allowed_values)
        if item.is_collection:
            base = ListType(base)
        return self._constrained(base, item.type_constraint)

    def _constrained(self, base: FeelType, tests: UnaryTests | None) -> FeelType:
        if tests is None or not tests.text.strip():
            return base
        try:
            return ConstrainedType(base, compile_unary_tests(tests.text))
        except FeelSyntaxError as error:
            self._problem(tests.line, str(error))
            return base
