"""What a list of instances consists of: counts by status, process, version and step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.services.instance_lists import has_incident, mine, selected
from engine.storage import schema as t
from engine.storage.ids import ROW_MASK
from engine.values import decode
from engine.views import InstanceFacets, InstanceQuery, StepFacet

if TYPE_CHECKING:
    from engine.services.shell import Shell

_i, _k = t.instance.c, t.token.c
STEPS = 8


class FacetMethods:
    """The part of `Engine` that counts what a query finds."""

    _shell: Shell

    def facets(
        self,
        query: InstanceQuery = InstanceQuery(),  # noqa: B008 - frozen
    ) -> InstanceFacets:
        """Counts of the instances that a query finds; of the steps the fullest ones only."""
        count, profile = sa.func.count(), self._shell.store.profile
        status = sa.case(
            (_i.state != "active", _i.state),
            (_i.suspended_at.is_not(None), "suspended"),
            (has_incident(), "incident"),
            else_="running",
        ).label("status")
        with self._shell.store.reading() as connection:
            states = connection.execute(
                selected(sa.select(status, count), query, profile).group_by(
                    sa.literal_column("status")  # by name: its parameters differ each time
                )
            ).all()
            versions = connection.execute(
                selected(sa.select(_i.process_id, _i.version, count), query, profile)
                .group_by(_i.process_id, _i.version)
                .order_by(count.desc(), _i.process_id, _i.version)
            ).all()
            within = selected(sa.select(_i.partition_id, _i.id, _i.definition_id), query, profile)
            inner = within.where(_i.state == "active").subquery()
            here = sa.func.count(sa.distinct(_k.instance_id))
            steps = connection.execute(
                sa.select(inner.c.definition_id, _k.node, here)
                .join(
                    inner,
                    (inner.c.partition_id == _k.partition_id)
                    & (inner.c.id == _k.instance_id)
                    & (_k.id > inner.c.id)
                    & (_k.id <= inner.c.id + ROW_MASK),
                )
                .group_by(inner.c.definition_id, _k.node)
                .order_by(here.desc(), _k.node)
                .limit(STEPS)
            ).all()
        return InstanceFacets(
            statuses={row[0]: row[1] for row in states},
            versions={(row[0], row[1]): row[2] for row in versions},
            steps=[StepFacet(definition=row[0], element=row[1], count=row[2]) for row in steps],
        )

    def instance_ids(self, query: InstanceQuery, limit: int) -> list[int]:
        """Ids of the instances that a query finds, ascending, `limit` of them at the most."""
        select = selected(sa.select(_i.id), query, self._shell.store.profile)
        with self._shell.store.reading() as connection:
            return list(connection.execute(select.order_by(_i.id).limit(limit)).scalars())

    def known_instances(
        self, ids: Sequence[int] = (), business_keys: Sequence[str] = ()
    ) -> tuple[set[int], set[str]]:
        """Which of these ids and business keys there are."""
        with self._shell.store.reading() as connection:
            found: set[int] = set()
            keys: set[str] = set()
            if ids:
                rows = connection.execute(sa.select(_i.id).where(_i.id.in_(ids)))
                found = set(rows.scalars())
            if business_keys:
                asked = sa.select(_i.business_key).where(_i.business_key.in_(business_keys))
                keys = set(connection.execute(asked.distinct()).scalars())
        return found, keys

    def process_variables(self, ids: Sequence[int]) -> Mapping[int, Mapping[str, Any]]:
        """The process variables of several instances by id; of ended ones as they were last."""
        if not ids:
            return {}
        c = t.scope.c
        values = sa.func.coalesce(c.variables, _i.result, "{}")
        query = sa.select(_i.id, values).outerjoin(t.scope, mine(c) & (c.kind == "process"))
        with self._shell.store.reading() as connection:
            rows = connection.execute(query.where(_i.id.in_(ids)))
            return {row[0]: decode(row[1]) for row in rows}
