"""Each room's README is its map: it names what is there, and nothing that is not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from engine import Engine

ROOT = Path(__file__).parents[1]
ROOMS = ("engine", "bpmn", "web", "processes")
SOURCES = {".py", ".js", ".css", ".mjs"}
BUILT = {"node_modules", "dist", "__pycache__"}


def text_of(room: str) -> str:
    return (ROOT / room / "README.md").read_text("utf-8")


def names_in(text: str) -> set[str]:
    return set(re.findall(r"`([\w./-]+)`", text))


def files_of(room: str) -> set[str]:
    """Paths below the room, of what people write."""
    found = (p.relative_to(ROOT / room) for p in (ROOT / room).rglob("*"))
    return {p.as_posix() for p in found if p.suffix in SOURCES and not BUILT & set(p.parts)}


@pytest.mark.parametrize("room", ROOMS)
def test_a_map_names_every_file_or_its_folder(room: str) -> None:
    names = names_in(text_of(room))
    missing = [
        path
        for path in sorted(files_of(room))
        if not path.endswith("__init__.py")
        if not {path, PurePosixPath(path).name} & names
        if not {f"{folder}/" for folder in PurePosixPath(path).parents} & names
    ]
    assert missing == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_map_names_nothing_that_is_not_there(room: str) -> None:
    files = files_of(room)
    gone = [
        name
        for name in sorted(names_in(text_of(room)))
        if name.endswith(".py") and not (ROOT / name).exists()
        if not any(path == name or path.endswith(f"/{name}") for path in files)
    ]
    assert gone == []


def test_the_facade_table_has_every_method_of_the_engine() -> None:
    facade = text_of("engine").split("## The facade")[1].split("\n## ")[0]
    words = set(re.findall(r"\w+", facade))
    assert [name for name in dir(Engine) if not name.startswith("_") and name not in words] == []


def test_every_dependency_is_accounted_for_in_a_room() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = {
        re.split(r"[\[<>=~!;]", line)[0]
        for lines in (project["dependencies"], *extras)
        for line in lines
    }
    tables = " ".join(text_of(room).split("## What it leans on")[-1].lower() for room in ROOMS[:3])
    assert sorted(name for name in wanted if name.lower() not in tables) == []
