"""Scans: counted without following anybody; many visitors of one label are noticed, one alone never is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import ASOF
from tests.patience import A_MOMENT, patience
from tests.services.cast import Cast
from traceapp.core.dates import midnight, vietnamese_date
from traceapp.core.errors import InvalidEvent, NotFound
from traceapp.core.facts import ScanFact
from traceapp.core.scans.memory import Memory, Visit
from traceapp.db.engine import make_engine
from traceapp.services.scans.counting import (
    clear_suspicion,
    look_at_item,
    say_place,
    say_used_up,
    scan_item,
    scan_thing,
)
from traceapp.services.scans.store import FORGET_AT_ONCE, ScanStore
from traceapp.services.scans.suspicions import list_suspicions
from traceapp.services.world import World

LOT = "https://id.example.vn/01/09520000000127/10/L1"
NOON = ASOF


@pytest.fixture
def store(cast: Cast) -> Iterator[ScanStore]:
    yield cast.world.scans


def scan(
    store: ScanStore, who: str, when: datetime = NOON, province: str | None = None, item: int = 1, lot: str = LOT
) -> ScanFact:
    """A scan from an address."""
    return scan_item(store, lot, item, store.visitor(who, when), when, province)


def rows(store: ScanStore, table: str) -> list[tuple[object, ...]]:
    with store.transaction() as cursor:
        return [tuple(row) for row in cursor.run(f"SELECT * FROM {table}", {})]


def visits(store: ScanStore) -> list[tuple[str, Visit]]:
    """Every visit that is remembered, with its item."""
    return [(str(row[0]), visit) for row in rows(store, "scan_items") for visit in memory_of(row[3]).visits]


def memory_of(packed: object) -> Memory:
    assert isinstance(packed, bytes | memoryview)
    return Memory.read(bytes(packed))


def addresses(count: int) -> list[str]:
    return [f"113.160.{number // 250}.{number % 250 + 1}" for number in range(count)]


def test_the_first_scan_is_the_first(store: ScanStore) -> None:
    found = scan(store, "113.160.0.1", province="01")
    assert (found.total, found.by_others, found.first) == (1, 0, NOON)
    assert (found.last_24h, found.last_7d, found.visitors_24h) == (1, 1, 1)
    assert found.suspicion is None


def test_a_province_is_named_from_five_scans_on(store: ScanStore) -> None:
    found = [scan(store, who, NOON + timedelta(minutes=step), "01") for step, who in enumerate(addresses(5))]
    assert [one.provinces_24h for one in found] == [()] * 4 + [("01",)]


def test_scanning_again_is_the_same_visitor(store: ScanStore) -> None:
    for step in range(5):
        found = scan(store, "113.160.0.1", NOON + timedelta(minutes=step))
    assert (found.total, found.by_others, found.visitors_24h) == (5, 0, 1)


def test_another_visitor_counts_as_another(store: ScanStore) -> None:
    scan(store, "113.160.0.1")
    found = scan(store, "113.160.0.2", NOON + timedelta(hours=5))
    assert (found.total, found.by_others, found.visitors_24h) == (2, 1, 2)


def test_items_and_lots_are_counted_apart(store: ScanStore) -> None:
    scan(store, "113.160.0.1", item=1)
    scan(store, "113.160.0.1", item=11)
    assert scan(store, "113.160.0.1", item=11).total == 2
    assert scan(store, "113.160.0.1", lot=f"{LOT}1", item=1).total == 1


def test_twenty_scans_by_several_visitors_in_a_day_are_suspicious(store: ScanStore) -> None:
    found = [scan(store, who, NOON + timedelta(hours=hour)) for hour, who in enumerate(addresses(20))]
    assert [one.suspicion is not None for one in found] == [False] * 19 + [True]
    suspicion = found[-1].suspicion
    assert suspicion is not None
    assert (suspicion.scans, suspicion.visitors, suspicion.hours) == (20, 20, 24)


def test_twenty_scans_over_more_than_a_day_are_not(store: ScanStore) -> None:
    found = [scan(store, who, NOON + timedelta(hours=2 * step)) for step, who in enumerate(addresses(30))]
    assert all(one.suspicion is None for one in found)


def test_twenty_scans_by_a_couple_are_not(store: ScanStore) -> None:
    for step in range(60):
        found = scan(store, addresses(2)[step % 2], NOON + timedelta(minutes=step))
    assert found.visitors_24h == 2
    assert found.suspicion is None


@pytest.mark.slow
def test_one_address_never_raises_suspicion_however_often_it_scans(store: ScanStore, kind: str) -> None:
    """Ten thousand in a day, as from a shop's shelf or a broken phone."""
    visitor, times = store.visitor("113.160.0.1", NOON), 10_000 if kind == "sqlite" else 1_000
    for step in range(times):
        moment = NOON + timedelta(seconds=40_000 * step / times)
        found = scan_item(store, LOT, 1, visitor, moment, ("01", "79", None)[step % 3])
    assert found.total == found.last_24h == times
    assert (found.by_others, found.visitors_24h, found.suspicion) == (0, 1, None)
    assert len(visits(store)) <= 3 * 13, "many scans by one visitor are one visit an hour and province"


