"""Letters about certificates that end: whom they may remind, and which went out."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.types import Instant

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("reminders", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_table(
        "certificate_reminders",
        sa.Column("certificate", sa.Text, sa.ForeignKey("certificates.id"), primary_key=True),
        sa.Column("days", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next", Instant, nullable=False),
    )
    op.create_index("certificate_reminders_waiting", "certificate_reminders", ["state", "next"])


def downgrade() -> None:
    op.drop_table("certificate_reminders")
    op.drop_column("accounts", "reminders")
