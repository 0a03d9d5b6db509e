"""JUEL, the expressions of Camunda 7, Operaton, Flowable and Activiti, over a closed vocabulary.

`${order.total > 100}`, `#{…}`, and texts around them: `Order ${id} of ${customer.name}`. What an
expression can reach is its variables, the methods in `methods` and `moments`, `execution` and
`task`, a few functions, and registered Python functions. Nothing is looked up in Python.

Numbers are whole numbers of any size and decimals of 34 digits, so `7 / 2` is 3.5, as in EL, but
`0.1 + 0.2` is 0.3, and `6 / 2` is 3 where Java prints 3.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.errors import EngineError
from engine.expressions import ExpressionError
from engine.expressions.execution import NAME
from engine.expressions.juel.calls import result
from engine.expressions.juel.compiler import compile_expression
from engine.expressions.juel.context import Beans, Code, Context
from engine.expressions.juel.lexer import parts
from engine.expressions.juel.problems import Problem, described
from engine.expressions.juel.values import sized, to_text

__all__ = ["Beans", "Juel", "compile_juel"]

_LONGEST = 100_000
_NOTHING: Beans = {}


class Juel:
    """A compiled text. Immutable; any number of threads may evaluate it."""

    __slots__ = ("_beans", "_code", "asks_execution", "calls", "names", "text")

    def __init__(
        self, text: str, code: Code, names: frozenset[str], calls: frozenset[str], beans: Beans
    ) -> None:
        self.text = text
        self._code = code
        self._beans = beans
        self.names = names
        """The variables it reads; `execution` among them when it asks for more than variables."""
        self.asks_execution = bool(calls) or NAME in names
        """Whether it needs an `Execution`: for what is no variable, or for registered functions."""
        self.calls = calls
        """Names under which it may need registered functions: `rate`, `discounts.rate`."""

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None) -> Any:
        """Its value; of a text with other text around the expressions, a text.

        `variables` may hold an `Execution` under the name `execution`. Raises ExpressionError, for
        instance for a variable that does not exist; what registered functions raise of the
        engine's own errors comes through.
        """
        try:
            return result(self._code(Context(variables, now, self._beans)))
        except Problem as problem:
            raise ExpressionError(described(self.text, problem)) from None
        except EngineError:
            raise
        except (RecursionError, ArithmeticError, ValueError, TypeError, LookupError) as error:
            failed = Problem(f"it cannot be computed ({error})")
            raise ExpressionError(described(self.text, failed)) from None


def compile_juel(text: str, beans: Beans = _NOTHING) -> Juel:
    """The compiled text; one without `${…}` stands for itself.

    `beans`: Python functions that expressions may call, looked up at each call. Raises
    ExpressionError: what is wrong, where, and what would do.
    """
    try:
        if len(text) > _LONGEST:
            raise Problem(f"it is longer than {_LONGEST:,} characters; let a script do it")
        pieces = [
            (kind, _literal(text[start:end]), compile_expression(text, start, end))
            if kind == "expression"
            else (kind, _literal(text[start:end]), None)
            for kind, start, end in parts(text)
        ]
    except Problem as problem:
        raise ExpressionError(described(text, problem)) from None
    except RecursionError:
        raise ExpressionError(described(text, Problem("it is too deeply nested"))) from None
    compiled = [one for _, _, one in pieces if one is not None]
    names = frozenset[str]().union(*(one.names for one in compiled))
    calls = frozenset[str]().union(*(one.calls for one in compiled))
    if len(pieces) == 1 and compiled:
        return Juel(text, compiled[0].code, names, calls, beans)
    code = _composed([one.code if one is not None else literal for _, literal, one in pieces])
    return Juel(text, code, names, calls, beans)


def _literal(text: str) -> str:
    return text.replace("\\${", "${").replace("\\#{", "#{")


def _composed(pieces: list[Code | str]) -> Code:
    """The texts and values one after the other."""
    if all(isinstance(piece, str) for piece in pieces):
        whole = "".join(map(str, pieces))
        return lambda _: whole

    def evaluate(context: Context) -> str:
        written: list[str] = []
        for piece in pieces:
            text = piece if isinstance(piece, str) else to_text(result(piece(context)))
            context.charge(len(text))
            written.append(text)
        return sized("".join(written))

    return evaluate
