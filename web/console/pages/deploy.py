"""Upload: what the engine thinks of a file, on its diagram and in words, before it is stored."""

from __future__ import annotations

import base64
import binascii

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import Deployment, Problem, Refused
from web.console import extent, facts
from web.console.blueprint import page
from web.console.rendering import actor, engine, render

KEPT = "kept:"
"""Prefix of the fields in which a checked file goes back and forth until it is deployed."""


@page("/deploy", "deploy")
def deploy() -> ResponseReturnValue:
    """Where files are given in."""
    return render("deploy.html", files={}, kept={}, problems=None, blamed=None)


@page("/deploy", "deploy", "POST")
def store() -> ResponseReturnValue:
    """Checks the files, or stores them; what is wrong comes back all at once."""
    files = _files()
    if not files:
        flash("No file was chosen: choose one or more .bpmn, .dmn or .form files.", "waiting")
        return redirect(url_for("console.deploy"), 303)
    if request.form.get("action") == "check":
        problems = engine().check(files)
        has_errors = any(problem.severity == "error" for problem in problems)
        return _show(files, problems, 422 if has_errors else 200)
    try:
        deployment = engine().deploy(
            files, by=actor(), idempotency_key=request.form.get("key") or None
        )
    except Refused as refusal:
        return _show(files, refusal.problems, 422)
    for text, kind in _outcome(deployment):
        flash(text, kind)
    if len(deployment.processes) == 1:
        return redirect(
            url_for("console.process", process_id=deployment.processes[0].process_id), 303
        )
    return redirect(url_for("console.processes"), 303)


def _files() -> dict[str, bytes]:
    """What was uploaded, by file name; files checked before come back as they were."""
    files = {
        upload.filename: upload.read()
        for upload in request.files.getlist("files")
        if upload.filename
    }
    for name, text in request.form.items():
        if name.startswith(KEPT):
            try:
                files.setdefault(name[len(KEPT) :], base64.b64decode(text, validate=True))
            except binascii.Error:
                continue
    return files


def _outcome(deployment: Deployment) -> list[tuple[str, str]]:
    """What became of each thing in the files, with the kind of the message."""
    told = [
        _fate(one.name or one.process_id, one.version, one.is_new) for one in deployment.processes
    ]
    told += [
        _fate(one.name or one.decision_id, one.version, one.is_new) for one in deployment.decisions
    ]
    told += [(f"Stored form “{form}”.", "completed") for form in deployment.forms]
    return told + [(str(warning), "waiting") for warning in deployment.warnings]


def _fate(name: str, version: int, is_new: bool) -> tuple[str, str]:
    if is_new:
        return f"Deployed “{name}” as version {version}.", "completed"
    return f"“{name}” is unchanged: version {version} stays.", "running"


def _show(
    files: dict[str, bytes], problems: list[Problem], status: int
) -> tuple[str, int, dict[str, str]]:
    blamed = _blamed(files, problems)
    return render(
        "deploy.html",
        status,
        files=files,
        kept={KEPT + name: base64.b64encode(content).decode() for name, content in files.items()},
        problems=sorted(problems, key=lambda one: (one.severity, one.file or "", one.line or 0)),
        blamed=blamed,
        model=files[blamed].decode("utf-8", "replace") if blamed else None,
        ratio=extent.ratio(files[blamed]) if blamed else extent.WIDE,
        facts=facts.of_problems(problem for problem in problems if problem.file in (blamed, None)),
    )


def _blamed(files: dict[str, bytes], problems: list[Problem]) -> str | None:
    """The file whose diagram is shown: the first with a problem at an element, or the first."""
    models = [name for name, content in files.items() if b"BPMNDiagram" in content]
    named = [problem.file for problem in problems if problem.element]
    return next((name for name in models if name in named), models[0] if models else None)
