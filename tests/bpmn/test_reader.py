"""What a document says ends up in the model, and what is wrong with it in the list of problems."""

from __future__ import annotations

import time

import pytest

from bpmn.model import (
    Activity,
    CallActivity,
    DataInputAssociation,
    Definitions,
    Expression,
    FormalExpression,
    IntermediateCatchEvent,
    Lane,
    ModelElement,
    Process,
    ReadProblem,
    ScriptTask,
    SequenceFlow,
    ServiceTask,
    Task,
    TextAnnotation,
    TimerEventDefinition,
    UserTask,
)
from bpmn.reader import BpmnSyntaxError, read
from tests.bpmn.kit import (
    REAL,
    STORIES,
    document,
    elements,
    fixed,
    full,
    given,
    read_element,
    without_lines,
)


def process_of(definitions: Definitions) -> Process:
    (process,) = (root for root in definitions.root_elements if isinstance(root, Process))
    return process


def only(process: str, roots: str = "") -> ModelElement:
    (element,) = process_of(given(process, roots)).flow_elements
    return element


def problems(process: str, roots: str = "") -> list[str]:
    return [str(problem) for problem in given(process, roots).problems]


@pytest.mark.parametrize("cls", elements(), ids=lambda cls: cls.__name__)
def test_every_kind_of_element_is_read_as_it_was_written(cls: type[ModelElement]) -> None:
    element = full(cls)
    found, wrong = read_element(fixed(element), cls)
    assert without_lines(found) == without_lines(element)
    assert [text for text in wrong if "is that of the element" not in text] == []


def test_a_task_knows_its_line_and_all_its_attributes() -> None:
    task = only('\n<serviceTask id="t" name="Pay" startQuantity="2" isForCompensation="1"/>')
    assert task == ServiceTask(
        line=3, id="t", name="Pay", start_quantity=2, is_for_compensation=True
    )


def test_a_tag_decides_the_class_and_its_ancestors() -> None:
    assert isinstance(only('<userTask id="u"/>'), Activity)


def test_a_flow_keeps_its_condition_and_language() -> None:
    flow = only(
        '<sequenceFlow id="f" sourceRef="a" targetRef="b">'
        '<conditionExpression xsi:type="tFormalExpression" language="feel"> x &gt; 1\n'
        "</conditionExpression></sequenceFlow>"
    )
    assert isinstance(flow, SequenceFlow)
    assert flow.condition_expression == FormalExpression(line=2, text="x > 1", language="feel")


def test_an_expression_without_type_is_not_formal() -> None:
    event = only(
        "<intermediateCatchEvent id='e'><timerEventDefinition><timeDuration>PT1S</timeDuration>"
        "</timerEventDefinition></intermediateCatchEvent>"
    )
    assert isinstance(event, IntermediateCatchEvent)
    (timer,) = event.event_definitions
    assert isinstance(timer, TimerEventDefinition)
    assert type(timer.time_duration) is Expression
    assert timer.time_duration.text == "PT1S"
    assert timer.time_duration.language == ""


def test_a_language_makes_an_expression_formal_whatever_its_type_says() -> None:
    flow = only(
        "<sequenceFlow id='f' sourceRef='a' targetRef='b'>"
        "<conditionExpression language='feel'>x</conditionExpression></sequenceFlow>"
    )
    assert isinstance(flow, SequenceFlow)
    assert isinstance(flow.condition_expression, FormalExpression)


def test_an_abstract_tag_is_what_its_type_says() -> None:
    assert isinstance(only("<flowElement id='x' xsi:type='tUserTask'/>"), UserTask)


def test_a_script_is_kept_to_the_letter() -> None:
    script = "\n  if a &lt; b:\n\treturn ' '\n"
    task = only(f"<scriptTask id='s'><script>{script}</script></scriptTask>")
    assert isinstance(task, ScriptTask)
    assert task.script == "\n  if a < b:\n\treturn ' '\n"


def test_a_script_in_cdata_is_the_same_script() -> None:
    task = only("<scriptTask id='s'><script><![CDATA[a < b && c]]></script></scriptTask>")
    assert isinstance(task, ScriptTask)
    assert task.script == "a < b && c"


def test_markup_in_a_note_is_kept_as_characters() -> None:
    process = process_of(
        given("<textAnnotation id='n'><text>a <b>b</b> &amp; c</text></textAnnotation>")
    )
    (note,) = process.artifacts
    assert isinstance(note, TextAnnotation)
    assert note.text == "a <b>b</b> &amp; c"


