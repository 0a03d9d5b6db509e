"""Files to deploy, read and compiled: BPMN, DMN and forms; and all that stands against them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

import bpmn.model as m
from bpmn.canonical import semantic_hash
from bpmn.checks import check
from bpmn.dialects import settings_of
from bpmn.dmn import read_dmn
from bpmn.dmn.model import Definitions
from bpmn.reader import BpmnSyntaxError, read
from engine.assembly import compile_program, executables
from engine.errors import ExecutionError
from engine.jobs import JobPlan
from engine.program import NotExecutable, Program
from engine.services.decision_files import ReadDecision, read_decisions
from engine.services.drawings import ReadDrawing, drawing_of
from engine.services.masks import patterns_of
from engine.services.promises import policy_problems
from engine.services.task_lists import form_id
from engine.starts import StartTrigger, start_triggers
from engine.values import decode
from engine.views import Problem

_EDITOR = frozenset({"exporter", "schemaVersion", "executionPlatform", "executionPlatformVersion"})


class ReadProcess(Struct):
    """An executable process of a file."""

    process: m.Process
    program: Program
    starts: list[StartTrigger]
    hash: str
    file: str


class ReadForm(Struct):
    id: str
    hash: str
    file: str


class Files:
    """What a set of files holds. Nothing of it is stored yet."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.contents = dict(files)
        self.problems: list[Problem] = []
        self.processes: list[ReadProcess] = []
        self.decisions: list[ReadDecision]
        self.forms: list[ReadForm] = []
        self.drawings: list[ReadDrawing] = []
        if not files:
            self._add("there is no file", remedy="give at least one .bpmn, .dmn or .form file")
        self._models: dict[str, Definitions] = {}
        for name, content in files.items():
            self._read(name, content)
        self.decisions, odd = read_decisions(self._models, self.contents)
        self.problems += odd
        self._find_twice()

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.problems if p.severity == "error"]

    def _add(self, message: str, **details: Any) -> None:
        self.problems.append(Problem(message=message, **details))

    def _read(self, name: str, content: bytes) -> None:
        lower = name.lower()
        if lower.endswith((".bpmn", ".bpmn20.xml", ".bpmn2")):
            self._read_bpmn(name, content)
        elif lower.endswith(".dmn"):
            self._read_dmn(name, content)
        elif lower.endswith(".form"):
            self._read_form(name, content)
        else:
            self._add(
                f"'{name}' is of no kind that can be deployed",
                file=name,
                remedy="name it .bpmn, .dmn or .form",
            )

    def _read_bpmn(self, name: str, content: bytes) -> None:
        try:
            definitions = read(content)
        except BpmnSyntaxError as error:
            self._add(str(error), file=name)
            return
        self.problems += bpmn_problems(name, definitions)
        processes = [e for e in definitions.root_elements if isinstance(e, m.Process)]
        is_drawing = bool(processes) and not any(p.is_executable for p in processes)
        executable = executables(definitions)
        if is_drawing or not executable:
            self._read_drawing(name, definitions)
            return
        digest = semantic_hash(definitions)
        for process in executable:
            try:
                program = compile_program(definitions, process)
                starts = start_triggers(program)
            except ExecutionError as error:
                self._add(error.message, rule="start", file=name, element=error.element)
            except NotExecutable as error:
                self.problems += [
                    Problem(
                        rule="not-executable",
                        message=problem.message,
                        file=name,
                        element=problem.element,
                        line=problem.line or None,
                        remedy=problem.remedy or None,
                    )
                    for problem in error.problems
                ]
            else:
                self.processes.append(ReadProcess(process, program, starts, digest, name))
                self._read_policies(name, process, program)

    def _read_policies(self, name: str, process: m.Process, program: Program) -> None:
        said = [(process, settings_of(process, program.dialect))]
        said += [(node.element, node.settings) for node in program.nodes.values()]
        for element, settings in said:
            self.problems += policy_problems(
                settings, file=name, element=element.id or "", line=element.line or None
            )

    def _read_drawing(self, name: str, definitions: m.Definitions) -> None:
        """A file in which nothing executes."""
        drawing = drawing_of(definitions, name)
        if drawing is None:
            self._add(
                "there is nothing to execute, and nothing to show",
                rule="not-executable",
                file=name,
                clause="10.2",
                remedy="add a process with an id",
            )
            return
        self.drawings.append(drawing)
        self._add(
            f"no process is executable: '{drawing.id}' is shown, and cannot be started",
            rule="not-executable",
            severity="info",
            file=name,
            element=drawing.id,
            clause="10.2",
            remedy='set isExecutable="true" on a process that is to run',
        )

    def _read_dmn(self, name: str, content: bytes) -> None:
        try:
            definitions = read_dmn(content)
        except BpmnSyntaxError as error:
            self._add(str(error), file=name)
            return
        for problem in definitions.problems:
            self._add(
                problem.message,
                severity=problem.severity,
                file=name,
                line=problem.line,
                element=problem.element,
                remedy=problem.remedy or None,
                clause="DMN 1.5",
            )
        self._models[name] = definitions

    def _read_form(self, name: str, content: bytes) -> None:
        try:
            form = decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._add(f"'{name}' is no JSON: {error}", file=name, remedy="send a form-js schema")
            return
        if not isinstance(form, dict) or not isinstance(form.get("id"), str):
            self._add(
                f"the form '{name}' has no 'id'",
                file=name,
                remedy="give it the id that the user task names",
            )
            return
        self.forms.append(ReadForm(form["id"], _form_hash(form), name))

    def _find_twice(self) -> None:
        seen: dict[tuple[str, str], str] = {}
        found: list[tuple[str, str, str]] = [
            *(("process", r.process.id, r.file) for r in self.processes),
            *(("process", d.id, d.file) for d in self.drawings),
            *(("decision", d.id, d.file) for d in self.decisions),
            *(("form", f.id, f.file) for f in self.forms),
        ]
        for kind, id, file in found:
            if first := seen.get((kind, id)):
                self._add(
                    f"{kind} '{id}' stands in '{first}' too",
                    rule="twice",
                    file=file,
                    element=id,
                    remedy="deploy one of the two",
                )
            seen[kind, id] = file


