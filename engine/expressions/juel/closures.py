"""What pieces of an expression are compiled to: functions of the context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.expressions.execution import NAME
from engine.expressions.juel.calls import (
    bean_result,
    called,
    element_of,
    method_result,
    property_of,
)
from engine.expressions.juel.context import Code, Context
from engine.expressions.juel.lexer import Token
from engine.expressions.juel.methods import Method
from engine.expressions.juel.operators import BINARY, PRECEDENCE, is_empty, negative
from engine.expressions.juel.problems import Problem
from engine.expressions.juel.values import to_truth

__all__ = [
    "Operand",
    "bean_call",
    "bean_or_method",
    "choice",
    "element_step",
    "finished",
    "function_call",
    "method_step",
    "or_variable",
    "prefixed",
    "property_step",
    "reduce",
    "variable",
    "walked",
]

_COUNTS = {
    "nrOfInstances": "numberOfInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
}
"""What Camunda 7 and Flowable call the counts of a multi-instance activity."""


_Chain = list[tuple[str, int, Code]]
"""Operator, its place, and its right side, from left to right."""


class Operand(NamedTuple):
    """A piece of an expression; a chain of operators of one precedence is kept flat."""

    code: Code
    precedence: int = 99
    chain: _Chain | None = None


def reduce(operands: list[Operand], operators: list[Token]) -> None:
    token, right, left = operators.pop(), operands.pop(), operands.pop()
    precedence = PRECEDENCE[token.kind]
    step = (token.kind, token.position, finished(right))
    if left.chain is not None and left.precedence == precedence:
        left.chain.append(step)
        operands.append(left)
    else:
        operands.append(Operand(finished(left), precedence, [step]))


def finished(operand: Operand) -> Code:
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


def choice(choices: tuple[tuple[int, Code, Code], ...], last: Code) -> Code:
    def evaluate(context: Context) -> Any:
        for position, condition, chosen in choices:
            if _truth(condition(context), position):
                return chosen(context)
        return last(context)

    return evaluate


def prefixed(token: Token, code: Code) -> Code:
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


def variable(name: str, position: int) -> Code:
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


def or_variable(name: str, otherwise: Code) -> Code:
    def evaluate(context: Context) -> Any:
        return context.get(name) if name in context.variables else otherwise(context)

    return evaluate


def walked(code: Code, steps: tuple[Callable[[Context, Any], Any], ...]) -> Code:
    if len(steps) == 1:
        step = steps[0]
        return lambda context: step(context, code(context))

    def evaluate(context: Context) -> Any:
        value = code(context)
        for step in steps:
            value = step(context, value)
        return value

    return evaluate


def property_step(name: str, position: int) -> Callable[[Context, Any], Any]:
    def step(_: Context, value: Any) -> Any:
        if type(value) is dict:
            return value.get(name)
        try:
            return property_of(value, name)
        except Problem as problem:
            raise _placed(problem, position) from None

    return step


def element_step(key: Code, position: int) -> Callable[[Context, Any], Any]:
    def step(context: Context, value: Any) -> Any:
        wanted = key(context)
        try:
            return element_of(value, wanted)
        except Problem as problem:
            raise _placed(problem, position) from None

    return step


def method_step(member: Token, arguments: tuple[Code, ...]) -> Callable[[Context, Any], Any]:
    name, position = member.value, member.position

    def step(context: Context, value: Any) -> Any:
        given = [argument(context) for argument in arguments]
        try:
            return method_result(context, value, name, given)
        except Problem as problem:
            raise _placed(problem, position) from None

    return step


def bean_or_method(code: Code, name: str, member: Token, arguments: tuple[Code, ...]) -> Code:
    """`name.method(…)`: a method of the variable, or else of the bean."""
    step = method_step(member, arguments)
    bean = f"{name}.{member.value}"
    call = bean_call(bean, arguments, member.position)

    def evaluate(context: Context) -> Any:
        if name in context.variables or context.has(name):
            return step(context, code(context))
        if bean in context.beans or name not in (NAME, "task", "authenticatedUserId"):
            return call(context)
        return step(context, code(context))

    return evaluate


def function_call(name: str, method: Method, arguments: tuple[Code, ...], position: int) -> Code:
    def evaluate(context: Context) -> Any:
        given = [argument(context) for argument in arguments]
        try:
            return called(context, name, method, given)
        except Problem as problem:
            raise _placed(problem, position) from None

    return evaluate


def bean_call(name: str, arguments: tuple[Code, ...], position: int) -> Code:
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
