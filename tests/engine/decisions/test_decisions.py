"""Requirement graphs, knowledge models, services, imports and types (DMN 1.5 §6, §7, §10.4)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from threading import Thread

import pytest

from bpmn.dmn import read_dmn
from engine.decisions import Decisions, UnknownDecisionError
from engine.expressions.feel import FeelLimitError, Limits
from tests.engine.decisions.kit import (
    compiled,
    decision,
    document,
    evaluated,
    inputs,
    needs,
    table,
    text,
)

FEE = (
    '<businessKnowledgeModel id="fee" name="fee"><variable name="fee" typeRef="number"/>'
    "<encapsulatedLogic>"
    '<formalParameter name="base" typeRef="number"/><formalParameter name="rate" typeRef="number"/>'
    f"{text('base * rate')}</encapsulatedLogic></businessKnowledgeModel>"
)


def test_decision_gets_what_it_requires() -> None:
    model = (
        inputs(a="number")
        + decision("b", text("a + 1"), requirements=needs("a"))
        + decision("c", text("a * 10"), requirements=needs("a"))
        + decision("x", text("b + c"), requirements=needs("b", "c", kind="Decision"))
    )
    assert evaluated(model, a=1).value == 12


def test_table_may_use_variables_that_nobody_declared() -> None:
    assert evaluated(decision("x", table(["> 1 => b"])), a=2, b="yes").value == "yes"


def test_decision_is_found_by_id_or_name_and_unknown_ones_are_refused() -> None:
    decisions = compiled(decision("x", text("1")))
    assert decisions.evaluate("x", {}).value == 1
    with pytest.raises(UnknownDecisionError, match="there is no decision 'y'; known are x"):
        decisions.evaluate("y", {})


def test_chain_of_a_thousand_decisions_needs_no_recursion() -> None:
    model = decision("d0", text("1")) + "".join(
        decision(f"d{n}", text(f"d{n - 1} + 1"), requirements=needs(f"d{n - 1}", kind="Decision"))
        for n in range(1, 1000)
    )
    assert evaluated(model, "d999").value == 1000


def test_circle_is_a_problem_not_a_loop() -> None:
    decisions = compiled(
        decision("x", text("y"), requirements=needs("y", kind="Decision"))
        + decision("y", text("x"), requirements=needs("x", kind="Decision"))
    )
    assert [problem.message for problem in decisions.problems] == [
        "decision 'x' requires itself; take out one requirement",
        "decision 'y' requires itself; take out one requirement",
    ]
    assert decisions.evaluate("x", {}).value is None


def test_reference_to_nothing_is_a_problem() -> None:
    decisions = compiled(decision("x", text("1"), requirements=needs("gone")))
    assert [p.message for p in decisions.problems] == ["'x' requires '#gone', which does not exist"]


def test_knowledge_model_is_a_function() -> None:
    call = decision("x", text("fee(100, 0.2)"), requirements=needs("fee", kind="Knowledge"))
    assert evaluated(FEE + call).value == 20
    boxed = (
        f"<invocation>{text('fee')}"
        f'<binding><parameter name="rate"/>{text("0.5")}</binding>'
        f'<binding><parameter name="base"/>{text("10")}</binding></invocation>'
    )
    assert (
        evaluated(FEE + decision("x", boxed, requirements=needs("fee", kind="Knowledge"))).value
        == 5
    )
    assert compiled(FEE).evaluate("fee", {"base": 2, "rate": 3}).value == 6


def test_knowledge_model_may_call_itself_and_others() -> None:
    model = (
        '<businessKnowledgeModel id="down" name="down"><encapsulatedLogic>'
        f'<formalParameter name="n"/>{text("if n <= 0 then 0 else 1 + down(n - 1)")}'
        f"</encapsulatedLogic>{needs('down', kind='Knowledge')}</businessKnowledgeModel>"
        + decision("x", text("down(20)"), requirements=needs("down", kind="Knowledge"))
    )
    assert evaluated(model).value == 20


def service(outputs: str) -> str:
    return (
        inputs(a="number", b="number")
        + decision("sum", text("a + b"), requirements=needs("a", "b"))
        + decision("x", text("sum * 2"), requirements=needs("sum", kind="Decision"))
        + f'<decisionService id="s" name="s">{outputs}'
        '<encapsulatedDecision href="#sum"/><inputData href="#a"/><inputData href="#b"/>'
        "</decisionService>"
    )


def test_service_is_evaluated_and_called() -> None:
    one = service('<outputDecision href="#x"/>')
    assert evaluated(one, "s", a=1, b=2).value == 6
    call = decision("y", text("s(3, 4)"), requirements=needs("s", kind="Knowledge"))
    assert evaluated(one + call, "y").value == 14
    two = service('<outputDecision href="#x"/><outputDecision href="#sum"/>')
    assert evaluated(two, "s", a=1, b=2).value == {"x": 6, "sum": 3}


def test_service_takes_the_results_of_its_input_decisions() -> None:
    model = (
        decision("given", text("1"))
        + decision("x", text("given + 1"), requirements=needs("given", kind="Decision"))
        + '<decisionService id="s" name="s"><outputDecision href="#x"/>'
        '<inputDecision href="#given"/></decisionService>'
    )
    assert evaluated(model, "s", given=10).value == 11
    assert evaluated(model, "s").value == 2


def test_imported_elements_are_entries_of_the_import() -> None:
    first = document(
        '<import name="lib" namespace="lib"'
        ' importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
        + decision(
            "x",
            text("lib.fee(lib.base, 2) + lib.tax rate"),
            requirements='<informationRequirement><requiredDecision href="lib#base"/>'
            "</informationRequirement><informationRequirement>"
            '<requiredDecision href="lib#rate"/></informationRequirement>'
            '<knowledgeRequirement><requiredKnowledge href="lib#fee"/></knowledgeRequirement>',
        )
    )
    rate = f'<decision id="rate" name="tax rate">{text("1")}</decision>'
    lib = document(FEE + rate + decision("base", text("50")), "lib")
    assert compiled(first, lib).evaluate("x", {}).value == 101
    assert compiled(lib, first).evaluate("x", {}).value == 101
    alone = compiled(first)
    assert "model 'lib' is not there; deploy it together" in alone.problems[0].message


TYPES = (
    '<itemDefinition name="tColour"><typeRef>string</typeRef>'
    '<allowedValues><text>"red", "blue"</text></allowedValues></itemDefinition>'
    '<itemDefinition name="tColours" isCollection="true">'
    "<typeRef>tColour</typeRef></itemDefinition>"
    '<itemDefinition name="tCar">'
    '<itemComponent name="colour"><typeRef>tColour</typeRef></itemComponent>'
    '<itemComponent name="top-speed"><typeRef>number</typeRef></itemComponent></itemDefinition>'
)


@pytest.mark.parametrize(
    ("type", "expression", "expected"),
    [
        ("number", "[5]", 5),
        ("number", '"5"', None),
        ("tColour", '"red"', "red"),
        ("tColour", '"green"', None),
        ("tColours", '["red", "blue"]', ["red", "blue"]),
        ("tColours", '"red"', ["red"]),
        ("tColours", '["red", "green"]', None),
        ("tCar", '{colour: "red", top-speed: 200}', {"colour": "red", "top-speed": 200}),
        ("tCar", '{colour: "green", top-speed: 200}', None),
        ("tCar", '{colour: "red"}', None),
        ("date and time", '@"2030-01-31"', datetime(2030, 1, 31, tzinfo=UTC)),
        ("Any", "5", 5),
        ("feel:number", "5", 5),
    ],
)
def test_results_take_on_their_declared_type(type: str, expression: str, expected: object) -> None:
    assert evaluated(TYPES + decision("x", text(expression), type)).value == expected


def test_components_with_odd_names_can_be_reached() -> None:
    model = (
        TYPES
        + inputs(car="tCar")
        + decision("x", text("car.top-speed - 1"), requirements=needs("car"))
    )
    assert evaluated(model, car={"colour": "red", "top-speed": 200}).value == 199


def test_input_of_the_wrong_type_is_null_with_a_warning() -> None:
    model = inputs(a="number") + decision("x", text("a"), requirements=needs("a"))
    found = evaluated(model, a="5")
    assert found.value is None
    assert found.warnings == ("input 'a' is a string, which does not conform to its declared type",)


def test_unknown_type_is_a_problem() -> None:
    (problem,) = compiled(decision("x", text("1"), "tNobody")).problems
    assert problem.message == "there is no type 'tNobody'; define it or correct its name"


def test_boxed_expressions() -> None:
    def box(body: str) -> object:
        return evaluated(decision("x", body), items=[1, 2, 3, 4]).value

    assert (
        box(
            f'<context><contextEntry><variable name="a"/>{text("2")}</contextEntry>'
            f'<contextEntry><variable name="b c"/>{text("a * 2")}</contextEntry>'
            f"<contextEntry>{text('b c + a')}</contextEntry></context>"
        )
        == 6
    )
    assert box(
        f'<relation><column name="n"/><column name="v"/><row>{text("1")}{text("2")}</row>'
        f"<row>{text('3')}{text('4')}</row></relation>"
    ) == [{"n": 1, "v": 2}, {"n": 3, "v": 4}]
    assert box(f"<list>{text('1')}{text('items[2]')}</list>") == [1, 2]
    assert box(f"<filter><in>{text('items')}</in><match>{text('item > 2')}</match></filter>") == [
        3,
        4,
    ]
    assert box(
        f'<for iteratorVariable="i"><in>{text("items")}</in>'
        f"<return>{text('i * count(partial)')}</return></for>"
    ) == [0, 2, 6, 12]
    quantified = (
        f'iteratorVariable="i"><in>{text("items")}</in><satisfies>{text("i > 3")}</satisfies>'
    )
    assert box(f"<some {quantified}</some>") is True
    assert box(f"<every {quantified}</every>") is False
    assert (
        box(
            f"<conditional><if>{text('count(items) > 3')}</if><then>{text('1')}</then>"
            f"<else>{text('2')}</else></conditional>"
        )
        == 1
    )


def test_boxed_function_keeps_its_surroundings() -> None:
    body = (
        f'<context><contextEntry><variable name="rate"/>{text("3")}</contextEntry>'
        '<contextEntry><variable name="f"/><functionDefinition>'
        f'<formalParameter name="n"/>{text("n * rate")}</functionDefinition></contextEntry>'
        f"<contextEntry>{text('f(2)')}</contextEntry></context>"
    )
    assert evaluated(decision("x", body)).value == 6


def test_clock_randomness_and_budget_come_from_outside() -> None:
    decisions = compiled(
        decision("x", text("today()"))
        + decision("y", text("uuid()"))
        + decision("z", text("for i in 1..1000 return i"))
    )
    assert decisions.evaluate("x", {}, now=datetime(2030, 1, 31, tzinfo=UTC)).value == date(
        2030, 1, 31
    )
    assert decisions.evaluate("y", {}, random=Random(1)).value is not None
    with pytest.raises(FeelLimitError):
        decisions.evaluate("z", {}, limits=Limits(steps=100))


def test_threads_share_compiled_decisions() -> None:
    model = FEE + decision(
        "x",
        text("for i in 1..50 return fee(i, a)"),
        requirements=needs("fee", kind="Knowledge"),
    )
    decisions: Decisions = compiled(model)
    found: dict[int, object] = {}

    def work(a: int) -> None:
        found[a] = decisions.evaluate("x", {"a": a}).value

    threads = [Thread(target=work, args=(a,)) for a in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {a: [i * a for i in range(1, 51)] for a in range(8)}


def test_numbers_are_exact() -> None:
    assert evaluated(decision("x", text("a * 3")), a=0.1).value == Decimal("0.3")


def java(owner: str, signature: str, *parameters: str) -> str:
    formal = "".join(f'<formalParameter name="{name}"/>' for name in parameters)
    quoted = text(f'{{java: {{class: "{owner}", method signature: "{signature}"}}}}')
    return (
        '<businessKnowledgeModel id="f" name="f">'
        f'<encapsulatedLogic kind="Java">{formal}{quoted}</encapsulatedLogic>'
        "</businessKnowledgeModel>"
    )


def test_java_methods_are_answered_by_python() -> None:
    call = decision("x", text("f(2, 3)"), requirements=needs("f", kind="Knowledge"))
    assert evaluated(java("java.lang.Math", "max(int,int)", "a", "b") + call).value == 3
    source = document(java("com.example.Rates", "of(double, int)", "a", "b") + call)
    unknown = compiled(source).evaluate("x", {})
    assert unknown.value is None
    known = Decisions(
        read_dmn(source.encode()), externals={"com.example.Rates.of": lambda a, b: a * b}
    )
    assert known.evaluate("x", {}).value == 6


IMPORT = (
    '<import name="{}" namespace="{}" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
)


def imported(id: str, kind: str = "Input", namespace: str = "lib") -> str:
    link = f'<required{kind} href="{namespace}#{id}"/>'
    return f"<informationRequirement>{link}</informationRequirement>"


def test_import_without_a_name_puts_its_elements_directly_into_scope() -> None:
    first = document(
        IMPORT.format("", "lib")
        + IMPORT.format("", "types")
        + decision("x", text("rate * 2"), "tSmall", imported("rate", "Decision"))
    )
    lib = document(decision("rate", text("3")), "lib")
    small = '<itemDefinition name="tSmall"><typeRef>number</typeRef></itemDefinition>'
    decisions = compiled(first, lib, document(small, "types"))
    assert decisions.problems == ()
    assert decisions.evaluate("x", {}).value == 6


@pytest.mark.parametrize(
    "variables", [{"lib": {"who": "Ann"}}, {"lib.who": "Ann"}, {"who": "Ann"}], ids=str
)
def test_inputs_of_imported_models(variables: dict[str, object]) -> None:
    first = document(
        IMPORT.format("lib", "lib") + decision("x", text("lib.who"), requirements=imported("who"))
    )
    assert (
        compiled(first, document(inputs(who="string"), "lib")).evaluate("x", variables).value
        == "Ann"
    )


def test_history_gets_plain_data() -> None:
    model = decision("x", table(['- => @"P1D"'], policy="FIRST"))
    found = evaluated(model, a=date(2030, 1, 31))
    assert found.evaluated() == [
        {
            "decision": "x",
            "table": "t",
            "inputs": ["2030-01-31"],
            "matched": ["r1"],
            "outputs": ["P1D"],
        }
    ]


def test_models_of_one_namespace_do_not_get_in_each_others_way() -> None:
    decisions = compiled(decision("x", text("1")), decision("y", text("2")))
    assert [decisions.evaluate(id, {}).value for id in ("x", "y")] == [1, 2]
