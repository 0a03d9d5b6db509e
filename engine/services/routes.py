"""The outbox to other systems: thrown messages and signals with routed names leave.

What is thrown is a row of the transaction that threw it (`engine.services.duties`). Delivering
it, a node finds its name routed and marks it *outgoing*; a bridge (`engine.broker`) sends it and,
when the broker has confirmed it, marks it done. A bridge killed in between sends it again, under
the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.errors import Invalid
from engine.services.duties import REMEMBERED, receive
from engine.services.work import Work
from engine.storage import schema as t
from engine.storage.ids import by_partition
from engine.storage.route_table import route
from engine.storage.rows import moment
from engine.values import decode
from engine.views import SYSTEM, Actor, Outgoing, RouteView

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

OUTGOING = "outgoing"
"""State of a message that a bridge has still to send."""
FOR_GOOD = 2**62
_m, _i = t.message.c, t.instance.c


class RouteMethods:
    """The part of `Engine` that hands messages over to other systems."""

    _shell: Shell

    def routes(self) -> list[RouteView]:
        """Which names leave."""
        with self._shell.store.reading() as connection:
            rows = connection.execute(sa.select(route).order_by(route.c.pattern)).all()
        return [RouteView(pattern=row.pattern, at=moment(row.at), by=row.by) for row in rows]

    def add_route(self, pattern: str, *, by: Actor = SYSTEM) -> None:
        """From now on thrown messages with such a name (`order.*`) leave by the broker instead of
        being looked for here; signals leave besides being heard here."""
        if not pattern.strip() or "\0" in pattern:
            raise Invalid(f"route '{pattern}': names no messages; a name or order.* would do")

        def run(unit: Unit) -> None:
            unit.direct()
            known = sa.select(route.c.pattern).where(route.c.pattern == pattern)
            if unit.transaction.connection.execute(known).first() is None:
                row = {"pattern": pattern, "at": unit.now_micros, "by": by.name}
                unit.transaction.connection.execute(sa.insert(route), row)

        self._shell.do(run)

    def remove_route(self, pattern: str) -> bool:
        """These messages stay here from now on; what is on its way still leaves."""

        def run(unit: Unit) -> bool:
            unit.direct()
            gone = sa.delete(route).where(route.c.pattern == pattern)
            return bool(unit.transaction.connection.execute(gone).rowcount)

        return self._shell.do(run)

    def outgoing(self, limit: int = 100) -> list[Outgoing]:
        """What is to be sent, oldest first."""
        query = (
            sa.select(*_m, _i.process_id, _i.root_id, _i.correlation_id)
            .join_from(t.message, t.instance, _m.source_id == _i.id, isouter=True)
            .where(_m.state == OUTGOING)
            .order_by(_m.published_at, _m.id)
            .limit(limit)
        )
        with self._shell.store.reading() as connection:
            return [
                Outgoing(
                    id=row.id,
                    event_id=self._shell.store.key_of(connection, row.id),
                    kind=row.kind,
                    name=row.name,
                    key=row.key,
                    variables=decode(row.variables),
                    at=moment(row.published_at),
                    process_id=row.process_id,
                    instance=row.source_id,
                    correlation_id=row.correlation_id or str(row.root_id or row.id),
                )
                for row in connection.execute(query).all()
            ]

    def sent(self, ids: Sequence[int]) -> None:
        """The broker has confirmed these."""
        works = [
            Work(partial(_sent, ids=own), partition=partition)
            for partition, own in by_partition(ids).items()
        ]
        self._shell.committer.do_all(works)
        for work in works:
            work.answer()


def patterns(connection: sa.Connection) -> list[str]:
    """What leaves."""
    return list(connection.execute(sa.select(route.c.pattern)).scalars())


def leaves(name: str, found: Sequence[str]) -> bool:
    """Whether a message of this name leaves by one of these patterns."""
    return any(fnmatchcase(name, pattern) for pattern in found)


def hand_out(unit: Unit, id: int) -> None:
    """A thrown message waits for a bridge."""
    receive(unit, id, None)
    row = unit.writes.messages.changed[id]
    row.state, row.forget_at = OUTGOING, FOR_GOOD


def _sent(unit: Unit, ids: Sequence[int]) -> None:
    for id in ids:
        receive(unit, id, None)
        unit.writes.messages.changed[id].forget_at = unit.now_micros + REMEMBERED