def test_documentation_keeps_its_markup() -> None:
    task = only("<task id='t'><documentation>a <i xmlns='urn:h'>b</i> c</documentation></task>")
    assert isinstance(task, Task)
    (documentation,) = task.documentation
    (markup,) = documentation.content
    assert (documentation.text, markup.tag, markup.text, markup.tail) == (
        "a ",
        "{urn:h}i",
        "b",
        " c",
    )


def test_a_prefix_of_the_documents_own_namespace_is_taken_off_references() -> None:
    definitions = given(
        "<task id='t'><incoming>tns:f</incoming></task>"
        "<callActivity id='c' calledElement='tns:q'/><callActivity id='d' calledElement='zeebe:q'/>"
    )
    task, own, other = process_of(definitions).flow_elements
    assert isinstance(task, Task)
    assert isinstance(own, CallActivity)
    assert isinstance(other, CallActivity)
    assert task.incoming == ("f",)
    assert own.called_element == "q"
    assert other.called_element == "zeebe:q"


def test_a_colon_in_an_expression_is_no_prefix() -> None:
    call = only("<callActivity id='c' calledElement='${a ? b : c}'/>")
    assert isinstance(call, CallActivity)
    assert call.called_element == "${a ? b : c}"


def test_a_prefix_declared_anew_inside_gets_a_name_of_its_own() -> None:
    definitions = given(
        "<callActivity id='a' xmlns:o='urn:one' calledElement='o:x'/>"
        "<callActivity id='b' xmlns:o='urn:two' calledElement='o:x'/>"
        "<callActivity id='c' xmlns:o='urn:test' calledElement='o:x'/>"
    )
    called = [e.called_element for e in process_of(definitions).flow_elements]  # type: ignore[attr-defined]
    assert called == ["o:x", "o1:x", "x"]
    assert definitions.namespaces["o"] == "urn:one"
    assert definitions.namespaces["o1"] == "urn:two"


def test_an_association_has_several_sources_and_one_target() -> None:
    task = only(
        "<task id='t'><dataInputAssociation><sourceRef>a</sourceRef><sourceRef> b </sourceRef>"
        "<targetRef>c</targetRef><assignment><from>1</from><to>x</to></assignment>"
        "</dataInputAssociation></task>"
    )
    assert isinstance(task, Task)
    (association,) = task.data_input_associations
    assert isinstance(association, DataInputAssociation)
    assert (association.source_refs, association.target_ref) == (("a", "b"), "c")
    assert association.assignments[0].from_ == Expression(line=2, text="1")


def test_lanes_nest() -> None:
    process = process_of(
        given(
            "<laneSet><lane id='l'><flowNodeRef>a</flowNodeRef><childLaneSet id='s'><lane id='m'/>"
            "</childLaneSet></lane></laneSet>"
        )
    )
    lane = process.lane_sets[0].lanes[0]
    assert lane.flow_node_refs == ("a",)
    assert lane.child_lane_set is not None
    assert lane.child_lane_set.lanes == (Lane(line=2, id="m"),)


def test_extensions_survive_as_they_are() -> None:
    task = only(
        "<task id='t' k:retries='3'><extensionElements><camunda:properties>\n"
        "<camunda:property name='a' value='1'/></camunda:properties></extensionElements></task>"
    )
    assert isinstance(task, Task)
    assert task.foreign("http://kapellmeister.dev/schema/1.0", "retries") == "3"
    (properties,) = task.extension_elements
    assert (properties.namespace, properties.name, properties.text) == (
        "http://camunda.org/schema/1.0/bpmn",
        "properties",
        "",
    )
    assert properties.children[0].attributes == {"name": "a", "value": "1"}
    assert properties.children[0].line == 3


