"""Boxed expressions as FEEL syntax (DMN 1.5 §10.2.2): one language, one compiler for both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bpmn.dmn import model
from engine.decisions.types import ModelTypes
from engine.expressions.feel import syntax
from engine.expressions.feel.compiler import Code, Compilation, Frame, compiles
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.parser import parse_expression
from engine.expressions.feel.syntax import Node
from engine.expressions.feel.types import FeelType, coerced

RESULT = "\N{RIGHTWARDS ARROW}result"
"""The entry of a context that has no name of its own; nothing in FEEL can spell it."""
_FEEL = ("", "feel", "FEEL")


@dataclass(frozen=True, slots=True)
class Part(Node):
    """A text of its own within a larger expression."""

    text: str
    node: Node


@dataclass(frozen=True, slots=True)
class Typed(Node):
    """An expression whose value has a declared type."""

    node: Node
    type: FeelType
    what: str


@compiles(Part)
def part(compilation: Compilation, node: Part) -> Code:
    outer, compilation.text = compilation.text, node.text
    code = compilation.compile(node.node)
    compilation.text = outer
    return code


@compiles(Typed)
def typed(compilation: Compilation, node: Typed) -> Code:
    code = compilation.compile(node.node)
    wanted, what = node.type, node.what

    def convert(f: Frame) -> Any:
        value = code(f)
        if value is None:
            return None
        return coerced(f[0], value, wanted, what)

    return convert


class Boxes:
    """Turns the boxed expressions of one model into syntax, noting what is wrong with them."""

    def __init__(self, types: ModelTypes, problem: Callable[[int, str], None]) -> None:
        self.types = types
        self.problem = problem
        self.owner_id = ""
        """The id of the element whose boxes are being turned."""

    def node(self, box: model.Expression | None, names: Iterable[str], owner: str) -> Node:
        """The syntax of a box; `names` are in scope, `owner` is the decision or model."""
        known = list(names)
        match box:
            case None:
                return syntax.Literal(0, None)
            case model.LiteralExpression():
                made: Node = self.text(box, known)
            case model.Context():
                made = self.context(box, known, owner)
            case model.Invocation():
                made = self.invocation(box, known, owner)
            case model.FunctionDefinition():
                made = self.function(box, known, owner)
            case model.Relation():
                made = self.relation(box, known, owner)
            case model.List():
                made = syntax.ListLiteral(
                    0, tuple(self.node(item, known, owner) for item in box.expressions)
                )
            case model.Conditional():
                condition = self.child(box.if_, known, owner)
                then = self.child(box.then, known, owner)
                made = syntax.If(0, ((condition, then),), self.child(box.else_, known, owner))
            case model.Filter():
                inner = [*known, "item"]
                made = syntax.Filter(
                    0, self.child(box.in_, known, owner), self.child(box.match, inner, owner)
                )
            case model.For() | model.Some() | model.Every():
                made = self.loop(box, known, owner)
            case model.DecisionTable():
                from engine.decisions.table import TableNode

                made = TableNode(0, box, self, tuple(known), owner, self.owner_id)
            case _:
                self.problem(box.line, f"'{type(box).__name__}' in '{owner}' is not supported")
                made = syntax.Literal(0, None)
        return self.typed(made, box.type_ref, box.line, owner)

    def typed(self, node: Node, reference: str, line: int, what: str) -> Node:
        """The node with the declared type of its value, if it has one."""
        wanted = self.types.of(reference, line)
        return node if wanted is None else Typed(0, node, wanted, what)

    def text(self, box: model.LiteralExpression, names: Iterable[str]) -> Node:
        language = box.expression_language.rstrip("/")
        if language not in _FEEL and "FEEL" not in language.upper():
            self.problem(
                box.line, f"expression language '{box.expression_language}' is not supported: FEEL"
            )
            return syntax.Literal(0, None)
        return self.expression(box.text, names, box.line)

    def expression(self, text: str, names: Iterable[str], line: int) -> Node:
        """The syntax of a FEEL text; null when it is empty or wrong."""
        if not text.strip():
            return syntax.Literal(0, None)
        try:
            node, _ = parse_expression(text, names)
        except FeelSyntaxError as error:
            self.problem(line, str(error))
            return Broken(0, str(error))
        return Part(0, text, node)

    def child(self, box: model.ChildExpression | None, names: list[str], owner: str) -> Node:
        return self.node(None if box is None else box.expression, names, owner)

    def context(self, box: model.Context, names: list[str], owner: str) -> Node:
        known = list(names)
        entries: list[tuple[str, Node]] = []
        has_result = False
        for entry in box.entries:
            value = self.node(entry.expression, known, owner)
            if entry.variable is None:
                has_result = True
                entries.append((RESULT, value))
                continue
            variable = entry.variable
            what = f"'{variable.name}' in '{owner}'"
            value = self.typed(value, variable.type_ref, variable.line, what)
            entries.append((variable.name, value))
            known.append(variable.name)
        made = syntax.ContextLiteral(0, tuple(entries))
        return syntax.Path(0, made, RESULT) if has_result else made

    def invocation(self, box: model.Invocation, names: list[str], owner: str) -> Node:
        function = self.node(box.expression, names, owner)
        if isinstance(function, Part):
            function = function.node
        bound: list[tuple[str, Node]] = []
        for binding in box.bindings:
            if binding.parameter is None:
                self.problem(binding.line, f"a binding in '{owner}' has no parameter; add one")
                continue
            parameter = binding.parameter
            value = self.node(binding.expression, names, owner)
            value = self.typed(value, parameter.type_ref, parameter.line, f"'{parameter.name}'")
            bound.append((parameter.name, value))
        arguments = tuple(value for _, value in bound)
        parameters = tuple(name for name, _ in bound)
        return syntax.Call(0, function, arguments, parameters or None)

    def function(self, box: model.FunctionDefinition, names: list[str], owner: str) -> Node:
        known = [*names, *(parameter.name for parameter in box.parameters)]
        body = self.node(box.expression, known, owner)
        parameters = tuple(
            (parameter.name, self.types.of(parameter.type_ref, parameter.line))
            for parameter in box.parameters
        )
        return TypedFunction(0, parameters, body, box.kind)

    def relation(self, box: model.Relation, names: list[str], owner: str) -> Node:
        rows: list[Node] = []
        for row in box.rows:
            entries: list[tuple[str, Node]] = []
            for column, cell in zip(box.columns, row.expressions, strict=False):
                value = self.node(cell, names, owner)
                what = f"'{column.name}' in '{owner}'"
                entries.append((column.name, self.typed(value, column.type_ref, row.line, what)))
            rows.append(Row(0, tuple(entries)))
        return syntax.ListLiteral(0, tuple(rows))

    def loop(self, box: model.For | model.Some | model.Every, names: list[str], owner: str) -> Node:
        source: Node = syntax.Literal(0, None)
        if box.in_ is not None:
            source = self.node(box.in_.expression, names, owner)
            source = self.typed(source, box.in_.type_ref, box.in_.line, f"the list in '{owner}'")
        iterators = (syntax.Iterator(0, box.iterator_variable, source, None),)
        known = [*names, box.iterator_variable, "partial"]
        if isinstance(box, model.For):
            return syntax.For(0, iterators, self.child(box.return_, known, owner))
        kind = "some" if isinstance(box, model.Some) else "every"
        return syntax.Quantified(0, kind, iterators, self.child(box.satisfies, known, owner))


@dataclass(frozen=True, slots=True)
class Broken(Node):
    """A text that could not be read: null, with its warning at every evaluation."""

    message: str


@compiles(Broken)
def broken(_: Compilation, node: Broken) -> Code:
    message = node.message

    def warn(f: Frame) -> Any:
        f[0].warn(message)

    return warn


@dataclass(frozen=True, slots=True)
class Row(Node):
    """A context whose entries do not see each other."""

    entries: tuple[tuple[str, Node], ...]


@compiles(Row)
def row(compilation: Compilation, node: Row) -> Code:
    entries = [(name, compilation.compile(value)) for name, value in node.entries]
    return lambda f: {name: code(f) for name, code in entries}


@dataclass(frozen=True, slots=True)
class TypedFunction(Node):
    """A function definition with resolved types."""

    parameters: tuple[tuple[str, FeelType | None], ...]
    body: Node
    kind: str
    result: FeelType | None = None


@compiles(TypedFunction)
def typed_function(compilation: Compilation, node: TypedFunction) -> Code:
    from engine.expressions.feel.invocation import function_code

    names = tuple(name for name, _ in node.parameters)
    types = tuple(kind for _, kind in node.parameters)
    is_external = node.kind != "FEEL"
    return function_code(
        compilation, names, types, node.body, is_external, "the function", node.result
    )
