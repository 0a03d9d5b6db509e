"""Data, correlation and expressions."""

# ruff: noqa: E501  (documents are written as they are read)

from __future__ import annotations

import pytest

from tests.bpmn.checks.kit import Case, assert_pair, rule_ids

_FLOW = "start -> a -> end"
_IN = "<inputSet id='is'><dataInputRefs>i</dataInputRefs></inputSet>"
_OUT = "<outputSet id='os'><dataOutputRefs>o</dataOutputRefs></outputSet>"
_BOTH = '<dataInput id="i"/><dataOutput id="o"/>'


def _task(io: str, associations: str = "", before: str = "") -> str:
    return (
        f'{before}<task id="a"><ioSpecification>\n{io}\n</ioSpecification>\n{associations}\n'
        f"</task>\n{_FLOW}"
    )


_WHOLE = f"{_BOTH}{_IN}{_OUT}"
_OBJECT = '<dataObject id="d1"/><dataObject id="d2"/>\n'

SETS = [
    Case(
        "io-specification-input-set",
        f'<task id="a">\n! <ioSpecification id="io"><outputSet/></ioSpecification>\n</task>\n{_FLOW}',
        {"<outputSet/>": "<inputSet/><outputSet/>"},
        at="a",
    ),
    Case(
        "io-specification-output-set",
        f'<task id="a">\n! <ioSpecification id="io"><inputSet/></ioSpecification>\n</task>\n{_FLOW}',
        {"<inputSet/>": "<inputSet/><outputSet/>"},
        at="a",
    ),
    Case(
        "data-input-unused",
        _task('! <dataInput id="i"/>\n<inputSet id="is"></inputSet><outputSet/>'),
        {"></inputSet>": "><dataInputRefs>i</dataInputRefs></inputSet>"},
        at="a",
    ),
    Case(
        "data-output-unused",
        _task('! <dataOutput id="o"/>\n<inputSet/><outputSet id="os"></outputSet>'),
        {"></outputSet>": "><dataOutputRefs>o</dataOutputRefs></outputSet>"},
        at="a",
    ),
    Case(
        "input-set-foreign",
        '<task id="b"><ioSpecification><dataInput id="far"/><inputSet><dataInputRefs>far'
        "</dataInputRefs></inputSet><outputSet/></ioSpecification></task>\n"
        + _task(
            f'{_BOTH}\n! <inputSet id="is"><dataInputRefs>i</dataInputRefs>'
            f"<dataInputRefs>far</dataInputRefs></inputSet>\n{_OUT}"
        )
        + "\na -> b -> end",
        {"</dataInputRefs><dataInputRefs>far": ""},
        at="a",
    ),
    Case(
        "output-set-foreign",
        '<task id="b"><ioSpecification><dataOutput id="far"/><inputSet/><outputSet>'
        "<dataOutputRefs>far</dataOutputRefs></outputSet></ioSpecification></task>\n"
        + _task(
            f'{_BOTH}\n{_IN}\n! <outputSet id="os"><dataOutputRefs>o</dataOutputRefs>'
            "<dataOutputRefs>far</dataOutputRefs></outputSet>"
        )
        + "\na -> b -> end",
        {"</dataOutputRefs><dataOutputRefs>far": ""},
        at="a",
    ),
    Case(
        "input-set-subset",
        _task(
            '<dataInput id="i"/><dataInput id="j"/>\n! <inputSet id="is"><dataInputRefs>i'
            "</dataInputRefs><optionalInputRefs>j</optionalInputRefs></inputSet>\n"
            "<inputSet><dataInputRefs>j</dataInputRefs></inputSet><outputSet/>"
        ),
        {"<optionalInputRefs>j": "<optionalInputRefs>i"},
        at="a",
    ),
    Case(
        "output-set-subset",
        _task(
            '<dataOutput id="o"/><dataOutput id="q"/><inputSet/>\n! <outputSet id="os">'
            "<dataOutputRefs>o</dataOutputRefs><whileExecutingOutputRefs>q"
            "</whileExecutingOutputRefs></outputSet>\n"
            "<outputSet><dataOutputRefs>q</dataOutputRefs></outputSet>"
        ),
        {"<whileExecutingOutputRefs>q": "<whileExecutingOutputRefs>o"},
        at="a",
    ),
    Case(
        "input-output-set-pairs",
        _task(
            f'{_BOTH}\n! <inputSet id="is"><dataInputRefs>i</dataInputRefs>'
            f"<outputSetRefs>os</outputSetRefs></inputSet>\n{_OUT}"
        ),
        {"</outputSet>\n": "<inputSetRefs>is</inputSetRefs></outputSet>\n"},
        at="a",
    ),
]

