"""The list of instances, by a query that is text in the address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_type_hints

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import InstanceQuery, InstanceSummary, Paging
from web.console import query
from web.console.blueprint import page
from web.console.names import Names
from web.console.rendering import engine, render
from web.console.requests import offset_of, pages_of

LIMIT = 50
ORDERS = set(get_type_hints(InstanceQuery)["order"].__args__)
VIEWS = [
    (None, "All"),
    ("status:running", "Running"),
    ("is:incident", "With incidents"),
    ("is:stalled", "Stalled"),
    ("is:suspended", "Suspended"),
    ("status:failed", "Failed"),
    ("status:completed", "Completed"),
    ("status:cancelled", "Cancelled"),
]
"""The word of the query language behind each ready-made view."""


@page("/instances", "view")
def instances() -> ResponseReturnValue:
    """Instances that fit the query, newest first unless the address says otherwise."""
    text = request.args.get("q", "").strip()
    order = request.args.get("sort", "-started")
    asked = query.parse(text, order if order in ORDERS else "-started", datetime.now(UTC))
    found = engine().instances(asked.query, Paging(limit=LIMIT, offset=offset_of(request.args)))
    words = text.split()
    return render(
        "instances.html",
        found=found,
        text=text,
        asked=asked,
        order=asked.query.order,
        limit=LIMIT,
        where=_where(found.items),
        missing=_missing(asked.query, found.items),
        views=[
            (query.replaced(text, word), label, word in words if word else not _is_viewed(words))
            for word, label in VIEWS
        ],
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


def _is_viewed(words: list[str]) -> bool:
    return any(word in words for word, _ in VIEWS if word)


def _where(items: list[InstanceSummary]) -> dict[int, list[str]]:
    """Names of the elements where each instance is now."""
    names = Names(engine())
    return {
        one.id: [names.of(one.definition, element) for element in one.elements] for one in items
    }


def _missing(asked: InstanceQuery, items: list[InstanceSummary]) -> list[str]:
    """Of pasted ids or keys that fit on one page, those that were not found."""
    wanted = [str(id) for id in asked.ids] + list(asked.business_keys)
    if not wanted or len(wanted) > LIMIT:
        return []
    there = {str(one.id) for one in items} | {one.business_key for one in items}
    return [one for one in wanted if one not in there]
