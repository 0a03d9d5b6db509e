"""Whose model it is, in which language it speaks, and what does not execute."""

from __future__ import annotations

import msgspec
import pytest

from bpmn.dialects import (
    DIALECTS,
    Code,
    Dialect,
    Settings,
    code_of,
    detect,
    findings,
    language_named,
    settings_of,
)
from bpmn.dialects.camunda7 import CAMUNDA7
from bpmn.dialects.camunda8 import CAMUNDA8
from bpmn.dialects.flowable import FLOWABLE
from bpmn.dialects.kapellmeister import REGISTER
from bpmn.dialects.plain import PLAIN
from bpmn.dialects.register import Entry
from bpmn.model import Definitions, Expression, FormalExpression, Process, Task
from tests.bpmn.dialects.kit import element, said
from tests.bpmn.kit import given


@pytest.mark.parametrize(
    ("process", "attributes", "dialect"),
    [
        ("", "", PLAIN),
        ("<task id='t' k:jobType='x'/>", "", PLAIN),
        ("<task id='t' camunda:asyncBefore='true'/>", "", CAMUNDA7),
        ("<task id='t' operaton:asyncBefore='true'/>", "", CAMUNDA7),
        ("<task id='t' flowable:async='true'/>", "", FLOWABLE),
        ("<task id='t' activiti:async='true'/>", "", FLOWABLE),
        (
            "<subProcess id='s'><task id='t'><extensionElements><zeebe:properties/>"
            "</extensionElements></task></subProcess>",
            "",
            CAMUNDA8,
        ),
        ("<task id='t' camunda:x='1'/>", "modeler:executionPlatform='Camunda Cloud'", CAMUNDA8),
        ("", "modeler:executionPlatform='Camunda Platform'", CAMUNDA7),
        ("<task id='t' zeebe:x='1' camunda:x='1' camunda:y='2'/>", "", CAMUNDA7),
        ("", "modeler:executionPlatform='Something Else'", PLAIN),
    ],
)
def test_a_dialect_is_what_the_tool_says_or_what_is_used(
    process: str, attributes: str, dialect: Dialect
) -> None:
    definitions = given(process, attributes=attributes)
    (found,) = definitions.root_elements
    assert isinstance(found, Process)
    assert detect(definitions, found) is dialect
    assert detect(definitions) is dialect


def test_a_process_is_not_judged_by_another_one() -> None:
    definitions = given(
        "<task id='a' camunda:asyncBefore='true'/>",
        roots="<process id='q'><task id='b' flowable:async='true'/></process>",
    )
    camunda, flowable = definitions.root_elements
    assert isinstance(camunda, Process)
    assert isinstance(flowable, Process)
    assert detect(definitions, camunda) is CAMUNDA7
    assert detect(definitions, flowable) is FLOWABLE


def test_a_shared_message_speaks_for_its_processes() -> None:
    definitions = given(
        "",
        roots="<message id='m'><extensionElements><zeebe:subscription/>"
        "</extensionElements></message>",
    )
    assert detect(definitions) is CAMUNDA8


@pytest.mark.parametrize(
    ("text", "language", "dialect", "code"),
    [
        ("x > 1", "", PLAIN, Code("feel", "x > 1")),
        ("= x > 1", "", PLAIN, Code("feel", "x > 1")),
        ("= x > 1", "", CAMUNDA7, Code("feel", "x > 1")),
        ("${x > 1}", "", PLAIN, Code("juel", "${x > 1}")),
        ("#{x}", "", CAMUNDA8, Code("juel", "#{x}")),
        ("x > 1", "", CAMUNDA8, Code("feel", "x > 1")),
        ("true", "", CAMUNDA7, Code("juel", "true")),
        ("true", "", FLOWABLE, Code("juel", "true")),
        ("=x", "feel", CAMUNDA7, Code("feel", "x")),
        ("x", "https://www.omg.org/spec/DMN/20191111/FEEL/", CAMUNDA7, Code("feel", "x")),
        ("x == 1", "JavaScript", PLAIN, Code("javascript", "x == 1")),
        ("a/b", "http://www.w3.org/1999/XPath", PLAIN, Code("xpath", "a/b")),
        ("x", "groovy", CAMUNDA7, Code("groovy", "x")),
    ],
)
def test_an_expression_has_a_language(
    text: str, language: str, dialect: Dialect, code: Code
) -> None:
    expression = FormalExpression(text=text, language=language)
    assert code_of(expression, dialect, Definitions()) == code


@pytest.mark.parametrize(
    ("stated", "language"),
    [
        ("http://www.w3.org/1999/XPath", "feel"),
        ("http://www.omg.org/spec/FEEL/20140401", "feel"),
        ("http://www.java.com/javaTypes", "feel"),
        ("http://www.mvel.org/2.0", "feel"),
        ("groovy", "groovy"),
        ("text/javascript", "javascript"),
        ("application/x-groovy", "groovy"),
    ],
)
def test_the_definitions_say_the_language_unless_it_is_the_unused_default(
    stated: str, language: str
) -> None:
    definitions = Definitions(expression_language=stated)
    found = code_of(Expression(text="x"), PLAIN, definitions)
    assert found == Code(language, "x")