ASSOCIATIONS = [
    Case(
        "data-association-target-missing",
        _task(
            _WHOLE,
            '! <dataInputAssociation id="x"><sourceRef>d1</sourceRef></dataInputAssociation>',
            _OBJECT,
        ),
        {"</sourceRef>": "</sourceRef><targetRef>i</targetRef>"},
        at="a",
    ),
    Case(
        "data-association-source-missing",
        _task(
            _WHOLE,
            '! <dataInputAssociation id="x"><targetRef>i</targetRef></dataInputAssociation>',
            _OBJECT,
        ),
        {"<targetRef>": "<sourceRef>d1</sourceRef><targetRef>"},
        at="a",
    ),
    Case(
        "data-association-sources",
        _task(
            _WHOLE,
            '! <dataInputAssociation id="x"><sourceRef>d1</sourceRef><sourceRef>d2</sourceRef>'
            "<targetRef>i</targetRef></dataInputAssociation>",
            _OBJECT,
        ),
        {"</targetRef>": "</targetRef><transformation>x</transformation>"},
        at="a",
    ),
    Case(
        "data-input-association-target",
        _task(
            _WHOLE,
            '! <dataInputAssociation id="x"><sourceRef>d1</sourceRef><targetRef>d2</targetRef>'
            "</dataInputAssociation>",
            _OBJECT,
        ),
        {"<targetRef>d2": "<targetRef>i"},
        at="a",
    ),
    Case(
        "data-output-association-source",
        _task(
            _WHOLE,
            '! <dataOutputAssociation id="x"><sourceRef>d1</sourceRef><targetRef>d2</targetRef>'
            "</dataOutputAssociation>",
            _OBJECT,
        ),
        {"<sourceRef>d1": "<sourceRef>o"},
        at="a",
    ),
    Case(
        "data-association-items",
        '<itemDefinition id="t1"/><itemDefinition id="t2"/>\n---\n'
        + _task(
            f'<dataInput id="i" itemSubjectRef="t2"/>{_IN}<outputSet/>',
            '! <dataInputAssociation id="x"><sourceRef>d1</sourceRef><targetRef>i</targetRef>'
            "</dataInputAssociation>",
            '<dataObject id="d1" itemSubjectRef="t1"/>\n',
        ),
        {'itemSubjectRef="t2"': 'itemSubjectRef="t1"'},
        at="a",
    ),
    Case(
        "data-association-scope",
        '<subProcess id="s"><dataObject id="hidden"/><startEvent id="si"/><endEvent id="so"/>\n'
        "si -> so\n</subProcess>\n"
        + _task(
            _WHOLE,
            '! <dataInputAssociation id="x"><sourceRef>hidden</sourceRef><targetRef>i</targetRef>'
            "</dataInputAssociation>",
            _OBJECT,
        )
        + "\na -> s -> end",
        {"<sourceRef>hidden": "<sourceRef>d1"},
        at="a",
    ),
    Case(
        "transformation-empty",
        _task(
            _WHOLE,
            '<dataInputAssociation id="x"><sourceRef>d1</sourceRef><targetRef>i</targetRef>\n'
            "! <transformation></transformation>\n</dataInputAssociation>",
            _OBJECT,
        ),
        {"<transformation>": "<transformation>x"},
        at="a",
    ),
    Case(
        "assignment-incomplete",
        _task(
            _WHOLE,
            '<dataInputAssociation id="x"><sourceRef>d1</sourceRef><targetRef>i</targetRef>\n'
            '! <assignment id="as"><from>y</from></assignment>\n</dataInputAssociation>',
            _OBJECT,
        ),
        {"</from>": "</from><to>z</to>"},
        at="a",
    ),
    Case(
        "process-data-association",
        '<process id="q" isExecutable="true"><ioSpecification><dataOutput id="po"/><inputSet/>'
        "<outputSet><dataOutputRefs>po</dataOutputRefs></outputSet></ioSpecification>\n"
        f'<task id="a"><ioSpecification>{_WHOLE}</ioSpecification>\n'
        '! <dataInputAssociation id="x"><sourceRef>po</sourceRef><targetRef>i</targetRef>'
        '</dataInputAssociation>\n</task><dataObject id="d1"/>'
        '<startEvent id="s"/><endEvent id="e"/>\ns -> a -> e\n</process>',
        {"<sourceRef>po": "<sourceRef>d1"},
        at="a",
    ),
    Case(
        "data-object-reference-empty",
        f'<dataObject id="d1"/>\n! <dataObjectReference id="r"/>\n{_FLOW}',
        {'id="r"': 'id="r" dataObjectRef="d1"'},
    ),
    Case(
        "data-object-reference-scope",
        f"""
        <subProcess id="s"><startEvent id="si"/><endEvent id="so"/><dataObject id="inner"/>
        si -> so
        </subProcess>
        ! <dataObjectReference id="r" dataObjectRef="inner"/>
        <dataObject id="outer"/>
        {_FLOW}
        start -> s -> end
        """,
        {'dataObjectRef="inner"': 'dataObjectRef="outer"'},
    ),
    Case(
        "event-data-item",
        """
        <itemDefinition id="t1"/><itemDefinition id="t2"/><message id="m" name="m" itemRef="t1"/>
        ---
        <startEvent id="start">
        ! <dataOutput id="o" itemSubjectRef="t2"/>
        <outputSet><dataOutputRefs>o</dataOutputRefs></outputSet>
        <messageEventDefinition messageRef="m"/></startEvent>
        start -> a -> end
        """,
        {'itemSubjectRef="t2"': 'itemSubjectRef="t1"'},
        at="start",
    ),
    Case(
        "data-collection",
        f'<itemDefinition id="t" isCollection="true"/>\n---\n'
        f'! <dataObject id="x" itemSubjectRef="t"/>\n{_FLOW}',
        {'itemSubjectRef="t"': 'itemSubjectRef="t" isCollection="true"'},
    ),
]

