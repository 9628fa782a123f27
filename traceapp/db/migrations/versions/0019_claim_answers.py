"""What the holder of a claimed code answers, beside the claimant's words."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.types import Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "claim_answers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("claim", sa.Text, sa.ForeignKey("claims.id"), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_index("ix_claim_answers_claim", "claim_answers", ["claim"])


def downgrade() -> None:
    op.drop_table("claim_answers")
