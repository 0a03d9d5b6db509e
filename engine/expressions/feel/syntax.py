"""The abstract syntax of FEEL (DMN 1.5 §10.3.1.2); `at` is the offset in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """What every part of an expression has."""

    at: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    base: Node
    predicate: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None
    """The parameter of each argument in a call with named parameters."""


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Operators of one precedence, from left to right: flat, so that long sums nest nothing."""

    first: Node
    rest: tuple[tuple[str, int, Node], ...]


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """A conjunction or disjunction in three-valued logic."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type: TypeName


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if`, and every `else if`, in one: long chains nest nothing."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    name: str
    source: Node
    end: Node | None
    """Set when the iteration runs from `source` to `end`."""


@dataclass(frozen=True, slots=True)
class For(Node):
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    kind: str
    """some or every."""
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class FunctionLiteral(Node):
    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class RangeLiteral(Node):
    low: Node
    high: Node
    is_low_included: bool
    is_high_included: bool


@dataclass(frozen=True, slots=True)
class UnaryComparison(Node):
    """`< 5`, `!= "x"`: a simple positive unary test, a range when used as a value."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """A cell of a decision table: a list of tests over the implicit value `?`."""

    tests: tuple[Node, ...]
    """Empty for the test that holds for everything."""
    is_negated: bool


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as it is written: a name, and what stands inside its angle brackets."""

    name: str
    arguments: tuple[TypeName, ...] = ()
    members: tuple[tuple[str, TypeName], ...] = field(default=())
    """The entries of `context<a: number>`."""
    result: TypeName | None = None
    """The result of `function<number> -> string`."""


def mentions(node: object, name: str) -> bool:
    """Whether the name occurs anywhere in the expression."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Name) and current.name == name:
            return True
        if isinstance(current, tuple):
            waiting.extend(current)
        elif isinstance(current, Node):
            waiting.extend(getattr(current, slot) for slot in current.__dataclass_fields__)
    return False
