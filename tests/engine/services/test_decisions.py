"""Decisions among deployed files: imports across files, versions, bindings, and what is odd."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import Actor, Engine, EvaluationQuery, NotFound
from tests.engine.decisions.kit import decision, document, inputs, needs, table, text
from tests.engine.services.house import Clock, deploy

IMPORT = (
    '<import name="L" namespace="lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
)
LINK = '<informationRequirement><requiredDecision href="lib#rate"/></informationRequirement>'


def library(rate: str) -> bytes:
    return document(decision("rate", text(rate)), "lib").encode()


MAIN = document(IMPORT + decision("price", text("L.rate * 100"), requirements=LINK)).encode()


def test_decisions_of_one_deployment_see_the_models_they_import(engine: Engine) -> None:
    engine.deploy({"main.dmn": MAIN, "lib.dmn": library("2")})
    assert engine.evaluate("price").output == 200
    assert engine.evaluate("rate").output == 2


def test_a_changed_import_makes_a_new_version_of_what_imports_it(engine: Engine) -> None:
    engine.deploy({"main.dmn": MAIN, "lib.dmn": library("2")})
    again = engine.deploy({"main.dmn": MAIN, "lib.dmn": library("3")})
    assert [(d.decision_id, d.version, d.is_new) for d in again.decisions] == [
        ("price", 2, True),
        ("rate", 2, True),
    ]
    assert engine.evaluate("price").output == 300
    assert engine.evaluate("price", version=1).output == 200


def test_what_only_looks_different_keeps_its_version(engine: Engine) -> None:
    engine.deploy({"lib.dmn": library("2")})
    spread = library("2").replace(b"><", b">\n  <")
    older = spread.replace(b"DMN/20230324/MODEL", b"DMN/20191111/MODEL")
    (same,) = engine.deploy({"lib.dmn": older}).decisions
    assert (same.version, same.is_new) == (1, False)
    assert engine.evaluate("rate").output == 2


def test_a_missing_import_is_a_warning(engine: Engine) -> None:
    (warning,) = {p.message for p in engine.check({"main.dmn": MAIN}) if "lib'" in p.message}
    assert "deploy it together" in warning


TAGGED = decision("rate", text("1")).replace(
    "<variable", '<extensionElements><z:versionTag value="v1"/></extensionElements><variable', 1
)
RULE = """<startEvent id='s'/><businessRuleTask id='r'><extensionElements>
<zeebe:calledDecision decisionId='rate' resultVariable='found' {}/></extensionElements>
</businessRuleTask><endEvent id='e'/>
s -> r -> e"""


@pytest.mark.parametrize(
    ("binding", "found"),
    [("", 3), ("bindingType='deployment'", 2), ("bindingType='versionTag' versionTag='v1'", 1)],
)
def test_a_task_binds_to_the_version_it_names(engine: Engine, binding: str, found: int) -> None:
    tagged = document(TAGGED, "lib").replace(
        "xmlns=", 'xmlns:z="http://camunda.org/schema/zeebe/1.0" xmlns='
    )
    engine.deploy({"lib.dmn": tagged.encode()})
    engine.deploy({"lib.dmn": library("2")})
    deploy(engine, RULE.format(binding))
    engine.deploy({"lib.dmn": library("3")})
    assert (engine.start("p").variables or {})["found"] == found
    assert [d.version_tag for d in engine.decisions().items] == [None]


def test_tables_and_names_are_checked_at_deployment(engine: Engine) -> None:
    body = (
        inputs(a="number")
        + decision("y", text("1"))
        + decision("x", table(["< 5 => y", "< 3 => b"]), requirements=needs("a"))
    )
    problems = engine.check({"d.dmn": document(body).encode()})
    assert {p.severity for p in problems} == {"warning"}
    assert all(p.rule == "decision" and p.file == "d.dmn" and p.line for p in problems)
    said = "\n".join(p.message for p in problems)
    assert "rules 1 and 2 can match together" in said
    assert "no rule matches for a 5" in said
    assert "'x' uses 'y' without requiring it; add the information requirement" in said
    assert "'x' uses 'b', which is no input, decision or function" in said
    assert engine.deploy({"d.dmn": document(body).encode()}).warnings == problems


def test_evaluations_are_written_down(engine: Engine) -> None:
    body = table(["< 5 => 1", ">= 5 => 2"])
    model = document(inputs(a="number") + decision("rate", body, requirements=needs("a")))
    engine.deploy({"d.dmn": model.encode()})
    deploy(engine, RULE.format(""))
    started = engine.start("p", {"a": 7, "other": "unread"})
    asked = engine.evaluate("rate", {"a": 3}, by=Actor("ana"))
    assert engine.evaluate("rate", {"a": 4}, is_kept=False).id is None
    found = engine.evaluations(EvaluationQuery(decision_id="rate")).items
    assert sorted((e.by or "", e.instance, e.element, e.output) for e in found) == [
        ("", started.id, "r", 2),
        ("ana", None, None, 1),
    ]
    (own,) = engine.evaluations(EvaluationQuery(instance=started.id)).items
    assert (own.inputs, own.version, own.warnings) == ({"a": 7}, 1, [])
    assert [(t.decision, t.inputs, t.matched, t.outputs) for t in own.tables] == [
        ("rate", [7], ["r2"], [2])
    ]
    (fact,) = [e for e in engine.history(started.id).items if e.kind == "evaluated"]
    assert (fact.detail["inputs"], fact.detail["version"]) == ({"a": 7}, 1)
    assert asked.id is not None
    assert engine.evaluation(asked.id).inputs == {"a": 3}
    assert engine.evaluations(EvaluationQuery(element="r")).total == 1
    with pytest.raises(NotFound):
        engine.evaluation(asked.id + 1)


def test_evaluations_of_an_instance_leave_with_it(engine: Engine, clock: Clock) -> None:
    engine.deploy({"lib.dmn": library("2")})
    deploy(engine, RULE.format(""))
    engine.start("p")
    engine.evaluate("rate")
    clock.advance(days=1)
    assert engine.purge(clock()) == 1
    assert engine.evaluations().total == 0


@pytest.mark.parametrize(
    ("expression", "output"),
    [
        ("[1..5]", "[1..5]"),
        ("{f: function(a) a, n: 1.50}", {"f": "function(a)", "n": Decimal("1.5")}),
    ],
)
def test_what_json_has_no_word_for_is_told_as_feel_prints_it(
    engine: Engine, expression: str, output: object
) -> None:
    engine.deploy({"d.dmn": document(decision("x", text(expression))).encode()})
    found = engine.evaluate("x")
    assert str(found.output) == str(output) or found.output == output
    assert found.id is not None
    assert engine.evaluation(found.id).output == found.output


def test_a_tag_or_a_version_chooses_what_is_evaluated(engine: Engine) -> None:
    tagged = document(TAGGED, "lib").replace(
        "xmlns=", 'xmlns:z="http://camunda.org/schema/zeebe/1.0" xmlns='
    )
    engine.deploy({"lib.dmn": tagged.encode()})
    engine.deploy({"lib.dmn": library("2")})
    assert engine.evaluate("rate", version_tag="v1").output == 1
    assert engine.evaluate("rate", version=1).decision.version_tag == "v1"
    assert engine.evaluate("rate").output == 2
    with pytest.raises(NotFound):
        engine.evaluate("rate", version_tag="v2")
