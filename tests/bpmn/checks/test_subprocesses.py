"""Sub-processes, compensation and lanes."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, rule_ids

_ERROR = '<error id="er" errorCode="E"/>\n---'
_CAUGHT = '<startEvent id="in"><errorEventDefinition errorRef="er"/></startEvent>'
_INSIDE = '<startEvent id="in"/><endEvent id="out"/>\nin -> out'
_UNDO = '<task id="undo" isForCompensation="true"/>'
_BOUNDARY = '<boundaryEvent id="c" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
_JOIN = '<association id="as" sourceRef="c" targetRef="undo" associationDirection="One"/>'

SUB_PROCESSES = [
    Case(
        "event-sub-process-start",
        f"""
        {_ERROR}
        ! <subProcess id="s" triggeredByEvent="true"><endEvent id="out"/>
        {_CAUGHT}<startEvent id="in2"><errorEventDefinition/></startEvent>
        in -> out
        in2 -> out
        </subProcess>
        start -> end
        """,
        {
            '<startEvent id="in2"><errorEventDefinition/></startEvent>': "",
            "in2 -> out": "",
        },
        also=("event-sub-process-twice",),
    ),
    Case(
        "event-sub-process-kind",
        f"""
        {_ERROR}
        ! <transaction id="s" triggeredByEvent="true"><endEvent id="out"/>
        {_CAUGHT}
        in -> out
        </transaction>
        start -> end
        """,
        {"transaction": "subProcess"},
    ),
    Case(
        "event-sub-process-loop",
        f"""
        {_ERROR}
        <subProcess id="s" triggeredByEvent="true"><endEvent id="out"/>
        {_CAUGHT}
        ! <standardLoopCharacteristics loopMaximum="3"/>
        in -> out
        </subProcess>
        start -> end
        """,
        {'<standardLoopCharacteristics loopMaximum="3"/>': ""},
        at="s",
    ),
    Case(
        "event-sub-process-compensation",
        f"""
        {_ERROR}
        ! <subProcess id="s" triggeredByEvent="true" isForCompensation="true"><endEvent id="out"/>
        {_CAUGHT}
        in -> out
        </subProcess>
        start -> end
        """,
        {' isForCompensation="true"': ""},
    ),
    Case(
        "sub-process-empty",
        """
        ! <subProcess id="s">
        </subProcess>
        start -> s -> end
        """,
        {"</subProcess>": f"{_INSIDE}\n</subProcess>"},
    ),
    Case(
        "sub-process-data",
        f"""
        <subProcess id="s">
        ! <ioSpecification><dataInput id="i"/><inputSet><dataInputRefs>i</dataInputRefs></inputSet><outputSet/></ioSpecification>
        {_INSIDE}
        </subProcess>
        start -> s -> end
        """,
        {'<dataInput id="i"/>': "", "<dataInputRefs>i</dataInputRefs>": ""},
        at="s",
    ),
    Case(
        "ad-hoc-start-event",
        """
        <adHocSubProcess id="s"><task id="a"/><task id="b"/>
        ! <startEvent id="in"/>
        in -> a
        </adHocSubProcess>
        start -> s -> end
        """,
        {'<startEvent id="in"/>': "", "in -> a": "b -> a"},
    ),
    Case(
        "ad-hoc-end-event",
        """
        <adHocSubProcess id="s"><task id="a"/><task id="b"/>
        ! <endEvent id="out"/>
        a -> out
        </adHocSubProcess>
        start -> s -> end
        """,
        {'<endEvent id="out"/>': "", "a -> out": "a -> b"},
    ),
    Case(
        "ad-hoc-without-activity",
        """
        ! <adHocSubProcess id="s">
        </adHocSubProcess>
        start -> s -> end
        """,
        {"</adHoc": '<task id="a"/></adHoc'},
    ),
    Case(
        "transaction-cancel-uncaught",
        """
        ! <transaction id="s"><startEvent id="in"/><endEvent id="out"><cancelEventDefinition/></endEvent>
        in -> out
        </transaction>
        start -> s -> end
        """,
        {
            "</transaction>": '</transaction><boundaryEvent id="b" attachedToRef="s">'
            "<cancelEventDefinition/></boundaryEvent>\nb -> end"
        },
    ),
    Case(
        "transaction-method",
        f"""
        ! <transaction id="s" method="somehow">
        {_INSIDE}
        </transaction>
        start -> s -> end
        """,
        {"somehow": "##Store"},
    ),
    Case(
        "choreography-activity-in-process",
        """
        <collaboration id="co"><participant id="u"/><participant id="v"/><messageFlow id="uv" sourceRef="u" targetRef="v"/></collaboration>
        ---
        ! <choreographyTask id="x" initiatingParticipantRef="u"><participantRef>u</participantRef><participantRef>v</participantRef><messageFlowRef>uv</messageFlowRef></choreographyTask>
        start -> x -> end
        """,
        {
            '<choreographyTask id="x" initiatingParticipantRef="u"><participantRef>u'
            "</participantRef><participantRef>v</participantRef><messageFlowRef>uv"
            "</messageFlowRef></choreographyTask>": '<task id="x"/>'
        },
    ),
    Case(
        "lane-node-elsewhere",
        """
        <process id="q" isExecutable="true"><startEvent id="qs"/><endEvent id="qe"/>
        qs -> qe
        </process>
        ---
        <laneSet>
        ! <lane id="l"><flowNodeRef>qs</flowNodeRef></lane>
        </laneSet>
        start -> end
        """,
        {">qs<": ">start<"},
    ),
    Case(
        "lane-node-twice",
        """
        <laneSet><lane id="l1"><flowNodeRef>start</flowNodeRef></lane>
        ! <lane id="l2"><flowNodeRef>end</flowNodeRef><flowNodeRef>start</flowNodeRef></lane>
        </laneSet>
        start -> end
        """,
        {"<flowNodeRef>end</flowNodeRef><flowNodeRef>start": "<flowNodeRef>end"},
    ),
]

COMPENSATION = [
    Case(
        "compensation-boundary-handler",
        f"""
        {_UNDO}
        ! {_BOUNDARY}
        <association id="as" sourceRef="c" targetRef="note"/>
        <textAnnotation id="note"/>
        start -> a -> end
        """,
        {'targetRef="note"': 'targetRef="undo"'},
    ),
    Case(
        "compensation-boundary-handlers",
        f"""
        {_UNDO}<task id="undo2" isForCompensation="true"/>
        ! {_BOUNDARY}
        {_JOIN}<association id="as2" sourceRef="c" targetRef="undo2"/>
        start -> a -> end
        """,
        {
            '<task id="undo2" isForCompensation="true"/>': '<textAnnotation id="undo2"/>',
        },
    ),
    Case(
        "compensation-handler-mark",
        f"""
        {_BOUNDARY}
        {_JOIN}
        ! <task id="undo"/>
        start -> a -> end
        """,
        {'<task id="undo"/>': _UNDO},
        also=("node-without-incoming", "node-without-outgoing"),
    ),
    Case(
        "compensation-handler-place",
        f"""
        <subProcess id="s">{_INSIDE}
        ! {_UNDO}
        </subProcess>
        {_BOUNDARY}
        {_JOIN}
        start -> a -> s -> end
        """,
        {_UNDO: "", "</subProcess>": f"</subProcess>{_UNDO}"},
    ),
    Case(
        "compensation-handler-unused",
        f"""
        ! {_UNDO}
        start -> a -> end
        """,
        {
            "start -> a -> end": f"{_BOUNDARY}{_JOIN}\nstart -> a -> end",
        },
    ),
    Case(
        "compensation-boundary-twice",
        f"""
        {_UNDO}<task id="undo2" isForCompensation="true"/>
        {_BOUNDARY}
        {_JOIN}
        ! <boundaryEvent id="c2" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <association id="as2" sourceRef="c2" targetRef="undo2"/>
        start -> a -> b -> end
        """,
        {'id="c2" attachedToRef="a"': 'id="c2" attachedToRef="b"'},
    ),
    Case(
        "compensation-activity-visible",
        f"""
        <subProcess id="s"><startEvent id="in"/>
        <endEvent id="out">
        ! <compensateEventDefinition activityRef="a"/>
        </endEvent>
        in -> b -> out
        {_UNDO}
        <boundaryEvent id="c" attachedToRef="b"><compensateEventDefinition/></boundaryEvent>
        {_JOIN}
        <task id="b"/></subProcess>
        <task id="undo2" isForCompensation="true"/>
        <boundaryEvent id="c2" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>
        <association id="as2" sourceRef="c2" targetRef="undo2"/>
        start -> a -> s -> end
        """,
        {'activityRef="a"': 'activityRef="b"'},
        at="out",
    ),
    Case(
        "compensation-activity-handler",
        f"""
        {_UNDO}
        {_BOUNDARY}
        {_JOIN}
        <endEvent id="end">
        ! <compensateEventDefinition activityRef="b"/>
        </endEvent>
        start -> a -> b -> end
        """,
        {'activityRef="b"': 'activityRef="a"'},
        at="end",
    ),
]

CASES = [*SUB_PROCESSES, *COMPENSATION]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_event_sub_process_has_one_start_event(count: int) -> None:
    starts = "".join(
        f'<startEvent id="s{n}"><timerEventDefinition><timeDuration>PT{n + 1}H</timeDuration>'
        f'</timerEventDefinition></startEvent><sequenceFlow id="f{n}" sourceRef="s{n}"'
        f' targetRef="out"/>'
        for n in range(count)
    )
    text = (
        f'<subProcess id="s" triggeredByEvent="true">{starts}<endEvent id="out"/></subProcess>\n'
        "start -> end"
    )
    assert ("event-sub-process-start" not in rule_ids(text)) == (count == 1)


def test_event_sub_process_may_compensate_what_is_beside_it() -> None:
    right = f"""
    {_ERROR}
    <subProcess id="s" triggeredByEvent="true">{_CAUGHT}
    <intermediateThrowEvent id="t"><compensateEventDefinition activityRef="a"/></intermediateThrowEvent>
    <endEvent id="out"/>
    in -> t -> out
    </subProcess>
    {_UNDO}
    {_BOUNDARY}
    {_JOIN}
    start -> a -> end
    """
    assert rule_ids(right) == set()


def test_association_may_point_either_way() -> None:
    right = f"""
    {_UNDO}
    {_BOUNDARY}
    <association id="as" sourceRef="undo" targetRef="c"/>
    start -> a -> end
    """
    assert rule_ids(right) == set()


@pytest.mark.parametrize(("kind", "is_right"), [("", False), (' triggeredByEvent="true"', True)])
def test_cancel_end_stands_in_the_transaction_itself(kind: str, is_right: bool) -> None:
    definition = '<errorEventDefinition errorRef="e"/>' if is_right else ""
    text = f"""
    <error id="e" errorCode="E"/>
    ---
    <transaction id="t"><startEvent id="in"/><endEvent id="out"/><subProcess id="s"{kind}><startEvent id="in2">{definition}</startEvent><endEvent id="out2"><cancelEventDefinition/></endEvent>
    in2 -> out2
    </subProcess>
    {"in -> out" if is_right else "in -> s -> out"}
    </transaction>
    <boundaryEvent id="b" attachedToRef="t"><cancelEventDefinition/></boundaryEvent>
    start -> t -> end
    b -> end
    """
    assert rule_ids(text) == (set() if is_right else {"cancel-end-event-place"})


def test_lane_may_hold_what_is_in_a_sub_process() -> None:
    right = f"""
    <laneSet><lane id="l"><flowNodeRef>in</flowNodeRef><childLaneSet><lane id="m"><flowNodeRef>s</flowNodeRef></lane></childLaneSet></lane></laneSet>
    <subProcess id="s">{_INSIDE}
    </subProcess>
    start -> s -> end
    """
    assert rule_ids(right) == set()
