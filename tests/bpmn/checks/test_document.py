"""The document as a whole, its extensions and its diagrams."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from bpmn.checks import check
from bpmn.model import Definitions, Process, SequenceFlow, StartEvent
from bpmn.model.base import Ref
from bpmn.reader import read
from tests.bpmn.checks.kit import Case, assert_pair, document, problems, rule_ids

_FLOW = "start -> a -> end"


def _diagram(line: str) -> str:
    return (
        '<process id="p" isExecutable="true"><startEvent id="s"/><task id="a"/><endEvent id="e"/>\n'
        "s -> a -> e\n</process>\n"
        '<bpmndi:BPMNDiagram id="di"><bpmndi:BPMNPlane id="pl" bpmnElement="p">\n'
        f'! {line}\n</bpmndi:BPMNPlane><bpmndi:BPMNLabelStyle id="style"><dc:Font name="x"/>'
        "</bpmndi:BPMNLabelStyle></bpmndi:BPMNDiagram>"
    )


_BOUNDS = '<dc:Bounds x="0" y="0" width="1" height="1"/>'
_POINTS = '<di:waypoint x="0" y="0"/><di:waypoint x="1" y="1"/>'


def _shape(element: str, bounds: str = _BOUNDS, more: str = "", inner: str = "") -> str:
    return f'<bpmndi:BPMNShape id="sh" bpmnElement="{element}"{more}>{bounds}{inner}</bpmndi:BPMNShape>'


def _edge(element: str, points: str = _POINTS, more: str = "") -> str:
    return f'<bpmndi:BPMNEdge id="ed" bpmnElement="{element}"{more}>{points}</bpmndi:BPMNEdge>'


DIAGRAMS = [
    Case("bpmn-shape-bpmn-element", _diagram(_shape("nowhere")), {"nowhere": "a"}, at="nowhere"),
    Case("bpmn-edge-bpmn-element", _diagram(_edge("nowhere")), {"nowhere": "s-a"}, at="nowhere"),
    Case(
        "bpmn-edge-source-element",
        _diagram(_edge("s-a", more=' sourceElement="nowhere"')),
        {"nowhere": "a"},
        at="s-a",
    ),
    Case(
        "bpmn-edge-target-element",
        _diagram(_edge("s-a", more=' targetElement="nowhere"')),
        {"nowhere": "a"},
        at="s-a",
    ),
    Case(
        "bpmn-label-label-style",
        _diagram(_shape("a", inner='<bpmndi:BPMNLabel id="la" labelStyle="nowhere"/>')),
        {"nowhere": "style"},
        at="sh",
    ),
    Case(
        "bpmn-plane-bpmn-element",
        '<process id="p" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>\ns -> e\n'
        '</process>\n<bpmndi:BPMNDiagram id="di">\n'
        '! <bpmndi:BPMNPlane id="pl" bpmnElement="nowhere"/>\n</bpmndi:BPMNDiagram>',
        {"nowhere": "p"},
    ),
    Case(
        "bpmn-shape-choreography-activity-shape",
        _diagram(_shape("a", more=' choreographyActivityShape="nowhere"')),
        {"nowhere": "sh"},
        at="a",
    ),
    Case(
        "diagram-without-plane",
        f'! <bpmndi:BPMNDiagram id="di"></bpmndi:BPMNDiagram>\n---\n{_FLOW}',
        {"></bpmndi:BPMNDiagram>": '><bpmndi:BPMNPlane bpmnElement="p"/></bpmndi:BPMNDiagram>'},
    ),
    Case(
        "plane-element",
        f'<bpmndi:BPMNDiagram>\n! <bpmndi:BPMNPlane id="pl" bpmnElement="a"/>\n</bpmndi:BPMNDiagram>\n---\n{_FLOW}',
        {'bpmnElement="a"': 'bpmnElement="p"'},
        at="pl",
    ),
    Case(
        "relationship-ends",
        f'! <relationship id="r" type="trace"><source>a</source></relationship>\n---\n{_FLOW}',
        {"</source>": "</source><target>p</target>"},
    ),
    Case("shape-without-bounds", _diagram(_shape("a", "")), {'"a">': f'"a">{_BOUNDS}'}, at="a"),
    Case(
        "shape-size",
        _diagram(_shape("a", _BOUNDS.replace('width="1"', 'width="-1"'))),
        {'"-1"': '"1"'},
        at="a",
    ),
    Case(
        "edge-waypoints",
        _diagram(_edge("s-a", '<di:waypoint x="0" y="0"/>')),
        {'<di:waypoint x="0" y="0"/>': _POINTS},
        at="s-a",
    ),
    Case(
        "shape-of-flow", _diagram(_shape("s-a")), {"s-a": "a"}, at="s-a", twin=_diagram(_shape("a"))
    )._replace(fix={}),
    Case("edge-of-node", _diagram(_edge("a")), {}, at="a", twin=_diagram(_edge("s-a"))),
    Case(
        "shape-twice",
        _diagram(_shape("a")).replace("! ", f"{_shape('a').replace('sh', 'sh1', 1)}\n! "),
        {},
        at="a",
        twin=_diagram(_shape("a")),
    ),
]

_KNOWN = "http://kapellmeister.dev/schema/1.0"

DOCUMENT = [
    Case(
        "id-missing",
        f'! <task name="nameless"/>\n{_FLOW}',
        {'<task name="nameless"/>': ""},
        at="p",
        also=("node-without-incoming", "node-without-outgoing"),
    ),
    Case(
        "sequence-flow-id-missing",
        '<endEvent id="end"/>\n! <sequenceFlow sourceRef="start" targetRef="end"/>',
        {"<sequenceFlow ": '<sequenceFlow id="f" '},
        at="p",
    ),
    Case("id-form", f'! <dataObject id="1st object"/>\n{_FLOW}', {"1st object": "first.object-1"}),
    Case(
        "import-not-followed",
        '! <import namespace="urn:x" location="x.bpmn" importType="urn:y"/>\n---\n' + _FLOW,
        {'<import namespace="urn:x" location="x.bpmn" importType="urn:y"/>': ""},
        at="import",
    ),
    Case(
        "extension-not-understood",
        f'! <extension mustUnderstand="true" definition="xsd:thing"/>\n---\n{_FLOW}',
        {"xsd:thing": "k:thing"},
        at="extension",
    ),
    Case(
        "extension-namespace",
        f'! <task id="a"><extensionElements><property/></extensionElements></task>\n{_FLOW}',
        {"<property/>": "<k:property/>"},
    ),
    Case(
        "text-format",
        f'! <textAnnotation id="t" textFormat="plain"><text>x</text></textAnnotation>\n{_FLOW}',
        {'"plain"': '"text/html"'},
    ),
]

CASES = [*DOCUMENT, *DIAGRAMS]
"""`target-namespace-missing` and those about vendors' extensions have documents of their own below."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


