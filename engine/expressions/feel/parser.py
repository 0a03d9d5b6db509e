"""FEEL text to abstract syntax (DMN 1.5 §10.3.1): descent by precedence, aware of the scope."""

from __future__ import annotations

from collections.abc import Iterable

from engine.expressions.feel import syntax
from engine.expressions.feel.cursor import MAXIMAL_DEPTH, Cursor
from engine.expressions.feel.errors import FeelSyntaxError
from engine.expressions.feel.lexer import Token, string_value
from engine.expressions.feel.names import FOLLOWING_WORDS, late_candidates
from engine.expressions.feel.numbers import Number, parse_number
from engine.expressions.feel.syntax import Node, TypeName
from engine.expressions.feel.temporal_text import parse_at_literal

_OR, _AND, _COMPARISON, _SUM, _PRODUCT, _POWER, _UNARY = range(1, 8)
_BINARY = {
    "or": _OR,
    "and": _AND,
    "=": _COMPARISON,
    "!=": _COMPARISON,
    "<": _COMPARISON,
    "<=": _COMPARISON,
    ">": _COMPARISON,
    ">=": _COMPARISON,
    "between": _COMPARISON,
    "in": _COMPARISON,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "**": _POWER,
}
_TESTS = frozenset({"<", "<=", ">", ">=", "=", "!="})
_ENDS = frozenset([*")]},.=<>*/+", "..", "<=", ">=", "!=", "**"]) | FOLLOWING_WORDS
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse_expression(text: str, known: Iterable[str]) -> tuple[Node, frozenset[str]]:
    """The syntax of an expression, and the longer names that its scope may turn out to hold."""
    parser = _Parser(text, known)
    node = parser.expression()
    parser.expect_end()
    return node, frozenset(parser.late)


def parse_unary_tests(text: str, known: Iterable[str]) -> tuple[Node, frozenset[str]]:
    """The syntax of unary tests, as in the cell of a decision table (grammar rule 15)."""
    parser = _Parser(text, known)
    node = parser.unary_tests()
    parser.expect_end()
    return node, frozenset(parser.late)


