"""What is done with a claimed job: answered, failed, given back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from engine.errors import Conflict, Stale
from engine.failures import Mapped, business_error
from engine.history import Record
from engine.policies import Policy, policy_for
from engine.services.duties import add_incident, attempt, job_queue
from engine.services.masks import cleaned_of
from engine.services.scopes import local_scope
from engine.state import Subscription, Trigger
from engine.storage.rows import Shell as Columns
from engine.storage.rows import moment
from engine.values import takes
from engine.variables import visible

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.unit import Unit
    from engine.state import Variables

SHOWN = 16_384
"""Bytes of a job's input that an attempt keeps, or about."""
NAMED = 10
"""Variables named of those for which there was no room."""


def held(
    unit: Unit, id: int, worker: str | None, epoch: int | None
) -> tuple[Loaded, Subscription, Columns]:
    """A job that waits for an answer. Raises Stale when the one who answers has lost it."""
    loaded, row = unit.waiting(id, "job")
    columns = unit.shell_of(id)
    if epoch is not None and columns.epoch != epoch:
        unit.shell.measures.fenced()
        raise Stale(
            f"job {id} was given out again since (claim {columns.epoch}, this answer is of claim "
            f"{epoch}): the answer came after its deadline, and is not used"
        )
    if worker is not None and columns.worker is not None and columns.worker != worker:
        raise Stale(f"job {id} is held by '{columns.worker}', not by '{worker}'")
    if id in loaded.incidents:
        raise Stale(f"job {id} has an incident: resolve it first")
    return loaded, row, columns


def complete(
    unit: Unit,
    id: int,
    variables: Variables,
    *,
    worker: str | None = None,
    epoch: int | None = None,
) -> None:
    """The job's results go into its instance; what cannot be used is an incident. Raises Stale."""
    loaded, row, columns = held(unit, id, worker, epoch)
    unit.answers = worker
    if (rule := _as_error(unit, loaded, row, columns, variables)) is not None:
        throw(unit, id, rule.code or "", "", variables, worker=worker, epoch=epoch)
        return
    record = attempt_record(unit, loaded, row, columns, worker, output=dict(variables))
    attempt(loaded, row, {"verb": "happened", "payload": variables}, unit, record)


def throw(
    unit: Unit,
    id: int,
    code: str,
    message: str,
    variables: Variables,
    *,
    worker: str | None = None,
    epoch: int | None = None,
) -> None:
    """The job's business error is thrown where its token is. Uncaught, it is an incident."""
    loaded, row, columns = held(unit, id, worker, epoch)
    unit.answers = worker
    error = {"code": code, "message": message}
    record = attempt_record(unit, loaded, row, columns, worker, bpmn_error=error)
    thrown = {"verb": "thrown", "kind": "error", "payload": variables, **error}
    attempt(loaded, row, thrown, unit, record)


def policy_of(unit: Unit, process_id: str, element: str, trigger: Trigger) -> Policy:
    """The policy in force for a job."""
    type = trigger.name or ""
    connection = unit.transaction.connection
    file, operator = unit.shell.policies.said(connection, process_id, element, type)
    return policy_for(trigger.details, unit.shell.declared(type), file, operator)


def tries_left(policy: Policy, kept: int | None, last_error: str | None, stated: Any) -> int:
    """How often a job is tried yet: before its first failure what the policy in force says, since
    then what is `kept` with it. `stated` is what the model has said when the job was made."""
    if kept is None or (last_error is None and kept == stated):
        return policy.retries
    return kept


def fail(
    unit: Unit,
    id: int,
    message: str,
    *,
    error: str,
    retries: int | None = None,
    backoff: timedelta | None = None,
    variables: Variables | None = None,
    worker: str | None = None,
    epoch: int | None = None,
) -> None:
    """A technical failure: counted, and tried again or left as an incident."""
    loaded, row, columns = held(unit, id, worker, epoch)
    rule = _as_error(
        unit, loaded, row, columns, variables or {}, error=error, message=message, retries=retries
    )
    if rule is not None:
        throw(unit, id, rule.code or "", message, variables or {}, worker=worker, epoch=epoch)
        return
    message = cleaned_of(unit, loaded, message)
    policy = policy_of(unit, loaded.head.process_id, row.catcher, row.trigger)
    stated = row.trigger.details.get("retries")
    before = tries_left(policy, columns.retries, columns.last_error, stated)
    left = max(before - 1, 0) if retries is None else max(retries, 0)
    failures = max(policy.retries - left, 1)
    pause = policy.backoff.after(failures) if backoff is None else backoff
    record = attempt_record(
        unit,
        loaded,
        row,
        columns,
        worker,
        policy=policy,
        error={"type": error, "message": message},
        retries=left,
        pause=pause if left else None,
        output=dict(variables) if variables else None,
    )
    queue = job_queue(row.trigger.name or "") if left else None
    changed = replace(
        columns,
        retries=left,
        queue=queue if loaded.head.suspended_at is None else None,
        available_at=unit.now_micros + pause // timedelta(microseconds=1),
        worker=None,
        claimed_at=None,
        epoch=columns.epoch + 1,
        last_error=message,
        lost=0,
    )
    if left:
        unit.note(loaded, record)
    else:
        detail = {"error": error, "message": message}
        incident = Record("incident", row.catcher, row.token, row.scope, id, detail)
        unit.note(loaded, record, incident)
        add_incident(unit, loaded, row, "job", error, message, attempts=columns.attempts)
    unit.set_shell(id, changed)


