"""The chain of lots under numbers, shipments, cases, and who was told of a recall; filed from the records there are."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.chain_build import rebuild
from traceapp.db.tables import Instant, Whole

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "chain_lots",
        sa.Column("number", Whole, primary_key=True),
        sa.Column("lot", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "chain_edges",
        sa.Column("output", Whole, primary_key=True, autoincrement=False),
        sa.Column("input", Whole, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_index("chain_edges_input", "chain_edges", ["input", "output"])
    op.create_table(
        "shipments",
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("lot", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text),
    )
    op.create_index("ix_shipments_lot", "shipments", ["lot"])
    op.create_index("shipments_receiver", "shipments", ["receiver", "record_id"])
    op.create_index("shipments_sender", "shipments", ["sender", "record_id"])
    op.create_table(
        "cases",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("packed", sa.Boolean, nullable=False),
    )
    op.create_index("cases_owner", "cases", ["owner", "record_id"])
    op.create_table(
        "case_contents",
        sa.Column("lot", sa.Text, primary_key=True),
        sa.Column("first", Whole, primary_key=True, autoincrement=False),
        sa.Column("last", Whole, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
    )
    op.create_index("ix_case_contents_case_id", "case_contents", ["case_id"])
    op.create_table(
        "recall_notices",
        sa.Column("id", Whole, primary_key=True),
        sa.Column("recall", sa.Text, nullable=False),
        sa.Column("lot", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("lots", sa.Integer, nullable=False),
        sa.Column("sent", Instant, nullable=False),
        sa.Column("seen", Instant),
        sa.UniqueConstraint("recall", "holder"),
    )
    op.create_index("recall_notices_holder", "recall_notices", ["holder", "id"])
    # A later migration that changes these tables takes this over: it must not run on tables that are not there yet.
    rebuild(op.get_bind())
    op.drop_table("lot_edges")


def downgrade() -> None:
    op.create_table(
        "lot_edges",
        sa.Column("output_lot", sa.Text, primary_key=True),
        sa.Column("input_lot", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("lot_edges_input", "lot_edges", ["input_lot", "output_lot"])
    op.execute(
        "INSERT INTO lot_edges SELECT o.lot, i.lot FROM chain_edges e "
        "JOIN chain_lots o ON o.number = e.output JOIN chain_lots i ON i.number = e.input"
    )
    for name in ("recall_notices", "case_contents", "cases", "shipments", "chain_edges", "chain_lots"):
        op.drop_table(name)
