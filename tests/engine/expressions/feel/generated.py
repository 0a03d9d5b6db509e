"""FEEL expressions made at random: of a known type, and small enough to read."""

from __future__ import annotations

from hypothesis import strategies as st

CONTEXT = {
    "n": 7,
    "x": -2.5,
    "s": "foobar",
    "flag": True,
    "none": None,
    "xs": [3, 1, 2, 3],
    "people": [{"name": "Ann", "age": 31}, {"name": "Bo", "age": 4}],
    "order": {"total": 120, "lines": [5, 6]},
}
"""Variables that the expressions may read."""
Texts = st.SearchStrategy[str]

_whole = st.integers(-20, 20).map(lambda n: f"({n})" if n < 0 else str(n))
_tenths = st.integers(0, 200).map(lambda n: f"{n / 10}")
_words = st.sampled_from(["", "a", "ab", "foo", "Bar", "o", "x-y", "\N{HORSE}"])
_DATES = ["2020-02-29", "2021-01-31", "1999-12-31", "2030-06-15"]
_DAYS = ["P1D", "PT1H", "P10DT2H", "-P1D", "PT90M"]
_MONTHS = ["P1M", "P1Y", "-P2M", "P1Y6M"]


def _any(*forms: str, **parts: Texts) -> Texts:
    """One of the forms, its braces filled in."""
    return st.sampled_from(forms).flatmap(
        lambda form: st.fixed_dictionaries(parts).map(lambda found: form.format(**found))
    )


def _quoted(text: str) -> str:
    return f'"{text}"'


numbers: Texts = st.deferred(
    lambda: st.one_of(
        _whole,
        _tenths,
        st.sampled_from(["n", "x", "order.total", "xs[1]", "xs[-1]", "people[1].age"]),
        _any(
            "({a} + {b})",
            "({a} - {b})",
            "{a} * {b}",
            "-({a})",
            "(if {c} then {a} else {b})",
            "abs({a})",
            "floor({a})",
            "ceiling({a})",
            "modulo({a}, 4)",
            "round half up({a}, 1)",
            "round down({a}, 0)",
            "({a} / 4)",
            "{a} ** 2",
            a=numbers,
            b=numbers,
            c=booleans,
        ),
        _any(
            "count({a})",
            "sum({a})",
            "min({a})",
            "max({a})",
            "product({a})",
            "mean({a})",
            "median({a})",
            "{a}[1]",
            "{a}[-1]",
            a=lists,
        ),
        _any("string length({a})", a=strings),
        _any("{a}.year", "{a}.month", "{a}.day", "{a}.weekday", "day of year({a})", a=dates),
    )
)
booleans: Texts = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["true", "false", "flag", "none = null", "s != null"]),
        _any(
            "{a} < {b}",
            "{a} <= {b}",
            "{a} > {b}",
            "{a} = {b}",
            "{a} != {b}",
            "({a} between {b} and 10)",
            "({a} in [-5..5])",
            "({a} in (1, {b}))",
            "({a} in (> 3))",
            "({a} instance of number)",
            "even(floor({a}))",
            a=numbers,
            b=numbers,
        ),
        _any("({a} and {b})", "({a} or {b})", "not({a})", a=booleans, b=booleans),
        _any(
            "contains({a}, {b})",
            "starts with({a}, {b})",
            "ends with({a}, {b})",
            "{a} = {b}",
            "{a} < {b}",
            a=strings,
            b=strings,
        ),
        _any(
            "list contains({a}, {b})",
            "(some i in {a} satisfies i > {b})",
            "(every i in {a} satisfies i > {b})",
            "{a} = [1, {b}]",
            a=lists,
            b=_whole,
        ),
        _any("{a} < {b}", "{a} = {b}", '({a} in [{b}..@"2035-01-01"])', a=dates, b=_days_alone),
    )
)
strings: Texts = st.deferred(
    lambda: st.one_of(
        _words.map(_quoted),
        st.sampled_from(["s", "people[2].name"]),
        _any(
            "({a} + {b})",
            "upper case({a})",
            "lower case({a})",
            "substring before({a}, {b})",
            "substring after({a}, {b})",
            "string join([{a}, {b}], {a})",
            "(if {c} then {a} else {b})",
            'replace({a}, "o", "0")',
            a=strings,
            b=strings,
            c=booleans,
        ),
        _any("substring(s, {n})", "substring(s, {n}, 2)", n=st.sampled_from(["1", "3", "-2"])),
        _any("string({a})", a=_whole),
        _any("day of week({a})", "month of year({a})", "string({a})", a=dates),
    )
)
lists: Texts = st.deferred(
    lambda: st.one_of(
        st.lists(_whole, min_size=1, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.sampled_from(["xs", "order.lines", "people.age"]),
        _any(
            "(for i in {a} return i + {b})",
            "{a}[item > {b}]",
            "append({a}, {b})",
            "concatenate({a}, [{b}])",
            "reverse({a})",
            "union({a}, [{b}])",
            "distinct values({a})",
            "flatten([{a}, [{b}]])",
            "sort({a}, function(p, q) p < q)",
            "sublist({a}, 1, 1)",
            "remove({a}, 1)",
            "insert before({a}, 1, {b})",
            "index of({a}, {b})",
            "(for i in 1..3 return i * {b})",
            "(for i in {a}, j in [1, 2] return i + j)",
            "list replace({a}, 1, {b})",
            a=lists,
            b=_whole,
        ),
    )
)
_days_alone = st.sampled_from(_DATES).map(lambda day: f'@"{day}"')
dates: Texts = st.deferred(
    lambda: st.one_of(
        _days_alone,
        _any(
            "({a} + {d})",
            "({a} - {d})",
            a=dates,
            d=st.sampled_from(_MONTHS).map(lambda text: f'@"{text}"'),
        ),
        _any("({a} + {d})", a=dates, d=st.sampled_from(["P1D", "-P3D"]).map(lambda t: f'@"{t}"')),
        st.tuples(st.integers(1990, 2040), st.integers(1, 12), st.integers(1, 28)).map(
            lambda parts: "date({}, {}, {})".format(*parts)
        ),
    )
)
durations: Texts = st.one_of(
    st.sampled_from([*_DAYS, *_MONTHS]).map(lambda text: f'@"{text}"'),
    _any("({a} - {b})", a=dates, b=dates),
    _any("years and months duration({a}, {b})", a=dates, b=dates),
)
contexts: Texts = _any(
    "{{a: {a}, b: a + 1}}",
    'context put({{a: {a}}}, "b", {b})',
    "context merge([{{a: {a}}}, {{b: {b}}}])",
    'get value({{k: {a}}}, "k")',
    "get entries({{k: {a}}})",
    "people[age > {a}]",
    "people[name = {s}].age",
    a=numbers,
    b=numbers,
    s=strings,
)
expressions: Texts = st.one_of(numbers, booleans, strings, lists, dates, durations, contexts)