_PATH = "<messagePath>x</messagePath>"
_RETRIEVAL = (
    '<correlationPropertyRetrievalExpression messageRef="m">{path}'
    "</correlationPropertyRetrievalExpression>"
)
_PROPERTIES = (
    '<message id="m" name="m"/>'
    + "".join(
        f'<correlationProperty id="{id}" type="string">{_RETRIEVAL.format(path=_PATH)}'
        "</correlationProperty>"
        for id in ("p1", "p2")
    )
    + '<collaboration id="co"><correlationKey id="key">'
    "<correlationPropertyRef>p1</correlationPropertyRef></correlationKey></collaboration>"
)


def _binding(property: str, path: str = "<dataPath>x</dataPath>") -> str:
    return (
        f'<correlationPropertyBinding correlationPropertyRef="{property}">{path}'
        "</correlationPropertyBinding>"
    )


CORRELATION = [
    Case(
        "correlation-property-retrieval",
        f'<message id="m" name="m"/>\n! <correlationProperty id="x" type="string">'
        f"</correlationProperty>\n---\n{_FLOW}",
        {"></correlationProperty>": f">{_RETRIEVAL.format(path=_PATH)}</correlationProperty>"},
    ),
    Case(
        "correlation-retrieval-path",
        f'<message id="m" name="m"/><correlationProperty id="x" type="string">\n'
        f"! {_RETRIEVAL.format(path='')}\n</correlationProperty>\n---\n{_FLOW}",
        {'messageRef="m">': f'messageRef="m">{_PATH}'},
        at="x",
    ),
    Case(
        "correlation-retrieval-twice",
        f'<message id="m" name="m"/><message id="n" name="n"/>'
        f'<correlationProperty id="x" type="string">\n{_RETRIEVAL.format(path=_PATH)}\n'
        f"! {_RETRIEVAL.format(path=_PATH)}\n</correlationProperty>\n---\n{_FLOW}",
        {f"! {_RETRIEVAL.format(path=_PATH)}": _RETRIEVAL.format(path=_PATH).replace('"m"', '"n"')},
        at="x",
    ),
    Case(
        "correlation-key-empty",
        f'{_PROPERTIES}<collaboration id="c2">\n! <correlationKey id="k2"></correlationKey>\n'
        f"</collaboration>\n---\n{_FLOW}",
        {},
        twin=f'{_PROPERTIES}<collaboration id="c2"><correlationKey id="k2">'
        "<correlationPropertyRef>p1</correlationPropertyRef></correlationKey></collaboration>\n"
        f"---\n{_FLOW}",
    ),
    Case(
        "correlation-binding-path",
        f'{_PROPERTIES}\n---\n<correlationSubscription id="sub" correlationKeyRef="key">\n'
        f"! {_binding('p1', '')}\n</correlationSubscription>\n{_FLOW}",
        {'Ref="p1"></': 'Ref="p1"><dataPath>x</dataPath></'},
        at="sub",
    ),
    Case(
        "correlation-binding-property",
        f'{_PROPERTIES}\n---\n<correlationSubscription id="sub" correlationKeyRef="key">'
        f"{_binding('p1')}\n! {_binding('p2')}\n</correlationSubscription>\n{_FLOW}",
        {_binding("p2"): ""},
        at="sub",
    ),
    Case(
        "correlation-property-unbound",
        f'{_PROPERTIES}\n---\n! <correlationSubscription id="sub" correlationKeyRef="key">\n'
        f"</correlationSubscription>\n{_FLOW}",
        {"</correlationSubscription>": f"{_binding('p1')}</correlationSubscription>"},
    ),
]

