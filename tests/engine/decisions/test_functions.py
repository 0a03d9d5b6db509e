"""Functions of a model and their types: knowledge models, services, Java, function items."""

from __future__ import annotations

import pytest

from tests.engine.decisions.kit import (
    compiled,
    decision,
    document,
    evaluated,
    inputs,
    needs,
    text,
)

IMPORT = (
    '<import name="{}" namespace="{}" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
)


def boxed_java(owner: str, signature: str) -> str:
    entries = "".join(
        f'<contextEntry><variable name="{name}"/>{text(value)}</contextEntry>'
        for name, value in (("class", f'"{owner}"'), ("method signature", f'"{signature}"'))
    )
    return f"<context>{entries}</context>"


def test_boxed_java_function_is_a_context_of_class_and_method() -> None:
    model = (
        '<businessKnowledgeModel id="f" name="f"><encapsulatedLogic kind="{}">'
        '<formalParameter name="a" typeRef="number"/>{}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )
    call = decision("x", text("f(0)"), requirements=needs("f", kind="Knowledge"))
    body = boxed_java("java.lang.Math", "cos(double)")
    assert evaluated(model.format("Java", body) + call).value == 1
    assert evaluated(model.format("PMML", text("1")) + call).value is None


FUNCTION_TYPE = (
    '<itemDefinition name="sum of two"><functionItem outputTypeRef="number">'
    '<parameters name="a" typeRef="number"/><parameters name="b" typeRef="number"/>'
    "</functionItem></itemDefinition>"
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("(function(a: number, b: number) a + b)", True),
        ("(function(a, b) a)", True),
        ("(function(a) a)", False),
        ("1", False),
    ],
)
def test_function_item_is_a_type(expression: str, expected: bool) -> None:
    body = FUNCTION_TYPE + decision("f", text(expression), "sum of two")
    body += decision("x", text("f != null"), requirements=needs("f", kind="Decision"))
    assert evaluated(body).value is expected


def test_service_may_be_declared_as_its_function() -> None:
    body = (
        FUNCTION_TYPE
        + inputs(a="number", b="number")
        + decision("y", text("a + b"), "number", needs("a", "b"))
        + '<decisionService id="s" name="s"><variable name="s" typeRef="sum of two"/>'
        '<outputDecision href="#y"/><inputData href="#a"/><inputData href="#b"/></decisionService>'
        + decision("x", text("s(1, 2)"), "number", needs("s", kind="Knowledge"))
    )
    assert evaluated(body).value == 3


def test_knowledge_model_has_the_type_of_its_parameters_and_result() -> None:
    model = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f" typeRef="number"/>'
        '<encapsulatedLogic><formalParameter name="a" typeRef="number"/>'
        f"{text('a')}</encapsulatedLogic></businessKnowledgeModel>"
    )
    for type, expected in (("number> -> number", True), ("number> -> string", False)):
        test = text(f"f instance of function<{type}")
        call = decision("x", test, requirements=needs("f", kind="Knowledge"))
        assert evaluated(model + call).value is expected


def test_imported_type_is_known_without_types_of_ones_own() -> None:
    own = IMPORT.format("L", "lib") + decision("x", text("5 instance of L.small"))
    small = '<itemDefinition name="small"><typeRef>number</typeRef></itemDefinition>'
    assert compiled(own, document(small, "lib")).evaluate("x", {}).value is True
