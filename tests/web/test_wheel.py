"""A wheel holds the built console, and what runs it, and nothing to build it with."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_wheel_holds_the_built_console(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        manifest = json.loads(content.read("web/static/dist/manifest.json"))
    for entry in ("src/console.js", "src/diagram.js"):
        assert f"web/static/dist/{manifest[entry]['file']}" in names
    assert "web/console/templates/console/instance/why.html" in names
    assert not [name for name in names if "frontend" in name or "node_modules" in name]