def test_nothing_to_evaluate_is_none() -> None:
    assert code_of(None, PLAIN) is None
    assert code_of(Expression(text=" \n"), PLAIN) is None


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("ECMAScript", "javascript"),
        ("text/ecmascript", "javascript"),
        ("js", "javascript"),
        ("python3", "python"),
        ("application/x-ruby", "ruby"),
        ("http://example.org/lang/Rust/", "rust"),
    ],
)
def test_a_language_has_one_name(name: str, language: str) -> None:
    assert language_named(name) == language


def test_elements_that_say_nothing_share_one_answer() -> None:
    one, other = Task(id="a"), Task(id="b")
    assert settings_of(one, CAMUNDA7) is settings_of(other, CAMUNDA7)
    assert settings_of(one, CAMUNDA7) == Settings()


def test_what_does_not_execute_is_found_with_its_line() -> None:
    definitions = given(
        "\n<callActivity id='c' camunda:caseRef='x' camunda:calledElementTenantId='t'/>"
        "\n<task id='t' camunda:asyncBefore='true' zeebe:x='1' k:retries='3'>"
        "<extensionElements>\n<camunda:properties/><camunda:nonsense/></extensionElements></task>"
    )
    assert list(map(str, findings(definitions, CAMUNDA7))) == [
        "line 3: 'camunda:caseRef' of 'c' is refused; CMMN cases do not run here; call a process",
        "line 3: 'camunda:calledElementTenantId' of 'c' is ignored;"
        " the called one is of the caller's tenant",
        "line 4: 'zeebe:x' of 't' is ignored; it is not a word of this dialect",
        "line 5: 'camunda:properties' of 't' is ignored;"
        " kept and shown, without a meaning of their own",
        "line 5: 'camunda:nonsense' of 't' is ignored; it is not a word of this dialect",
    ]


def test_findings_of_one_process_leave_out_the_others() -> None:
    definitions = given("<task id='t' zeebe:x='1'/>", roots="<process id='q' zeebe:y='1'/>")
    _, other = definitions.root_elements
    assert isinstance(other, Process)
    assert [found.name for found in findings(definitions, CAMUNDA7, other)] == ["zeebe:y"]


ENTRIES = [(d.name, e) for d in DIALECTS.values() for e in d.register]


@pytest.mark.parametrize(
    ("name", "entry"),
    [*ENTRIES, *(("kapellmeister", e) for e in REGISTER)],
    ids=lambda value: value.name if isinstance(value, Entry) else value,
)
def test_a_register_is_true(name: str, entry: Entry) -> None:
    known = {field.name for field in msgspec.structs.fields(Settings)}
    assert set(entry.fields) <= known
    if entry.treatment == "refused":
        assert entry.note, "says what would do instead"
    same = [e for n, e in ENTRIES if n == name and e.name == entry.name]
    assert len(same) <= 1, "one word, one treatment"


VALUES = {
    "@calledElementBinding": "deployment",
    "@decisionRefBinding": "deployment",
    "@exclusive": "false",
    "@formRefBinding": "deployment",
    "@isStartableInTasklist": "false",
    "@type": "mail",
}
"""What to state where `true` would be the default."""
PARTNERS = {
    "@topic": "type='external'",
    "@decisionRefBinding": "decisionRef='d'",
    "@decisionRefVersion": "decisionRef='d'",
    "@decisionRefVersionTag": "decisionRef='d'",
    "@mapDecisionResult": "decisionRef='d'",
    "@formRefBinding": "formRef='f'",
    "@formRefVersion": "formRef='f'",
    "@elementIndexVariable": "elementVariable='e'",
}
"""What an attribute belongs to."""
TAGS = (
    *("serviceTask", "userTask", "callActivity", "businessRuleTask", "startEvent"),
    "multiInstanceLoopCharacteristics",
    "process",
)
ATTRIBUTES = [
    (dialect, entry.name)
    for dialect in DIALECTS.values()
    for entry in dialect.register
    if entry.name.startswith("@") and entry.treatment == "executes"
]


@pytest.mark.parametrize(
    ("dialect", "name"), ATTRIBUTES, ids=lambda v: v.name if isinstance(v, Dialect) else v
)
def test_an_attribute_that_executes_changes_what_is_said(dialect: Dialect, name: str) -> None:
    prefix = next(iter(dialect.namespaces.values()))
    partner = f"{prefix}:{PARTNERS[name]}" if name in PARTNERS else ""
    stated = f"{prefix}:{name[1:]}='{VALUES.get(name, 'true')}'"
    assert any(
        _said(dialect, tag, f"{partner} {stated}") != _said(dialect, tag, partner) for tag in TAGS
    )


def _said(dialect: Dialect, tag: str, attributes: str) -> Settings:
    """What an element of that tag says with these attributes."""
    if tag == "process":
        process = given("", roots=f"<process id='q' {attributes}/>").root_elements[1]
        return settings_of(process, dialect)
    if tag.endswith("LoopCharacteristics"):
        task = element(f"<task id='t'><{tag} {attributes}/></task>")
        assert isinstance(task, Task)
        assert task.loop_characteristics is not None
        return settings_of(task.loop_characteristics, dialect)
    return said(dialect, tag, attributes)
