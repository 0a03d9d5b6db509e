"""Bringing a database to this version's form, with Alembic; the scripts are in `migrations/`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.storage import operator_tables, route_table, schema, webhook_table

if TYPE_CHECKING:
    from engine.storage.store import Store

_TABLES = (schema, operator_tables, route_table, webhook_table)
"""Whose tables make up the metadata."""
_LOCK = 0x6B61_7065
"""One node migrates at a time."""


def migrate(store: Store) -> None:
    """Create or upgrade the tables; does nothing where they are as they should be."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql(store.profile.begin)
        try:
            if store.profile.has_row_locks:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            if store.profile.shares_connection:
                _create(connection)
            else:
                command.upgrade(_config(connection), "head")
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise


def revision(connection: sa.Connection) -> str | None:
    """The form that a database has; None where it has no tables yet."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The form that this version writes."""
    found = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert found is not None
    return found


def _create(connection: sa.Connection) -> None:
    """A database in memory has no past to come from."""
    if sa.inspect(connection).has_table("lease"):
        return
    schema.metadata.create_all(connection, checkfirst=False)
    connection.execute(sa.insert(schema.lease), schema.LEASES)


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
