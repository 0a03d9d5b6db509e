"""JUEL texts compiled to closures by precedence climbing (EL 3.0 §1.24)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.expressions.execution import NAME
from engine.expressions.juel.accessors import task_of
from engine.expressions.juel.calls import (
    bean_result,
    called,
    element_of,
    method_result,
    property_of,
)
from engine.expressions.juel.context import Code, Context
from engine.expressions.juel.functions import FUNCTIONS, PREFIXES, VARIABLES
from engine.expressions.juel.lexer import END, Token, tokens
from engine.expressions.juel.operators import BINARY, PRECEDENCE, is_empty, negative
from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import to_truth

__all__ = ["Compiled", "compile_expression"]

_DEEPEST = 50
_COUNTS = {
    "nrOfInstances": "numberOfInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
}
"""What Camunda 7 and Flowable call the counts of a multi-instance activity."""


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


_Chain = list[tuple[str, int, Code]]
"""Operator, its place, and its right side, from left to right."""


class _Operand(NamedTuple):
    """A piece of an expression; a chain of operators of one precedence is kept flat."""

    code: Code
    precedence: int = 99
    chain: _Chain | None = None


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
        return _choice(tuple(choices), last) if choices else last

    def _binary(self) -> Code:
        operands = [_Operand(self._unary())]
        operators: list[Token] = []
        while (precedence := PRECEDENCE.get(self._token.kind)) is not None:
            while operators and PRECEDENCE[operators[-1].kind] >= precedence:
                _reduce(operands, operators)
            operators.append(self._next())
            operands.append(_Operand(self._unary()))
        while operators:
            _reduce(operands, operators)
        return _finished(operands[0])

    def _unary(self) -> Code:
        prefixes: list[Token] = []
        while self._token.kind in ("!", "-", "empty"):
            prefixes.append(self._next())
            if len(prefixes) > _DEEPEST:
                raise Problem("too many signs in a row", self._token.position)
        code = self._postfix()
        for token in reversed(prefixes):
            code = _prefixed(token, code)
        return code

    def _postfix(self) -> Code:
        code, name = self._primary()
        steps: list[Callable[[Context, Any], Any]] = []
        while self._token.kind in (".", "["):
            token = self._next()
            if token.kind == "[":
                steps.append(_element_step(self._expression(), token.position))
                self._expect("]", "']' is expected")
                continue
            member = self._member()
            if self._token.kind != "(":
                steps.append(_property_step(member.value, member.position))
                continue
            self._note_call(name if not steps else None, member)
            arguments = self._arguments()
            if name is not None and not steps:
                code, name = _bean_or_method(code, name, member, arguments), None
            else:
                steps.append(_method_step(member, arguments))
        return _walked(code, tuple(steps)) if steps else code

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
            return _or_variable("task", task_of)
        if token.value == "authenticatedUserId":
            self.names.update((NAME, "authenticatedUserId"))
            return _or_variable("authenticatedUserId", lambda context: context.execution.user)
        self.names.add(token.value)
        return _variable(token.value, token.position)

    def _function(self, token: Token) -> Code:
        arguments = self._arguments()
        method = FUNCTIONS.get(token.value)
        name, position = token.value, token.position
        if method is not None:
            if name in ("currentUser", "currentUserGroups"):
                self.names.add(NAME)
            return _function(name, method, arguments, position)
        self.calls.add(name)
        return _bean(name, arguments, position)

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
        return _function(f"variables:{member.value}", method, arguments, member.position)

    def _arguments(self) -> tuple[Code, ...]:
        self._expect("(", "'(' is expected")
        arguments: list[Code] = []
        while self._token.kind != ")":
            if arguments:
                self._expect(",", "',' or ')' is expected")
            arguments.append(self._expression())
        self._next()
        return tuple(arguments)


# Closures


def _reduce(operands: list[_Operand], operators: list[Token]) -> None:
    token, right, left = operators.pop(), operands.pop(), operands.pop()
    precedence = PRECEDENCE[token.kind]
    step = (token.kind, token.position, _finished(right))
    if left.chain is not None and left.precedence == precedence:
        left.chain.append(step)
        operands.append(left)
    else:
        operands.append(_Operand(_finished(left), precedence, [step]))


def _finished(operand: _Operand) -> Code:
    first, chain = operand.code, operand.chain
    if not chain:
        return first
    kind, position, second = chain[0]
    if kind in ("&&", "||"):
        return _junction(first, chain, is_all=kind == "&&")
    if len(chain) == 1:
        return _operation(first, kind, position, second)
    steps = tuple((BINARY[kind], position, code) for kind, position, code in chain)

    def evaluate(context: Context) -> Any:
        value = first(context)
        for operator, place, code in steps:
            other = code(context)
            try:
                value = operator(value, other)
            except Problem as problem:
                raise _placed(problem, place) from None
        return value

    return evaluate


def _operation(left: Code, kind: str, position: int, right: Code) -> Code:
    operator = BINARY[kind]

    def evaluate(context: Context) -> Any:
        a, b = left(context), right(context)
        try:
            return operator(a, b)
        except Problem as problem:
            raise _placed(problem, position) from None

    return evaluate


def _junction(first: Code, chain: _Chain, *, is_all: bool) -> Code:
    codes = ((chain[0][1], first), *((position, code) for _, position, code in chain))

    def evaluate(context: Context) -> bool:
        for position, code in codes:
            if _truth(code(context), position) is not is_all:
                return not is_all
        return is_all

    return evaluate


def _choice(choices: tuple[tuple[int, Code, Code], ...], last: Code) -> Code:
    def evaluate(context: Context) -> Any:
        for position, condition, chosen in choices:
            if _truth(condition(context), position):
                return chosen(context)
        return last(context)

    return evaluate


def _prefixed(token: Token, code: Code) -> Code:
    position = token.position
    if token.kind == "empty":
        return lambda context: is_empty(code(context))
    if token.kind == "!":
        return lambda context: not _truth(code(context), position)

    def evaluate(context: Context) -> Any:
        value = code(context)
        try:
            return negative(value)
        except Problem as problem:
            raise _placed(problem, position) from None

    return evaluate


def _truth(value: Any, position: int) -> bool:
    if type(value) is bool:
        return value
    try:
        return to_truth(value)
    except Problem as problem:
        raise _placed(problem, position) from None


def _placed(problem: Problem, position: int) -> Problem:
    return problem if problem.position is not None else Problem(problem.message, position)


def _variable(name: str, position: int) -> Code:
    def evaluate(context: Context) -> Any:
        try:
            return context.variables[name]
        except KeyError:
            pass
        if context.has(name):
            return context.get(name)
        if name in _COUNTS and _COUNTS[name] in context.variables:
            return context.variables[_COUNTS[name]]
        raise Problem(
            f"there is no variable '{name}'; set it, or ask execution.hasVariable('{name}') first",
            position,
        )

    return evaluate


def _or_variable(name: str, otherwise: Code) -> Code:
    def evaluate(context: Context) -> Any:
        return context.get(name) if name in context.variables else otherwise(context)

    return evaluate


def _walked(code: Code, steps: tuple[Callable[[Context, Any], Any], ...]) -> Code:
    if len(steps) == 1:
        step = steps[0]
        return lambda context: step(context, code(context))

    def evaluate(context: Context) -> Any:
        value = code(context)
        for step in steps:
            value = step(context, value)
        return value

    return evaluate


def _property_step(name: str, position: int) -> Callable[[Context, Any], Any]:
    def step(_: Context, value: Any) -> Any:
        if type(value) is dict:
            return value.get(name)
        try:
            return property_of(value, name)
        except Problem as problem:
            raise _placed(problem, position) from None

    return step


def _element_step(key: Code, position: int) -> Callable[[Context, Any], Any]:
    def step(context: Context, value: Any) -> Any:
        wanted = key(context)
        try:
            return element_of(value, wanted)
        except Problem as problem:
            raise _placed(problem, position) from None

    return step


def _method_step(member: Token, arguments: tuple[Code, ...]) -> Callable[[Context, Any], Any]:
    name, position = member.value, member.position

    def step(context: Context, value: Any) -> Any:
        given = [argument(context) for argument in arguments]
        try:
            return method_result(context, value, name, given)
        except Problem as problem:
            raise _placed(problem, position) from None

    return step


def _bean_or_method(code: Code, name: str, member: Token, arguments: tuple[Code, ...]) -> Code:
    """`name.method(…)`: a method of the variable, or else of the bean."""
    step = _method_step(member, arguments)
    bean = f"{name}.{member.value}"
    call = _bean(bean, arguments, member.position)

    def evaluate(context: Context) -> Any:
        if name in context.variables or context.has(name):
            return step(context, code(context))
        if bean in context.beans or name not in (NAME, "task", "authenticatedUserId"):
            return call(context)
        return step(context, code(context))

    return evaluate


def _function(name: str, method: Any, arguments: tuple[Code, ...], position: int) -> Code:
    def evaluate(context: Context) -> Any:
        given = [argument(context) for argument in arguments]
        try:
            return called(context, name, method, given)
        except Problem as problem:
            raise _placed(problem, position) from None

    return evaluate


def _bean(name: str, arguments: tuple[Code, ...], position: int) -> Code:
    def evaluate(context: Context) -> Any:
        if name not in context.beans:
            variable = name.partition(".")[0]
            missing = f" and no variable '{variable}'" if variable != name else ""
            raise Problem(
                f"there is no function '{name}'{missing}; register a Python function of that name",
                position,
            )
        given = [argument(context) for argument in arguments]
        try:
            return bean_result(context, name, given)
        except Problem as problem:
            raise _placed(problem, position) from None

    return evaluate
