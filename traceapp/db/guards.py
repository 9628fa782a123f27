"""Guards: the database itself refuses to change what is append-only, whoever asks and however.

SQLite: UPDATE and DELETE abort. INSERT OR REPLACE and UPSERT meet a trigger that runs before the conflict is resolved,
so they abort too, even on a connection without recursive_triggers; the rowid that every ordinary table has is a key
like the others. PostgreSQL: UPDATE, DELETE and TRUNCATE raise, and an UPSERT is an UPDATE there.

A guard counts only if it is what this module would make: a trigger that kept its name and lost its teeth is missing.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, MetaData, Table, UniqueConstraint, text

from traceapp.core.errors import Unavailable
from traceapp.db.tables import APPEND_ONLY


def guard_names(table: str, dialect: str) -> tuple[str, ...]:
    """Names of the triggers that guard `table`."""
    if dialect == "sqlite":
        return tuple(f"guard_{table}_{act}" for act in ("update", "delete", "replace"))
    return (f"guard_{table}_row", f"guard_{table}_truncate")


def create_guards(connection: Connection, tables: Iterable[Table] = APPEND_ONLY) -> None:
    """Make the guards of `tables` what they must be; migrations call this and then `require_guards`."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(_FUNCTION.format(body=_BODY)))
    for table in tables:
        statements = _sqlite(connection, table) if connection.dialect.name == "sqlite" else _postgresql(table.name)
        for statement in statements:
            connection.execute(text(statement))


def require_guards(connection: Connection, tables: Iterable[Table] = APPEND_ONLY) -> None:
    """Unavailable when a guard is missing, disabled or another than `create_guards` makes."""
    dialect = connection.dialect.name
    present = _intact_on_sqlite(connection, tables) if dialect == "sqlite" else _intact_on_postgresql(connection)
    wanted = {name for table in tables for name in guard_names(table.name, dialect)}
    if missing := sorted(wanted - present):
        raise Unavailable(f"The database lacks its guards {', '.join(missing)}: run traceapp init to put them back.")


def tables_named(connection: Connection, names: Iterable[str]) -> tuple[Table, ...]:
    """Tables as they are in the database: what a migration guards, whatever the models have become since."""
    tables = tuple(Table(name, MetaData(), autoload_with=connection) for name in names)
    for table in tables:
        # Reflection reports a unique column as a constraint; the guards read it off the column.
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint) and len(constraint.columns) == 1:
                next(iter(constraint.columns)).unique = True
    return tables


def _sqlite(connection: Connection, table: Table) -> Iterable[str]:
    for name, statement in _sqlite_guards(connection, table).items():
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield statement


def _sqlite_guards(connection: Connection, table: Table) -> dict[str, str]:
    """Each guard's statement by its name."""
    name = table.name
    refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
    keys = [[column.name for column in table.primary_key]]
    keys += [[column.name] for column in table.columns if column.unique]
    if _has_rowid(connection, name):
        keys.append(["rowid"])
    same = " OR ".join("(" + " AND ".join(f"{key} = NEW.{key}" for key in one) + ")" for one in keys)
    when = {
        "update": f"BEFORE UPDATE ON {name}",
        "delete": f"BEFORE DELETE ON {name}",
        "replace": f"BEFORE INSERT ON {name} WHEN EXISTS (SELECT 1 FROM {name} WHERE {same})",  # noqa: S608
    }
    return {f"guard_{name}_{act}": f"CREATE TRIGGER guard_{name}_{act} {how} {refuse}" for act, how in when.items()}


def _has_rowid(connection: Connection, table: str) -> bool:
    query = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    return "WITHOUT ROWID" not in str(connection.execute(query, {"name": table}).scalar_one()).upper()


def _intact_on_sqlite(connection: Connection, tables: Iterable[Table]) -> set[str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    found = {(row.name, row.sql) for row in rows}
    wanted = (guard for table in tables for guard in _sqlite_guards(connection, table).items())
    return {name for name, made in wanted if (name, made) in found}


_BODY = " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END "
_FUNCTION = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
# tgtype is a set of bits: 1 for each row, 2 before, 8 DELETE, 16 UPDATE, 32 TRUNCATE.
_INTACT = """
SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
WHERE p.proname = 'refuse_change' AND p.prosrc = :body AND t.tgenabled IN ('O', 'A')
AND t.tgqual IS NULL AND t.tgattr::text = ''
AND (t.tgname, t.tgtype) IN (('guard_' || c.relname || '_row', 27), ('guard_' || c.relname || '_truncate', 34))
"""


def _intact_on_postgresql(connection: Connection) -> set[str]:
    return set(connection.execute(text(_INTACT), {"body": _BODY}).scalars())


def _postgresql(name: str) -> Iterable[str]:
    yield (
        f"CREATE OR REPLACE TRIGGER guard_{name}_row BEFORE UPDATE OR DELETE ON {name} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    yield (
        f"CREATE OR REPLACE TRIGGER guard_{name}_truncate BEFORE TRUNCATE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # Replacing a trigger leaves it as disabled as it was.
    yield f"ALTER TABLE {name} ENABLE TRIGGER guard_{name}_row, ENABLE TRIGGER guard_{name}_truncate"
