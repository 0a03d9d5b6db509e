"""Migrations from nothing, and from the form before, give exactly the schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from engine.storage import migrate, schema
from engine.storage.store import Store
from tests.engine.databases import Databases, emptied

VERSION_TABLE = "alembic_version"


@contextmanager
def connected(store: Store) -> Iterator[sa.Connection]:
    with store.engine.connect() as connection:
        connection.exec_driver_sql(store.profile.begin)
        yield connection
        connection.exec_driver_sql("COMMIT")


def form(connection: sa.Connection) -> dict[str, Any]:
    """Tables, columns, keys and indexes, as the database tells them."""
    inspector = sa.inspect(connection)
    found: dict[str, Any] = {}
    for table in sorted(set(inspector.get_table_names()) - {VERSION_TABLE}):
        columns = {
            c["name"]: (str(c["type"]), c["nullable"], c["default"])
            for c in inspector.get_columns(table)
        }
        indexes = {
            i["name"]: (i["column_names"], bool(i["unique"]), str(sorted(i["dialect_options"])))
            for i in inspector.get_indexes(table)
        }
        unique = sorted(tuple(u["column_names"]) for u in inspector.get_unique_constraints(table))
        key = inspector.get_pk_constraint(table)["constrained_columns"]
        found[table] = (columns, key, indexes, unique, inspector.get_foreign_keys(table))
    return found


def conditions(connection: sa.Connection) -> list[str]:
    """What the database itself says of its indexes."""
    queries = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
        f"AND tablename <> '{VERSION_TABLE}'",
    }
    rows = connection.exec_driver_sql(queries[connection.dialect.name]).scalars()
    return sorted(" ".join(row.split()) for row in rows)


def is_bare(store: Store, connection: sa.Connection) -> list[str]:
    """Tables of SQLite that are kept without row ids."""
    if store.profile.name != "sqlite":
        return []
    query = "SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'"
    return sorted(connection.exec_driver_sql(query).scalars())


def seen(store: Store) -> tuple[Any, ...]:
    with connected(store) as connection:
        return form(connection), conditions(connection), is_bare(store, connection)


def without_tables(store: Store, databases: Databases) -> None:
    if store.profile.name == "postgresql":
        emptied(sa.make_url(databases.url))
        return
    with connected(store) as connection:
        schema.metadata.drop_all(connection)
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {VERSION_TABLE}")


@pytest.fixture
def store(databases: Databases) -> Store:
    if databases.kind == "memory":
        pytest.skip("a database in memory has no past")
    return databases.store()


def test_migrations_from_nothing_give_the_schema(store: Store, databases: Databases) -> None:
    migrated = seen(store)
    without_tables(store, databases)
    with connected(store) as connection:
        schema.metadata.create_all(connection, checkfirst=False)

    assert migrated == seen(store)


def test_migrations_give_the_first_leases(store: Store) -> None:
    with connected(store) as connection:
        rows = connection.execute(sa.select(schema.lease.c.name, schema.lease.c.next)).all()

    assert sorted(map(tuple, rows)) == sorted((r["name"], r["next"]) for r in schema.LEASES)


def test_every_migration_can_be_undone(store: Store) -> None:
    with connected(store) as connection:
        config = migrate._config(connection)
        command.downgrade(config, "base")
        assert form(connection) == {}
        command.upgrade(config, "head")


def test_an_upgrade_keeps_what_the_form_before_held(store: Store, databases: Databases) -> None:
    whole = seen(store)
    without_tables(store, databases)
    with connected(store) as connection:
        command.upgrade(migrate._config(connection), "0002")
        columns = {c["name"] for c in sa.inspect(connection).get_columns("subscription")}
        row: dict[str, Any] = {
            c.name: 7 if isinstance(c.type, sa.Integer) else "job"
            for c in schema.subscription.columns
            if c.name in columns
        }
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"INSERT INTO subscription ({names}) VALUES ({values})"), row)

    store.migrate()

    with connected(store) as connection:
        (kept,) = connection.execute(sa.select(schema.subscription)).mappings()
        assert dict(kept) == {**row, "lost": 0}
        assert migrate.revision(connection) == migrate.newest()
    assert seen(store) == whole
