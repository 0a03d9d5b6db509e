"""Decision models of every version come out the same; nothing of theirs is lost."""

from pathlib import Path

import msgspec
import pytest

from bpmn.dmn import dmn_metamodel, model, read_dmn
from bpmn.xml import BpmnSyntaxError, DocumentRefusedError

KIT = Path(__file__).resolve().parents[4] / "shared" / "models" / "dmn-tck"
NAMESPACES = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
]
TABLE = """
<definitions xmlns="{0}" xmlns:c="http://camunda.org/schema/1.0/dmn" id="d" name="D" namespace="n">
  <import name="other" namespace="m" importType="{0}" locationURI="other.dmn"/>
  <itemDefinition name="tAge" isCollection="false">
    <typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues>
  </itemDefinition>
  <inputData id="age" name="Age"><variable name="Age" typeRef="tAge"/></inputData>
  <decision id="price" name="Price" c:historyTimeToLive="7">
    <description>What a ticket costs</description>
    <variable name="Price" typeRef="number"/>
    <informationRequirement><requiredInput href="#age"/></informationRequirement>
    <decisionTable id="t" hitPolicy="RULE ORDER">
      <input id="i"><inputExpression typeRef="number"><text>Age</text></inputExpression></input>
      <output id="o" name="Price" typeRef="number"/>
      <annotation name="why"/>
      <rule id="r1">
        <inputEntry><text>&lt; 18</text></inputEntry>
        <outputEntry><text>5</text></outputEntry>
        <annotationEntry><text>children</text></annotationEntry>
      </rule>
    </decisionTable>
  </decision>
  <textAnnotation id="a"><text>remark</text></textAnnotation>
</definitions>"""


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_version_is_read_as_the_same_model(namespace: str) -> None:
    found = read_dmn(TABLE.format(namespace).encode())
    assert found.problems == ()
    age, price = found.drg_elements
    assert isinstance(age, model.InputData)
    assert isinstance(price, model.Decision)
    assert price.description == "What a ticket costs"
    assert price.foreign("http://camunda.org/schema/1.0/dmn", "historyTimeToLive") == "7"
    assert price.information_requirements[0].required_input.href == "#age"  # type: ignore[union-attr]
    table = price.expression
    assert isinstance(table, model.DecisionTable)
    assert table.hit_policy == "RULE ORDER"
    assert table.rules[0].line == 16
    assert table.rules[0].input_entries[0].text == "< 18"
    assert table.rules[0].annotation_entries[0].text == "children"
    assert found.imports[0].location_u_r_i == "other.dmn"
    assert found.item_definitions[0].allowed_values is not None


def test_boxed_expressions_keep_their_places() -> None:
    source = """
    <definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="D" namespace="n">
      <decision id="x" name="X">
        <conditional>
          <if><literalExpression><text>a</text></literalExpression></if>
          <then><context>
            <contextEntry><variable name="b"/><list>
              <literalExpression><text>1</text></literalExpression>
              <literalExpression><text>2</text></literalExpression>
            </list></contextEntry>
            <contextEntry><literalExpression><text>b</text></literalExpression></contextEntry>
          </context></then>
          <else><for iteratorVariable="i">
            <in><literalExpression><text>c</text></literalExpression></in>
            <return><literalExpression><text>i</text></literalExpression></return>
          </for></else>
        </conditional>
      </decision>
    </definitions>"""
    (decision,) = read_dmn(source.encode()).drg_elements
    box = decision.expression  # type: ignore[attr-defined]
    assert isinstance(box, model.Conditional)
    context = box.then.expression  # type: ignore[union-attr]
    assert isinstance(context, model.Context)
    assert [entry.variable and entry.variable.name for entry in context.entries] == ["b", None]
    loop = box.else_.expression  # type: ignore[union-attr]
    assert isinstance(loop, model.For)
    assert loop.iterator_variable == "i"


def test_what_is_no_decision_model_is_refused_with_its_line() -> None:
    with pytest.raises(BpmnSyntaxError, match="line 1: the document starts with 'definitions'"):
        read_dmn(b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>')
    with pytest.raises(DocumentRefusedError, match="DOCTYPE"):
        read_dmn(b'<!DOCTYPE a [<!ENTITY b "c">]><a/>')


def test_wrong_hit_policy_is_a_problem_with_its_line() -> None:
    source = TABLE.format(NAMESPACES[-1]).replace("RULE ORDER", "GUESS")
    (problem,) = read_dmn(source.encode()).problems
    assert problem.line == 12
    assert "'hitPolicy' of 't' is 'GUESS'" in problem.message


def test_no_class_of_the_model_keeps_the_abstract_tag() -> None:
    for cls in dmn_metamodel().classes:
        assert issubclass(cls, msgspec.Struct)
        assert dmn_metamodel().rules(cls).tag.startswith("{https://www.omg.org/spec/DMN/")


@pytest.mark.skipif(not KIT.is_dir(), reason="the test kit is not here")
def test_the_whole_kit_is_read_without_a_problem() -> None:
    files = sorted(KIT.glob("*/*/*.dmn"))
    assert files
    assert {file.name: read_dmn(file.read_bytes()).problems for file in files} == dict.fromkeys(
        (file.name for file in files), ()
    )
