"""Batches: how far each is, what became of every target, and whether it has helped."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import BatchItem, InstanceQuery, InstanceSummary, Paging
from web.console.blueprint import ID, page
from web.console.codes import called
from web.console.language import _
from web.console.rendering import actor, engine, render
from web.console.requests import offset_of, pages_of

LIMIT = 50
STATES = ("left", "done", "skipped", "failed")


@page("/batches", "view")
def batches() -> ResponseReturnValue:
    """All batches, the latest first."""
    found = engine().batches(page=Paging(limit=LIMIT, offset=offset_of(request.args)))
    return render("batches.html", found=found, limit=LIMIT, **pages_of("console.batches"))


@page(f"/batches/{ID}", "view")
def batch(id: int) -> ResponseReturnValue:
    """One batch with its targets; counts that add up."""
    one = engine().batch(id)
    state = request.args.get("state", "")
    wanted: Any = (state,) if state in STATES else ()
    paging = Paging(limit=LIMIT, offset=offset_of(request.args))
    found = engine().batch_items(id, wanted, paging)
    ids = tuple({item.instance for item in found.items})
    heads = engine().instances(InstanceQuery(ids=ids or (0,)), Paging(limit=LIMIT)).items
    by_id = {head.id: head for head in heads}
    return render(
        "batch.html",
        batch=one,
        found=found,
        state=state,
        states=STATES,
        heads=by_id,
        verdicts={item.target: _verdict(item, by_id.get(item.instance)) for item in found.items},
        limit=LIMIT,
        **pages_of("console.batch"),
    )


@page(f"/batches/{ID}/<verb>", "operate", "POST")
def turn_batch(id: int, verb: str) -> ResponseReturnValue:
    """Pauses a batch, lets it go on, tries again what failed, or leaves the rest as it is."""
    reason = request.form.get("reason", "").strip()
    match verb:
        case "pause":
            engine().pause_batch(id, reason=reason, by=actor())
        case "resume":
            engine().resume_batch(id, reason=reason, by=actor())
        case "again":
            engine().resume_batch(id, retry_failed=True, reason=reason, by=actor())
        case "undo":
            if not engine().cancel_batch(id, reason="taken back", by=actor()).done:
                flash(_("Taken back: nothing was changed."), "completed")
        case "cancel":
            if not reason:
                flash(_("Say why: the reason is kept with the batch."), "failed")
                return redirect(url_for("console.batch", id=id), 303)
            engine().cancel_batch(id, reason=reason, by=actor())
    return redirect(url_for("console.batch", id=id), 303)


def _verdict(item: BatchItem, head: InstanceSummary | None) -> tuple[str, str]:
    """Whether it has helped: status and words, from where the instance is now."""
    if item.state != "done" or item.at is None:
        return "", ""
    if head is None:
        return "cancelled", _("Gone")
    if head.state != "active":
        kind = {"completed": "completed", "failed": "failed"}.get(head.state, "cancelled")
        return kind, _("Ended, %(state)s", state=called(head.state, "instance"))
    if head.incidents:
        return "incident", _("Stands in an incident")
    if head.suspended:
        return "suspended", _("Held")
    if head.updated > item.at:
        return "running", _("Has gone on since")
    return "waiting", _("Has not moved since")
