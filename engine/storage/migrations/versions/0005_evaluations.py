"""Evaluations: what decisions came to."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _column(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement=False)


def upgrade() -> None:
    big, text = sa.BigInteger, sa.Text
    op.create_table(
        "evaluation",
        _column("partition_id", sa.SmallInteger),
        _column("id", big),
        _column("at", big),
        _column("by", text, null=True),
        _column("definition_id", big),
        _column("decision_id", text),
        _column("version", sa.Integer),
        _column("instance_id", big, null=True),
        _column("element", text, null=True),
        _column("document", text),
        sa.PrimaryKeyConstraint("partition_id", "id", name="pk_evaluation"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    for columns in (("decision_id", "at"), ("instance_id",), ("at",)):
        name = f"ix_evaluation_{'_'.join(columns)}"
        op.create_index(name, "evaluation", list(columns), if_not_exists=True)


def downgrade() -> None:
    op.drop_table("evaluation")
