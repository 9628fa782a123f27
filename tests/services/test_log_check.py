"""Whatever is altered behind the guards' back, `log check` finds it and names the place.

Every test drops the guards, alters something by raw SQL, puts the guards back, checks, and rolls all of it back.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Integer, Table, delete, insert, select, text, update

from tests.check_log import check_log, walk
from tests.services.cast import Cast
from tests.worlds import KINDS, Copies
from traceapp.core.checkpoint import Checkpoint, sign_checkpoint
from traceapp.core.credential import Signer
from traceapp.core.errors import BadSignature, InconsistentLog, Malformed, NotInLog, VerificationError
from traceapp.core.keys import PublicKey, Role
from traceapp.core.trust import make_trust_list
from traceapp.db.guards import create_guards, guard_names
from traceapp.db.tables import (
    APPEND_ONLY,
    audit,
    checkpoints,
    log_entries,
    log_lock,
    log_tiles,
    record_subjects,
    records,
    trust_lists,
)
from traceapp.services.log.check import check_log as check
from traceapp.services.log.heads import size_of
from traceapp.services.lots.acts import hold, release
from traceapp.services.world import World

LEAF = 30
TILE = 0


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest,
    originals: Callable[[str, str], tuple[World, Cast]],
    shared_copies: Copies,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """A full tile and a bit, written one by one and many at once, and an audit trail."""
    original, described = originals("cast", request.param)
    copied = shared_copies.copy(original, tmp_path_factory.mktemp("checked") / "world")
    cast = Cast(**{**vars(described), "world": copied})
    for _ in range(12):
        cast.capture(cast.event())
    cast.capture(*[cast.event() for _ in range(230)])
    with copied.write() as connection:
        for act in (hold, release, hold):
            act(connection, cast.lot, "Chờ kết quả", cast.producer, copied.notary, copied.clock())
    check_log(copied)
    yield copied
    copied.engine.dispose()


@contextmanager
def tampering(world: World) -> Iterator[Connection]:
    """A connection without guards; what it did is checked when the block ends, and undone."""
    with world.engine.connect() as connection:
        for table in APPEND_ONLY:
            for name in guard_names(table.name, connection.dialect.name):
                on = f" ON {table.name}" if connection.dialect.name == "postgresql" else ""
                connection.execute(text(f"DROP TRIGGER {name}{on}"))
        yield connection


def found(world: World, connection: Connection) -> VerificationError:
    """What the log check says of this connection's tampering."""
    create_guards(connection)
    with pytest.raises(VerificationError) as caught:
        walk(world, connection)
    return caught.value


