"""The strict profile refuses what a distributed database could not do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import Invalid
from engine.storage import migrate, schema
from engine.storage.profiles import for_driver, is_strict, profile_for
from engine.storage.store import Store
from engine.storage.strict import Breach, Guard
from tests.engine.databases import Databases

ONE = schema.token.c.partition_id == 1


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    databases.store().close()
    url = sa.make_url(databases.url).update_query_dict({"strict": "1"})
    store = Store(url)
    store.migrate()
    Guard.breaches.clear()
    yield store
    store.close()
    Guard.breaches.clear()


def run(store: Store, *clauses: Any) -> None:
    with store.transaction() as transaction:
        for clause in clauses:
            if isinstance(clause, str):
                transaction.connection.exec_driver_sql(clause)
            else:
                transaction.connection.execute(clause)


def token(partition: int) -> sa.Insert:
    values = {"id": 1, "instance_id": 1, "scope": 1, "node": "n", "entered_at": 1}
    return sa.insert(schema.token).values(partition_id=partition, **values)


def test_one_partition_and_reference_tables_are_fine(store: Store) -> None:
    locked = sa.select(schema.token.c.id).where(ONE).with_for_update()
    run(store, token(1), locked, sa.select(schema.definition.c.id))
    run(store, sa.delete(schema.token).where(ONE), sa.delete(schema.poll))
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(schema.token)).one() == (
            0,
        )
    assert not Guard.breaches


@pytest.mark.parametrize(
    ("clauses", "why"),
    [
        ((token(1), token(2)), "touches partitions 1, 2"),
        ((token(1), sa.select(schema.scope.c.id).where(schema.scope.c.partition_id == 2)), "1, 2"),
        ((sa.select(schema.token.c.id),), "looks at 'token' in any partition"),
        ((sa.delete(schema.token),), "writes 'token' in any partition"),
        ((sa.update(schema.token).values(node="x"),), "writes 'token' in any partition"),
        ((sa.delete(schema.token).where(schema.token.c.partition_id.in_([1, 2])),), "1, 2"),
        (("SELECT nextval('x')",), "counts by 'nextval'"),
        (("SELECT pg_notify('a', 'b')",), "tells other nodes"),
        (("SELECT pg_advisory_xact_lock(1)",), "locks a name"),
        (("CREATE TABLE x (id BIGSERIAL)",), "makes a counter"),
        (("CREATE TABLE x (id INTEGER PRIMARY KEY AUTOINCREMENT)",), "makes a counter"),
        (("CREATE TABLE x (id BIGINT GENERATED ALWAYS AS IDENTITY)",), "makes a counter"),
        (("ALTER TABLE x ADD FOREIGN KEY (t) REFERENCES token (id)",), "leaves the partition"),
        (("SELEC 1",), "cannot be read"),
    ],
)
def test_a_transaction_that_writes_is_refused(store: Store, clauses: Any, why: str) -> None:
    with pytest.raises(Breach, match=why):
        run(store, *clauses)
    assert any(why in breach for breach in Guard.breaches)
    with store.reading() as connection:
        assert not connection.execute(sa.select(schema.token.c.id)).all()


def test_a_foreign_key_within_a_partition_or_to_a_whole_table_is_fine(store: Store) -> None:
    guard = store.guard
    assert guard is not None
    within = "FOREIGN KEY (partition_id, t) REFERENCES token (partition_id, id)"
    guard._check_form(f"ALTER TABLE x ADD {within}")
    guard._check_form("ALTER TABLE x ADD FOREIGN KEY (d) REFERENCES definition (id)")
    assert not Guard.breaches


def test_who_only_reads_may_not_lock_nor_recur(store: Store) -> None:
    if store.profile.name == "sqlite":
        pytest.skip("SQLite has no row locks to ask for")
    with store.reading() as connection, pytest.raises(Breach, match="locks 'token'"):
        connection.execute(sa.select(schema.token.c.id).with_for_update())
    up = sa.select(schema.token.c.id).cte("up", recursive=True)
    up = up.union_all(sa.select(up.c.id + 1).where(up.c.id < 9))
    with store.reading() as connection, pytest.raises(Breach, match="recursively"):
        connection.execute(sa.select(up.c.id))


def test_the_hot_paths_statements_are_seen(store: Store) -> None:
    row = (2, 1, 1, 1, "n", None, 1)
    with pytest.raises(Breach, match="touches partitions 2, 3"), store.transaction() as transaction:
        transaction.run(store.statements.insert_token, [row, (3, *row[1:])])


def test_every_table_is_led_by_its_partition_or_whole_everywhere(store: Store) -> None:
    assert migrate.newest()  # all tables are known
    for name, table in schema.metadata.tables.items():
        is_partitioned = "partition_id" in table.c
        assert is_partitioned != (name in schema.REFERENCE), name
        if is_partitioned:
            assert next(iter(table.primary_key)).name == "partition_id"
            for constraint in table.constraints:
                if isinstance(constraint, sa.UniqueConstraint):
                    assert "partition_id" in constraint.columns
        assert not table.foreign_keys


def test_what_a_url_says_to_us_is_not_said_to_the_driver() -> None:
    url = sa.make_url("postgresql://u@h/d?profile=citus&strict=1&sslmode=require")
    assert profile_for(url).name == "citus"
    assert is_strict(url)
    assert for_driver(url).query == {"sslmode": "require"}
    assert not is_strict(sa.make_url("postgresql://u@h/d?strict=0"))


@pytest.mark.parametrize(
    "url", ["sqlite:///x?profile=citus", "postgresql://h/d?profile=sqlite", "mysql://h/d"]
)
def test_an_unknown_profile_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="database URL"):
        profile_for(sa.make_url(url))


@pytest.mark.parametrize("name", ["citus", "yugabyte", "cockroach"])
def test_a_distributed_profile_relies_on_nothing_that_is_of_one_machine(name: str) -> None:
    profile = profile_for(sa.make_url(f"postgresql://h/d?profile={name}"))
    assert profile.is_distributed
    assert not profile.has_news
    with pytest.raises(NotImplementedError):
        profile.lock_name(None, "n", None)  # type: ignore[arg-type]
