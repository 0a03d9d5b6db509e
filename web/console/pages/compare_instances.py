"""Two instances side by side, and one of them at a glance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import InstanceQuery, InstanceView, NotFound, Paging
from web.console import beside, extent, facts, timeline
from web.console.blueprint import ID, page
from web.console.language import _
from web.console.names import Names
from web.console.rendering import engine, render
from web.console.whys import Reader, briefly
from web.query import is_id

FACTS = 1000
"""So many facts of each are laid side by side."""
WHYS = 3


@page("/instances/compare", "view")
def compare_instances() -> ResponseReturnValue:
    """Path, time and variables of two instances (`a` and `b`: ids or business keys)."""
    asked = [request.args.get(name, "").strip() for name in ("a", "b")]
    if not all(asked):
        return render("compare_instances.html", asked=asked, views=None)
    views = (_found(asked[0]), _found(asked[1]))
    names = Names(engine())
    known = {**names.all_of(views[1].head.definition), **names.all_of(views[0].head.definition)}
    told = (_told(views[0], known), _told(views[1], known))
    pairs = beside.steps(told, known, datetime.now(UTC))
    only = {one.element for one in pairs if one.differs}
    drawn = []
    for view in views:
        given = facts.of_instance(view, None)
        for element in only & set(given["elements"]):
            given["elements"][element]["change"] = "changed"
        drawn.append(given)
    return render(
        "compare_instances.html",
        asked=asked,
        views=views,
        pairs=pairs,
        values=beside.values(views),
        drawn=drawn,
        ratio=max(extent.ratio(engine().diagram(view.head.definition)) for view in views),
    )


@page("/instances/compare", "view", "POST")
def compare_ticked() -> ResponseReturnValue:
    """Leads from two ticked rows to where they stand side by side."""
    ticked = request.form.getlist("instance")
    if len(ticked) != 2:
        flash(_("Tick two instances to compare them."), "waiting")
        return redirect(url_for("console.instances", q=request.form.get("q") or None), 303)
    return redirect(url_for("console.compare_instances", a=ticked[0], b=ticked[1]), 303)


@page(f"/instances/{ID}/peek", "view")
def peek(id: int) -> ResponseReturnValue:
    """One instance at a glance, for a panel beside a list: where it is, why, its last error."""
    view = engine().instance(id)
    names = Names(engine()).all_of(view.head.definition)
    return render(
        "peek.html",
        view=view,
        head=view.head,
        elements=names,
        whys=briefly(Reader(engine(), view, names).all())[:WHYS],
        picture=Markup(engine().picture(view.head.definition, _marks(view))),  # noqa: S704
    )


def _marks(view: InstanceView) -> dict[str, tuple[str, str]]:
    """What a small picture shows of an instance."""
    marks: dict[str, tuple[str, str]] = dict.fromkeys(view.path.nodes, ("visited", ""))
    marks |= dict.fromkeys(view.path.flows, ("taken", ""))
    for token in view.tokens:
        marks[token.element] = ("has-wait" if token.waits else "has-token", "")
    for incident in view.incidents:
        if incident.element:
            marks[incident.element] = ("has-incident", "!")
    return marks


def _found(asked: str) -> InstanceView:
    """The instance of an id or a business key. Raises NotFound."""
    found: list[Any] = (
        engine().instances(InstanceQuery(business_keys=(asked,)), Paging(limit=1)).items
    )
    if found:
        return engine().instance(found[0].id)
    if is_id(asked):
        return engine().instance(int(asked))
    raise NotFound(_("No instance has the id or business key “%(asked)s”.", asked=asked))


def _told(view: InstanceView, names: Any) -> timeline.Timeline:
    entries = engine().history(view.head.id, limit=FACTS).items
    return timeline.read(entries, names, view.head.state)