def _as_error(
    unit: Unit,
    loaded: Loaded,
    row: Subscription,
    columns: Columns,
    variables: Variables,
    *,
    error: str | None = None,
    message: str | None = None,
    retries: int | None = None,
) -> Mapped | None:
    """The rule by which the model takes this end of a job for a BPMN error."""
    node = loaded.program.nodes.get(row.catcher)
    if node is None or not node.errors:
        return None
    seen = visible(loaded.instance, local_scope(loaded.instance, row))
    job = {
        "id": str(row.id),
        "topicName": row.trigger.name,
        "workerId": columns.worker,
        "retries": columns.retries if retries is None else retries,
        "errorMessage": message,
        "errorDetails": None if error is None else f"{error}: {message}",
    }
    return business_error(node.errors, {**seen, **variables}, job, unit.now, error=error)


def release(unit: Unit, id: int, epoch: int) -> None:
    """Give back a claimed job that nobody has begun to work on; it does not count as a try."""
    try:
        _, row, columns = held(unit, id, None, epoch)
    except Stale:
        return
    changed = replace(
        columns,
        available_at=unit.now_micros,
        attempts=columns.attempts - 1,
        worker=None,
        claimed_at=None,
    )
    unit.set_shell(id, changed)
    unit.wakes[job_queue(row.trigger.name or "")] += 1


def attempt_record(
    unit: Unit,
    loaded: Loaded,
    row: Subscription,
    columns: Columns,
    worker: str | None,
    *,
    policy: Policy | None = None,
    **result: Any,
) -> Record:
    """One try of a job, as the history keeps it."""
    detail: dict[str, Any] = {
        "number": max(columns.attempts, 1),
        "type": row.trigger.name,
        "worker": worker or columns.worker,
        "key": unit.shell.store.key_of(unit.transaction.connection, row.id),
    }
    if columns.claimed_at is not None:
        detail["began"] = moment(columns.claimed_at)
        detail["seconds"] = (unit.now_micros - columns.claimed_at) / 1_000_000
    sees = local_scope(loaded.instance, row)
    if sees in loaded.instance.scopes:
        detail["input"] = _shown(loaded, sees)
    if policy is not None:
        detail["policy"] = {
            "retries": policy.retries,
            "backoff": policy.backoff.text,
            "origin": dict(policy.origin),
        }
    detail.update({name: value for name, value in result.items() if value is not None})
    return Record("attempt", row.catcher, row.token, row.scope, row.id, detail)


def _shown(loaded: Loaded, scope: int) -> dict[str, Any]:
    """The variables a job was given, the nearest first, as long as there is room for them."""
    shown: dict[str, Any] = {}
    omitted: list[str] = []
    left = SHOWN
    for name, value in visible(loaded.instance, scope).items():
        size = len(name) + takes(value, left)
        if size <= left:
            shown[name] = value
            left -= size
        else:
            omitted.append(f"'{name}'")
    if omitted:
        named = ", ".join(omitted[:NAMED]) + (", ..." if len(omitted) > NAMED else "")
        shown["omitted"] = f"{named}: too large; see the variables' history"
    return shown


def requeue(unit: Unit, loaded: Loaded, row: Subscription, retries: int = 1) -> None:
    """Let a job with an incident be tried again."""
    if row.trigger.kind != "job":
        raise Conflict(f"{row.id} is no job")
    queue = job_queue(row.trigger.name or "")
    columns = replace(
        unit.shell_of(row.id),
        retries=retries,
        queue=queue if loaded.head.suspended_at is None else None,
        available_at=unit.now_micros,
        worker=None,
        lost=0,
    )
    unit.set_shell(row.id, columns)
    unit.wakes[queue] += 1
