"""What operators do: audit, what is held, policies, batches."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("batch_item", "batch", "rate", "policy", "hold", "audit")


def _partitioned(name: str, *columns: sa.Column[Any], key: tuple[str, ...] = ("id",)) -> None:
    op.create_table(
        name,
        sa.Column("partition_id", sa.SmallInteger, nullable=False, autoincrement=False),
        *columns,
        sa.PrimaryKeyConstraint("partition_id", *key, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _column(name: str, kind: type, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement=False)


def upgrade() -> None:
    big, text, number = sa.BigInteger, sa.Text, sa.Integer
    _partitioned(
        "audit",
        _column("id", big),
        _column("at", big),
        _column("by", text),
        _column("source", text),
        _column("verb", text),
        _column("reason", text, null=True),
        _column("kind", text),
        _column("target", text),
        _column("instance_id", big, null=True),
        _column("root_id", big, null=True),
        _column("process_id", text, null=True),
        _column("detail", text),
    )
    _index("audit", "at")
    _index("audit", "instance_id")
    _index("audit", "target")
    for name, more in (("hold", ()), ("policy", (_column("values", text),))):
        op.create_table(
            name,
            _column("kind", text),
            _column("name", text),
            *more,
            _column("at", big),
            _column("by", text),
            _column("reason", text),
            sa.PrimaryKeyConstraint("kind", "name", name=f"pk_{name}"),
        )
    op.create_table(
        "rate",
        _column("name", text),
        _column("next_at", big),
        _column("planned_to", big),
        sa.PrimaryKeyConstraint("name", name="pk_rate"),
    )
    _partitioned(
        "batch",
        _column("id", big),
        _column("kind", text),
        _column("parameters", text),
        _column("by", text),
        _column("source", text),
        _column("reason", text),
        _column("state", text),
        _column("note", text, null=True),
        _column("total", number),
        _column("per_second", number, null=True),
        _column("stop_after", number, null=True),
        _column("next_at", big),
        _column("created_at", big),
        _column("ended_at", big, null=True),
    )
    _index("batch", "state")
    _index("batch", "created_at")
    _partitioned(
        "batch_item",
        _column("batch_id", big),
        _column("target", big),
        _column("state", text),
        _column("reason", text, null=True),
        _column("at", big, null=True),
        key=("batch_id", "target"),
    )
    op.create_index(
        "ix_batch_item_batch_id_state",
        "batch_item",
        ["batch_id", "state"],
    )


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
