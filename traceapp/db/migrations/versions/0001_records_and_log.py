"""Records, the log, and the current state that indexes them."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.guards import create_guards, require_guards, tables_named
from traceapp.db.tables import Instant, Whole

revision = "0001"
down_revision = None

GUARDED = ("records", "log_entries", "record_subjects", "log_tiles", "checkpoints", "cosignatures", "trust_lists")


def _key(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, primary_key=True)


def _record() -> "sa.Column[str]":
    return sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "records",
        _key("record_id"),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("record_time", Instant, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_entries",
        sa.Column("leaf_index", Whole, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.Text, nullable=False, unique=True),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "record_subjects",
        _key("subject"),
        sa.Column("leaf_index", Whole, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tile", Whole, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", Whole, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "cosignatures",
        sa.Column("size", Whole, primary_key=True, autoincrement=False),
        _key("witness"),
        sa.Column("time", Instant, nullable=False),
        sa.Column("line", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "trust_lists",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", Whole, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    op.create_table("service", _key("name"), sa.Column("value", sa.Text, nullable=False))
    _create_registers()
    connection = op.get_bind()
    tables = tables_named(connection, GUARDED)
    create_guards(connection, tables)
    require_guards(connection, tables)


def _create_registers() -> None:
    op.create_table(
        "organisations",
        _key("id"),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("identity_state", sa.Text, nullable=False),
        _record(),
    )
    op.create_table(
        "facilities",
        _key("id"),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        _record(),
    )
    op.create_table(
        "products",
        _key("id"),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("organisation", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        _record(),
    )
    op.create_table(
        "lots",
        _key("id"),
        sa.Column("product", sa.Text, sa.ForeignKey("products.id"), nullable=False),
        sa.Column("lot", sa.Text, nullable=False),
        _record(),
        sa.UniqueConstraint("product", "lot"),
    )
    op.create_index("lots_lot", "lots", ["lot"])
    op.create_table("lot_edges", _key("output_lot"), _key("input_lot"), sqlite_with_rowid=False)
    op.create_index("lot_edges_input", "lot_edges", ["input_lot", "output_lot"])
    op.create_table(
        "certificates",
        _key("id"),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("status_index", sa.Integer, nullable=False, unique=True),
        _record(),
    )
    op.create_index("ix_certificates_about", "certificates", ["about"])
    op.create_table(
        "label_runs",
        _key("id"),
        sa.Column("lot", sa.Text, sa.ForeignKey("lots.id"), nullable=False),
        sa.Column("first", Whole, nullable=False),
        sa.Column("count", Whole, nullable=False),
        sa.Column("signed", sa.Boolean, nullable=False),
        sa.Column("serial_key", sa.Text, nullable=False),
        sa.Column("printed_path", sa.Text, nullable=False),
        _record(),
        sa.UniqueConstraint("lot", "first"),
    )
    op.create_table(
        "personal",
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), primary_key=True),
        _key("field"),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for name in (
        "personal label_runs certificates lot_edges lots products facilities organisations service log_head "
        "trust_lists cosignatures checkpoints log_tiles record_subjects log_entries records"
    ).split():
        op.drop_table(name)
