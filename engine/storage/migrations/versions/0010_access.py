"""Access: users, bearer tokens, masked names, saved views."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
oldest = "0008"


def _column(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement=False)


def upgrade() -> None:
    big, text, flag = sa.BigInteger, sa.Text, sa.SmallInteger
    op.create_table(
        "account",
        _column("name", text),
        _column("secret", text),
        _column("role", text),
        _column("groups", text),
        _column("is_disabled", flag),
        _column("epoch", sa.Integer),
        _column("created_at", big),
        _column("by", text),
        sa.PrimaryKeyConstraint("name", name="pk_account"),
        if_not_exists=True,
    )
    op.create_table(
        "api_token",
        _column("id", big),
        _column("name", text),
        _column("hash", text),
        _column("role", text),
        _column("created_at", big),
        _column("by", text),
        _column("expires_at", big, null=True),
        _column("used_at", big, null=True),
        _column("revoked_at", big, null=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        if_not_exists=True,
    )
    op.create_table(
        "mask",
        _column("pattern", text),
        _column("is_masked", flag),
        _column("at", big),
        _column("by", text),
        sa.PrimaryKeyConstraint("pattern", name="pk_mask"),
        if_not_exists=True,
    )
    op.create_table(
        "saved_view",
        _column("id", big),
        _column("name", text),
        _column("page", text),
        _column("query", text),
        _column("sort", text),
        _column("columns", text),
        _column("is_shared", flag),
        _column("is_default", flag),
        _column("by", text),
        _column("created_at", big),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        if_not_exists=True,
    )
    op.create_index("ix_saved_view_page_by", "saved_view", ["page", "by"], if_not_exists=True)


def downgrade() -> None:
    for table in ("saved_view", "mask", "api_token", "account"):
        op.drop_table(table)
