"""The modeler: a diagram is drawn and edited, and the engine says what it thinks of it."""

from __future__ import annotations

import secrets
from string import Template

import msgspec
from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from engine import NotFound
from web.console.blueprint import page
from web.console.pages.deploy import given_files
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
        return _open("process.bpmn", _new(dialect), "New diagram")
    view = engine().latest(process_id)
    asked = request.args.get("v", "")
    if asked and asked != str(view.version):
        versions = engine().versions(process_id)
        found = next((one for one in versions if str(one.version) == asked), None)
        if found is None:
            raise NotFound(f"process '{process_id}' has no version '{asked}'")
        view = found
    title = f"{view.name or view.process_id}, version {view.version}"
    return _open(view.resource, engine().diagram(view.key).decode(), title, view.process_id)


@page("/models", "deploy", "POST")
def open_model() -> ResponseReturnValue:
    """The modeler with a file that was given in, such as one that was refused."""
    for name, content in given_files().items():
        if b"BPMNDiagram" in content:
            return _open(name, content.decode("utf-8", "replace"), name)
    raise NotFound("there is no diagram in these files; the modeler opens .bpmn files with one")


@page("/models/check", "deploy", "POST")
def check_model() -> Response:
    """What the engine thinks of a diagram that is being drawn, and what it would change."""
    review = engine().review(given_files())
    return jsonify(
        {
            "problems": [msgspec.to_builtins(one) for one in review.problems],
            "unserved": [msgspec.to_builtins(one) for one in review.unserved],
            "changes": sum(len(one.differences) for one in review.processes),
            "outcomes": [one.outcome for one in review.processes],
        }
    )


def _open(
    name: str, model: str, title: str, process_id: str | None = None
) -> tuple[str, int, dict[str, str]]:
    served = sorted(one.type for one in engine().job_types() if one.is_served)
    served = sorted({*served, *engine().handlers.types})
    return render(
        "model.html", name=name, model=model, title=title, process_id=process_id, served=served
    )


def _new(dialect: str) -> str:
    platform, version, process = PLATFORMS[dialect]
    return EMPTY.substitute(
        id=secrets.token_hex(4),
        platform=f' modeler:executionPlatform="{platform}" '
        f'modeler:executionPlatformVersion="{version}"',
        process=process,
    )