EXPRESSIONS = [
    Case(
        "expression-empty",
        f'<adHocSubProcess id="a"><task id="t"/>\n! <completionCondition> </completionCondition>\n'
        f"</adHocSubProcess>\n{_FLOW}",
        {"<completionCondition> ": "<completionCondition>x"},
        at="a",
    ),
    Case(
        "expression-language",
        f'<adHocSubProcess id="a"><task id="t"/>\n! <completionCondition'
        f' xsi:type="tFormalExpression" language="cobol">x</completionCondition>\n'
        f"</adHocSubProcess>\n{_FLOW}",
        {"cobol": "https://www.omg.org/spec/DMN/20191111/FEEL/"},
        at="a",
    ),
]

CASES = [*SETS, *ASSOCIATIONS, *CORRELATION, *EXPRESSIONS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_wrong_is_found_and_right_is_clean(case: Case) -> None:
    assert_pair(case)


def test_property_stands_for_a_data_input() -> None:
    """Drawing tools have a placeholder for each data association."""
    right = f"""
    {_OBJECT}
    <task id="a"><property id="place"/>
    <dataInputAssociation id="x"><sourceRef>d1</sourceRef><targetRef>place</targetRef></dataInputAssociation>
    </task>
    {_FLOW}
    """
    assert rule_ids(right) == set()


def test_event_moves_its_own_data() -> None:
    right = f"""
    <message id="m" name="m"/>
    ---
    {_OBJECT}
    <startEvent id="start"><dataOutput id="so"/><dataOutputAssociation><sourceRef>so</sourceRef><targetRef>d1</targetRef></dataOutputAssociation><outputSet><dataOutputRefs>so</dataOutputRefs></outputSet><messageEventDefinition messageRef="m"/></startEvent>
    <endEvent id="end"><dataInput id="ei"/><dataInputAssociation><sourceRef>d1</sourceRef><targetRef>ei</targetRef></dataInputAssociation><inputSet><dataInputRefs>ei</dataInputRefs></inputSet><messageEventDefinition messageRef="m"/></endEvent>
    start -> end
    """
    assert rule_ids(right) == set()


@pytest.mark.parametrize(
    "language",
    ["feel", "FEEL", "http://www.w3.org/1999/XPath", "text/javascript", "juel", "python", ""],
)
def test_known_languages(language: str) -> None:
    case = next(case for case in EXPRESSIONS if case.rule == "expression-language")
    assert "expression-language" not in rule_ids(case.wrong.replace("cobol", language))
