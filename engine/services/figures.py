"""What runs now, counted by version: a few grouped statements, however many versions there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.storage import schema as t
from engine.views import ErrorFigures, RunningFigures, WaitingFigures

if TYPE_CHECKING:
    from engine.services.shell import Shell

_i, _n, _w = t.instance.c, t.incident.c, t.subscription.c
_count = sa.func.count


class FigureMethods:
    """The part of `Engine` that counts by version."""

    _shell: Shell

    def running_figures(self) -> dict[int, RunningFigures]:
        """What each version's active instances are at, by its key; without those that have none."""
        active = (
            sa.select(_i.definition_id, _count())
            .where(_i.state == "active")
            .group_by(_i.definition_id)
        )
        failing = sa.select(
            _n.definition_id, _count(sa.distinct(_n.instance_id)), _count()
        ).group_by(_n.definition_id)
        with self._shell.store.reading() as connection:
            stuck = {row[0]: (row[1], row[2]) for row in connection.execute(failing)}
            return {
                key: RunningFigures(
                    active=count,
                    failing=stuck.get(key, (0, 0))[0],
                    incidents=stuck.get(key, (0, 0))[1],
                )
                for key, count in connection.execute(active)
            }

    def waiting_figures(self, kind: str = "message") -> list[WaitingFigures]:
        """How much of one kind each version's instances wait for."""
        query = (
            sa.select(_w.definition_id, _count(), _count(sa.distinct(_w.instance_id)))
            .where(_w.kind == kind)
            .group_by(_w.definition_id)
            .order_by(_w.definition_id)
        )
        with self._shell.store.reading() as connection:
            return [
                WaitingFigures(definition=key, subscriptions=count, instances=instances)
                for key, count, instances in connection.execute(query)
            ]

    def error_figures(self) -> list[ErrorFigures]:
        """How many active instances of each version stand still for each error message."""
        instances = _count(sa.distinct(_n.instance_id))
        query = (
            sa.select(_n.message, _n.definition_id, instances)
            .group_by(_n.message, _n.definition_id)
            .order_by(instances.desc(), _n.message, _n.definition_id)
        )
        with self._shell.store.reading() as connection:
            return [
                ErrorFigures(message=message, definition=key, instances=count)
                for message, key, count in connection.execute(query)
            ]
