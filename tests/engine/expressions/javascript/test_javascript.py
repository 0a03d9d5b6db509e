"""JavaScript (`engine.expressions.javascript`)."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import isodate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.dialects import Code
from engine.errors import BpmnError
from engine.expressions import ExpressionError, compile_code
from engine.expressions.execution import Execution
from engine.expressions.javascript import Limits, compile_javascript, workers
from engine.values import normalise

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
TIGHT = Limits(seconds=0.1, memory=16 * 1024 * 1024)


def run(text: str, variables: Mapping[str, Any] | None = None) -> Any:
    return compile_javascript(text).run(variables or {}, now=NOW)


def value(text: str, variables: Mapping[str, Any] | None = None) -> Any:
    return compile_javascript(text).evaluate(variables or {}, now=NOW)


def refused(text: str, variables: Mapping[str, Any] | None = None) -> str:
    with pytest.raises(ExpressionError) as error:
        compile_javascript(text, TIGHT).run(variables or {}, now=NOW)
    return str(error.value)


# Values in and out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 1", 2),
        ("'a' + 1", "a1"),
        ("7 / 2", Decimal("3.5")),
        ("0.1 + 0.2", Decimal("0.30000000000000004")),
        ("1e21", 10**21),
        ("2 ** 53", 2**53),
        ("123456789012345678901234567890n", 123456789012345678901234567890),
        ("true", True),
        ("null", None),
        ("undefined", None),
        ("", None),
        ("[1, 'a', null, undefined, [true]]", [1, "a", None, None, [True]]),
        ("({a: {b: [1]}, f() {}, s: Symbol('x'), u: undefined})", {"a": {"b": [1]}}),
        ("({$type: 'date', value: 'x'})", {"$type": "date", "value": "x"}),
        ("new Date('2026-01-02T03:04:05.678Z')", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
        ("new Set([1, 2, 1])", [1, 2]),
        ("new Map([['a', 1]])", {"a": 1}),
        ("new Uint8Array([1, 2])", [1, 2]),
        ("new Number(4)", 4),
        ("(() => 1)", None),
        ("var x = 1", None),
        ("var x = 1; x + 1", 2),
        ("let y = [3, 1, 2]; y.sort()", [1, 2, 3]),
        ("function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } f(15)", 610),
        ("class A { constructor() { this.x = 1 } get y() { return 2 } } new A()", {"x": 1}),
        ("'Ünïcödé 👍'.length", 10),
        ("'👍'", "👍"),
        ("`${[1, [2]]}`", "1,2"),
    ],
)
def test_value_of_the_last_statement(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("given", "text", "expected"),
    [
        (5, "v + 1", 6),
        (10**20, "v + 1n", 10**20 + 1),
        (-(2**53), "typeof v", "number"),
        (2**53 + 1, "typeof v", "bigint"),
        (Decimal("1.25"), "v * 2", Decimal("2.5")),
        ("text", "v.toUpperCase()", "TEXT"),
        (None, "v === null", True),
        ([1, {"a": 2}], "v[1].a", 2),
        ({"$type": "x", "a": 1}, "v.$type + v.a", "x1"),
        (NOW, "v.getTime()", 1772368200000),
        (NOW, "v", NOW),
        (date(2026, 2, 1), "v", "2026-02-01"),
        (time(8, 30), "v", "08:30:00"),
        (timedelta(hours=36), "v", "P1DT12H"),
        (isodate.Duration(months=2), "v", "P2M"),
    ],
)
def test_variables_are_plain_values(given: Any, text: str, expected: Any) -> None:
    assert value(text, {"v": given}) == expected


def test_date_and_time_of_a_zone_keeps_its_moment() -> None:
    berlin = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert value("v", {"v": berlin}) == berlin.astimezone(UTC)


def test_variables_may_have_any_name() -> None:
    names = {"__proto__": 1, "constructor": 2, "length": 3, "ü": 4, "with-dash": 5, "Date": 6}
    assert value("length + ü + Date + globalThis['with-dash']", names) == 18
    assert value("execution.getVariable('__proto__')", names) == 1
    assert value("execution.getVariables().constructor", names) == 2


def test_variables_of_the_engine_are_not_changed() -> None:
    given = {"list": [1], "document": {"a": 1}}
    value("list.push(2); document.a = 2; list = null", given)
    assert given == {"list": [1], "document": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 / 0", "the result is NaN"),
        ("({a: [1 / 0]})", "the result.a[0] is Infinity"),
        ("var a = {}; a.a = a", "the result.a contains itself"),
        ("new Date('x')", "the result is an invalid date"),
        ("Symbol('x')", "the result is a symbol"),
        ("'\\0'", "NUL"),
        ("'\\ud800'", "no data that can be kept"),
        ("'x'.repeat(2000000)", "more than the 1,000,000"),
    ],
)
def test_what_is_no_data_is_refused(text: str, message: str) -> None:
    assert message in refused(text)


# What a script finds


def test_execution_reads_and_sets_variables() -> None:
    outcome = run(
        "execution.setVariable('a', execution.getVariable('a') + 1);"
        "execution.setVariable('a', execution.getVariable('a') + 1);"
        "execution.setVariableLocal('b', {c: 1});"
        "[execution.hasVariable('a'), execution.hasVariable('z'), execution.getVariable('z')]",
        {"a": 1},
    )
    assert outcome.value == [True, False, None]
    assert outcome.assigned == {"a": 3}
    assert outcome.assigned_locally == {"b": {"c": 1}}


def test_execution_of_the_engine_gets_what_is_set() -> None:
    execution = Execution(facts={"processInstanceId": "7"}, task={"name": "Approve"})
    text = "execution.setVariable('a', execution.getProcessInstanceId() + task.name)"
    value(text, {"execution": execution})
    assert execution.assigned == {"a": "7Approve"}


def test_nothing_is_set_where_nothing_can_be() -> None:
    with pytest.raises(ExpressionError, match="no variable can be set here"):
        value("execution.setVariable('a', 1)")


def test_globals_that_are_made_or_changed_are_told() -> None:
    outcome = run(
        "total = 5; var made = [1]; let inner = 2; same = same; old.push(2); function f() {}"
        " circle = {}; circle.self = circle; 1",
        {"same": "x", "old": [1], "untouched": 1},
    )
    assert outcome.globals == {"total": 5, "made": [1], "old": [1, 2]}


def test_script_may_throw_a_business_error() -> None:
    with pytest.raises(BpmnError) as error:
        value("if (total > 3) throw new BpmnError('TooMuch', 'more than 3')", {"total": 4})
    assert (error.value.code, error.value.message) == ("TooMuch", "more than 3")


def test_time_and_chance_come_from_the_engine() -> None:
    assert value("new Date()") == value("new Date(Date.now())") == NOW
    assert value("[new Date() instanceof Date, Date.UTC(1970, 0, 2)]") == [True, 86400000]
    draw = "[Math.random(), Math.random()]"
    assert value(draw) == value(draw)
    assert len(set(value(draw))) == 2
    assert value("a + Math.random()", {"a": 1}) != value("a + Math.random()", {"a": 2})
    with pytest.raises(ExpressionError, match="there is no clock here"):
        compile_javascript("new Date()").run({})


def test_nothing_is_left_for_the_next_evaluation() -> None:
    value("leak = 1; Array.prototype.leak = 2; Object.prototype.toString = null; 1")
    assert value("[typeof leak, [].leak, String({})]") == ["undefined", None, "[object Object]"]


def test_threads_evaluate_the_same_script() -> None:
    script = compile_javascript("let s = 0; for (let i = 0; i < 1000; i++) s += n; s")
    found: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: script.evaluate({"n": n})}))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: 1000 * n for n in range(4)}


@pytest.mark.parametrize(
    "name",
    ["require", "process", "module", "std", "os", "fetch", "setTimeout", "WebAssembly", "Atomics",
     "performance", "importScripts", "XMLHttpRequest", "harness", "quickjs", "__python"],
)  # fmt: skip
def test_nothing_of_the_host_is_there(name: str) -> None:
    assert value(f"typeof {name}") == "undefined"


# Names


def test_names_are_all_that_may_be_variables() -> None:
    names = compile_javascript("a.b + execution.getVariable('c') + `${d}`").names
    assert {"a", "c", "d", "execution"} <= names


def test_only_variables_that_the_text_names_are_handed_over() -> None:
    given = {"a": 1, "b": Decimal("1e999")}
    assert value("a", given) == 1
    with pytest.raises(ExpressionError, match="too large a number"):
        value("b", given)


@pytest.mark.parametrize(
    "text",
    ["globalThis['ab']", "execution.getVariable('a' + 'b')", "this['a' + 'b']", "eval('a'+'b')"],
)
def test_variables_are_found_by_computed_names(text: str) -> None:
    assert value(text, {"ab": 1}) == 1


# What is refused, and where


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("let a = ;", "line 1, column 9: SyntaxError"),
        ("a +\n", "SyntaxError"),
        ("return 1", "SyntaxError: return not in a function"),
        ("import fs from 'fs'", "SyntaxError"),
        ("await 1", "SyntaxError"),
    ],
)
def test_syntax_is_checked_before_anything_runs(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        compile_javascript(text)
    assert message in str(error.value)


def test_compiling_runs_nothing() -> None:
    compile_javascript("while (true);", TIGHT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n  missing.x", "JavaScript, line 2, column 3: ReferenceError: missing is not defined"),
        ("function f() {\n null.x }\nf()", "line 3, column 1: TypeError: cannot read"),
        ("[1].map(x => x.y.z)", "line 1, column 8: TypeError"),
        ("throw new Error('out of stock')", "Error: out of stock"),
        ("throw 'words'", "JavaScript: words"),
        ("throw {}", "[object Object]"),
        ("java.util.Date()", "there is no Java here, so 'java' is not known"),
        ("new org.x.BpmnError('a')", "there is no Java here, so 'org' is not known"),
        ("function f() { return 1 + f() } f()", "Maximum call stack size exceeded"),
    ],
)
def test_errors_say_where_and_what(text: str, message: str) -> None:
    assert message in refused(text)


@pytest.mark.parametrize("language", ["groovy", "python"])
def test_other_languages_are_refused_with_the_way_out(language: str) -> None:
    with pytest.raises(
        ExpressionError, match="write it in JavaScript or FEEL, or make it a service"
    ):
        compile_code(Code(language, "1"))


def test_javascript_and_juel_are_compiled_by_their_names() -> None:
    assert compile_code(Code("javascript", "a + 1")).evaluate({"a": 1}) == 2
    assert compile_code(Code("juel", "${a + 1}")).evaluate({"a": 1}) == 2


# Limits


@pytest.mark.parametrize(
    "text",
    [
        "while (true);",
        "for (;;) [].push(1)",
        "/^(\\w+\\s?)*$/.test('a'.repeat(60) + '!')",
        "'a'.repeat(1e6).replace(/a*?b/g, '')",
        "const f = () => f.call(); try { f() } catch { while (true); }",
        "let n = 1n; while (true) n = (n * 3n) % (1n << 4000n)",
        "function* g() { while (true) yield 1 } for (const x of g());",
        "function* g() { while (true) yield 1 } new Set(g())",
        "[3, 2, 1].sort(() => { while (true); })",
        "JSON.stringify({toJSON() { while (true); }})",
        "({toString() { while (true); }}) + ''",
        "({get a() { while (true); }})",
        "throw {toString() { while (true); }}",
        "execution.setVariable('a', {get b() { while (true); }})",
    ],
)
def test_time_is_limited(text: str) -> None:
    assert "stopped after 0.1 seconds" in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "let a = []; while (true) a.push('x'.repeat(100000))",
        "'x'.repeat(1e9)",
        "new Array(1e6).fill('x'.repeat(1e3)).join()",
        "new Uint8Array(1e9)",
        "let s = 'x'; while (true) s += s",
        "[...Array(4294967295).keys()]",
    ],
)
def test_memory_is_limited(text: str) -> None:
    told = refused(text)
    assert any(words in told for words in ("memory", "Error", "stopped after"))


@pytest.mark.parametrize(
    "text",
    [
        "new Array(4294967295).sort()",
        "new Array(1e8).join('x')",
        "String(new Array(4294967295))",
        "Array.prototype.reverse.call({length: 9007199254740991})",
        "[].concat({length: 9007199254740991, [Symbol.isConcatSpreadable]: 1})",
        "[new Array(4294967295)].flat()",
        "[1].flatMap(() => new Array(4294967295))",
        "let a = [], i = a.values(); a.length = 4294967295; new Set(i)",
        "let a = [], i = a.keys(); a.length = 4294967295; new Map(i)",
        "let a = [], i = a.values(); a.length = 4294967295; i.drop(4e9).next()",
        "String.raw({raw: {length: 9007199254740991}})",
        "'a'.repeat(4e6).indexOf('a'.repeat(2e6) + 'b')",
        "'a'.repeat(4e6).split('a'.repeat(2e6) + 'b')",
        "'a'.repeat(4e6).replaceAll({toString() { return 'a'.repeat(2e6) + 'b' }}, '')",
        "let b = 1n << 200000n; new Array(1e5).fill(b).join()",
        "let b = 1n << 200000n; new Array(1e5).fill(b).sort()",
        "let b = 1n << 200000n; ''.concat(...new Array(6e4).fill(b))",
        "let b = 1n << 200000n; String.raw({raw: new Array(1e5).fill(b)})",
    ],
)  # fmt: skip
def test_loops_inside_native_code_are_stopped_too(text: str) -> None:
    told = refused(text)
    assert any(words in told for words in ("stopped after", "memory", "Error"))


def test_evaluation_goes_on_in_a_new_process_after_one_was_lost() -> None:
    hopeless = "Array.prototype.reverse.call({length: 9007199254740991})"
    for _ in range(3):
        assert "stopped after" in refused(hopeless)
    assert value("1 + 1") == 2


def test_process_that_fails_is_no_failure_of_ours() -> None:
    pool = workers._Pool()
    pool.ask({"text": "1", **vars(TIGHT)})
    worker = pool._places.get()
    while worker is None:
        worker = pool._places.get()
    worker._process.kill()
    worker._process.wait()
    with pytest.raises(workers._LostError) as lost:
        worker.ask({"text": "1", **vars(TIGHT)})
    assert lost.value.status == -9


def test_scripts_run_here_where_no_process_can_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for executable in ("/nowhere/python", "/bin/true"):
        monkeypatch.setattr(sys, "executable", executable)
        monkeypatch.setattr(workers, "_pool", workers._Pool())
        assert value("a + 1", {"a": 1}) == 2
        assert "stopped after" in refused("while (true);")
        assert "SyntaxError" in refused("let a = ;")


def test_idle_processes_end_with_the_pool() -> None:
    pool = workers._Pool()
    pool.ask({"text": "1", **vars(TIGHT)})
    processes = []
    for _ in range(workers._MOST):
        worker = pool._places.get()
        processes += [worker._process] if worker else []
        pool._places.put(worker)
    pool.close()
    assert [process.poll() is not None for process in processes] == [True]


def test_local_time_is_utc() -> None:
    assert value("new Date(2026, 0, 1).toISOString()") == "2026-01-01T00:00:00.000Z"


def test_script_cannot_undo_what_guards_it() -> None:
    text = """
        Array.isArray = () => true; Reflect.apply = null; Object.keys = () => [];
        Array.prototype.push = null; JSON.stringify = () => 'x'; Number.isFinite = () => true;
        Object.prototype.then = 1; Set.prototype.forEach = null; String = null;
        ({a: [1], b: new Date(0)})
    """
    assert value(text)["a"] == [1]


# Anything at all

_PIECES = [
    *"+-*/%<>!?:.,()[]{}&|='\"`\\$; \n",
    *("var ", "let ", "a", "b", "1", "2n", "'x'", "=>", "function ", "return ", "new ", "typeof "),
    *(
        "while(",
        "for(",
        "if(",
        "try{",
        "}catch{",
        "throw ",
        "null",
        "undefined",
        "this",
        "...",
        "==",
    ),
    *("execution", ".setVariable('x',", ".getVariable(", "Date", "Math.random()", "Array(9)"),
    *(".map(", ".sort()", ".join()", "JSON.stringify(", "Symbol()", "/a+/", "class A{", "#x"),
]
_QUICK = Limits(seconds=0.05, memory=8 * 1024 * 1024)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(_PIECES), max_size=20).map("".join) | st.text(max_size=40))
def test_any_text_gives_data_or_an_error_of_ours(text: str) -> None:
    try:
        outcome = compile_javascript(text, _QUICK).run({"a": 1, "b": [1, "x"]}, now=NOW)
    except (ExpressionError, BpmnError):
        return
    for found in (outcome.value, outcome.assigned, outcome.globals):
        normalise(found)


_DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=3)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text("ab_$protyeé", max_size=9), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60)
@given(_DATA)
def test_data_comes_back_as_it_went_in(data: Any) -> None:
    given = normalise(data)
    assert value("v", {"v": given}) == given
