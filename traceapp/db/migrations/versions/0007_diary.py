"""The diary before it is signed: entries, photos, the plan of control points."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.tables import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "diary_entries",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("lot", sa.Text, sa.ForeignKey("lots.id")),
        sa.Column("typed", sa.Text, nullable=False),
        sa.Column("copied", sa.Text, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("made_by", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("corrects", sa.Text, sa.ForeignKey("records.record_id")),
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id")),
        sa.UniqueConstraint("organisation", "key"),
    )
    op.create_index("diary_entries_state", "diary_entries", ["organisation", "state"])
    op.create_table(
        "diary_photos",
        sa.Column("entry", sa.Text, sa.ForeignKey("diary_entries.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "control_points",
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), primary_key=True),
        sa.Column("ccp", sa.Text, primary_key=True),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("changed", Instant, nullable=False),
    )


def downgrade() -> None:
    for name in ("control_points", "diary_photos", "diary_entries"):
        op.drop_table(name)
