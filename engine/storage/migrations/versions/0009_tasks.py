"""People's work: drafts, and due dates by which tasks are found."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.storage.rows import date_of, micros
from engine.values import decode

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _column(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, autoincrement=False)


def upgrade() -> None:
    big, text, small = sa.BigInteger, sa.Text, sa.SmallInteger
    op.create_table(
        "draft",
        _column("partition_id", small),
        _column("task_id", big),
        _column("by", text),
        _column("instance_id", big),
        _column("entered", text),
        _column("at", big),
        _column("expires_at", big),
        sa.PrimaryKeyConstraint("partition_id", "task_id", "by", name="pk_draft"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_index("ix_draft_expires_at", "draft", ["expires_at"], if_not_exists=True)
    _fill_due_dates()


def _fill_due_dates() -> None:
    """Tasks that are open already have their due date among their details only."""
    table = sa.table(
        "subscription",
        *(sa.column(name) for name in ("partition_id", "id", "kind", "due", "details")),
    )
    c, connection = table.c, op.get_bind()
    said = (c.kind == "user_task") & c.due.is_(None) & c.details.like('%"due_date"%')
    rows = connection.execute(sa.select(c.partition_id, c.id, c.details).where(said)).all()
    for partition, id, details in rows:
        due = date_of(decode(details).get("due_date"))
        if due is not None:
            own = (c.partition_id == partition) & (c.id == id)
            connection.execute(sa.update(table).where(own).values(due=micros(due)))


def downgrade() -> None:
    op.drop_table("draft")
    op.execute("UPDATE subscription SET due = NULL WHERE kind = 'user_task'")
