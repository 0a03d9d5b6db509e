"""The tables.

Every run-time and history key is led by `partition_id`, which is also the high bits of the ids in
it (see `engine.storage.ids`), so that the same tables can be spread over a distributed PostgreSQL.
Keys are made by the application: no sequences; no foreign keys between partitions.

Moments are microseconds since 1970 (UTC), flags are 0 or 1, documents are JSON text as
`engine.values` writes it: what one database stores, any other can.
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id", *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable, autoincrement=False)


def _moment(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _text(name: str, *, nullable: bool = True) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=nullable)


def _flag(name: str) -> Column[int]:
    return Column(name, SmallInteger, nullable=False)


def _partitioned(name: str, *columns: Any, key: tuple[str, ...] = ("id",)) -> Table:
    """A run-time table: its primary key is led by the partition."""
    partition = Column("partition_id", SmallInteger, nullable=False, autoincrement=False)
    primary = sa.PrimaryKeyConstraint("partition_id", *key)
    return Table(name, metadata, partition, *columns, primary, sqlite_with_rowid=False)


# Definitions: small, read by everyone, written only by deployments

deployment = Table(
    "deployment",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _moment("at"),
    _text("by", nullable=False),
    _text("source", nullable=False),
    _text("result", nullable=False),
)

resource = Table(
    "resource",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Files by the hash of their content; never changed."""

definition = Table(
    "definition",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _text("kind", nullable=False),  # process | decision | form
    _text("ref", nullable=False),  # process, decision or form id
    _text("name"),
    _number("version"),
    _text("version_tag"),
    _flag("is_latest"),
    _text("hash", nullable=False),  # of what runs: layout and indentation do not count
    _text("resource_hash", nullable=False),
    _text("resource_name", nullable=False),
    _id("deployment_id"),
    _moment("at"),
    _text("by", nullable=False),
    _text("facts", nullable=False),  # what lists show, as JSON: dialect, elements, job types, ...
    sa.UniqueConstraint("kind", "ref", "version"),
    Index(None, "kind", "is_latest"),
)

definition_start = Table(
    "definition_start",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _id("definition_id"),
    _text("process_id", nullable=False),
    _number("version"),
    _text("element", nullable=False),
    _text("kind", nullable=False),  # message | signal | timer | condition
    _text("name"),
    _text("key"),
    _moment("due", nullable=True),
    _text("details", nullable=False),
    _moment("created_at"),
    Index(None, "kind", "name"),
    Index(None, "process_id"),
    Index(None, "due"),
)
"""What the latest versions' start events listen for (BPMN 2.0.2 §10.5.2)."""


# Run time

instance = _partitioned(
    "instance",
    _id(),
    _id("root_id"),
    _id("parent_id", nullable=True),
    _id("parent_subscription", nullable=True),
    _number("depth"),
    _id("definition_id"),
    _text("process_id", nullable=False),
    _number("version"),
    _text("business_key"),
    _text("correlation_id"),  # null: the root's id
    _text("state", nullable=False),
    _moment("suspended_at", nullable=True),
    _text("reason"),
    _id("revision"),
    _id("last_id"),
    _id("last_seq"),
    _text("result"),
    _text("started_by", nullable=False),
    _moment("started_at"),
    _moment("updated_at"),
    _moment("ended_at", nullable=True),
    Index(None, "state", "updated_at"),
    Index(None, "definition_id", "state"),
    Index(None, "started_at"),
)

for _column in ("business_key", "correlation_id", "parent_id"):
    _given = instance.c[_column].is_not(None)
    Index(None, instance.c[_column], sqlite_where=_given, postgresql_where=_given)

_root_of_called = instance.c.parent_id.is_not(None)
Index(
    "ix_instance_called_root",
    instance.c.root_id,
    sqlite_where=_root_of_called,
    postgresql_where=_root_of_called,
)

scope = _partitioned(
    "scope",
    _id(),
    _id("instance_id"),
    _text("container", nullable=False),
    _text("kind", nullable=False),
    _id("parent", nullable=True),
    _id("holder", nullable=True),
    _text("variables", nullable=False),
    _text("items"),
    _number("place"),
    _flag("completed"),
)

token = _partitioned(
    "token",
    _id(),
    _id("instance_id"),
    _id("scope"),
    _text("node", nullable=False),
    _text("flow"),
    _moment("entered_at"),
)

subscription = _partitioned(
    "subscription",
    _id(),
    _id("instance_id"),
    _id("definition_id"),
    _id("scope"),
    _id("token", nullable=True),
    _id("sees"),  # the scope whose variables its work is given
    _text("catcher", nullable=False),
    _number("part"),
    _text("kind", nullable=False),
    _text("name"),
    _text("key"),
    _moment("due", nullable=True),  # of a timer when it fires, of a task its due date
    _text("details", nullable=False),
    # the shell's own
    _moment("created_at"),
    _text("queue"),  # who may claim it, null: nobody now
    _moment("available_at"),  # not before; a claim puts it to its end
    _number("priority"),
    _number("retries", nullable=True),  # left
    _number("attempts"),  # begun
    _number("epoch"),  # claims so far: an answer must carry the last
    _text("worker"),  # a job's claimer, a task's assignee
    _moment("claimed_at", nullable=True),
    _text("last_error"),
    Column("lost", Integer, nullable=False, server_default="0"),  # leases that ended unanswered
)


