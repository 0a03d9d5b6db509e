"""JUEL texts compiled to closures by precedence climbing (EL 3.0 §1.24)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.expressions.execution import NAME
from engine.expressions.juel.accessors import task_of
from engine.expressions.juel.closures import (
    Operand,
    bean_call,
    bean_or_method,
    choice,
    element_step,
    finished,
    function_call,
    method_step,
    or_variable,
    prefixed,
    property_step,
    reduce,
    variable,
    walked,
)
from engine.expressions.juel.context import Code, Context
from engine.expressions.juel.functions import FUNCTIONS, PREFIXES, VARIABLES
from engine.expressions.juel.lexer import END, Token, tokens
from engine.expressions.juel.operators import PRECEDENCE
from engine.expressions.juel.problems import Problem

__all__ = ["Compiled", "compile_expression"]

_DEEPEST = 50


class Compiled(NamedTuple):
    """One expression."""

    code: Code
    names: frozenset[str]
    """Variables that it reads."""
    calls: frozenset[str]
    """Functions and methods that only a registered bean could give it."""


def compile_expression(text: str, start: int, end: int) -> Compiled:
    """The expression between two offsets of a text. Raises Problem where it is wrong."""
    parser = _Parser(tokens(text, start, end))
    code = parser.whole()
    return Compiled(code, frozenset(parser.names), frozenset(parser.calls))


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self.names: set[str] = set()
        self.calls: set[str] = set()

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _expect(self, kind: str, instead: str) -> Token:
        if self._token.kind != kind:
            raise Problem(f"found '{self._token.text}'; {instead}", self._token.position)
        return self._next()

    def whole(self) -> Code:
        if self._token.kind == END:
            raise Problem("there is nothing between the braces", self._token.position)
        code = self._expression()
        token = self._token
        if token.kind == "=":
            raise Problem("'=' sets nothing here; '==' compares", token.position)
        self._expect(END, "an operator, or the end, is expected")
        return code

    def _expression(self) -> Code:
        """A choice, or anything that binds closer; `a ? b : c ? d : e` is kept flat."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Problem(f"nested deeper than {_DEEPEST} levels", self._token.position)
        choices: list[tuple[int, Code, Code]] = []
        last = self._binary()
        while self._token.kind == "?":
            position = self._next().position
            chosen = self._expression()
            self._expect(":", "':' and the other choice are expected")
            choices.append((position, last, chosen))
            last = self._binary()
        self._depth -= 1
        return choice(tuple(choices), last) if choices else last

    def _binary(self) -> Code:
        operands = [Operand(self._unary())]
        operators: list[Token] = []
        while (precedence := PRECEDENCE.get(self._token.kind)) is not None:
            while operators and PRECEDENCE[operators[-1].kind] >= precedence:
                reduce(operands, operators)
            operators.append(self._next())
            operands.append(Operand(self._unary()))
        while operators:
            reduce(operands, operators)
        return finished(operands[0])

    def _unary(self) -> Code:
        prefixes: list[Token] = []
        while self._token.kind in ("!", "-", "empty"):
            prefixes.append(self._next())
            if len(prefixes) > _DEEPEST:
                raise Problem("too many signs in a row", self._token.position)
        code = self._postfix()
        for token in reversed(prefixes):
            code = prefixed(token, code)
        return code

    def _postfix(self) -> Code:
        code, name = self._primary()
        steps: list[Callable[[Context, Any], Any]] = []
        while self._token.kind in (".", "["):
            token = self._next()
            if token.kind == "[":
                steps.append(element_step(self._expression(), token.position))
                self._expect("]", "']' is expected")
                continue
            member = self._member()
            if self._token.kind != "(":
                steps.append(property_step(member.value, member.position))
                continue
            self._note_call(name if not steps else None, member)
            arguments = self._arguments()
            if name is not None and not steps:
                code, name = bean_or_method(code, name, member, arguments), None
            else:
                steps.append(method_step(member, arguments))
        return walked(code, tuple(steps)) if steps else code

    def _member(self) -> Token:
        token = self._token
        if token.kind != "name" and not token.text.isidentifier():
            raise Problem(f"found '{token.text}'; a name is expected after '.'", token.position)
        self._next()
        return Token("name", token.text, token.position, token.text)

    def _note_call(self, name: str | None, member: Token) -> None:
        """Remembers what a call needs: a bean's method, or a variable named in a text."""
        following = self._tokens[self._at + 1]
        if name in (NAME, "task") and member.value.startswith(("getVariable", "hasVariable")):
            if following.kind == "value" and isinstance(following.value, str):
                self.names.add(following.value)
        elif name is not None:
            self.calls.add(f"{name}.{member.value}")

    def _primary(self) -> tuple[Code, str | None]:
        """A value, and the name of a variable if it is just that."""
        token = self._next()
        if token.kind == "value":
            value = token.value
            return (lambda _: value), None
        if token.kind == "(":
            code = self._expression()
            self._expect(")", "')' is expected")
            return code, None
        if token.kind != "name":
            raise Problem(
                f"found '{token.text}'; a value is expected, for instance a variable",
                token.position,
            )
        if self._token.kind == "(":
            return self._function(token), None
        if token.value in PREFIXES and self._token.kind == ":":
            self._next()
            member = self._member()
            if self._token.kind == "(":
                return self._variables_function(member), None
            raise Problem(f"found '{self._token.text}'; '(' is expected", self._token.position)
        return self._name(token), token.value

    def _name(self, token: Token) -> Code:
        if token.value == NAME:
            self.names.add(NAME)
            return lambda context: context.execution
        if token.value == "task":
            self.names.update((NAME, "task"))
            return or_variable("task", task_of)
        if token.value == "authenticatedUserId":
            self.names.update((NAME, "authenticatedUserId"))
            return or_variable("authenticatedUserId", lambda context: context.execution.user)
        self.names.add(token.value)
        return variable(token.value, token.position)

    def _function(self, token: Token) -> Code:
        arguments = self._arguments()
        method = FUNCTIONS.get(token.value)
        name, position = token.value, token.position
        if method is not None:
            if name in ("currentUser", "currentUserGroups"):
                self.names.add(NAME)
            return function_call(name, method, arguments, position)
        self.calls.add(name)
        return bean_call(name, arguments, position)

    def _variables_function(self, member: Token) -> Code:
        method = VARIABLES.get(member.value)
        if method is None:
            known = ", ".join(sorted(VARIABLES))
            raise Problem(
                f"there is no function 'variables:{member.value}'; there are {known}",
                member.position,
            )
        first = self._tokens[self._at + 1]
        after = self._tokens[min(self._at + 2, len(self._tokens) - 1)]
        if first.kind == "name" and after.kind in (",", ")"):
            self._tokens[self._at + 1] = first._replace(kind="value")
        if first.kind in ("name", "value") and isinstance(first.value, str):
            self.names.add(first.value)
        arguments = self._arguments()
        return function_call(f"variables:{member.value}", method, arguments, member.position)

    def _arguments(self) -> tuple[Code, ...]:
        self._expect("(", "'(' is expected")
        arguments: list[Code] = []
        while self._token.kind != ")":
            if arguments:
                self._expect(",", "',' or ')' is expected")
            arguments.append(self._expression())
        self._next()
        return tuple(arguments)
