"""Origin: what tells the keys that a database gives to services apart from all others'."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
oldest = "0008"
"""Where there are instances the keys stay as they are, so that nodes of both forms agree."""


def upgrade() -> None:
    table = op.create_table(
        "origin",
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_origin"),
        if_not_exists=True,
    )
    numbers = sa.text("SELECT next FROM lease WHERE name = 'instance'")
    is_used = op.get_bind().execute(numbers).scalar_one() > 1
    op.bulk_insert(table, [{"name": "" if is_used else secrets.token_hex(5)}])


def downgrade() -> None:
    op.drop_table("origin")
