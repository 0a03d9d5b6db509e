"""Alerts: what is watched, and each time that it held."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _column(name: str, kind: Any, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, autoincrement=False)


def upgrade() -> None:
    big, text, flag = sa.BigInteger, sa.Text, sa.SmallInteger
    op.create_table(
        "alert_rule",
        _column("id", big),
        _column("name", text),
        _column("condition", text),
        _column("every", sa.Integer),
        _column("runbook", text, null=True),
        _column("is_enabled", flag),
        _column("state", text),
        _column("since", big),
        _column("silenced_until", big),
        _column("next_at", big),
        _column("leased_until", big),
        _column("evaluated_at", big, null=True),
        _column("value", sa.Float, null=True),
        _column("problem", text, null=True),
        _column("firing_id", big, null=True),
        _column("created_at", big),
        _column("by", text),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rule"),
        if_not_exists=True,
    )
    op.create_table(
        "alert_firing",
        _column("id", big),
        _column("rule_id", big),
        _column("name", text),
        _column("condition", text),
        _column("runbook", text, null=True),
        _column("is_test", flag),
        _column("fired_at", big),
        _column("told_at", big, null=True),
        _column("value", sa.Float, null=True),
        _column("worst", sa.Float, null=True),
        _column("subjects", text),
        _column("acknowledged_at", big, null=True),
        _column("acknowledged_by", text, null=True),
        _column("resolved_at", big, null=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert_firing"),
        if_not_exists=True,
    )
    for table, columns in (
        ("alert_rule", ("is_enabled", "next_at")),
        ("alert_firing", ("fired_at",)),
        ("alert_firing", ("told_at",)),
        ("alert_firing", ("resolved_at",)),
        ("alert_firing", ("rule_id", "fired_at")),
    ):
        name = f"ix_{table}_{'_'.join(columns)}"
        op.create_index(name, table, list(columns), if_not_exists=True)


def downgrade() -> None:
    op.drop_table("alert_firing")
    op.drop_table("alert_rule")
