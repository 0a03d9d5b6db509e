"""Webhooks: who is told of what has happened."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _column(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement=False)


def upgrade() -> None:
    big, text, number = sa.BigInteger, sa.Text, sa.Integer
    op.create_table(
        "webhook",
        _column("id", big),
        _column("name", text),
        _column("url", text),
        _column("secret", text),
        _column("old_secret", text, null=True),
        _column("old_until", big, null=True),
        _column("types", text),
        _column("process_ids", text),
        _column("state", text),
        _column("position", text),
        _column("failures", number),
        _column("most_failures", number),
        _column("next_at", big),
        _column("leased_until", big),
        _column("last_error", text, null=True),
        _column("delivered_at", big, null=True),
        _column("created_at", big),
        _column("by", text),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
        if_not_exists=True,
    )
    op.create_index("ix_webhook_state_next_at", "webhook", ["state", "next_at"], if_not_exists=True)


def downgrade() -> None:
    op.drop_table("webhook")
