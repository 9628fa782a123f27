"""Letters about recalls: to whom each goes, and which went out."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.types import Instant, Whole

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "recall_letters",
        sa.Column("notice", Whole, sa.ForeignKey("recall_notices.id"), primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next", Instant, nullable=False),
        sa.Column("sent", Instant),
    )


def downgrade() -> None:
    op.drop_table("recall_letters")
