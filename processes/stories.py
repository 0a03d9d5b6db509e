"""The example stories, found in the folders beside this file, each with its `story.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
DEPLOYED = (".bpmn", ".dmn", ".form")


@dataclass(frozen=True, kw_only=True)
class Example:
    """Variables with which a story goes one of its ways."""

    name: str
    """What happens then, in a few words."""
    variables: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Story:
    """An example process with its files, its handlers and ways to start it."""

    id: str
    """The folder's name, and the Python package's."""
    title: str
    summary: str
    process_id: str
    """The process that starts the story."""
    business_key: str
    """The variable that serves as business key."""
    start_form: str | None
    """Id of the form with which it is started."""
    files: Mapping[str, Path]
    """What is deployed, by file name: models, decisions and forms."""
    examples: tuple[Example, ...]

    def contents(self) -> dict[str, bytes]:
        """The files to deploy, by name."""
        return {name: path.read_bytes() for name, path in self.files.items()}

    def handlers(self) -> ModuleType:
        """The module whose functions serve the story's jobs."""
        return import_module(f"processes.{self.id}.handlers")


def discover(folder: Path = HERE) -> tuple[Story, ...]:
    """The stories of a folder, in the order that their `story.toml` files give."""
    found = sorted(
        ((tomllib.loads(file.read_text("utf-8")), file) for file in folder.glob("*/story.toml")),
        key=lambda pair: (pair[0]["order"], pair[1]),
    )
    return tuple(_story(told, file.parent) for told, file in found)


def _story(told: Mapping[str, Any], folder: Path) -> Story:
    files = {path.name: path for path in sorted(folder.iterdir()) if path.suffix in DEPLOYED}
    return Story(
        id=folder.name,
        title=told["title"],
        summary=told["summary"],
        process_id=told["process"],
        business_key=told["business_key"],
        start_form=told.get("start_form"),
        files=files,
        examples=tuple(Example(**example) for example in told["example"]),
    )
