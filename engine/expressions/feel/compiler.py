"""Abstract syntax to Python closures: every name is resolved once, every evaluation only calls.

A closure takes the frame, a list of the run, the variables and one place for each name that the
text itself declares. A function literal keeps a copy of its frame, so that nothing is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from engine.expressions.feel import syntax
from engine.expressions.feel.boundary import DIRECT, incoming, incoming_variable
from engine.expressions.feel.builtins import BUILTINS
from engine.expressions.feel.errors import place
from engine.expressions.feel.properties import MISSING, property_of
from engine.expressions.feel.syntax import Node

Frame = list[Any]
Code = Callable[[Frame], Any]
RUN, VARIABLES, LOCALS = 0, 1, 2

_compilers: dict[type, Callable[[Any, Any], Code]] = {}


def compiles(kind: type) -> Callable[[Callable[[Compilation, Any], Code]], Any]:
    """Registers the function that compiles this kind of node."""

    def register(function: Callable[[Compilation, Any], Code]) -> Callable[[Any, Any], Code]:
        _compilers[kind] = function
        return function

    return register


class Compilation:
    """The names in scope while one text is compiled."""

    def __init__(
        self,
        text: str,
        types: Mapping[str, Any] | None = None,
        names: Iterable[str] = (),
        externals: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.text = text
        self.types = {} if types is None else types
        self.externals = externals or {}
        """Python callables that answer for external functions, by name."""
        self.declared = frozenset(names)
        """Variables that come before built-in functions of the same name."""
        self.size = LOCALS
        self.free: set[str] = set()
        self.certain: set[str] = set()
        """Free names that cannot turn out to be entries of an item."""
        self._scopes: list[dict[str, int] | int] = []
        """Places by name, or the place of an item whose entries are names."""

    def compile(self, node: Node) -> Code:
        return _compilers[type(node)](self, node)

    def place(self, node: Node) -> str:
        return place(self.text, node.at)

    def slot(self) -> int:
        """A new place in the frame."""
        self.size += 1
        return self.size - 1

    @contextmanager
    def scope(self, scope: dict[str, int] | int) -> Iterator[None]:
        """Resolves names in this scope first, inside the `with` block."""
        self._scopes.append(scope)
        yield
        self._scopes.pop()

    def local(self, name: str) -> tuple[int | None, tuple[int, ...]]:
        """The place of a name that the text declares, and of the items that may hide it."""
        items: list[int] = []
        for scope in reversed(self._scopes):
            if isinstance(scope, int):
                items.append(scope)
            elif name in scope:
                return scope[name], tuple(items)
        return None, tuple(items)


@compiles(syntax.Literal)
def literal(_: Compilation, node: syntax.Literal) -> Code:
    value = node.value
    return lambda _: value


@compiles(syntax.Name)
def name(compilation: Compilation, node: syntax.Name) -> Code:
    slot, items = compilation.local(node.name)
    outside = (lambda f: f[slot]) if slot is not None else variable(compilation, node)
    if not items:
        if slot is None:
            compilation.certain.add(node.name)
        return outside
    key = node.name

    def entry_or_outside(f: Frame) -> Any:
        for item in items:
            if type(f[item]) is dict and key in f[item]:
                return f[item][key]
        return outside(f)

    return entry_or_outside


def variable(compilation: Compilation, node: syntax.Name) -> Code:
    """Reads a variable from outside, or a built-in function of that name."""
    key = node.name
    compilation.free.add(key)
    built_in = BUILTINS[key].value() if key in BUILTINS else None
    where = compilation.place(node)

    def read(f: Frame) -> Any:
        try:
            value = f[1][key]
        except KeyError:
            if built_in is None:
                f[0].warn(f"{where}: no variable '{key}'")
            return built_in
        if type(value) in DIRECT:
            return value
        return incoming_variable(f[0], key, value)

    return read


@compiles(syntax.Path)
def path(compilation: Compilation, node: syntax.Path) -> Code:
    steps: list[str] = [node.name]
    base = node.base
    while isinstance(base, syntax.Path):
        steps.append(base.name)
        base = base.base
    steps.reverse()
    where = compilation.place(node)
    if isinstance(base, syntax.Name) and compilation.local(base.name) == (None, ()):
        return _variable_path(compilation, base, tuple(steps), where)
    start = compilation.compile(base)

    def walk(f: Frame) -> Any:
        value = start(f)
        for step in steps:
            value = follow(f[0], value, step, where)
        return value

    return walk


def _variable_path(
    compilation: Compilation, base: syntax.Name, steps: tuple[str, ...], where: str
) -> Code:
    """Walks raw dictionaries, so that a large variable is never converted as a whole."""
    key = base.name
    compilation.certain.add(key)
    start = compilation.compile(base)

    def walk(f: Frame) -> Any:
        try:
            value = f[1][key]
        except KeyError:
            value = start(f)
        for step in steps:
            if type(value) is dict and step in value:
                value = value[step]
            else:
                value = follow(f[0], incoming(value), step, where)
        return value if type(value) in DIRECT else incoming(value)

    return walk


def follow(run: Any, value: Any, step: str, where: str) -> Any:
    """One step of a path: an entry, a property, or the same of every item of a list."""
    if type(value) is dict:
        if step in value:
            return value[step]
        run.warn(f"{where}: the context has no entry '{step}'")
        return None
    if type(value) is list:
        run.spend(len(value))
        return [follow(run, item, step, where) for item in value]
    found = property_of(value, step)
    if found is MISSING:
        if value is not None:
            run.warn(f"{where}: the value has no property '{step}'")
        return None
    return found


@compiles(syntax.If)
def conditional(compilation: Compilation, node: syntax.If) -> Code:
    branches = tuple(
        (compilation.compile(condition), compilation.compile(then))
        for condition, then in node.branches
    )
    otherwise = compilation.compile(node.otherwise)
    if len(branches) == 1:
        ((only, then),) = branches
        return lambda f: then(f) if only(f) is True else otherwise(f)

    def choose(f: Frame) -> Any:
        for condition, then in branches:
            if condition(f) is True:
                return then(f)
        return otherwise(f)

    return choose


@compiles(syntax.ListLiteral)
def list_literal(compilation: Compilation, node: syntax.ListLiteral) -> Code:
    items = [compilation.compile(item) for item in node.items]
    return lambda f: [item(f) for item in items]


@compiles(syntax.ContextLiteral)
def context_literal(compilation: Compilation, node: syntax.ContextLiteral) -> Code:
    from engine.expressions.feel.invocation import tie_to_itself

    entries: list[tuple[str, int, Code, bool]] = []
    places: dict[str, int] = {}
    names = [entry for entry, _ in node.entries]
    has_duplicates = len(set(names)) != len(names)
    where = compilation.place(node)
    with compilation.scope(places):
        for entry, value in node.entries:
            slot = compilation.slot()
            is_function = isinstance(value, syntax.FunctionLiteral)
            if is_function:
                places[entry] = slot
            code = compilation.compile(value)
            places[entry] = slot
            entries.append((entry, slot, code, is_function))

    def build(f: Frame) -> Any:
        if has_duplicates:
            f[0].warn(f"{where}: the context has two entries of one name")
            return None
        context = {}
        for entry, slot, code, is_function in entries:
            value = f[slot] = code(f)
            if is_function:
                tie_to_itself(value, slot)
            context[entry] = value
        return context

    return build
