"""Migrations from nothing, and from the form before, give exactly the schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from engine import Conflict, Engine
from engine.storage import migrate, schema
from engine.storage.store import Store
from tests.engine.databases import Databases, emptied
from tests.kit import document

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


@pytest.mark.parametrize("numbers", [1, 2])
def test_keys_given_to_services_stay_as_they_were(store: Store, numbers: int) -> None:
    with connected(store) as connection:
        command.downgrade(migrate._config(connection), "0011")
        connection.exec_driver_sql(f"UPDATE lease SET next = {numbers} WHERE name = 'instance'")

    store.migrate()

    with connected(store) as connection:
        name = connection.execute(sa.select(schema.origin.c.name)).scalar_one()
        assert (name == "") == (numbers > 1)
        key = store.key_of(connection, 17)
        assert key == (f"{name}-17" if name else "17")


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


def upgraded_by_a_later_version(store: Store, oldest: str) -> None:
    """As a node of the next version leaves it: one column more, and its own number."""
    with connected(store) as connection:
        connection.exec_driver_sql("ALTER TABLE instance ADD COLUMN mood TEXT")
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
        connection.execute(sa.update(schema.compatibility).values(oldest=oldest))


def test_a_node_works_beside_one_of_the_next_version(store: Store, databases: Databases) -> None:
    upgraded_by_a_later_version(store, oldest=migrate.newest())

    with Engine(databases.url, partitions=1024) as engine:
        engine.migrate()
        engine.deploy({"p.bpmn": document("<startEvent id='s'/><userTask id='u'/>\ns -> u")})
        id = engine.start("p").id
        engine.complete_task(engine.tasks().items[0].id, {})
        assert engine.instance(id).head.state == "completed"
    with connected(store) as connection:
        assert migrate.revision(connection) == "9999", "its form is left as it is"


def test_a_node_that_is_too_old_says_so(store: Store) -> None:
    upgraded_by_a_later_version(store, oldest="9998")

    with pytest.raises(Conflict, match=r"form 9999.*from form 9998 on.*upgrade it"):
        store.migrate()


def test_each_form_says_whose_nodes_may_use_it(store: Store) -> None:
    with connected(store) as connection:
        oldest = connection.execute(sa.select(schema.compatibility.c.oldest)).scalar_one()
        assert oldest <= migrate.newest()
