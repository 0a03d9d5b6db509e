"""The modeler: a diagram is drawn and edited, and the engine says what it thinks of it."""

from __future__ import annotations

import secrets
from string import Template

from flask import request
from flask.typing import ResponseReturnValue

from engine import NotFound
from web.console.blueprint import page
from web.console.element_templates import templates_of
from web.console.language import _
from web.console.pages.decision_models import open_decision
from web.console.pages.deploy import given_files
from web.console.pages.form_pages import open_form
from web.console.rendering import engine, render

EMPTY = Template("""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" \
xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" \
xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" \
xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="Definitions_$id" \
targetNamespace="http://bpmn.io/schema/bpmn"$platform>
  <bpmn:process id="Process_$id" name="New process" isExecutable="true"$process>
    <bpmn:startEvent id="Start" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="Diagram_$id">
    <bpmndi:BPMNPlane id="Plane_$id" bpmnElement="Process_$id">
      <bpmndi:BPMNShape id="Start_di" bpmnElement="Start">
        <dc:Bounds x="180" y="160" width="36" height="36" />
      </bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
""")
PLATFORMS = {
    "camunda8": ("Camunda Cloud", "8.8.0", ""),
    "camunda7": (
        "Camunda Platform",
        "7.24.0",
        ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:historyTimeToLive="P180D"',
    ),
}
"""Platform, its version and what a process needs there, by the dialect of a new diagram."""


@page("/models", "deploy")
def models() -> ResponseReturnValue:
    """The modeler with a version of a process (`process`, `v`), or with a new diagram."""
    process_id = request.args.get("process", "")
    if not process_id:
        dialect = request.args.get("dialect", "camunda8")
        if dialect not in PLATFORMS:
            raise NotFound(
                f"no new diagram in dialect '{dialect}'; {', '.join(PLATFORMS)} would do"
            )
        return _open("process.bpmn", _new(dialect), _("New diagram"), dialect=dialect)
    view = engine().latest(process_id)
    asked = request.args.get("v", "")
    if asked and asked != str(view.version):
        versions = engine().versions(process_id)
        found = next((one for one in versions if str(one.version) == asked), None)
        if found is None:
            raise NotFound(f"process '{process_id}' has no version '{asked}'")
        view = found
    title = _(
        "%(name)s, version %(version)s",
        name=view.name or view.process_id,
        version=str(view.version),
    )
    return _open(view.resource, engine().diagram(view.key).decode(), title, view.process_id)


@page("/models", "deploy", "POST")
def open_model() -> ResponseReturnValue:
    """The modeler with a file that was given in, such as one that was refused."""
    for name, content in given_files().items():
        if b"BPMNDiagram" in content:
            return _open(name, content.decode("utf-8", "replace"), name)
    for name, content in given_files().items():
        if name.endswith(".dmn"):
            return open_decision(name, content)
        if name.endswith(".form"):
            return open_form(name, content)
    raise NotFound(
        _(
            "there is no diagram in these files; the modeler opens .bpmn files with one, .dmn "
            "files and .form files"
        )
    )


def _open(
    name: str, model: str, title: str, process_id: str | None = None, dialect: str = ""
) -> tuple[str, int, dict[str, str]]:
    described = engine().job_descriptions()
    return render(
        "model.html",
        name=name,
        model=model,
        title=title,
        process_id=process_id,
        dialect=dialect,
        served=[one.type for one in described],
        element_templates=templates_of(described),
    )


def _new(dialect: str) -> str:
    platform, version, process = PLATFORMS[dialect]
    return EMPTY.substitute(
        id=secrets.token_hex(4),
        platform=f' modeler:executionPlatform="{platform}" '
        f'modeler:executionPlatformVersion="{version}"',
        process=process,
    )
