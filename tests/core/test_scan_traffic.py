from ipaddress import ip_address
from itertools import pairwise

import pytest

from traceapp.core.places import PROVINCES
from traceapp.core.scans import poison
from traceapp.core.scans.distances import too_fast
from traceapp.core.scans.traffic import CLONES, DAYS, HONEST, Kind, Traffic

START = 1_767_200_400
DAY = 86_400


def honest(count=3000, seed=1):
    return list(Traffic(seed, START).honest(1, count))


def test_the_same_seed_makes_the_same_scans():
    assert honest(200) == honest(200)
    assert honest(200) != honest(200, seed=2)


@pytest.mark.many
def test_every_kind_of_honest_pack_occurs_as_often_as_its_share():
    stories = honest(20_000)
    for weight, kind in HONEST:
        share = sum(one.kind is kind for one in stories) / len(stories)
        assert 0.6 * weight / 1000 < share < 1.5 * weight / 1000
    assert all(one.is_honest for one in stories)


@pytest.mark.many
def test_scans_are_in_order_by_real_addresses_in_real_provinces():
    for story in honest():
        moments = [scan.at for scan in story.scans]
        assert moments == sorted(moments)
        for scan in story.scans:
            assert ip_address(scan.line.address)
            assert {scan.line.where, scan.line.province or "01", scan.said or "01"} <= set(PROVINCES)
            assert START - 8 * DAY <= scan.at <= START + (DAYS + 12) * DAY


@pytest.mark.many
def test_a_table_of_networks_is_wrong_now_and_then_and_knows_no_phone():
    lines = [scan.line for story in honest() for scan in story.scans]
    fixed = [line for line in lines if line.province]
    wrong = sum(line.province != line.where for line in fixed) / len(fixed)
    assert 0 < wrong < 0.03
    assert {line.province for line in lines if ":" in line.address or line.address.startswith("27.")} == {None}


@pytest.mark.many
def test_a_gift_is_carried_no_faster_than_people_travel():
    for story in honest(5000):
        if story.kind is Kind.GIFT:
            places = [(scan.at, scan.line.where) for scan in story.scans]
            for (before, here), (after, there) in pairwise(places):
                assert after - before > 2 * 3600 or not too_fast(here, there, after - before)


@pytest.mark.parametrize("kind", [None, *(kind for _, kind in CLONES), Kind.CLONE_SLOW])
def test_a_copied_label_is_scanned_by_twenty_who_bought_a_copy(kind):
    for story in Traffic(1, START).copied(1, 50, kind):
        assert not story.is_honest
        assert sum(scan.copy for scan in story.scans) >= 20
        assert kind in (None, story.kind)


def test_poisoners_have_as_many_addresses_as_are_told():
    for lines in (poison.homes(100), poison.one_ipv4_network(100), poison.one_ipv6_line(100)):
        assert len({ip_address(line.address) for line in lines}) == 100
    assert len({line.address.rpartition(".")[0] for line in poison.one_ipv4_network(100)}) == 1


def test_poisoners_scan_what_they_aim_at():
    lines, items = poison.homes(8), range(10)
    one = list(poison.one_address(lines[0], items, START))
    assert len(one) == 10_000
    assert {scan.line for scan in one} == {lines[0]}
    shared = [scan for scan in poison.many_scans(lines, items, START) if scan.item == 3]
    assert len(shared) == 24
    assert len({scan.line for scan in shared}) == 4
    far = [scan for scan in poison.far_places(lines, items, START) if scan.item == 3]
    assert [scan.said for scan in far] == ["01", "48", "79", None]
