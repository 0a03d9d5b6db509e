"""Batches: one operation on a frozen set of instances, done by whichever nodes there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from engine.errors import Conflict, EngineError, Invalid
from engine.services import idempotency
from engine.services.audit import audit
from engine.services.batch_items import Skipped, counts_of, operate
from engine.services.batch_layout import LAYING_OUT, change_items, lay_out
from engine.services.batch_views import held, items, row_of, views
from engine.services.duties import DUE
from engine.services.effects import perform
from engine.services.instance_lists import selected
from engine.services.instances import checked_text, needed
from engine.services.paging import FIRST, Order, fetch_page
from engine.services.tasks import checked_changes
from engine.services.unit import Unit
from engine.storage import operator_tables as o
from engine.storage import schema as t
from engine.storage.ids import instance_of, partition_of
from engine.values import admit, decode, encode
from engine.views import (
    SYSTEM,
    Actor,
    BatchItem,
    BatchOrder,
    BatchPreview,
    BatchState,
    BatchView,
    Effect,
    InstanceQuery,
    ItemState,
    Page,
    Paging,
)

if TYPE_CHECKING:
    from engine.services.shell import Shell

MOST_TARGETS = 100_000
TRIED = 50
"""Targets that a preview tries."""
INSERTED = 5_000
NO_DELAY = timedelta()
LONGEST_DELAY = timedelta(days=365)
_b, _m = o.batch.c, o.batch_item.c
Change = Callable[["Unit | Shell"], None]


class BatchMethods:
    """The part of `Engine` that does the same to many."""

    _shell: Shell

    def create_batch(
        self,
        order: BatchOrder,
        *,
        query: InstanceQuery | None = None,
        targets: Iterable[int] | None = None,
        reason: str,
        per_second: int | None = None,
        stop_after: int | None = None,
        delay: timedelta = NO_DELAY,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BatchView:
        """Freeze the instances that a query finds now, or these targets (instances; of a retry
        incidents too; tasks, where the order is one of tasks), and do `order` to each: not before
        `delay` is over (until then cancelling leaves everything as it was), at most `per_second`,
        and no more once `stop_after` of them have failed. Workers do it; it outlives any of them.
        """
        given = None if targets is None else list(dict.fromkeys(targets))
        _checked(order, per_second, stop_after, given)
        needed(reason)
        if not NO_DELAY <= delay <= LONGEST_DELAY:
            raise Invalid(
                f"batch: found a delay of {delay}; 0 to {LONGEST_DELAY.days} days would do"
            )

        def run(unit: Unit) -> int:
            id = _create(unit, order, query, given, reason, per_second, stop_after, by)
            if delay:
                due = unit.now_micros + delay // timedelta(microseconds=1)
                own = (_b.partition_id == partition_of(id), _b.id == id)
                unit.transaction.connection.execute(
                    sa.update(o.batch).where(*own).values(next_at=due)
                )
            return id

        verb = f"batch {order.kind}"
        id = self._shell.do(idempotency.once(idempotency_key, verb, int, run))
        lay_out(self._shell, id)
        return self.batch(id)

    def preview_batch(
        self,
        order: BatchOrder,
        *,
        query: InstanceQuery | None = None,
        targets: Iterable[int] | None = None,
    ) -> BatchPreview:
        """What a batch would do: the same work on its first targets, of which nothing stays."""
        given = None if targets is None else list(targets)
        _checked(order, None, None, given)
        shell = self._shell
        with shell.store.reading() as connection:
            ids = _targets(connection, shell, query, given)
        effects: list[Effect] = []
        cannot: list[BatchItem] = []
        can = 0
        for target in ids[:TRIED]:
            instance = instance_of(target)
            state: ItemState = "failed"
            try:
                found = perform(
                    shell,
                    partial(
                        operate,
                        order=order,
                        target=target,
                        reason="a preview",
                        by=SYSTEM,
                        dry_run=True,
                    ),
                    answer=Effect,
                    verb="preview",
                    dry_run=True,
                    instance=instance,
                )
                can += 1
                effects.append(found)
                continue
            except Skipped as error:
                said, state = str(error), "skipped"
            except EngineError as error:
                said = str(error)
            cannot.append(
                BatchItem(target=target, instance=instance, state=state, reason=said, at=None)
            )
        return BatchPreview(
            total=len(ids), tried=min(len(ids), TRIED), can=can, cannot=cannot, effects=effects
        )

    def batches(self, states: Sequence[BatchState] = (), page: Paging = FIRST) -> Page[BatchView]:
        """Batches, the latest first."""
        select = sa.select(*o.batch.columns)
        if states:
            select = select.where(_b.state.in_(states))
        order = Order(_b.created_at, _b.id, descending=True)
        with self._shell.store.reading() as connection:
            return fetch_page(connection, select, order, page, lambda rows: views(connection, rows))

    def batch(self, id: int) -> BatchView:
        """One batch, and how far it is. Raises NotFound."""
        with self._shell.store.reading() as connection:
            return views(connection, [row_of(connection, id)])[0]

    def held(self, instance: int) -> list[BatchView]:
        """Commands to one instance that are still to be done, the first due first: `cancel_batch`
        takes one back, and nothing has happened."""
        with self._shell.store.reading() as connection:
            return held(connection, instance)

    def batch_items(
        self, id: int, states: Sequence[ItemState] = (), page: Paging = FIRST
    ) -> Page[BatchItem]:
        """The targets of a batch and what became of each. Raises NotFound."""
        select = sa.select(_m.target, _m.state, _m.reason, _m.at).where(_m.batch_id == id)
        if states:
            select = select.where(_m.state.in_(states))
        with self._shell.store.reading() as connection:
            row_of(connection, id)
            return fetch_page(connection, select, Order(_m.target), page, items)

    def pause_batch(
        self,
        id: int,
        *,
        reason: str = "",
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BatchView:
        """Begin no further target until it is resumed. Raises Conflict when it does not run."""
        return self._turn(
            id, "pause_batch", ("running",), "paused", reason, by, key=idempotency_key
        )

    def resume_batch(
        self,
        id: int,
        *,
        retry_failed: bool = False,
        reason: str = "",
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> BatchView:
        """Let a paused or stopped batch go on; one that stopped takes as many failures again.
        With `retry_failed`, also of a completed one: those that failed are done again."""
        states = ("paused", "stopped", *(("completed",) if retry_failed else ()))

        again = {"state": "left", "reason": None, "at": None}
        before = partial(_set_items, id=id, state="failed", values=again) if retry_failed else None
        key = idempotency_key
        return self._turn(id, "resume_batch", states, "running", reason, by, before, key=key)

    def cancel_batch(
        self, id: int, *, reason: str, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> BatchView:
        """Leave the rest as it is: what is left counts as skipped. What is done stays done."""
        needed(reason)
        gone = {
            "state": "skipped",
            "reason": "the batch was cancelled",
            "at": self._shell.store.now(),
        }
        after = partial(_set_items, id=id, state="left", values=gone)
        states = ("running", "paused", "stopped")
        key = idempotency_key
        return self._turn(id, "cancel_batch", states, "cancelled", reason, by, None, after, key=key)

    def _turn(
        self,
        id: int,
        verb: str,
        states: Sequence[str],
        state: str,
        reason: str,
        by: Actor,
        before: Change | None = None,
        after: Change | None = None,
        *,
        key: str | None = None,
    ) -> BatchView:
        """`before` and `after`: what becomes of its items, and when. Where the database is
        distributed, items and batch are not changed at the same moment."""
        shell = self._shell
        is_distributed = shell.store.profile.is_distributed
        if is_distributed:
            lay_out(shell, id)
            if before:
                self._expect(id, states)
                before(shell)

        def run(unit: Unit) -> None:
            unit.direct()
            connection = unit.transaction.connection
            row = row_of(connection, id, lock=True)
            if row.state not in states:
                raise Conflict(f"batch {id} is {row.state}; {', '.join(states)} would do")
            for change in (before, after):
                if change and not is_distributed:
                    change(unit)
            ended = unit.now_micros if state == "cancelled" else None
            values: dict[str, Any] = {"state": state, "ended_at": ended, "note": None}
            if row.state == "stopped" and row.stop_after is not None and state == "running":
                with unit.looking() as looking:
                    failed = counts_of(looking, [id])[id].get("failed", 0)
                values["stop_after"] = failed + (
                    decode(row.parameters).get("stop_after") or row.stop_after
                )
            connection.execute(
                sa.update(o.batch)
                .where(_b.partition_id == partition_of(id), _b.id == id)
                .values(**values)
            )
            audit(unit, verb, by, reason, kind="batch", target=id)
            unit.wakes[DUE] += 1

        self._shell.do(idempotency.once(key, f"{verb} {id}", None, run), partition=partition_of(id))
        if is_distributed and after:
            after(shell)
        return self.batch(id)

    def _expect(self, id: int, states: Sequence[str]) -> None:
        state = self.batch(id).state
        if state not in states:
            raise Conflict(f"batch {id} is {state}; {', '.join(states)} would do")


def _set_items(within: Unit | Shell, id: int, state: str, values: Mapping[str, Any]) -> None:
    """Change the items of a batch that are in a state: in a command; or, by the shell, one
    partition after the other."""
    change = sa.update(o.batch_item).where(_m.batch_id == id, _m.state == state).values(**values)
    if isinstance(within, Unit):
        within.transaction.connection.execute(change)
    else:
        change_items(within, id, state, change)


def _checked(
    order: BatchOrder, per_second: int | None, stop_after: int | None, given: list[int] | None
) -> None:
    """Raises Invalid when an order does not say what its kind needs."""
    if order.kind == "modify" and not order.instructions:
        raise Invalid("batch modify: found no instruction; say what to move, add, cancel or set")
    if order.kind == "migrate" and order.plan is None:
        raise Invalid("batch migrate: found no plan; say from which definition to which")
    if order.kind == "update_tasks" and not checked_changes(order.changes, "batch update_tasks"):
        raise Invalid("batch update_tasks: found no change; say what is to be set")
    if order.kind == "assign_tasks":
        checked_text(order.assignee, "assignee")
    if order.kind == "set_variables" and not order.variables:
        raise Invalid("batch set_variables: found no variables; give at least one")
    is_one = given is not None and len(given) == 1
    if any(one.token is not None for one in order.instructions) and not is_one:
        raise Invalid("batch modify: a token belongs to one instance; name elements instead")
    admit(order.variables)
    for name, value in (("per_second", per_second), ("stop_after", stop_after)):
        if value is not None and not 0 < value < 2**31:
            raise Invalid(f"batch: found {name} {value}; 1 or more would do, or none")


def _targets(
    connection: sa.Connection,
    shell: Shell,
    query: InstanceQuery | None,
    given: list[int] | None,
) -> list[int]:
    """Ids of the targets, ascending. Raises Invalid."""
    if (query is None) == (given is None):
        raise Invalid("batch: give either a query or targets, not both and not none")
    if given is not None:
        ids = sorted(set(given))
    else:
        assert query is not None
        i = t.instance.c
        select = selected(sa.select(i.id), query, shell.store.profile)
        limited = select.order_by(i.id).limit(MOST_TARGETS + 1)
        ids = list(connection.execute(limited).scalars().all())
    if not ids:
        raise Invalid("batch: found no target; ask for others")
    if len(ids) > MOST_TARGETS:
        raise Invalid(f"batch: more than {MOST_TARGETS:,} targets; split it by a narrower query")
    return ids


def _create(
    unit: Unit,
    order: BatchOrder,
    query: InstanceQuery | None,
    given: list[int] | None,
    reason: str,
    per_second: int | None,
    stop_after: int | None,
    by: Actor,
) -> int:
    unit.direct()
    connection, store = unit.transaction.connection, unit.transaction.store
    is_distributed = store.profile.is_distributed
    with unit.looking() as looking:
        ids = _targets(looking, unit.shell, query, given)
    id = store.ids.row(unit.home(f"batch {by.name} {unit.now_micros}"))
    parameters = {"order": msgspec.to_builtins(order, builtin_types=idempotency.KEPT)}
    targets = {"targets": [str(one) for one in ids]} if is_distributed else {}
    connection.execute(
        sa.insert(o.batch).values(
            partition_id=partition_of(id),
            id=id,
            kind=order.kind,
            parameters=encode({**parameters, **targets, "stop_after": stop_after}),
            by=by.name,
            source=by.source,
            reason=reason,
            state=LAYING_OUT if is_distributed else "running",
            total=len(ids),
            per_second=per_second,
            stop_after=stop_after,
            next_at=unit.now_micros,
            created_at=unit.now_micros,
        )
    )
    for at in range(0, 0 if is_distributed else len(ids), INSERTED):
        rows = [
            {"partition_id": partition_of(one), "batch_id": id, "target": one, "state": "left"}
            for one in ids[at : at + INSERTED]
        ]
        connection.execute(sa.insert(o.batch_item), rows)
    detail = {"kind": order.kind, "total": len(ids), **parameters}
    audit(unit, "create_batch", by, reason, kind="batch", target=id, detail=detail)
    unit.wakes[DUE] += 1
    return id
