"""Finding messages that nobody has received yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.services.paging import FIRST, Order, contains, fetch_page
from engine.storage import schema as t
from engine.storage.rows import moment
from engine.values import decode
from engine.views import MessageQuery, MessageView, Page, Paging

if TYPE_CHECKING:
    from engine.services.shell import Shell

_m = t.message.c


class MessageLists:
    """The part of `Engine` that finds messages."""

    _shell: Shell

    def messages(
        self,
        query: MessageQuery = MessageQuery(),  # noqa: B008 - frozen
        page: Paging = FIRST,
    ) -> Page[MessageView]:
        """Messages that are kept for whoever will wait for them, newest first."""
        with self._shell.store.reading() as connection:
            now = self._shell.store.now_in(connection)
            select = sa.select(
                _m.id, _m.name, _m.key, _m.variables, _m.published_at, _m.expires_at, _m.source_id
            ).where(_m.kind == "message", _m.state == "waiting", _m.expires_at > now)
            if query.name is not None:
                select = select.where(_m.name == query.name)
            if query.key is not None:
                select = select.where(_m.key == query.key)
            if query.text:
                select = select.where(contains(_m.name, query.text) | contains(_m.key, query.text))
            order = Order(_m.published_at, _m.id, descending=True)
            return fetch_page(
                connection, select, order, page, lambda rows: [_message(row) for row in rows]
            )


def _message(row: sa.Row[Any]) -> MessageView:
    return MessageView(
        id=row.id,
        name=row.name,
        key=row.key,
        variables=decode(row.variables),
        published=moment(row.published_at),
        expires=moment(row.expires_at),
        source=row.source_id,
    )
