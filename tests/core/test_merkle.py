"""Merkle trees against the definitions of RFC 6962, written out naively here."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core import merkle
from traceapp.core.errors import InconsistentLog, Malformed, NotInLog
from traceapp.core.merkle import EMPTY_ROOT, Frontier, inclusion_proof, verify_consistency, verify_inclusion

# The worked trees of Certificate Transparency: entry k is added to the tree of k entries.
CT_ENTRIES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
SMALL = 40


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(b"entry %d" % index) for index in range(size)]


def naive_root(hashes: list[bytes]) -> bytes:
    """MTH of section 2.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    middle = largest_power_below(len(hashes))
    return sha256(b"\x01" + naive_root(hashes[:middle]) + naive_root(hashes[middle:])).digest()


def naive_path(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(hashes) == 1:
        return []
    middle = largest_power_below(len(hashes))
    if index < middle:
        return [*naive_path(index, hashes[:middle]), naive_root(hashes[middle:])]
    return [*naive_path(index - middle, hashes[middle:]), naive_root(hashes[:middle])]


def naive_subproof(old: int, hashes: list[bytes], *, known: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if old == len(hashes):
        return [] if known else [naive_root(hashes)]
    middle = largest_power_below(len(hashes))
    if old <= middle:
        return [*naive_subproof(old, hashes[:middle], known=known), naive_root(hashes[middle:])]
    return [*naive_subproof(old - middle, hashes[middle:], known=False), naive_root(hashes[:middle])]


def largest_power_below(width: int) -> int:
    power = 1
    while power * 2 < width:
        power *= 2
    return power


def node_of(hashes: list[bytes]) -> merkle.Node:
    return lambda level, index: naive_root(hashes[index << level : (index + 1) << level])


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 13])
def test_the_root_of_any_earlier_size_is_found_in_the_tree(size: int) -> None:
    hashes = leaves(13)
    assert merkle.tree_root(size, node_of(hashes)) == merkle.root_of(hashes[:size])


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ 1 << bit).to_bytes(len(data), "big")


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root() == merkle.root_of([]) == EMPTY_ROOT


def test_a_leaf_and_a_node_are_hashed_under_different_prefixes() -> None:
    assert merkle.leaf_hash(b"a").hex() == "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c"
    a, b = leaves(2)
    assert merkle.node_hash(a, b) != merkle.leaf_hash(a + b)


def test_the_worked_trees_of_certificate_transparency_have_their_roots() -> None:
    frontier = Frontier()
    for entry, root in zip(CT_ENTRIES, CT_ROOTS, strict=True):
        frontier.append(merkle.leaf_hash(bytes.fromhex(entry)))
        assert frontier.root().hex() == root


@pytest.mark.parametrize("size", range(SMALL))
def test_the_frontier_has_the_root_of_the_definition(size: int) -> None:
    frontier = Frontier()
    frontier.extend(leaves(size))
    assert frontier.size == size
    assert frontier.root() == merkle.root_of(leaves(size)) == naive_root(leaves(size))


@given(st.integers(0, 600), st.integers(0, 600))
def test_a_stored_frontier_grows_as_if_it_had_never_been_stored(first: int, more: int) -> None:
    hashes = leaves(first + more)
    frontier = Frontier()
    frontier.extend(hashes[:first])
    restored = Frontier.from_bytes(first, frontier.to_bytes())
    for leaf in hashes[first:]:
        restored.append(leaf)
    assert (restored.size, restored.root()) == (first + more, merkle.root_of(hashes))


@given(st.integers(0, 600), st.integers(0, 600))
def test_a_frontier_read_from_the_tree_grows_as_if_it_had_seen_it_grow(first: int, more: int) -> None:
    hashes = leaves(first + more)
    read = Frontier.of(first, node_of(hashes))
    twin = read.copy()
    twin.extend(hashes[first:])
    assert (twin.size, twin.root()) == (first + more, merkle.root_of(hashes))
    assert (read.size, read.root()) == (first, merkle.root_of(hashes[:first])), "the other stays as it was"


@pytest.mark.parametrize(("size", "data"), [(1, b""), (0, bytes(32)), (3, bytes(63)), (4, bytes(64)), (-1, bytes(32))])
def test_a_frontier_whose_length_does_not_fit_its_size_is_refused(size: int, data: bytes) -> None:
    with pytest.raises(Malformed, match="no frontier"):
        Frontier.from_bytes(size, data)


@pytest.mark.parametrize("size", range(1, SMALL))
def test_every_leaf_of_a_small_tree_is_proved_as_defined(size: int) -> None:
    hashes = leaves(size)
    for index, leaf in enumerate(hashes):
        path = inclusion_proof(index, size, node_of(hashes))
        assert list(path) == naive_path(index, hashes)
        verify_inclusion(leaf, index, size, path, naive_root(hashes))


@pytest.mark.parametrize("new", range(1, SMALL))
def test_every_growth_of_a_small_tree_is_proved_as_defined(new: int) -> None:
    hashes = leaves(new)
    for old in range(1, new):
        path = merkle.consistency_proof(old, new, node_of(hashes))
        assert list(path) == naive_subproof(old, hashes, known=True)
        verify_consistency(old, naive_root(hashes[:old]), new, naive_root(hashes), path)


