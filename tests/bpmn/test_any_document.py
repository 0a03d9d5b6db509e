"""Laws for documents that nobody would write: the standard's words in any order, and any bytes."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from hypothesis import example, given
from hypothesis import strategies as st

from bpmn.canonical import semantic_hash
from bpmn.model import Definitions, ModelElement, Process
from bpmn.reader import bpmn_metamodel, read
from bpmn.schema import tag_of
from bpmn.writer import write
from bpmn.xml import BpmnSyntaxError
from tests.bpmn.kit import NAMESPACES, STORIES, document, without_lines

PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}


def short(tag: str) -> str:
    """A tag in Clark notation as the test documents write it."""
    namespace, _, name = tag[1:].rpartition("}")
    prefix = PREFIXES[namespace]
    return f"{prefix}:{name}" if prefix else name


MODEL = bpmn_metamodel()
TAGS = sorted(
    {short(tag_of(cls)) for cls in MODEL.classes}
    | {short(rule.tag) for cls in MODEL.classes for rule in MODEL.rules(cls).children}
    | {"nonsense", "zeebe:taskDefinition", "camunda:in"}
)
ATTRIBUTES = sorted(
    {name for cls in MODEL.classes for name in MODEL.rules(cls).attribute_by_name}
    | {"xsi:type", "camunda:class", "nonsense"}
)
VALUES = ("", " ", "true", "1", "a", "b", "tns:a", "zeebe:a", "x:y", "-3", "1.5", "None", "NaN")
TYPES = ("tFormalExpression", "tUserTask", "tExpression", "BPMNShape", "zeebe:a", "nonsense")

values = st.sampled_from(VALUES + TYPES)
texts = st.sampled_from(("", " ", "\n  ", "words", " a ", "&lt;b/&gt;", "<![CDATA[ & ]]>", "=1"))


@st.composite
def trees(draw: st.DrawFn, parent: type[ModelElement] | None = Process, depth: int = 4) -> str:
    """An element, mostly one that may stand in `parent`, with what mostly may stand in it."""
    places = MODEL.rules(parent).child_by_tag if parent is not None else {}
    known = {short("{" + tag): place.cls for tag, place in places.items()}
    is_proper = bool(known) and draw(st.integers(0, 7)) > 0
    tag = draw(st.sampled_from(sorted(known) if is_proper else TAGS))
    cls = known.get(tag)
    names = sorted(MODEL.rules(cls).attribute_by_name) if cls is not None else ATTRIBUTES
    stated = draw(st.dictionaries(st.sampled_from([*names, "xsi:type", "x"]), values, max_size=3))
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in stated.items())
    size = draw(st.integers(0, 3)) if depth else 0
    inner = [draw(trees(cls, depth - 1)) for _ in range(size)]
    text = draw(texts)
    return f"<{tag}{attributes}>{text}{text.join(inner)}</{tag}>"


@given(inner=st.lists(trees(), max_size=3).map("".join))
@example(inner="<task><documentation> <task/> </documentation></task>")
@example(inner="<extensionElements>a<b/>c<d/></extensionElements>")
@example(inner="<scriptTask><script>a<b/>c</script></scriptTask>")
@example(inner="<task><incoming><b/>x</incoming></task>")
def test_the_words_in_any_order_are_read_and_written_back(inner: str) -> None:
    definitions = read(document(inner))
    again = read(write(definitions))
    assert without_lines(again) == without_lines(definitions)
    assert semantic_hash(again) == semantic_hash(definitions)
    assert write(again) == write(definitions)


@given(inner=st.lists(trees(), max_size=3).map("".join))
def test_a_problem_has_a_line_of_the_document_and_says_what_would_do(inner: str) -> None:
    source = document(inner)
    for problem in read(source).problems:
        assert 1 <= problem.line <= source.count(b"\n") + 1
        assert problem.message
        assert problem.remedy


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_never_breaks_the_reader(data: st.DataObject) -> None:
    source = bytearray(STORIES[0].read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(source) - 1))
        width = data.draw(st.sampled_from((0, 1, 1, 7, 40)))
        new = data.draw(
            st.one_of(st.binary(max_size=4), st.sampled_from((b"<", b'"', b"/>", b"&")))
        )
        source[place : place + width] = new
    definitions = read_or_refused(bytes(source))
    if definitions is not None:
        assert without_lines(read(write(definitions))) == without_lines(definitions)


@given(source=st.binary(max_size=60))
def test_any_bytes_are_refused_with_a_line(source: bytes) -> None:
    assert read_or_refused(source) is None


def read_or_refused(source: bytes) -> Definitions | None:
    """None where the reader says, with a line, why not."""
    refusal = ""
    try:
        return read(source)
    except BpmnSyntaxError as error:
        refusal = str(error)
    assert refusal.startswith("line ")
    return None
