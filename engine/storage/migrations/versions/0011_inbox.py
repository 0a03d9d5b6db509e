"""Inbox: what came from other partitions, each once; who a message is given to."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
oldest = "0008"
"""What it adds is for nodes that work on a distributed database."""


def _column(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement=False)


def upgrade() -> None:
    big = sa.BigInteger
    op.create_table(
        "inbox",
        _column("partition_id", sa.SmallInteger),
        _column("message_id", big),
        _column("part", big),
        _column("outcome", sa.Text),
        _column("at", big),
        sa.PrimaryKeyConstraint("partition_id", "message_id", "part", name="pk_inbox"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    for name in ("message_id", "at"):
        op.create_index(f"ix_inbox_{name}", "inbox", [name], if_not_exists=True)
    offers = sa.Column("offers", sa.Integer, nullable=False, server_default="0")
    for column in (_column("target", big, null=True), offers, _column("by", sa.Text, null=True)):
        op.add_column("message", column)


def downgrade() -> None:
    for name in ("by", "offers", "target"):
        op.drop_column("message", name)
    op.drop_table("inbox")
