"""What people have to do: the inbox, one task with its form."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import Paging, TaskQuery, TaskView
from web.console import extent, forms
from web.console.blueprint import ID, page
from web.console.names import Names
from web.console.rendering import actor, engine, render
from web.console.requests import entered, lists, offset_of, pages_of

LIMIT = 50


@page("/tasks", "view")
def tasks() -> ResponseReturnValue:
    """Open tasks: all, mine, or nobody's."""
    text = request.args.get("q", "").strip()
    whose = request.args.get("whose", "all")
    query = TaskQuery(
        text=text or None,
        assignee=actor().name if whose == "mine" else None,
        unassigned=whose == "nobody",
    )
    found = engine().tasks(query, Paging(limit=LIMIT, offset=offset_of(request.args)))
    return render(
        "tasks.html", found=found, text=text, whose=whose, limit=LIMIT, **pages_of("console.tasks")
    )


@page(f"/tasks/{ID}", "view")
def task(id: int) -> ResponseReturnValue:
    """One task: its form, filled with what is known."""
    return _show(engine().task(id), None)


@page(f"/tasks/{ID}/complete", "work", "POST")
def complete(id: int) -> ResponseReturnValue:
    """Takes what was entered; with a mistake in it, shows the form again."""
    task = engine().task(id)
    given = lists(request.form)
    fields = forms.fields_of(task.form, task.variables)
    if fields:
        variables = forms.read(fields, entered(given))
    else:
        fields = [forms.variables_field()]
        variables = forms.read_object(fields[0], entered(given))
    forms.mark(fields, engine().check_task_form(id, variables))
    if any(field.wrong for field in fields):
        return _show(task, fields, 422)
    key = request.form.get("key") or None
    engine().complete_task(id, variables, by=actor(), checks_form=True, idempotency_key=key)
    flash(f"“{task.name or task.element}” is done.", "completed")
    following = engine().tasks(TaskQuery(instance=task.instance), Paging(limit=1)).items
    if following:
        return redirect(url_for("console.task", id=following[0].id), 303)
    return redirect(url_for("console.tasks"), 303)


@page(f"/tasks/{ID}/claim", "work", "POST")
def claim(id: int) -> ResponseReturnValue:
    """Makes the task mine, or nobody's again."""
    if request.form.get("release"):
        engine().unclaim(id, by=actor())
    else:
        engine().claim(id, actor().name, by=actor())
    return redirect(url_for("console.task", id=id), 303)


def _show(
    task: TaskView, fields: list[forms.Field] | None, status: int = 200
) -> tuple[str, int, dict[str, str]]:
    if fields is None:
        fields = forms.fields_of(task.form, task.variables) or [forms.variables_field()]
    return render(
        "task.html",
        status,
        task=task,
        fields=fields,
        me=actor().name,
        names=Names(engine()).all_of(task.definition),
        ratio=extent.ratio(engine().diagram(task.definition)),
        facts={
            "elements": {task.element: {"tokens": 1, "waits": 1}},
            "flows": {},
            "selected": task.element,
        },
    )
