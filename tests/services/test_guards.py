"""What is append-only cannot be changed, through any door that SQL has, on either database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Integer, LargeBinary, Table, delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from tests.check_log import check_log
from tests.conftest import settings_for
from tests.services.cast import Cast
from tests.worlds import KINDS, Copies
from traceapp.core.errors import Unavailable
from traceapp.db import migrate
from traceapp.db.guards import create_guards, guard_names, require_guards
from traceapp.db.tables import APPEND_ONLY, Bytes, Instant, records
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

tables = pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda table: table.name)


def invented(table: Table, number: int) -> dict[str, Any]:
    """A row that no other row is like."""

    def value(column: Any) -> Any:
        if isinstance(column.type, Instant):
            return datetime(2026, 1, 1, tzinfo=UTC)
        if isinstance(column.type, Bytes | LargeBinary):
            return f"bytes {number}".encode()
        return number if issubclass(column.type.python_type, int) else f"text {number}"

    return {column.name: value(column) for column in table.columns}


def fill(connection: Connection, which: tuple[Table, ...] = APPEND_ONLY) -> None:
    """Every table has rows to attack."""
    for table in which:
        connection.execute(insert(table), [invented(table, 900_001), invented(table, 900_002)])


@pytest.fixture(scope="module", params=KINDS)
def filled(
    request: pytest.FixtureRequest,
    originals: Callable[[str, str], tuple[World, Cast]],
    shared_copies: Copies,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """A world with rows in every append-only table. Whatever a test tries, nothing changes: one is enough."""
    original, _ = originals("cast", request.param)
    world = shared_copies.copy(original, tmp_path_factory.mktemp("filled") / "world")
    with world.engine.begin() as connection:
        fill(connection)
    yield world
    world.engine.dispose()


def contents(world: World, table: Table) -> list[Any]:
    with world.engine.connect() as connection:
        return sorted(map(repr, connection.execute(select(table))))


@contextmanager
def refused(world: World, table: Table) -> Iterator[Connection]:
    """Whatever is done inside fails, and the table is as it was."""
    before = contents(world, table)
    with pytest.raises(DBAPIError, match=f"{table.name} is append-only"), world.engine.begin() as connection:
        yield connection
    assert contents(world, table) == before


@tables
def test_no_column_is_updated(filled: World, table: Table) -> None:
    for column in table.columns:
        with refused(filled, table) as connection:
            connection.execute(update(table).values({column.name: column}))


@tables
def test_no_row_is_deleted(filled: World, table: Table) -> None:
    with refused(filled, table) as connection:
        connection.execute(delete(table))
    with refused(filled, table) as connection:
        key = next(iter(table.primary_key))
        connection.execute(delete(table).where(key == invented(table, 900_001)[key.name]))


@tables
def test_no_row_is_overwritten_by_an_upsert(filled: World, table: Table) -> None:
    dialect = sqlite if filled.engine.dialect.name == "sqlite" else postgresql
    row = {**invented(table, 900_002), **{key.name: invented(table, 900_001)[key.name] for key in table.primary_key}}
    keys = [key.name for key in table.primary_key]
    with refused(filled, table) as connection:
        statement = dialect.insert(table).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=row))


@tables
def test_no_table_is_truncated(filled: World, table: Table) -> None:
    if filled.engine.dialect.name == "sqlite":
        # SQLite has no TRUNCATE; its DELETE without a condition is optimised into one where no trigger forbids it.
        with refused(filled, table) as connection:
            connection.execute(text(f"DELETE FROM {table.name}"))
        return
    # TRUNCATE alone is refused for a foreign key on some tables; CASCADE gets past that.
    for how in (" CASCADE", " RESTART IDENTITY CASCADE"):
        with refused(filled, table) as connection:
            connection.execute(text(f"TRUNCATE {table.name}{how}"))


def file_of(world: World) -> Path:
    return Path(str(world.engine.url.database))


@contextmanager
def raw_refused(world: World, table: Table) -> Iterator[sqlite3.Connection]:
    """The same through a bare connection: no recursive_triggers, no foreign keys, nothing of ours."""
    before = contents(world, table)
    connection = sqlite3.connect(file_of(world))
    try:
        assert connection.execute("PRAGMA recursive_triggers").fetchone() == (0,)
        with pytest.raises(sqlite3.IntegrityError, match=f"{table.name} is append-only"):
            yield connection
            connection.commit()
    finally:
        connection.close()
    assert contents(world, table) == before


def _insert(table: Table, verb: str, columns: list[str]) -> str:
    return f"{verb} INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _raw(values: dict[str, Any]) -> list[Any]:
    return [value.isoformat(" ") if isinstance(value, datetime) else value for value in values.values()]


on_sqlite = pytest.mark.parametrize("filled", ["sqlite"], indirect=True)


@on_sqlite
@tables
def test_no_row_is_replaced_through_any_of_its_keys(filled: World, table: Table) -> None:
    keys = [[key.name for key in table.primary_key]]
    keys += [[column.name] for column in table.columns if column.unique]
    for key in keys:
        row = {**invented(table, 900_003), **{name: invented(table, 900_001)[name] for name in key}}
        for verb in ("INSERT OR REPLACE", "REPLACE"):
            with raw_refused(filled, table) as connection:
                connection.execute(_insert(table, verb, list(row)), _raw(row))


HIDDEN_KEY = [
    table
    for table in APPEND_ONLY
    if table.dialect_options["sqlite"]["with_rowid"]
    # A single INTEGER key is the rowid.
    and not (len(table.primary_key) == 1 and isinstance(next(iter(table.primary_key)).type, Integer))
]


@on_sqlite
@pytest.mark.parametrize("table", HIDDEN_KEY, ids=lambda table: table.name)
def test_no_row_is_replaced_through_its_rowid(filled: World, table: Table) -> None:
    """The rowid is a key too, though no column shows it."""
    with closing(sqlite3.connect(file_of(filled))) as connection:
        rowid = connection.execute(f"SELECT max(rowid) FROM {table.name}").fetchone()[0]
    row = {"rowid": rowid, **invented(table, 900_003)}
    with raw_refused(filled, table) as connection:
        connection.execute(_insert(table, "INSERT OR REPLACE", list(row)), _raw(row))


@on_sqlite
@tables
def test_no_row_is_moved_over_another(filled: World, table: Table) -> None:
    key = next(iter(table.primary_key)).name
    ends = invented(table, 900_001)[key], invented(table, 900_002)[key]
    with raw_refused(filled, table) as connection:
        connection.execute(f"UPDATE OR REPLACE {table.name} SET {key} = ? WHERE {key} = ?", ends)


@on_sqlite
@tables
def test_a_bare_connection_changes_nothing_either(filled: World, table: Table) -> None:
    column = list(table.columns)[-1].name
    for statement in (f"UPDATE {table.name} SET {column} = {column}", f"DELETE FROM {table.name}"):
        with raw_refused(filled, table) as connection:
            connection.execute(statement)


@on_sqlite
@tables
def test_a_bare_connection_upserts_nothing(filled: World, table: Table) -> None:
    row = invented(table, 900_001)
    keys = ", ".join(key.name for key in table.primary_key)
    column = list(table.columns)[-1].name
    for action in (f"UPDATE SET {column} = excluded.{column}", "NOTHING"):
        with raw_refused(filled, table) as connection:
            statement = _insert(table, "INSERT", list(row))
            connection.execute(f"{statement} ON CONFLICT ({keys}) DO {action}", _raw(row))


def drop_guard(world: World, table: Table, name: str) -> None:
    on = f" ON {table.name}" if world.engine.dialect.name == "postgresql" else ""
    with world.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {name}{on}"))


def require_noticed_and_put_back(world: World, name: str) -> None:
    with pytest.raises(Unavailable, match=rf"lacks its guards {name}: run traceapp init"):
        check_log(world)
    initialise(world)
    check_log(world)


@tables
def test_a_dropped_guard_is_missed_by_name(cast: Cast, table: Table) -> None:
    with cast.world.engine.connect() as connection:
        for name in guard_names(table.name, connection.dialect.name):
            on = f" ON {table.name}" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{on}"))
            with pytest.raises(Unavailable, match=rf"lacks its guards {name}: run traceapp init"):
                require_guards(connection)
            create_guards(connection)
            require_guards(connection)


def test_a_dropped_guard_is_noticed_by_the_log_check_and_put_back_by_init(cast: Cast) -> None:
    name = guard_names("records", cast.world.engine.dialect.name)[0]
    drop_guard(cast.world, records, name)
    require_noticed_and_put_back(cast.world, name)
    with refused(cast.world, records) as connection:
        connection.execute(update(records).values(body=b""))


def hollow_guards(world: World) -> Iterator[tuple[str, list[str]]]:
    """Guards that still have their names and no longer guard."""
    if world.engine.dialect.name == "sqlite":
        hollow = "CREATE TRIGGER guard_records_delete BEFORE DELETE ON records WHEN 0 BEGIN SELECT 1; END"
        yield "guard_records_delete", ["DROP TRIGGER guard_records_delete", hollow]
        elsewhere = (
            "CREATE TRIGGER guard_records_update BEFORE UPDATE ON service "
            "BEGIN SELECT RAISE(ABORT, 'records is append-only'); END"
        )
        yield "guard_records_update", ["DROP TRIGGER guard_records_update", elsewhere]
        return
    yield "guard_records_row", ["ALTER TABLE records DISABLE TRIGGER guard_records_row"]
    yield "guard_records_row", ["ALTER TABLE records ENABLE REPLICA TRIGGER guard_records_row"]
    harmless = (
        "CREATE OR REPLACE FUNCTION harmless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        "CREATE OR REPLACE TRIGGER guard_records_row BEFORE UPDATE OR DELETE ON records "
        "FOR EACH ROW EXECUTE FUNCTION harmless()",
    )
    yield "guard_records_row", list(harmless)
    elsewhere = (
        "DROP TRIGGER guard_records_row ON records",
        "CREATE TRIGGER guard_records_row BEFORE UPDATE OR DELETE ON service "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    )
    yield "guard_records_row", list(elsewhere)
    never = (
        "DROP TRIGGER guard_records_row ON records",
        "CREATE TRIGGER guard_records_row BEFORE UPDATE OR DELETE ON records "
        "FOR EACH ROW WHEN (false) EXECUTE FUNCTION refuse_change()",
    )
    yield "guard_records_row", list(never)


def test_a_guard_that_only_keeps_its_name_is_noticed_and_put_back(cast: Cast) -> None:
    for name, statements in hollow_guards(cast.world):
        with cast.world.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        require_noticed_and_put_back(cast.world, name)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=False)
def test_a_guards_function_that_was_hollowed_out_is_noticed_and_put_back(cast: Cast) -> None:
    hollow = (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    )
    with cast.world.engine.begin() as connection:
        connection.execute(text(hollow))
    with pytest.raises(Unavailable, match="lacks its guards"):
        check_log(cast.world)
    initialise(cast.world)
    check_log(cast.world)


OLDER = tuple(table for table in APPEND_ONLY if table.name not in ("audit", "account_trail"))


def require_guarded(world: World, table: Table) -> None:
    """Every way in is shut: update, delete, upsert, and replace or truncate, whichever the database has."""
    first = {key.name: invented(table, 900_001)[key.name] for key in table.primary_key}
    row = {**invented(table, 900_003), **first}
    dialect = sqlite if world.engine.dialect.name == "sqlite" else postgresql
    attacks = [
        update(table).values({table.c[0].name: table.c[0]}),
        delete(table),
        dialect.insert(table).values(row).on_conflict_do_update(index_elements=list(first), set_=row),
    ]
    attacks += [text(f"TRUNCATE {table.name} CASCADE")] if dialect is postgresql else []
    for attack in attacks:
        with refused(world, table) as connection:
            connection.execute(attack)
    if dialect is sqlite:
        with raw_refused(world, table) as connection:
            connection.execute(_insert(table, "INSERT OR REPLACE", list(row)), _raw(row))


def test_an_older_schema_guards_what_it_has(cast: Cast) -> None:
    migrate.downgrade(cast.world.engine, "0001")
    with cast.world.engine.begin() as connection:
        fill(connection, OLDER)
    for table in OLDER:
        require_guarded(cast.world, table)


def test_the_first_schema_ever_guards_what_it_has(kind: str, tmp_path: Path, copies: Copies) -> None:
    world = World(settings_for(tmp_path, copies.database(kind, tmp_path)))
    migrate.upgrade(world.engine, "0001")
    with world.engine.begin() as connection:
        fill(connection, OLDER)
    for table in OLDER:
        require_guarded(world, table)
    world.engine.dispose()


def test_upgrading_a_schema_with_data_in_it_guards_everything(cast: Cast) -> None:
    """Even where its guards had been lost."""
    migrate.downgrade(cast.world.engine, "0001")
    for table in OLDER:
        for name in guard_names(table.name, cast.world.engine.dialect.name):
            drop_guard(cast.world, table, name)
    with cast.world.engine.begin() as connection:
        fill(connection, OLDER)
    migrate.upgrade(cast.world.engine)
    with cast.world.engine.begin() as connection:
        fill(connection, tuple(table for table in APPEND_ONLY if table not in OLDER))
    for table in APPEND_ONLY:
        require_guarded(cast.world, table)
