"""Measurements are found by their control point, however long ago the last one was."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from traceapp.core.list_subjects import list_subjects
from traceapp.db import driver
from traceapp.db.chain_build import read
from traceapp.db.guards import create_guards, guard_names, require_guards, tables_named

revision = "0018"
down_revision = "0017"

TABLE = "record_subjects"
_THERE = "SELECT subject, leaf_index FROM record_subjects WHERE subject LIKE ?"
_BODIES = (
    "SELECT e.leaf_index, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index IN ({})"
)
_FILE = "INSERT INTO record_subjects (subject, leaf_index) VALUES (?, ?)"
_OWN = "subject LIKE '%#ccp=%' AND subject NOT LIKE '%#plot=%' AND subject NOT LIKE '%#sprayed=%'"


def upgrade() -> None:
    connection = op.get_bind()
    # A database that came up from afar has them: that migration files what is known today.
    there = {(subject, leaf_index) for subject, leaf_index in driver.run(connection, _THERE, ("%#ccp=%",))}
    measured = {leaf_index for _, leaf_index in driver.run(connection, _THERE, ("%#stage=CCP",))}
    for leaf_index, body in driver.run_for(connection, _BODIES, measured):
        for key in _keys(body):
            if (key, leaf_index) not in there:
                driver.change(connection, _FILE, (key, leaf_index))


def _keys(body: bytes) -> Iterator[str]:
    document = read(body)
    subject = document.get("credentialSubject")
    keys = list_subjects(document, subject) if isinstance(subject, dict) else iter(())
    return (key for key in keys if "#ccp=" in key)


def downgrade() -> None:
    # The version before holds every key for a lie that it does not know.
    connection = op.get_bind()
    place = f" ON {TABLE}" if connection.dialect.name == "postgresql" else ""
    for name in guard_names(TABLE, connection.dialect.name):
        connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}{place}"))
    connection.execute(sa.text(f"DELETE FROM {TABLE} WHERE {_OWN}"))  # noqa: S608
    guarded = tables_named(connection, [TABLE])
    create_guards(connection, guarded)
    require_guards(connection, guarded)
