"""The list of instances, by a query that is text in the address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import (
    Conflict,
    InstanceFacets,
    InstanceQuery,
    InstanceSummary,
    Invalid,
    Paging,
    SavedView,
)
from web import query
from web.console.blueprint import ID, page
from web.console.language import _, noop
from web.console.names import Names
from web.console.rendering import actor, engine, may, render
from web.console.requests import offset_of, pages_of

LIMIT = 50
ORDERS = set(get_type_hints(InstanceQuery)["order"].__args__)
STATUSES = [
    ("running", noop("Running")),
    ("incident", noop("With incidents")),
    ("suspended", noop("Suspended")),
    ("failed", noop("Failed")),
    ("completed", noop("Completed")),
    ("cancelled", noop("Cancelled")),
]
"""Word of the query language and of people for each status that is counted."""
COLUMNS = 8
WORDS = 6
"""Of so many words of a query it is said what is found without each."""
NESTED = re.compile(r"""["'()]|\b(OR|NOT|AND)\b""")
"""Where taking one word out would change the others."""


@page("/instances", "view")
def instances() -> ResponseReturnValue:
    """Instances that fit the query, newest first unless the address says otherwise."""
    views = engine().saved_views(actor().name)
    if not request.args and (view := _default(views)) is not None:
        return redirect(_address_of(view))
    text = request.args.get("q", "").strip()
    asked = asked_for(text)
    found = engine().instances(asked.query, Paging(limit=LIMIT, offset=offset_of(request.args)))
    usual = engine().usual_durations()
    columns = columns_of(request.args.get("cols", ""))
    ids = [one.id for one in found.items]
    names = Names(engine())
    facets = engine().facets(asked.query)
    everything = query.replaced(text, None)  # whatever the status: often what is asked for anyway
    whole = facets if everything == text else engine().facets(asked_for(everything).query)
    statuses = whole.statuses
    return render(
        "instances.html",
        found=found,
        text=text,
        asked=asked,
        order=asked.query.order,
        limit=LIMIT,
        where={
            one.id: [names.of(one.definition, element) for element in one.elements]
            for one in found.items
        },
        ages={one.id: _age(one, usual) for one in found.items if one.state == "active"},
        missing=_missing(asked.query),
        total=sum(statuses.values()),
        statuses=[
            (query.replaced(text, f"status:{word}"), _(label), word, statuses.get(word, 0))
            for word, label in STATUSES
        ],
        chosen={word for word in text.split() if word.startswith(("status:", "is:"))},
        everything=everything,
        facets=_narrowing(text, facets, names),
        columns=columns,
        values=engine().process_variables(ids) if columns else {},
        inside=inside,
        views=[(one, _address_of(one)) for one in views],
        mine=actor().name,
        without=_without(text) if text and not found.total else [],
        **pages_of("console.instances"),
    )


@page("/find", "view")
def find() -> ResponseReturnValue:
    """Goes to the one instance with this business key or id, or else lists what comes near."""
    text = request.args.get("q", "").strip()
    found: list[InstanceSummary] = []
    if text:
        found = engine().instances(InstanceQuery(business_keys=(text,)), Paging(limit=2)).items
    if not found and query.is_id(text):
        found = engine().instances(InstanceQuery(ids=(int(text),))).items
    if len(found) == 1:
        return redirect(url_for("console.instance", id=found[0].id))
    return redirect(url_for("console.instances", q=text or None))


@page("/views", "view", "POST")
def save_view() -> ResponseReturnValue:
    """Keeps the query, its order and columns under a name, for the reader or for everybody."""
    form = request.form
    is_shared = bool(form.get("shared")) and may("operate")
    try:
        engine().save_view(
            form.get("name", ""),
            form.get("q", ""),
            sort=form.get("sort", ""),
            columns=form.get("cols", ""),
            is_shared=is_shared,
            is_default=bool(form.get("default")),
            by=actor(),
        )
    except (Conflict, Invalid) as error:
        flash(str(error), "failed")
    shown: dict[str, Any] = {part: form.get(part) or None for part in ("q", "sort", "cols")}
    return redirect(url_for("console.instances", **shown), 303)


