"""Tiles against a naive model that cuts them out of the list of leaves."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traceapp.core import tiles
from traceapp.core.errors import Malformed, NotInLog, TraceappError
from traceapp.core.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from traceapp.core.tiles import HashReader, Tile, TileWriter, entries_path, parse_tile_path, tile_path, tile_width

MOST = 70_000
LEAVES = [leaf_hash(b"entry %d" % index) for index in range(MOST)]


def naive_tile(level: int, index: int, size: int) -> bytes:
    """The n-th tile at level l as tlog-tiles defines it: 256 roots, each over 256^l leaves, as far as they go."""
    span = 256**level
    starts = range(index * 256 * span, min((index + 1) * 256 * span, size) - span + 1, span)
    return b"".join(root_of(LEAVES[start : start + span]) for start in starts)


def reader_of(size: int, writer: TileWriter, full: list[tiles.FullTile]) -> HashReader:
    stored = {(level, index): hashes for level, index, hashes in full}

    def read(level: int, index: int, width: int) -> bytes:
        hashes = stored.get((level, index), b"") or writer.partial(level)
        return hashes[: width * 32]

    return HashReader(size, read)


@pytest.mark.parametrize(
    ("index", "groups"),
    [
        (0, "000"),
        (5, "005"),
        (999, "999"),
        (1000, "x001/000"),
        (1_234_067, "x001/x234/067"),
        (2**63 - 1, "x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_a_tile_index_is_written_in_groups_of_three_digits(index: int, groups: str) -> None:
    assert tile_path(0, index) == f"tile/0/{groups}"
    assert tile_path(63, index, 17) == f"tile/63/{groups}.p/17"
    assert entries_path(index) == f"tile/entries/{groups}"
    assert entries_path(index, 255) == f"tile/entries/{groups}.p/255"


@given(st.one_of(st.just("entries"), st.integers(0, 63)), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_every_tile_is_read_back_from_its_path(level: tiles.Level, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert parse_tile_path(tile.path) == tile


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tile/0/5",
        "tile/0/0005",
        "tile/00/005",
        "tile/64/005",
        "tile/-1/005",
        "tile/data/005",
        "tile/8/0/005",
        "tile/0/x000/005",
        "tile/0/001/005",
        "tile/0/x001/x005",
        "tile/0/x01/005",
        "tile/0/x009/x999/x999/x999/x999/x999/999",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "tile/0/005.p/0",
        "tile/0/005.p/256",
        "tile/0/005.p/07",
        "tile/0/005.p/",
        "tile/0/005.p",
        "tile/0/005/",
        "tile/0/005\n",
        "/tile/0/005",
        "tile/0/٠٠٥",
        "tile/entries/005.p/256",
    ],
)
def test_any_other_spelling_of_a_tile_path_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_tile_path(text)


@pytest.mark.many
@given(st.one_of(st.text(), st.from_regex(r"tile/[0-9e]{1,3}/[x0-9/]{1,12}(\.p/[0-9]{1,3})?")))
def test_no_path_breaks_the_parser(text: str) -> None:
    with suppress(TraceappError):
        assert parse_tile_path(text).path == text


@pytest.mark.parametrize(("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_an_impossible_tile_cannot_be_built(level: int, index: int, width: int) -> None:
    with pytest.raises(Malformed):
        tile_path(level, index, width)


def test_an_entry_bundle_carries_each_length_in_two_bytes() -> None:
    assert tiles.encode_entries([b"a", b"b", b"c"]).hex() == "000161000162000163"


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_entries_come_back_from_their_bundle(entries: list[bytes]) -> None:
    assert tiles.decode_entries(tiles.encode_entries(entries)) == tuple(entries)


def test_the_longest_entry_fits_and_a_longer_one_is_refused() -> None:
    assert tiles.decode_entries(tiles.encode_entries([bytes(65_535)])) == (bytes(65_535),)
    with pytest.raises(Malformed, match="65536 bytes"):
        tiles.encode_entries([bytes(65_536)])


@given(st.binary(max_size=40))
def test_any_bytes_are_a_bundle_or_break_off(data: bytes) -> None:
    try:
        assert tiles.encode_entries(tiles.decode_entries(data)) == data
    except Malformed as refusal:
        assert "breaks off" in str(refusal)


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x01", b"\x00\x01a\x00", b"\x00\x02a"])
def test_a_bundle_that_breaks_off_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match="breaks off"):
        tiles.decode_entries(data)


def test_a_tree_of_70000_has_the_tiles_of_the_standards_example() -> None:
    every = list(tiles.tree_tiles(70_000))
    assert sum(tile.level == 0 and tile.width == 256 for tile in every) == 273
    assert [tile for tile in every if tile.level != 0 or tile.width < 256] == [
        Tile(0, 273, 112),
        Tile(1, 0, 256),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]


def test_a_tree_of_256_has_a_full_tile_and_one_hash_above_it() -> None:
    assert list(tiles.tree_tiles(256)) == [Tile(0, 0, 256), Tile(1, 0, 1)]
    assert list(tiles.tree_tiles(0)) == []


@pytest.mark.parametrize(
    ("level", "index", "size", "width"),
    [
        (0, 0, 700, 256),
        (0, 2, 700, 188),
        ("entries", 2, 700, 188),
        (0, 3, 700, 0),
        (1, 0, 700, 2),
        (2, 0, 700, 0),
        (0, 2, 512, 0),
        ("entries", 1, 512, 256),
    ],
)
def test_a_tiles_width_follows_from_the_size_of_the_tree(level: tiles.Level, index: int, size: int, width: int) -> None:
    assert tile_width(level, index, size) == width


def test_a_full_tile_has_the_root_of_its_leaves_and_a_partial_one_has_none() -> None:
    assert tiles.tile_root(b"".join(LEAVES[:256])) == root_of(LEAVES[:256])
    with pytest.raises(Malformed, match="8160"):
        tiles.tile_root(b"".join(LEAVES[:255]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=8))
def test_a_tree_that_grows_in_steps_writes_the_tiles_of_the_model(steps: list[int]) -> None:
    writer, full, size = TileWriter(), [], 0
    for step in steps:
        full += writer.extend(LEAVES[size : size + step])
        size += step
    written = {(level, index): hashes for level, index, hashes in full}
    assert len(written) == len(full)
    places = [(int(tile.level), tile.index) for tile in tiles.tree_tiles(size)]
    expected = {place: naive_tile(*place, size) for place in places}
    partial = {place: hashes for place, hashes in expected.items() if len(hashes) < 8192}
    assert written == {place: hashes for place, hashes in expected.items() if place not in partial}
    assert all(writer.partial(level) == hashes for (level, _), hashes in partial.items())


@pytest.mark.many
def test_a_tree_of_70000_writes_the_tiles_of_the_model_at_every_level() -> None:
    writer = TileWriter()
    full = writer.extend(LEAVES[:65_000]) + writer.extend(LEAVES[65_000:])
    assert [index for level, index, _ in full if level == 0] == list(range(273))
    assert next(hashes for level, _, hashes in full if level == 1) == naive_tile(1, 0, MOST)
    partials = [naive_tile(0, 273, MOST), naive_tile(1, 1, MOST), naive_tile(2, 0, MOST), b""]
    assert [writer.partial(level) for level in range(4)] == partials


def test_a_writer_resumes_from_what_storage_kept() -> None:
    before = TileWriter()
    before.extend(LEAVES[:600])
    resumed = TileWriter(600, [before.partial(0), before.partial(1)])
    assert resumed.extend(LEAVES[600:1000]) == before.extend(LEAVES[600:1000])
    assert resumed.partial(1) == naive_tile(1, 0, 1000)


@pytest.mark.parametrize("partials", [[], [b""], [bytes(32)], [bytes(88 * 32)], [bytes(88 * 32), bytes(31)]])
def test_a_writer_refuses_partial_tiles_that_do_not_fit_its_size(partials: list[bytes]) -> None:
    with pytest.raises(Malformed, match="partial tile at level"):
        TileWriter(600, partials)


def test_an_append_that_fills_no_tile_reads_nothing() -> None:
    def partial(level: int) -> bytes:
        raise AssertionError(level)

    assert list(tiles.completed_tiles(600, LEAVES[600:767], partial)) == []
    assert list(tiles.completed_tiles(512, LEAVES[512:767], partial)) == []


def test_an_append_reads_only_the_levels_that_it_fills() -> None:
    asked: list[int] = []

    def partial(level: int) -> bytes:
        asked.append(level)
        return naive_tile(level, 2, 600)

    assert list(tiles.completed_tiles(600, LEAVES[600:768], partial)) == [(0, 2, naive_tile(0, 2, 768))]
    assert asked == [0]


def test_a_partial_tile_of_the_wrong_length_is_refused_before_it_shifts_the_rest() -> None:
    with pytest.raises(Malformed, match="expected 88 hashes"):
        list(tiles.completed_tiles(600, LEAVES[600:768], lambda _: bytes(87 * 32)))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_proofs_from_tiles_verify(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 5000))
    writer = TileWriter()
    full = writer.extend(LEAVES[:size])
    root = root_of(LEAVES[:size])
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    reader = reader_of(size, writer, full)
    verify_inclusion(LEAVES[index], index, size, inclusion_proof(index, size, reader.node), root)
    verify_consistency(old, root_of(LEAVES[:old]), size, root, consistency_proof(old, size, reader.node))


@pytest.mark.many
def test_a_tree_of_three_levels_is_proved_from_its_tiles() -> None:
    writer = TileWriter()
    reader = reader_of(MOST, writer, writer.extend(LEAVES))
    root = root_of(LEAVES)
    for index in (0, 255, 256, 65_535, 65_536, 69_999):
        verify_inclusion(LEAVES[index], index, MOST, inclusion_proof(index, MOST, reader.node), root)
    path = consistency_proof(65_537, MOST, reader.node)
    verify_consistency(65_537, root_of(LEAVES[:65_537]), MOST, root, path)


def test_a_reader_asks_for_each_tile_once_and_in_the_width_of_its_tree() -> None:
    asked: list[tuple[int, int, int]] = []

    def read(level: int, index: int, width: int) -> bytes:
        asked.append((level, index, width))
        return naive_tile(level, index, 700)

    reader = HashReader(700, read)
    for index in range(512, 700):
        inclusion_proof(index, 700, reader.node)
    assert sorted(asked) == [(0, 2, 188), (1, 0, 2)]


@pytest.mark.parametrize(("level", "index"), [(0, 700), (0, -1), (9, 1), (10, 0), (200, 0)])
def test_a_subtree_that_the_tree_does_not_complete_is_not_in_it(level: int, index: int) -> None:
    reader = HashReader(700, lambda level, index, _: naive_tile(level, index, 700))
    with pytest.raises(NotInLog, match="no complete subtree"):
        reader.node(level, index)


def test_a_tile_of_the_wrong_length_is_refused_by_its_path() -> None:
    reader = HashReader(700, lambda level, index, _: naive_tile(level, index, 699))
    with pytest.raises(Malformed, match=r"tile/0/002\.p/188: expected 6016 bytes, got 5984"):
        reader.node(0, 699)
