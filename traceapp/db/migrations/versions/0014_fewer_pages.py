"""A capture changes fewer pages: the tree's size and root stand in the newest checkpoint alone, and what is left of the
head is the lock; SQLite keeps personal values by their key, without a second tree that leads to them.
"""

import sqlalchemy as sa
from alembic import op

from traceapp.core.merkle import Frontier
from traceapp.db.types import Whole

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table("log_lock", sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))
    op.execute("INSERT INTO log_lock (id) SELECT id FROM log_head")
    op.drop_table("log_head")
    _keep_personal(with_rowid=False)


def downgrade() -> None:
    _keep_personal(with_rowid=True)
    head = op.create_table(
        "log_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", Whole, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
    )
    connection = op.get_bind()
    if connection.execute(sa.text("SELECT id FROM log_lock")).first():
        tree = Frontier()
        tree.extend(connection.execute(sa.text("SELECT leaf_hash FROM log_entries ORDER BY leaf_index")).scalars())
        op.execute(sa.insert(head).values(id=1, size=tree.size, frontier=tree.to_bytes()))
    op.drop_table("log_lock")


def _keep_personal(*, with_rowid: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.rename_table("personal", "personal_before")
    op.create_table(
        "personal",
        sa.Column("record_id", sa.Text, sa.ForeignKey("records.record_id"), primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=with_rowid,
    )
    op.execute(
        "INSERT INTO personal (record_id, field, value, salt) SELECT record_id, field, value, salt FROM personal_before"
    )
    op.drop_table("personal_before")