def _form_hash(form: Mapping[str, Any]) -> str:
    """Of what a form asks for; which editor wrote it, and how it is indented, is no difference."""
    meant = {name: value for name, value in form.items() if name not in _EDITOR}
    return hashlib.sha256(msgspec.json.encode(meant, order="deterministic")).hexdigest()


def bpmn_problems(name: str, definitions: m.Definitions) -> Iterator[Problem]:
    """What reading and the static checks found."""
    for problem in check(definitions):
        yield Problem(
            rule=problem.rule,
            message=problem.message,
            severity=problem.severity,
            file=name,
            line=problem.line or None,
            element=problem.element or None,
            clause=problem.clause or None,
            remedy=problem.remedy or None,
        )


def facts_of(read_process: ReadProcess) -> dict[str, Any]:
    """What lists and pages show of a process, without reading its file again."""
    process, program = read_process.process, read_process.program
    settings = settings_of(process, program.dialect)
    documentation = "\n\n".join(d.text for d in process.documentation if d.text)
    return {
        "dialect": program.dialect.name,
        "documentation": documentation or None,
        "elements": {id: node.element.name or id for id, node in program.nodes.items()},
        "kinds": {id: type(node.element).__name__ for id, node in program.nodes.items()},
        "job_types": sorted(set(_job_types(program))),
        "messages": sorted({s.name for s in read_process.starts if s.kind == "message" and s.name}),
        "start_form": _start_form(program),
        "task_forms": dict(_task_forms(program)),
        "decisions": dict(_decisions(program)),
        "is_startable": settings.is_startable,
        "correlates": bool(program.correlations),
        "has_none_start": bool(program.containers[program.id].starts),
        "history_ttl": settings.history_ttl,
        "slas": slas_of(program, settings.sla),
        "forms": dict(settings.forms),
        "masked": patterns_of(settings.masked),
    }


def slas_of(program: Program, own: str | None) -> dict[str, str]:
    """What the model promises, by element; under the empty name, of the process."""
    found = {id: node.settings.sla for id, node in program.nodes.items() if node.settings.sla}
    return {**found, **({"": own} if own else {})}


def version_tag(read_process: ReadProcess) -> str | None:
    return settings_of(read_process.process, read_process.program.dialect).version_tag


def _job_types(program: Program) -> Iterator[str]:
    """Those that are known before any token comes."""
    for node in program.nodes.values():
        plans = [getattr(node, "plan", None), *(getattr(p, "plan", None) for p in node.parts)]
        for plan in plans:
            job = plan if isinstance(plan, JobPlan) else getattr(plan, "job", None)
            if isinstance(job, JobPlan):
                try:
                    kind = job.type.evaluate({})
                except ExecutionError:
                    continue
                if isinstance(kind, str):
                    yield kind


def _task_forms(program: Program) -> Iterator[tuple[str, str]]:
    """The form that each user task names."""
    for id, node in program.nodes.items():
        form = node.settings.form
        if isinstance(node.element, m.UserTask) and form is not None:
            if named := form_id(msgspec.to_builtins(form)):
                yield id, named


def _decisions(program: Program) -> Iterator[tuple[str, str]]:
    """The decision that each business rule task names, where that is known before a token comes."""
    for id, node in program.nodes.items():
        decision = node.settings.decision
        if decision is not None and (named := constant(getattr(node.plan, "decision", None))):
            yield id, named


def _start_form(program: Program) -> Any:
    for node in program.containers[program.id].starts:
        if node.settings.form is not None:
            return msgspec.to_builtins(node.settings.form)
    return None


def constant(expression: Any) -> str | None:
    """What is known before any token comes."""
    if expression is None or not hasattr(expression, "evaluate"):
        return None
    try:
        value = expression.evaluate({})
    except ExecutionError:
        return None
    return value if isinstance(value, str) else None
