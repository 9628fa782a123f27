"""Index keys by which lists find the few records that they show; filed for the records there are."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from traceapp.core.list_subjects import list_subjects
from traceapp.db import driver
from traceapp.db.chain_build import read
from traceapp.db.guards import create_guards, guard_names, require_guards, tables_named

revision = "0015"
down_revision = "0014"

BATCH = 1000
_SOME = (
    "SELECT e.leaf_index, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index >= ? ORDER BY e.leaf_index LIMIT ?"
)
_FILE = sa.text("INSERT INTO record_subjects (subject, leaf_index) VALUES (:subject, :leaf_index)")


def upgrade() -> None:
    connection, after = op.get_bind(), 0
    while rows := driver.run(connection, _SOME, (after, BATCH)):
        filed = [(key, leaf_index) for leaf_index, body in rows for key in dict.fromkeys(_keys(body))]
        if filed:
            connection.execute(_FILE, [{"subject": key, "leaf_index": leaf_index} for key, leaf_index in filed])
        after = rows[-1][0] + 1


def _keys(body: bytes) -> Iterator[str]:
    document = read(body)
    subject = document.get("credentialSubject")
    return list_subjects(document, subject) if isinstance(subject, dict) else iter(())


def downgrade() -> None:
    # The version before holds every key for a lie that it does not know.
    connection, table = op.get_bind(), "record_subjects"
    place = f" ON {table}" if connection.dialect.name == "postgresql" else ""
    for name in guard_names(table, connection.dialect.name):
        connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}{place}"))
    for key in ("stage=%", "waits=%", "sprayed=%", "done", "stops"):
        own = f"subject LIKE '%#{key}' AND subject NOT LIKE '%#plot=%'"
        connection.execute(sa.text(f"DELETE FROM {table} WHERE {own}"))  # noqa: S608
    guarded = tables_named(connection, [table])
    create_guards(connection, guarded)
    require_guards(connection, guarded)
