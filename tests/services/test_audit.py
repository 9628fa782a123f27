"""The audit: every column of the index is what its record says, and what was done can be looked up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from tests.services.cast import Cast
from traceapp.core.errors import InconsistentLog
from traceapp.core.facts import CertificateState
from traceapp.db.guards import guard_names
from traceapp.services.certificates.statements import declare_certificate, set_certificate_state
from traceapp.services.log import check as log_check
from traceapp.services.log.check import check_log
from traceapp.services.lots.acts import hold
from traceapp.services.operating.trail import search
from traceapp.services.records.index_rows import TABLES, IndexRows
from traceapp.services.world import World

ONE_DATABASE = pytest.mark.parametrize("kind", ["sqlite"])
CERTIFICATE = {"scheme": "VIETGAP", "number": "VG-1", "issued": "2026-01-01", "expires": "2027-01-01"}


@pytest.fixture
def busy(cast: Cast) -> Cast:
    """A world in which every table of the index has rows, some changed by later words."""
    cast.harvest()
    cast.issue(10)
    with cast.world.write() as connection:
        notary, now = cast.world.notary, cast.world.clock()
        made, _ = declare_certificate(connection, cast.product, cast.certifier, CERTIFICATE, cast.producer, notary, now)
        set_certificate_state(connection, made, CertificateState.CONFIRMED, cast.certifier, notary, now)
        set_certificate_state(connection, made, CertificateState.SUSPENDED, cast.certifier, notary, now)
    return cast


def read_index(cast: Cast, connection: Connection) -> IndexRows:
    index = IndexRows()
    world = cast.world
    check_log(connection, world.host, world.keyring(connection), world.published.read(), index)
    return index


@ONE_DATABASE
def test_what_was_recorded_in_order_passes(busy: Cast) -> None:
    with busy.world.read() as connection:
        rows = read_index(busy, connection).require_same(connection)
        assert rows > 15
        for table in TABLES:
            assert connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar(), table.name


@pytest.fixture
def looking(busy: Cast) -> Iterator[tuple[Connection, IndexRows]]:
    """A connection whose changes are rolled back, and the index that the records make."""
    with busy.world.engine.connect() as connection, connection.begin() as transaction:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        yield connection, read_index(busy, connection)
        transaction.rollback()


def test_any_column_changed_behind_its_record_is_named(looking: tuple[Connection, IndexRows], kind: str) -> None:
    connection, index = looking
    tried = 0
    for table in TABLES:
        for column in table.columns:
            if column.name == "id" or (kind == "postgresql" and column.foreign_keys):
                continue
            other = {int: 77, bool: False}.get(column.type.python_type, "another")
            with connection.begin_nested() as step:
                one = connection.execute(text(f"SELECT id FROM {table.name} ORDER BY id LIMIT 1")).scalar()
                change = text(f"UPDATE {table.name} SET {column.name} = :other WHERE id = :one")
                if column.name == "signed":
                    change = text(f"UPDATE {table.name} SET signed = NOT signed WHERE id = :one")
                connection.execute(change, {"one": one} if column.name == "signed" else {"other": other, "one": one})
                with pytest.raises(InconsistentLog, match=rf"{table.name}\.{column.name}"):
                    index.require_same(connection)
                step.rollback()
            tried += 1
    assert tried >= 10


@ONE_DATABASE
def test_a_row_that_is_gone_or_was_slipped_in_is_named(looking: tuple[Connection, IndexRows]) -> None:
    connection, index = looking
    with connection.begin_nested() as step:
        connection.execute(text("DELETE FROM label_runs"))
        with pytest.raises(InconsistentLog, match="label_runs lacks the row"):
            index.require_same(connection)
        step.rollback()
    with connection.begin_nested() as step:
        connection.execute(
            text("INSERT INTO facilities SELECT 'https://id.example.vn/id/x', organisation, record_id FROM facilities")
        )
        with pytest.raises(InconsistentLog, match="no record speaks of"):
            index.require_same(connection)
        step.rollback()


@ONE_DATABASE
def test_a_personal_value_that_was_not_signed_over_is_named(looking: tuple[Connection, IndexRows]) -> None:
    connection, index = looking
    connection.execute(text("UPDATE personal SET value = '\"Another name\"' WHERE field = 'name'"))
    with pytest.raises(InconsistentLog, match=r"personal\.value of name"):
        index.require_same(connection)


@ONE_DATABASE
def test_other_processes_help_where_it_is_worth_it_and_find_the_same(
    busy: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from traceapp.services.records import stored as stored_records

    monkeypatch.setattr(stored_records, "WORTH_HELP", 1)
    with busy.world.read() as connection:
        assert read_index(busy, connection).require_same(connection)
    with busy.world.engine.begin() as connection:
        for name in guard_names("records", "sqlite"):
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE records SET body = replace(body, 'HARVEST', 'HARVESX')"))
    with busy.world.read() as connection, pytest.raises(Exception, match=r"^Entry "):
        monkeypatch.setattr(log_check, "require_guards", lambda _: None)
        read_index(busy, connection)


@ONE_DATABASE
def test_what_was_done_is_found_by_its_words_and_since_when(busy: Cast) -> None:
    world = busy.world
    with world.write() as connection:
        hold(connection, busy.lot, "Sai nhãn", busy.producer, world.notary, world.clock())
    world.clock.tick(days=2)
    with world.write() as connection:
        hold(connection, busy.other_lot, "Ẩm", busy.other_producer, world.notary, world.clock())
    with world.read() as connection:
        found = list(search(connection, "HOLD"))
        assert [line.subject for line in found] == [busy.lot, busy.other_lot]
        assert list(search(connection, f"hold {busy.producer}")) == found[:1]
        assert list(search(connection, "hold", world.clock() - timedelta(days=1))) == found[1:]
        assert list(search(connection, "never done")) == []
        assert found[0].text().startswith("2026-11-21T05:00:00Z  acts:")


def demo_index(world: World, connection: Connection) -> IndexRows:
    index = IndexRows()
    check_log(connection, world.host, world.keyring(connection), world.published.read(), index)
    return index


ALTERED = {
    "shipments.lot": "lot || 'x'",
    "shipments.sender": "receiver",
    "shipments.receiver": "sender",
    "shipments.receipt": "record_id",
    "search_documents.code": "'1'",
    "search_documents.organisation": "'1'",
    "search_documents.province": "'99'",
    "search_documents.sort_name": "'x'",
    "search_documents.lots": "'L99'",
}
"""Columns that the check names, each with a value that no record gives it."""
ADDED = {
    "cases": ("(id, owner, record_id, packed) VALUES ('x', 'y', 'z', true)", "cases has the row"),
    "case_contents": ("VALUES ('x', 1, 2, 'y')", "case_contents has the row"),
    "lot_alarms": ("(lot, leaf_index) VALUES ('x', 3)", r"lot_alarms\.leaf_index of x"),
    "recall_notices": (
        "(recall, lot, holder, lots, sent) VALUES ('x', 'y', 'z', 1, CURRENT_TIMESTAMP)",
        "recall_notices tells of x",
    ),
}
GONE = {"chain_edges": "lacks the row", "shipments": "lacks the row", "search_stars": "of"}


def behind_records() -> Iterator[tuple[str, str]]:
    """Each statement behind the records' back with what the check says of it."""
    for column, value in ALTERED.items():
        table, _, name = column.partition(".")
        yield f"UPDATE {table} SET {name} = {value}", rf"{table}\.{name}"
    yield "UPDATE chain_edges SET input = input + 1000", "chain_edges has the row"
    yield "UPDATE chain_lots SET lot = lot || 'x'", "chain_lots has the lot"
    yield "UPDATE search_stars SET stars = 5 - stars", "search_stars of"
    yield "UPDATE search_stars SET until = '2099-01-01'", "search_stars of"
    for table, (row, problem) in ADDED.items():
        yield f"INSERT INTO {table} {row}", problem
    for table, problem in GONE.items():
        yield f"DELETE FROM {table}", f"{table} {problem}"


def test_every_other_index_is_compared_with_its_records_too(read_demo: World, kind: str) -> None:
    world = read_demo
    words = {"sqlite": "UPDATE search_index SET name = 'x'", "postgresql": "UPDATE search_index SET words = 'x'"}
    index_alone = [(words[kind], "search_index files"), ("DELETE FROM search_index", "search_index files")]
    with world.engine.connect() as connection, connection.begin() as transaction:
        index = demo_index(world, connection)
        assert index.require_same(connection) > 100
        for change, problem in (*behind_records(), *index_alone):
            with connection.begin_nested() as step:
                changed = connection.execute(text(change)).rowcount
                assert changed, change
                with pytest.raises(InconsistentLog, match=problem):
                    index.require_same(connection)
                step.rollback()
        assert index.require_same(connection)
        transaction.rollback()