@page(f"/views/{ID}/remove", "view", "POST")
def remove_view(id: int) -> ResponseReturnValue:
    """Forgets one's own view; who operates may take back any that is shared."""
    engine().remove_view(id, may_all=may("operate"), by=actor())
    return redirect(url_for("console.instances", all=1), 303)


def _address_of(view: SavedView) -> str:
    shown = {"q": view.query, "sort": view.sort, "cols": view.columns}
    given: dict[str, Any] = {part: value for part, value in shown.items() if value}
    return url_for("console.instances", **(given or {"all": 1}))


def _default(views: Sequence[SavedView]) -> SavedView | None:
    """What the list shows when nothing is asked for: the reader's own before the shared one."""
    chosen = [one for one in views if one.is_default]
    return min(chosen, key=lambda one: one.is_shared, default=None)


def asked_for(text: str, order: str | None = None) -> query.Asked:
    """What a query text asks for, in the order that the address names."""
    order = order or request.args.get("sort", "-started")
    asked = order if order in ORDERS else "-started"
    return query.parse(text, asked, query.usually(engine()))


def columns_of(text: str) -> list[str]:
    """Names of variables, with paths, that the address asks to see."""
    names = (name.strip().removeprefix("var.") for name in text.split(","))
    return list(dict.fromkeys(name for name in names if name))[:COLUMNS]


def inside(variables: Mapping[str, Any], path: str) -> Any:
    """A variable, or what its document holds under a path; None where there is nothing."""
    value: Any = variables
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _age(one: InstanceSummary, usual: Mapping[str, Any]) -> dict[str, Any]:
    """How long it runs, against how long 95 of 100 of its process took."""
    age = datetime.now(UTC) - one.started
    most: timedelta | None = usual[one.process_id].most if one.process_id in usual else None
    share = min(100, round(100 * (age / most))) if most else None
    return {"age": age, "most": most, "share": share, "is_late": bool(most and age > most)}


def _narrowing(text: str, facets: InstanceFacets, names: Names) -> list[tuple[str, str, int]]:
    """Words that make the list shorter: the query with them, what it says, how many it finds."""
    found = []
    processes: dict[str, int] = {}
    for (process, _version), count in facets.versions.items():
        processes[process] = processes.get(process, 0) + count
    if len(processes) > 1:
        found += [
            (f"{text} {query.quoted(f'process:{process}')}", process, count)
            for process, count in sorted(processes.items(), key=lambda item: -item[1])[:6]
        ]
    elif len(facets.versions) > 1:
        found += [
            (f"{text} v:{version}", _("version %(number)s", number=str(version)), count)
            for (process, version), count in list(facets.versions.items())[:6]
        ]
    steps: dict[tuple[str, str], int] = {}
    for one in facets.steps:  # a step of several versions is one word of the query
        step = (one.element, names.of(one.definition, one.element))
        steps[step] = steps.get(step, 0) + one.count
    found += [
        (f"{text} {query.quoted(f'step:{element}')}", _("at %(place)s", place=name), count)
        for (element, name), count in sorted(steps.items(), key=lambda item: -item[1])[:6]
    ]
    return [(words.strip(), label, count) for words, label, count in found]


def _without(text: str) -> list[tuple[str, str, int]]:
    """Of a query of plain words that finds nothing: each word, the query without it, what that
    finds; so that one sees which one excludes everything."""
    words = text.split()
    if not 1 < len(words) <= WORDS or NESTED.search(text):
        return []
    found = []
    for place, word in enumerate(words):
        rest = " ".join(words[:place] + words[place + 1 :])
        count = engine().instances(asked_for(rest).query, Paging(limit=1)).total
        found += [(word, rest, count)] if count else []
    return found


def _missing(asked: InstanceQuery) -> list[str]:
    """Of pasted ids or keys, those that there are not."""
    if len(asked.ids) + len(asked.business_keys) < 2:
        return []
    ids, keys = engine().known_instances(asked.ids, asked.business_keys)
    return [str(id) for id in asked.ids if id not in ids] + [
        key for key in asked.business_keys if key not in keys
    ]
