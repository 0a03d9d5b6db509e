"""A batch at work: each target's operation and its outcome are one transaction, so that each is
done once, whichever node does it and whenever one is killed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from engine.errors import Conflict, EngineError, NotFound, Stale, Unavailable
from engine.services import hands, idempotency, migration, restarts, tasks
from engine.services.batch_layout import LAYING_OUT, lay_out
from engine.services.effects import Watch
from engine.services.incidents import retry, retry_all
from engine.services.work import Work
from engine.storage import operator_tables as o
from engine.storage.ids import instance_of, partition_of
from engine.values import admit, decode
from engine.views import Actor, BatchOrder, Effect

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

CHUNK = 50
"""Targets begun together."""
_b, _m = o.batch.c, o.batch_item.c


class Skipped(EngineError):
    """A target that an operation does not apply to any more."""


class _Failed(EngineError):
    """A target that its operation failed at."""


def operate(
    unit: Unit, order: BatchOrder, target: int, reason: str, by: Actor, dry_run: bool = False
) -> Effect:
    """Do an order to one target. Raises Skipped where there is nothing to do, and what the
    operation raises."""
    id = instance_of(target)
    try:
        match order.kind:
            case "retry":
                return _retried(unit, order, target, reason, by, dry_run)
            case "cancel":
                return hands.cancel(unit, id, reason, by, dry_run)
            case "abandon":
                return hands.abandon(unit, id, order.compensate, reason, by, dry_run)
            case "modify":
                return hands.modify(unit, id, order.instructions, reason, by, dry_run)
            case "migrate":
                assert order.plan is not None
                return migration.migrate(unit, id, order.plan, reason, by, dry_run)
            case "set_variables":
                given = admit(order.variables)
                return hands.set_variables(unit, id, given, None, reason, by, dry_run)
            case "suspend":
                return hands.suspend(unit, id, reason, by, dry_run)
            case "resume":
                keeps = unit.shell.settings.keep_remainder
                return hands.resume(unit, id, reason, by, dry_run, keep_remainder=keeps)
            case "delete":
                return restarts.delete(unit, id, reason, by, dry_run)
            case "restart":
                return restarts.restart(
                    unit,
                    id,
                    reason,
                    by,
                    dry_run,
                    latest=order.latest,
                    variables=admit(order.variables),
                    variables_from=order.variables_from,
                    at=tuple(order.at),
                )
            case "assign_tasks" | "update_tasks" | "complete_tasks":
                return _on_task(unit, order, target, by, dry_run)
    except (NotFound, Conflict, Stale) as error:
        raise Skipped(str(error)) from error


def _on_task(unit: Unit, order: BatchOrder, task: int, by: Actor, dry_run: bool) -> Effect:
    loaded, _ = unit.waiting(task, "user_task")
    watch = Watch(loaded, order.kind, dry_run=dry_run)
    match order.kind:
        case "update_tasks":
            tasks.update(unit, task, admit(order.changes), by)
        case "complete_tasks":
            tasks.complete(unit, task, admit(order.variables), by, checks_form=True)
        case _ if order.assignee is None:
            tasks.unclaim(unit, task, by)
        case _:
            tasks.claim(unit, task, order.assignee, by, force=order.takes_over)
    return watch.effect(unit)


def _retried(
    unit: Unit, order: BatchOrder, target: int, reason: str, by: Actor, dry_run: bool
) -> Effect:
    given = admit(order.variables)
    loaded = unit.active(instance_of(target))
    watch = Watch(loaded, "retry", dry_run=dry_run)
    if target == loaded.id:
        healed, count = retry_all(unit, target, given, reason, by)
    else:
        healed, count = int(retry(unit, target, given, reason, by)), 1
    if count == 0:
        raise Skipped(f"instance {target} has no incident any more")
    again = [f"{count - healed} of {count} failed again"] if healed < count else []
    return watch.effect(unit, again, resolved=healed)


def counts_of(connection: sa.Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    query = sa.select(_m.batch_id, _m.state, sa.func.count()).where(_m.batch_id.in_(ids))
    found: dict[int, dict[str, int]] = {id: {} for id in ids}
    for batch, state, count in connection.execute(query.group_by(_m.batch_id, _m.state)):
        found[batch][state] = count
    return found


def counts(connection: sa.Connection, id: int) -> dict[str, int]:
    """How many targets of a batch are in each state."""
    return counts_of(connection, [id])[id]


def order_of(row: sa.Row[Any]) -> BatchOrder:
    """What a stored batch does."""
    said = decode(row.parameters)["order"]
    return msgspec.convert(said, BatchOrder, builtin_types=idempotency.KEPT)


def run_batches(shell: Shell, limit: int) -> int:
    """Do the next targets of the batches that run; how many."""
    with shell.store.reading() as connection:
        now = shell.store.now_in(connection)
        begun = _b.state.in_(("running", LAYING_OUT))
        query = sa.select(o.batch).where(begun, _b.next_at <= now)
        rows = connection.execute(query.order_by(_b.created_at, _b.id)).all()
    done = 0
    for row in rows:
        if done >= limit:
            break
        if row.state == LAYING_OUT:
            lay_out(shell, row.id)
        done += _run(shell, row, limit - done)
    return done


def _run(shell: Shell, row: sa.Row[Any], limit: int) -> int:
    count = min(CHUNK, limit)
    if row.per_second is not None:
        count = min(count, max(row.per_second // 2, 1))
    with shell.store.reading() as connection:
        by_state = counts(connection, row.id)
        if row.stop_after is not None:
            count = min(count, row.stop_after - by_state.get("failed", 0))
        left = sa.select(_m.target).where(_m.batch_id == row.id, _m.state == "left")
        found = left.order_by(_m.target).limit(max(count, 0))
        targets = list(connection.execute(found).scalars().all())
    if not targets:
        shell.do(partial(_end, id=row.id), partition=partition_of(row.id))
        return 0
    if row.per_second is not None and not shell.do(
        partial(_pace, id=row.id, count=len(targets), per_second=row.per_second),
        partition=partition_of(row.id),
    ):
        return 0
    order = order_of(row)
    by = Actor(row.by, row.source)
    reason = f"{row.reason} [batch {row.id}]"
    works = [
        Work(
            partial(_do, batch=row.id, order=order, target=target, reason=reason, by=by),
            instances=(instance_of(target),),
        )
        for target in targets
    ]
    shell.committer.do_all(works)
    outcomes = []
    for target, work in zip(targets, works, strict=True):
        error = work.error
        if error is None or isinstance(error, Unavailable):
            continue  # done; or still to be done
        if not isinstance(error, Skipped | _Failed):
            shell.log.error("batch target failed", batch=row.id, target=target, error=repr(error))
        state = "skipped" if isinstance(error, Skipped) else "failed"
        said = str(error) or type(error).__name__
        run = partial(_write, batch=row.id, target=target, state=state, reason=said)
        outcomes.append(Work(run, instances=(instance_of(target),)))
    shell.committer.do_all(outcomes)
    shell.do(partial(_end, id=row.id), partition=partition_of(row.id))
    return len(targets) if any(work.error is None for work in (*works, *outcomes)) else 0


def _is_left(unit: Unit, batch: int, target: int) -> bool:
    """Whether a target is still to be done, and its batch runs; both stay so until the commit."""
    connection = unit.transaction.connection
    unit.batch.flush()
    item = sa.select(_m.state).where(
        _m.partition_id == partition_of(target), _m.batch_id == batch, _m.target == target
    )
    running = sa.select(_b.state).where(_b.partition_id == partition_of(batch), _b.id == batch)
    with unit.looking() as looking:
        is_running = looking.execute(running).scalar() == "running"
    return is_running and connection.execute(item.with_for_update()).scalar() == "left"


def _do(unit: Unit, batch: int, order: BatchOrder, target: int, reason: str, by: Actor) -> None:
    if not _is_left(unit, batch, target):
        return
    try:
        effect = operate(unit, order, target, reason, by)
    except (Skipped, Unavailable):
        raise
    except EngineError as error:
        raise _Failed(str(error)) from error
    failed_again = order.kind == "retry" and bool(effect.warnings)
    state = "failed" if failed_again else "done"
    _outcome(unit, batch, target, state, effect.warnings[0] if failed_again else None)


def _write(unit: Unit, batch: int, target: int, state: str, reason: str) -> None:
    if _is_left(unit, batch, target):
        _outcome(unit, batch, target, state, reason[:2_000])


def _outcome(unit: Unit, batch: int, target: int, state: str, reason: str | None) -> None:
    statement = unit.transaction.store.statements.update_item
    row = (state, reason, unit.now_micros, partition_of(target), batch, target)
    unit.writes.rare.append((statement, row))


def _pace(unit: Unit, id: int, count: int, per_second: int) -> bool:
    """Take the time that so many targets may use; whether it was free."""
    unit.direct()
    connection = unit.transaction.connection
    own = (_b.partition_id == partition_of(id), _b.id == id)
    next_at = connection.execute(sa.select(_b.next_at).where(*own).with_for_update()).scalar_one()
    if next_at > unit.now_micros:
        return False
    until = unit.now_micros + count * 1_000_000 // per_second
    connection.execute(sa.update(o.batch).where(*own).values(next_at=until))
    return True


def _end(unit: Unit, id: int) -> None:
    """Complete a batch of which nothing is left, stop one that has failed too often."""
    unit.direct()
    connection = unit.transaction.connection
    own = (_b.partition_id == partition_of(id), _b.id == id)
    row = connection.execute(sa.select(o.batch).where(*own).with_for_update()).one()
    if row.state != "running":
        return
    with unit.looking() as looking:
        by_state = counts(looking, id)
    failed = by_state.get("failed", 0)
    values: dict[str, Any] = {}
    if by_state.get("left", 0) == 0:
        values = {"state": "completed", "ended_at": unit.now_micros}
    elif row.stop_after is not None and failed >= row.stop_after:
        values = {"state": "stopped", "note": f"stopped after {failed} failure(s)"}
    if values:
        connection.execute(sa.update(o.batch).where(*own).values(**values))
