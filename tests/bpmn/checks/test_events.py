"""Events, links, and what event definitions name."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, problems, rule_ids

_TIMER = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
_THROW = '<intermediateThrowEvent id="t"><linkEventDefinition name="l"/></intermediateThrowEvent>'
_CATCH = '<intermediateCatchEvent id="c"><linkEventDefinition name="l"/></intermediateCatchEvent>'

CASES = [
    Case(
        "boundary-event-elsewhere",
        f"""
        <subProcess id="s"><startEvent id="in"/><task id="a"/><endEvent id="out"/>
        in -> a -> out
        </subProcess>
        ! <boundaryEvent id="late" attachedToRef="a">{_TIMER}</boundaryEvent>
        start -> s -> end
        late -> end
        """,
        {'attachedToRef="a"': 'attachedToRef="s"'},
    ),
    Case(
        "boundary-event-host",
        f"""
        <error id="e" errorCode="E"/>
        ---
        <subProcess id="s" triggeredByEvent="true"><startEvent id="in"><errorEventDefinition errorRef="e"/></startEvent><endEvent id="out"/>
        in -> out
        </subProcess>
        ! <boundaryEvent id="late" attachedToRef="s">{_TIMER}</boundaryEvent>
        start -> a -> end
        late -> end
        """,
        {'attachedToRef="s"': 'attachedToRef="a"'},
    ),
    Case(
        "cancel-end-event-place",
        """
        <subProcess id="s"><startEvent id="in"/>
        ! <endEvent id="out"><cancelEventDefinition/></endEvent>
        in -> out
        </subProcess>
        start -> s -> end
        """,
        {
            "<subProcess": "<transaction",
            "</subProcess>": '</transaction><boundaryEvent id="b" attachedToRef="s">'
            "<cancelEventDefinition/></boundaryEvent>\nb -> end",
        },
    ),
    Case(
        "cancel-boundary-event-host",
        """
        ! <boundaryEvent id="b" attachedToRef="a"><cancelEventDefinition/></boundaryEvent>
        start -> a -> end
        b -> end
        """,
        {"<cancelEventDefinition/>": _TIMER},
    ),
    Case(
        "message-catch-without-message",
        """
        <message id="m" name="m"/>
        ---
        <intermediateCatchEvent id="e">
        ! <messageEventDefinition/>
        </intermediateCatchEvent>
        start -> e -> end
        """,
        {"<messageEventDefinition/>": '<messageEventDefinition messageRef="m"/>'},
        at="e",
    ),
    Case(
        "message-throw-without-message",
        """
        <message id="m" name="m"/>
        ---
        <endEvent id="e">
        ! <messageEventDefinition/>
        </endEvent>
        start -> e
        """,
        {"<messageEventDefinition/>": '<messageEventDefinition messageRef="m"/>'},
        at="e",
    ),
    Case(
        "signal-missing",
        """
        <signal id="s" name="s"/>
        ---
        <endEvent id="e">
        ! <signalEventDefinition/>
        </endEvent>
        start -> e
        """,
        {"<signalEventDefinition/>": '<signalEventDefinition signalRef="s"/>'},
        at="e",
    ),
    Case(
        "error-throw-without-error",
        """
        <error id="er" errorCode="E"/>
        ---
        <endEvent id="e">
        ! <errorEventDefinition/>
        </endEvent>
        start -> e
        """,
        {"<errorEventDefinition/>": '<errorEventDefinition errorRef="er"/>'},
        at="e",
    ),
    Case(
        "error-code-missing",
        """
        <error id="er"/>
        ---
        <endEvent id="e">
        ! <errorEventDefinition errorRef="er"/>
        </endEvent>
        start -> e
        """,
        {'<error id="er"/>': '<error id="er" errorCode="E"/>'},
        at="e",
    ),
    Case(
        "escalation-throw-without-escalation",
        """
        <escalation id="es" escalationCode="E"/>
        ---
        <intermediateThrowEvent id="e">
        ! <escalationEventDefinition/>
        </intermediateThrowEvent>
        start -> e -> end
        """,
        {"<escalationEventDefinition/>": '<escalationEventDefinition escalationRef="es"/>'},
        at="e",
    ),
    Case(
        "escalation-code-missing",
        """
        <escalation id="es"/>
        ---
        <intermediateThrowEvent id="e">
        ! <escalationEventDefinition escalationRef="es"/>
        </intermediateThrowEvent>
        start -> e -> end
        """,
        {'<escalation id="es"/>': '<escalation id="es" escalationCode="E"/>'},
        at="e",
    ),
    Case(
        "condition-missing",
        """
        <intermediateCatchEvent id="e">
        ! <conditionalEventDefinition><condition> </condition></conditionalEventDefinition>
        </intermediateCatchEvent>
        start -> e -> end
        """,
        {"<condition> ": "<condition>x &gt; 1"},
        at="e",
    ),
    Case(
        "boundary-event-twice",
        """
        <error id="er" errorCode="E"/><error id="other" errorCode="F"/>
        ---
        <boundaryEvent id="b1" attachedToRef="a"><errorEventDefinition errorRef="er"/></boundaryEvent>
        ! <boundaryEvent id="b2" attachedToRef="a"><errorEventDefinition errorRef="er" id="d2"/></boundaryEvent>
        start -> a -> end
        b1 -> end
        b2 -> end
        """,
        {'errorRef="er" id="d2"': 'errorRef="other"'},
    ),
    Case(
        "event-sub-process-twice",
        """
        <error id="er" errorCode="E"/><error id="other" errorCode="F"/>
        ---
        <subProcess id="s1" triggeredByEvent="true"><startEvent id="i1"><errorEventDefinition errorRef="er"/></startEvent><endEvent id="o1"/>
        i1 -> o1
        </subProcess>
        <subProcess id="s2" triggeredByEvent="true"><endEvent id="o2"/>
        ! <startEvent id="i2"><errorEventDefinition errorRef="er" id="d2"/></startEvent>
        i2 -> o2
        </subProcess>
        start -> end
        """,
        {'errorRef="er" id="d2"': 'errorRef="other"'},
    ),
    Case(
        "link-name-empty",
        f"""
        {_CATCH}
        {_THROW}
        <intermediateThrowEvent id="u">
        ! <linkEventDefinition name=" "/>
        </intermediateThrowEvent>
        start -> t
        start -> u
        c -> end
        """,
        {'name=" "': 'name="l"'},
        at="u",
    ),
    Case(
        "link-throw-alone",
        f"""
        {_CATCH}
        {_THROW}
        ! <intermediateThrowEvent id="u"><linkEventDefinition name="elsewhere"/></intermediateThrowEvent>
        start -> t
        start -> u
        c -> end
        """,
        {'name="elsewhere"': 'name="l"'},
    ),
    Case(
        "link-catch-alone",
        f"""
        ! <intermediateCatchEvent id="c"><linkEventDefinition name="other"/></intermediateCatchEvent>
        {_THROW}
        start -> t
        c -> end
        """,
        {'name="other"': 'name="l"'},
        also=("link-throw-alone",),
    ),
    Case(
        "link-catch-twice",
        f"""
        {_CATCH}
        {_THROW}
        ! <intermediateCatchEvent id="c2"><linkEventDefinition name="l"/></intermediateCatchEvent>
        start -> t
        c -> end
        c2 -> end
        """,
        {
            '<intermediateCatchEvent id="c2"><linkEventDefinition name="l"/></inter'
            "mediateCatchEvent>": '<task id="c2"/>',
            "c2 -> end": "start -> c2 -> end",
        },
    ),
    Case(
        "link-catch-incoming",
        f"""
        {_CATCH}
        {_THROW}
        start -> t
        start -> a
        ! <sequenceFlow id="f" sourceRef="a" targetRef="c"/>
        c -> end
        """,
        {'targetRef="c"': 'targetRef="end"'},
    ),
    Case(
        "link-throw-outgoing",
        f"""
        {_CATCH}
        {_THROW}
        start -> t
        ! <sequenceFlow id="f" sourceRef="t" targetRef="end"/>
        c -> end
        """,
        {'sourceRef="t"': 'sourceRef="c"', "c -> end": ""},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize(
    "rule",
    [
        "message-catch-without-message",
        "message-throw-without-message",
        "signal-missing",
        "error-throw-without-error",
        "error-code-missing",
        "escalation-throw-without-escalation",
        "escalation-code-missing",
    ],
)
def test_drawing_need_not_name_what_it_throws_or_catches(rule: str) -> None:
    wrong = next(case.wrong for case in CASES if case.rule == rule)
    assert rule in rule_ids(wrong, "info", executable=False)


def test_worker_may_send_a_message() -> None:
    worker = '<extensionElements><zeebe:taskDefinition type="mail"/></extensionElements>'
    text = '<endEvent id="e">{}<messageEventDefinition/></endEvent>\nstart -> e'
    assert rule_ids(text.format(""), "error") == {"message-throw-without-message"}
    assert rule_ids(text.format(worker), "error", engines=True) == set()


def test_catch_of_any_error_needs_no_name() -> None:
    right = (
        '<boundaryEvent id="b" attachedToRef="a"><errorEventDefinition/></boundaryEvent>\n'
        "start -> a -> end\nb -> end"
    )
    assert rule_ids(right) == set()


def test_two_that_catch_any_error_are_found() -> None:
    wrong = (
        '<boundaryEvent id="b" attachedToRef="a"><errorEventDefinition/></boundaryEvent>\n'
        '<boundaryEvent id="c" attachedToRef="a"><errorEventDefinition/></boundaryEvent>\n'
        "start -> a -> end\nb -> end\nc -> end"
    )
    assert rule_ids(wrong) == {"boundary-event-twice"}


def test_links_do_not_lead_out_of_a_sub_process() -> None:
    wrong = f"""
    <subProcess id="s"><startEvent id="in"/>{_THROW}
    in -> t
    </subProcess>
    {_CATCH}
    start -> s -> end
    c -> end
    """
    assert rule_ids(wrong, "error") >= {"link-throw-alone", "link-catch-alone"}


def test_several_links_may_lead_to_one_place() -> None:
    right = f"""
    {_CATCH}
    {_THROW}
    <intermediateThrowEvent id="u"><linkEventDefinition name="l"/></intermediateThrowEvent>
    start -> t
    start -> u
    c -> end
    """
    assert rule_ids(right) == set()


def test_missing_link_name_is_said_once() -> None:
    wrong = f"{_CATCH}\n{_THROW}\nstart -> t\nc -> end".replace('Definition name="l"', "Definition")
    found = [p for p in problems(wrong) if p.severity == "error"]
    assert [(p.rule, p.line) for p in found] == [("schema", 2), ("schema", 3)]
