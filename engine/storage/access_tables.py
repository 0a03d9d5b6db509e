"""The tables of those who may come in, and of what they keep for themselves and each other.

As in `engine.storage.operator_tables`: few rows, which every node reads; no partitions.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.storage.schema import _flag, _moment, _number, _text, metadata

account = Table(
    "account",
    metadata,
    Column("name", Text, primary_key=True),
    _text("secret", nullable=False),  # the hash of a password
    _text("role", nullable=False),
    _text("groups", nullable=False),  # JSON list
    _flag("is_disabled"),
    _number("epoch"),  # sessions of an earlier one are over
    _moment("created_at"),
    _text("by", nullable=False),
)
"""The users that are not in a file and not a provider's."""

api_token = Table(
    "api_token",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _text("name", nullable=False),
    _text("hash", nullable=False),
    _text("role", nullable=False),
    _moment("created_at"),
    _text("by", nullable=False),
    _moment("expires_at", nullable=True),
    _moment("used_at", nullable=True),
    _moment("revoked_at", nullable=True),
)
"""Bearer tokens of programs, by hash."""

mask = Table(
    "mask",
    metadata,
    Column("pattern", Text, primary_key=True),
    _flag("is_masked"),  # 0: an exception of a default
    _moment("at"),
    _text("by", nullable=False),
)
"""Names of variables whose values are not shown, besides the defaults and the models'."""

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _text("name", nullable=False),
    _text("page", nullable=False),
    _text("query", nullable=False),
    _text("sort", nullable=False),
    _text("columns", nullable=False),
    _flag("is_shared"),
    _flag("is_default"),
    _text("by", nullable=False),
    _moment("created_at"),
    Index(None, "page", "by"),
)
"""Lists that somebody wants to see again."""

__all__ = ["account", "api_token", "mask", "saved_view"]
