"""The tables of what operators do: what is held, batches, policies, and who did what.

As in `engine.storage.schema`: keys are led by the partition, but for the few rows that every node
reads (what is held, policies, rates).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from engine.storage.schema import _id, _moment, _number, _partitioned, _text, metadata

audit = _partitioned(
    "audit",
    _id(),
    _moment("at"),
    _text("by", nullable=False),
    _text("source", nullable=False),
    _text("verb", nullable=False),
    _text("reason"),
    _text("kind", nullable=False),  # of the target: instance | job | definition | batch | ...
    _text("target", nullable=False),
    _id("instance_id", nullable=True),
    _id("root_id", nullable=True),
    _text("process_id"),
    _text("detail", nullable=False),
    Index(None, "at"),
    Index(None, "instance_id"),
    Index(None, "target"),
)
"""One row an act of an operator; of an instance's in its partition. Never changed."""

hold = Table(
    "hold",
    metadata,
    Column("kind", Text, primary_key=True),  # definition | process | job_type
    Column("name", Text, primary_key=True),
    _moment("at"),
    _text("by", nullable=False),
    _text("reason", nullable=False),
)
"""What an operator has suspended, besides instances."""

policy = Table(
    "policy",
    metadata,
    Column("kind", Text, primary_key=True),  # job_type | definition | element
    Column("name", Text, primary_key=True),
    _text("values", nullable=False),
    _moment("at"),
    _text("by", nullable=False),
    _text("reason", nullable=False),
)
"""What an operator has said about how work is tried."""

rate = Table(
    "rate",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", BigInteger, nullable=False),  # the next free moment
    Column("planned_to", BigInteger, nullable=False),  # moments given out to waiting jobs
)
"""How far each limited kind of work has used up its time."""

batch = _partitioned(
    "batch",
    _id(),
    _text("kind", nullable=False),
    _text("parameters", nullable=False),
    _text("by", nullable=False),
    _text("source", nullable=False),
    _text("reason", nullable=False),
    _text("state", nullable=False),  # running | paused | stopped | cancelled | completed
    _text("note"),
    _number("total"),
    Column("per_second", Integer),
    Column("stop_after", Integer),
    _moment("next_at"),
    _moment("created_at"),
    _moment("ended_at", nullable=True),
    Index(None, "state"),
    Index(None, "created_at"),
)
"""One operation on a frozen set of instances."""

batch_item = _partitioned(
    "batch_item",
    _id("batch_id"),
    _id("target"),  # an instance, or an incident
    _text("state", nullable=False),  # left | done | skipped | failed
    _text("reason"),
    _moment("at", nullable=True),
    Index(None, "batch_id", "state"),
    key=("batch_id", "target"),
)
"""One target of a batch, in the target's own partition: its effect and its outcome are written in
one transaction."""

__all__ = ["audit", "batch", "batch_item", "hold", "policy", "rate"]
