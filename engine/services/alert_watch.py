"""Evaluating alert rules when their time has come: each once an interval, whichever node does it.

A node takes the lease of a rule that is due, looks, and writes what it found only while the lease
is still its own. A node that dies in between leaves the interval to the next one that looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from engine.errors import EngineError
from engine.services.alert_conditions import evaluate
from engine.storage.alert_tables import alert_firing, alert_rule
from engine.values import decode, encode
from engine.views import AlertCheck, AlertCondition

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

LEASE = 120_000_000
"""Microseconds; longer than a statement may take."""
SECOND = 1_000_000
KEPT = 400 * 86_400_000_000
"""So long a firing that is over is kept."""
_r, _f = alert_rule.c, alert_firing.c


def watch(shell: Shell, limit: int) -> int:
    """Evaluate the rules that are due; how many."""
    with shell.store.reading() as connection:
        now = shell.store.now_in(connection)
        due = (
            sa.select(_r.id)
            .where(_r.is_enabled == 1, _r.next_at <= now, _r.leased_until <= now)
            .order_by(_r.next_at)
            .limit(limit)
        )
        ids = connection.execute(due).scalars().all()
    return sum(_watch_one(shell, id) for id in ids)


def _watch_one(shell: Shell, id: int) -> bool:
    def claim(unit: Unit) -> tuple[Any, int] | None:
        unit.direct()
        now, connection = unit.now_micros, unit.transaction.connection
        mine = sa.update(alert_rule).where(
            _r.id == id, _r.is_enabled == 1, _r.next_at <= now, _r.leased_until <= now
        )
        if not connection.execute(mine.values(leased_until=now + LEASE)).rowcount:
            return None
        return connection.execute(sa.select(alert_rule).where(_r.id == id)).one(), now + LEASE

    claimed = shell.do(claim)
    if claimed is None:
        return False
    row, lease = claimed
    found: AlertCheck | None = None
    problem = None
    try:
        found = evaluate(shell, condition_of(row.condition))
    except EngineError as error:
        problem = str(error)
        shell.log.warning("alert rule not evaluated", rule=id, name=row.name, error=problem)

    def settle(unit: Unit) -> bool:
        unit.direct()
        connection = unit.transaction.connection
        held = sa.select(alert_rule).where(_r.id == id, _r.leased_until == lease)
        current = connection.execute(held.with_for_update()).first()
        if current is None:  # changed or taken over meanwhile
            return False
        changes: dict[str, Any] = {"problem": problem}
        if found is not None:
            changes |= settled(unit, current, found)
        step = current.every * SECOND
        missed = (unit.now_micros - current.next_at) // step
        changes |= {
            "next_at": current.next_at + (missed + 1) * step,
            "leased_until": 0,
            "evaluated_at": unit.now_micros,
        }
        connection.execute(sa.update(alert_rule).where(_r.id == id).values(changes))
        return True

    return shell.do(settle)


def settled(unit: Unit, row: Any, found: AlertCheck) -> dict[str, Any]:
    """What becomes of a rule by what was found; its firing is opened, goes on or is closed."""
    connection, now = unit.transaction.connection, unit.now_micros
    is_silent = row.silenced_until > now
    if found.holds and row.firing_id is None:
        id = begin(unit, row, found, told_at=None if is_silent else now)
        _log(unit, row, "alert fires", value=found.value)
        return {"value": found.value, "state": "firing", "since": now, "firing_id": id}
    if found.holds:
        firing = connection.execute(sa.select(alert_firing).where(_f.id == row.firing_id)).one()
        changes: dict[str, Any] = {"subjects": encode(found.subjects)}
        if found.value is not None and found.value > (firing.worst or 0):
            changes["worst"] = found.value
        if firing.told_at is None and not is_silent and row.state == "firing":
            changes["told_at"] = now
        connection.execute(sa.update(alert_firing).where(_f.id == row.firing_id).values(changes))
        return {"value": found.value}
    if row.firing_id is None:
        return {"value": found.value}
    over = sa.update(alert_firing).where(_f.id == row.firing_id, _f.resolved_at.is_(None))
    connection.execute(over.values(resolved_at=now))
    _log(unit, row, "alert is over", value=found.value)
    return {"value": found.value, "state": "ok", "since": now, "firing_id": None}


def begin(
    unit: Unit, row: Any, found: AlertCheck, *, told_at: int | None, is_test: bool = False
) -> int:
    """Open a firing; its id."""
    id = unit.shell.store.ids.row(0)
    unit.transaction.connection.execute(
        sa.insert(alert_firing),
        {
            "id": id,
            "rule_id": row.id,
            "name": row.name,
            "condition": row.condition,
            "runbook": row.runbook,
            "is_test": int(is_test),
            "fired_at": unit.now_micros,
            "told_at": told_at,
            "value": found.value,
            "worst": found.value,
            "subjects": encode(found.subjects),
        },
    )
    return id


def forget(connection: sa.Connection, now: int) -> int:
    """Drop firings that were over long ago."""
    gone = sa.delete(alert_firing).where(_f.resolved_at < now - KEPT)
    return connection.execute(gone).rowcount


def condition_of(text: str) -> AlertCondition:
    """A condition as it is kept."""
    return msgspec.convert(decode(text), AlertCondition)


def kept(condition: AlertCondition) -> str:
    """A condition as text."""
    return encode(msgspec.to_builtins(condition))


def _log(unit: Unit, row: Any, said: str, **more: Any) -> None:
    unit.shell.log.warning(said, rule=row.id, name=row.name, **more)