@pytest.mark.many
@pytest.mark.parametrize("size", range(1, 10))
def test_an_inclusion_proof_with_any_bit_flipped_is_refused(size: int) -> None:
    hashes = leaves(size)
    root = naive_root(hashes)
    for index, leaf in enumerate(hashes):
        path = inclusion_proof(index, size, node_of(hashes))
        for bit in range(256):
            for place in range(len(path)):
                broken = (*path[:place], flipped(path[place], bit), *path[place + 1 :])
                refuse_inclusion(leaf, index, size, broken, root)
            refuse_inclusion(flipped(leaf, bit), index, size, path, root)
            refuse_inclusion(leaf, index, size, path, flipped(root, bit))


@pytest.mark.many
@pytest.mark.parametrize("new", range(2, 10))
def test_a_consistency_proof_with_any_bit_flipped_is_refused(new: int) -> None:
    hashes = leaves(new)
    root = naive_root(hashes)
    for old in range(1, new):
        path = merkle.consistency_proof(old, new, node_of(hashes))
        old_root = naive_root(hashes[:old])
        for bit in range(256):
            for place in range(len(path)):
                broken = (*path[:place], flipped(path[place], bit), *path[place + 1 :])
                refuse_consistency(old, old_root, new, root, broken)
            refuse_consistency(old, flipped(old_root, bit), new, root, path)
            refuse_consistency(old, old_root, new, flipped(root, bit), path)


@pytest.mark.many
@given(st.data())
def test_a_leaf_is_refused_at_every_other_index(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 300))
    index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    hashes = leaves(size)
    path = inclusion_proof(index, size, node_of(hashes))
    refuse_inclusion(hashes[index], other, size, path, naive_root(hashes))
    refuse_inclusion(hashes[other], index, size, path, naive_root(hashes))


@given(st.data())
def test_a_path_with_hashes_swapped_missing_or_added_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(3, 300))
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)
    path = inclusion_proof(index, size, node_of(hashes))
    root = naive_root(hashes)
    place = data.draw(st.integers(0, len(path) - 1))
    refuse_inclusion(hashes[index], index, size, path[:place] + path[place + 1 :], root)
    refuse_inclusion(hashes[index], index, size, (*path[:place], bytes(32), *path[place:]), root)
    refuse_inclusion(hashes[index], index, size, (*path[:place], path[place][:31], *path[place + 1 :]), root)
    if len(path) > 1:
        refuse_inclusion(hashes[index], index, size, tuple(reversed(path)), root)


@pytest.mark.many
@given(st.data())
def test_a_log_that_changed_an_old_leaf_is_found_out(data: st.DataObject) -> None:
    old = data.draw(st.integers(1, 200))
    new = data.draw(st.integers(old, 300))
    changed = data.draw(st.integers(0, old - 1))
    hashes = leaves(new)
    rewritten = [*hashes[:changed], merkle.leaf_hash(b"rewritten"), *hashes[changed + 1 :]]
    path = merkle.consistency_proof(old, new, node_of(rewritten))
    refuse_consistency(old, merkle.root_of(hashes[:old]), new, merkle.root_of(rewritten), path)


def test_a_consistency_proof_of_the_wrong_length_is_refused() -> None:
    hashes = leaves(7)
    for old in range(1, 7):
        path = merkle.consistency_proof(old, 7, node_of(hashes))
        roots = naive_root(hashes[:old]), naive_root(hashes)
        refuse_consistency(old, roots[0], 7, roots[1], path[1:])
        refuse_consistency(old, roots[0], 7, roots[1], (*path, bytes(32)))
        refuse_consistency(old, roots[0], 7, roots[1], ())


def test_every_log_extends_the_empty_one_without_a_proof() -> None:
    root = naive_root(leaves(5))
    assert merkle.consistency_proof(0, 5, node_of(leaves(5))) == ()
    verify_consistency(0, EMPTY_ROOT, 5, root, ())
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    refuse_consistency(0, EMPTY_ROOT, 5, root, (bytes(32),))
    refuse_consistency(0, bytes(32), 5, root, ())


def test_two_logs_of_one_size_are_the_same_log_or_a_fork() -> None:
    root = naive_root(leaves(5))
    assert merkle.consistency_proof(5, 5, node_of(leaves(5))) == ()
    verify_consistency(5, root, 5, root, ())
    refuse_consistency(5, bytes(32), 5, root, ())
    refuse_consistency(5, root, 5, root, (root,))


def test_a_shrinking_log_is_inconsistent() -> None:
    with pytest.raises(InconsistentLog, match="cannot extend"):
        merkle.consistency_proof(6, 5, node_of(leaves(6)))
    refuse_consistency(6, bytes(32), 5, bytes(32), ())
    refuse_consistency(-1, bytes(32), 5, bytes(32), ())


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_a_leaf_outside_the_tree_is_not_in_the_log(index: int) -> None:
    with pytest.raises(NotInLog, match="not in a log of 5"):
        inclusion_proof(index, 5, node_of(leaves(5)))
    refuse_inclusion(bytes(32), index, 5, (), bytes(32))


def test_a_refusal_names_both_roots() -> None:
    hashes = leaves(2)
    with pytest.raises(NotInLog) as refusal:
        verify_inclusion(hashes[0], 0, 2, (hashes[1],), bytes(32))
    assert bytes(32).hex() in str(refusal.value)
    assert naive_root(hashes).hex() in str(refusal.value)


def refuse_inclusion(leaf: bytes, index: int, size: int, path: tuple[bytes, ...], root: bytes) -> None:
    with pytest.raises(NotInLog):
        verify_inclusion(leaf, index, size, path, root)


def refuse_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: tuple[bytes, ...]) -> None:
    with pytest.raises(InconsistentLog):
        verify_consistency(old, old_root, new, new_root, path)
