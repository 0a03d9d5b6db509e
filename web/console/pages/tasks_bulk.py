"""The same done to many tasks: a frozen set, what it would come to, a batch that tells of each."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import BatchOrder, BatchPreview, EngineError, Invalid, Paging, TaskQuery, TaskView
from web import query
from web.console import entry, inbox
from web.console.blueprint import page
from web.console.language import _, noop
from web.console.pages.tasks import changed_dates
from web.console.rendering import actor, describe, engine, render

MOST = 1_000
"""So many tasks go into one form."""
SHOWN = 20
KINDS = {
    "claim": (noop("Claim"), noop("Makes those that are nobody's yours.")),
    "assign": (noop("Assign"), noop("Gives them to somebody, or back to nobody.")),
    "dates": (
        noop("Set dates"),
        noop("Sets until when they should be done, and how urgent they are."),
    ),
    "complete": (noop("Complete"), noop("Completes each with the same values.")),
}


@page("/tasks/bulk", "work", "POST")
def tasks_bulk() -> ResponseReturnValue:
    """Shows what would become of each task; with `run`, does it to all of them."""
    kind = request.form.get("kind", "claim")
    if kind not in KINDS:
        raise Invalid(f"'{kind}' cannot be done to many tasks; {', '.join(KINDS)} can")
    tasks = chosen_tasks()
    if not tasks:
        flash(_("No open task was ticked: tick some, or all that fit."), "waiting")
        return redirect(url_for("console.tasks", **inbox.place()), 303)
    is_first = "targets" not in request.form
    forms_differ = kind == "complete" and len({(t.definition, t.element) for t in tasks}) > 1
    given = None
    if kind == "complete":
        # What is known of one of them is not known of the others.
        given = entry.of_form(engine().task(tasks[0].id).form, {})
        if not is_first and not forms_differ:
            given = entry.read(given, request.form)
    wrong, order = "", None
    try:
        order = None if is_first and kind != "claim" else order_of(kind, given)
    except ValueError as error:
        wrong = str(error)
    if forms_differ:
        order, wrong = None, _("They are of different user tasks, so no one form fits all.")
    if order is not None and request.form.get("run"):
        made = engine().create_batch(
            order,
            targets=[task.id for task in tasks],
            reason=request.form.get("reason", "").strip() or f"{KINDS[kind][0]} many",
            by=actor(),
            idempotency_key=request.form.get("key") or None,
        )
        return redirect(url_for("console.batch", id=made.id), 303)
    return _show(kind, tasks, given, order, wrong)


def _show(
    kind: str,
    tasks: list[TaskView],
    given: entry.Entry | None,
    order: BatchOrder | None,
    wrong: str,
) -> tuple[str, int, dict[str, str]]:
    preview: BatchPreview | None = None
    status = 422 if wrong else 200
    if order is not None:
        try:
            preview = engine().preview_batch(order, targets=[task.id for task in tasks])
        except EngineError as error:
            wrong, status = str(error), describe(error)[0]
    return render(
        "tasks/bulk.html",
        status,
        kind=kind,
        kinds=KINDS,
        tasks=tasks,
        by_id={task.id: task for task in tasks},
        entry=given,
        preview=preview,
        wrong=wrong,
        shown=SHOWN,
        place=inbox.place(),
        people=inbox.read({}).figures.assignees if kind == "assign" else [],
        sent=request.form,
    )


def chosen_tasks() -> list[TaskView]:
    """The frozen set: as an earlier step froze it, or all that fit, or those that are ticked."""
    if "targets" in request.form:
        ids = [int(id) for id in request.form["targets"].split(",") if query.is_id(id)]
    elif request.form.get("all"):
        text, order = request.form.get("q", "").strip(), request.form.get("sort", "")
        asked = inbox.asked_for(text, order)
        return engine().tasks(asked.query, Paging(limit=MOST)).items
    else:
        ids = [int(id) for id in request.form.getlist("task") if query.is_id(id)]
    if not ids:
        return []
    return engine().tasks(TaskQuery(ids=tuple(ids[:MOST])), Paging(limit=MOST)).items


def order_of(kind: str, given: entry.Entry | None) -> BatchOrder | None:
    """What the form asks for; None while it is not complete. Raises ValueError."""
    if kind == "claim":
        return BatchOrder(kind="assign_tasks", assignee=actor().name)
    if kind == "assign":
        name = request.form.get("assignee", "").strip()
        takes_over = bool(request.form.get("takes_over"))
        return BatchOrder(kind="assign_tasks", assignee=name or None, takes_over=takes_over)
    if kind == "dates":
        changes = {n: v for n, v in changed_dates(request.form).items() if v is not None}
        if not changes:
            raise ValueError(_("Set at least one of them."))
        return BatchOrder(kind="update_tasks", changes=changes)
    assert given is not None
    if any(field.wrong for field in given.fields):
        return None
    return BatchOrder(kind="complete_tasks", variables=given.values)
