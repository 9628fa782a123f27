"""Files of labels that are made in the background."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.tables import Instant, Whole

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "label_jobs",
        sa.Column("id", Whole, primary_key=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("request", sa.Text, unique=True),
        sa.Column("lot", sa.Text, sa.ForeignKey("lots.id"), nullable=False),
        sa.Column("run", sa.Text),
        sa.Column("first", Whole, nullable=False),
        sa.Column("count", Whole, nullable=False),
        sa.Column("signed", sa.Boolean, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("done", Whole, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claim", sa.Text),
        sa.Column("beat", Instant),
        sa.Column("bytes", Whole),
        sa.Column("result", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("asked", Instant, nullable=False),
        sa.Column("started", Instant),
        sa.Column("ended", Instant),
    )
    op.create_index("label_jobs_state", "label_jobs", ["state"])


def downgrade() -> None:
    op.drop_table("label_jobs")
