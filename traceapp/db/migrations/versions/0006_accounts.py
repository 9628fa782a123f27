"""Accounts: who may sign in, for whom; sessions, passkeys, links that were sent; disputes about product codes."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.guards import create_guards, require_guards, tables_named
from traceapp.db.tables import Instant, Whole

revision = "0006"
down_revision = "0005"

TABLES = (
    "account_trail",
    "claims",
    "sign_in_turns",
    "account_tokens",
    "recovery_codes",
    "passkeys",
    "sessions",
    "memberships",
    "accounts",
)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("password", sa.Text),
        sa.Column("party", sa.Text, sa.ForeignKey("organisations.id")),
        sa.Column("created", Instant, nullable=False),
        sa.Column("disabled", Instant),
    )
    op.create_table(
        "memberships",
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("since", Instant, nullable=False),
    )
    op.create_index("memberships_organisation", "memberships", ["organisation"])
    op.create_table(
        "sessions",
        sa.Column("token", sa.LargeBinary, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id")),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("started", Instant, nullable=False),
        sa.Column("seen", Instant, nullable=False),
        sa.Column("expires", Instant, nullable=False),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_table(
        "passkeys",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", Whole, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", Instant, nullable=False),
        sa.Column("used", Instant),
    )
    op.create_index("ix_passkeys_account", "passkeys", ["account"])
    op.create_table(
        "recovery_codes",
        sa.Column("account", sa.Text, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("code", sa.LargeBinary, primary_key=True),
        sa.Column("used", Instant),
    )
    op.create_table(
        "account_tokens",
        sa.Column("token", sa.LargeBinary, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("made", Instant, nullable=False),
        sa.Column("expires", Instant, nullable=False),
    )
    op.create_index("ix_account_tokens_expires", "account_tokens", ["expires"])
    op.create_table(
        "sign_in_turns",
        sa.Column("who", sa.LargeBinary, primary_key=True),
        sa.Column("quarter", Whole, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "claims",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("claimant", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("made", Instant, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided", Instant),
        sa.Column("decided_by", sa.Text),
    )
    op.create_index("ix_claims_code", "claims", ["code"])
    op.create_table(
        "account_trail",
        sa.Column("seq", Whole, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("line", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    tables = tables_named(op.get_bind(), ["account_trail"])
    create_guards(op.get_bind(), tables)
    require_guards(op.get_bind(), tables)


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
