"""The table of what decisions came to, for whoever asks later why."""

from __future__ import annotations

from sqlalchemy import Index

from engine.storage.schema import _id, _moment, _number, _partitioned, _text

evaluation = _partitioned(
    "evaluation",
    _id(),
    _moment("at"),
    _text("by"),  # who asked; null: a process
    _id("definition_id"),
    _text("decision_id", nullable=False),
    _number("version"),
    _id("instance_id", nullable=True),
    _text("element"),
    _text("document", nullable=False),  # inputs, output, tables, warnings
    Index(None, "decision_id", "at"),
    Index(None, "instance_id"),
    Index(None, "at"),
)
"""One row an evaluation; of a business rule task's in its instance's partition. Never changed."""

__all__ = ["evaluation"]
