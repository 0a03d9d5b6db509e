"""`for`, `some`, `every` and filters (DMN 1.5 §10.3.2.5 Tables 56 to 58)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from engine.expressions.feel import syntax
from engine.expressions.feel.compiler import Code, Compilation, Frame, compiles
from engine.expressions.feel.numbers import is_number
from engine.expressions.feel.temporal import Date, date_of, days_of
from engine.expressions.feel.values import Range, kind_of

Sources = tuple[tuple[int, Code, Code | None, str], ...]


def compile_iterators(
    compilation: Compilation, iterators: tuple[syntax.Iterator, ...], stack: ExitStack
) -> Sources:
    """Places and sources; each iterator's name is in scope of the next."""
    sources: list[tuple[int, Code, Code | None, str]] = []
    for iterator in iterators:
        source = compilation.compile(iterator.source)
        end = compilation.compile(iterator.end) if iterator.end is not None else None
        slot = compilation.slot()
        stack.enter_context(compilation.scope({iterator.name: slot}))
        sources.append((slot, source, end, compilation.place(iterator)))
    return tuple(sources)


def items_of(f: Frame, source: Code, end: Code | None, where: str) -> Iterable[Any] | None:
    """What one iterator runs over; None, with a warning, when that is no list or range."""
    value = source(f)
    if end is not None:
        return _steps(f, value, end(f), where)
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        return _range_items(f, value, where)
    if value is None:
        f[0].warn(f"{where}: nothing to iterate over, the value is null")
        return None
    return [value]


def _range_items(f: Frame, value: Range, where: str) -> Iterable[Any] | None:
    low, high = value.low, value.high
    if is_number(low) and is_number(high):
        low = low if value.is_low_included else low + 1
        high = high if value.is_high_included else high - 1
        return _steps(f, low, high, where) if low <= high else []
    if type(low) is Date and type(high) is Date:
        first = days_of(low.year, low.month, low.day) + (not value.is_low_included)
        last = days_of(high.year, high.month, high.day) - (not value.is_high_included)
        return (date_of(day) for day in range(first, last + 1))
    f[0].warn(f"{where}: a range of {kind_of(low)} cannot be iterated over")
    return None


def _steps(f: Frame, low: Any, high: Any, where: str) -> Iterable[Any] | None:
    if is_number(low) and is_number(high):
        if low == int(low) and high == int(high):
            low, high = int(low), int(high)
            return range(low, high + 1) if low <= high else range(low, high - 1, -1)
    elif type(low) is Date and type(high) is Date:
        first = days_of(low.year, low.month, low.day)
        last = days_of(high.year, high.month, high.day)
        step = 1 if first <= last else -1
        return (date_of(day) for day in range(first, last + step, step))
    f[0].warn(f"{where}: cannot iterate from a {kind_of(low)} to a {kind_of(high)}")
    return None


def visits(f: Frame, sources: Sources) -> Iterator[bool]:
    """Sets the places to every combination in turn; yields False where a source is no list."""
    if len(sources) == 1:
        yield from _visits_of_one(f, *sources[0])
        return
    depth = len(sources) - 1
    opened: list[Iterator[Any]] = []
    run = f[0]
    while True:
        while len(opened) <= depth:
            _, source, end, where = sources[len(opened)]
            items = items_of(f, source, end, where)
            if items is None:
                yield False
                return
            opened.append(iter(items))
            if len(opened) <= depth and not _advance(f, sources, opened):
                return
        slot = sources[depth][0]
        for item in opened[depth]:
            run.spend(1)
            f[slot] = item
            yield True
        opened.pop()
        if not opened or not _advance(f, sources, opened):
            return


def _visits_of_one(
    f: Frame, slot: int, source: Code, end: Code | None, where: str
) -> Iterator[bool]:
    items = items_of(f, source, end, where)
    if items is None:
        yield False
        return
    run = f[0]
    for item in items:
        run.steps -= 1
        if run.steps < 0:
            run.spend(0)
        f[slot] = item
        yield True


def _advance(f: Frame, sources: Sources, opened: list[Iterator[Any]]) -> bool:
    """Moves the innermost open iterator that still has an item; closes the exhausted."""
    while opened:
        for item in opened[-1]:
            f[0].spend(1)
            f[sources[len(opened) - 1][0]] = item
            return True
        opened.pop()
    return False


@compiles(syntax.For)
def loop(compilation: Compilation, node: syntax.For) -> Code:
    partial = compilation.slot()
    with ExitStack() as stack:
        sources = compile_iterators(compilation, node.iterators, stack)
        stack.enter_context(compilation.scope({"partial": partial}))
        body = compilation.compile(node.body)
        uses_partial = syntax.mentions(node.body, "partial")

    def collect(f: Frame) -> Any:
        results: list[Any] = []
        for is_visit in visits(f, sources):
            if not is_visit:
                return None
            if uses_partial:
                f[0].spend(len(results))
                f[partial] = results.copy()
            results.append(body(f))
        return results

    return collect


@compiles(syntax.Quantified)
def quantified(compilation: Compilation, node: syntax.Quantified) -> Code:
    with ExitStack() as stack:
        sources = compile_iterators(compilation, node.iterators, stack)
        condition = compilation.compile(node.condition)
    decided = node.kind == "some"

    def test(f: Frame) -> Any:
        outcome: bool | None = not decided
        for is_visit in visits(f, sources):
            if not is_visit:
                return None
            result = condition(f)
            if result is decided:
                return decided
            if not isinstance(result, bool):
                outcome = None
        return outcome

    return test


@compiles(syntax.Filter)
def filter_(compilation: Compilation, node: syntax.Filter) -> Code:
    base = compilation.compile(node.base)
    where = compilation.place(node)
    constant = _constant_index(node.predicate)
    if constant is not None:
        return lambda f: at_index(f[0], base(f), constant, where)
    slot = compilation.slot()
    with compilation.scope({"item": slot}), compilation.scope(slot):
        predicate = compilation.compile(node.predicate)

    def select(f: Frame) -> Any:
        value = base(f)
        if value is None:
            return None
        items = value if isinstance(value, list) else [value]
        chosen: list[Any] = []
        f[0].spend(len(items))
        if not items:
            f[slot] = None
            return _of_empty(predicate(f))
        for item in items:
            f[slot] = item
            result = predicate(f)
            if result is True:
                chosen.append(item)
            elif is_number(result):
                return at_index(f[0], items, result, where)
            elif result is not False and result is not None:
                f[0].warn(f"{where}: the filter gives a {kind_of(result)}, not true or false")
                return None
        return chosen

    return select


def _of_empty(result: Any) -> Any:
    return None if is_number(result) else []


def _constant_index(node: syntax.Node) -> Any:
    if isinstance(node, syntax.Literal) and is_number(node.value):
        return node.value
    if isinstance(node, syntax.Negation) and isinstance(node.operand, syntax.Literal):
        value = node.operand.value
        return -value if is_number(value) else None
    return None


def at_index(run: Any, value: Any, index: Any, where: str) -> Any:
    """The item at a position counted from 1, or from the end when negative."""
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    if index == int(index):
        position = int(index)
        if 1 <= position <= len(items):
            return items[position - 1]
        if -len(items) <= position <= -1:
            return items[position]
    run.warn(f"{where}: the list has {len(items)} items, none at '{index}'")
    return None
