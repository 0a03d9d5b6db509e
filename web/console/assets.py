"""Addresses of the built front end, from the manifest that its build leaves."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import url_for

DIST = Path(__file__).resolve().parent.parent / "static" / "dist"


def scripts(*entries: str) -> list[str]:
    """Addresses of the script modules of these entries, in order."""
    manifest = _manifest()
    return [_address(manifest[_source(entry)]["file"]) for entry in entries if manifest]


def styles(*entries: str) -> list[str]:
    """Addresses of the style sheets of these entries and of what they import, each once."""
    manifest = _manifest()
    waiting, found = [_source(entry) for entry in entries if manifest], dict[str, None]()
    while waiting:
        chunk = manifest[waiting.pop(0)]
        found |= dict.fromkeys(chunk.get("css", []))
        waiting += chunk.get("imports", [])
    return [_address(file) for file in found]


def is_built() -> bool:
    """Whether the front end is there; without it, pages are plain but readable."""
    return bool(_manifest())


def _source(entry: str) -> str:
    return f"src/{entry}.js"


def _address(file: str) -> str:
    return url_for("console.static", filename=f"dist/{file}")


def _manifest() -> dict[str, Any]:
    file = DIST / "manifest.json"
    return _read(file, file.stat().st_mtime_ns) if file.exists() else {}


@lru_cache(maxsize=1)
def _read(file: Path, modified: int) -> dict[str, Any]:  # noqa: ARG001 (a new build is read anew)
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return manifest
