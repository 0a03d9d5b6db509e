"""The table of what people have begun to enter."""

from __future__ import annotations

from sqlalchemy import Index

from engine.storage.schema import _id, _moment, _partitioned, _text

draft = _partitioned(
    "draft",
    _id("task_id"),
    _text("by", nullable=False),
    _id("instance_id"),
    _text("entered", nullable=False),
    _moment("at"),
    _moment("expires_at"),
    Index(None, "expires_at"),
    key=("task_id", "by"),
)
"""What somebody has entered for a task without completing it: one a task and user, in the
partition of the instance. It leaves with the task, at its time, or with the instance."""

__all__ = ["draft"]
