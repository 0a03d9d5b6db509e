"""The statements by which queues are looked at and claimed from, for one database.

A queue's rows are found by priority first, then by how long they have been due. What is leased or
put off stands in the same index behind what is due, so nothing but due rows is ever looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.storage import schema as t
from engine.storage.ids import PARTITION_SHIFT, ROW_BITS

if TYPE_CHECKING:
    from engine.storage.profiles import Profile
    from engine.storage.statements import Statement

_c = t.subscription.c
CLAIMED_COLUMNS = (
    _c.id,
    _c.instance_id,
    _c.definition_id,
    _c.sees,
    _c.token,
    _c.catcher,
    _c.name,
    _c.details,
    _c.priority,
    _c.created_at,
    _c.retries,
    _c.attempts,
    _c.epoch,
    _c.last_error,
    _c.lost,
    _c.worker,
)


def _number(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.BigInteger)


def _text(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.Text)


class QueueStatements:
    """All of them."""

    def __init__(self, profile: Profile, compile: Callable[[Any], Statement]) -> None:
        self._profile = profile
        self._in_one: tuple[sa.ColumnElement[bool], ...] = ()
        if profile.is_distributed:
            self._in_one = (_c.partition_id == sa.bindparam("partition", type_=sa.SmallInteger),)
            self.due_first = compile(self._due_first())
            """Partition, queue, priority and moment of what is due in a `queue`, the most urgent
            first, up to `most`."""
        self.due = compile(self._due(profile))
        """Of each of `queues` and each priority in it: how much is due `now`, counted up to `most`,
        and since when. Priorities are found by jumping from one to the next."""
        self.claim = compile(self._claim(self._longest_due()))
        """Takes what has been due longest, of one queue and priority."""
        self.claim_these = compile(self._claim(self._still_due(profile)))
        """Takes those of some rows, by id, that are due still."""
        self.due_rows = compile(self._due_rows())
        """Instance and id of what has been due longest, of a queue without priorities."""

    def _due(self, profile: Profile) -> sa.Select[Any]:
        given, row = profile.texts("queues"), t.subscription.alias()
        highest = sa.select(sa.func.max(row.c.priority))
        first = highest.where(row.c.queue == given.c.value).scalar_subquery()
        level = sa.select(given.c.value.label("queue"), first.label("priority")).cte(
            "level", recursive=True
        )
        here = (row.c.queue == level.c.queue) & (row.c.priority < level.c.priority)
        following = highest.where(here).correlate(level).scalar_subquery()
        level = level.union_all(
            sa.select(level.c.queue, following).where(level.c.priority.is_not(None))
        )
        due = (
            (row.c.queue == level.c.queue)
            & (row.c.priority == level.c.priority)
            & (row.c.available_at <= _number("now"))
        )
        rows = sa.select(row.c.available_at).where(due).order_by(row.c.available_at)
        counted = rows.limit(_number("most")).correlate(level).subquery()
        total = sa.select(sa.func.count()).select_from(counted).scalar_subquery()
        since = rows.limit(sa.literal_column("1")).correlate(level).scalar_subquery()
        found = sa.select(level.c.queue, level.c.priority, total, since)
        return found.where(level.c.priority.is_not(None))

    def _due_first(self) -> sa.Select[Any]:
        return (
            sa.select(_c.partition_id, _c.queue, _c.priority, _c.available_at)
            .where(_c.queue == _text("queue"), _c.available_at <= _number("now"))
            .order_by(_c.priority.desc(), _c.available_at)
            .limit(_number("most"))
        )

    def _still_due(self, profile: Profile) -> sa.Select[Any]:
        if profile.is_distributed:
            return (
                sa.select(_c.id)
                .where(*self._in_one, profile.among(_c.id))
                .where(_c.queue.is_not(None), _c.available_at <= _number("now"))
                .with_for_update(skip_locked=True)
            )
        given = profile.keys()
        shift: sa.ColumnElement[int] = sa.literal_column(str(PARTITION_SHIFT))
        partition = sa.cast(given.c.value.bitwise_rshift(shift), sa.SmallInteger)
        return (
            sa.select(_c.partition_id, _c.id)
            .select_from(given)
            .join(t.subscription, (_c.partition_id == partition) & (_c.id == given.c.value))
            .where(_c.queue.is_not(None), _c.available_at <= _number("now"))
            .with_for_update(of=t.subscription, skip_locked=True)
        )

    def _longest_due(self) -> sa.Select[Any]:
        found = (_c.id,) if self._in_one else (_c.partition_id, _c.id)
        return (
            sa.select(*found)
            .where(
                *self._in_one,
                _c.queue == _text("queue"),
                _c.priority == _number("level"),
                _c.available_at <= _number("now"),
            )
            .order_by(_c.available_at)
            .limit(_number("most"))
            .with_for_update(skip_locked=True)
        )

    def _claim(self, due: sa.Select[Any]) -> sa.Update:
        was_lost = _c.worker.is_not(None)
        is_suspect = was_lost & (_c.lost > sa.literal_column("0"))
        number = _c.id.bitwise_rshift(sa.literal_column(str(ROW_BITS)))
        place = (number + _c.partition_id).bitwise_and(sa.literal_column("15")) + sa.literal_column(
            "1"
        )
        later = _number("now") + _number("pause") * place
        return (
            sa.update(t.subscription)
            .where(self._chosen(due))
            .values(
                worker=sa.case((is_suspect, sa.null()), else_=_text("claimer")),
                claimed_at=_number("now"),
                available_at=sa.case((is_suspect, later), else_=_number("until")),
                attempts=_c.attempts + sa.case((is_suspect, 0), else_=1),
                epoch=_c.epoch + sa.literal_column("1"),
                lost=_c.lost + sa.case((was_lost, 1), else_=0),
            )
            .returning(*CLAIMED_COLUMNS)
        )

    def _chosen(self, due: sa.Select[Any]) -> sa.ColumnElement[bool]:
        """Rows that `due` finds, which is asked once: a plan that asked it a row at a time would
        lock, and take, more than its limit."""
        if self._in_one:
            return sa.and_(*self._in_one, self._profile.within(_c.id, due))
        row = sa.tuple_(_c.partition_id, _c.id)
        if self._profile.has_row_locks:
            once = due.cte("due")
            return row.in_(sa.select(once.c.partition_id, once.c.id))
        return row.in_(due)

    def _due_rows(self) -> sa.Select[Any]:
        return (
            sa.select(_c.instance_id, _c.id)
            .where(
                _c.queue == _text("queue"),
                _c.priority == sa.literal_column("0"),
                _c.available_at <= _number("now"),
            )
            .order_by(_c.available_at)
            .limit(_number("most"))
        )
