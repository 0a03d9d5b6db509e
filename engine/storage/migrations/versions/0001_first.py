"""The first tables."""

import sqlalchemy as sa
from alembic import op

from engine.storage import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema.metadata.create_all(op.get_bind(), checkfirst=False)
    op.get_bind().execute(sa.insert(schema.lease), schema.LEASES)


def downgrade() -> None:
    schema.metadata.drop_all(op.get_bind())
