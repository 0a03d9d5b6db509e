"""Upload: what the engine thinks of a file, and what it would change, before it is stored."""

from __future__ import annotations

import base64
import binascii

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import Deployment, Refused, Review
from web.console import extent, facts
from web.console.blueprint import page
from web.console.language import _
from web.console.rendering import actor, engine, render

KEPT = "kept:"
"""Prefix of the fields in which a reviewed file goes back and forth until it is deployed."""


@page("/deploy", "deploy")
def deploy() -> ResponseReturnValue:
    """Where files are given in."""
    return render("deploy.html", files={}, kept={}, review=None, blamed=None, is_editable=False)


@page("/deploy", "deploy", "POST")
def store() -> ResponseReturnValue:
    """Reviews the files, or stores them; what is wrong comes back all at once."""
    files = given_files()
    if not files:
        flash(_("No file was chosen: choose one or more .bpmn, .dmn or .form files."), "waiting")
        return redirect(url_for("console.deploy"), 303)
    if request.form.get("action") == "check":
        return _show(files, engine().review(files))
    try:
        deployment = engine().deploy(
            files, by=actor(), idempotency_key=request.form.get("key") or None
        )
    except Refused:
        return _show(files, engine().review(files))
    for text, kind in _outcome(deployment):
        flash(text, kind)
    return redirect(_address_of(deployment), 303)


def _address_of(deployment: Deployment) -> str:
    """The page of what was stored, if it was mainly one thing."""
    processes, decisions, stored = deployment.processes, deployment.decisions, deployment.forms
    if len(processes) == 1:
        return url_for("console.process", process_id=processes[0].process_id)
    if processes:
        return url_for("console.processes")
    if decisions:
        return url_for("console.decision", decision_id=decisions[0].decision_id)
    if len(stored) == 1:
        return url_for("console.form", form_id=stored[0])
    return url_for("console.forms")


def given_files() -> dict[str, bytes]:
    """What was uploaded, by file name; files reviewed before come back as they were."""
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
    told += [(_("Stored form “%(name)s”.", name=form), "completed") for form in deployment.forms]
    return told + [(str(warning), "waiting") for warning in deployment.warnings]


def _fate(name: str, version: int, is_new: bool) -> tuple[str, str]:
    if is_new:
        told = _("Deployed “%(name)s” as version %(number)s.", name=name, number=str(version))
        return told, "completed"
    told = _("“%(name)s” is unchanged: version %(number)s stays.", name=name, number=str(version))
    return told, "running"


def _show(files: dict[str, bytes], review: Review) -> tuple[str, int, dict[str, str]]:
    problems = review.problems
    has_errors = any(problem.severity == "error" for problem in problems)
    shown = _shown(files, review)
    return render(
        "deploy.html",
        422 if has_errors else 200,
        files=files,
        kept={KEPT + name: base64.b64encode(content).decode() for name, content in files.items()},
        review=review,
        problems=sorted(problems, key=lambda one: (one.severity, one.file or "", one.line or 0)),
        blamed=shown,
        is_editable=shown is not None or any(name.endswith((".dmn", ".form")) for name in files),
        model=files[shown].decode("utf-8", "replace") if shown else None,
        ratio=extent.ratio(files[shown]) if shown else extent.WIDE,
        facts=facts.of_review(review, shown),
    )


def _shown(files: dict[str, bytes], review: Review) -> str | None:
    """The file whose diagram is shown: the first with a problem at an element, or a change."""
    models = [name for name, content in files.items() if b"BPMNDiagram" in content]
    named = {problem.file for problem in review.problems if problem.element}
    named = named or {one.file for one in review.processes if one.differences}
    return next((name for name in models if name in named), models[0] if models else None)
