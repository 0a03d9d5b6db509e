"""Which thrown messages and signals leave for a broker."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from engine.storage.schema import metadata

route = Table(
    "route",
    metadata,
    Column("pattern", Text, primary_key=True),  # of names, as a shell writes them: order.*
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
)
"""Every node reads it when it delivers what was thrown."""
