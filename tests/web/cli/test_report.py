"""`validate --report`: what becomes of files, as text, JSON and one page of HTML."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from click.testing import CliRunner

from tests.engine.services.test_migration_report import MODEL
from web.cli import main


def _run(tmp_path: Path, *arguments: str, code: int = 0) -> str:
    file = tmp_path / "p.bpmn"
    file.write_bytes(MODEL)
    done = CliRunner().invoke(main, ["validate", *arguments, str(file)])
    assert done.exit_code == code, done.output
    return done.output


def test_as_text(tmp_path: Path) -> None:
    said = _run(tmp_path, "--report")
    assert "▲ p.bpmn: needs handlers (Camunda 7 / Operaton)" in said
    assert "needs       handler 'com.acme.Pay' for 'a'" in said
    assert "ignored     line" in said


def test_as_json(tmp_path: Path) -> None:
    (report,) = json.loads(_run(tmp_path, "--report", "--format", "json"))
    assert report["verdict"] == "needs handlers"
    assert {one["name"] for one in report["needed"]} >= {"com.acme.Pay", "rates.of"}


def test_as_html_that_needs_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    _run(tmp_path, "--report", "--format", "html", "-o", str(page))
    text = page.read_text("utf-8")
    assert "com.acme.Pay" in text
    assert "<svg" in text
    assert "<script" not in text
    assert "src=" not in text
    ET.fromstring(text.partition("<figure>")[2].partition("</figure>")[0])


def test_texts_of_a_model_cannot_break_the_page(tmp_path: Path) -> None:
    evil = MODEL.replace(b"com.acme.Pay", b"&lt;script&gt;alert(1)&lt;/script&gt;")
    file = tmp_path / "evil.bpmn"
    file.write_bytes(evil)
    done = CliRunner().invoke(main, ["validate", "--report", "--format", "html", str(file)])
    assert "<script" not in done.output


def test_the_help_has_an_example() -> None:
    said = CliRunner().invoke(main, ["validate", "--help"]).output
    assert "kapellmeister validate --report" in said
