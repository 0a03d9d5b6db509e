"""Who is told of events: webhooks are made, changed, replayed and taken away here."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.errors import Invalid, NotFound
from engine.services import idempotency
from engine.services.audit import audit
from engine.services.deliveries import Deliveries
from engine.services.events import (
    Position,
    checked_types,
    position_at,
    position_of,
    read_events,
)
from engine.services.instances import checked_text
from engine.services.paging import FIRST, Order, fetch_page
from engine.services.signing import checked_secret, new_secret
from engine.storage.rows import micros, moment, moment_or_none
from engine.storage.webhook_table import webhook as table
from engine.values import decode, encode
from engine.views import SYSTEM, Actor, EventPage, Page, Paging, WebhookSecret, WebhookView

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

MOST_FAILURES = 20
BOTH = timedelta(hours=24)
"""For so long a replaced secret signs beside the new one."""
STATES = ("active", "paused")
_c = table.c


class WebhookMethods:
    """The part of `Engine` that tells others what has happened."""

    _shell: Shell
    _deliveries: Deliveries | None = None
    _making = threading.Lock()

    @property
    def deliveries(self) -> Deliveries:
        """This node's part in delivering."""
        with self._making:
            if self._deliveries is None:
                self._deliveries = Deliveries(self._shell)
            return self._deliveries

    def events(
        self,
        after: str | datetime | None = None,
        limit: int = 100,
        *,
        types: Sequence[str] = (),
        process_ids: Sequence[str] = (),
    ) -> EventPage:
        """What happened after a position or from a moment on, oldest first; None: from now on.

        Goes back as far as the database keeps instances. An event is told a quarter of a second
        after it happened at the earliest, so that none is passed by. Raises Invalid.
        """
        store = self._shell.store
        start = self._position(after)
        return read_events(store, start, limit, checked_types(types), process_ids)

    def _position(self, given: str | datetime | None) -> Position:
        if isinstance(given, str):
            return position_of(given)
        return position_at(self._shell.store.now() if given is None else micros(given))

    def add_webhook(
        self,
        url: str,
        *,
        name: str | None = None,
        types: Sequence[str] = (),
        process_ids: Sequence[str] = (),
        after: str | datetime | None = None,
        secret: str | None = None,
        most_failures: int = MOST_FAILURES,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> WebhookSecret:
        """Tell an address of events from now on, or `after` a position or a moment.

        The secret, made unless given, signs what is sent. Raises Invalid.
        """
        url = self.deliveries.checked(url)
        given = {
            "name": checked_text(name, "name") or url[:255],
            "url": url,
            "secret": new_secret() if secret is None else checked_secret(secret),
            "types": encode(checked_types(types)),
            "process_ids": encode(list(process_ids)),
            "most_failures": _most(most_failures),
            "position": str(self._position(after)),
            "by": by.name,
        }

        def run(unit: Unit) -> WebhookSecret:
            unit.direct()
            now, id = unit.now_micros, self._shell.store.ids.row(0)
            row = {
                **given,
                "id": id,
                "state": "active",
                "failures": 0,
                "next_at": now,
                "leased_until": 0,
                "created_at": now,
            }
            connection = unit.transaction.connection
            connection.execute(sa.insert(table), row)
            made = _row(connection, id)
            audit(unit, "add_webhook", by, None, kind="webhook", target=id, detail={"url": url})
            return WebhookSecret(webhook=_view(made), secret=made.secret)

        once = idempotency.once(idempotency_key, f"add_webhook {url}"[:200], WebhookSecret, run)
        return self._shell.do(once)

    def webhooks(self, page: Paging = FIRST) -> Page[WebhookView]:
        """All of them, oldest first."""
        with self._shell.store.reading() as connection:
            order = Order(_c.created_at, _c.id)
            return fetch_page(
                connection, sa.select(table), order, page, lambda rows: [_view(r) for r in rows]
            )

    def webhook(self, id: int) -> WebhookView:
        """One of them. Raises NotFound."""
        with self._shell.store.reading() as connection:
            return _view(_row(connection, id))

    def change_webhook(
        self,
        id: int,
        *,
        name: str | None = None,
        url: str | None = None,
        types: Sequence[str] | None = None,
        process_ids: Sequence[str] | None = None,
        state: str | None = None,
        most_failures: int | None = None,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> WebhookView:
        """Change what is given. `state` `active` also enables one that was disabled, and tries
        again at once; `paused` holds it. Raises NotFound and Invalid."""
        if state is not None and state not in STATES:
            raise Invalid(f"state: found '{state:.40}'; {' or '.join(STATES)} would do")
        given: dict[str, Any] = {
            "name": checked_text(name, "name"),
            "url": None if url is None else self.deliveries.checked(url),
            "types": None if types is None else encode(checked_types(types)),
            "process_ids": None if process_ids is None else encode(list(process_ids)),
            "most_failures": None if most_failures is None else _most(most_failures),
            "state": state,
        }
        changes = {column: value for column, value in given.items() if value is not None}
        if state == "active":
            changes |= {"failures": 0, "last_error": None, "next_at": 0}
        return self._change(id, "change_webhook", changes, by, idempotency_key)

    def replay_webhook(
        self,
        id: int,
        after: str | datetime,
        *,
        by: Actor = SYSTEM,
        idempotency_key: str | None = None,
    ) -> WebhookView:
        """Tell it again, and anew, all from a position or moment on. Raises NotFound, Invalid."""
        changes = {"position": str(self._position(after)), "failures": 0, "next_at": 0}
        return self._change(id, "replay_webhook", changes, by, idempotency_key)

    def rotate_webhook(
        self, id: int, *, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> WebhookSecret:
        """Give it a new secret; the old one signs too for a day. Raises NotFound."""
        secret = new_secret()

        def run(unit: Unit) -> WebhookSecret:
            unit.direct()
            connection = unit.transaction.connection
            old = _row(connection, id).secret
            until = unit.now_micros + BOTH // timedelta(microseconds=1)
            values = {"secret": secret, "old_secret": old, "old_until": until, "leased_until": 0}
            connection.execute(sa.update(table).where(_c.id == id).values(values))
            audit(unit, "rotate_webhook", by, None, kind="webhook", target=id)
            return WebhookSecret(webhook=_view(_row(connection, id)), secret=secret)

        once = idempotency.once(idempotency_key, f"rotate_webhook {id}", WebhookSecret, run)
        return self._shell.do(once)

    def remove_webhook(
        self, id: int, *, by: Actor = SYSTEM, idempotency_key: str | None = None
    ) -> None:
        """Tell it no more. Raises NotFound."""

        def run(unit: Unit) -> None:
            unit.direct()
            _row(unit.transaction.connection, id)
            unit.transaction.connection.execute(sa.delete(table).where(_c.id == id))
            audit(unit, "remove_webhook", by, None, kind="webhook", target=id)

        self._shell.do(idempotency.once(idempotency_key, f"remove_webhook {id}", None, run))

    def deliver_webhooks(self) -> int:
        """Tell every webhook what is due now; how many events were taken.

        For tests and tools: a `Worker` does this all the time.
        """
        return self.deliveries.run()

    def _change(
        self, id: int, verb: str, changes: dict[str, Any], by: Actor, key: str | None
    ) -> WebhookView:
        def run(unit: Unit) -> WebhookView:
            unit.direct()
            connection = unit.transaction.connection
            _row(connection, id)
            # Whoever delivers now loses its lease, and does not write over this.
            values = {**changes, "leased_until": 0}
            connection.execute(sa.update(table).where(_c.id == id).values(values))
            audit(unit, verb, by, None, kind="webhook", target=id, detail=changes)
            return _view(_row(connection, id))

        return self._shell.do(idempotency.once(key, f"{verb} {id}", WebhookView, run))


def _row(connection: sa.Connection, id: int) -> Any:
    row = connection.execute(sa.select(table).where(_c.id == id)).first()
    if row is None:
        raise NotFound(f"webhook {id}: there is none")
    return row


def _most(failures: int) -> int:
    if not 1 <= failures <= 1_000:
        raise Invalid(f"most failures: found {failures}; 1 to 1,000 would do")
    return failures


def _view(row: Any) -> WebhookView:
    return WebhookView(
        id=row.id,
        name=row.name,
        url=row.url,
        types=decode(row.types),
        process_ids=decode(row.process_ids),
        state=row.state,
        position=row.position,
        failures=row.failures,
        most_failures=row.most_failures,
        next_attempt=moment(row.next_at) if row.failures else None,
        last_error=row.last_error,
        last_delivered=moment_or_none(row.delivered_at),
        created=moment(row.created_at),
        created_by=row.by,
    )
