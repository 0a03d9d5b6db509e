"""Migration of a version's instances: diagrams, plan, dry run, one first, then the rest."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import (
    BatchOrder,
    DefinitionView,
    ElementMapping,
    EngineError,
    InstanceQuery,
    MigrationCheck,
    MigrationPlan,
    NotFound,
)
from web.console import extent, facts
from web.console.blueprint import page
from web.console.language import _
from web.console.rendering import actor, describe, engine, render

MOST = 20_000
"""So many instances are looked at."""
MAPPED = "map:"
RATE = 20
"""Instances a second, unless something else is said."""


@page("/processes/<process_id>/migrate", "operate")
def migrate(process_id: str) -> ResponseReturnValue:
    """From which version to which, what goes where, and what stands against it; nothing is done."""
    source, target = versions_of(process_id)
    return _show(source, target, plan_of(source, target), "")


@page("/processes/<process_id>/migrate", "operate", "POST")
def run_migration(process_id: str) -> ResponseReturnValue:
    """Tries a plan; or, with a reason, migrates one instance, or all that are left."""
    source, target = versions_of(process_id)
    plan = plan_of(source, target)
    reason, what = request.form.get("reason", "").strip(), request.form.get("what", "")
    if what not in ("one", "rest"):
        return _show(source, target, plan, reason)
    if not reason:
        wrong = _("Say why: the reason is kept with each of them.")
        return _show(source, target, plan, reason, 422, wrong=wrong)
    order = BatchOrder(kind="migrate", plan=plan)
    targets = running_in(source)
    try:
        if what == "one":
            effects = engine().preview_batch(order, targets=targets).effects
            targets = [effects[0].instance] if effects else []
        made = engine().create_batch(
            order,
            targets=targets,
            reason=reason,
            per_second=rate_asked(),
            by=actor(),
            idempotency_key=request.form.get("key") or None,
        )
    except EngineError as error:
        return _show(source, target, plan, reason, describe(error)[0], wrong=str(error))
    if what == "rest":
        return redirect(url_for("console.batch", id=made.id), 303)
    told: dict[str, Any] = {MAPPED + one.source: one.target for one in plan.mapping}
    told |= {"from": source.version, "to": target.version, "first": made.id, "reason": reason}
    return redirect(url_for("console.migrate", process_id=process_id, **told), 303)


def rate_asked() -> int:
    text = request.form.get("per_second", "")
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else RATE


def versions_of(process_id: str) -> tuple[DefinitionView, DefinitionView]:
    """As the address names them; by default the newest, and of the older ones the one with most
    running instances."""
    versions = engine().versions(process_id)
    target = _named(process_id, versions, "to") or versions[0]
    older = [one for one in versions if one.key != target.key]
    source = _named(process_id, versions, "from")
    if source is None and older:
        source = max(older, key=lambda one: (len(running_in(one)), one.version))
    return engine().definition((source or target).key), engine().definition(target.key)


def _named(process_id: str, versions: list[DefinitionView], name: str) -> DefinitionView | None:
    asked = request.values.get(name, "")
    if not asked:
        return None
    for one in versions:
        if str(one.version) == asked:
            return one
    raise NotFound(f"process '{process_id}' has no version '{asked}'; see the list of its versions")


def running_in(definition: DefinitionView) -> list[int]:
    query = InstanceQuery(definition=definition.key, states=("active",))
    return engine().instance_ids(query, MOST)


def plan_of(source: DefinitionView, target: DefinitionView) -> MigrationPlan:
    """What was chosen; of the rest, what has gone from its id but not from its name and kind."""
    given = {
        name[len(MAPPED) :]: value
        for name, value in request.values.items()
        if name.startswith(MAPPED) and value in target.elements
    }
    for element, name in source.elements.items():
        if element in target.elements or element in given or name == element:
            continue
        alike = [
            other
            for other, title in target.elements.items()
            if title == name
            and other not in source.elements
            and target.kinds.get(other) == source.kinds.get(element)
        ]
        if len(alike) == 1:
            given[element] = alike[0]
    mapping = [ElementMapping(source=element, target=goal) for element, goal in given.items()]
    return MigrationPlan(source=source.key, target=target.key, mapping=mapping)


def _show(
    source: DefinitionView,
    target: DefinitionView,
    plan: MigrationPlan,
    reason: str,
    status: int = 200,
    wrong: str = "",
) -> tuple[str, int, dict[str, str]]:
    running = running_in(source)
    check: MigrationCheck | None = None
    preview = None
    refused = ""
    if source.key != target.key and running:
        try:
            check = engine().migration_check(plan, running)
            order = BatchOrder(kind="migrate", plan=plan)
            preview = engine().preview_batch(order, targets=running)
        except EngineError as error:
            refused = str(error)
    first = request.args.get("first", "")
    batch = engine().batch(int(first)) if first.isdecimal() and len(first) < 20 else None
    return render(
        "migrate.html",
        status,
        source=source,
        target=target,
        versions=engine().versions(source.process_id),
        running=len(running),
        check=check,
        elements=_sorted(check),
        preview=preview,
        refused=refused,
        wrong=wrong,
        reason=reason or request.args.get("reason", ""),
        first=batch,
        mapped=MAPPED,
        rate=rate_asked(),
        ratio=max(extent.ratio(engine().diagram(one.key)) for one in (source, target)),
        source_facts=_facts(source, check),
        target_facts={"elements": {}, "flows": {}, "selected": None},
    )


def _sorted(check: MigrationCheck | None) -> list[Any]:
    """What needs a decision first, then where tokens are; what is empty and fits is left out."""
    found = [one for one in check.elements if one.active or one.problem] if check else []
    return sorted(found, key=lambda one: (one.problem is None, -one.active))


def _facts(source: DefinitionView, check: MigrationCheck | None) -> dict[str, Any]:
    """Tokens on the older diagram, and what stands against moving them."""
    drawn = facts.of_tokens(engine().statistics(source.key))
    for one in check.elements if check else ():
        if one.problem:
            drawn["elements"].setdefault(one.source, {})["errors"] = 1
    return drawn