def test_two_provinces_within_two_hours_by_two_visitors_are_suspicious(store: ScanStore) -> None:
    scan(store, "113.160.0.1", province="01")
    found = scan(store, "113.160.0.2", NOON + timedelta(hours=2), "79")
    assert found.suspicion is not None
    assert (found.suspicion.scans, found.suspicion.visitors, found.suspicion.provinces) == (2, 2, 2)


def test_two_provinces_more_than_two_hours_apart_are_a_journey(store: ScanStore) -> None:
    scan(store, "113.160.0.1", province="01")
    assert scan(store, "113.160.0.2", NOON + timedelta(hours=2, seconds=1), "79").suspicion is None


def test_one_visitor_in_two_provinces_is_no_suspicion(store: ScanStore) -> None:
    """A mobile network answers from anywhere."""
    for step in range(6):
        found = scan(store, "113.160.0.1", NOON + timedelta(minutes=step), ("01", "79")[step % 2])
    assert found.suspicion is None


def test_an_unknown_province_is_no_other_province(store: ScanStore) -> None:
    scan(store, "113.160.0.1", province="01")
    assert scan(store, "113.160.0.2", NOON + timedelta(minutes=5)).suspicion is None


def test_a_second_visitor_behind_a_returning_one_is_still_seen(store: ScanStore) -> None:
    """A in Hà Nội, then B in Hà Nội, then B in Sài Gòn: A and B were in two provinces within two hours."""
    scan(store, "113.160.0.1", NOON, "01")
    scan(store, "113.160.0.2", NOON + timedelta(minutes=1), "01")
    assert scan(store, "113.160.0.2", NOON + timedelta(minutes=2), "79").suspicion is not None


def test_midnight_does_not_make_two_visitors_of_one(store: ScanStore) -> None:
    """The day's key changes; the same phone before and after is one visitor, wherever it is."""
    day = datetime(2026, 11, 22, tzinfo=UTC)
    for minutes, province in ((-20, "01"), (-5, "79"), (5, "01"), (20, "79")):
        found = scan(store, "113.160.0.1", day + timedelta(minutes=minutes), province)
    assert (found.total, found.by_others, found.visitors_24h, found.suspicion) == (4, 0, 1, None)


def test_midnight_does_not_make_forty_visitors_of_twenty(store: ScanStore) -> None:
    day = datetime(2026, 11, 22, tzinfo=UTC)
    for minutes in (-30, 30):
        for who in addresses(2):
            for _ in range(8):
                found = scan(store, who, day + timedelta(minutes=minutes))
    assert (found.total, found.visitors_24h, found.suspicion) == (32, 2, None)


def test_two_visitors_on_two_sides_of_midnight_are_two(store: ScanStore) -> None:
    day = datetime(2026, 11, 22, tzinfo=UTC)
    scan(store, "113.160.0.1", day - timedelta(minutes=5), "01")
    assert scan(store, "113.160.0.2", day + timedelta(minutes=5), "79").suspicion is not None


