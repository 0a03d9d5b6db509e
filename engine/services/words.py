"""Why a token is where it is, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.storage.rows import Shell, moment
from engine.views import WaitView


def wait_view(
    *,
    id: int,
    kind: str,
    element: str,
    name: str | None,
    key: str | None,
    due: datetime | None,
    details: Mapping[str, Any],
    since: datetime,
    columns: Shell,
    now: datetime,
    has_incident: bool,
    is_held: bool,
    child: int | None = None,
) -> WaitView:
    """What a token or scope waits for."""
    is_job, is_claimed = kind == "job", columns.claimed_at is not None
    lease = moment(columns.available_at) if is_job and is_claimed else None
    if lease is not None and lease <= now:
        lease = None
    sentence = _sentence(kind, name, key, due, details, columns, lease, now, has_incident)
    return WaitView(
        subscription=id,
        kind=kind,
        element=element,
        name=name,
        key=key,
        due=moment(columns.available_at) if is_job and not lease and columns.retries else due,
        sentence=f"Suspended; otherwise: {sentence[0].lower()}{sentence[1:]}"
        if is_held
        else sentence,
        since=since,
        retries=columns.retries if is_job else None,
        attempts=columns.attempts,
        worker=columns.worker if is_job and lease else None,
        lease_until=lease,
        last_error=columns.last_error,
        assignee=columns.worker if kind == "user_task" else None,
        candidate_groups=list(details.get("candidate_groups") or ()),
        candidate_users=list(details.get("candidate_users") or ()),
        child=child,
    )


def _sentence(
    kind: str,
    name: str | None,
    key: str | None,
    due: datetime | None,
    details: Mapping[str, Any],
    columns: Shell,
    lease: datetime | None,
    now: datetime,
    has_incident: bool,
) -> str:
    if has_incident and kind not in ("incident", "job"):
        return f"Could not go on: {columns.last_error or 'its input could not be applied'}"
    match kind:
        case "job":
            return _job(name, columns, lease, now)
        case "user_task":
            return _task(details, columns)
        case "timer":
            return f"Waits until {_said(due)}" if due else "Waits for its time"
        case "message":
            return f"Waits for message '{name}' " + (f"with key '{key}'" if key else "with any key")
        case "signal":
            return f"Waits for signal '{name}'"
        case "condition":
            return "Waits until its condition holds"
        case "call":
            return f"Waits for the called instance of '{name}' to end"
        case "continue":
            return f"Goes on at {_said(due)}" if due else "Goes on in a transaction of its own"
        case "incident":
            return f"Could not go on: {details.get('message') or 'see its history'}"
        case "choice":
            return "Waits for somebody to choose what is done next"
        case "reset":
            return "Waits for its other tokens before it can start again"
        case "thrown":
            return (
                f"Still needs what is thrown with code '{name}'" if name else "Still needs a throw"
            )
    return f"Waits for {kind}"


def _job(name: str | None, columns: Shell, lease: datetime | None, now: datetime) -> str:
    if lease is not None:
        return (
            f"Worker '{columns.worker}' does '{name}', attempt {columns.attempts}, "
            f"and has until {_said(lease)}"
        )
    if columns.retries == 0:
        return f"'{name}' failed for good after {columns.attempts} attempts: {columns.last_error}"
    again = moment(columns.available_at)
    if columns.last_error is not None and again > now:
        return (
            f"Attempt {columns.attempts} of '{name}' failed: {columns.last_error}; "
            f"again at {_said(again)}"
        )
    return f"Waits for a worker to do '{name}'"


def _task(details: Mapping[str, Any], columns: Shell) -> str:
    if columns.worker is not None:
        return f"Waits for '{columns.worker}' to complete the task"
    groups = details.get("candidate_groups")
    if groups:
        return f"Waits for somebody of {_list(groups)} to claim the task"
    users = details.get("candidate_users")
    if users:
        return f"Waits for {_list(users)} to claim the task"
    return "Waits for somebody to claim the task"


def _list(names: Any) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
