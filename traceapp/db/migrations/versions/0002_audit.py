"""The audit trail; every guard is put back and asserted."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.guards import create_guards, require_guards, tables_named
from traceapp.db.tables import Instant, Whole

revision = "0002"
down_revision = "0001"

GUARDED = (
    "records",
    "log_entries",
    "record_subjects",
    "log_tiles",
    "checkpoints",
    "cosignatures",
    "trust_lists",
    "audit",
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", Whole, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("line", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    tables = tables_named(op.get_bind(), GUARDED)
    create_guards(op.get_bind(), tables)
    require_guards(op.get_bind(), tables)


def downgrade() -> None:
    op.drop_table("audit")
