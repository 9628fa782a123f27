"""Made-up scans through the real counting: the limits that the bench keeps, on a smaller number of packs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.cast import Cast
from traceapp.core.scans.traffic import LOT_SIZE, Kind
from traceapp.services.scans.store import ScanStore
from traceapp.services.scans.trial import Tally, Trial, try_copied, try_honest, try_poison, try_used_up

START = 1_767_200_400


@pytest.fixture
def kind() -> str:
    """What is counted does not depend on the database; how fast does."""
    return "sqlite"


@pytest.fixture
def store(cast: Cast) -> Iterator[ScanStore]:
    yield cast.world.scans


def by_name(tallies: Iterator[Tally]) -> dict[str, Tally]:
    return {one.name.strip(): one for one in tallies}


def test_copied_labels_are_noticed_and_fast_ones_nearly_always(store: ScanStore) -> None:
    found = by_name(try_copied(Trial(store, "copied/"), 1, 100, START))
    assert found["copied labels noticed by scan 20"].share >= 0.95
    assert found[str(Kind.CLONE_FAST)].share >= 0.98
    (slow,) = try_copied(Trial(store, "slow/"), 1, 60, START, Kind.CLONE_SLOW)
    assert 0.4 < slow.share < 0.9


def test_honest_packs_are_let_be(store: ScanStore) -> None:
    found = by_name(try_honest(Trial(store, "honest/"), 1, 800, START))
    assert found["honest packs suspected"].of == 800
    usual = (Kind.FAMILY, Kind.GIFT, Kind.SHELF, Kind.FEAST, Kind.ONE_PHONE)
    assert [name for name in usual if found[str(name)].found] == []
    assert found["honest packs suspected"].found <= 1


@pytest.mark.slow
def test_poisoners_reach_what_the_readme_says_and_no_more(store: ScanStore) -> None:
    found = by_name(try_poison(Trial(store, "poison/"), START, 200))
    alone = [one for name, one in found.items() if name.startswith("1 address")]
    assert [one.found for one in alone] == [0, 0]
    assert found["100 neighbours of one IPv4 /24"].found == 0
    assert found["100 networks of one IPv6 line"].found == 0
    # 100 addresses that are heard of five packs of a lot each, four to a pack, three to a lie.
    assert found["100 addresses, 25 scans a pack"].found == 100 * 5 // 4
    assert found["100 addresses that lie about places"].found == 100 * 5 // 3


def test_saying_of_all_packs_that_nothing_is_left_makes_none_suspect(store: ScanStore) -> None:
    assert try_used_up(Trial(store, "used-up/"), 1, 300, START).found == 0


def test_items_of_a_trial_are_spread_over_lots_that_do_not_exist(store: ScanStore) -> None:
    trial = Trial(store, "made-up/")
    assert trial.lot_of(1) == "made-up/0"
    assert trial.lot_of(LOT_SIZE) == "made-up/1"
    assert Tally("none", 0, 0).share == 0
