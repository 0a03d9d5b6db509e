"""The statements of the hot path: built with SQLAlchemy Core, compiled once a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.storage import operator_tables as o
from engine.storage import schema as t
from engine.storage.bulk import Bulk, Many
from engine.storage.decision_tables import evaluation
from engine.storage.ids import PARTITION_SHIFT, ROW_MASK
from engine.storage.profiles import Profile
from engine.storage.queues import QueueStatements
from engine.storage.rows import (
    HEAD_COLUMNS,
    SCOPE_COLUMNS,
    SHELL_COLUMNS,
    SUBSCRIPTION_COLUMNS,
    TOKEN_COLUMNS,
)
from engine.storage.task_tables import draft


class Statement:
    """SQL text, and the names of its parameters in their order."""

    __slots__ = ("_own", "many", "names", "sql")

    def __init__(
        self, clause: sa.ClauseElement, dialect: sa.Dialect, many: Many | None = None
    ) -> None:
        compiled = clause.compile(dialect=dialect)
        assert isinstance(compiled, sa.sql.compiler.SQLCompiler)
        self.sql = str(compiled)
        self.many = many
        """The same for many rows, given by column, where there is such a thing."""
        self.names: Sequence[str] = compiled.positiontup or ()
        self._own = {n: v for n, v in compiled.params.items() if v is not None}
        """Values that the statement has itself, by name."""

    def values(self, by_name: Mapping[str, Any]) -> tuple[Any, ...]:
        """Parameters in their order."""
        own = self._own
        return tuple([own[name] if name in own else by_name[name] for name in self.names])


class Statements:
    """All of them, for one database."""

    def __init__(self, profile: Profile, dialect: sa.Dialect) -> None:
        self._profile = profile
        self._dialect = dialect
        self._prepared: dict[str, Statement] = {}
        self._bulk = Bulk(dialect) if profile.takes_arrays else None
        instance, scope, token, subscription = t.instance, t.scope, t.token, t.subscription

        # Reading and locking, by given ids
        self.heads = self._by_id(instance, HEAD_COLUMNS)
        self.lock = self._by_id(instance, ("id", "revision"), lock=True)
        self.revisions = self._by_id(instance, ("id", "revision"))
        self.scopes = self._of_instances(scope, SCOPE_COLUMNS)
        self.tokens = self._of_instances(token, TOKEN_COLUMNS)
        self.subscriptions = self._of_instances(subscription, SUBSCRIPTION_COLUMNS)
        self.incidents = self._of_instances(t.incident, ("id", "instance_id"))
        self.scopes_by_id = self._by_id(scope, ("id", "parent", "variables"))
        self.shells = self._by_id(subscription, ("id", *SHELL_COLUMNS))

        self.latest = self.compile(
            sa.select(t.definition.c.id).where(
                t.definition.c.kind == sa.literal_column("'process'"),
                t.definition.c.ref == sa.bindparam("process_id", type_=sa.Text),
                t.definition.c.is_latest == sa.literal_column("1"),
            )
        )
        self.answer = self.compile(
            sa.select(t.answer.c.verb, t.answer.c.answer).where(
                t.answer.c.partition_id == sa.bindparam("partition", type_=sa.SmallInteger),
                t.answer.c.key == sa.bindparam("given", type_=sa.Text),
            )
        )
        self.buffered = self._buffered()
        self.queues = QueueStatements(profile, self.compile)

        self.delete_answer = self.compile(
            sa.delete(t.answer)
            .where(t.answer.c.partition_id == sa.bindparam("partition", type_=sa.SmallInteger))
            .where(t.answer.c.key == sa.bindparam("given", type_=sa.Text))
        )

        # Writing; parameters in the order of the columns, the key last where it only finds
        self.insert_instance = self._insert(instance)
        self.insert_scope = self._insert(scope)
        self.insert_token = self._insert(token)
        self.insert_subscription = self._insert(subscription)
        self.insert_history = self._insert(t.history)
        self.insert_incident = self._insert(t.incident)
        self.insert_message = self._insert(t.message)
        self.insert_answer = self._insert(t.answer)
        self.insert_inbox = self._insert(t.inbox)
        self.update_instance = self._update(
            instance,
            (
                "state",
                "suspended_at",
                "reason",
                "revision",
                "last_id",
                "last_seq",
                "result",
                "updated_at",
                "ended_at",
            ),
            guard="revision",
        )
        update = self.update_instance.many
        self.update_checked = self._bulk.checked(update) if self._bulk and update else None
        """The same for many heads, that fails by itself where one has another revision; None: its
        outcome must be looked at."""
        self.all_latest = self._bulk.all_latest(t.definition) if self._bulk else None
        """Fails unless as many definitions as its first parameter says, of the ids in its second,
        are the latest of their processes."""
        self.update_scope = self._update(
            scope, ("parent", "holder", "variables", "items", "place", "completed")
        )
        self.update_token = self._update(token, ("scope", "node", "flow"))
        self.update_subscription = self._update(
            subscription,
            ("scope", "token", "catcher", "part", "kind", "name", "key", "due", "details"),
        )
        self.update_shell = self._update(subscription, SHELL_COLUMNS)
        self.update_message = self._update(t.message, ("state", "forget_at", "receiver_id"))
        self.offer_message = self._update(
            t.message, ("state", "forget_at", "receiver_id", "target", "offers")
        )
        self.delete_message = self._delete(t.message)
        self.update_start = Statement(
            sa.update(t.definition_start)
            .values(due=sa.bindparam("new_due"), details=sa.bindparam("new_details"))
            .where(t.definition_start.c.id == sa.bindparam("key_id")),
            dialect,
        )
        self.delete_scope = self._delete(scope)
        self.delete_token = self._delete(token)
        self.delete_subscription = self._delete(subscription)
        self.delete_incident = self._delete(t.incident)

        # What operators do
        self.insert_audit = self._insert(o.audit)
        self.insert_evaluation = self._insert(evaluation)
        self.delete_drafts = self._delete_drafts()
        self.update_item = self._update_item()
        self.move_instance = self._update(instance, ("definition_id", "process_id", "version"))
        self.move_scope = self._update(scope, ("container",))
        self.move_subscriptions = self._of_instance(subscription, ("definition_id",))
        self.move_incidents = self._of_instance(t.incident, ("definition_id", "process_id"))

    def prepared(self, name: str, make: Callable[[], sa.ClauseElement]) -> Statement:
        """A statement of a service's own, compiled when it is first needed."""
        found = self._prepared.get(name)
        if found is None:
            found = self._prepared[name] = self.compile(make())
        return found

    def compile(self, clause: sa.ClauseElement) -> Statement:
        return Statement(clause, self._dialect)

    def _by_id(self, table: sa.Table, columns: Iterable[str], *, lock: bool = False) -> Statement:
        """Rows by their ids; where the database is distributed, those of one partition."""
        query = sa.select(*(table.c[name] for name in columns)).order_by(table.c.id)
        if self._profile.is_distributed:
            query = query.where(self._in_one(table), self._profile.among(table.c.id))
        else:
            given = self._profile.keys()
            query = query.select_from(given).join(
                table, self._in_partition(table, given) & (table.c.id == given.c.value)
            )
        if lock:
            query = query.with_for_update(of=table)
        return Statement(query, self._dialect)

    def _of_instances(self, table: sa.Table, columns: Iterable[str]) -> Statement:
        given = self._profile.keys()
        first, last = (given.c.value + sa.literal_column(str(n)) for n in (1, ROW_MASK))
        inside = table.c.id.between(first, last)
        query = (
            sa.select(*(table.c[name] for name in columns)).select_from(given).order_by(table.c.id)
        )
        if self._profile.is_distributed:
            query = query.join(table, inside).where(self._in_one(table))
        else:
            query = query.join(table, self._in_partition(table, given) & inside)
        return Statement(query, self._dialect)

    @staticmethod
    def _in_one(table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.partition_id == sa.bindparam("partition", type_=sa.SmallInteger)

    @staticmethod
    def _in_partition(table: sa.Table, given: Any) -> sa.ColumnElement[bool]:
        partition = given.c.value.bitwise_rshift(sa.literal_column(str(PARTITION_SHIFT)))
        return table.c.partition_id == sa.cast(partition, sa.SmallInteger)

    def _buffered(self) -> Statement:
        """The oldest messages that wait under a name; under a key, where one is given."""
        name, key, at = (
            sa.bindparam("name", type_=sa.Text),
            sa.bindparam("key", type_=sa.Text),
            sa.bindparam("now", type_=sa.BigInteger),
        )
        any_key = sa.bindparam("any_key", type_=sa.SmallInteger)
        c = t.message.c
        query = (
            sa.select(c.id, c.key, c.variables, c.forget_at)
            .where(c.state == sa.literal_column("'waiting'"), c.name == name)
            .where((any_key == sa.literal_column("1")) | (c.key == key))
            .where(c.expires_at > at)
            .order_by(c.published_at, c.id)
            .limit(sa.bindparam("most", type_=sa.Integer))
            .offset(sa.literal_column("0"))
        )
        return self.compile(query)

    def _insert(self, table: sa.Table) -> Statement:
        many = self._bulk.insert(table) if self._bulk else None
        return Statement(sa.insert(table), self._dialect, many)

    def _update(
        self, table: sa.Table, columns: Sequence[str], guard: str | None = None
    ) -> Statement:
        found = (table.c.partition_id == sa.bindparam("key_partition")) & (
            table.c.id == sa.bindparam("key_id")
        )
        if guard:
            found &= table.c[guard] == sa.bindparam("guard")
        values = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
        many = self._bulk.update(table, columns, guard) if self._bulk else None
        statement = Statement(sa.update(table).values(values).where(found), self._dialect, many)
        given = [f"new_{name}" for name in columns]
        assert list(statement.names[: len(columns)]) == given, "columns are named in their order"
        return statement

    def _of_instance(self, table: sa.Table, columns: Sequence[str]) -> Statement:
        """Change all rows of one instance."""
        values = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
        return self.compile(
            sa.update(table)
            .values(values)
            .where(table.c.partition_id == sa.bindparam("key_partition"))
            .where(table.c.instance_id == sa.bindparam("key_instance"))
        )

    def _update_item(self) -> Statement:
        item = o.batch_item
        columns = ("state", "reason", "at")
        return self.compile(
            sa.update(item)
            .values(
                {name: sa.bindparam(f"new_{name}", type_=item.c[name].type) for name in columns}
            )
            .where(item.c.partition_id == sa.bindparam("key_partition"))
            .where(item.c.batch_id == sa.bindparam("key_batch"))
            .where(item.c.target == sa.bindparam("key_target"))
        )

    def _delete_drafts(self) -> Statement:
        """Those of one task, whosever they are."""
        return self.compile(
            sa.delete(draft)
            .where(draft.c.partition_id == sa.bindparam("key_partition"))
            .where(draft.c.task_id == sa.bindparam("key_id"))
        )

    def _delete(self, table: sa.Table) -> Statement:
        one = (table.c.partition_id == sa.bindparam("key_partition")) & (
            table.c.id == sa.bindparam("key_id")
        )
        many = self._bulk.delete(table) if self._bulk else None
        return Statement(sa.delete(table).where(one), self._dialect, many)
