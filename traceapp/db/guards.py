"""Guards: the database itself refuses to change what is append-only, whoever asks and however.

SQLite: UPDATE and DELETE abort. INSERT OR REPLACE and UPSERT meet a trigger that runs before the conflict is resolved,
so they abort too, even on a connection without recursive_triggers. PostgreSQL: UPDATE, DELETE and TRUNCATE raise, and
an UPSERT is an UPDATE there.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table, text

from traceapp.core.errors import Unavailable
from traceapp.db.tables import APPEND_ONLY


def guard_names(table: str, dialect: str) -> tuple[str, ...]:
    """Names of the triggers that guard `table`."""
    if dialect == "sqlite":
        return tuple(f"guard_{table}_{act}" for act in ("update", "delete", "replace"))
    return (f"guard_{table}_row", f"guard_{table}_truncate")


def create_guards(connection: Connection, tables: tuple[Table, ...] = APPEND_ONLY) -> None:
    """Create the guards of `tables` where they are missing; migrations call this and then `require_guards`."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(text(_POSTGRESQL_FUNCTION))
    for table in tables:
        for statement in _sqlite(table) if dialect == "sqlite" else _postgresql(table.name):
            connection.execute(text(statement))


def require_guards(connection: Connection, tables: tuple[Table, ...] = APPEND_ONLY) -> None:
    """Unavailable when a guard is missing or, on PostgreSQL, disabled."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    else:
        found = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"))
    present = set(found.scalars())
    wanted = {name for table in tables for name in guard_names(table.name, connection.dialect.name)}
    if missing := sorted(wanted - present):
        raise Unavailable(f"The database lacks its guards {', '.join(missing)}: run traceapp init to put them back.")


def _sqlite(table: Table) -> Iterator[str]:
    name = table.name
    refuse = f"SELECT RAISE(ABORT, '{name} is append-only')"
    for act in ("update", "delete"):
        yield f"CREATE TRIGGER IF NOT EXISTS guard_{name}_{act} BEFORE {act.upper()} ON {name} BEGIN {refuse}; END"
    keys = [[column.name for column in table.primary_key]]
    keys += [[column.name] for column in table.columns if column.unique]
    same = " OR ".join("(" + " AND ".join(f"{key} = NEW.{key}" for key in one) + ")" for one in keys)
    yield (
        f"CREATE TRIGGER IF NOT EXISTS guard_{name}_replace BEFORE INSERT ON {name} "  # noqa: S608
        f"WHEN EXISTS (SELECT 1 FROM {name} WHERE {same}) BEGIN {refuse}; END"
    )


_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def _postgresql(name: str) -> Iterator[str]:
    yield (
        f"CREATE OR REPLACE TRIGGER guard_{name}_row BEFORE UPDATE OR DELETE ON {name} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    yield (
        f"CREATE OR REPLACE TRIGGER guard_{name}_truncate BEFORE TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
