"""Which account made which record, accounts in doubt, and keys that people cosign with."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.types import Bytes, Instant, Whole

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _accounts()
    _passkeys()


def _accounts() -> None:
    op.create_table(
        "account_keys",
        sa.Column("key", Bytes, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("ended", Instant),
    )
    op.create_index("ix_account_keys_account", "account_keys", ["account"])
    op.create_table(
        "account_records",
        sa.Column("leaf_index", Whole, primary_key=True, autoincrement=False),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
    )
    op.create_index("account_records_account", "account_records", ["account", "leaf_index"])
    op.create_table(
        "account_doubts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.Column("made", Instant, nullable=False),
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), nullable=False),
        sa.Column("lifted", Instant),
    )
    op.create_index("ix_account_doubts_account", "account_doubts", ["account"])


def _passkeys() -> None:
    op.create_table(
        "passkey_rules",
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), primary_key=True),
        sa.Column("since", Instant, nullable=False),
    )
    op.create_table(
        "cosigning_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("passkey", Bytes, nullable=False),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), nullable=False),
        sa.Column("made", Instant, nullable=False),
        sa.Column("withdrawn", Instant),
    )
    op.create_index("cosigning_keys_account", "cosigning_keys", ["account", "organisation"])
    op.create_table(
        "cosigned_records",
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), primary_key=True),
        sa.Column("cosignature", sa.Text, sa.ForeignKey("records.record_id"), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("cosigned_records")
    op.drop_table("cosigning_keys")
    op.drop_table("passkey_rules")
    op.drop_table("account_doubts")
    op.drop_table("account_records")
    op.drop_table("account_keys")