def is_kind(kind: str) -> sa.ColumnElement[bool]:
    """Whether a subscription is of this kind; said in the statement itself. A parameter would keep
    PostgreSQL's prepared plans from the indexes of a kind, and have SQLite plan each time anew."""
    return subscription.c.kind == sa.literal_column(f"'{kind}'")


_queued = subscription.c.queue.is_not(None)
Index(
    "ix_subscription_queue",
    subscription.c.queue,
    subscription.c.priority,
    subscription.c.available_at,
    sqlite_where=_queued,
    postgresql_where=_queued,
)
_heard = subscription.c.kind.in_(["message", "signal"])
Index(
    "ix_subscription_heard",
    subscription.c.name,
    subscription.c.key,
    sqlite_where=_heard,
    postgresql_where=_heard,
)
_task = subscription.c.kind == "user_task"
Index(
    "ix_subscription_task",
    subscription.c.created_at,
    sqlite_where=_task,
    postgresql_where=_task,
)

history = _partitioned(
    "history",
    _id("instance_id"),
    _id("first_number"),
    _number("count"),
    _moment("at"),
    Column("records", LargeBinary, nullable=False),
    key=("instance_id", "first_number"),
)
"""One row a step; never changed, never read by the core, without reference to run-time rows."""

incident = _partitioned(
    "incident",
    _id(),  # its subscription's
    _id("instance_id"),
    _id("root_id"),
    _id("definition_id"),
    _text("process_id", nullable=False),
    _text("element"),
    _text("kind", nullable=False),  # parked | job | input
    _text("error", nullable=False),
    _text("message", nullable=False),
    _text("input"),  # of kind input: what could not be applied
    _text("job_type"),
    _number("attempts"),
    _moment("at"),
    Index(None, "instance_id"),
    Index(None, "definition_id"),
    Index(None, "at"),
)

message = _partitioned(
    "message",
    _id(),
    _text("kind", nullable=False),  # message | signal
    _text("name", nullable=False),
    _text("key"),
    _text("variables", nullable=False),
    _text("dedup"),  # name, key and message id, of one that has an id
    # thrown: to go to its home | new: to be delivered | given: to `target` | waiting: for a
    # receiver | received | outgoing: to a broker
    _text("state", nullable=False),
    _moment("published_at"),
    _moment("expires_at"),
    _moment("forget_at"),
    _id("source_id", nullable=True),
    _id("receiver_id", nullable=True),
    # where the database is distributed:
    _id("target", nullable=True),  # the subscription, or the start event, that it is given to
    Column("offers", Integer, nullable=False, server_default="0"),  # how often it was given
    _text("by"),  # who published it; null: an instance
    sa.UniqueConstraint("partition_id", "dedup"),
    Index(None, "forget_at"),
)
"""Published messages: buffered for their time to live, remembered for longer (exactly once)."""

_waiting = message.c.state != "received"
Index(
    "ix_message_waiting",
    message.c.name,
    message.c.key,
    message.c.state,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)

inbox = _partitioned(
    "inbox",
    _id("message_id"),
    _id("part"),  # which offer of a message; of a signal, the start event, or 0 for all who listen
    _text("outcome", nullable=False),  # ids of the instances that it reached, as JSON
    _moment("at"),
    Index(None, "message_id"),
    Index(None, "at"),
    key=("message_id", "part"),
)
"""What came from another partition, and what came of it: however often it comes, once."""

answer = _partitioned(
    "answer",
    _text("key", nullable=False),
    _text("verb", nullable=False),
    _text("answer"),
    _moment("at"),
    Index(None, "at"),
    key=("key",),
)
"""What was answered under an idempotency key."""

# Nodes and workers

node = Table(
    "node",
    metadata,
    Column("id", Text, primary_key=True),
    _text("host", nullable=False),
    _text("version", nullable=False),
    _moment("started_at"),
    _moment("seen_at"),
)

poll = Table(
    "poll",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    _moment("seen_at"),
)
"""Who asked last for which type of job."""

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    _id("next"),
)
"""Blocks of numbers, given out once; see `engine.storage.ids`."""

compatibility = Table("compatibility", metadata, Column("oldest", Text, primary_key=True))
"""One row: the oldest form whose nodes may work on this one; see `engine.storage.migrate`."""

origin = Table("origin", metadata, Column("name", Text, primary_key=True))
"""One row: what tells the keys that this database gives to services apart from all others'; empty
where it had given out some before it had a name."""

RUNTIME = frozenset({"instance", "scope", "token", "subscription", "history", "incident"})
"""Tables whose rows belong to one instance."""

REFERENCE = frozenset(
    {
        *("definition", "definition_start", "deployment", "resource"),
        *("hold", "policy", "rate", "route", "webhook"),
        *("alert_firing", "alert_rule", "account", "api_token", "mask", "saved_view"),
        *("compatibility", "lease", "node", "origin", "poll"),
    }
)
"""Tables that every machine of a distributed database has whole: small, seldom written. Every
other one is led by `partition_id`."""

LEASES = [{"name": "instance", "next": 1}, {"name": "deployment", "next": 1}]
"""What `lease` holds from the beginning."""


def new_origin() -> dict[str, str]:
    """What `origin` holds from the beginning."""
    return {"name": secrets.token_hex(5)}
