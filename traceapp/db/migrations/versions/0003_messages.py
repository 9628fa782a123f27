"""Questions and reports of consumers; what is personal in them apart, and how many somebody sent lately."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.tables import Instant, Whole

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", Whole, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False, unique=True),
        sa.Column("form", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("lot", sa.Text),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("sent", Instant, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("held_for", sa.Text),
        sa.Column("reply", sa.Text),
        sa.Column("closed", Instant),
        sa.Column("closed_by", sa.Text),
        sa.Column("public", sa.Boolean, nullable=False),
    )
    op.create_index("messages_product", "messages", ["product", "state"])
    op.create_table(
        "message_private",
        sa.Column("message", Whole, sa.ForeignKey("messages.id"), primary_key=True, autoincrement=False),
        sa.Column("contact", sa.Text),
        sa.Column("photo", sa.LargeBinary),
    )
    op.create_table(
        "message_turns",
        sa.Column("visitor", sa.LargeBinary, primary_key=True),
        sa.Column("thing", sa.Text, primary_key=True),
        sa.Column("hour", Whole, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("message_turns_thing", "message_turns", ["thing", "hour"])


def downgrade() -> None:
    for name in ("message_turns", "message_private", "messages"):
        op.drop_table(name)
