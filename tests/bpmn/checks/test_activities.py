"""Activities, tasks, calls and loops."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, rule_ids

_FLOW = "start -> a -> end"
_IO = (
    '<ioSpecification><dataInput id="in1" itemSubjectRef="{item}"/>\n{more}\n'
    "<inputSet><dataInputRefs>in1</dataInputRefs>{also}</inputSet><outputSet/></ioSpecification>"
)
_ITEMS = (
    '<itemDefinition id="i1"/><itemDefinition id="i2"/><message id="m" name="m" itemRef="i1"/>'
    '<interface name="x"><operation id="op" name="o"><inMessageRef>m</inMessageRef></operation>'
    "</interface>\n---\n"
)

TASKS = [
    Case("start-quantity", f'! <task id="a" startQuantity="0"/>\n{_FLOW}', {'"0"': '"2"'}),
    Case(
        "completion-quantity", f'! <task id="a" completionQuantity="0"/>\n{_FLOW}', {'"0"': '"2"'}
    ),
    Case(
        "script-missing",
        f'! <scriptTask id="a" scriptFormat="text/x-feel"></scriptTask>\n{_FLOW}',
        {"></scriptTask>": "><script>1</script></scriptTask>"},
    ),
    Case(
        "job-type-missing",
        f'! <serviceTask id="a"/>\n{_FLOW}',
        {'id="a"': 'id="a" implementation="pay"'},
    ),
    Case(
        "script-format-missing",
        f'! <scriptTask id="a"><script>1</script></scriptTask>\n{_FLOW}',
        {'id="a"': 'id="a" scriptFormat="application/feel"'},
    ),
    Case(
        "script-language",
        f'! <scriptTask id="a" scriptFormat="text/x-cobol"><script>1</script></scriptTask>\n{_FLOW}',
        {"cobol": "python"},
    ),
    Case(
        "global-script-language-missing",
        f'! <globalScriptTask id="g"><script>1</script></globalScriptTask>\n---\n{_FLOW}',
        {'id="g"': 'id="g" scriptLanguage="text/x-feel"'},
    ),
    Case(
        "service-task-data",
        _ITEMS
        + '<serviceTask id="a" operationRef="op">\n! '
        + _IO.format(item="i2", more="", also="")
        + f"</serviceTask>\n{_FLOW}",
        {'itemSubjectRef="i2"': 'itemSubjectRef="i1"'},
        at="a",
    ),
    Case(
        "send-task-data",
        _ITEMS
        + '<sendTask id="a" messageRef="m">'
        + _IO.format(
            item="i1", more='! <dataInput id="in2"/>', also="<dataInputRefs>in2</dataInputRefs>"
        )
        + f"</sendTask>\n{_FLOW}",
        {'<dataInput id="in2"/>': "", "<dataInputRefs>in2</dataInputRefs>": ""},
        at="a",
    ),
    Case(
        "receive-task-data",
        _ITEMS
        + '<receiveTask id="a" messageRef="m"><ioSpecification>\n'
        + '! <dataOutput id="out" itemSubjectRef="i2"/>\n<inputSet/>'
        + "<outputSet><dataOutputRefs>out</dataOutputRefs></outputSet></ioSpecification>"
        + f"</receiveTask>\n{_FLOW}",
        {'itemSubjectRef="i2"': 'itemSubjectRef="i1"'},
        at="a",
    ),
]

_CYCLE = """
<process id="p" isExecutable="true"><startEvent id="ps"/><endEvent id="pe"/>
! <callActivity id="call" calledElement="q"/>
ps -> call -> pe
</process>
<process id="q" isExecutable="true"><startEvent id="qs"/><endEvent id="qe"/>
<callActivity id="back" calledElement="p"/>
{way}
</process>
"""

CALLS = [
    Case(
        "call-activity-without-element",
        f'! <callActivity id="a"/>\n{_FLOW}',
        {'id="a"': 'id="a" calledElement="another"'},
    ),
    Case(
        "call-activity-element",
        f'<message id="m" name="m"/>\n---\n! <callActivity id="a" calledElement="m"/>\n{_FLOW}',
        {'calledElement="m"': 'calledElement="another"'},
    ),
    Case(
        "call-activity-data",
        f"""
        <globalTask id="g"><ioSpecification><inputSet/><outputSet/></ioSpecification></globalTask>
        ---
        <callActivity id="a" calledElement="g">
        ! <ioSpecification><dataInput id="x"/><inputSet><dataInputRefs>x</dataInputRefs></inputSet><outputSet/></ioSpecification>
        </callActivity>
        {_FLOW}
        """,
        {'<dataInput id="x"/>': "", "<dataInputRefs>x</dataInputRefs>": ""},
        at="a",
    ),
    Case(
        "call-cycle",
        _CYCLE.format(way="qs -> back -> qe"),
        {'calledElement="p"': 'calledElement="another"'},
    ),
    Case(
        "call-recursion",
        _CYCLE.format(
            way='<exclusiveGateway id="x" default="x1"/><sequenceFlow id="x1" sourceRef="x"'
            ' targetRef="qe"/><sequenceFlow id="f" sourceRef="x" targetRef="back">'
            "<conditionExpression>y</conditionExpression></sequenceFlow>\nqs -> x\nback -> qe"
        ),
        {'calledElement="p"': 'calledElement="another"'},
    ),
]

_DATA = '<dataObject id="list" isCollection="true"/>\n'
_MULTI = "multiInstanceLoopCharacteristics"


def _loop(rule: str, loop: str, fix: dict[str, str], before: str = "") -> Case:
    return Case(rule, f'{before}<task id="a">\n! {loop}\n</task>\n{_FLOW}', fix, at="a")


LOOPS = [
    _loop(
        "loop-maximum",
        '<standardLoopCharacteristics loopMaximum="0"/>',
        {'"0"': '"3"'},
    ),
    _loop(
        "loop-endless",
        "<standardLoopCharacteristics></standardLoopCharacteristics>",
        {"></standard": "><loopCondition>x</loopCondition></standard"},
    ),
    _loop(
        "multi-instance-count-missing",
        f"<{_MULTI}></{_MULTI}>",
        {"></multi": "><loopCardinality>3</loopCardinality></multi"},
    ),
    _loop(
        "multi-instance-count-twice",
        f"<{_MULTI}><loopCardinality>3</loopCardinality>"
        f"<loopDataInputRef>list</loopDataInputRef></{_MULTI}>",
        {"<loopCardinality>3</loopCardinality>": ""},
        _DATA,
    ),
    _loop(
        "multi-instance-cardinality",
        f"<{_MULTI}><loopCardinality>-1</loopCardinality></{_MULTI}>",
        {"-1": "1"},
    ),
    _loop(
        "multi-instance-behavior",
        f'<{_MULTI} behavior="One"><loopCardinality>3</loopCardinality></{_MULTI}>',
        {' behavior="One"': ' behavior="All"'},
    ),
    Case(
        "implicit-throw-event-place",
        """
        ! <implicitThrowEvent id="e"/>
        start -> e -> end
        """,
        {"<implicitThrowEvent": "<intermediateThrowEvent"},
    ),
    Case(
        "multi-instance-behavior-event",
        f"""
        <signal id="sig" name="s"/><terminateEventDefinition id="all"/>
        <signalEventDefinition id="one" signalRef="sig"/>
        ---
        <task id="a">
        ! <{_MULTI} id="x" behavior="One" oneBehaviorEventRef="all"><loopCardinality>3</loopCardinality></{_MULTI}>
        </task>
        {_FLOW}
        """,
        {'"all"><': '"one"><'},
        at="a",
    ),
    Case(
        "complex-behavior-condition",
        f"""
        <task id="a"><{_MULTI} behavior="Complex"><loopCardinality>3</loopCardinality>
        ! <complexBehaviorDefinition id="c"></complexBehaviorDefinition>
        </{_MULTI}></task>
        {_FLOW}
        """,
        {'id="c">': "><condition>x</condition>"},
        at="a",
    ),
    _loop(
        "multi-instance-input-item",
        f'<{_MULTI}><loopCardinality>3</loopCardinality><inputDataItem id="i"/></{_MULTI}>',
        {"<loopCardinality>3</loopCardinality>": "<loopDataInputRef>list</loopDataInputRef>"},
        _DATA,
    ),
    _loop(
        "multi-instance-output-item",
        f'<{_MULTI}><loopDataInputRef>list</loopDataInputRef><outputDataItem id="i"/></{_MULTI}>',
        {"</loopDataInputRef>": "</loopDataInputRef><loopDataOutputRef>list</loopDataOutputRef>"},
        _DATA,
    ),
    _loop(
        "multi-instance-collection",
        f"<{_MULTI}><loopDataInputRef>one</loopDataInputRef></{_MULTI}>",
        {'id="one"': 'id="one" isCollection="true"'},
        '<dataObject id="one"/>\n',
    ),
    _loop(
        "multi-instance-data-place",
        f"<{_MULTI}><loopDataInputRef>hidden</loopDataInputRef></{_MULTI}>",
        {">hidden<": ">list<"},
        _DATA + '<subProcess id="s"><dataObject id="hidden" isCollection="true"/>'
        '<startEvent id="in"/><endEvent id="out"/>\nin -> out\n</subProcess>\nstart -> s -> end\n',
    ),
]

CASES = [*TASKS, *CALLS, *LOOPS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("0", True),
        ("3", True),
        ("=3", True),
        ("n", True),
        ("count(items)", True),
        ("${n}", True),
        ("-1", False),
        ("=-1", False),
        ("2.5", False),
        ('"three"', False),
        ("true", False),
        ("null", False),
        ("PT1H", False),
    ],
)
def test_cardinality_that_is_written_out(text: str, is_right: bool) -> None:
    loop = f"<{_MULTI}><loopCardinality>{text}</loopCardinality></{_MULTI}>"
    found = rule_ids(f'<task id="a">{loop}</task>\n{_FLOW}', "error")
    assert (not found) == is_right


@pytest.mark.parametrize(
    ("rule", "task"),
    [
        (
            "multi-instance-count-missing",
            f'<task id="a"><{_MULTI} camunda:collection="items"/></task>',
        ),
        (
            "multi-instance-count-missing",
            f'<task id="a"><{_MULTI}><extensionElements><zeebe:loopCharacteristics'
            f' inputCollection="=items"/></extensionElements></{_MULTI}></task>',
        ),
        (
            "call-activity-without-element",
            '<callActivity id="a"><extensionElements><zeebe:calledElement processId="q"/>'
            "</extensionElements></callActivity>",
        ),
        (
            "script-missing",
            '<scriptTask id="a" scriptFormat="groovy" camunda:resource="s.groovy"/>',
        ),
        (
            "script-missing",
            '<scriptTask id="a"><extensionElements><zeebe:script expression="=1"'
            ' resultVariable="x"/></extensionElements></scriptTask>',
        ),
    ],
)
def test_engines_say_it_in_extensions(rule: str, task: str) -> None:
    found = rule_ids(f"{task}\n{_FLOW}", engines=True)
    assert rule not in found


def test_process_may_call_itself_behind_a_gateway() -> None:
    case = next(case for case in CALLS if case.rule == "call-recursion")
    assert rule_ids(case.wrong, "error") == set()


def test_process_that_always_calls_itself_is_refused() -> None:
    wrong = '<callActivity id="a" calledElement="p"/>\nstart -> a -> end'
    assert rule_ids(wrong, "error") == {"call-cycle"}


def test_long_cycle_of_calls_is_found_in_each_process() -> None:
    wrong = "\n".join(
        f'<process id="p{n}" isExecutable="true"><startEvent id="s{n}"/><endEvent id="e{n}"/>'
        f'<callActivity id="c{n}" calledElement="p{(n + 1) % 50}"/>\ns{n} -> c{n} -> e{n}\n</process>'
        for n in range(50)
    )
    assert rule_ids(wrong, "error") == {"call-cycle"}
