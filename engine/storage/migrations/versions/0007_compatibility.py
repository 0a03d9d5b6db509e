"""Compatibility: which nodes may still work on this form, while others are newer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "compatibility",
        sa.Column("oldest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("oldest", name="pk_compatibility"),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("compatibility")
