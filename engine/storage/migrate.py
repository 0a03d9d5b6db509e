"""Bringing a database to this version's form, with Alembic; the scripts are in `migrations/`.

Nodes of two versions work side by side while one after the other is replaced: a script only adds,
and what nobody needs any more leaves with the next one. Its variable `oldest` names the form whose
nodes may still work on what it makes; without it that is the form before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.errors import Conflict
from engine.storage import (
    access_tables,
    alert_tables,
    operator_tables,
    route_table,
    schema,
    task_tables,
    webhook_table,
)

if TYPE_CHECKING:
    from engine.storage.store import Store

_TABLES = (
    schema,
    operator_tables,
    route_table,
    task_tables,
    webhook_table,
    alert_tables,
    access_tables,
)
"""Whose tables make up the metadata."""


def migrate(store: Store) -> None:
    """Create or upgrade the tables; does nothing where they are as they should be, or newer by a
    step that lets this version work. Raises Conflict where they are too new."""
    with store.engine.connect() as connection, store.forming(connection):
        connection.exec_driver_sql(store.profile.begin)
        try:
            if store.profile.migrating:
                connection.exec_driver_sql(store.profile.migrating)
            if store.profile.shares_connection:
                _create(connection)
            elif not _is_newer(connection):
                command.upgrade(_config(connection), "head")
                _note_oldest(connection)
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


def _is_newer(connection: sa.Connection) -> bool:
    """Whether a later version has been here. Raises Conflict if this one cannot work with it."""
    found = revision(connection)
    scripts = ScriptDirectory.from_config(_config(None))
    if found is None or any(script.revision == found for script in scripts.walk_revisions()):
        return False
    oldest = connection.execute(sa.select(schema.compatibility.c.oldest)).scalar_one()
    if oldest > newest():
        raise Conflict(
            f"the database has form {found}, which nodes from form {oldest} on can use; "
            f"this node knows forms up to {newest()}: upgrade it"
        )
    return True


def _note_oldest(connection: sa.Connection) -> None:
    head = ScriptDirectory.from_config(_config(None)).get_revision("head")
    assert head is not None
    oldest = getattr(head.module, "oldest", head.down_revision)
    connection.execute(sa.delete(schema.compatibility))
    connection.execute(sa.insert(schema.compatibility).values(oldest=oldest))


def _create(connection: sa.Connection) -> None:
    """A database in memory has no past to come from."""
    if sa.inspect(connection).has_table("lease"):
        return
    schema.metadata.create_all(connection, checkfirst=False)
    connection.execute(sa.insert(schema.lease), schema.LEASES)
    connection.execute(sa.insert(schema.origin), schema.new_origin())


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
