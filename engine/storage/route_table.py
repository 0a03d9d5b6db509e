"""Which thrown messages and signals leave for a broker."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from engine.storage.schema import _moment, _text, metadata

route = Table(
    "route",
    metadata,
    Column("pattern", Text, primary_key=True),  # of names, as a shell writes them: order.*
    _moment("at"),
    _text("by", nullable=False),
)
"""Every node reads it when it delivers what was thrown."""
