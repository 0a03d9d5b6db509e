"""Jobs of a queue are found by priority, then by how long they have been due; leases that ended
without an answer are counted."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_subscription_queue", "subscription"
QUEUED = sa.text("queue IS NOT NULL")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("lost", sa.Integer, nullable=False, server_default="0"))
    op.drop_index(INDEX, TABLE)
    columns = ["queue", "priority", "available_at"]
    op.create_index(INDEX, TABLE, columns, sqlite_where=QUEUED, postgresql_where=QUEUED)


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
    columns = ["queue", "available_at"]
    op.create_index(INDEX, TABLE, columns, sqlite_where=QUEUED, postgresql_where=QUEUED)
    op.drop_column(TABLE, "lost")
