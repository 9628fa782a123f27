"""What can be searched for, filed from the records there are."""

import sqlalchemy as sa
from alembic import op

from traceapp.db.search import create_index, drop_index
from traceapp.db.search_build import rebuild
from traceapp.db.tables import Whole

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "search_documents",
        sa.Column("id", Whole, primary_key=True),
        sa.Column("product", sa.Text, nullable=False, unique=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("province", sa.Text),
        sa.Column("sort_name", sa.Text, nullable=False),
        sa.Column("lots", sa.Text, nullable=False),
    )
    op.create_index("ix_search_documents_organisation", "search_documents", ["organisation"])
    op.create_table(
        "search_stars",
        sa.Column(
            "document", Whole, sa.ForeignKey("search_documents.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("since", sa.Text, primary_key=True),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("stars", sa.Integer, nullable=False),
    )
    create_index(op.get_bind())
    # A later migration that changes these tables takes this over: it must not run on tables that are not there yet.
    rebuild(op.get_bind())


def downgrade() -> None:
    drop_index(op.get_bind())
    op.drop_table("search_stars")
    op.drop_table("search_documents")
