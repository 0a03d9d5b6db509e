"""Range functions (DMN 1.5 §10.3.4.11): how points and intervals lie to one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.expressions.feel.builtins.register import NoResult, builtin
from engine.expressions.feel.values import Range, kind_of, ordered


def _order(left: Any, right: Any) -> int:
    order = ordered(left, right)
    if order is None:
        raise NoResult(f"a {kind_of(left)} does not compare with a {kind_of(right)}")
    return order


def _interval(value: Any) -> Range:
    """A point is the interval that holds nothing else."""
    if isinstance(value, Range):
        return value
    if value is None:
        raise NoResult("an argument is null")
    return Range(value, value)


def _starts(one: Range, other: Range) -> int:
    """The order of the lower ends; one that is left out lies a little higher."""
    if one.low is None or other.low is None:
        return (one.low is not None) - (other.low is not None)
    return _order(one.low, other.low) or other.is_low_included - one.is_low_included


def _ends(one: Range, other: Range) -> int:
    """The order of the upper ends; one that is left out lies a little lower."""
    if one.high is None or other.high is None:
        return (other.high is not None) - (one.high is not None)
    return _order(one.high, other.high) or one.is_high_included - other.is_high_included


def _gap(one: Range, other: Range) -> int:
    """Negative when one ends before the other starts, zero when they share just that point."""
    if one.high is None or other.low is None:
        return 1
    order = _order(one.high, other.low)
    if order:
        return order
    return 0 if one.is_high_included and other.is_low_included else -1


def _before(one: Range, other: Range) -> bool:
    return _gap(one, other) < 0


def _meets(one: Range, other: Range) -> bool:
    return _gap(one, other) == 0


def _overlaps(one: Range, other: Range) -> bool:
    return _gap(one, other) >= 0 and _gap(other, one) >= 0


def _overlaps_before(one: Range, other: Range) -> bool:
    return _gap(one, other) >= 0 and _starts(one, other) < 0 and _ends(one, other) <= 0


def _includes(one: Range, other: Range) -> bool:
    return _starts(one, other) <= 0 <= _ends(one, other)


def _starts_with(one: Range, other: Range) -> bool:
    return _starts(one, other) == 0 and _ends(one, other) <= 0


def _finishes(one: Range, other: Range) -> bool:
    return _ends(one, other) == 0 and _starts(one, other) >= 0


def _coincides(one: Range, other: Range) -> bool:
    return _starts(one, other) == 0 and _ends(one, other) == 0


def _turned(relation: Callable[[Range, Range], bool]) -> Callable[[Range, Range], bool]:
    return lambda one, other: relation(other, one)


_RELATIONS: dict[str, tuple[Callable[[Range, Range], bool], str]] = {
    "before": (_before, "points and ranges"),
    "after": (_turned(_before), "points and ranges"),
    "meets": (_meets, "ranges"),
    "met by": (_turned(_meets), "ranges"),
    "overlaps": (_overlaps, "ranges"),
    "overlaps before": (_overlaps_before, "ranges"),
    "overlaps after": (_turned(_overlaps_before), "ranges"),
    "finishes": (_finishes, "first may be a point"),
    "finished by": (_turned(_finishes), "second may be a point"),
    "includes": (_includes, "second may be a point"),
    "during": (_turned(_includes), "first may be a point"),
    "starts": (_starts_with, "first may be a point"),
    "started by": (_turned(_starts_with), "second may be a point"),
    "coincides": (_coincides, "points or ranges"),
}


def _declare(name: str, relation: Callable[[Range, Range], bool], takes: str) -> None:
    def relate(one: Any, other: Any) -> bool:
        _check(one, other, takes)
        return relation(_interval(one), _interval(other))

    for first in ("range", "point"):
        for second in ("range", "point"):
            names = (first, second) if first != second else (f"{first}1", f"{second}2")
            builtin(f"{name}({names[0]}, {names[1]})")(relate)


def _check(one: Any, other: Any, takes: str) -> None:
    kinds = isinstance(one, Range), isinstance(other, Range)
    allowed = {
        "points and ranges": True,
        "ranges": all(kinds),
        "first may be a point": kinds[1],
        "second may be a point": kinds[0],
        "points or ranges": kinds[0] == kinds[1],
    }
    if not allowed[takes]:
        raise NoResult(f"it does not take a {kind_of(one)} and a {kind_of(other)}")


for _name, (_relation, _takes) in _RELATIONS.items():
    _declare(_name, _relation, _takes)


@builtin("range(from: string)", needs_run=True)
def range_of_text(run: Any, text: str) -> Range:
    """The range that a text spells, its ends literals or left open, as in `[1..)`."""
    from engine.expressions.feel.range_text import parse_range

    run.spend(len(text))
    found = parse_range(text)
    if found is None:
        raise NoResult(f"'{text}' is no range of the form [1..10]")
    return found