@pytest.mark.parametrize(
    ("process", "message"),
    [
        ("<usertask/>", "line 2: 'usertask' cannot stand in 'process'"),
        ("<lane/>", "line 2: 'lane' cannot stand in 'process'"),
        ("<x xmlns=''/>", "line 2: 'x' in 'process' has no namespace and is not read"),
        ("<boundaryEvent id='b'/>", "line 2: 'boundaryEvent' lacks 'attachedToRef'"),
        ("<boundaryEvent attachedToRef=''/>", "line 2: 'boundaryEvent' lacks 'attachedToRef'"),
        ("<task startQuantity='two'/>", "'startQuantity' of 'task' is 'two'; a whole number"),
        ("<task startQuantity='9999999999999999999'/>", "'startQuantity' of 'task' is '999"),
        ("<task isForCompensation='yes'/>", "of 'task' is 'yes'; 'true' or 'false' would do"),
        ("<exclusiveGateway gatewayDirection='Up'/>", "is 'Up'; one of 'Unspecified', 'Conv"),
        ("<task id='p'/>", "line 2: id 'p' of 'task' is that of the element at line 2, too"),
        ("<flowElement/>", "line 2: 'flowElement' does not say which kind of 'FlowElement' it is"),
        ("<flowElement xsi:type='tLane'/>", "xsi:type 'tLane' cannot stand at 'flowElement'"),
        ("<task><incoming><x/></incoming></task>", "'incoming' has elements in it"),
        (
            "<task><ioSpecification/><ioSpecification/></task>",
            "'ioSpecification' stands a second time in 'task'; only the first is read",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(process: str, message: str) -> None:
    (problem,) = given(process).problems
    assert message in str(problem)
    assert problem.severity == "error"
    assert problem.remedy


@pytest.mark.parametrize(
    ("process", "message"),
    [
        ("<task isInterupting='false'/>", "'task' has no attribute 'isInterupting'"),
        ("<task>\nlost words</task>", "text 'lost words' in 'task' is not read"),
        ("<task><incoming/></task>", "'incoming' of 'task' is empty"),
        ("<task><incoming id='x'>f</incoming></task>", "no attribute 'id'; it is not kept"),
    ],
)
def test_what_changes_nothing_is_a_warning(process: str, message: str) -> None:
    (problem,) = given(process).problems
    assert message in str(problem)
    assert problem.severity == "warning"


def test_what_cannot_be_placed_or_read_is_kept() -> None:
    definitions = given("<usertask id='u'><b/></usertask><task id='t' startQuantity='two' x='1'/>")
    process = process_of(definitions)
    (unknown,) = process.unknown_children
    (task,) = process.flow_elements
    assert (unknown.name, unknown.attributes, unknown.line) == ("usertask", {"id": "u"}, 2)
    assert task.foreign_attributes == {"startQuantity": "two", "x": "1"}
    assert isinstance(task, Task)
    assert task.start_quantity == 1


def test_all_problems_come_at_once_in_document_order() -> None:
    found = given("\n<lane/>\n<boundaryEvent id='b'/>\n<task isForCompensation='?'/>").problems
    assert [(p.line, p.element) for p in found] == [(3, "p"), (4, "b"), (5, "task")]


def test_hostile_documents_get_no_endless_list() -> None:
    assert len(given("<lane/>" * 5_000).problems) == 1_000


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            b"<definitions/>",
            "starts with 'definitions'; 'definitions' of namespace 'http://www.omg",
        ),
        (
            b"\n<process xmlns='urn:x'/>",
            "line 2: the document starts with 'process' of namespace 'urn:x'",
        ),
    ],
)
def test_a_document_that_is_not_bpmn_says_what_would_do(source: bytes, message: str) -> None:
    with pytest.raises(BpmnSyntaxError, match=message):
        read(source)


def test_white_space_around_values_does_not_count() -> None:
    task = only("<task id='t' startQuantity=' 2 ' isForCompensation=' true ' default=' f '/>")
    assert isinstance(task, Task)
    assert (task.start_quantity, task.is_for_compensation, task.default) == (2, True, "f")


def test_text_around_known_children_of_an_expression_is_one_text() -> None:
    flow = only(
        "<sequenceFlow id='f' sourceRef='a' targetRef='b'><conditionExpression>\n"
        "<documentation>why</documentation> x > 1 </conditionExpression></sequenceFlow>"
    )
    assert isinstance(flow, SequenceFlow)
    assert flow.condition_expression is not None
    assert flow.condition_expression.text == "x > 1"
    assert flow.condition_expression.documentation[0].text == "why"


@pytest.mark.skipif(not REAL, reason="the tools' exports are not beside this checkout")
@pytest.mark.parametrize("path", REAL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_exports_of_modelling_tools_are_read_without_a_problem(path: object) -> None:
    assert read(path.read_bytes()).problems == ()  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_stories_are_read_without_a_problem(path: object) -> None:
    assert read(path.read_bytes()).problems == ()  # type: ignore[attr-defined]


def test_time_grows_with_the_size_and_not_with_its_square() -> None:
    def cost(tasks: int) -> float:
        line = "<task id='t{}'><incoming>f</incoming></task>\n"
        source = document("".join(line.format(number) for number in range(tasks)))
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            read(source)
            best = min(best, time.process_time() - start)
        return best

    assert cost(8_000) < 30 * cost(1_000)


def test_a_problem_reads_as_one_sentence() -> None:
    problem = ReadProblem(line=3, element="t", message="'a' is 'b'", remedy="'c' would do")
    assert str(problem) == "line 3: 'a' is 'b'; 'c' would do"
    assert problems("<task id='t'/>") == []
