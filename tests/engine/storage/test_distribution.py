"""Spreading tables over the machines of a distributed database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.errors import Conflict
from engine.storage import schema
from engine.storage.distribution import QUEUE, distribute, statements
from engine.storage.store import Store
from tests.engine.databases import emptied

CITUS = """
CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, by text, beside text);
CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS
  $$ INSERT INTO pg_dist_partition VALUES (name, NULL, NULL) $$;
CREATE FUNCTION create_distributed_table(name regclass, by text, colocate_with text DEFAULT NULL)
  RETURNS void LANGUAGE sql AS $$ INSERT INTO pg_dist_partition VALUES (name, by, colocate_with) $$;
"""
"""What the command asks of Citus, as far as plain PostgreSQL can note it down."""


def test_every_table_is_spread_once() -> None:
    said = statements("citus")
    named = [part.split("'")[1] for part in said if "create_" in part]
    assert sorted(named) == sorted(schema.metadata.tables)
    first = next(part for part in said if "create_distributed_table" in part)
    assert first == "SELECT create_distributed_table('instance', 'partition_id')"
    assert statements("yugabyte") == statements("cockroach") == [QUEUE]


def test_what_is_spread_already_is_left_alone(postgresql: sa.URL) -> None:
    url = sa.make_url(emptied(postgresql)).update_query_dict({"profile": "citus"})
    store = Store(url)
    store.migrate()
    with store.engine.connect() as connection:
        connection.exec_driver_sql(CITUS)
    assert distribute(store, dry_run=True) == statements("citus")

    assert distribute(store) == statements("citus")
    assert distribute(store) == [QUEUE]

    with store.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM pg_dist_partition")).all()
    store.close()
    by = {str(row[0]): (row[1], row[2]) for row in rows}
    assert by["definition"] == (None, None)
    assert by["instance"] == ("partition_id", None)
    assert by["inbox"] == ("partition_id", "instance")


def test_one_machine_has_nothing_to_spread() -> None:
    store = Store("sqlite://")
    with pytest.raises(Conflict, match=r"profile is 'sqlite'.*profile=citus"):
        distribute(store, dry_run=True)
    store.close()
