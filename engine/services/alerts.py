"""Alert rules: made, changed, silenced, tried out and taken away; and what they have told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotFound
from engine.services import alert_watch, idempotency
from engine.services.alert_conditions import checked_condition, evaluate
from engine.services.alert_trials import try_out
from engine.services.alert_watch import condition_of, kept
from engine.services.audit import audit
from engine.services.instances import checked_text
from engine.services.paging import FIRST, Order, fetch_page
from engine.storage.alert_tables import alert_firing, alert_rule
from engine.storage.rows import micros, moment, moment_or_none
from engine.values import decode
from engine.views import (
    SYSTEM,
    Actor,
    AlertCheck,
    AlertCondition,
    AlertFiring,
    AlertRule,
    AlertTrial,
    Page,
    Paging,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.services.shell import Shell
    from engine.services.unit import Unit

EVERY = timedelta(minutes=1)
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(days=1)
NAME_LENGTH = 200
RUNBOOK_LENGTH = 2_000
TRIED = timedelta(days=7)
_r, _f = alert_rule.c, alert_firing.c


class AlertMethods:
    """The part of `Engine` that tells when something is wrong, or does not happen."""

    _shell: Shell

    def alert_rules(self, page: Paging = FIRST) -> Page[AlertRule]:
        """All of them, oldest first."""
        with self._shell.store.reading() as connection:
            order = Order(_r.created_at, _r.id)
            return fetch_page(
                connection,
                sa.select(alert_rule),
                order,
                page,
                lambda rows: [_rule(r) for r in rows],
            )

    def alert_rule(self, id: int) -> AlertRule:
        """One of them. Raises NotFound."""
        with self._shell.store.reading() as connection:
            return _rule(_row(connection, id))

    def add_alert_rule(
        self,
        name: str,
        condition: AlertCondition,
        *,
        every: timedelta = EVERY,
        runbook: str | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> AlertRule:
        """Watch a condition from now on. Raises Invalid."""
        given = {
            "name": _name(name),
            "condition": kept(checked_condition(condition)),
            "every": _seconds(every),
            "runbook": _runbook(runbook),
        }

        def run(unit: Unit) -> AlertRule:
            unit.direct()
            now, id = unit.now_micros, self._shell.store.ids.row(0)
            row = {
                **given,
                "id": id,
                "is_enabled": 1,
                "state": "ok",
                "since": now,
                "silenced_until": 0,
                "next_at": now,
                "leased_until": 0,
                "created_at": now,
                "by": by.name,
            }
            unit.transaction.connection.execute(sa.insert(alert_rule), row)
            audit(unit, "add_alert_rule", by, None, kind="alert_rule", target=id, detail=given)
            return _rule(_row(unit.transaction.connection, id))

        verb = f"add_alert_rule {name}"[:200]
        return self._shell.do(idempotency.once(idempotency_key, verb, AlertRule, run))

    def change_alert_rule(
        self,
        id: int,
        *,
        name: str | None = None,
        condition: AlertCondition | None = None,
        every: timedelta | None = None,
        runbook: str | None = None,
        is_enabled: bool | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> AlertRule:
        """Change what is given; it is evaluated again at once. With another condition, or not
        enabled, an open firing is over. Raises NotFound and Invalid."""
        given: dict[str, Any] = {
            "name": None if name is None else _name(name),
            "condition": None if condition is None else kept(checked_condition(condition)),
            "every": None if every is None else _seconds(every),
            "runbook": _runbook(runbook),
            "is_enabled": None if is_enabled is None else int(is_enabled),
        }
        changes = {column: value for column, value in given.items() if value is not None}

        def change(unit: Unit, row: Any) -> dict[str, Any]:
            more: dict[str, Any] = {"next_at": unit.now_micros, "problem": None}
            if is_enabled is False or changes.get("condition", row.condition) != row.condition:
                _close(unit, row)
                more |= {"firing_id": None, "state": "ok", "since": unit.now_micros, "value": None}
            return {**changes, **more}

        return self._change_rule(id, "change_alert_rule", change, changes, by, idempotency_key)

    def silence_alert_rule(
        self,
        id: int,
        until: datetime | None,
        *,
        reason: str | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> AlertRule:
        """Tell nobody until a moment; None: tell again. What begins meanwhile is recorded, and is
        told then if it still holds. Raises NotFound, and Invalid for a moment that has passed."""

        def change(unit: Unit, _: Any) -> dict[str, Any]:
            at = 0 if until is None else micros(until)
            if until is not None and at <= unit.now_micros:
                raise Invalid(f"silence: '{until.isoformat()}' has passed; a later moment would do")
            return {"silenced_until": at, "next_at": unit.now_micros}

        detail = {"until": until.isoformat() if until else None}
        return self._change_rule(
            id, "silence_alert_rule", change, detail, by, idempotency_key, reason
        )

    def remove_alert_rule(
        self, id: int, *, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None:
        """Watch it no more; what it has told stays. Raises NotFound."""

        def run(unit: Unit) -> None:
            unit.direct()
            connection = unit.transaction.connection
            row = _row(connection, id)
            _close(unit, row)
            connection.execute(sa.delete(alert_rule).where(_r.id == id))
            detail = {"name": row.name}
            audit(unit, "remove_alert_rule", by, None, kind="alert_rule", target=id, detail=detail)

        self._shell.do(idempotency.once(idempotency_key, f"remove_alert_rule {id}", None, run))

    def check_alert(self, condition: AlertCondition) -> AlertCheck:
        """Whether a condition holds now. Raises Invalid."""
        return evaluate(self._shell, checked_condition(condition))

    def try_alert(
        self,
        condition: AlertCondition,
        *,
        every: timedelta = EVERY,
        within: timedelta = TRIED,
    ) -> AlertTrial:
        """What a rule would have told within a span up to now, by what was recorded of it; three
        statements. Raises Invalid."""
        if not timedelta(0) < within <= timedelta(days=31):
            raise Invalid(f"within {within}: a span of up to 31 days would do")
        _seconds(every)
        return try_out(self._shell, checked_condition(condition), every, within)

    def fire_test(
        self, id: int, *, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> AlertFiring:
        """Tell webhooks and the bell as if the rule fired, marked as a test. Raises NotFound."""
        condition = self.alert_rule(id).condition
        found = evaluate(self._shell, condition)

        def run(unit: Unit) -> AlertFiring:
            unit.direct()
            connection = unit.transaction.connection
            row = _row(connection, id)
            firing = alert_watch.begin(unit, row, found, told_at=unit.now_micros, is_test=True)
            audit(unit, "test_alert_rule", by, None, kind="alert_rule", target=id)
            return _firing(_fired(connection, firing))

        return self._shell.do(
            idempotency.once(idempotency_key, f"fire_test {id}", AlertFiring, run)
        )

    def acknowledge_alert(
        self,
        id: int,
        *,
        reason: str | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> AlertFiring:
        """Somebody looks after a firing: the bell is quiet about it. A test is over with that.
        Raises NotFound, and Conflict for one that is over."""

        def run(unit: Unit) -> AlertFiring:
            unit.direct()
            connection, now = unit.transaction.connection, unit.now_micros
            row = _fired(connection, id)
            if row.resolved_at is not None:
                raise Conflict(
                    f"alert {id}: it is over since {moment(row.resolved_at).isoformat()}"
                )
            values: dict[str, Any] = {"acknowledged_at": now, "acknowledged_by": by.name}
            if row.is_test:
                values["resolved_at"] = now
            connection.execute(sa.update(alert_firing).where(_f.id == id).values(values))
            seen = sa.update(alert_rule).where(_r.firing_id == id)
            connection.execute(seen.values(state="acknowledged", since=now, leased_until=0))
            detail = {"rule": str(row.rule_id), "name": row.name}
            audit(unit, "acknowledge_alert", by, reason, kind="alert", target=id, detail=detail)
            return _firing(_fired(connection, id))

        return self._shell.do(
            idempotency.once(idempotency_key, f"acknowledge_alert {id}", AlertFiring, run)
        )

    def alerts(
        self, *, rule: int | None = None, is_open: bool | None = None, page: Paging = FIRST
    ) -> Page[AlertFiring]:
        """What rules have told, of one rule or all, the latest first."""
        query = sa.select(alert_firing)
        if rule is not None:
            query = query.where(_f.rule_id == rule)
        if is_open is not None:
            query = query.where(_f.resolved_at.is_(None) == is_open)
        with self._shell.store.reading() as connection:
            order = Order(_f.fired_at, _f.id, descending=True)
            return fetch_page(
                connection, query, order, page, lambda rows: [_firing(row) for row in rows]
            )

    def alert(self, id: int) -> AlertFiring:
        """One firing. Raises NotFound."""
        with self._shell.store.reading() as connection:
            return _firing(_fired(connection, id))

    def bell(self, limit: int = 5) -> Page[AlertFiring]:
        """What is told and nobody looks after yet, the latest first."""
        query = sa.select(alert_firing).where(
            _f.resolved_at.is_(None), _f.acknowledged_at.is_(None), _f.told_at.is_not(None)
        )
        with self._shell.store.reading() as connection:
            order = Order(_f.fired_at, _f.id, descending=True)
            return fetch_page(
                connection,
                query,
                order,
                Paging(limit=limit),
                lambda rows: [_firing(row) for row in rows],
            )

    def watch_alerts(self, limit: int = 1_000) -> int:
        """Evaluate the rules that are due; how many. A `Worker` does this all the time."""
        return alert_watch.watch(self._shell, limit)

    def _change_rule(
        self,
        id: int,
        verb: str,
        change: Callable[[Unit, Any], dict[str, Any]],
        detail: dict[str, Any],
        by: Actor,
        key: str | None,
        reason: str | None = None,
    ) -> AlertRule:
        def run(unit: Unit) -> AlertRule:
            unit.direct()
            connection = unit.transaction.connection
            row = _row(connection, id)
            # Whoever evaluates now loses its lease, and does not write over this.
            values = {**change(unit, row), "leased_until": 0}
            connection.execute(sa.update(alert_rule).where(_r.id == id).values(values))
            audit(unit, verb, by, reason, kind="alert_rule", target=id, detail=detail)
            return _rule(_row(connection, id))

        return self._shell.do(idempotency.once(key, f"{verb} {id}", AlertRule, run))


def _close(unit: Unit, row: Any) -> None:
    """The firings of a rule are over, tests included."""
    over = sa.update(alert_firing).where(_f.rule_id == row.id, _f.resolved_at.is_(None))
    unit.transaction.connection.execute(over.values(resolved_at=unit.now_micros))


def _row(connection: sa.Connection, id: int) -> Any:
    row = connection.execute(sa.select(alert_rule).where(_r.id == id)).first()
    if row is None:
        raise NotFound(f"alert rule {id}: there is none")
    return row


def _fired(connection: sa.Connection, id: int) -> Any:
    row = connection.execute(sa.select(alert_firing).where(_f.id == id)).first()
    if row is None:
        raise NotFound(f"alert {id}: there is none")
    return row


def _name(name: str) -> str:
    found = (checked_text(name, "name") or "").strip()
    if not 1 <= len(found) <= NAME_LENGTH:
        raise Invalid(f"name: found {len(found)} characters; 1 to {NAME_LENGTH} would do")
    return found


def _runbook(text: str | None) -> str | None:
    if text is not None and (len(text) > RUNBOOK_LENGTH or "\0" in text):
        raise Invalid(f"runbook: found {len(text)} characters; up to {RUNBOOK_LENGTH} would do")
    return text


def _seconds(every: timedelta) -> int:
    if not SHORTEST <= every <= LONGEST:
        raise Invalid(f"every: found {every}; 10 seconds to a day would do")
    return int(every.total_seconds())


def _rule(row: Any) -> AlertRule:
    return AlertRule(
        id=row.id,
        name=row.name,
        condition=condition_of(row.condition),
        every=timedelta(seconds=row.every),
        runbook=row.runbook or None,
        is_enabled=bool(row.is_enabled),
        state=row.state,
        silenced_until=moment(row.silenced_until) if row.silenced_until else None,
        since=moment(row.since),
        evaluated=moment_or_none(row.evaluated_at),
        next_evaluation=moment(row.next_at),
        value=row.value,
        problem=row.problem,
        firing=row.firing_id,
        created=moment(row.created_at),
        created_by=row.by,
    )


def _firing(row: Any) -> AlertFiring:
    return AlertFiring(
        id=row.id,
        rule=row.rule_id,
        name=row.name,
        condition=condition_of(row.condition),
        runbook=row.runbook or None,
        is_test=bool(row.is_test),
        fired=moment(row.fired_at),
        told=moment_or_none(row.told_at),
        value=row.value,
        worst=row.worst,
        subjects=decode(row.subjects),
        acknowledged=moment_or_none(row.acknowledged_at),
        acknowledged_by=row.acknowledged_by,
        resolved=moment_or_none(row.resolved_at),
    )
