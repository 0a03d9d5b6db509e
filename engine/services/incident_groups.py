"""Incidents that share their cause, as far as their words tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.services.work_lists import incident_conditions
from engine.storage import schema as t
from engine.storage.rows import moment
from engine.views import IncidentGroup, IncidentGroups, IncidentQuery

if TYPE_CHECKING:
    from engine.services.shell import Shell

_n = t.incident.c
MOST = 20_000
"""So many incidents are grouped, the newest ones."""
SEEN = 400
"""So many characters of a message tell its shape."""
HOUR = timedelta(hours=1) // timedelta(microseconds=1)

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|`[^`]*`")
PARTS = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{13,22}\b"  # UUIDs
    r"|https?://\S+"
    r"|\b(?=[\w.-]*\d)[\w.-]+\b",  # whatever holds a digit: numbers, keys, moments, addresses
    re.IGNORECASE,
)


def shape(message: str) -> str:
    """A message without what differs from one incident to the next: names in quotes, numbers."""
    text = QUOTED.sub("…", message[:SEEN])
    return re.sub(r"\s+", " ", PARTS.sub("…", text)).strip()


def signature(process_id: str, element: str | None, error: str, form: str) -> str:
    """The same for incidents of one process, element and error whose messages have one shape."""
    whole = "\0".join((process_id, element or "", error, form))
    return sha256(whole.encode()).hexdigest()[:12]


class IncidentGroupMethods:
    """The part of `Engine` that groups incidents."""

    _shell: Shell

    def incident_groups(
        self,
        query: IncidentQuery = IncidentQuery(),  # noqa: B008 - frozen
    ) -> IncidentGroups:
        """Incidents by signature, the largest group first."""
        with self._shell.store.reading() as connection:
            now = self._shell.store.now_in(connection)
            rows = connection.execute(
                sa.select(
                    _n.id,
                    _n.instance_id,
                    _n.process_id,
                    _n.element,
                    _n.error,
                    sa.func.substr(_n.message, 1, SEEN).label("message"),
                    _n.at,
                    _n.definition_id,
                )
                .where(*incident_conditions(query))
                .order_by(_n.at.desc(), _n.id.desc())
                .limit(MOST + 1)
            ).all()
        groups: dict[str, list[Any]] = {}
        shapes: dict[str, str] = {}
        for row in rows[:MOST]:
            form = shape(row.message)
            key = signature(row.process_id, row.element, row.error, form)
            shapes[key] = form
            groups.setdefault(key, []).append(row)
        found = [_group(key, shapes[key], members, now) for key, members in groups.items()]
        return IncidentGroups(
            items=sorted(found, key=lambda group: (-group.count, group.signature)),
            is_cut=len(rows) > MOST,
        )


def _group(key: str, form: str, rows: Sequence[Any], now: int) -> IncidentGroup:
    newest = rows[0]
    definitions = Counter(row.definition_id for row in rows)
    return IncidentGroup(
        signature=key,
        process_id=newest.process_id,
        definition=newest.definition_id,
        definitions=dict(definitions),
        element=newest.element,
        error=newest.error,
        shape=form,
        message=newest.message,
        count=len(rows),
        instances=len({row.instance_id for row in rows}),
        first=moment(rows[-1].at),
        last=moment(newest.at),
        last_hour=sum(1 for row in rows if row.at >= now - HOUR),
        incidents=[row.id for row in rows],
    )
