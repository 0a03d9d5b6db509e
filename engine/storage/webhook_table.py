"""The table of webhooks: who is told of what has happened, and how far it has been told."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from engine.storage.schema import metadata


def _big(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null, autoincrement=False)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


webhook = Table(
    "webhook",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _text("name"),
    _text("url"),
    _text("secret"),
    _text("old_secret", null=True),  # signs too, until it is over
    _big("old_until", null=True),
    _text("types"),  # JSON list; empty: all
    _text("process_ids"),  # JSON list; empty: all
    _text("state"),  # active | paused | disabled
    _text("position"),  # of the last event that was taken
    Column("failures", Integer, nullable=False),  # in a row
    Column("most_failures", Integer, nullable=False),
    _big("next_at"),  # not before
    _big("leased_until"),  # by the node that delivers
    _text("last_error", null=True),
    _big("delivered_at", null=True),
    _big("created_at"),
    _text("by"),
    Index(None, "state", "next_at"),
)
"""Few rows, read and written by any node; the one that holds the lease delivers."""
