"""List functions (DMN 1.5 §10.3.4.4), and those Camunda 8 adds."""

from __future__ import annotations

import functools
from typing import Any

from engine.expressions.feel.builtins.register import NoResult, builtin
from engine.expressions.feel.builtins.statistics import distinct
from engine.expressions.feel.builtins.strings import whole
from engine.expressions.feel.numbers import Number, is_number
from engine.expressions.feel.values import Function, same


@builtin("list contains(list: list, element)", is_deep=True)
def list_contains(items: list[Any], element: Any) -> bool:
    return any(same(item, element) for item in items)


def _position(items: list[Any], position: Number, extra: int = 0) -> int:
    """The index for a position counted from 1, or from the end. Raises NoResult outside."""
    index = whole(position, "position")
    if index == 0 or index > len(items) + extra or -index > len(items):
        raise NoResult(f"'position' is {index}, the list has {len(items)} items")
    return index - 1 if index > 0 else len(items) + index


@builtin("sublist(list: list, start position: number, length?: number|null)")
def sublist(items: list[Any], start: Number, length: Number | None = None) -> list[Any]:
    first = _position(items, start)
    if length is None:
        return items[first:]
    size = whole(length, "length")
    if size < 1 or first + size > len(items):
        raise NoResult(f"'length' is {size}, {len(items) - first} items are left")
    return items[first : first + size]


@builtin("append(list: list, ...item)", needs_run=True)
def append(run: Any, items: list[Any], *more: Any) -> list[Any]:
    run.spend(len(items))
    return [*items, *more]


@builtin("concatenate(...list: list)", needs_run=True)
def concatenate(run: Any, *lists: list[Any]) -> list[Any]:
    if not lists:
        raise NoResult("it needs at least one list")
    run.spend(sum(map(len, lists)))
    return [item for items in lists for item in items]


@builtin("insert before(list: list, position: number, newItem)", needs_run=True)
def insert_before(run: Any, items: list[Any], position: Number, item: Any) -> list[Any]:
    index = _position(items, position)
    run.spend(len(items))
    return [*items[:index], item, *items[index:]]


@builtin("remove(list: list, position: number)", needs_run=True)
def remove(run: Any, items: list[Any], position: Number) -> list[Any]:
    index = _position(items, position)
    run.spend(len(items))
    return items[:index] + items[index + 1 :]


@builtin("list replace(list: list, position: number, newItem)", needs_run=True, is_deep=True)
@builtin("list replace(list: list, match: function, newItem)", needs_run=True, is_deep=True)
def list_replace(run: Any, items: list[Any], which: Any, new: Any) -> list[Any]:
    run.spend(len(items))
    if is_number(which):
        index = _position(items, which)
        return [*items[:index], new, *items[index + 1 :]]
    if not isinstance(which, Function):
        raise NoResult("'position' is neither a number nor a function")
    replaced: list[Any] = []
    for item in items:
        verdict = which.invoke(run, [item, new])
        if not isinstance(verdict, bool):
            raise NoResult("'match' did not give true or false")
        replaced.append(new if verdict else item)
    return replaced


@builtin("reverse(list: list)", needs_run=True)
def reverse(run: Any, items: list[Any]) -> list[Any]:
    run.spend(len(items))
    return items[::-1]


@builtin("index of(list: list, match)", is_deep=True)
def index_of(items: list[Any], match: Any) -> list[int]:
    return [index for index, item in enumerate(items, start=1) if same(item, match)]


@builtin("union(...list: list)", needs_run=True, is_deep=True)
def union(run: Any, *lists: list[Any]) -> list[Any]:
    return distinct(concatenate(run, *lists))[0]


@builtin("distinct values(list: list)", is_deep=True)
def distinct_values(items: list[Any]) -> list[Any]:
    return distinct(items)[0]


@builtin("duplicate values(list: list)", is_deep=True)
def duplicate_values(items: list[Any]) -> list[Any]:
    return distinct(items)[1]


@builtin("flatten(list: list)", needs_run=True)
def flatten(run: Any, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            run.spend(1)
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            flat.append(item)
        else:
            waiting.pop()
    return flat


@builtin("is empty(list: list)")
def is_empty(items: list[Any]) -> bool:
    return not items


@builtin("partition(list: list, size: number)", needs_run=True)
def partition(run: Any, items: list[Any], size: Number) -> list[list[Any]]:
    length = whole(size, "size")
    if length < 1:
        raise NoResult(f"'size' is {length}, at least 1 is needed")
    run.spend(len(items))
    return [items[start : start + length] for start in range(0, len(items), length)]


@builtin("sort(list: list, precedes?: function)", needs_run=True)
def sort(run: Any, items: list[Any], precedes: Function | None = None) -> list[Any]:
    """Sorted by a function that says whether its first argument comes before its second."""
    if precedes is None:
        raise NoResult("it needs a function of two parameters that tells which comes first")

    def compare(left: Any, right: Any) -> int:
        if precedes.invoke(run, [left, right]) is True:
            return -1
        return 1 if precedes.invoke(run, [right, left]) is True else 0

    return sorted(items, key=functools.cmp_to_key(compare))