def test_an_ipv6_network_is_one_visitor_and_a_mapped_address_is_its_ipv4(store: ScanStore) -> None:
    scan(store, "2001:db8:1:2::1")
    assert scan(store, "2001:db8:1:2:aaaa::9").visitors_24h == 1
    assert scan(store, "2001:db8:1:3::1").visitors_24h == 2
    scan(store, "113.160.0.1")
    assert scan(store, "::ffff:113.160.0.1").visitors_24h == 3


def test_what_is_no_address_is_a_visitor_too(store: ScanStore) -> None:
    for odd in ("", "unix:", "x" * 5000, "\ud800"):
        assert scan(store, odd).total > 0


def test_no_address_is_kept(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    # Under a key made at random, four bytes of what is kept may be any four.
    monkeypatch.setattr("secrets.token_bytes", lambda count: bytes(range(count)))
    address = "113.160.77.88"
    scan(cast.world.scans, address)
    packed = bytes(int(part) for part in address.split("."))
    for table in ("scan_items", "scan_voices", "scan_hours", "scan_day_keys", "scan_suspicions"):
        for row in rows(cast.world.scans, table):
            for value in row:
                plain = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                assert address.encode() not in plain
                assert packed not in plain


def test_a_visitor_is_another_under_tomorrows_key(store: ScanStore) -> None:
    today, tomorrow = (store.visitor("113.160.0.1", NOON + timedelta(days=day)) for day in (0, 1))
    assert today.today != tomorrow.today
    assert tomorrow.yesterday == today.today


def test_visitors_are_gone_after_a_day_and_their_keys_after_the_day_behind_it(store: ScanStore) -> None:
    scan(store, "113.160.0.1", NOON)
    keys = {key for _, key in days(store)}
    scan(store, "113.160.0.2", NOON + timedelta(hours=24), item=2)
    assert {item for item, _ in visits(store)} == {f"{LOT}#2"}
    assert [row[3] for row in rows(store, "scan_voices")] == [1], "who was heard of which lot is forgotten as well"
    scan(store, "113.160.0.2", NOON + timedelta(hours=48), item=2)
    assert not keys & {key for _, key in days(store)}


def days(store: ScanStore) -> list[tuple[int, bytes]]:
    return [(int(str(row[0])), bytes(row[1])) for row in rows(store, "scan_day_keys")]  # type: ignore[call-overload]


def test_totals_stay_when_visitors_are_gone(store: ScanStore) -> None:
    scan(store, "113.160.0.1", NOON)
    found = scan(store, "113.160.0.1", NOON + timedelta(days=3))
    assert (found.total, found.by_others, found.last_24h, found.first) == (2, 1, 1, NOON)
    hours = [row for row in rows(store, "scan_hours") if row[0] == LOT]
    assert sum(int(str(row[3])) for row in hours) == 2


def test_looking_counts_nothing(store: ScanStore) -> None:
    visitor = store.visitor("113.160.0.1", NOON)
    assert look_at_item(store, LOT, 1, visitor, NOON).total == 0
    scan(store, "113.160.0.1")
    assert look_at_item(store, LOT, 1, visitor, NOON).total == 1
    assert scan(store, "113.160.0.1").total == 2


def test_codes_of_lots_and_products_have_no_visitors(store: ScanStore) -> None:
    for _ in range(30):
        scan_thing(store, LOT, NOON, "01")
    assert rows(store, "scan_items") == rows(store, "scan_voices") == []
    assert [tuple(row)[3] for row in rows(store, "scan_hours")] == [30]


def suspect(store: ScanStore, item: int = 1, when: datetime = NOON) -> ScanFact:
    scan(store, "113.160.0.1", when, "01", item)
    return scan(store, "113.160.0.2", when, "79", item)


def test_a_suspicion_stays_when_the_scans_are_old(store: ScanStore) -> None:
    suspect(store)
    assert scan(store, "113.160.0.9", NOON + timedelta(days=30)).suspicion is not None


def test_the_producer_clears_a_suspicion_with_a_reason_that_shows(store: ScanStore) -> None:
    suspect(store)
    clear_suspicion(store, LOT, 1, "Bày mẫu ở hội chợ ", NOON + timedelta(hours=1))
    found = scan(store, "113.160.0.9", NOON + timedelta(hours=2)).suspicion
    assert found is not None
    assert (found.cleared, found.cleared_reason) == (NOON + timedelta(hours=1), "Bày mẫu ở hội chợ")


def test_clearing_needs_a_reason_and_a_suspicion(store: ScanStore) -> None:
    suspect(store)
    with pytest.raises(InvalidEvent, match="Say why"):
        clear_suspicion(store, LOT, 1, "  ", NOON)
    with pytest.raises(NotFound, match="no open suspicion"):
        clear_suspicion(store, LOT, 2, "Nhầm", NOON)
    clear_suspicion(store, LOT, 1, "Hội chợ", NOON)
    with pytest.raises(NotFound, match="no open suspicion"):
        clear_suspicion(store, LOT, 1, "Hội chợ", NOON)


def test_the_scans_that_were_explained_raise_it_no_more_but_new_ones_do(store: ScanStore) -> None:
    suspect(store)
    clear_suspicion(store, LOT, 1, "Hội chợ", NOON + timedelta(minutes=1))
    explained = scan(store, "113.160.0.3", NOON + timedelta(minutes=2), "48").suspicion
    assert explained is not None
    assert explained.cleared is not None
    later = suspect(store, when=NOON + timedelta(days=2)).suspicion
    assert later is not None
    assert later.cleared is None


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_locked_file_is_told_at_once_and_costs_one_scan(cast: Cast) -> None:
    """A page goes on without it: it must not wait for longer than a moment."""
    store = cast.world.scans
    scan(store, "113.160.0.1")
    path = Path(str(cast.world.engine.url.database)).with_name("scans.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with patience(store) as waits, pytest.raises(store.errors):
        scan(store, "113.160.0.1")
    assert waits == [A_MOMENT]
    other.execute("ROLLBACK")
    other.close()
    assert scan(store, "113.160.0.1").total == 2


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_locked_row_is_told_at_once_and_costs_one_scan(cast: Cast) -> None:
    store = cast.world.scans
    scan(store, "113.160.0.1")
    with cast.world.engine.connect() as other:
        other.execute(text("LOCK TABLE scan_items IN ACCESS EXCLUSIVE MODE"))
        with patience(store) as waits, pytest.raises(store.errors):
            scan(store, "113.160.0.1")
        assert waits == [A_MOMENT]
    assert scan(store, "113.160.0.1").total == 2


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_full_disk_costs_scans_and_nothing_else(cast: Cast) -> None:
    """After it there is room again, the same worker counts on."""
    store = cast.world.scans
    scan(store, "113.160.0.1")
    with store.transaction() as cursor:
        pages = int(cursor.run("PRAGMA page_count", {})[0][0])
    store._sqlite()._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(store.errors):
        for number in range(3000):
            scan(store, "113.160.0.1", item=number)
    store._sqlite()._connection.execute("PRAGMA max_page_count = 1000000")
    assert scan(store, "113.160.0.1", item=5000).total == 1


def test_a_capture_never_waits_for_a_scan(cast: Cast) -> None:
    with cast.world.scans.transaction() as cursor:
        cursor.run("UPDATE scan_items SET total = total", {})
        cast.harvest()


def test_the_hours_of_a_day_in_vietnam_can_be_told_from_the_counts(store: ScanStore) -> None:
    start = midnight(vietnamese_date(NOON))
    for hour in (0, 5, 23, 24):
        scan_thing(store, LOT, start + timedelta(hours=hour))
    inside = [row for row in rows(store, "scan_hours") if 0 <= int(str(row[1])) - start.timestamp() // 3600 < 24]
    assert len(inside) == 3


def test_two_workers_count_together(cast: Cast) -> None:
    other = World(cast.world.settings, clock=cast.world.clock)
    one = scan(cast.world.scans, "113.160.0.1")
    two = scan(other.scans, "113.160.0.1")
    assert (one.total, two.total, two.visitors_24h) == (1, 2, 1), "and one visitor is one for both"
    other.engine.dispose()


def test_an_open_suspicion_shows_the_most_that_was_counted(store: ScanStore) -> None:
    for number in range(40):
        found = scan(store, f"113.160.0.{number}", NOON + timedelta(minutes=number))
    assert found.suspicion is not None
    assert (found.suspicion.scans, found.suspicion.visitors) == (40, 40)
    assert found.suspicion.opened == NOON + timedelta(minutes=19), "it stays open since it was opened"
    later = scan(store, "113.160.9.9", NOON + timedelta(days=3))
    assert later.suspicion is not None and later.suspicion.scans == 40


# Visitors who speak of places, and of what is left


def say(store: ScanStore, who: str, province: str, when: datetime = NOON, item: int = 1) -> bool:
    return say_place(store, LOT, item, store.visitor(who, when), when, province)


def test_a_visitor_may_say_where_they_scanned(store: ScanStore) -> None:
    scan(store, "113.160.0.1")
    assert say(store, "113.160.0.1", "79", NOON + timedelta(minutes=1))
    assert [visit.province for _, visit in visits(store)] == [79]
    found = scan(store, "113.160.0.1", NOON + timedelta(minutes=2))
    assert (found.total, found.last_24h) == (2, 2), "saying it is no scan"


def test_who_has_not_scanned_has_nothing_to_say(store: ScanStore) -> None:
    scan(store, "113.160.0.1")
    assert not say(store, "113.160.9.9", "79")
    assert not say(store, "113.160.0.1", "79", item=2)
    assert not say(store, "113.160.0.1", "79", NOON + timedelta(hours=25))
    assert not say_used_up(store, LOT, 1, store.visitor("113.160.9.9", NOON), NOON)
    assert rows(store, "scan_suspicions") == []


def test_what_the_network_says_goes_before_what_a_visitor_says(store: ScanStore) -> None:
    scan(store, "113.160.0.1", province="01")
    assert say(store, "113.160.0.1", "79")
    assert [visit.province for _, visit in visits(store)] == [1]


def test_three_who_say_that_they_are_at_three_ends_of_the_country_are_suspicious(store: ScanStore) -> None:
    for number, province in enumerate(("01", "48", "79")):
        who, when = f"113.{160 + number}.0.1", NOON + timedelta(minutes=number)
        before = scan(store, who, when).suspicion
        say(store, who, province, when)
        assert before is None
    found = look_at_item(store, LOT, 1, store.visitor("8.8.8.8", NOON), NOON + timedelta(minutes=5)).suspicion
    assert found is not None
    assert found.km is not None and found.km > 400


def test_two_who_say_so_are_not_believed_against_each_other(store: ScanStore) -> None:
    for _ in range(5):
        for who, province in (("113.160.0.1", "01"), ("113.170.0.1", "79")):
            assert scan(store, who).suspicion is None
            say(store, who, province)
    assert scan(store, "113.180.0.1").suspicion is None


def test_the_distance_and_the_time_of_two_scans_are_kept(store: ScanStore) -> None:
    scan(store, "113.160.0.1", province="01")
    found = scan(store, "113.160.0.2", NOON + timedelta(minutes=35), "79").suspicion
    assert found is not None
    assert (found.minutes, found.km is not None and 1000 < found.km < 1150) == (35, True)


def test_one_visitor_who_says_that_nothing_is_left_makes_no_honest_pack_suspect(store: ScanStore) -> None:
    """Neither by what they do afterwards, nor with what a family that bought it does."""
    when = NOON
    scan(store, "113.160.0.1", when)
    assert say_used_up(store, LOT, 1, store.visitor("113.160.0.1", when), when)
    for step in range(100):
        assert scan(store, "113.160.0.1", when + timedelta(minutes=step)).suspicion is None
    for step in range(40):
        who = f"113.170.0.{step % 3}"
        assert scan(store, who, when + timedelta(hours=2, minutes=step)).suspicion is None
    assert scan(store, "113.160.0.1", when + timedelta(hours=40)).suspicion is None


def test_a_label_scanned_by_others_after_its_pack_was_used_up_is_suspected_sooner(store: ScanStore) -> None:
    scan(store, "113.160.0.1")
    say_used_up(store, LOT, 1, store.visitor("113.160.0.1", NOON), NOON)
    found = [scan(store, who, NOON + timedelta(minutes=5 + step)) for step, who in enumerate(addresses(12)[1:])]
    assert [one.suspicion is not None for one in found] == [False] * 9 + [True] * 2
    assert found[9].suspicion is not None
    assert found[9].suspicion.after == 10


def test_a_second_word_that_nothing_is_left_changes_nothing(store: ScanStore) -> None:
    for number in range(2):
        who, when = f"113.160.0.{number}", NOON + timedelta(minutes=number)
        scan(store, who, when)
        assert say_used_up(store, LOT, 1, store.visitor(who, when), when)
    assert {memory_of(row[3]).used_up for row in rows(store, "scan_items")} == {int(NOON.timestamp())}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_who_scans_more_than_five_items_of_a_lot_makes_none_suspect(store: ScanStore) -> None:
    """Four people with forty phones' patience and a shelf: five items each are all they can do in half a day."""
    suspected = []
    for item in range(1, 41):
        for step in range(24):
            found = scan(store, f"113.160.{step % 4}.1", NOON + timedelta(seconds=30 * item + step), item=item)
        suspected += [item] if found.suspicion else []
    assert suspected == [1, 2, 3, 4, 5]
    later = [scan(store, f"113.160.{step % 4}.1", NOON + timedelta(hours=12), item=50) for step in range(24)]
    assert later[-1].suspicion is not None, "in the next half a day they are heard again"


def test_neighbours_of_one_line_make_no_crowd(store: ScanStore) -> None:
    for number in range(100):
        assert scan(store, f"2001:ee0:4f01:{number:x}::1").suspicion is None
    for number in range(20):
        found = scan(store, f"2001:ee0:{number:x}:1::1", item=2)
    assert found.suspicion is not None


# Older files, and what is forgotten when


OLD = """
CREATE TABLE scan_visits (item TEXT, hour INTEGER, visitor BLOB, province TEXT, before BLOB NOT NULL,
 count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (item, hour, visitor, province));
CREATE TABLE scan_items (item TEXT PRIMARY KEY, total INTEGER NOT NULL, first INTEGER NOT NULL);
CREATE TABLE scan_hours (thing TEXT, hour INTEGER, province TEXT, count INTEGER NOT NULL,
 PRIMARY KEY (thing, hour, province));
CREATE TABLE scan_day_keys (day INTEGER PRIMARY KEY, key BLOB NOT NULL);
CREATE TABLE scan_suspicions (item TEXT, opened TEXT, scans INTEGER NOT NULL, visitors INTEGER NOT NULL,
 provinces INTEGER NOT NULL, cleared TEXT, cleared_reason TEXT, PRIMARY KEY (item, opened));
INSERT INTO scan_items VALUES ('{lot}#1', 57, 1000), ('{lot}#2', 3, 2000);
INSERT INTO scan_visits VALUES ('{lot}#1', 1, x'00', '', x'00', 57, 1000, 1000);
INSERT INTO scan_suspicions VALUES ('{lot}#1', '2026-11-20T05:00:00Z', 57, 31, 3, NULL, NULL);
"""


def test_a_file_of_an_older_version_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "scans.db"
    with sqlite3.connect(path) as old:
        old.executescript(OLD.replace("{lot}", LOT))
    old.close()
    for total in (58, 59):
        store = ScanStore(make_engine(f"sqlite:///{path}"))
        found = scan(store, "113.160.0.1")
        assert found.suspicion is not None
        assert (found.total, found.suspicion.scans, found.suspicion.visitors) == (total, 57, 31)
        assert scan(store, "113.160.0.1", item=2).suspicion is None
    with store.transaction() as cursor:
        names = {row[0] for row in cursor.run("SELECT name FROM sqlite_master", {})}
    assert "scan_visits" not in names
    assert "scan_items_oldest" in names


def test_no_visitor_is_remembered_for_a_day_where_nobody_scans_any_more(store: ScanStore) -> None:
    """The purge runs by the hour, whenever in it the scan was."""
    for item, minutes in enumerate((0, 1, 30, 59), 1):
        scan(store, "113.160.0.1", NOON + timedelta(minutes=minutes), item=item)
    for hour in range(1, 24):
        store.purge(NOON + timedelta(hours=hour, minutes=17))
    assert [item for item, _ in visits(store)] == [f"{LOT}#3", f"{LOT}#4"]
    store.purge(NOON + timedelta(hours=24, minutes=17))
    assert visits(store) == []
    assert rows(store, "scan_voices") == []
    assert [row[1] for row in rows(store, "scan_items")] == [1] * 4, "counts stay"


def test_a_page_forgets_a_few_visitors_and_the_purge_all(store: ScanStore) -> None:
    for item in range(120):
        scan(store, "113.160.0.1", NOON, item=item)
    later = NOON + timedelta(hours=25)
    scan(store, "113.160.0.2", later, item=500)
    assert len(visits(store)) == 120 - FORGET_AT_ONCE + 1
    store.purge(later)
    assert [item for item, _ in visits(store)] == [f"{LOT}#500"]


# The producer's list


def test_suspicions_are_listed_by_lot_and_those_that_were_cleared_when_asked_for(store: ScanStore) -> None:
    for item in (1, 2):
        suspect(store, item)
    scan(store, "113.160.0.1", NOON, "01", 7, f"{LOT}0")
    scan(store, "113.160.0.2", NOON, "79", 7, f"{LOT}0")
    clear_suspicion(store, LOT, 2, "Hội\n chợ", NOON + timedelta(hours=1))
    assert [(one.lot, one.item) for one in list_suspicions(store)] == [(LOT, 1), (f"{LOT}0", 7)]
    assert [one.item for one in list_suspicions(store, LOT)] == [1]
    every = list_suspicions(store, LOT, cleared=True)
    assert [(one.item, one.suspicion.cleared_reason) for one in every] == [(1, None), (2, "Hội chợ")]


def test_a_reason_is_a_sentence_not_a_book(store: ScanStore) -> None:
    suspect(store)
    with pytest.raises(InvalidEvent, match="301 characters: say it in 300"):
        clear_suspicion(store, LOT, 1, "x" * 301, NOON)


def test_journeys_that_were_explained_are_not_counted_for_the_rest_of_the_week(store: ScanStore) -> None:
    for number in range(8):
        scan(store, f"113.160.0.{number}", NOON + timedelta(hours=3 * number), ("01", "79")[number % 2])
    clear_suspicion(store, LOT, 1, "Hội chợ hai miền", NOON + timedelta(hours=22))
    calm = scan(store, "113.160.1.1", NOON + timedelta(hours=50), "01").suspicion
    assert calm is not None and calm.cleared is not None
    scan(store, "113.160.1.2", NOON + timedelta(hours=51), "01")
    calm = scan(store, "113.160.1.3", NOON + timedelta(hours=52), "01").suspicion
    assert calm is not None and calm.cleared is not None


def test_made_up_things_are_forgotten_and_no_others(store: ScanStore) -> None:
    suspect(store)
    scan(store, "113.160.0.1", NOON, "01", 1, "made-up/1")
    scan(store, "113.160.0.2", NOON, "79", 1, "made-up/1")
    store.forget_things("made-up/")
    assert {str(row[0]) for row in rows(store, "scan_items")} == {f"{LOT}#1"}
    assert {str(row[0]) for row in rows(store, "scan_hours")} == {LOT}
    assert len(list_suspicions(store)) == 1
