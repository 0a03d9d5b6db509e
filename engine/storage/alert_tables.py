"""The tables of alerts: what is watched, and each time that it held."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Table

from engine.storage.schema import _flag, _id, _moment, _number, _text, metadata

alert_rule = Table(
    "alert_rule",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _text("name", nullable=False),
    _text("condition", nullable=False),  # JSON
    _number("every"),  # seconds
    _text("runbook"),
    _flag("is_enabled"),
    _text("state", nullable=False),  # ok | firing | acknowledged
    _moment("since"),
    _moment("silenced_until"),  # 0: not
    _moment("next_at"),
    _moment("leased_until"),  # by the node that evaluates
    _moment("evaluated_at", nullable=True),
    Column("value", Float),
    _text("problem"),
    _id("firing_id", nullable=True),  # the open one
    _moment("created_at"),
    _text("by", nullable=False),
    Index(None, "is_enabled", "next_at"),
)
"""Few rows, read and written by any node; the one that holds the lease evaluates."""

alert_firing = Table(
    "alert_firing",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _id("rule_id"),
    _text("name", nullable=False),
    _text("condition", nullable=False),
    _text("runbook"),
    _flag("is_test"),
    _moment("fired_at"),
    _moment("told_at", nullable=True),
    Column("value", Float),
    Column("worst", Float),
    _text("subjects", nullable=False),  # JSON list
    _moment("acknowledged_at", nullable=True),
    _text("acknowledged_by"),
    _moment("resolved_at", nullable=True),
    Index(None, "fired_at"),
    Index(None, "told_at"),
    Index(None, "resolved_at"),
    Index(None, "rule_id", "fired_at"),
)
"""What a rule was when it fired is kept with it: the rule may change, or go."""

__all__ = ["alert_firing", "alert_rule"]
