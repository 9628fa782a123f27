"""Imports, and what lies beside certificates."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.tables import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "import_drafts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_index("ix_import_drafts_at", "import_drafts", ["at"])
    op.create_table(
        "imports",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("same", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_index("imports_organisation", "imports", ["organisation", "at"])
    op.create_table(
        "households",
        sa.Column("id", sa.Text, sa.ForeignKey("organisations.id"), primary_key=True),
        sa.Column("listed_by", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), nullable=False),
        sa.UniqueConstraint("listed_by", "code"),
    )
    op.create_table(
        "certificate_papers",
        sa.Column("certificate", sa.Text, sa.ForeignKey("certificates.id"), primary_key=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_table(
        "certificate_requests",
        sa.Column("certificate", sa.Text, sa.ForeignKey("certificates.id"), primary_key=True),
        sa.Column("issuer", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked", Instant, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("decided", Instant),
    )
    op.create_index("ix_certificate_requests_issuer", "certificate_requests", ["issuer"])


def downgrade() -> None:
    for name in ("certificate_requests", "certificate_papers", "households", "imports", "import_drafts"):
        op.drop_table(name)
