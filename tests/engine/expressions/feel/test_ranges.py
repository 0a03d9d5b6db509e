"""Range functions against the conditions that DMN 1.5 Table 78 prints for them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from engine.expressions.feel import Range
from tests.engine.expressions.feel.kit import feel

INTERVALS = [
    Range(low, high, has_low, has_high)
    for low, high in ((1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 4))
    for has_low, has_high in product((True, False), repeat=2)
]


def before(a: Range, b: Range) -> bool:
    touches = not a.is_high_included or not b.is_low_included
    return a.high < b.low or (touches and a.high == b.low)


def meets(a: Range, b: Range) -> bool:
    return a.is_high_included and b.is_low_included and a.high == b.low


def overlaps(a: Range, b: Range) -> bool:
    return reaches(a, b) and reaches(b, a)


def reaches(a: Range, b: Range) -> bool:
    return a.high > b.low or meets(a, b)


def overlaps_before(a: Range, b: Range) -> bool:
    starts = a.low < b.low or (a.low == b.low and a.is_low_included and not b.is_low_included)
    return starts and reaches(a, b) and ends_within(a, b)


def ends_within(a: Range, b: Range) -> bool:
    return a.high < b.high or (a.high == b.high and (not a.is_high_included or b.is_high_included))


def starts_within(a: Range, b: Range) -> bool:
    return a.low > b.low or (a.low == b.low and (not a.is_low_included or b.is_low_included))


def finishes(a: Range, b: Range) -> bool:
    is_one_end = a.is_high_included == b.is_high_included and a.high == b.high
    return is_one_end and starts_within(a, b)


def starts(a: Range, b: Range) -> bool:
    is_one_start = a.is_low_included == b.is_low_included and a.low == b.low
    return is_one_start and ends_within(a, b)


def during(a: Range, b: Range) -> bool:
    return starts_within(a, b) and ends_within(a, b)


Relation = Callable[[Range, Range], bool]
RELATIONS: dict[str, Relation] = {
    "before": before,
    "meets": meets,
    "overlaps": overlaps,
    "overlaps before": overlaps_before,
    "finishes": finishes,
    "starts": starts,
    "during": during,
    "coincides": lambda a, b: a == b,
}
TURNED = {
    "after": "before",
    "met by": "meets",
    "overlaps after": "overlaps before",
    "finished by": "finishes",
    "started by": "starts",
    "includes": "during",
}


@pytest.mark.parametrize("name", [*RELATIONS, *TURNED])
def test_relation_of_intervals_is_what_the_table_says(name: str) -> None:
    relation = RELATIONS[TURNED.get(name, name)]
    wrong = [
        (one, other)
        for one, other in product(INTERVALS, repeat=2)
        if feel(f"{name}(a, b)", a=one, b=other)
        is not (relation(other, one) if name in TURNED else relation(one, other))
    ]
    assert wrong == []


@pytest.mark.parametrize("interval", INTERVALS, ids=str)
def test_relation_of_point_and_interval(interval: Range) -> None:
    low, high = interval.low, interval.high
    for point in range(6):
        is_before = point < low or (point == low and not interval.is_low_included)
        is_after = point > high or (point == high and not interval.is_high_included)
        assert feel("before(p, r)", p=point, r=interval) is is_before
        assert feel("after(r, p)", p=point, r=interval) is is_before
        assert feel("after(p, r)", p=point, r=interval) is is_after
        assert feel("before(r, p)", p=point, r=interval) is is_after
        is_start = point == low and interval.is_low_included
        is_end = point == high and interval.is_high_included
        if low < high:
            is_inside = not is_before and not is_after
            assert feel("includes(r, p)", p=point, r=interval) is is_inside
            assert feel("during(p, r)", p=point, r=interval) is is_inside
            assert feel("p in r", p=point, r=interval) is is_inside
            assert feel("starts(p, r)", p=point, r=interval) is is_start
            assert feel("started by(r, p)", p=point, r=interval) is is_start
            assert feel("finishes(p, r)", p=point, r=interval) is is_end
            assert feel("finished by(r, p)", p=point, r=interval) is is_end


@pytest.mark.parametrize(
    "text",
    [
        "before(null, 1)",
        "before(1, null)",
        'before(1, "a")',
        "before(1)",
        "before(1, 2, 3)",
        "meets(1, [1..2])",
        "includes(5, [1..10])",
        "during([1..10], 5)",
        "coincides(1, [1..1])",
        "includes([1..10], null)",
        'includes([1..10], "a")',
    ],
)
def test_what_does_not_relate_is_null(text: str) -> None:
    assert feel(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(point1: 1, point2: 2)", True),
        ("before(point: 1, range: [2..3])", True),
        ("before(range: [2..3], point: 4)", True),
        ("before(range1: [1..2], range2: [3..4])", True),
        ('includes(["a".."f"], "b")', True),
        ('during(@"2030-05-05", [@"2030-01-01"..@"2030-12-31"])', True),
        ("before(1, (>5))", True),
        ("includes((<5), 3)", True),
        ('range("[1..3]") = [1..3]', True),
        ('range("(1..3)").start included', False),
        ('range("[1..)") = (>=1)', True),
        ('range("[3..1]")', None),
        ('range("[1+1..5]")', None),
        ("[3..1]", None),
        ('[1.."a"]', None),
        ("2 in ]1..3[", True),
        ("1 in ]1..3[", False),
        ("[1..3] = [1.0..3.0]", True),
        ("[1..3] = (1..3]", False),
    ],
)
def test_ranges_as_values(text: str, expected: object) -> None:
    assert feel(text) == expected
