"""Where the database is distributed, a batch's items are written partition by partition: it keeps
its targets itself until all of them are there, and any node goes on with that."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from engine.services.work import Work
from engine.storage import operator_tables as o
from engine.storage.ids import by_partition, partition_of
from engine.values import decode, encode

if TYPE_CHECKING:
    from engine.services.shell import Shell
    from engine.services.unit import Unit

LAYING_OUT = "laying out"
"""State of a batch that has not written all its items yet."""
_b, _m = o.batch.c, o.batch_item.c


def lay_out(shell: Shell, id: int) -> None:
    """Write the items of a batch that has not written them all; then it runs."""
    mine = (_b.partition_id == partition_of(id)) & (_b.id == id)
    with shell.store.reading() as connection:
        row = connection.execute(sa.select(_b.state, _b.parameters).where(mine)).first()
    if row is None or row.state != LAYING_OUT:
        return
    parameters = decode(row.parameters)
    targets = by_partition(map(int, parameters.pop("targets")))
    works = [
        Work(partial(_write, batch=id, where=where, targets=own), partition=where)
        for where, own in targets.items()
    ]
    shell.committer.do_all(works)
    for work in works:
        work.answer()

    def run(unit: Unit) -> None:
        unit.direct()
        values = {"state": "running", "parameters": encode(parameters)}
        begins = sa.update(o.batch).where(mine, _b.state == LAYING_OUT).values(**values)
        unit.transaction.connection.execute(begins)

    shell.do(run, partition=partition_of(id))


def _write(unit: Unit, batch: int, where: int, targets: list[int]) -> None:
    unit.direct()
    connection = unit.transaction.connection
    query = sa.select(_m.target).where(_m.partition_id == where, _m.batch_id == batch)
    known = set(connection.execute(query).scalars())
    rows = [
        {"partition_id": where, "batch_id": batch, "target": target, "state": "left"}
        for target in targets
        if target not in known
    ]
    if rows:
        connection.execute(sa.insert(o.batch_item), rows)


def change_items(shell: Shell, batch: int, state: str, change: sa.Update) -> None:
    """Change the items of a batch that are in a state, one partition after the other."""
    query = sa.select(_m.partition_id).where(_m.batch_id == batch, _m.state == state).distinct()
    with shell.store.reading() as connection:
        found = connection.execute(query).scalars().all()

    def run(unit: Unit, where: int) -> None:
        unit.direct()
        unit.transaction.connection.execute(change.where(_m.partition_id == where))

    works = [Work(partial(run, where=where), partition=where) for where in found]
    shell.committer.do_all(works)
    for work in works:
        work.answer()
