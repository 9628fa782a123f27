"""What counts as a scan and as a visitor, what a lost scan costs, and what is kept out of the logs."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.patience import A_MOMENT, patience
from tests.web.conftest import ON_ONE_DATABASE, PROGRAM, Site, scan_engine
from traceapp.core.scans.memory import Memory
from traceapp.db import scans as scan_tables
from traceapp.services.world import World

LINKSET = "application/linkset+json"
AHEAD = {
    "Sec-Purpose": "prefetch;prerender",
    "Purpose": "prefetch",
    "X-Moz": "prefetch",
    "X-Purpose": "preview",
}


def counted(site: Site) -> int:
    """All scans of items ever stored."""
    return total(site, "SELECT coalesce(sum(total), 0) FROM scan_items")


def counted_of_lots(site: Site) -> int:
    """All scans by the hour: of lots, products, and of items under their lots."""
    return total(site, "SELECT coalesce(sum(count), 0) FROM scan_hours")


def visitors(site: Site) -> int:
    query = "SELECT memory FROM scan_items WHERE item LIKE '%VS2609A%'"
    with scan_engine(site.world).connect() as connection:
        memories = [Memory.read(bytes(packed)) for packed in connection.execute(text(query)).scalars()]
    return len({visit.visitor for memory in memories for visit in memory.visits})


def total(site: Site, query: str) -> int:
    with scan_engine(site.world).connect() as connection:
        return int(connection.execute(text(query)).scalar() or 0)


def behind(site: Site, proxies: int) -> Site:
    """A worker that trusts so many proxies."""
    return Site(World(replace(site.world.settings, trusted_proxies=proxies), clock=site.world.clock))


def test_each_page_that_somebody_opens_is_one_scan(site: Site) -> None:
    path = site.item("VS2609A", 1)
    pages = [path, f"/verify{path}?lang=en", path, f"{path}?utm=zalo", path.lower().replace("vs2609a", "VS2609A")]
    before = counted(site)
    for number, one in enumerate(pages, 1):
        assert site.page(one).status == 200
        assert counted(site) == before + number, one


def test_a_label_in_a_page_of_another_site_is_not_scanned_by_its_readers(site: Site) -> None:
    path = site.item("VS2609A", 1)
    before = counted(site), counted_of_lots(site)
    for wanted in ("image", "iframe", "empty", "object"):
        for accept in ("text/html", "image/avif,image/webp,*/*;q=0.8"):
            for one in (path, f"/verify{path}", site.lot("VS2609A")):
                assert site.ask(one, accept=accept, **{"Sec-Fetch-Dest": wanted}).status_code < 400
    assert (counted(site), counted_of_lots(site)) == before
    assert site.ask(path, **{"Sec-Fetch-Dest": "document"}).status_code == 200
    assert counted(site) == before[0] + 1


def test_a_page_of_a_lot_or_a_product_is_counted_by_the_hour(site: Site) -> None:
    before, items = counted_of_lots(site), counted(site)
    for path in (site.lot("VS2609A"), "/01/09520000000110", f"/verify{site.lot('VS2609A')}?lang=vi"):
        assert site.page(path).status == 200
    assert counted_of_lots(site) == before + 3
    assert counted(site) == items


def test_what_is_not_a_person_looking_is_no_scan(site: Site) -> None:
    for path in (site.item("VS2609A", 1), site.lot("VS2609A"), "/01/09520000000110"):
        before = site.rows(), counted(site), counted_of_lots(site)
        for method in ("HEAD", "OPTIONS", "POST", "PUT", "DELETE"):
            site.ask(path, method=method)
        for accept in (PROGRAM, LINKSET, "*/*", ""):
            site.ask(path, accept=accept)
        for query in ("linkType=linkset", "linkType=all", "linkType=gs1:pip"):
            site.ask(f"{path}?{query}")
        site.ask(f"/verify{path}?format=json")
        site.ask(f"/verify{path}", accept=PROGRAM)
        site.ask(f"/bundle{path}")
        for name, value in AHEAD.items():
            site.ask(path, **{name.replace("-", "_"): value})
            site.ask(f"/verify{path}?lang=vi", **{name.replace("-", "_"): value})
        site.ask(f"{path}?99999=1")
        after = site.rows(), counted(site), counted_of_lots(site)
        after[0]["scan_day_keys"] = before[0]["scan_day_keys"]
        assert after == before


def test_asking_does_not_change_what_the_next_scan_is_told(site: Site) -> None:
    path = site.item("VS2609A", 1)
    for _ in range(30):
        site.ask(path, accept=PROGRAM)
        site.ask(path, method="HEAD")
    assert {"first-scan", "code-issued"} <= site.page(path).codes


@ON_ONE_DATABASE
def test_without_trusted_proxies_nobody_becomes_another_visitor_by_a_header(site: Site) -> None:
    path = site.item("VS2609A", 1)
    for number in range(5):
        site.ask(path, X_Forwarded_For=f"203.0.113.{number}", Forwarded=f"for=203.0.113.{number}")
    assert visitors(site) == 1
    assert "first-scan" in site.page(path).codes


@ON_ONE_DATABASE
@pytest.mark.parametrize("proxies", [1, 2])
def test_behind_trusted_proxies_the_visitor_is_whoever_they_name(site: Site, proxies: int) -> None:
    worker, path = behind(site, proxies), site.item("VS2609A", 1)
    own = ", 192.0.2.1" * (proxies - 1)
    for number in range(3):
        worker.ask(path, remote="10.0.0.1", X_Forwarded_For=f"203.0.113.{number}{own}")
    assert visitors(site) == 3
    # What a visitor writes into the header themselves stands further left, and is not believed.
    for number in range(3):
        worker.ask(path, remote="10.0.0.1", X_Forwarded_For=f"198.51.100.{number}, 203.0.113.1{own}")
    assert visitors(site) == 3


@ON_ONE_DATABASE
@pytest.mark.parametrize("proxies", [0, 1, 3])
def test_a_forwarded_host_or_scheme_is_never_believed(site: Site, proxies: int) -> None:
    worker = behind(site, proxies)
    forged = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http", "X_Forwarded_Prefix": "/evil"}
    for path in (site.lot("VS2609A"), "/find?code=VS2609A", "/"):
        for accept in ("text/html", "*/*", LINKSET):
            answer = worker.ask(path, accept=accept, X_Forwarded_Port="81", **forged)
            assert answer.status_code < 400
            assert "evil" not in answer.text + str(answer.headers)


@ON_ONE_DATABASE
def test_odd_forwarded_addresses_are_visitors_too(site: Site) -> None:
    worker, path = behind(site, 1), site.item("VS2609A", 1)
    for odd in ("", ",", ",,,", "unknown", "é" * 500, "[::1", "2001:db8::1", "999.1.1.1", "1.2.3.4:80", "\t"):
        assert worker.ask(path, X_Forwarded_For=odd).status_code == 200


def test_addresses_of_one_ipv6_network_are_one_visitor(site: Site) -> None:
    path = site.item("VS2609A", 1)
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "::ffff:192.0.2.9", "192.0.2.9"):
        site.ask(path, remote=address)
    assert visitors(site) == 3


# Losing a scan


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Somebody else holds the scans: a backup, an administrator."""
    if site.world.engine.dialect.name == "sqlite":
        other = sqlite3.connect(site.world.settings.data_dir / "scans.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    with site.world.engine.connect() as connection:
        connection.execute(
            text("LOCK TABLE scan_items, scan_hours, scan_voices, scan_day_keys IN ACCESS EXCLUSIVE MODE")
        )
        yield
        connection.rollback()


def test_a_page_does_not_wait_for_its_scan_and_the_loss_is_counted(site: Site) -> None:
    item, lot = site.item("VS2609A", 1), site.lot("VS2609A")
    paths = (item, lot, item, f"/verify{lot}?lang=en")
    for path in paths:
        site.ask(path)
    before, lost = counted(site), site.world.lost_scans
    with locked(site), patience(site.world.scans) as waits:
        for path in paths:
            assert site.ask(path).status_code == 200
    assert waits == [A_MOMENT] * 4, "each page asks for the store once, and waits for it no longer"
    assert site.world.lost_scans == lost + 4
    assert counted(site) == before
    site.ask(item)
    assert counted(site) == before + 1


def test_a_locked_store_says_nothing_of_scans_rather_than_something_wrong(site: Site) -> None:
    path = site.item("VS2609A", 1)
    site.ask(path)
    with locked(site):
        codes = site.page(path).codes
    assert "code-issued" in codes
    assert not {"first-scan", "scans-normal", "copy-suspected"} & codes


def test_scans_that_were_deleted_cost_a_page_nothing_and_are_counted_as_lost(site: Site) -> None:
    item, lot = site.item("VS2609A", 1), site.lot("VS2609A")
    site.ask(item)
    remove_scans(site)
    with patience(site.world.scans) as waits:
        for path in (item, lot):
            assert site.ask(path).status_code == 200
    assert len(waits) <= 2 and max(waits, default=0) <= A_MOMENT, "nobody looks for them again"
    assert site.world.lost_scans == 2
    again = site.worker()
    assert again.page(item).status == 200
    assert (again.world.lost_scans, counted(again)) == (0, 1), "a worker that starts makes the store anew"


def test_scans_go_on_in_a_file_that_was_put_in_place_of_the_other(read_only: Site, tmp_path: Path) -> None:
    site = read_only.worker()
    path, folder = site.item("VS2609A", 1), site.world.settings.data_dir
    site.ask(path)
    before = counted(site)
    with sqlite3.connect(folder / "scans.db") as old, sqlite3.connect(tmp_path / "backup.db") as backup:
        old.backup(backup)
    for left in ("scans.db-wal", "scans.db-shm"):
        (folder / left).unlink(missing_ok=True)
    (tmp_path / "backup.db").replace(folder / "scans.db")
    site.ask(path)
    assert (counted(site), site.world.lost_scans) == (before + 1, 0)


def remove_scans(site: Site) -> None:
    if site.world.engine.dialect.name == "sqlite":
        for file in site.world.settings.data_dir.glob("scans.db*"):
            file.unlink()
        return
    with site.world.engine.begin() as connection:
        for table in scan_tables.metadata.sorted_tables:
            connection.execute(text(f"DROP TABLE {table.name}"))


# Logs

ADDRESS, NETWORK = "203.0.113.77", "2001:db8:aaaa:bbbb:1234::77"


def test_no_address_and_no_serial_reaches_the_logs(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    item = site.item("VS2609A", 1)
    serial = item.rpartition("/")[2]
    made_up = f"{site.lot('VS2609A')}/21/MADEUPSERIAL1"
    paths = (
        item,
        f"/verify{item}?lang=en",
        made_up,
        f"{item}?S=1&S=2",
        f"{item}?99999=1",
        f"{item}/x",
        f"/nowhere{item}",
    )
    for path in paths:
        for method in ("GET", "POST"):
            for address in (ADDRESS, NETWORK):
                site.ask(path, method=method, remote=address, X_Forwarded_For=address)
    with locked(site):
        site.ask(item, remote=ADDRESS)
    remove_scans(site)
    site.ask(item, remote=NETWORK)
    assert "a scan was not stored" in caplog.text
    for secret in (ADDRESS, NETWORK, "2001:db8:aaaa", serial, serial.lower(), "MADEUPSERIAL1"):
        assert secret not in caplog.text


def test_the_store_holds_no_address(site: Site) -> None:
    """Among megabytes of keys and hashes any four bytes may stand by chance, but not those of each that asks."""
    found = []
    for address in (ADDRESS, "198.51.100.23", "192.0.2.144", "100.64.9.201"):
        site.ask(site.item("VS2609A", 1), remote=address)
        files = b"".join(file.read_bytes() for file in site.world.settings.data_dir.glob("*.db*"))
        with scan_engine(site.world).connect() as connection:
            rows = connection.execute(text("SELECT memory FROM scan_items")).scalars().all()
        assert rows and bool(files) is (site.world.engine.dialect.name == "sqlite")
        assert address.encode() not in files
        packed = IPv4Address(address).packed
        found.append(packed in files or any(packed[:3] in bytes(one) for one in rows if one))
    assert not all(found)
