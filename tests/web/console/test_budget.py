"""How much script a page loads, gzipped."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

DIST = Path(__file__).resolve().parents[3] / "web" / "static" / "dist"


@pytest.mark.parametrize(
    ("entries", "most"),
    [
        (["src/console.js"], 60),
        (["src/console.js", "src/diagram.js"], 140),
        (["src/modeler.js"], 700),
        (["src/console.js", "src/tasks.js", "src/form.js"], 200),
        (["src/decision.js"], 260),
        (["src/decision_editor.js"], 420),
        (["src/form_preview.js"], 200),
        (["src/form_editor.js"], 420),
    ],
)
def test_script_stays_within_its_budget(entries: list[str], most: int) -> None:
    manifest = json.loads((DIST / "manifest.json").read_text())
    waiting, files = list(entries), set()
    while waiting:
        chunk = manifest[waiting.pop()]
        files.add(chunk["file"])
        waiting += chunk.get("imports", [])
    size = sum(len(gzip.compress((DIST / file).read_bytes())) for file in files)
    assert 0 < size <= most * 1024