class _Parser(Cursor):
    """Descent by precedence; `depth` bounds how deep."""

    is_range_end = False
    """Whether the operand ends a range, so that a `[` after it may close that."""

    # --- unary tests ---

    def unary_tests(self) -> Node:
        start = self.tokens[self.index].start
        if self.at("-") and self.tokens[self.index + 1].kind == "end":
            self.index += 1
            return syntax.UnaryTests(start, (), False)
        if self.at("not") and self.at("(", 1):
            marked = self.index
            self.index += 2
            tests = self.tests()
            if self.take(")") and self.tokens[self.index].kind == "end":
                return syntax.UnaryTests(start, tests, True)
            self.index = marked
        return syntax.UnaryTests(start, self.tests(), False)

    def tests(self) -> tuple[Node, ...]:
        found = [self.expression()]
        while self.take(","):
            found.append(self.expression())
        return tuple(found)

    # --- operators ---

    def expression(self, minimal: int = _OR) -> Node:
        self.depth += 1
        if self.depth > MAXIMAL_DEPTH:
            raise self.error(f"nested deeper than {MAXIMAL_DEPTH} levels, split the expression")
        outer, self.is_range_end = self.is_range_end, self.is_range_end and minimal == _SUM
        left = self.prefix()
        while True:
            token = self.tokens[self.index]
            if token.kind not in {"symbol", "name"}:
                break
            precedence = _BINARY.get(token.value, 0)
            if precedence < minimal or not precedence:
                break
            left = self.binary(left, token.value, precedence)
        self.depth -= 1
        self.is_range_end = outer
        return left

    def binary(self, left: Node, operator: str, precedence: int) -> Node:
        at = self.tokens[self.index].start
        if precedence >= _SUM:
            return self.chain(left, precedence)
        if operator in {"and", "or"}:
            operands = [left]
            while self.take(operator):
                operands.append(self.expression(precedence + 1))
            return syntax.Logic(at, operator, tuple(operands))
        self.index += 1
        if operator == "between":
            low = self.expression(_SUM)
            self.expect("and")
            return syntax.Between(at, left, low, self.expression(_SUM))
        if operator == "in":
            return syntax.In(at, left, self.in_tests())
        if operator == "=" and self.at("="):
            raise self.error("FEEL compares with a single '='")
        return syntax.Comparison(at, operator, left, self.expression(_SUM))

    def chain(self, first: Node, precedence: int) -> Node:
        at = self.tokens[self.index].start
        rest: list[tuple[str, int, Node]] = []
        while True:
            token = self.tokens[self.index]
            if token.kind != "symbol" or _BINARY.get(token.value) != precedence:
                return syntax.Arithmetic(at, first, tuple(rest))
            self.index += 1
            rest.append((token.value, token.start, self.operand(precedence + 1)))

    def operand(self, minimal: int) -> Node:
        """The right side of an arithmetic operator."""
        if minimal >= _UNARY:
            return self.prefix()
        left = self.prefix()
        while True:
            token = self.tokens[self.index]
            precedence = _BINARY.get(token.value, 0) if token.kind == "symbol" else 0
            if precedence < minimal or not precedence:
                return left
            left = self.chain(left, precedence)

    def in_tests(self) -> tuple[Node, ...]:
        if not self.at("("):
            return (self.expression(_SUM),)
        marked = self.index
        self.index += 1
        tests = self.tests()
        if len(tests) == 1 and self.at(".."):
            self.index = marked
            return (self.expression(_SUM),)
        self.expect(")")
        if self.tokens[self.index].value in {".", "["} or self.continues_arithmetic():
            self.index = marked
            return (self.expression(_SUM),)
        return tests

    def continues_arithmetic(self) -> bool:
        token = self.tokens[self.index]
        return token.kind == "symbol" and _BINARY.get(token.value, 0) >= _SUM

    def prefix(self) -> Node:
        token = self.tokens[self.index]
        if token.kind == "symbol":
            if token.value == "-":
                self.index += 1
                self.depth += 1
                if self.depth > MAXIMAL_DEPTH:
                    raise self.error(f"more than {MAXIMAL_DEPTH} levels, take away signs")
                operand = self.prefix()
                self.depth -= 1
                return syntax.Negation(token.start, operand)
            if token.value in _TESTS:
                self.index += 1
                return syntax.UnaryComparison(token.start, token.value, self.expression(_SUM))
        node = self.postfix(self.primary())
        while self.at("instance") and self.at("of", 1):
            at = self.tokens[self.index].start
            self.index += 2
            node = syntax.InstanceOf(at, node, self.type_name())
        return node

    def postfix(self, node: Node) -> Node:
        length = 0
        while True:
            length += 1
            if length > MAXIMAL_DEPTH:
                raise self.error(f"more than {MAXIMAL_DEPTH} steps, split the expression")
            token = self.tokens[self.index]
            if token.kind != "symbol":
                return node
            if token.value == ".":
                self.index += 1
                node = syntax.Path(token.start, node, self.segment())
            elif token.value == "[":
                if self.is_range_end and self.bracket_closes():
                    return node
                self.index += 1
                predicate = self.enclosed()
                self.expect("]")
                node = syntax.Filter(token.start, node, predicate)
            elif token.value == "(":
                self.index += 1
                node = self.call(token.start, node)
            else:
                return node

    def enclosed(self) -> Node:
        """An expression between brackets, where a range outside does not matter."""
        outer, self.is_range_end = self.is_range_end, False
        node = self.expression()
        self.is_range_end = outer
        return node

    def bracket_closes(self) -> bool:
        """Whether the `[` after a range's end closes the range, as in `]1..5[`."""
        following = self.tokens[self.index + 1]
        return following.kind == "end" or following.value in _ENDS

    # --- operands ---

    def primary(self) -> Node:
        token = self.tokens[self.index]
        at = token.start
        if token.kind == "number":
            self.index += 1
            return syntax.Literal(at, self.number(token))
        if token.kind == "string":
            self.index += 1
            return syntax.Literal(at, string_value(self.text, token))
        if token.kind == "name":
            return self.word()
        if token.kind == "quoted":
            self.index += 1
            return syntax.Name(at, token.value[1:-1])
        match token.value:
            case "(":
                return self.parenthesis()
            case "[":
                return self.bracket()
            case "]":
                self.index += 1
                return self.range_from(at, self.expression(_SUM), False)
            case "{":
                return self.context()
            case "@":
                return self.at_literal()
        raise self.error("expected an expression here")

    def number(self, token: Token) -> Number:
        try:
            return parse_number(token.value)
        except ArithmeticError:
            raise FeelSyntaxError(
                self.text, token.start, token.value[:40], "use a number below 1E+6145"
            ) from None

    def word(self) -> Node:
        token = self.tokens[self.index]
        at = token.start
        if self.known.match(self.tokens, self.index) == 0:
            match token.value:
                case "true" | "false" | "null":
                    self.index += 1
                    return syntax.Literal(at, _CONSTANTS[token.value])
                case "if":
                    return self.conditional()
                case "for":
                    return self.loop()
                case "some" | "every" if self.tokens[self.index + 1].kind in {"name", "quoted"}:
                    return self.quantified()
                case "function" if self.at("(", 1):
                    return self.function()
                case word if word in FOLLOWING_WORDS:
                    raise self.error("expected an expression before this word")
        for candidate in late_candidates(self.text, self.tokens, self.index):
            self.late.add(candidate)
        return syntax.Name(at, self.name())

    def parenthesis(self) -> Node:
        at = self.tokens[self.index].start
        self.index += 1
        node = self.enclosed()
        if self.at(".."):
            return self.range_from(at, node, False)
        self.expect(")")
        return node

    def bracket(self) -> Node:
        at = self.tokens[self.index].start
        self.index += 1
        if self.take("]"):
            return syntax.ListLiteral(at, ())
        items = [self.enclosed()]
        if self.at(".."):
            return self.range_from(at, items[0], True)
        while self.take(","):
            items.append(self.enclosed())
        self.expect("]")
        return syntax.ListLiteral(at, tuple(items))

    def range_from(self, at: int, low: Node, is_low_included: bool) -> Node:
        self.expect("..")
        outer, self.is_range_end = self.is_range_end, True
        high = self.expression(_SUM)
        self.is_range_end = outer
        for closer, is_included in (("]", True), (")", False), ("[", False)):
            if self.take(closer):
                return syntax.RangeLiteral(at, low, high, is_low_included, is_included)
        raise self.error("expected ']' or ')' to close the range")

    def context(self) -> Node:
        at = self.tokens[self.index].start
        self.index += 1
        entries: list[tuple[str, Node]] = []
        while not self.at("}"):
            name = self.declared_name_and(":")
            entries.append((name, self.enclosed()))
            self.known.declare(name)
            if not self.another("}"):
                break
        self.expect("}")
        return syntax.ContextLiteral(at, tuple(entries))

    def at_literal(self) -> Node:
        token = self.tokens[self.index]
        self.index += 1
        text = self.tokens[self.index]
        if text.kind != "string":
            raise self.error('expected a text in quotation marks, as in @"2030-01-31"')
        self.index += 1
        value = parse_at_literal(string_value(self.text, text))
        if value is None:
            raise FeelSyntaxError(
                self.text, text.start, text.value, "expected a date, time or duration in ISO 8601"
            )
        return syntax.Literal(token.start, value)

    def call(self, at: int, function: Node) -> Node:
        arguments: list[Node] = []
        names: list[str] = []
        while not self.at(")"):
            if (name := self.parameter_name()) is not None:
                names.append(name)
            arguments.append(self.enclosed())
            if not self.another(")"):
                break
        self.expect(")")
        if names and len(names) != len(arguments):
            raise self.error("name all parameters of a call or none", self.index - 1)
        return syntax.Call(at, function, tuple(arguments), tuple(names) if names else None)

    def conditional(self) -> Node:
        at = self.tokens[self.index].start
        branches: list[tuple[Node, Node]] = []
        while self.take("if"):
            condition = self.enclosed()
            self.expect("then")
            branches.append((condition, self.enclosed()))
            self.expect("else")
        return syntax.If(at, tuple(branches), self.expression())

    def loop(self) -> Node:
        at = self.tokens[self.index].start
        self.index += 1
        iterators = self.iterators()
        with self.known.declared(iterator.name for iterator in iterators):
            self.expect("return")
            return syntax.For(at, iterators, self.expression())

    def quantified(self) -> Node:
        at = self.tokens[self.index].start
        kind = self.tokens[self.index].value
        self.index += 1
        iterators = self.iterators()
        with self.known.declared(iterator.name for iterator in iterators):
            self.expect("satisfies")
            return syntax.Quantified(at, kind, iterators, self.expression())

    def iterators(self) -> tuple[syntax.Iterator, ...]:
        found: list[syntax.Iterator] = []
        while True:
            at = self.tokens[self.index].start
            name = self.declared_name_and("in")
            with self.known.declared(iterator.name for iterator in found):
                source = self.enclosed()
                end = self.enclosed() if self.take("..") else None
            found.append(syntax.Iterator(at, name, source, end))
            if not self.take(","):
                return tuple(found)

    def function(self) -> Node:
        at = self.tokens[self.index].start
        self.index += 2
        parameters: list[tuple[str, TypeName | None]] = []
        while not self.at(")"):
            name = self.declared_name(frozenset({":", ",", ")"}))
            parameters.append((name, self.type_name() if self.take(":") else None))
            if not self.another(")"):
                break
        self.expect(")")
        is_external = self.take("external")
        with self.known.declared(name for name, _ in parameters):
            return syntax.FunctionLiteral(at, tuple(parameters), self.expression(), is_external)
