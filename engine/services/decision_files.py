"""Decision models among the files of a deployment: each with what it imports, and what is odd."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from bpmn.dmn.canonical import semantic_hash
from bpmn.dmn.model import Decision, DecisionService, Definitions, DrgElement
from bpmn.model.base import ModelElement
from engine.decisions import Decisions, check
from engine.views import Problem

_ZEEBE = "{http://camunda.org/schema/zeebe/1.0}versionTag"
_CAMUNDA = "http://camunda.org/schema/1.0/dmn"


class ReadDecision(Struct):
    """A decision of a file."""

    id: str
    name: str | None
    hash: str
    """Of its model and of all that this imports."""
    file: str
    version_tag: str | None
    facts: dict[str, Any]
    """`models`: the hashes of the files it is compiled from, its own first."""


def read_decisions(
    models: Mapping[str, Definitions], contents: Mapping[str, bytes]
) -> tuple[list[ReadDecision], list[Problem]]:
    """The decisions of all files by name, and what their models and tables say of themselves."""
    decisions: list[ReadDecision] = []
    problems: list[Problem] = []
    meanings = {file: semantic_hash(model) for file, model in models.items()}
    digests = {file: hashlib.sha256(contents[file]).hexdigest() for file in models}
    for file, model in models.items():
        files = _with_imports(file, models)
        problems += _problems(file, [models[name] for name in files])
        meaning = hashlib.sha256("".join(meanings[name] for name in files).encode()).hexdigest()
        facts = {
            "models": [digests[name] for name in files],
            "model": {"id": model.id, "name": model.name},
        }
        decisions += (
            ReadDecision(
                id=element.id,
                name=element.name or None,
                hash=meaning,
                file=file,
                version_tag=_version_tag(element),
                facts={**facts, "kind": _kind(element)},
            )
            for element in model.drg_elements
            if isinstance(element, Decision | DecisionService)
        )
    return decisions, problems


def _with_imports(file: str, models: Mapping[str, Definitions]) -> list[str]:
    """The file, and all that it imports directly or not, as far as they are here."""
    by_namespace = {model.namespace: name for name, model in reversed(list(models.items()))}
    found = [file]
    for name in found:
        for wanted in models[name].imports:
            other = by_namespace.get(wanted.namespace)
            if other is not None and other not in found:
                found.append(other)
    return found


def _problems(file: str, models: Sequence[Definitions]) -> Iterator[Problem]:
    compiled, own = Decisions(*models), models[0].namespace
    ids = _ids_by_line(models[0])
    for found in (*compiled.problems, *compiled.remarks(), *check(models[0])):
        if found.namespace in {own, ""}:
            yield Problem(
                message=found.message,
                rule="decision",
                severity="warning",
                file=file,
                line=found.line or None,
                element=ids.get(found.line),
                clause=f"DMN 1.5 {found.clause}".strip(),
            )


def _ids_by_line(model: Definitions) -> dict[int, str]:
    """The innermost element with an id at each line on which one begins, and on those of its parts
    without an id."""
    found: dict[int, str] = {}
    waiting: list[tuple[Any, str]] = [(model, "")]
    while waiting:
        current, around = waiting.pop()
        if isinstance(current, tuple):
            waiting += ((one, around) for one in reversed(current))
        elif isinstance(current, ModelElement):
            id = getattr(current, "id", "") or around
            if current.line and id:
                found[current.line] = id
            waiting += ((getattr(current, name), id) for name in current.__struct_fields__)
    return found


def _version_tag(element: DrgElement) -> str | None:
    """As Camunda 8's extension or Camunda 7's attribute says it."""
    for extension in element.extension_elements:
        if extension.tag == _ZEEBE and extension.attributes.get("value"):
            return extension.attributes["value"]
    return element.foreign(_CAMUNDA, "versionTag") or None


def _kind(element: DrgElement) -> str:
    if isinstance(element, DecisionService):
        return "DecisionService"
    expression = element.expression if isinstance(element, Decision) else None
    return type(expression).__name__ if expression is not None else "none"
