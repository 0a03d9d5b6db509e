"""Function literals and invocations (DMN 1.5 §10.3.2.13 and Table 58)."""

from __future__ import annotations

from typing import Any

from engine.expressions.feel import syntax
from engine.expressions.feel.builtins import BUILTINS
from engine.expressions.feel.compiler import Code, Compilation, Frame, compiles
from engine.expressions.feel.external import Externals, find
from engine.expressions.feel.run import Run
from engine.expressions.feel.types import FeelType, coerced, resolve
from engine.expressions.feel.values import Function, kind_of


class _Closure:
    """The body of a function literal with the frame it was made in."""

    __slots__ = ("body", "frame", "slots", "types")

    def __init__(
        self, body: Code, frame: Frame, slots: tuple[int, ...], types: tuple[FeelType | None, ...]
    ) -> None:
        self.body = body
        self.frame = frame
        self.slots = slots
        self.types = types

    def __call__(self, run: Any, arguments: list[Any]) -> Any:
        if len(arguments) != len(self.slots):
            run.warn(f"the function takes {len(self.slots)} arguments, not {len(arguments)}")
            return None
        frame = self.frame.copy()
        frame[0] = run
        for slot, kind, argument in zip(self.slots, self.types, arguments, strict=True):
            if kind is not None:
                argument = coerced(run, argument, kind)
            frame[slot] = argument
        run.enter()
        result = self.body(frame)
        run.depth -= 1
        return result


@compiles(syntax.FunctionLiteral)
def function_literal(compilation: Compilation, node: syntax.FunctionLiteral) -> Code:
    names = tuple(name for name, _ in node.parameters)
    types = tuple(
        None if written is None else resolve(written, compilation.types)
        for _, written in node.parameters
    )
    where = compilation.place(node)
    return function_code(compilation, names, types, node.body, node.is_external, where)


def function_code(
    compilation: Compilation,
    names: tuple[str, ...],
    types: tuple[FeelType | None, ...],
    body_node: syntax.Node,
    is_external: bool,
    where: str,
    result: FeelType | None = None,
) -> Code:
    """Makes the function whenever it is evaluated, with the frame of that moment.

    `result` is the declared type of what the body gives, for `instance of`.
    """
    slots = tuple(compilation.slot() for _ in names)
    with compilation.scope(dict(zip(names, slots, strict=True))):
        body = compilation.compile(body_node)
    if is_external:
        return _external_code(body, names, types, compilation.externals, where)

    def build(f: Frame) -> Any:
        closure = _Closure(body, f.copy(), slots, types)

        def invoke_named(run: Any, arguments: dict[str, Any]) -> Any:
            if set(arguments) != set(names):
                run.warn(f"{where}: the function's parameters are {', '.join(names)}")
                return None
            return closure(run, [arguments[name] for name in names])

        return Function(names, closure, invoke_named, signature=(types, result))

    return build


def _external_code(
    body: Code,
    names: tuple[str, ...],
    types: tuple[FeelType | None, ...],
    externals: Externals,
    where: str,
) -> Code:
    """A function whose body says which method is meant (§10.3.2.13.3)."""

    def build(f: Frame) -> Any:
        method = find(body(f), externals)
        if isinstance(method, str):
            f[0].warn(f"{where}: external function: {method}")
            return None

        def invoke(run: Run, arguments: list[Any]) -> Any:
            run.spend(1)
            given = [
                argument if kind is None else coerced(run, argument, kind)
                for argument, kind in zip(
                    arguments, (*types, *[None] * len(arguments)), strict=False
                )
            ]
            try:
                return method(given)
            except Exception as error:  # whatever a stranger's function raises is its answer: null
                run.warn(f"{where}: {method.name}: {error}")
                return None

        def invoke_named(run: Run, arguments: dict[str, Any]) -> Any:
            if set(arguments) != set(names):
                run.warn(f"{where}: the function's parameters are {', '.join(names)}")
                return None
            return invoke(run, [arguments[name] for name in names])

        return Function(names, invoke, invoke_named, method.name, (types, None))

    return build


def tie_to_itself(function: Function, slot: int) -> None:
    """Lets a function that is an entry of a context call itself by the entry's name."""
    if isinstance(function, Function) and isinstance(function.invoke, _Closure):
        function.invoke.frame[slot] = function


@compiles(syntax.Call)
def call(compilation: Compilation, node: syntax.Call) -> Code:
    arguments = tuple(compilation.compile(argument) for argument in node.arguments)
    where = compilation.place(node)
    function = node.function
    if (
        isinstance(function, syntax.Name)
        and function.name in BUILTINS
        and function.name not in compilation.declared
        and compilation.local(function.name) == (None, ())
    ):
        built_in = BUILTINS[function.name]
        code = built_in.call(arguments, node.names, where)
        if built_in.is_pure and all(isinstance(a, syntax.Literal) for a in node.arguments):
            return _folded(code)
        return code
    callee = compilation.compile(function)
    names = node.names

    def invoke(f: Frame) -> Any:
        found = callee(f)
        run = f[0]
        if not isinstance(found, Function):
            run.warn(f"{where}: a {kind_of(found)} cannot be called")
            return None
        values = [argument(f) for argument in arguments]
        if names is None:
            return found.invoke(run, values)
        return found.invoke_named(run, dict(zip(names, values, strict=True)))

    return invoke


def _folded(code: Code) -> Code:
    """The value that literals lead to, computed once, where it is one and cannot be changed."""
    warnings: list[str] = []
    value = code([Run(warnings=warnings), {}])
    return code if warnings or isinstance(value, list | dict) else lambda _: value


@compiles(syntax.InstanceOf)
def instance_of(compilation: Compilation, node: syntax.InstanceOf) -> Code:
    value = compilation.compile(node.value)
    wanted = resolve(node.type, compilation.types)
    where = compilation.place(node)
    if wanted is None:

        def unknown(f: Frame) -> Any:
            f[0].warn(f"{where}: there is no type '{node.type.name}'")

        return unknown
    return lambda f: wanted.has(value(f), is_strict=False)
