"""The audit trail; every guard is put back and asserted."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.guards import create_guards, require_guards
from traceapp.db.tables import Instant, Whole

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", Whole, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("line", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    create_guards(op.get_bind())
    require_guards(op.get_bind())


def downgrade() -> None:
    op.drop_table("audit")
