"""What instances have thrown, told to whom it is for (BPMN 2.0.2 §10.5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import ExecutionError
from engine.history import Record
from engine.services import routes
from engine.services.duties import REMEMBERED, receive
from engine.services.receiving import (
    broadcast,
    deliver,
    give_to_one,
    receivers,
    start_by_message,
)
from engine.state import Variables
from engine.storage import schema as t
from engine.storage.ids import partition_of
from engine.values import decode
from engine.views import Actor

if TYPE_CHECKING:
    from engine.services.cache import Loaded
    from engine.services.unit import Unit

_i = t.instance.c


def outbox(unit: Unit, limit: int) -> list[tuple[Any, ...]]:
    """Thrown messages and signals that nobody has been told of yet, oldest first; at last, whether
    it is kept for later."""
    c = t.message.c
    query = (
        sa.select(
            c.id, c.kind, c.name, c.key, c.variables, c.source_id, c.expires_at > c.published_at
        )
        .where(c.state == "new")
        .order_by(c.published_at, c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = [tuple(row) for row in unit.transaction.connection.execute(query)]
    late = _behind_others(unit, [row[0] for row in rows])
    return [row for row in rows if row[0] not in late]


def _behind_others(unit: Unit, taken: list[int]) -> set[int]:
    """Those of these messages before which another one of their name and key has to be delivered
    that this transaction did not get: another node has it, and may not be done."""
    store = unit.transaction.store
    if not taken or not store.profile.has_row_locks:
        return set()
    c, before = t.message.c, t.message.alias("before").c
    is_alike = (before.partition_id == c.partition_id) & (before.name == c.name)
    has_key = before.key.is_not_distinct_from(c.key) & (before.state == "new")
    is_older = sa.tuple_(before.published_at, before.id) < sa.tuple_(c.published_at, c.id)
    older = sa.exists().where(is_alike, has_key, is_older, before.id.not_in(taken))
    query = sa.select(c.id).where(c.id.in_(taken), older)
    return set(unit.transaction.connection.execute(query).scalars())


def deliver_thrown(unit: Unit, limit: int) -> int:
    """Tell what instances have thrown; how many messages and signals that were."""
    unit.direct()
    by = Actor("throw event", "system")
    rows = outbox(unit, limit)
    routed = routes.patterns(unit.transaction.connection) if rows else []
    for id, kind, name, key, text, source, is_kept in rows:
        variables = decode(text)
        try:
            if kind == "signal":
                broadcast(unit, name, variables, by, source)
            if routes.leaves(name, routed):
                routes.hand_out(unit, id)
            elif kind == "signal":
                receive(unit, id, None)
            elif not is_kept and (sender := _exacting(unit, source)) is not None:
                receive(unit, id, _give_exactly(unit, sender, name, key, variables, by))
            elif found := deliver(unit, name, key, variables, by):
                receive(unit, id, unit.instance(found.instance or 0))
            else:
                _keep(unit, id)
        except ExecutionError:  # of a start event: nothing has begun
            receive(unit, id, None)
    return len(rows)


def _exacting(unit: Unit, source: int | None) -> int | None:
    """The sender of a message, if its dialect wants exactly one receiver."""
    if source is None:
        return None
    query = sa.select(_i.definition_id).where(
        _i.partition_id == partition_of(source), _i.id == source
    )
    connection = unit.transaction.connection
    definition = connection.execute(query).scalar()
    if definition is None:
        return None
    program = unit.shell.programs.program(connection, definition)
    return source if program.dialect.needs_receiver else None


def _give_exactly(
    unit: Unit, sender: int, name: str, key: str | None, variables: Variables, by: Actor
) -> Loaded | None:
    """To the one who waits, or else to a start event. With nobody there, or several, it goes to
    nobody, and its sender's history says so."""
    found = receivers(unit, name, key)
    if len(found) < 2:
        given = give_to_one(unit, name, key, variables, found, by)
        if given := given or start_by_message(unit, name, key, variables, by):
            return unit.instance(given.instance or 0)
    detail = {"kind": "message", "name": name, "key": key, "receivers": len(found)}
    unit.note(unit.instance(sender), Record("uncaught", detail=detail))
    unit.shell.log.warning("thrown message has no one receiver", instance=sender, **detail)
    return None


def _keep(unit: Unit, id: int) -> None:
    """Nobody waits for it now: it is buffered, for who begins to wait later in this transaction,
    too."""
    c = t.message.c
    unit.transaction.connection.execute(
        sa.update(t.message)
        .where(c.partition_id == partition_of(id), c.id == id)
        .values(state="waiting", forget_at=unit.now_micros + REMEMBERED)
    )
