"""FEEL texts compiled: the public face of this package."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Any

from engine.expressions.feel import syntax
from engine.expressions.feel.boundary import outgoing
from engine.expressions.feel.builtins import BUILTINS
from engine.expressions.feel.compiler import LOCALS, Code, Compilation
from engine.expressions.feel.errors import FeelLimitError, FeelSyntaxError
from engine.expressions.feel.external import Externals
from engine.expressions.feel.parser import parse_expression, parse_unary_tests
from engine.expressions.feel.run import LIMITS, Limits, Run
from engine.expressions.feel.types import FeelType

_MOST_VARIANTS = 16
_LEAVES = frozenset({type(None), bool, int, str})
Parse = Callable[[str, Iterable[str]], tuple[syntax.Node, frozenset[str]]]


class Feel:
    """A compiled text. Immutable to the outside; any number of threads may evaluate it."""

    __slots__ = (
        "_declared",
        "_externals",
        "_late",
        "_parse",
        "_root",
        "_space",
        "_types",
        "_variants",
        "names",
        "text",
    )

    def __init__(
        self,
        text: str,
        parse: Parse,
        declared: frozenset[str],
        types: Mapping[str, FeelType],
        externals: Externals,
    ) -> None:
        self.text = text
        self._parse = parse
        self._declared = declared
        self._types = types
        self._externals = externals
        self._variants: OrderedDict[frozenset[str], tuple[Code, list[None]]] = OrderedDict()
        root, size, free, late = self._compiled(frozenset())
        self._root = root
        self._space: list[None] = [None] * (size - LOCALS)
        self._late = late - declared
        """Longer names that the text could spell, should the variables hold them."""
        self.names: frozenset[str] = free
        """The variables that the text may read."""

    def _compiled(self, extra: frozenset[str]) -> tuple[Code, int, frozenset[str], frozenset[str]]:
        declared = self._declared | extra
        try:
            node, late = self._parse(self.text, declared)
            compilation = Compilation(self.text, self._types, declared, self._externals)
            root = compilation.compile(node)
        except RecursionError:
            raise FeelSyntaxError(
                self.text, 0, self.text[:20], "too deeply nested, split the expression"
            ) from None
        free = frozenset(compilation.free - BUILTINS.keys() | (compilation.free & declared))
        return root, compilation.size, free, late

    def evaluate(
        self,
        variables: Mapping[str, Any],
        *,
        now: datetime | None = None,
        warnings: list[str] | None = None,
        random: Random | None = None,
        strict: bool = False,
        limits: Limits = LIMITS,
    ) -> Any:
        """The value as Python has it; null, and a warning, for what FEEL cannot compute.

        `now` is an aware datetime, the clock of `now()` and `today()`; `random` feeds `uuid()`.
        Raises FeelLimitError past the budget, FeelEvaluationError instead of warning if strict.
        """
        run = Run(now, warnings, is_strict=strict, random=random, limits=limits)
        try:
            value = self.evaluate_raw(run, variables)
            return value if type(value) in _LEAVES else outgoing(value)
        except RecursionError:
            raise FeelLimitError("FEEL: values or functions are nested too deeply") from None

    def evaluate_raw(self, run: Run, variables: Mapping[str, Any] | None = None) -> Any:
        """The value in FEEL's own types, within a run that is under way."""
        known: Mapping[str, Any] = {} if variables is None else variables
        if self._late and not known.keys().isdisjoint(self._late):
            root, space = self._variant(known)
            return root([run, known, *space])
        return self._root([run, known, *self._space])

    def _variant(self, variables: Mapping[str, Any]) -> tuple[Code, list[None]]:
        """The text compiled with those of its longer names that the variables hold."""
        present = frozenset(name for name in self._late if name in variables)
        found = self._variants.get(present)
        if found is None:
            try:
                root, size, _, _ = self._compiled(present)
                found = root, [None] * (size - LOCALS)
            except FeelSyntaxError:
                found = self._root, self._space
            while len(self._variants) >= _MOST_VARIANTS:
                self._variants.popitem(last=False)
            self._variants[present] = found
        return found


def compile_feel(
    text: str,
    names: Iterable[str] = (),
    *,
    types: Mapping[str, FeelType] | None = None,
    externals: Externals | None = None,
) -> Feel:
    """An expression. `names` are variables known to exist; needed only for odd names in paths.

    `types` may stand after `instance of`, `externals` answer for external functions. What is
    compiled without either is kept and shared. Raises FeelSyntaxError.
    """
    if types or externals:
        return Feel(text, parse_expression, frozenset(names), types or {}, externals or {})
    return _compiled(text, parse_expression, frozenset(names))


def compile_unary_tests(
    text: str, names: Iterable[str] = (), *, types: Mapping[str, FeelType] | None = None
) -> Feel:
    """The tests of a decision table's cell, evaluated with the input as variable `?`.

    Raises FeelSyntaxError.
    """
    if types:
        return Feel(text, parse_unary_tests, frozenset(names), types, {})
    return _compiled(text, parse_unary_tests, frozenset(names))


@lru_cache(maxsize=4096)
def _compiled(text: str, parse: Parse, names: frozenset[str]) -> Feel:
    return Feel(text, parse, names, {}, {})
