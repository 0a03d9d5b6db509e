"""The migration report: what becomes of each file that somebody brings along, before it is
deployed. Nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import bpmn.model as m
from bpmn.dialects import Dialect, Settings, detect, findings, settings_of
from bpmn.dialects.detection import elements_of
from bpmn.dialects.extensions import words
from bpmn.drawing import Mark, draw_svg
from bpmn.reader import BpmnSyntaxError, read
from engine.jobs import JobPlan
from engine.program import Node, Program
from engine.services.files import Files, constant
from engine.views import Problem
from engine.views.reports import FileReport, Needed, Remark, Understood, Verdict

_BPMN = (".bpmn", ".bpmn20.xml", ".bpmn2")


def migration_report(files: Mapping[str, bytes]) -> list[FileReport]:
    """One report a file, in the order given; the files are looked at together, as deployed."""
    found = Files(files)
    return [report_of(name, content, found) for name, content in files.items()]


def report_of(name: str, content: bytes, found: Files) -> FileReport:
    """What becomes of one of the files that were looked at together."""
    problems = [p for p in found.problems if p.file == name]
    refused = [p for p in problems if p.severity == "error"]
    if not name.lower().endswith(_BPMN):
        return _other(name, refused)
    try:
        definitions = read(content)
    except BpmnSyntaxError:
        return _other(name, refused)
    programs = [one.program for one in found.processes if one.file == name]
    dialect = detect(definitions)
    translated = list(_translated(definitions, dialect))
    ignored = [
        Remark(line=one.line, element=one.element, what=one.name, note=one.note)
        for one in findings(definitions, dialect)
        if one.treatment == "ignored"
    ]
    needed = [one for program in programs for one in _needed(program, found)]
    return FileReport(
        file=name,
        verdict=_verdict(refused, programs, needed),
        dialect=dialect.title,
        processes=[program.id for program in programs],
        understood=_understood(definitions, dialect),
        translated=translated,
        ignored=ignored,
        refused=refused,
        needed=needed,
        svg=_drawn(definitions, refused, ignored, needed),
    )


def _other(name: str, refused: list[Problem]) -> FileReport:
    return FileReport(
        file=name,
        verdict="refused" if refused else "runs",
        dialect=name.rpartition(".")[2].upper(),
        processes=[],
        understood=[],
        translated=[],
        ignored=[],
        refused=refused,
        needed=[],
    )


def _verdict(refused: list[Problem], programs: list[Program], needed: list[Needed]) -> Verdict:
    if refused:
        return "refused"
    if not programs:
        return "shown only"
    return "needs handlers" if needed else "runs"


def _understood(definitions: m.Definitions, dialect: Dialect) -> list[Understood]:
    """Elements of the standard and words of the vendor, by how often they are used."""
    counted: Counter[str] = Counter()
    known = {entry.name for entry in dialect.register if entry.treatment == "executes"}
    for root in definitions.root_elements:
        for element in elements_of(root):
            if isinstance(element, m.FlowElement | m.EventDefinition | m.LoopCharacteristics):
                counted[type(element).__name__] += 1
            for _, namespace, word in words(element):
                if namespace in dialect.namespaces and word in known and "/" not in word:
                    counted[f"{dialect.namespaces[namespace]}:{word.removeprefix('@')}"] += 1
    return [Understood(what=what, count=count) for what, count in counted.most_common()]


def _translated(definitions: m.Definitions, dialect: Dialect) -> Iterator[Remark]:
    """What the vendor's engine would do itself, and a handler or a worker does here."""
    for root in definitions.root_elements:
        for element in elements_of(root):
            if element.foreign_attributes or element.extension_elements:
                for what, note in _other_ways(settings_of(element, dialect)):
                    id = element.id or type(element).__name__
                    yield Remark(line=element.line, element=id, what=what, note=note)


def _other_ways(settings: Settings) -> Iterator[tuple[str, str]]:
    delegate, connector = settings.delegate, settings.connector
    if connector is not None:
        yield f"connector '{connector.id}'", f"a job of type '{connector.id}'"
    elif delegate is not None and delegate.kind == "type" and settings.job_type is not None:
        yield f"built-in task '{delegate.name}'", f"a job of type '{delegate.name}'"
    elif delegate is not None and delegate.kind != "expression":
        said = f"the Python delegate '{delegate.name}', or a job of that type"
        yield f"{delegate.kind} '{delegate.name}'", said
    for listener in settings.listeners:
        named = listener.delegate
        if named is not None and named.kind != "expression":
            said = f"the Python delegate '{named.name}', or a job that is waited for"
            yield f"listener '{named.name}' of '{listener.event}'", said
    if settings.script is not None and settings.script.language == "javascript":
        yield "JavaScript", "isolated, without Java's classes"


def _needed(program: Program, found: Files) -> Iterator[Needed]:
    """What the model names and somebody must bring."""
    by_name: dict[tuple[str, str], list[str]] = {}
    for node in program.nodes.values():
        for kind, name in _named_by(node):
            by_name.setdefault((kind, name), []).append(node.id)
    for listener in program.ending:
        if listener.job is not None and (type := constant(listener.job.type)):
            by_name.setdefault(("handler", type), []).append(program.id)
    for name, elements in program.calls.items():
        by_name.setdefault(("function", name), []).extend(elements)
    here = {("process", one.process.id) for one in found.processes}
    here |= {("decision", one.id) for one in found.decisions}
    for (kind, name), elements in sorted(by_name.items()):
        if (kind, name) not in here:
            yield Needed(
                kind=kind,  # type: ignore[arg-type]
                name=name,
                elements=sorted(set(elements)),
                hint=_HINTS[kind].format(name=name),
            )


_HINTS = {
    "handler": "@handler({name!r}) in Python, or a worker that asks for this type of job",
    "function": "a variable of that name, or @bean({name!r}) in Python",
    "process": "deploy the process {name!r} too",
    "decision": "deploy the decision {name!r} too",
}


def _named_by(node: Node[Any]) -> Iterator[tuple[str, str]]:
    plan = getattr(node, "plan", None)
    for one in (plan, *(getattr(part, "plan", None) for part in node.parts)):
        job = one if isinstance(one, JobPlan) else getattr(one, "job", None)
        if isinstance(job, JobPlan) and job.expression is None and (name := constant(job.type)):
            yield "handler", name
    listeners = [*node.starting, *node.ending, *getattr(plan, "listeners", ())]
    for taken in node.arriving.values():
        listeners += taken
    for listener in listeners:
        if listener.job is not None and (name := constant(listener.job.type)):
            yield "handler", name
    for attribute in ("process", "decision"):
        if (named := constant(getattr(plan, attribute, None))) is not None:
            yield attribute, named


def _drawn(
    definitions: m.Definitions, refused: list[Problem], ignored: list[Remark], needed: list[Needed]
) -> str | None:
    marks = {place.element: Mark("", "i") for place in ignored}
    marks |= {id: Mark("has-wait", "H") for one in needed for id in one.elements}
    marks |= {one.element: Mark("has-incident", "!") for one in refused if one.element}
    try:
        return draw_svg(definitions, marks=marks)
    except (ValueError, LookupError):
        return None
