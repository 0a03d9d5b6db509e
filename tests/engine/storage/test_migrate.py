"""Bringing a database to this version's form."""

from __future__ import annotations

import sqlalchemy as sa

from engine.storage import schema
from engine.storage.migrate import newest, revision
from tests.engine.databases import Databases


def test_migrations_make_the_tables_that_are_declared(databases: Databases) -> None:
    store = databases.store()
    with store.engine.connect() as connection:
        found = sa.inspect(connection)
        made = {
            name: {c["name"] for c in found.get_columns(name)} for name in found.get_table_names()
        }
        at = revision(connection) if databases.kind != "memory" else newest()
    declared = {t.name: {c.name for c in t.columns} for t in schema.metadata.sorted_tables}
    made.pop("alembic_version", None)
    assert made == declared
    assert at == newest()


def test_migrating_again_changes_nothing(databases: Databases) -> None:
    store = databases.store()
    store.migrate()
    store.migrate()
