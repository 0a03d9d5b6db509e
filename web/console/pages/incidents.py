"""What could not be done: groups of one cause, each incident, and trying again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import (
    EngineError,
    IncidentGroup,
    IncidentQuery,
    InstanceQuery,
    NotFound,
    Paging,
    instance_of,
)
from web.console import past
from web.console.blueprint import page
from web.console.common_ground import Common, common
from web.console.language import _, ngettext
from web.console.names import Names
from web.console.rendering import actor, engine, render
from web.console.requests import offset_of, pages_of
from web.console.verified import Outcome, outcome
from web.query import is_id

LIMIT = 50
GROUPS = 30
COMPARED = 200
"""So many instances that fail, and so many others, are compared."""


@page("/incidents", "view")
def incidents() -> ResponseReturnValue:
    """Incidents by what they have in common, and each of them, newest first."""
    text = request.args.get("q", "").strip()
    process = request.args.get("process", "")
    query = IncidentQuery(text=text or None, process_ids=(process,) if process else ())
    found = engine().incidents(query, Paging(limit=LIMIT, offset=offset_of(request.args)))
    groups = engine().incident_groups(query)
    names = Names(engine())
    return render(
        "incidents.html",
        found=found,
        groups=groups.items[:GROUPS],
        more_groups=max(0, len(groups.items) - GROUPS),
        is_cut=groups.is_cut,
        text=text,
        process=process,
        limit=LIMIT,
        names={one.id: names.of(one.definition, one.element) for one in found.items},
        places={one.signature: names.of(one.definition, one.element) for one in groups.items},
        **pages_of("console.incidents"),
    )


@page("/incidents/groups/<signature>", "view")
def incident_group(signature: str) -> ResponseReturnValue:
    """Incidents of one cause: the newest one's words, what they share, each instance; and what
    became of the one that was tried first."""
    group = _group(signature)
    probe, verdict = _probe()
    if group is None and probe is None:
        raise NotFound(_("no incident of this kind is open any more"))
    offset = offset_of(request.args)
    found = None
    if group is not None:
        ids = tuple(group.incidents[offset : offset + LIMIT])
        found = engine().incidents(IncidentQuery(ids=ids), Paging(limit=LIMIT))
    names = Names(engine())
    return render(
        "incident_group.html",
        group=group,
        signature=signature,
        place=names.of(group.definition, group.element) if group else "",
        found=found,
        shared=_shared(group) if group else [],
        probe=probe,
        verdict=verdict,
        limit=LIMIT,
        **pages_of("console.incident_group"),
    )


@page("/incidents/groups/<signature>/probe", "operate", "POST")
def probe(signature: str) -> ResponseReturnValue:
    """Tries one incident of a group again, before all the others."""
    group = _group(signature)
    reason = request.form.get("reason", "").strip()
    if group is None:
        raise NotFound(_("no incident of this kind is open any more"))
    if not reason:
        flash(_("Say why: the reason is kept in the history."), "failed")
        return redirect(url_for("console.incident_group", signature=signature), 303)
    incident = group.incidents[-1]
    since = engine().history(instance_of(incident), limit=1).last
    key = request.form.get("key") or None
    engine().retry(incident, reason=reason, by=actor(), idempotency_key=key)
    address = url_for(
        "console.incident_group", signature=signature, probe=incident, since=since, why=reason
    )
    return redirect(address, 303)


@page("/incidents/retry", "operate", "POST")
def retry() -> ResponseReturnValue:
    """Tries the ticked incidents again, and says what became of each that could not be."""
    reason = request.form.get("reason", "").strip()
    ids = [int(id) for id in request.form.getlist("incident") if is_id(id)]
    tried, failed, refused = 0, 0, []
    for id in ids:
        key = f"{request.form['key']}-{id}" if request.form.get("key") else None
        try:
            if engine().retry(id, reason=reason, by=actor(), idempotency_key=key):
                tried += 1
            else:
                failed += 1
        except EngineError as error:
            refused.append(str(error))
    if tried:
        flash(
            ngettext("Tried %(num)s incident again.", "Tried %(num)s incidents again.", tried),
            "retrying",
        )
    if failed:
        flash(
            ngettext(
                "%(num)s incident failed again at once.",
                "%(num)s incidents failed again at once.",
                failed,
            ),
            "incident",
        )
    for message in refused[:5]:
        flash(message, "failed")
    if not ids:
        flash(_("No incident was ticked, so none was tried again."), "waiting")
    return redirect(_origin(), 303)


def _group(signature: str) -> IncidentGroup | None:
    groups = engine().incident_groups().items
    return next((one for one in groups if one.signature == signature), None)


def _probe() -> tuple[Any, Outcome | None]:
    """The instance of the incident that was tried first, and what became of it."""
    incident, since = request.args.get("probe", ""), request.args.get("since", "")
    if not (is_id(incident) and is_id(since)):
        return None, None
    instance = instance_of(int(incident))
    entries = past.facts(engine(), instance, after=int(since))
    verdict = outcome(entries, int(incident))
    (head,) = engine().instances(InstanceQuery(ids=(instance,))).items or (None,)
    return head, verdict


def _shared(group: IncidentGroup) -> list[Common]:
    """What the instances of a group have in common, against others of their process."""
    ids = list(dict.fromkeys(map(instance_of, group.incidents)))[:COMPARED]
    query = InstanceQuery(
        process_ids=(group.process_id,), none_of=(InstanceQuery(has_incidents=True),)
    )
    others = [one.id for one in engine().instances(query, Paging(limit=COMPARED)).items]
    values = engine().process_variables([*ids, *others])
    return common(
        [values[id] for id in ids if id in values], [values[id] for id in others if id in values]
    )


def _origin() -> str:
    """The instance the form stood on, or else the list."""
    instance = request.form.get("instance", "")
    if is_id(instance):
        return url_for("console.instance", id=int(instance))
    return url_for(
        "console.incidents", q=request.args.get("q"), process=request.args.get("process")
    )
