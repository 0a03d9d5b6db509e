"""Who asks for which type of job: so that everybody sees when nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from engine.storage import schema as t

if TYPE_CHECKING:
    from engine.storage.store import Store
    from engine.storage.transaction import Transaction

EVERY = 5_000_000
"""Microseconds between two notes that one worker asks for one type."""


def is_news(store: Store, worker: str, types: Sequence[str]) -> bool:
    """Whether it is to be noted that a worker asks for these types."""
    now = store.now()
    return any(now - store.polls_noted.get((worker, type), -EVERY) >= EVERY for type in types)


def seen(transaction: Transaction, worker: str, types: Sequence[str]) -> None:
    """Note that a worker asks for these types; not more often than every few seconds."""
    store, now = transaction.store, transaction.now
    due = [type for type in types if now - store.polls_noted.get((worker, type), -EVERY) >= EVERY]
    if not due:
        return
    insert = sqlite.insert if store.profile.name == "sqlite" else postgresql.insert
    statement = insert(t.poll)
    statement = statement.on_conflict_do_update(
        index_elements=["worker", "type"], set_={"seen_at": statement.excluded.seen_at}
    )
    rows = [{"worker": worker, "type": type, "seen_at": now} for type in due]
    transaction.connection.execute(statement, rows)
    for type in due:
        store.polls_noted[worker, type] = now


def forget(connection: sa.Connection, before: int) -> None:
    """Drop workers that were last seen long ago."""
    connection.execute(sa.delete(t.poll).where(t.poll.c.seen_at < before))
