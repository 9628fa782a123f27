"""No page is made from a table's column: altering any of them changes nothing, or the page says tampered.

Every column is altered in all its rows at once by raw SQL, all lots of the demonstration are judged, and the alteration
is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, String, Table, delete, select, text

from tests.builders import demo
from tests.services.cast import look
from tests.worlds import KINDS, Copies
from traceapp.core.gates import refuses
from traceapp.core.verdict import Verdict
from traceapp.db import tables
from traceapp.db.guards import guard_names
from traceapp.db.tables import APPEND_ONLY, Bytes, Instant, lots, metadata, personal
from traceapp.services.world import World

LETTERS = {"messages", "message_private", "message_turns"}
"""What consumers wrote: of no record, and empty in the demonstration."""
INDEXES = {table.name for table in vars(tables).values() if isinstance(table, Table)} | {"chain_lots", "chain_edges"}
"""What is made from records. Tables of other areas (accounts, the diary's drafts, jobs, deliveries, cases …) are their
own, and no verdict page reads them.
"""
DOMAIN = tuple(
    table
    for table in metadata.sorted_tables
    if table.name in INDEXES - LETTERS and table not in APPEND_ONLY and table is not personal
)
COLUMNS = [column for table in DOMAIN for column in table.columns]
BROKEN = {"record-tampered", "record-missing"}


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest,
    originals: Callable[[str, str], tuple[World, None]],
    shared_copies: Copies,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    original, _ = originals("demo", request.param)
    world = shared_copies.copy(original, tmp_path_factory.mktemp("tampered") / "world")
    yield world
    world.engine.dispose()


@pytest.fixture(scope="module")
def untouched(world: World) -> dict[str, Verdict]:
    with world.engine.connect() as connection:
        return judged(world, connection)


def ids(connection: Connection) -> list[str]:
    return sorted(connection.execute(select(lots.c.id)).scalars())


def judged(world: World, connection: Connection, things: list[str] | None = None) -> dict[str, Verdict]:
    return {thing: look(world, thing, connection)[1] for thing in things or ids(connection)}


@contextmanager
def unguarded(world: World) -> Iterator[Connection]:
    """A connection that may break foreign keys and has no guards in its way; rolled back at the end."""
    with world.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            for table in APPEND_ONLY:
                for name in guard_names(table.name, "sqlite"):
                    connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection


def another(column: Column[Any]) -> str:
    """SQL for another value of the column's type, different in each row, so that no key collides."""
    name = column.name
    if isinstance(column.type, Boolean):
        return f"NOT {name}"
    if isinstance(column.type, Integer):
        return f"{name} + 1000003"
    if isinstance(column.type, Bytes | LargeBinary):
        return f"{name} || {name}"
    assert isinstance(column.type, String), column
    return f"{name} || 'x'"


def alter(connection: Connection, column: Column[Any], to: str) -> int:
    return connection.execute(text(f"UPDATE {column.table.name} SET {column.name} = {to}")).rowcount


def test_every_domain_table_is_looked_at() -> None:
    names = {table.name for table in DOMAIN}
    assert names == {
        "log_lock", "service", "organisations", "facilities", "products", "lots", "chain_lots", "chain_edges",
        "certificates", "label_runs", "search_documents", "search_stars",
    }  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_an_altered_column_changes_no_page(world: World, untouched: dict[str, Verdict], column: Column[Any]) -> None:
    with unguarded(world) as connection:
        assert alter(connection, column, another(column)) > 0
        assert judged(world, connection, list(untouched)) == untouched


def test_emptied_domain_tables_change_no_page(world: World, untouched: dict[str, Verdict]) -> None:
    with unguarded(world) as connection:
        for table in reversed(DOMAIN):
            connection.execute(delete(table))
        assert judged(world, connection, list(untouched)) == untouched


@pytest.mark.parametrize("column", [personal.c.value, personal.c.salt, personal.c.field], ids=str)
def test_an_altered_personal_value_shows_as_tampered(
    world: World, untouched: dict[str, Verdict], column: Column[Any]
) -> None:
    with unguarded(world) as connection:
        assert alter(connection, column, another(column)) > 0
        for thing, verdict in judged(world, connection, list(untouched)).items():
            assert verdict.headline == "record-tampered", thing
            assert any(map(refuses, verdict.findings))


def test_a_personal_value_moved_to_another_record_never_speaks(world: World, untouched: dict[str, Verdict]) -> None:
    """It is missing where it was, as if erased; where it went nobody reads it."""
    with unguarded(world) as connection:
        connection.execute(delete(personal))
        erased = judged(world, connection, list(untouched))
    with unguarded(world) as connection:
        alter(connection, personal.c.record_id, "record_id || 'x'")
        assert judged(world, connection, list(untouched)) == erased


ODD = ["NaN", "1e999", "9007199254740993", '"\\ud800"', "[" * 5000, '{"a": 1, "a": 2}', "", "null", "\\", "{"]


@pytest.mark.parametrize("value", ODD, ids=[text[:12] for text in ODD])
def test_a_personal_value_that_is_no_json_shows_as_tampered(world: World, untouched: Any, value: str) -> None:
    thing = next(iter(untouched))
    with unguarded(world) as connection:
        connection.execute(text("UPDATE personal SET value = :value"), {"value": value})
        assert judged(world, connection, [thing])[thing].headline == "record-tampered"


GUARDED = [
    column
    for table in APPEND_ONLY
    if table.name in ("records", "log_entries", "record_subjects")
    for column in table.columns
]


@pytest.mark.parametrize("column", GUARDED, ids=str)
def test_an_altered_record_or_line_is_never_believed(
    world: World, untouched: dict[str, Verdict], column: Column[Any]
) -> None:
    """Past the guards: the page is unchanged, or says that something is wrong, or knows nothing."""
    to = "now()" if isinstance(column.type, Instant) and world.engine.dialect.name == "postgresql" else None
    to = to or ("'2020-01-01 00:00:00'" if isinstance(column.type, Instant) else another(column))
    things = list(untouched)[:4]
    with unguarded(world) as connection:
        alter(connection, column, to)
        for thing, verdict in judged(world, connection, things).items():
            codes = {finding.code for finding in verdict.findings}
            assert verdict == untouched[thing] or codes & BROKEN or "foreign-code" in codes


HIDING = {
    "the record": "DELETE FROM records WHERE type = 'RecallRecord'",
    "its line in the log": "DELETE FROM log_entries WHERE record_id IN "
    "(SELECT record_id FROM records WHERE type = 'RecallRecord')",
}


@pytest.mark.parametrize("how", HIDING.values(), ids=list(HIDING))
def test_a_recall_that_was_deleted_leaves_a_hole_that_shows(
    world: World, untouched: dict[str, Verdict], how: str
) -> None:
    recalled = next(thing for thing, verdict in untouched.items() if verdict.headline == "lot-recalled")
    with unguarded(world) as connection:
        connection.execute(text(how))
        assert judged(world, connection, [recalled])[recalled].headline in BROKEN


def typed_values() -> Iterator[tuple[Table, str]]:
    for table in (*DOMAIN, personal, *APPEND_ONLY):
        for column in table.columns:
            is_rowid = column.primary_key and isinstance(column.type, Integer) and len(table.primary_key) == 1
            if not is_rowid and column is not personal.c.record_id:
                yield table, column.name


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@pytest.mark.parametrize("odd", ["'odd'", "x'ff00'", "17"])
def test_a_value_of_another_type_never_breaks_a_page(world: World, untouched: dict[str, Verdict], odd: str) -> None:
    """SQLite stores anything anywhere; a page that failed would tell its reader nothing."""
    thing = next(one for one in untouched if one.endswith(str(demo()["lots"][0]["lot"])))
    for table, name in typed_values():
        key = next(iter(table.primary_key)).name
        with unguarded(world) as connection:
            chosen = f"{key} = (SELECT {key} FROM {table.name} LIMIT 1)" if name == key else "1"
            unique = name in {column.name for column in table.columns if column.unique or column.primary_key}
            where = chosen if unique or table.name == "lots" else "1"
            connection.execute(text(f"UPDATE OR IGNORE {table.name} SET {name} = {odd} WHERE {where}"))
            verdict = judged(world, connection, [thing])[thing]
            codes = {finding.code for finding in verdict.findings}
            assert verdict == untouched[thing] or codes & {*BROKEN, "foreign-code"}, (table.name, name)
