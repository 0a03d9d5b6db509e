"""What people have to do: the inbox with one task open beside it, and what is done to a task."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import Paging, TaskView
from web.console import entry, extent, inbox
from web.console.blueprint import ID, page
from web.console.language import _
from web.console.names import Names
from web.console.pages.revert import given_last
from web.console.rendering import actor, engine, render

COMMENTS = 200
ZONE = re.compile(r"-?\d{1,3}")
"""Minutes that the reader's clock is ahead of UTC."""


@page("/tasks", "view")
def tasks() -> ResponseReturnValue:
    """Open tasks that fit the query, with their filters."""
    return render(
        "tasks.html",
        inbox=inbox.read(request.args),
        orders=inbox.ORDERS,
        help=inbox.HELP,
        limit=inbox.LIMIT,
        task=None,
        place=inbox.place(),
        address=inbox.address,
    )


@page(f"/tasks/{ID}", "view")
def task(id: int) -> ResponseReturnValue:
    """One task beside the list: its form, filled with what is known or was begun."""
    return show(engine().task(id))


@page(f"/tasks/{ID}/complete", "work", "POST")
def complete(id: int) -> ResponseReturnValue:
    """Takes what was entered; with a mistake in it, shows the form again."""
    task = engine().task(id)
    given = entry.read(entry.of_task(task), request.form)
    given.mark(engine().check_task_form(id, given.values))
    if given.is_wrong:
        return show(task, given, 422)
    key = request.form.get("key") or None
    engine().complete_task(id, given.values, by=actor(), checks_form=True, idempotency_key=key)
    flash(_("“%(task)s” is done.", task=task.name or task.element), "completed")
    return redirect(inbox.way_on(task), 303)


@page(f"/tasks/{ID}/draft", "work", "POST")
def draft(id: int) -> ResponseReturnValue:
    """Keeps what was entered so far, as it is; or forgets it."""
    if request.form.get("drop"):
        engine().drop_draft(id, by=actor())
        flash(_("The draft is gone."), "completed")
        return redirect(url_for("console.task", id=id, **inbox.place()), 303)
    engine().save_draft(id, entry.as_draft(request.form), by=actor())
    if request.headers.get("Accept") == "application/json":
        return "", 204
    flash(_("Your draft is kept; only you see it."), "completed")
    return redirect(url_for("console.task", id=id, **inbox.place()), 303)


@page(f"/tasks/{ID}/claim", "work", "POST")
def claim(id: int) -> ResponseReturnValue:
    """Makes the task mine, somebody's, or nobody's again."""
    key = request.form.get("key") or None
    name = request.form.get("assignee", "").strip()
    if request.form.get("release"):
        engine().unclaim(id, by=actor(), idempotency_key=key)
    elif name and name != actor().name:
        engine().claim(id, name, by=actor(), force=True, idempotency_key=key)
        flash(_("The task is %(name)s's now.", name=name), "completed")
    else:
        force = bool(name or request.form.get("force"))
        engine().claim(id, actor().name, by=actor(), force=force, idempotency_key=key)
    return redirect(url_for("console.task", id=id, **inbox.place()), 303)


@page(f"/tasks/{ID}/dates", "work", "POST")
def dates(id: int) -> ResponseReturnValue:
    """Sets until when the task should be done, when to look at it again, how urgent it is."""
    try:
        changes = changed_dates(request.form)
    except ValueError as error:
        return show(engine().task(id), status=422, wrong_dates=str(error))
    engine().update_task(id, changes, by=actor(), idempotency_key=request.form.get("key") or None)
    return redirect(url_for("console.task", id=id, **inbox.place()), 303)


@page(f"/tasks/{ID}/comment", "work", "POST")
def comment(id: int) -> ResponseReturnValue:
    """Keeps what somebody says of a task."""
    said = request.form.get("text", "")
    if not said.strip():
        return show(engine().task(id), status=422, wrong_comment=_("Say something first."))
    key = request.form.get("key") or None
    engine().comment(said, task=id, by=actor(), idempotency_key=key)
    where = url_for("console.task", id=id, **inbox.place())
    return redirect(f"{where}#comments", 303)


def changed_dates(given: Any) -> dict[str, Any]:
    """Due date, follow-up date and priority as a form says them; an empty one is taken away.
    Raises ValueError."""
    changes: dict[str, Any] = {}
    minutes = given.get("zone", "")
    east = timedelta(minutes=int(minutes)) if ZONE.fullmatch(minutes) else None
    zone = datetime.now().astimezone().tzinfo if east is None else timezone(east)
    for name in ("due_date", "follow_up_date"):
        if name not in given:
            continue
        text = given[name].strip()
        try:
            moment = datetime.fromisoformat(text).replace(tzinfo=zone) if text else None
        except ValueError:
            said = _("“%(text)s” is no moment; 2026-11-21T13:30 is one.", text=text)
            raise ValueError(said) from None
        changes[name] = moment
    if "priority" in given:
        text = given["priority"].strip()
        if text and not (text.isdecimal() and len(text) < 4):
            said = _("Priority: “%(text)s” is no whole number; 0 to 100 is usual.", text=text)
            raise ValueError(said)
        changes["priority"] = int(text) if text else None
    return changes


def show(
    task: TaskView, given: entry.Entry | None = None, status: int = 200, **wrong: str
) -> tuple[str, int, dict[str, str]]:
    """A task beside the list that the address or the sent form names."""
    found = inbox.read(request.form if request.method == "POST" else request.args)
    drafted = engine().draft(task.id, by=actor()) if given is None else None
    if given is None:
        given = entry.of_task(task, drafted.entered if drafted else None)
    before, after = found.around(task.id)
    return render(
        "tasks.html",
        status,
        inbox=found,
        orders=inbox.ORDERS,
        help=inbox.HELP,
        limit=inbox.LIMIT,
        task=task,
        entry=given,
        drafted=drafted,
        before=before,
        after=after,
        comments=engine().comments(instance=task.instance, page=Paging(limit=COMMENTS)),
        me=actor().name,
        given_last=given_last(task.id),
        names=(names := Names(engine()).all_of(task.definition)),
        said_of=lambda element: names.get(element, element),
        place=inbox.place(),
        ratio=extent.ratio(engine().diagram(task.definition)),
        facts={
            "elements": {task.element: {"tokens": 1, "waits": 1}},
            "flows": {},
            "selected": task.element,
        },
        **{"wrong_dates": "", "wrong_comment": "", **wrong},
        address=inbox.address,
    )
