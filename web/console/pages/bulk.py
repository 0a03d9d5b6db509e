"""One thing done to many: a frozen set of targets, what it would do to them, then the batch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import (
    BatchOrder,
    DefinitionView,
    ElementMapping,
    EngineError,
    InstanceQuery,
    Invalid,
    MigrationPlan,
    Paging,
    instance_of,
)
from web import query
from web.console import calls, forms
from web.console.blueprint import page
from web.console.held import HELD, WINDOW
from web.console.language import _, noop
from web.console.names import Names
from web.console.pages.instances import asked_for
from web.console.rendering import actor, describe, engine, render

MOST = 20_000
"""So many targets go into one form."""
KINDS = {
    "retry": (noop("Retry"), noop("Tries their incidents again.")),
    "suspend": (noop("Suspend"), noop("Holds them where they are until they are resumed.")),
    "resume": (noop("Resume"), noop("Lets them go on; their timers have as long to go as before.")),
    "cancel": (noop("Cancel"), noop("Stops them and all they called; nothing is undone.")),
    "abandon": (noop("Abandon"), noop("Undoes what was done, newest first, then ends them.")),
    "set_variables": (
        noop("Set variables"),
        noop("Sets these variables in the process scope of each."),
    ),
    "restart": (noop("Run again"), noop("Starts each of them again with its first input.")),
    "migrate": (noop("Migrate"), noop("Lets them go on with another version.")),
    "delete": (noop("Delete"), noop("Removes ended instances with all that was recorded of them.")),
}
"""What can be done to many: its word, and what it does."""
DANGEROUS = ("cancel", "abandon", "delete")
MAPPED = "map:"
SHOWN = 20


@page("/bulk", "operate", "POST")
def bulk() -> ResponseReturnValue:
    """Shows what an operation would do to each target; with `run`, makes the batch."""
    targets = chosen_targets()
    if not targets:
        flash(_("Nothing was ticked: tick some, or choose all that fit."), "waiting")
        return redirect(url_for("console.instances", q=request.form.get("q") or None), 303)
    kind = request.form.get("kind", "retry")
    if kind not in KINDS:
        raise Invalid(
            _("“%(kind)s” cannot be done to many; %(kinds)s can", kind=kind, kinds=", ".join(KINDS))
        )
    wrong: dict[str, str] = {}
    sources, versions = versions_of(targets) if kind == "migrate" else ([], [])
    field = forms.variables_field(request.form.get("variables", "{}"))
    variables = forms.read_object(field, {field.key: [field.shown]})
    if field.wrong:
        wrong["variables"] = _("The JSON %(wrong)s.", wrong=field.wrong)
    order: BatchOrder | None = None
    if not wrong:
        order = order_of(kind, variables, sources, versions)
    reason = request.form.get("reason", "").strip()
    if request.form.get("run"):
        if not reason:
            wrong["reason"] = _("Say why: the reason is kept with each of them.")
        if order and not wrong:
            made = engine().create_batch(
                order,
                targets=targets,
                reason=reason,
                per_second=number_in("per_second"),
                stop_after=number_in("stop_after"),
                delay=timedelta(seconds=number_in("delay") or 0),
                by=actor(),
                idempotency_key=request.form.get("key") or None,
            )
            return redirect(url_for("console.batch", id=made.id), 303)
    return _show(kind, targets, order, sources, versions, wrong, reason)


def _show(
    kind: str,
    targets: list[int],
    order: BatchOrder | None,
    sources: list[DefinitionView],
    versions: list[DefinitionView],
    wrong: dict[str, str],
    reason: str,
) -> tuple[str, int, dict[str, str]]:
    instances = tuple(dict.fromkeys(map(instance_of, targets)))
    preview = check = None
    status = 422 if wrong else 200
    if order is not None:
        try:
            if order.plan is not None:
                check = engine().migration_check(order.plan, list(instances))
            preview = engine().preview_batch(order, targets=targets)
        except EngineError as error:
            wrong["order"] = str(error)
            status = describe(error)[0]
    names = Names(engine())
    effects = preview.effects[:SHOWN] if preview else []
    shown = [one.instance for one in effects]
    shown += [one.instance for one in preview.cannot] if preview else []
    heads = engine().instances(InstanceQuery(ids=tuple(shown) or (0,)), Paging(limit=100)).items
    return render(
        "bulk.html",
        status,
        kind=kind,
        kinds=KINDS,
        is_dangerous=kind in DANGEROUS,
        targets=targets,
        instances=instances,
        facets=engine().facets(InstanceQuery(ids=instances)),
        preview=preview,
        check=check,
        effects=effects,
        heads={head.id: head for head in heads},
        elements={head.id: names.all_of(head.definition) for head in heads},
        source=sources[0] if len(sources) == 1 else None,
        versions=versions,
        plan=order.plan if order else None,
        goals=names.all_of(order.plan.target) if order and order.plan else {},
        wrong=wrong,
        reason=reason,
        variables=request.form.get("variables", "{}"),
        per_second=request.form.get("per_second", "5"),
        stop_after=request.form.get("stop_after", ""),
        delay=request.form.get("delay", WINDOW.seconds if kind in HELD else 0),
        mapped=MAPPED,
        call=calls.batch_body(order, kind, targets),
    )


def chosen_targets() -> list[int]:
    """The frozen set: as an earlier step froze it, or all that fit, or those that are ticked."""
    if frozen := request.form.get("targets", ""):
        return [int(id) for id in frozen.split(",") if query.is_id(id)]
    if request.form.get("all"):
        asked = asked_for(request.form.get("q", "").strip())
        return engine().instance_ids(asked.query, MOST)
    return [int(id) for id in request.form.getlist("instance") if query.is_id(id)]


def order_of(
    kind: str,
    variables: dict[str, Any],
    sources: list[DefinitionView],
    versions: list[DefinitionView],
) -> BatchOrder | None:
    """What the form asks for; None while it does not say enough."""
    if kind == "set_variables" and not variables:
        return None
    plan = None
    if kind == "migrate":
        target = request.form.get("target", "")
        if len(sources) != 1 or target not in {str(one.key) for one in versions}:
            return None
        mapping = [
            ElementMapping(source=name[len(MAPPED) :], target=value)
            for name, value in request.form.items()
            if name.startswith(MAPPED) and value
        ]
        plan = MigrationPlan(source=sources[0].key, target=int(target), mapping=mapping)
    given = variables if kind in ("set_variables", "retry", "restart") else {}
    known: Any = kind
    return BatchOrder(kind=known, variables=given, plan=plan)


def versions_of(targets: list[int]) -> tuple[list[DefinitionView], list[DefinitionView]]:
    """The definitions that the targets run, and those that they could go on with."""
    ids = tuple(dict.fromkeys(map(instance_of, targets)))
    running = engine().facets(InstanceQuery(ids=ids)).versions
    processes = {process for process, version in running}
    if len(processes) != 1:
        return [], []
    every = engine().versions(processes.pop())
    sources = [one for one in every if (one.process_id, one.version) in running]
    return sources, [one for one in every if len(sources) != 1 or one.key != sources[0].key]


def number_in(name: str) -> int | None:
    text = request.form.get(name, "").strip()
    return int(text) if text.isdecimal() and len(text) < 8 and int(text) else None
