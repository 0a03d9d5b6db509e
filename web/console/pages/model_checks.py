"""What the engine says of a file that is being drawn, and what a decision in it comes to."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from engine import EngineError, NewDecision, NewForm, NewVersion, Problem, Review
from web.console import forms
from web.console.blueprint import page
from web.console.language import _, ngettext, noop
from web.console.pages.deploy import given_files
from web.console.rendering import describe, engine
from web.console.words import pretty

WORDS = {
    "error": ("failed", noop("Error")),
    "warning": ("waiting", noop("Warning")),
    "info": ("running", noop("Note")),
}
"""The state that a severity is shown as, and its word."""

UNTOLD = {"extension-ignored"}
"""Rules about what editors write for themselves; the review before deploying lists it."""
OUTCOMES = {
    "new": noop("it becomes a new version"),
    "first": noop("new here"),
    "layout": noop("only the layout has changed"),
    "unchanged": noop("nothing has changed"),
}


@page("/models/check", "deploy", "POST")
def check_model() -> Response:
    """What the engine thinks of a file that is being drawn, and what it would change."""
    files = given_files()
    review = engine().review(files)
    errors = sum(problem.severity == "error" for problem in review.problems)
    models = [
        one
        for name, content in files.items()
        if name.endswith(".dmn")
        for one in engine().decision_models(content)
    ]
    return jsonify(
        {
            "problems": [
                *(_problem(one) for one in review.problems if one.rule not in UNTOLD),
                *_unserved(review),
            ],
            "errors": errors,
            "verdict": _verdict(review, errors),
            "variables": [
                {
                    "name": one.name,
                    "scope": one.scope,
                    "info": _("Written by %(step)s", step=one.from_element),
                }
                for one in engine().known_variables(files)
            ],
            "decisions": [msgspec.to_builtins(one) for one in models],
        }
    )


@page("/models/try", "deploy", "POST")
def try_model() -> ResponseReturnValue:
    """What a decision of a file that is being drawn comes to; nothing is stored."""
    content = next(iter(given_files().values()), b"")
    try:
        given = forms.parse_json(request.form.get("variables") or "{}")
        if not isinstance(given, dict):
            raise ValueError("must be a JSON object")
        trial = engine().try_decision(content, request.form.get("decision", ""), given)
    except ValueError as error:
        return jsonify({"refused": _("The variables cannot be read: %(why)s", why=str(error))}), 422
    except EngineError as error:
        return jsonify({"refused": str(error)}), describe(error)[0]
    return jsonify(
        {
            "output": pretty(trial.output),
            "tables": [{"decision": one.decision, "matched": one.matched} for one in trial.tables],
            "warnings": trial.warnings,
        }
    )


def _problem(problem: Problem) -> dict[str, Any]:
    state, word = WORDS[problem.severity]
    return {
        "severity": problem.severity,
        "state": state,
        "word": _(word),
        "message": problem.message,
        "remedy": _("What would do: %(remedy)s", remedy=problem.remedy) if problem.remedy else "",
        "element": problem.element,
        "line": problem.line,
    }


def _unserved(review: Review) -> list[dict[str, Any]]:
    """Types of jobs that nobody does now, with one that is almost the same."""
    return [
        {
            "severity": "info",
            "state": "waiting",
            "word": _("No worker"),
            "message": _("Nobody serves jobs of type “%(type)s” now.", type=one.type),
            "remedy": _("“%(type)s” is served.", type=one.nearly) if one.nearly else "",
            "nearly": one.nearly,
            "element": one.elements[0] if one.elements else None,
        }
        for one in review.unserved
    ]


def _verdict(review: Review, errors: int) -> str:
    """Whether it can be deployed, and what would become of it."""
    said = _("it can be deployed")
    if errors:
        said = ngettext(
            "%(num)s error keeps it from being deployed",
            "%(num)s errors keep it from being deployed",
            errors,
        )
    told: list[NewVersion | NewDecision | NewForm] = [
        *review.processes,
        *review.decisions,
        *review.forms,
    ]
    outcomes = [one.outcome for one in told]
    changes = sum(len(one.differences) for one in review.processes)
    if not outcomes:
        return said
    if changes:
        outcome = ngettext(
            "%(num)s element differs from the latest version",
            "%(num)s elements differ from the latest version",
            changes,
        )
    else:
        outcome = _(OUTCOMES[next(one for one in OUTCOMES if one in outcomes)])
    return f"{said}; {outcome}"
