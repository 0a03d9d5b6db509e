"""Lists as files: streamed, all of it, however long."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import Response, request

from engine import Engine, InstanceQuery, InstanceSummary, Paging
from web.console.blueprint import page
from web.console.pages.instances import asked_for, columns_of, inside
from web.console.rendering import engine
from web.console.words import encoded, plain, state_of

PART = 500
HEADS = (
    "id",
    "business_key",
    "process_id",
    "version",
    "status",
    "reason",
    "started",
    "updated",
    "ended",
    "incidents",
    "elements",
    "correlation_id",
    "parent",
)
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take for a formula."""


@page("/instances.csv", "view")
def instances_csv() -> Response:
    """All instances of a query, as a table for spreadsheets (UTF-8 with its mark)."""
    columns = columns_of(request.args.get("cols", ""))
    rows = _rows(engine(), _query(), columns)
    return _file(_csv(rows, columns), "text/csv", "instances.csv")


@page("/instances.ndjson", "view")
def instances_ndjson() -> Response:
    """All instances of a query, one JSON object a line."""
    columns = columns_of(request.args.get("cols", ""))
    rows = _rows(engine(), _query(), columns)
    lines = (encoded(row) + b"\n" for row in rows)
    return _file(lines, "application/x-ndjson", "instances.ndjson")


def _query() -> InstanceQuery:
    return asked_for(request.args.get("q", "").strip()).query


def _rows(engine: Engine, query: InstanceQuery, columns: list[str]) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        found = engine.instances(query, Paging(limit=PART, cursor=cursor))
        values = engine.process_variables([one.id for one in found.items]) if columns else {}
        for one in found.items:
            yield _row(one) | {
                f"var.{name}": inside(values.get(one.id, {}), name) for name in columns
            }
        cursor = found.next_cursor
        if cursor is None:
            return


def _row(one: InstanceSummary) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "business_key": one.business_key,
        "process_id": one.process_id,
        "version": one.version,
        "status": state_of(one)[0],
        "reason": one.reason,
        "started": one.started.isoformat(),
        "updated": one.updated.isoformat(),
        "ended": one.ended.isoformat() if one.ended else None,
        "incidents": one.incidents,
        "elements": " ".join(one.elements),
        "correlation_id": one.correlation_id,
        "parent": str(one.parent) if one.parent else None,
    }


def _csv(rows: Iterator[dict[str, Any]], columns: list[str]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([*HEADS, *(f"var.{name}" for name in columns)])
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])
        if out.tell() > 32_768:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _cell(value: Any) -> str:
    """Text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = plain(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(RISKY) else text


def _file(content: Any, kind: str, name: str) -> Response:
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
