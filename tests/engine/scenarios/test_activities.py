"""Activities, compensation, calls and data in plain BPMN (BPMN 2.0.2 §10.3, §10.4, §10.7)."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.engine.scenarios.script import Scenario, play

_ROOTS = (
    '<error id="E" errorCode="broken"/><signal id="S" name="alarm"/><message id="M" name="hello"/>'
)
_ERROR = '<errorEventDefinition errorRef="E"/>'
_CANCEL = "<cancelEventDefinition/>"
_SEQUENTIAL = 'isSequential="true"'
_ONE = 'behavior="One" oneBehaviorEventRef="D"'
_UNDO = "<compensateEventDefinition/>"


def _undone(host: str, handler: str) -> str:
    return (
        f'<boundaryEvent id="c{host}" attachedToRef="{host}">{_UNDO}</boundaryEvent>'
        f'<userTask id="{handler}" isForCompensation="true"/>'
        f'<association id="l{host}" sourceRef="c{host}" targetRef="{handler}"/>'
    )


def _sub(id: str, inside: str, tag: str = "subProcess", more: str = "") -> str:
    return f'<{tag} id="{id}" {more}>\n{inside}\n</{tag}>\n'


def _script(id: str, text: str) -> str:
    return (
        f'<scriptTask id="{id}" scriptFormat="text/javascript"><script>{text}</script></scriptTask>'
    )


def _loop(count: str, more: str = "", inside: str = "") -> str:
    return (
        f"<multiInstanceLoopCharacteristics {more}><loopCardinality>{count}</loopCardinality>"
        f"{inside}</multiInstanceLoopCharacteristics>"
    )


SCENARIOS = [
    Scenario(
        "loop that is tested after runs at least once",
        "10.3.8",
        '<userTask id="a"><standardLoopCharacteristics><loopCondition>again</loopCondition>'
        "</standardLoopCharacteristics></userTask>\ns -> a -> e",
        "do a again=true\ndo a again=false\ndone",
        start={"again": False},
    ),
    Scenario(
        "loop that is tested before may not run at all",
        "10.3.8",
        '<userTask id="a"><standardLoopCharacteristics testBefore="true"><loopCondition>again'
        "</loopCondition></standardLoopCharacteristics></userTask>\ns -> a -> b -> e",
        "at b",
        start={"again": False},
    ),
    Scenario(
        "loop stops at its maximum",
        "10.3.8",
        '<userTask id="a"><standardLoopCharacteristics loopMaximum="2"><loopCondition>true'
        "</loopCondition></standardLoopCharacteristics></userTask>\ns -> a -> b -> e",
        "do a\ndo a\nat b",
    ),
    Scenario(
        "parallel multi-instance runs all at once",
        "10.3.8",
        f'<userTask id="a">{_loop("3")}</userTask>\ns -> a -> b -> e',
        "do a\ndo a\nwent b=0\ndo a\nat b",
    ),
    Scenario(
        "sequential multi-instance runs one after the other",
        "10.3.8",
        f'<userTask id="a">{_loop("n", _SEQUENTIAL)}</userTask>\ns -> a -> b -> e',
        "do a\ndo a\nat b",
        start={"n": 2},
    ),
    Scenario(
        "multi-instance of none completes at once",
        "10.3.8",
        f'<userTask id="a">{_loop("0")}</userTask>\ns -> a -> b -> e',
        "at b",
    ),
    Scenario(
        "completion condition cancels what is left",
        "10.3.8",
        f'<userTask id="a">{_loop("3", inside="<completionCondition>numberOfCompletedInstances &gt;= 2</completionCondition>")}</userTask>\ns -> a -> b -> e',
        "do a\nwent b=0\ndo a\nat b",
    ),
    Scenario(
        "boundary of a multi-instance belongs to all of it",
        "10.3.8",
        f'<userTask id="a">{_loop("3")}</userTask><boundaryEvent id="b" attachedToRef="a">'
        '<signalEventDefinition signalRef="S"/></boundaryEvent>\ns -> a -> e\nb -> c -> e',
        "do a\nsignal alarm\nat c\ndo c\ndone",
        _ROOTS,
    ),
    Scenario(
        "multi-instance throws its event once, after the first",
        "10.3.8",
        f'<userTask id="a">{_loop("3", _ONE)}</userTask>'
        '<boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><signalEventDefinition'
        ' signalRef="S"/></boundaryEvent>\ns -> a -> e\nb -> c -> e',
        "went b=0\ndo a\nwent b=1\ndo a\ndo a\nwent b=1",
        _ROOTS + '<signalEventDefinition id="D" signalRef="S"/>',
    ),
    Scenario(
        "multi-instance sub-process: an error of one stops all",
        "13.3.7",
        _sub(
            "sub",
            f'<startEvent id="s1"/><userTask id="x"/><endEvent id="e1">{_ERROR}</endEvent>\ns1 -> x -> e1\n{_loop("2")}',
        )
        + f'<boundaryEvent id="b" attachedToRef="sub">{_ERROR}</boundaryEvent>\ns -> sub -> e\nb -> c -> e',
        "do x\nat c",
        _ROOTS,
    ),
    Scenario(
        "terminate in an iteration ends that iteration only",
        "10.5.3",
        _sub(
            "sub",
            '<startEvent id="s1"/><userTask id="x"/><endEvent id="e1"><terminateEventDefinition/></endEvent>\n'
            f"s1 -> x -> e1\n{_loop('2')}",
        )
        + "\ns -> sub -> a -> e",
        "do x\nwent a=0\ndo x\nat a",
    ),
    Scenario(
        "compensation runs the handlers in reverse, one by one",
        "10.7",
        f'{_undone("a", "ua")}{_undone("b", "ub")}<endEvent id="e">{_UNDO}</endEvent>\ns -> a -> b -> e',
        "do a\ndo b\nat e ub\ndo ub\nat e ua\ndo ua\ndone",
    ),
    Scenario(
        "what has not completed is not compensated",
        "10.7",
        f'{_undone("a", "ua")}{_undone("b", "ub")}<parallelGateway id="f"/><intermediateThrowEvent id="t">{_UNDO}'
        "</intermediateThrowEvent>\ns -> f -> a -> t -> c -> e\nf -> b -> e",
        "do a\nat b t ua\ndo ua\nat b c",
    ),
    Scenario(
        "a second throw finds nothing left to do",
        "10.7",
        f'{_undone("a", "ua")}<intermediateThrowEvent id="t">{_UNDO}</intermediateThrowEvent>'
        f'<endEvent id="e">{_UNDO}</endEvent>\ns -> a -> t -> e',
        "do a\ndo ua\ndone\nwent ua=1",
    ),
    Scenario(
        "compensation of one activity leaves the others",
        "10.5.5",
        f'{_undone("a", "ua")}{_undone("b", "ub")}<endEvent id="e"><compensateEventDefinition activityRef="a"/>'
        "</endEvent>\ns -> a -> b -> e",
        "do a\ndo b\nat e ua\ndo ua\ndone\nwent ub=0",
    ),
    Scenario(
        "completed sub-process is compensated from inside, in reverse",
        "10.7",
        _sub(
            "sub",
            f'<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/><userTask id="y"/>{_undone("x", "ux")}'
            f"{_undone('y', 'uy')}\ns1 -> x -> y -> e1",
        )
        + '<endEvent id="e"><compensateEventDefinition activityRef="sub"/></endEvent>\ns -> sub -> a -> e',
        "do x\ndo y\ndo a\nwent uy=1 ux=0\ndo uy\ndo ux\ndone",
    ),
    Scenario(
        "compensation event sub-process takes the place of the default",
        "10.7",
        _sub(
            "sub",
            f'<startEvent id="s1"/><endEvent id="e1"/><userTask id="x"/>{_undone("x", "ux")}\ns1 -> x -> e1\n'
            + _sub(
                "h",
                f'<startEvent id="s2">{_UNDO}</startEvent><userTask id="y"/><endEvent id="e2"/>\ns2 -> y -> e2',
                more='triggeredByEvent="true"',
            ),
        )
        + '<endEvent id="e"><compensateEventDefinition activityRef="sub"/></endEvent>\ns -> sub -> a -> e',
        "do x\ndo a\nwent y=1 ux=0\ndo y\ndone",
    ),
    Scenario(
        "cancelled transaction compensates, then leaves by its cancel boundary",
        "10.3.5",
        _sub(
            "t",
            f'<startEvent id="s1"/><endEvent id="e1">{_CANCEL}</endEvent><userTask id="x"/>{_undone("x", "ux")}\n'
            "s1 -> x -> e1",
            "transaction",
        )
        + f'<boundaryEvent id="b" attachedToRef="t">{_CANCEL}</boundaryEvent>\ns -> t -> e\nb -> c -> e',
        "do x\nwent ux=1 c=0\ndo ux\nat c",
    ),
    Scenario(
        "a hazard leaves a transaction without compensation",
        "10.3.5",
        _sub(
            "t",
            f'<startEvent id="s1"/><endEvent id="e1">{_ERROR}</endEvent><userTask id="x"/>{_undone("x", "ux")}\n'
            "s1 -> x -> e1",
            "transaction",
        )
        + f'<boundaryEvent id="b" attachedToRef="t">{_ERROR}</boundaryEvent>\ns -> t -> e\nb -> c -> e',
        "do x\nat c\nwent ux=0",
        _ROOTS,
    ),
    Scenario(
        "call of another process waits for its end",
        "10.3.6",
        '<callActivity id="call" calledElement="q"/>\ns -> call -> a -> e',
        "at a",
        others='<process id="q" isExecutable="true"><startEvent id="qs"/><task id="qt"/><endEvent id="qe"/>\n'
        "qs -> qt -> qe\n</process>",
    ),
    Scenario(
        "error of a called process reaches the boundary of the call",
        "10.3.6",
        '<callActivity id="call" calledElement="q"/><boundaryEvent id="b" attachedToRef="call">'
        f"{_ERROR}</boundaryEvent>\ns -> call -> a -> e\nb -> c -> e",
        "at c",
        _ROOTS,
        others=f'<process id="q" isExecutable="true"><startEvent id="qs"/><endEvent id="qe">{_ERROR}</endEvent>\n'
        "qs -> qe\n</process>",
    ),
    Scenario(
        "terminate in a called process ends that process, the caller goes on",
        "10.5.3",
        '<callActivity id="call" calledElement="q"/>\ns -> call -> a -> e',
        "at a",
        others='<process id="q" isExecutable="true"><startEvent id="qs"/><endEvent id="qe"><terminateEventDefinition/>'
        "</endEvent>\nqs -> qe\n</process>",
    ),
    Scenario(
        "call of a global script task",
        "10.3.6",
        '<callActivity id="call" calledElement="g"/>\ns -> call -> a -> e',
        "at a",
        '<globalScriptTask id="g" scriptLanguage="text/javascript"><script>1 + 1</script></globalScriptTask>',
    ),
    Scenario(
        "variable is seen inside a sub-process, and set where it is",
        "10.4.1",
        _sub(
            "sub",
            f'<startEvent id="s1"/><endEvent id="e1"/>{_script("x", "n = n + 1")}\ns1 -> x -> e1',
        )
        + "\ns -> sub -> a -> e",
        "at a\nhas n=3",
        start={"n": 2},
    ),
    Scenario(
        "data object is read and written by data associations",
        "10.4.2",
        '<dataObject id="d1" name="given"/><dataObject id="d2" name="made"/>'
        '<scriptTask id="x" scriptFormat="text/javascript"><ioSpecification><dataInput id="in" name="amount"/>'
        '<dataOutput id="out" name="double"/><inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet>'
        "<dataOutputRefs>out</dataOutputRefs></outputSet></ioSpecification><dataInputAssociation>"
        "<sourceRef>d1</sourceRef><targetRef>in</targetRef></dataInputAssociation><dataOutputAssociation>"
        "<sourceRef>out</sourceRef><targetRef>d2</targetRef></dataOutputAssociation>"
        "<script>double = amount * 2</script></scriptTask>\ns -> x -> a -> e",
        "at a\nhas made=14",
        start={"given": 7},
    ),
    Scenario(
        "data association transforms",
        "10.4.2",
        '<dataObject id="d1" name="given"/><userTask id="x"><ioSpecification><dataOutput id="out" name="said"/>'
        "<inputSet/><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet></ioSpecification>"
        "<dataOutputAssociation><sourceRef>out</sourceRef><targetRef>d1</targetRef><transformation>said + 1"
        "</transformation></dataOutputAssociation></userTask>\ns -> x -> a -> e",
        "do x said=4\nat a\nhas given=5",
    ),
    Scenario(
        "ad-hoc sub-process ends when its condition holds",
        "10.3.5",
        _sub(
            "h",
            '<userTask id="x"/><userTask id="y"/><completionCondition>n &gt; 0</completionCondition>',
            "adHocSubProcess",
        )
        + "\ns -> h -> a -> e",
        "do x n=1\nat a",
        start={"n": 0},
    ),
    Scenario(
        "service task's error is caught by its boundary",
        "10.5.5",
        f'<serviceTask id="t"/><boundaryEvent id="b" attachedToRef="t">{_ERROR}</boundaryEvent>\n'
        "s -> t -> a -> e\nb -> c -> e",
        "at t\nerror t broken\nat c",
        _ROOTS,
    ),
    Scenario(
        "service task's result is a variable",
        "10.3.3",
        '<serviceTask id="t"/>\ns -> t -> a -> e',
        "work t x=4\nat a\nhas x=4",
    ),
    Scenario(
        "manual, none and script tasks pass by themselves",
        "10.3.3",
        f'<manualTask id="t"/><task id="u"/>{_script("v", "n = 1")}\ns -> t -> u -> v -> e',
        "done\norder s t u v e\nhas n=1",
    ),
]

_CONDITIONS = [
    ("", "", "n > 5"),
    ("", "", "=n > 5"),
    ("", "", "${n > 5}"),
    ("", "", "#{n > 5}"),
    ("", "feel", "n > 5"),
    ("", "FEEL", "n > 5"),
    ("", "http://www.omg.org/spec/FEEL/20140401", "n > 5"),
    ("", "https://www.omg.org/spec/DMN/20191111/FEEL/", "n > 5"),
    ("", "juel", "${n > 5}"),
    ("", "javascript", "n > 5"),
    ("", "text/javascript", "n > 5 && true"),
    ("http://www.w3.org/1999/XPath", "", "n > 5"),
    ("http://www.w3.org/1999/XPath", "", "${n > 5}"),
    ("http://www.omg.org/spec/FEEL/20140401", "", "n > 5"),
    ("http://www.java.com/javaTypes", "", "${n > 5}"),
    ("http://www.mvel.org/2.0", "", "n > 5"),
    ("", "http://www.w3.org/1999/XPath", "n > 5"),
    ("", "http://www.w3.org/1999/XPath", "$n > 5 and true()"),
    ("", "http://www.w3.org/1999/XPath", "getDataObject('n') > 5"),
    ("", "http://www.w3.org/1999/XPath", "getProcessProperty('n') > 5"),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario) -> None:
    play(scenario)


@pytest.mark.parametrize(("default", "language", "text"), _CONDITIONS)
@pytest.mark.parametrize(("n", "goes"), [(6, "a"), (5, "b")])
def test_condition_in_whatever_language_it_is(
    default: str, language: str, text: str, n: int, goes: str
) -> None:
    said = f'language="{language}"' if language else ""
    play(
        Scenario(
            text,
            "8.4.8",
            '<exclusiveGateway id="g" default="g-b"/><sequenceFlow id="f" sourceRef="g" targetRef="a">'
            f'<conditionExpression xsi:type="tFormalExpression" {said}><![CDATA[{text}]]>'
            "</conditionExpression></sequenceFlow>\ns -> g -> b -> e\na -> e",
            f"at {goes}",
            start={"n": n},
            attributes=f'expressionLanguage="{default}"' if default else "",
        )
    )