def flip(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


def flip_in(connection: Connection, table: Table, column: str, bit: int, **where: Any) -> None:
    """Flip one bit of one stored value."""
    chosen = [table.c[name] == value for name, value in where.items()]
    data: bytes = connection.execute(select(table.c[column]).where(*chosen)).scalar_one()
    connection.execute(update(table).where(*chosen).values({column: flip(data, bit % (len(data) * 8))}))


def record_at(connection: Connection, leaf: int) -> str:
    query = select(log_entries.c.record_id).where(log_entries.c.leaf_index == leaf)
    return str(connection.execute(query).scalar_one())


def test_an_untouched_log_is_good(world: World) -> None:
    report = check_log(world)
    assert (report.tiles, report.audit_lines) == (1, 3)
    assert 256 < report.entries < 300


@pytest.mark.parametrize("seed", range(8))
def test_a_bit_flipped_in_a_record_is_found_at_its_entry(world: World, seed: int) -> None:
    chance = random.Random(seed)
    with tampering(world) as connection:
        leaf = chance.randrange(size_of(connection))
        flip_in(connection, records, "body", chance.randrange(10**6), record_id=record_at(connection, leaf))
        error = found(world, connection)
    assert isinstance(error, NotInLog)
    assert f"Entry {leaf}: " in str(error)


@pytest.mark.parametrize("seed", range(8))
def test_a_bit_flipped_in_an_entry_is_found_at_its_place(world: World, seed: int) -> None:
    chance = random.Random(seed)
    with tampering(world) as connection:
        leaf = chance.randrange(size_of(connection))
        flip_in(connection, log_entries, "entry", chance.randrange(10**6), leaf_index=leaf)
        assert f"Entry {leaf}: " in str(found(world, connection))


def test_a_bit_flipped_in_a_leaf_hash_is_found_at_its_entry(world: World) -> None:
    for bit in (0, 100, 255):
        with tampering(world) as connection:
            flip_in(connection, log_entries, "leaf_hash", bit, leaf_index=LEAF)
            error = found(world, connection)
        assert isinstance(error, NotInLog)
        assert f"Entry {LEAF}: the leaf hash is not its entry's" in str(error)


@pytest.mark.parametrize("column", ["hashes", "root"])
def test_a_bit_flipped_in_a_tile_is_found_by_the_tiles_name(world: World, column: str) -> None:
    for bit in (0, 77, 8 * 256 * 32 - 1):
        with tampering(world) as connection:
            flip_in(connection, log_tiles, column, bit, level=0, tile=TILE)
            error = found(world, connection)
        assert isinstance(error, InconsistentLog)
        assert "tile/0/000 is not what its entries make" in str(error)


@pytest.mark.parametrize("seed", range(8))
def test_a_bit_flipped_in_a_checkpoint_is_found_by_its_size(world: World, seed: int) -> None:
    chance = random.Random(seed)
    with tampering(world) as connection:
        size = chance.choice(list(connection.execute(select(checkpoints.c.size)).scalars()))
        flip_in(connection, checkpoints, "note", chance.randrange(10**6), size=size)
        assert f"checkpoint of {size} entries" in str(found(world, connection))


def test_a_checkpoint_moved_to_another_size_or_root_is_found(world: World) -> None:
    with tampering(world) as connection:
        sizes = sorted(connection.execute(select(checkpoints.c.size)).scalars())
        size = sizes[5]
        flip_in(connection, checkpoints, "root", 9, size=size)
        assert f"The checkpoint of {size} entries: it signs another size or root" in str(found(world, connection))
    with tampering(world) as connection:
        connection.execute(update(checkpoints).where(checkpoints.c.size == size).values(size=sizes[-1] + 1))
        assert f"The checkpoint of {sizes[-1] + 1} entries: it signs another" in str(found(world, connection))


def test_the_last_checkpoint_deleted_is_found(world: World) -> None:
    with tampering(world) as connection:
        size = size_of(connection)
        connection.execute(delete(checkpoints).where(checkpoints.c.size == size))
        assert f"The log holds {size} entries, but the last checkpoint has" in str(found(world, connection))


def test_a_checkpoint_signed_over_another_tree_is_found(world: World) -> None:
    """By whoever has the log's key: the entries do not make its root."""
    with tampering(world) as connection:
        forged = sign_checkpoint(Checkpoint(world.notary.log.origin, LEAF, b"\1" * 32), world.notary.log.private)
        connection.execute(delete(checkpoints).where(checkpoints.c.size == LEAF))
        connection.execute(insert(checkpoints).values(size=LEAF, root=b"\1" * 32, note=forged))
        error = found(world, connection)
    assert isinstance(error, InconsistentLog)
    assert f"The checkpoint of {LEAF} entries has another root than the entries" in str(error)


def test_the_row_that_writers_wait_for_is_missed(world: World) -> None:
    with tampering(world) as connection:
        connection.execute(delete(log_lock))
        assert "log_lock is gone" in str(found(world, connection))


def test_a_deleted_record_is_found_by_entry_and_name(world: World) -> None:
    with tampering(world) as connection:
        name = record_at(connection, LEAF)
        connection.execute(delete(records).where(records.c.record_id == name))
        error = found(world, connection)
    assert isinstance(error, Malformed)
    assert f"Entry {LEAF}: the record {name} is missing" in str(error)


def test_a_deleted_entry_is_found_by_its_number(world: World) -> None:
    with tampering(world) as connection:
        connection.execute(delete(log_entries).where(log_entries.c.leaf_index == LEAF))
        error = found(world, connection)
    assert isinstance(error, NotInLog)
    assert f"Entry {LEAF} is missing; the next one is {LEAF + 1}" in str(error)


def test_the_last_entry_deleted_with_its_record_is_found(world: World) -> None:
    with tampering(world) as connection:
        last = size_of(connection) - 1
        name = record_at(connection, last)
        connection.execute(delete(log_entries).where(log_entries.c.leaf_index == last))
        connection.execute(delete(records).where(records.c.record_id == name))
        assert f"The log holds {last} entries, but the last checkpoint has {last + 1}" in str(found(world, connection))


def test_two_records_swapped_are_found(world: World) -> None:
    """Both are authentic; neither stands where it was logged."""
    with tampering(world) as connection:
        names = [record_at(connection, leaf) for leaf in (LEAF, LEAF + 1)]
        bodies = [
            connection.execute(select(records.c.body).where(records.c.record_id == one)).scalar() for one in names
        ]
        for name, body in zip(names, reversed(bodies), strict=True):
            connection.execute(update(records).where(records.c.record_id == name).values(body=body))
        error = found(world, connection)
    assert isinstance(error, NotInLog)
    assert f"Entry {LEAF}: " in str(error)
    assert names[0] in str(error)


@pytest.mark.parametrize(("one", "other"), [(LEAF, LEAF + 1), (100, 200)])
def test_entries_in_another_order_are_found(world: World, one: int, other: int) -> None:
    """Whole lines changed places, hashes and all: only the tree knows."""
    with tampering(world) as connection:
        for old, new in ((one, -1), (other, one), (-1, other)):
            chosen = log_entries.c.leaf_index == old
            connection.execute(update(log_entries).where(chosen).values(leaf_index=new))
        error = found(world, connection)
    assert isinstance(error, InconsistentLog)
    assert "another root than the entries" in str(error)


def test_a_record_signed_by_us_and_never_logged_is_found(world: World) -> None:
    with tampering(world) as connection:
        body = connection.execute(select(records.c.body).limit(1)).scalar_one()
        time = connection.execute(select(records.c.record_time).limit(1)).scalar_one()
        name = "00000000-0000-7000-8000-000000000001"
        connection.execute(insert(records).values(record_id=name, type="TraceEvent", record_time=time, body=body))
        error = found(world, connection)
    assert isinstance(error, NotInLog)
    assert "records has" in str(error)


def test_a_record_filed_under_another_type_or_time_is_found(world: World) -> None:
    with tampering(world) as connection:
        name = record_at(connection, LEAF)
        connection.execute(update(records).where(records.c.record_id == name).values(type="RecallRecord"))
        assert f"Entry {LEAF}: the record stored as RecallRecord {name} is another" in str(found(world, connection))
    with tampering(world) as connection:
        moved = world.clock().replace(year=2020)
        connection.execute(update(records).where(records.c.record_id == name).values(record_time=moved))
        assert f"Entry {LEAF}: " in str(found(world, connection))


def test_a_record_hidden_from_the_index_is_found(world: World) -> None:
    with tampering(world) as connection:
        connection.execute(delete(record_subjects).where(record_subjects.c.leaf_index == LEAF))
        error = found(world, connection)
    assert isinstance(error, InconsistentLog)
    assert f"Entry {LEAF}: its index of subjects is not what its record says" in str(error)


def test_a_record_slipped_under_another_subject_is_found(world: World) -> None:
    with tampering(world) as connection:
        connection.execute(insert(record_subjects).values(subject="https://id.example.vn/01/other", leaf_index=LEAF))
        assert f"Entry {LEAF}: its index of subjects" in str(found(world, connection))
    with tampering(world) as connection:
        chosen = record_subjects.c.leaf_index == LEAF
        connection.execute(update(record_subjects).where(chosen).values(subject=record_subjects.c.subject + "x"))
        assert f"Entry {LEAF}: its index of subjects" in str(found(world, connection))


def test_an_index_of_entries_that_do_not_exist_is_found(world: World) -> None:
    with tampering(world) as connection:
        connection.execute(insert(record_subjects).values(subject="x", leaf_index=10**6))
        assert "names entries that do not exist" in str(found(world, connection))


def test_a_tile_too_many_or_too_few_is_found(world: World) -> None:
    with tampering(world) as connection:
        connection.execute(insert(log_tiles).values(level=1, tile=0, hashes=b"\0" * 8192, root=b"\0" * 32))
        assert "log_tiles has 2 rows; the log accounts for 1" in str(found(world, connection))
    with tampering(world) as connection:
        connection.execute(delete(log_tiles).where(log_tiles.c.tile == TILE))
        assert "tile/0/000 is not what its entries make" in str(found(world, connection))


@pytest.mark.parametrize("column", ["line", "hash"])
def test_a_bit_flipped_in_the_audit_trail_is_found_at_its_line(world: World, column: str) -> None:
    with tampering(world) as connection:
        flip_in(connection, audit, column, 40, seq=2)
        error = found(world, connection)
    assert isinstance(error, InconsistentLog)
    assert "The audit trail breaks at line 2" in str(error)


def test_an_audit_line_deleted_moved_or_dated_otherwise_is_found(world: World) -> None:
    with tampering(world) as connection:
        connection.execute(delete(audit).where(audit.c.seq == 2))
        assert "The audit trail breaks at line 2" in str(found(world, connection))
    with tampering(world) as connection:
        connection.execute(update(audit).where(audit.c.seq == 2).values(seq=20))
        assert "The audit trail breaks at line 2" in str(found(world, connection))
    with tampering(world) as connection:
        connection.execute(update(audit).where(audit.c.seq == 2).values(at=world.clock().replace(year=2020)))
        assert "The audit trail breaks at line 2" in str(found(world, connection))


def test_a_bit_flipped_in_a_trust_file_is_found(world: World) -> None:
    for bit in (3, 4000):
        with tampering(world) as connection:
            flip_in(connection, trust_lists, "body", bit, version=1)
            error = found(world, connection)
        assert isinstance(error, Malformed | BadSignature)
        assert "rust file" in str(error)


def test_a_key_that_the_log_does_not_show_is_found(world: World) -> None:
    """Signed by the root key itself: without a KeyRecord nobody who watches the log would know of it."""
    root = Signer.of_host(world.host, world.key_store.load(Role.ROOT))
    with tampering(world) as connection:
        known = world.trust(connection)
        hidden = PublicKey(Role.RECORD, b"\7" * 32, world.clock(), record_id=None)
        body = make_trust_list(
            host=world.host,
            version=known.version + 1,
            hosts=known.hosts,
            keys=[*known.keys, hidden],
            valid=(known.valid_from, known.valid_until),
            root=root,
        )
        connection.execute(insert(trust_lists).values(version=known.version + 1, body=body))
        error = found(world, connection)
    assert isinstance(error, NotInLog)
    assert f"trust file of version 2 names {hidden.multikey}, which no KeyRecord shows" in str(error)


def test_a_published_checkpoint_that_was_never_committed_is_found(world: World) -> None:
    with world.engine.connect() as connection, pytest.raises(InconsistentLog, match="published checkpoint of 3"):
        check(connection, world.host, world.keyring(connection), (3, b"\7" * 32, b""))


GARBAGE = [
    (table, column)
    for table in (records, log_entries, record_subjects, log_tiles, checkpoints, audit, trust_lists)
    for column in table.c
    # An INTEGER key is the one thing that SQLite keeps whole.
    if not (column.primary_key and isinstance(column.type, Integer) and len(table.primary_key) == 1)
]


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", [column for _, column in GARBAGE], ids=str)
def test_a_value_of_another_type_is_a_finding_too(world: World, column: Any) -> None:
    """SQLite stores anything anywhere."""
    table = column.table
    with tampering(world) as connection:
        rows = connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one()
        assert rows
        connection.execute(
            text(
                f"UPDATE {table.name} SET {column.name} = 'odd' WHERE {column.name} = "
                f"(SELECT {column.name} FROM {table.name} LIMIT 1 OFFSET {min(2, rows - 1)})"
            )
        )
        found(world, connection)
