"""Who did what to what, and why; and everything that carries one correlation id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from engine import AuditQuery, HistoryEntry, InstanceQuery, NotFound, Paging
from web.console import timeline
from web.console.blueprint import page
from web.console.language import _
from web.console.names import Names
from web.console.rendering import engine, render
from web.console.requests import offset_of, pages_of
from web.console.words import encoded
from web.query import is_id

LIMIT = 50
TRACED = 50
"""So many instances of one correlation id are laid side by side."""
FACTS = 500
"""So many facts of each."""


@page("/activity", "view")
def activity() -> ResponseReturnValue:
    """What people and programs did by hand, the latest first."""
    asked = _asked()
    found = engine().audit(asked, Paging(limit=LIMIT, offset=offset_of(request.args)))
    return render(
        "activity.html",
        found=found,
        limit=LIMIT,
        given={name: request.args.get(name, "") for name in ("q", "by", "verb", "source", "days")},
        **pages_of("console.activity"),
    )


@page("/activity.ndjson", "view")
def activity_file() -> Response:
    """The same as a file, one JSON object a line."""
    known, asked = engine(), _asked()

    def lines() -> Any:
        cursor: str | None = None
        while True:
            found = known.audit(asked, Paging(limit=500, cursor=cursor))
            yield from (encoded(entry) + b"\n" for entry in found.items)
            cursor = found.next_cursor
            if cursor is None:
                return

    answer = Response(lines(), mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = 'attachment; filename="activity.ndjson"'
    return answer


@page("/trace/<correlation_id>", "view")
def trace(correlation_id: str) -> ResponseReturnValue:
    """Every instance that carries a correlation id, with what was recorded of each, on one axis."""
    query = InstanceQuery(correlation_id=correlation_id, order="started")
    found = engine().instances(query, Paging(limit=TRACED))
    if not found.items:
        raise NotFound(_("nothing carries the correlation id “%(id)s”", id=correlation_id))
    names = Names(engine())
    first = min(one.started for one in found.items)
    last = max(one.ended or datetime.now(UTC) for one in found.items)
    whole = max(last - first, timedelta(milliseconds=1))
    lanes = []
    facts: list[tuple[HistoryEntry, Any, str]] = []
    for one in found.items:
        elements = names.all_of(one.definition)
        entries = engine().history(one.id, limit=FACTS).items
        ended = one.ended or last
        lanes.append(
            {
                "head": one,
                "left": round(100 * ((one.started - first) / whole), 1),
                "width": max(0.5, round(100 * ((ended - one.started) / whole), 1)),
                "incidents": one.incidents,
            }
        )
        facts += [
            (entry, one, timeline.said(entry, elements))
            for entry in entries
            if entry.kind in ("attempt", "intervention", "published", "incident", "ended", "thrown")
        ]
    return render(
        "trace.html",
        correlation_id=correlation_id,
        found=found,
        lanes=lanes,
        whole=whole,
        facts=sorted(facts, key=lambda one: (one[0].at, one[1].id, one[0].number))[:FACTS],
    )


def _asked() -> AuditQuery:
    text = request.args.get("q", "").strip()
    days = request.args.get("days", "")
    verb = request.args.get("verb", "").strip()
    return AuditQuery(
        by=request.args.get("by", "").strip() or None,
        source=request.args.get("source") or None,
        verbs=(verb.replace(" ", "_"),) if verb else (),
        instance=int(text) if is_id(text) else None,
        text=None if is_id(text) else text or None,
        after=datetime.now(UTC) - timedelta(days=int(days)) if days in ("1", "7", "30") else None,
    )
