"""Inspections: what phones sent, photos, and which lots some record says something against."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.types import Bytes, Instant, Whole

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "inspection_sends",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("said", Bytes, nullable=False),
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_table(
        "inspection_photos",
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), primary_key=True),
        sa.Column("photo", Bytes, nullable=False),
    )
    op.create_table(
        "lot_alarms",
        sa.Column("lot", sa.Text, primary_key=True),
        sa.Column("leaf_index", Whole, nullable=False),
    )
    op.create_index("ix_lot_alarms_leaf_index", "lot_alarms", ["leaf_index"])


def downgrade() -> None:
    op.drop_table("lot_alarms")
    op.drop_table("inspection_photos")
    op.drop_table("inspection_sends")
    # Where reading had got to: a later upgrade reads from the start.
    op.execute("DELETE FROM service WHERE name = 'alarms-read'")
