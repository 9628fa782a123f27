"""Sprays are found by their plot however its code was typed: `dg-12` and `DG-12` are one, as the rules hold."""

import re
from collections.abc import Callable, Iterable

import sqlalchemy as sa
from alembic import op

from traceapp.core.list_subjects import plots_in
from traceapp.core.quantities import name_key
from traceapp.db import driver
from traceapp.db.chain_build import read
from traceapp.db.guards import create_guards, guard_names, require_guards, tables_named

revision = "0016"
down_revision = "0015"

TABLE = "record_subjects"
_BY_PLOT = "SELECT subject, leaf_index FROM record_subjects WHERE subject LIKE ? OR subject LIKE ?"
_BODIES = (
    "SELECT e.leaf_index, r.body FROM log_entries e JOIN records r ON r.record_id = e.record_id "
    "WHERE e.leaf_index IN ({})"
)
_OF_PLOT = re.compile(r"([^#]*#(?:plot|sprayed=\d{4}-\d\d)=)(.*)", re.DOTALL)
_DROP = "DELETE FROM record_subjects WHERE subject = ? AND leaf_index = ?"
_FILE = "INSERT INTO record_subjects (subject, leaf_index) VALUES (?, ?)"


def upgrade() -> None:
    _file_anew(name_key)


def downgrade() -> None:
    _file_anew(str)


def _file_anew(spelled: Callable[[str], str]) -> None:
    """File every key that ends in a plot's code by the code as it is `spelled`."""
    connection = op.get_bind()
    filed: dict[int, set[str]] = {}
    for subject, leaf_index in driver.run(connection, _BY_PLOT, ("%#plot=%", "%#sprayed=%")):
        filed.setdefault(leaf_index, set()).add(subject)
    place = f" ON {TABLE}" if connection.dialect.name == "postgresql" else ""
    for name in guard_names(TABLE, connection.dialect.name):
        connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}{place}"))
    for leaf_index, body in driver.run_for(connection, _BODIES, filed):
        before = filed[leaf_index]
        after = _keys(before, body, spelled)
        for subject in sorted(before - after):
            driver.change(connection, _DROP, (subject, leaf_index))
        for subject in sorted(after - before):
            driver.change(connection, _FILE, (subject, leaf_index))
    guarded = tables_named(connection, [TABLE])
    create_guards(connection, guarded)
    require_guards(connection, guarded)


def _keys(before: Iterable[str], body: bytes, spelled: Callable[[str], str]) -> set[str]:
    """The keys of one record as they will be; one that ends in none of its plots stays as it is."""
    subject = read(body).get("credentialSubject")
    kde = subject.get("traceapp:kde") if isinstance(subject, dict) else None
    plots = set(plots_in(kde)) if isinstance(kde, dict) else set()
    return {key for one in before for key in _spelled(one, plots, spelled)}


def _spelled(key: str, plots: Iterable[str], spelled: Callable[[str], str]) -> set[str]:
    found = _OF_PLOT.fullmatch(key)
    if found is None:
        return {key}
    start, code = found.groups()
    return {start + spelled(plot) for plot in plots if code in (plot, name_key(plot))} or {key}
