"""Keys of other bodies that are asked for, and documents that wait for their signatures."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.types import Bytes, Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "own_key_requests",
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), primary_key=True),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("proof", sa.Text, nullable=False),
        sa.Column("asked", Instant, nullable=False),
    )
    op.create_table(
        "own_documents",
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("certificate", sa.Text, sa.ForeignKey("certificates.id"), nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("body", Bytes, nullable=False),
        sa.Column("made", Instant, nullable=False),
        sa.UniqueConstraint("certificate", "act"),
    )


def downgrade() -> None:
    op.drop_table("own_documents")
    op.drop_table("own_key_requests")
