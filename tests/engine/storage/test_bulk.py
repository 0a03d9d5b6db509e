"""Arrays as PostgreSQL reads them: whatever a column holds comes out as it was."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.storage.bulk import Bulk
from tests.engine.databases import Databases

TABLE = sa.Table(
    "sample",
    sa.MetaData(),
    sa.Column("partition_id", sa.SmallInteger),
    sa.Column("id", sa.BigInteger),
    sa.Column("text", sa.Text),
    sa.Column("data", sa.LargeBinary),
)
ROWS: list[tuple[Any, ...]] = [
    (0, 1, "plain", b"plain"),
    (1, -(2**63), 'quoted "so", {braced}', b"\x00\x01\\"),
    (2, 2**63 - 1, 'back\\slash\\"both', b""),
    (3, 4, "", b"[]"),
    (4, 5, "NULL", b"NULL"),
    (5, None, None, None),
    (6, 7, "line\nand\ttab, ünï ✓", "✓".encode()),
]


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1]])
def test_rows_come_out_as_they_went_in(databases: Databases, rows: list[tuple[Any, ...]]) -> None:
    store = databases.store()
    if not store.profile.takes_arrays:
        pytest.skip("this database takes rows one by one")
    many = Bulk(store.engine.dialect).insert(TABLE)
    with store.engine.connect() as connection:
        TABLE.create(connection)
        connection.exec_driver_sql(many.sql, tuple(many.parameters(rows)))
        query = sa.select(TABLE).order_by(TABLE.c.partition_id)
        assert [tuple(row) for row in connection.execute(query)] == rows
        TABLE.drop(connection)
