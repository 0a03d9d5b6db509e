"""The migration report says what becomes of a file, and deploying it proves it right."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Engine
from engine.testing import Stage
from tests.engine.test_listeners import CAMUNDA7
from tests.kit import document

MODEL = document(
    """<startEvent id="s"/> <endEvent id="e"/>
    <serviceTask id="a" camunda:class="com.acme.Pay" camunda:diagramRelationId="x"/>
    <serviceTask id="b" camunda:expression="${rates.of(n)}"/>
    <callActivity id="c" calledElement="elsewhere"/>
    <userTask id="u"><extensionElements>
        <camunda:executionListener event="end" class="com.acme.Log"/>
        <camunda:taskListener event="delete" expression="${x}"/>
    </extensionElements></userTask>
    s -> a -> b -> c -> u -> e""",
    attributes=CAMUNDA7,
)


def test_it_names_what_somebody_must_bring() -> None:
    (report,) = Engine.migration_report({"p.bpmn": MODEL})
    assert report.verdict == "needs handlers"
    assert report.dialect == "Camunda 7 / Operaton"
    assert {(one.kind, one.name, *one.elements) for one in report.needed} == {
        ("handler", "com.acme.Pay", "a"),
        ("handler", "com.acme.Log", "u"),
        ("function", "rates.of", "b"),
        ("process", "elsewhere", "c"),
    }
    assert {place.element for place in report.translated} == {"a", "u"}
    assert {(p.element, p.what) for p in report.ignored} == {
        ("a", "camunda:diagramRelationId"),
        ("u", "camunda:taskListener/@event=delete"),
    }
    assert report.svg is not None
    assert report.svg.startswith("<")
    assert ("camunda:class", 1) in {(one.what, one.count) for one in report.understood}


def test_what_is_deployed_together_is_not_missing() -> None:
    other = document("<startEvent id='s'/>").replace(b"id='p'", b"id='elsewhere'")
    first, second = Engine.migration_report({"p.bpmn": MODEL, "q.bpmn": other})
    assert "elsewhere" not in {one.name for one in first.needed}
    assert second.verdict == "runs"


def test_what_would_be_refused_is_refused_with_its_line() -> None:
    groovy = document(
        """<startEvent id="s"/> <endEvent id="e"/>
        <scriptTask id="t" scriptFormat="groovy"><script>println 1</script></scriptTask>
        s -> t -> e"""
    )
    (report,) = Engine.migration_report({"p.bpmn": groovy})
    assert report.verdict == "refused"
    assert any(p.line and "Java machine" in p.message for p in report.refused)


def test_what_is_no_bpmn_at_all_is_refused() -> None:
    for content in (b"", b"<a/>", b"\x00\xff", MODEL[:200]):
        (report,) = Engine.migration_report({"p.bpmn": content})
        assert report.verdict == "refused"
        assert report.refused


def _files() -> list[Path]:
    return sorted((Path(__file__).parents[3] / "processes").rglob("*.bpmn"))


@pytest.mark.parametrize("file", _files(), ids=lambda file: file.stem)
def test_a_file_that_runs_by_the_report_can_be_deployed(file: Path) -> None:
    (report,) = Engine.migration_report({file.name: file.read_bytes()})
    assert report.verdict in ("runs", "needs handlers")
    Stage(contents={file.name: file.read_bytes()})
