"""What appending knows of the tree: told apart by its root, followed where others append, made anew otherwise."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tests.services.cast import Cast
from traceapp.core.errors import LogAhead
from traceapp.core.merkle import EMPTY_ROOT, Frontier
from traceapp.db.engine import writing
from traceapp.services.log import tree as log_tree
from traceapp.services.log.entries import Receipt
from traceapp.services.log.heads import newest_head
from traceapp.services.log.tree import KnownTree
from traceapp.services.records.events import capture_many


def newest(connection: Connection) -> tuple[int, bytes]:
    found = newest_head(connection)
    assert found is not None
    return found[:2]


def fertilise(cast: Cast, connection: Connection) -> Receipt:
    world = cast.world
    return capture_many(connection, [cast.event()], world.notary, world.clock())[0]


def test_a_tree_that_is_known_is_not_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    known = KnownTree()
    with cast.world.read() as connection:
        size, root = newest(connection)
        first = known.at(connection, size, root)
        monkeypatch.setattr(log_tree, "_followed", None)
        again = known.at(connection, size, root)
    assert (again.size, again.root()) == (first.size, first.root()) == (size, root)
    first.append(bytes(32))
    assert known.at(connection, size, root).root() == root, "what is done with it is not done to what is known"


def test_what_others_append_is_followed_without_reading_the_tiles(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    known = KnownTree()
    with cast.world.read() as connection:
        known.at(connection, *newest(connection))
    cast.harvest()
    cast.harvest()
    monkeypatch.setattr(log_tree, "stored_tree", None)
    with cast.world.read() as connection:
        size, root = newest(connection)
        assert known.at(connection, size, root).root() == root


def test_what_was_known_and_never_committed_is_forgotten(cast: Cast) -> None:
    """A capture that was rolled back has grown the tree in memory alone."""
    known, lost = KnownTree(), Frontier()
    lost.append(b"\7" * 32)
    known.keep(lost, lost.root())
    with cast.world.read() as connection:
        size, root = newest(connection)
        assert known.at(connection, size, root).root() == root


def test_a_capture_after_one_that_was_rolled_back_extends_what_is_committed(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), cast.world.write() as connection:
        fertilise(cast, connection)
        raise ZeroDivisionError
    cast.harvest()


def test_what_a_transaction_knew_ends_with_it(cast: Cast) -> None:
    """The connection is kept for the next, which may not begin as a capture does."""
    with pytest.raises(ZeroDivisionError), cast.world.write() as connection:
        fertilise(cast, connection)
        raise ZeroDivisionError
    with cast.world.read() as connection:
        size, _ = newest(connection)
    with writing(cast.world.engine) as connection:
        assert fertilise(cast, connection).leaf_index == size


def test_two_appends_of_one_transaction_are_one_after_the_other(cast: Cast) -> None:
    with cast.world.write() as connection:
        first = fertilise(cast, connection)
        second = fertilise(cast, connection)
    assert second.leaf_index == first.leaf_index + 1


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_another_root_is_no_tree_of_this_database(cast: Cast, size: int) -> None:
    with cast.world.read() as connection, pytest.raises(LogAhead, match="another root"):
        KnownTree().at(connection, size, b"\7" * 32)


def test_the_empty_tree_has_the_empty_root(cast: Cast) -> None:
    with cast.world.read() as connection:
        assert KnownTree().at(connection, 0, EMPTY_ROOT).size == 0
