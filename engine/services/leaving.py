"""Rows that leave one by one, in chunks of one partition; and the files that keep what left."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine.values import encode

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

_CHUNK = 1_000
"""Rows that are looked at together."""


def forget_rows(
    shell: Shell,
    table: sa.Table,
    *which: sa.ColumnElement[bool],
    keep: Callable[[Sequence[sa.Row[Any]]], object] | None = None,
) -> int:
    """Remove rows for good, each handed to `keep` before; how many there were. One transaction
    removes rows of one partition. Killed in between, it keeps a row twice, never not at all."""
    c = table.c
    query = sa.select(table).where(*which).order_by(c.partition_id, c.id).limit(_CHUNK)
    gone = 0
    while True:
        with shell.store.reading() as connection:
            rows = connection.execute(query).all()
        if not rows:
            return gone
        if keep is not None:
            keep(rows)
        by_partition: dict[int, list[int]] = {}
        for row in rows:
            by_partition.setdefault(row.partition_id, []).append(row.id)
        for where, ids in by_partition.items():
            shell.do(partial(_remove, table=table, partition=where, ids=ids))
        gone += len(rows)


def _remove(unit: Unit, table: sa.Table, partition: int, ids: list[int]) -> None:
    unit.direct()
    which = (table.c.partition_id == partition) & table.c.id.in_(ids)
    unit.transaction.connection.execute(sa.delete(table).where(which))


def append(file: Path, values: Iterable[Any]) -> int:
    """Add a line of JSON for each to a compressed file, and let it reach the disk; how many.
    `engine.values.decode` reads a line with its decimals and moments."""
    file.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with file.open("ab") as raw:
        with gzip.GzipFile(fileobj=raw, mode="ab") as stream:
            for count, value in enumerate(values, 1):  # noqa: B007 (the last one counts)
                stream.write(encode(value).encode() + b"\n")
        raw.flush()
        os.fsync(raw.fileno())
    return count
