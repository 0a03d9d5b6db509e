"""One instance: where it is and why, what happened, its variables; now, or as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from engine import HistoryEntry, IncidentQuery, IncidentView, InstanceView, NotFound, Paging
from web.console import changes, extent, facts, past, timeline, waits
from web.console.blueprint import ID, page
from web.console.held import SAID
from web.console.language import noop
from web.console.names import Names
from web.console.rendering import engine, render
from web.console.requests import offset_of
from web.console.whys import Reader, armed, briefly
from web.console.words import encoded
from web.query import is_id

FACTS = 5000
"""How many facts of the history one page shows; earlier ones are a link away."""
LOGGED = 200
"""So many raw facts stand on one page."""
COMMENTS = 200
ATTEMPTS = 20
"""So many attempts at a step are shown."""
BELOW = 3
"""So many incidents of called instances are named."""
CHANGES = 50
"""So many changes of variables."""
TABS = [
    ("", noop("Overview")),
    ("variables", noop("Variables")),
    ("waits", noop("Messages and timers")),
    ("hands", noop("Interventions")),
    ("log", noop("Recorded facts")),
    ("xml", noop("XML")),
    ("json", noop("JSON")),
]
"""The views of one instance, as the address names them."""


@page(f"/instances/{ID}", "view")
def instance(id: int) -> ResponseReturnValue:
    """The instance on its diagram, at the element and the moment that the address names."""
    return show(id)


@page(f"/instances/{ID}/history.ndjson", "view")
def history_file(id: int) -> Response:
    """Every recorded fact, one JSON object a line."""
    engine().instance(id)  # there is none: say so before the stream begins
    lines = (encoded(entry) + b"\n" for entry in past.facts(engine(), id))
    answer = Response(lines, mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = f'attachment; filename="{id}.ndjson"'
    return answer


def show(
    id: int,
    *,
    wrong: Mapping[str, str] | None = None,
    entered: Mapping[str, str] | None = None,
    late: Iterable[changes.Change] = (),
    status: int = 200,
) -> tuple[str, int, dict[str, str]]:
    """The page; `wrong`: what is the matter with a form that came in, by its verb; `late`: what
    somebody else did to what the form is about."""
    view = engine().instance(id)
    elements = Names(engine()).all_of(view.head.definition)
    tab = request.args.get("tab", "")
    tab = tab if tab in dict(TABS) else ""
    given: dict[str, Any] = {
        "view": view,
        "head": view.head,
        "elements": elements,
        "selected": request.args.get("el"),
        "tab": tab,
        "tabs": TABS,
        "wrong": wrong or {},
        "entered": entered or {},
        "late": list(late),
        "at": None,
        "change_log": _change_log(id),
        "restarts": engine().restarts(id),
        "held": engine().held(id),
        "below": _below(view),
        "held_words": SAID,
    }
    at = request.args.get("at", "")
    if not tab:
        moment = int(at) if is_id(at) else None
        given |= _overview(view, elements, moment)
    else:
        given |= _TABS[tab](view)
    return render("instance.html", status, **given)


def _below(view: InstanceView) -> list[IncidentView]:
    """What stands still in instances that a root has called, however deep."""
    if view.incidents or view.head.parent or not view.children:
        return []
    return engine().incidents(IncidentQuery(root=view.head.id), Paging(limit=BELOW)).items


def _change_log(id: int) -> Callable[[str], str]:
    """Where it says how a variable came to be, by its name."""
    return lambda name: url_for("console.instance", id=id, tab="variables", name=name)


def _overview(view: InstanceView, elements: Mapping[str, str], at: int | None) -> dict[str, Any]:
    id, selected = view.head.id, request.args.get("el")
    token = request.args.get("pass", "")
    visit = int(token) if selected and is_id(token) else None
    ratio = extent.ratio(engine().diagram(view.head.definition))
    given: dict[str, Any] = {"ratio": ratio, "is_wide": ratio >= extent.WIDE, "visit": visit}
    if at is not None:
        entries = list(past.facts(engine(), id))
        last = entries[-1].number if entries else 0
        at = min(max(at, 1), max(last, 1))
        moment = past.moment(entries, at)
        before, after = past.neighbours(entries, at)
        told = timeline.read(_window(entries, at), elements, view.head.state)
        return given | {
            "at": at,
            "moment": moment,
            "waited": waits.waited,
            "before": before,
            "after": after,
            "facts": facts.of_moment(
                moment, selected, told.around_loops(at) if len(entries) <= FACTS else None
            ),
            "timeline": told,
            "visits": told.passes(selected) if selected else [],
            "attempts": [],
            "earlier": 0,
            "last": last,
            "scopes": _past_scopes(moment, selected, visit),
            "told": timeline.said(moment.last, elements) if moment.last else "",
            "whys": [],
        }
    history = engine().history(id, limit=FACTS)
    is_cut = history.last > FACTS and request.args.get("from") != "first"
    if is_cut:
        history = engine().history(id, after=history.last - FACTS, limit=FACTS)
    told = timeline.read(history.items, elements, view.head.state)
    incidents = [one for one in view.incidents if selected in (None, one.element)]
    reader = Reader(engine(), view, elements)
    attempts = told.attempts_at(selected, visit) if selected else []
    return given | {
        "facts": facts.of_instance(
            view,
            selected,
            unserved=reader.unserved(),
            around=None if is_cut else told.around_loops(history.last),
        ),
        "whys": briefly(reader.all(selected, visit)),
        "incidents": [one for one in incidents if visit in (None, one.token)],
        "comments": engine().comments(instance=id, page=Paging(limit=COMMENTS)),
        "said_of": lambda element: elements.get(element, element),
        "scopes": _scopes(view, told, selected, visit),
        "timeline": told,
        "visits": told.passes(selected) if selected else [],
        "attempts": attempts,
        "telling": _telling(attempts),
        "earlier": history.last - FACTS if is_cut else 0,
        "last": history.last,
    }


def _telling(attempts: list[tuple[int, timeline.Attempt]]) -> list[tuple[int, timeline.Attempt]]:
    """Of very many attempts the latest, those that failed before all others; oldest first."""
    ranked = sorted(attempts, key=lambda one: (one[1].error is not None, one[1].at))
    return sorted(ranked[-ATTEMPTS:], key=lambda one: one[1].at)


def _window(entries: list[HistoryEntry], at: int) -> list[HistoryEntry]:
    """As many facts as a page shows, with the chosen moment among them."""
    first = max(0, min(at - FACTS // 2, len(entries) - FACTS))
    return entries[first : first + FACTS]


def _scopes(
    view: InstanceView, told: timeline.Timeline, selected: str | None, visit: int | None
) -> list[Any]:
    """The variables to show: of the chosen element's own scopes, or else the process's."""
    living = [scope for scope in view.variables if scope.kind != "snapshot"]
    if visit is not None:
        return [scope for scope in living if told.holders.get(scope.id) == visit]
    if selected:
        own = [scope for scope in living if scope.element == selected][:50]
        return own or living[:1]  # what it sees, and what is mended where it fails
    inner = [scope for scope in living[1:] if scope.variables and scope.kind == "sub_process"]
    return living[:1] + inner[:50]


def _past_scopes(moment: past.Moment, selected: str | None, visit: int | None) -> list[Any]:
    opened = moment.open_scopes()
    if visit is not None:
        return [scope for scope in opened if scope.holder == visit]
    if selected:
        return [scope for scope in opened if scope.element == selected][:50]
    outer = [scope for scope in opened if scope.holder is None]
    return outer + [one for one in opened if one.kind == "sub_process" and one.variables][:50]


def _variables_tab(view: InstanceView) -> dict[str, Any]:
    """All variables by scope, and the log of their changes, newest first."""
    name = request.args.get("name", "")
    log = changes.of(past.facts(engine(), view.head.id))
    chosen = [one for one in reversed(log) if not name or one.name == name]
    offset = offset_of(request.args)
    open = {one.id for one in view.variables} if view.head.state == "active" else set()
    return {
        "undoable": [one for one in changes.last(log) if not one.is_new and one.scope in open],
        "scopes": [one for one in view.variables if one.kind != "snapshot"][:100],
        "log": chosen[offset : offset + CHANGES],
        "logged": len(chosen),
        "limit": CHANGES,
        "offset": offset,
        "name": name,
        "names": sorted({one.name for one in log}),
        "last": log[-1].number if log else 0,
        "seen": engine().history(view.head.id, limit=1).last,
    }


def _waits_tab(view: InstanceView) -> dict[str, Any]:
    elements = Names(engine()).all_of(view.head.definition)
    reader = Reader(engine(), view, elements)
    return {"armed": armed(engine(), view.head.id), "whys": [(why, 0) for why in reader.all()]}


def _hands_tab(view: InstanceView) -> dict[str, Any]:
    """What somebody did by hand, newest first."""
    found = [one for one in past.facts(engine(), view.head.id) if one.kind == "intervention"]
    return {"hands": found[::-1][:1000]}


def _log_tab(view: InstanceView) -> dict[str, Any]:
    offset = offset_of(request.args)
    found = engine().history(view.head.id, after=offset, limit=LOGGED)
    return {"log": found.items, "last": found.last, "offset": offset, "limit": LOGGED}


def _xml_tab(view: InstanceView) -> dict[str, Any]:
    """The file as it was deployed, with the elements marked where tokens are."""
    try:
        source = engine().source(view.head.definition).decode("utf-8", "replace")
    except NotFound:
        source = ""
    here = {f'id="{token.element}"' for token in view.tokens}
    lines = source.splitlines()
    return {"lines": [(line, any(mark in line for mark in here)) for line in lines]}


def _json_tab(view: InstanceView) -> dict[str, Any]:
    return {"text": msgspec.json.format(encoded(view), indent=2).decode()}


_TABS = {
    "variables": _variables_tab,
    "waits": _waits_tab,
    "hands": _hands_tab,
    "log": _log_tab,
    "xml": _xml_tab,
    "json": _json_tab,
}
