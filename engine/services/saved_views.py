"""Lists that people want to see again: their own, and those they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotFound
from engine.services import idempotency
from engine.services.audit import audit
from engine.storage.access_tables import saved_view as table
from engine.storage.rows import moment
from engine.views import SYSTEM, Actor
from engine.views.access import SavedView

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

LONGEST = {"name": 80, "query": 4_000, "sort": 40, "columns": 400}
MOST = 200
"""Of one person."""
_c = table.c


class SavedViewMethods:
    """The part of `Engine` that keeps views of lists."""

    _shell: Shell

    def saved_views(self, by: str, page: str = "instances") -> list[SavedView]:
        """A person's own and the shared ones, by name; shared ones first."""
        query = sa.select(table).where(_c.page == page, (_c.by == by) | (_c.is_shared == 1))
        with self._shell.store.reading() as connection:
            rows = connection.execute(query.order_by(_c.is_shared.desc(), _c.name, _c.id))
            return [_view(row) for row in rows]

    def save_view(
        self,
        name: str,
        query: str,
        *,
        sort: str = "",
        columns: str = "",
        page: str = "instances",
        is_shared: bool = False,
        is_default: bool = False,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> SavedView:
        """Keep a view under a name; a person's own of that name is replaced. Of the defaults
        there is one for all and one for each person. Raises Invalid, and Conflict where somebody
        else shares one of that name."""
        given = {"name": name.strip(), "query": query, "sort": sort, "columns": columns}
        for part, longest in LONGEST.items():
            if len(given[part]) > longest or "\0" in given[part]:
                raise Invalid(f"{part}: found {len(given[part])} characters; {longest} would do")
        if not given["name"]:
            raise Invalid("name: found none; say what to call the view")

        def run(unit: Unit) -> SavedView:
            unit.direct()
            connection = unit.transaction.connection
            mine = sa.and_(_c.page == page, _c.by == by.name)
            if is_shared:
                same = sa.and_(_c.page == page, _c.is_shared == 1, _c.name == given["name"])
                other = connection.execute(sa.select(_c.by).where(same, _c.by != by.name)).scalar()
                if other is not None:
                    raise Conflict(f"view '{given['name']}': '{other}' shares one of this name")
            connection.execute(sa.delete(table).where(mine, _c.name == given["name"]))
            count = sa.select(sa.func.count()).select_from(table).where(mine)
            if connection.execute(count).scalar_one() >= MOST:
                raise Invalid(f"views: you keep {MOST}; remove one first")
            if is_default:
                others = _c.is_shared == 1 if is_shared else sa.and_(_c.is_shared == 0, mine)
                still = sa.update(table).where(_c.page == page, others)
                connection.execute(still.values(is_default=0))
            id = self._shell.store.ids.row(0)
            row = {
                **given,
                "id": id,
                "page": page,
                "is_shared": int(is_shared),
                "is_default": int(is_default),
                "by": by.name,
                "created_at": unit.now_micros,
            }
            connection.execute(sa.insert(table), row)
            if is_shared:
                audit(unit, "share_view", by, None, kind="view", target=id, detail=given)
            return _view(connection.execute(sa.select(table).where(_c.id == id)).one())

        verb = f"save_view {given['name']}"[:200]
        return self._shell.do(idempotency.once(idempotency_key, verb, SavedView, run))

    def remove_view(
        self,
        id: int,
        *,
        may_all: bool = False,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> None:
        """Forget one's own view, or any shared one with `may_all`. Raises NotFound."""

        def run(unit: Unit) -> None:
            unit.direct()
            connection = unit.transaction.connection
            whose = (_c.by == by.name) | ((_c.is_shared == 1) & sa.literal(may_all))
            row = connection.execute(sa.select(table).where(_c.id == id, whose)).first()
            if row is None:
                raise NotFound(f"view {id}: you have none of this id")
            connection.execute(sa.delete(table).where(_c.id == id))
            if row.is_shared:
                detail = {"name": row.name}
                audit(unit, "remove_view", by, None, kind="view", target=id, detail=detail)

        self._shell.do(idempotency.once(idempotency_key, f"remove_view {id}", None, run))


def _view(row: Any) -> SavedView:
    return SavedView(
        id=row.id,
        name=row.name,
        page=row.page,
        query=row.query,
        sort=row.sort,
        columns=row.columns,
        is_shared=bool(row.is_shared),
        is_default=bool(row.is_default),
        by=row.by,
        created=moment(row.created_at),
    )
