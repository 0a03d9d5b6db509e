"""What people say of instances and tasks, and what they have begun to enter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Invalid, NotFound
from engine.history import Record
from engine.services import idempotency
from engine.services.audit import audit_hand
from engine.services.instances import intervention, plain
from engine.services.paging import FIRST, Order, fetch_page
from engine.storage import operator_tables as o
from engine.storage import schema as t
from engine.storage.ids import instance_of, partition_of
from engine.storage.rows import moment
from engine.storage.task_tables import draft
from engine.values import admit, decode, encode
from engine.views import SYSTEM, Actor, Comment, Draft, Page, Paging

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

LONGEST_COMMENT = 4_000
LARGEST_DRAFT = 256 * 1024
KEPT = timedelta(days=14)
"""A draft is offered again for so long."""
_a, _d, _w = o.audit.c, draft.c, t.subscription.c


class TaskNoteMethods:
    """The part of `Engine` that keeps comments and drafts."""

    _shell: Shell

    def comment(
        self,
        text: str,
        *,
        instance: int | None = None,
        task: int | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> Comment:
        """Say something of an instance, running or ended, or of an open task; the history and the
        audit keep it. Raises NotFound, Stale when the task is done, and Invalid."""
        said = _checked_comment(text)
        if (instance is None) == (task is None):
            raise Invalid("comment: found both or neither; give an instance or a task")
        place = f"task {task}" if task is not None else f"instance {instance}"

        def run(unit: Unit) -> int:
            if task is not None:
                loaded, row = unit.waiting(task, "user_task")
                hand = intervention("comment", by, text=said)
                hand = Record(hand.kind, row.catcher, row.token, row.scope, row.id, hand.detail)
            else:
                assert instance is not None
                loaded, hand = unit.instance(instance), intervention("comment", by, text=said)
            unit.note(loaded, hand)
            kind, more = ("task", {"element": hand.element}) if task else ("instance", {})
            return audit_hand(unit, hand, by, loaded, kind=kind, target=task, **more)

        once = idempotency.once(idempotency_key, f"comment {place}", int, run)
        id = self._shell.do(once, instance=instance, subscription=task)
        with self._shell.store.reading() as connection:
            which = (_a.partition_id == partition_of(id)) & (_a.id == id)
            return _comment(connection.execute(sa.select(*o.audit.columns).where(which)).one())

    def comments(
        self, *, instance: int | None = None, task: int | None = None, page: Paging = FIRST
    ) -> Page[Comment]:
        """What was said of a task, or of an instance and all its tasks; oldest first."""
        if task is not None:
            instance = instance_of(task)
        if instance is None:
            raise Invalid("comments: found neither instance nor task; give one")
        found = [_a.partition_id == partition_of(instance), _a.instance_id == instance]
        found.append(_a.verb == "comment")
        if task is not None:
            found += [_a.kind == "task", _a.target == str(task)]
        select = sa.select(*o.audit.columns).where(*found)
        with self._shell.store.reading() as connection:
            return fetch_page(
                connection, select, Order(_a.id), page, lambda rows: list(map(_comment, rows))
            )

    def save_draft(
        self,
        task: int,
        entered: Mapping[str, Any],
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> Draft:
        """Keep what somebody has begun to enter for an open task, in the place of what they had
        entered before. Raises NotFound, Stale when the task is done, and Invalid."""
        given = encode(admit(entered, "draft"))
        if len(given) > LARGEST_DRAFT:
            raise Invalid(
                f"draft: found {len(given):,} characters; at most {LARGEST_DRAFT:,} are kept"
            )

        def run(unit: Unit) -> None:
            unit.waiting(task, "user_task")
            unit.direct()
            connection, partition = unit.transaction.connection, partition_of(task)
            connection.execute(sa.delete(draft).where(_own(task, by)))
            connection.execute(
                sa.insert(draft).values(
                    partition_id=partition,
                    task_id=task,
                    by=by.name,
                    instance_id=instance_of(task),
                    entered=given,
                    at=unit.now_micros,
                    expires_at=unit.now_micros + KEPT // timedelta(microseconds=1),
                )
            )

        self._shell.do(
            idempotency.once(idempotency_key, f"draft {task}", None, run), subscription=task
        )
        found = self.draft(task, by=by)
        if found is None:
            raise NotFound(f"draft of task {task}: it has gone with its task")
        return found

    def draft(self, task: int, *, by: Actor) -> Draft | None:
        """What somebody has begun to enter for a task, until it expires."""
        with self._shell.store.reading() as connection:
            now = self._shell.store.now_in(connection)
            query = sa.select(draft).where(_own(task, by), _d.expires_at > now)
            row = connection.execute(query).first()
        if row is None:
            return None
        return Draft(
            task=task,
            by=row.by,
            entered=decode(row.entered),
            at=moment(row.at),
            expires=moment(row.expires_at),
        )

    def drop_draft(self, task: int, *, by: Actor) -> None:
        """Forget what somebody has begun to enter; nothing where there is nothing."""

        def run(unit: Unit) -> None:
            unit.direct()
            unit.transaction.connection.execute(sa.delete(draft).where(_own(task, by)))

        self._shell.do(run)

    def drafted(self, tasks: list[int], *, by: Actor) -> set[int]:
        """For which of these tasks somebody has a draft."""
        if not tasks:
            return set()
        query = sa.select(_d.task_id).where(
            _d.partition_id.in_({partition_of(task) for task in tasks}),
            _d.task_id.in_(tasks),
            _d.by == by.name,
        )
        with self._shell.store.reading() as connection:
            now = self._shell.store.now_in(connection)
            return set(connection.execute(query.where(_d.expires_at > now)).scalars())


def drop_drafts(unit: Unit, task: int) -> None:
    """A task is done: whatever was begun for it is not needed any more."""
    statement = unit.transaction.store.statements.delete_drafts
    unit.writes.rare.append((statement, (partition_of(task), task)))


def _own(task: int, by: Actor) -> sa.ColumnElement[bool]:
    own = (_d.partition_id == partition_of(task)) & (_d.task_id == task)
    return own & (_d.by == by.name)


def _checked_comment(text: str) -> str:
    said = plain(text).strip() if isinstance(text, str) else ""
    if not said:
        raise Invalid("comment: found none; say something")
    if len(said) > LONGEST_COMMENT:
        raise Invalid(
            f"comment: found {len(said):,} characters; at most {LONGEST_COMMENT:,} are kept"
        )
    return said


def _comment(row: sa.Row[Any]) -> Comment:
    detail = decode(row.detail)
    return Comment(
        id=row.id,
        at=moment(row.at),
        by=Actor(row.by, row.source),
        text=str(detail.get("text") or ""),
        instance=row.instance_id,
        task=int(row.target) if row.kind == "task" else None,
        element=detail.get("element"),
    )
