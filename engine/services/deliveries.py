"""Telling webhooks of events: in order, at least once, with pauses that grow, until it is no use.

The node that holds a webhook's lease delivers; its position moves with what was taken. Whoever has
answered 2xx and is told again, after a node died in between, knows it by the event's id.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.connectors.posting import Poster, PostError
from engine.errors import EngineError
from engine.services.events import position_of, read_events
from engine.services.signing import content_of, headers
from engine.storage.webhook_table import webhook as table
from engine.values import decode

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

PAUSES = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400)
"""Seconds until the next attempt, by failures in a row; the last one stays."""
SPREAD = 0.1
LONGEST_ASKED = 3_600
"""Seconds that a receiver may ask for by `Retry-After`."""
GONE = 410
LEASE = 60_000_000
"""Microseconds; longer than one delivery takes."""
PART = 100
"""Events that are read at once."""
SAVED, LONG = 10, 15.0
"""Events, and seconds, after which the position is kept and the lease renewed."""
LAG = 60_000_000
"""Microseconds after which a position moves on although nothing was to be told."""
AT_ONCE = 8
_c = table.c


class Deliveries:
    """One node's part in it."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        settings = shell.settings
        self._poster = Poster(
            hosts=settings.webhook_hosts,
            allow_private=settings.webhook_private,
            timeout=settings.webhook_timeout,
        )
        self._pool: ThreadPoolExecutor | None = None
        self._busy: set[int] = set()
        self._lock = threading.Lock()

    def checked(self, address: str) -> str:
        """The address, if webhooks may call it. Raises Invalid."""
        return self._poster.checked(address)

    def run(self) -> int:
        """Deliver what there is to every webhook that is due; how many events were taken."""
        return sum(self._deliver(id, lambda: False) for id in self._due())

    def begin(self, is_stopping: Callable[[], bool]) -> None:
        """Begin with those that are due, each in a thread of its own; returns at once."""
        for id in self._due():
            with self._lock:
                if id in self._busy or len(self._busy) >= AT_ONCE:
                    continue
                self._busy.add(id)
                if self._pool is None:
                    self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
            self._pool.submit(self._deliver_apart, id, is_stopping)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        self._poster.close()

    def _deliver_apart(self, id: int, is_stopping: Callable[[], bool]) -> None:
        try:
            self._deliver(id, is_stopping)
        except Exception as error:
            expected = isinstance(error, EngineError)
            self._shell.log.error(
                "webhook goes on after an error",
                webhook=id,
                error=str(error),
                exc_info=not expected,
            )
        finally:
            with self._lock:
                self._busy.discard(id)

    def _due(self) -> list[int]:
        with self._shell.store.reading() as connection:
            now = self._shell.store.now_in(connection)
            query = sa.select(_c.id, _c.position, _c.types, _c.process_ids).where(
                _c.state == "active", _c.next_at <= now, _c.leased_until <= now
            )
            rows = connection.execute(query.order_by(_c.next_at)).all()
        return [row.id for row in rows if self._has_news(row)]

    def _has_news(self, row: Any) -> bool:
        """Whether there is something to tell, or a position to move on; looking costs no write."""
        start = position_of(row.position)
        page = read_events(self._shell.store, start, 1, decode(row.types), decode(row.process_ids))
        return bool(page.items) or position_of(page.position).at - start.at > LAG

    def _deliver(self, id: int, is_stopping: Callable[[], bool]) -> int:
        """Tell one webhook what it does not know yet, up to a part; how many events it took."""
        claimed = self._shell.do(lambda unit: _claim(unit, id))
        if claimed is None:
            return 0
        row, lease = claimed
        start = position_of(row.position)
        types, process_ids = decode(row.types), decode(row.process_ids)
        page = read_events(self._shell.store, start, PART, types, process_ids)
        taken, kept, saved = 0, row.position, time.monotonic()
        for event in page.items:
            if is_stopping():
                break
            problem = self._send(row, event)
            if problem is not None:
                self._failed(row, lease, kept, *problem)
                return taken
            taken, kept = taken + 1, event.position
            if taken % SAVED == 0 or time.monotonic() - saved > LONG:
                saved = time.monotonic()
                extended = self._save(id, lease, position=kept, **_went_well(self._shell))
                if extended is None:
                    return taken
                lease = extended
        if taken == len(page.items):
            end = position_of(page.position)
            if taken or end.at - start.at > LAG:
                kept = page.position
        changes: dict[str, Any] = {"leased_until": 0}
        if kept != row.position:
            changes["position"] = kept
        if taken:
            changes |= _went_well(self._shell)
        self._save(id, lease, **changes)
        return taken

    def _send(self, row: Any, event: Any) -> tuple[str, float | None, bool] | None:
        """None when it was taken; else what was wrong, the seconds it asks for, and whether the
        receiver is gone for good."""
        shell = self._shell
        now = shell.store.now()
        content = content_of(event, shell.settings.event_source)
        keys = [row.secret]
        if row.old_secret is not None and (row.old_until or 0) > now:
            keys.append(row.old_secret)
        try:
            answer = self._poster.post(
                row.url, headers(event.id, now // 1_000_000, content, keys), content
            )
        except PostError as error:
            return str(error), None, False
        if 200 <= answer.status < 300:
            shell.measures.delivered("taken")
            return None
        asked = answer.headers.get("retry-after", "")
        pause = float(min(int(asked), LONGEST_ASKED)) if asked.isdecimal() else None
        return f"it answered {answer.status}", pause, answer.status == GONE

    def _failed(
        self, row: Any, lease: int, kept: str, problem: str, asked: float | None, is_gone: bool
    ) -> None:
        failures = row.failures + 1 if kept == row.position else 1
        is_over = is_gone or failures >= row.most_failures
        pause = asked if asked is not None else PAUSES[min(failures, len(PAUSES)) - 1]
        pause *= random.uniform(1, 1 + SPREAD)  # noqa: S311 - spreads receivers, no more
        self._shell.measures.delivered("failed")
        saved = self._save(
            row.id,
            lease,
            position=kept,
            failures=failures,
            last_error=problem[:1_000],
            next_at=self._shell.store.now() + int(pause * 1_000_000),
            leased_until=0,
            **({"state": "disabled"} if is_over else {}),
        )
        facts = {"webhook": row.id, "name": row.name, "failures": failures, "error": problem}
        if is_over and saved is not None:
            self._shell.measures.delivered("disabled")
            self._shell.log.error("webhook disabled: nobody takes its events", **facts)
        else:
            self._shell.log.warning("webhook failed", **facts)

    def _save(self, id: int, lease: int, **changes: Any) -> int | None:
        """Keep how far it came; the lease then, None when it was lost meanwhile."""

        def run(unit: Unit) -> int | None:
            unit.direct()
            until = changes.get("leased_until", unit.now_micros + LEASE)
            statement = (
                sa.update(table)
                .where(_c.id == id, _c.leased_until == lease)
                .values({**changes, "leased_until": until})
            )
            met = unit.transaction.connection.execute(statement).rowcount
            return until if met else None

        return self._shell.do(run)


def _claim(unit: Unit, id: int) -> tuple[Any, int] | None:
    """The row, and the lease that was taken; None when it is another's, or is not due."""
    unit.direct()
    now, connection = unit.now_micros, unit.transaction.connection
    mine = sa.update(table).where(
        _c.id == id, _c.state == "active", _c.next_at <= now, _c.leased_until <= now
    )
    if not connection.execute(mine.values(leased_until=now + LEASE)).rowcount:
        return None
    return connection.execute(sa.select(table).where(_c.id == id)).one(), now + LEASE


def _went_well(shell: Shell) -> dict[str, Any]:
    now = shell.store.now()
    return {"failures": 0, "last_error": None, "delivered_at": now, "next_at": now}