def test_target_namespace_missing() -> None:
    right = document(_FLOW)
    wrong = right.replace(b' targetNamespace="urn:test"', b"")
    assert [p.rule for p in check(read(wrong))] == ["target-namespace-missing"]
    assert check(read(right)) == []


def test_extension_refused() -> None:
    wrong = f'<callActivity id="a" calledElement="x" camunda:caseRef="y"/>\n{_FLOW}'
    found = [p for p in problems(wrong, engines=True) if p.rule == "extension-refused"]
    assert [(p.line, p.element, p.severity) for p in found] == [(2, "a", "error")]
    assert "'camunda:caseRef'" in found[0].message
    right = wrong.replace(' camunda:caseRef="y"', "")
    assert "extension-refused" not in rule_ids(right, engines=True)


def test_extension_ignored() -> None:
    wrong = (
        f'<userTask id="a" camunda:assignee="x"><extensionElements>\n<camunda:properties/>\n'
        f"</extensionElements></userTask>\n{_FLOW}"
    )
    found = [p for p in problems(wrong, engines=True) if p.rule == "extension-ignored"]
    assert [(p.line, p.element, p.severity) for p in found] == [(3, "a", "info")]
    right = wrong.replace("<camunda:properties/>", "")
    assert "extension-ignored" not in rule_ids(right, engines=True)


def test_what_reading_found_is_among_the_problems() -> None:
    text = f'<task id="a" startQuantity="few"/>\n<tusk id="b"/>\n{_FLOW}'
    found = [(p.rule, p.line, p.severity) for p in problems(text)]
    assert found == [("schema", 2, "error"), ("schema", 3, "error")]


def test_problems_come_in_the_order_of_lines_and_all_at_once() -> None:
    text = "\n".join(
        [
            '<task id="a" completionQuantity="0"/>',
            '<task id="b" startQuantity="0"/>',
            '<sequenceFlow id="f" sourceRef="a" targetRef="nowhere"/>',
            "start -> a -> b -> end",
        ]
    )
    assert [(p.rule, p.line) for p in problems(text)] == [
        ("completion-quantity", 2),
        ("start-quantity", 3),
        ("sequence-flow-target-ref", 4),
    ]


def test_definitions_built_in_code_are_checked() -> None:
    flow = SequenceFlow(id="f", source_ref=Ref("s"), target_ref=Ref("nowhere"))
    process = Process(id="p", is_executable=True, flow_elements=(StartEvent(id="s"), flow))
    found = check(Definitions(target_namespace="urn:x", root_elements=(process,)))
    assert {(p.rule, p.line) for p in found} >= {("sequence-flow-target-ref", 0)}


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ('<task id="b" colour="red"/>', "no attribute 'colour'"),
        ('<task id="b">by hand</task>', "text 'by hand'"),
        ('<task id="b"><k:job type="x"/></task>', "'job' of another vocabulary"),
        ('<task id="b"><incoming> </incoming></task>', "'incoming' of 'b' is empty"),
    ],
)
def test_what_the_schema_does_not_have_is_refused_in_what_executes(odd: str, said: str) -> None:
    text = f"{odd}\nstart -> b -> end"
    for severity, options in (
        ("error", {}),
        ("warning", {"executable": False}),
        ("warning", {"engines": True}),
    ):
        [found] = [p for p in problems(text, **options) if p.rule == "schema"]
        assert said in found.message
        assert found.severity == severity


def test_type_of_bpmn_that_there_is_not_is_refused() -> None:
    text = """
    <sequenceFlow id="f" sourceRef="a" targetRef="b"><conditionExpression xsi:type="tFormula">x</conditionExpression></sequenceFlow>
    start -> a -> end
    b -> end
    """
    assert "schema" in rule_ids(text, "error")
    assert "schema" not in rule_ids(text.replace("tFormula", "k:formula"))
