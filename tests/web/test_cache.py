"""What workers keep is never older than it may be: midnights, recalls, erasures, lost keys, tampering."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from tests.web.conftest import PROGRAM, Site
from traceapp.core.credential import Signer
from traceapp.core.dates import midnight
from traceapp.core.digital_link import Identity
from traceapp.core.facts import CertificateState
from traceapp.core.identifiers import Gtin, Lot
from traceapp.core.keys import Role
from traceapp.core.log_entry import entry_of
from traceapp.db.tables import certificates, metadata, organisations, personal, records
from traceapp.demo.load import demo_data
from traceapp.services.certificates.statements import set_certificate_state
from traceapp.services.labels.runs import item_path, runs_of
from traceapp.services.lots.acts import hold, inspect, recall, release
from traceapp.services.operating.keys import revoke
from traceapp.services.records.erasure import erase_organisation
from traceapp.services.registry.registers import lot_called, owner_of_lot

SECOND = timedelta(seconds=1)
Workers = tuple[Site, Site]


@pytest.fixture
def workers(site: Site) -> Iterator[Workers]:
    """Two workers that have nothing in common but the database, the files and the time."""
    other = site.worker()
    yield site, other
    other.world.engine.dispose()


def certificate(name: str) -> dict[str, Any]:
    return next(one for one in demo_data()["certificates"] if one["id"] == name)


def last_day(lot: str) -> date:
    found = next(one for one in demo_data()["lots"] if one["lot"] == lot)
    return date.fromisoformat(found["expires"])


@dataclass(frozen=True)
class Seen:
    """What a page shows, read quickly."""

    html: str

    @property
    def codes(self) -> set[str]:
        return set(re.findall(r'data-finding="([^"]+)"', self.html))

    @property
    def headline(self) -> str:
        return "".join(re.findall(r'data-headline="([^"]+)"', self.html))


def read(worker: Site, path: str) -> Seen:
    """The page, which must be the same whether a reader or a program asks."""
    page = Seen(worker.ask(path).text)
    verdict = worker.verdict(path)
    assert page.codes <= {finding["code"] for finding in verdict["findings"]} | {"first-scan", "scans-normal"}
    assert page.headline == verdict["headline"]
    return page


# Midnights

MIDNIGHTS: dict[str, tuple[str, date, str, str | None, str]] = {
    "a star": (
        "DM2610B",
        date.fromisoformat(certificate("ct-che-ocop")["expires"]),
        "stars-valid",
        None,
        "stars-expired",
    ),
    "a certificate": (
        "DM2610B",
        date.fromisoformat(certificate("ct-che-vg")["expires"]),
        "certificate-valid",
        None,
        "certificate-expired",
    ),
    "a lot's last day": ("DG1115", last_day("DG1115") + timedelta(days=1), "phi-kept", "phi-kept", "lot-expired"),
}


@pytest.mark.parametrize("what", MIDNIGHTS)
def test_what_ends_at_a_vietnamese_midnight_ends_on_every_page_of_every_worker(workers: Workers, what: str) -> None:
    lot, day, before, still, after = MIDNIGHTS[what]
    paths = [workers[0].lot(lot), f"/verify{workers[0].lot(lot)}?lang=en", workers[0].item(lot, 1)]
    ends = midnight(day)
    assert ends.hour == 17, "midnight in Vietnam is 17:00 UTC"
    for moment, ended in ((ends - SECOND, False), (ends, True)):
        workers[0].clock.now = moment
        for worker in workers:
            for path in paths:
                codes = read(worker, path).codes
                assert (after in codes) is ended, f"{path} at {moment}"
                assert (before in codes) is (not ended or still is not None), f"{path} at {moment}"


def test_a_page_that_an_edge_may_keep_says_no_longer_than_it_is_true(site: Site) -> None:
    path = f"/verify{site.lot('DG1115')}?lang=vi"
    ends = midnight(last_day("DG1115") + timedelta(days=1))
    for left, most in ((3600, 60), (60, 60), (30, 30), (1, 1), (0.5, 0)):
        site.clock.now = ends - timedelta(seconds=left)
        assert site.ask(path).headers["Cache-Control"] == f"public, max-age={most}"


def test_a_lots_page_tells_the_time_at_which_it_was_looked_at(site: Site) -> None:
    path = site.lot("DM2610B")
    assert "12:00" in site.page(path).words
    site.clock.tick(hours=3)
    words = site.page(path).words
    assert "15:00" in words
    assert "12:00" not in words


def test_one_page_serves_all_labels_of_a_lot(read_only: Site) -> None:
    worker = read_only.worker()
    lot = Identity(Gtin("09520000000127"), lot=Lot("DM2610B"))
    for item in range(25, 37):
        assert "label-signature-good" in Seen(worker.ask(worker.signed("DM2610B", item)).text).codes
    known = worker.world.__dict__["_known_things"].get(worker.world, lot, worker.clock.now)
    assert len(known.pages) == 1, "what is kept must not grow with the labels that are scanned"


# What people do


def act(worker: Site, do: Callable[[Connection], Any]) -> None:
    """Something happens through a third process."""
    world = worker.worker().world
    with world.write() as connection:
        do(connection)
    world.engine.dispose()


def test_a_recall_shows_on_the_next_request_in_every_worker(workers: Workers) -> None:
    here, now = workers[0].world, workers[0].clock.now
    lot = workers[0].lot_id("DM2608B")
    paths = [workers[0].lot("DM2608B"), workers[0].item("DM2608B", 2)]
    taker = workers[0].lot("DM2610T")
    for worker in workers:
        assert [read(worker, path).headline for path in paths] == ["record-authentic"] * 2
        assert read(worker, taker).headline == "input-recalled"
    before = [len(recalls(worker, taker)) for worker in workers]
    act(
        workers[0],
        lambda connection: recall(
            connection,
            lot,
            owner_of_lot(connection, lot)[1],
            here.notary,
            now,
            day=date(2026, 11, 21),
            reason_vi="Thử thu hồi",
        ),
    )
    for worker in workers:
        for path in paths:
            page = read(worker, path)
            assert page.headline == "lot-recalled"
            assert "Thử thu hồi" in page.html
    assert [len(recalls(worker, taker)) for worker in workers] == [count + 1 for count in before]


def recalls(worker: Site, path: str) -> list[dict[str, Any]]:
    return [one for one in worker.verdict(path)["findings"] if one["code"] == "input-recalled"]


def test_a_hold_and_its_release_show_on_the_next_request_in_every_worker(workers: Workers) -> None:
    here, now = workers[0].world, workers[0].clock.now
    lot, path = workers[0].lot_id("LT2610"), workers[0].item("LT2610", 1)
    for deed, held in ((hold, True), (release, False)):
        for worker in workers:
            assert ("lot-on-hold" in read(worker, path).codes) is not held
        act(
            workers[0],
            lambda connection, deed=deed: deed(
                connection, lot, "xem lại", owner_of_lot(connection, lot)[1], here.notary, now
            ),
        )
        for worker in workers:
            assert ("lot-on-hold" in read(worker, path).codes) is held


def inspected(site: Site, connection: Connection) -> None:
    lot, world = site.lot_id("DM2610B"), site.world
    authority = connection.execute(select(organisations.c.id).where(organisations.c.role == "authority")).scalar_one()
    day = date(2026, 11, 20)
    inspect(connection, lot, authority, world.notary, world.clock(), day=day, result="pass", note=None)


def certificate_suspended(site: Site, connection: Connection) -> None:
    about = "https://id.example.vn/01/09520000000127"
    row = connection.execute(select(certificates).where(certificates.c.about == about)).one()
    state, world = CertificateState.SUSPENDED, site.world
    set_certificate_state(connection, row.id, state, row.issuer, world.notary, world.clock(), reason="thử")


def labels_issued(site: Site, connection: Connection) -> None:
    site.issue_label(connection, "DM2610B")


def next_item(site: Site) -> str:
    """The path of the label that will be issued next."""
    with site.world.read() as connection:
        last = runs_of(connection, site.lot_id("DM2610B"))[-1]
    return item_path(last, last.first + last.count, site.world.serial_key)


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (inspected, "inspected"),
        (certificate_suspended, "certificate-suspended"),
        (labels_issued, "code-issued"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_whatever_is_recorded_shows_on_the_next_request_in_every_worker(
    workers: Workers, deed: Callable[[Site, Connection], None], code: str
) -> None:
    path = next_item(workers[0]) if deed is labels_issued else workers[0].lot("DM2610B")
    for worker in workers:
        assert code not in read(worker, path).codes
    act(workers[0], lambda connection: deed(workers[0], connection))
    for worker in workers:
        assert code in read(worker, path).codes


def test_a_households_name_is_gone_from_the_next_request_on_once_it_is_erased(workers: Workers) -> None:
    name, now = "Nhà thùng Vịnh Sao", workers[0].clock.now
    paths = [workers[0].lot("VS2609A"), workers[0].item("VS2609A", 3), "/01/09520000000110", "/"]
    with workers[0].world.read() as connection:
        rows = connection.execute(select(personal.c.record_id, personal.c.field, personal.c.value)).all()
    assert sum(row.field == "name" and name in row.value for row in rows) == 2, "the household and its workshop"
    with workers[0].world.read() as connection:
        producer = owner_of_lot(connection, lot_called(connection, "VS2609A"))[1]
    for worker in workers:
        assert all(name in worker.ask(path).text for path in paths)
    act(workers[0], lambda connection: erase_organisation(connection, producer, "test", now))
    for worker in workers:
        for path in paths:
            html = worker.ask(path).text
            assert (name in html, "record-tampered" in html) == (False, False)
        assert name not in json.dumps(worker.verdict(paths[0]), ensure_ascii=False)


@pytest.mark.parametrize(
    ("role", "item", "finding"),
    [
        (Role.RECORD, ("DM2610B", 1, False), "key-revoked"),
        (Role.LABEL, ("DM2610B", 25, True), "label-key-revoked"),
        (Role.SERIAL, ("DM2610B", 1, False), "serial-key-exposed"),
    ],
)
def test_a_lost_key_shows_on_the_next_request_in_every_worker(
    workers: Workers, role: Role, item: tuple[str, int, bool], finding: str
) -> None:
    here, now = workers[0].world, workers[0].clock.now
    lot, number, signed = item
    path = workers[0].signed(lot, number) if signed else workers[0].item(lot, number)
    for worker in workers:
        assert finding not in read(worker, path).codes
    root = Signer.of_host(here.host, here.key_store.load(Role.ROOT))
    with here.read() as connection:
        key = here.trust(connection).keyring().of_role(role)[0]
    name = key.raw.hex() if role is Role.SERIAL else key.multikey
    act(
        workers[0],
        lambda connection: revoke(connection, name, now - timedelta(days=1), here.key_store, here.notary, root, now),
    )
    for worker in workers:
        assert finding in read(worker, path).codes


# What somebody does behind the service's back


def record_of(site: Site, kind: str, about: str) -> tuple[str, bytes]:
    with site.world.read() as connection:
        rows = connection.execute(select(records.c.record_id, records.c.body).where(records.c.type == kind)).all()
    return next((row.record_id, row.body) for row in rows if json.loads(row.body)["credentialSubject"]["id"] == about)


def harm(site: Site, how: str) -> None:
    record, body = record_of(site, "LotRecord", site.lot_id("DM2610B"))
    if how == "a byte flipped":
        flipped = body.replace(b"900", b"901", 1)
        assert flipped != body
        site.tamper("UPDATE records SET body = :body WHERE record_id = :id", {"body": flipped, "id": record})
    elif how == "a record deleted":
        site.tamper("DELETE FROM records WHERE record_id = :id", {"id": record})
    else:
        line = entry_of(f"https://{site.world.host}/records/{record}", b"other bytes")
        site.tamper("UPDATE log_entries SET entry = :entry WHERE record_id = :id", {"entry": line, "id": record})


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("a byte flipped", "record-tampered"),
        ("a record deleted", "record-missing"),
        ("a log line changed", "record-tampered"),
    ],
)
def test_tampering_behind_the_guards_shows_within_five_seconds_in_every_worker(
    workers: Workers, how: str, code: str
) -> None:
    paths = [workers[0].lot("DM2610B"), workers[0].item("DM2610B", 1), f"/verify{workers[0].lot('DM2610B')}?lang=en"]
    for worker in workers:
        assert [read(worker, path).headline for path in paths] == ["record-authentic"] * 3
    harm(workers[0], how)
    workers[0].clock.tick(seconds=5)
    for worker in workers:
        for path in paths:
            page = read(worker, path)
            assert (page.headline, "record-authentic" in page.codes) == (code, False)
    fresh = workers[0].worker()
    assert read(fresh, paths[0]).headline == code
    fresh.world.engine.dispose()


# Columns decide nothing

INDEXES = ("organisations", "facilities", "products", "lots", "certificates", "label_runs")
COLUMNS = {name: [one.name for one in metadata.tables[name].columns if not one.primary_key] for name in INDEXES}


def altered(value: Any) -> Any:
    """Another value of the same kind; a wrong one for flags and numbers too."""
    match value:
        case bool():
            return not value
        case int():
            # Far from all others: next to a random number another may stand.
            return value + 1_000_003
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
        case datetime():
            return value + timedelta(days=1000)
        case _:
            return f"{value}x"


def alter(site: Site, table: str, column: str) -> None:
    """Change a column in every row, without a word to the service."""
    found = metadata.tables[table]
    keys = [key.name for key in found.primary_key]
    with site.world.read() as connection:
        rows = connection.execute(select(found)).mappings().all()
    where = " AND ".join(f"{key} = :key_{key}" for key in keys)
    changes = [{"new": altered(row[column]), **{f"key_{key}": row[key] for key in keys}} for row in rows]
    site.tamper(f"UPDATE {table} SET {column} = :new WHERE {where}", *changes)


def served(site: Site, paths: list[str]) -> dict[str, bytes]:
    """Pages and verdicts as a worker serves them that has just started."""
    fresh = site.worker()
    found = {path: fresh.ask(path).data for path in paths if "/21/" not in path}
    found |= {f"{path} as JSON": fresh.ask(path, accept=PROGRAM).data for path in paths}
    fresh.world.engine.dispose()
    return found


def test_no_column_of_the_current_state_changes_a_page(site: Site) -> None:
    paths = [site.lot("VS2609A"), site.lot("DM2610T"), "/01/09520000000134", site.item("VS2609A", 1)]
    paths.append(site.signed("DM2610B", 25))
    assert all(COLUMNS.values())
    before = served(site, paths)
    for table, columns in COLUMNS.items():
        for column in columns:
            alter(site, table, column)
        after = served(site, paths)
        assert [path for path in before if after[path] != before[path]] == [], f"{table} changed these pages"


@pytest.mark.parametrize("column", ["value", "salt"])
def test_a_personal_value_or_its_salt_altered_shows_as_tampered(site: Site, column: str) -> None:
    alter(site, "personal", column)
    paths = [site.lot("VS2609A"), site.item("VS2609A", 1)]
    for path, data in served(site, paths).items():
        assert b"record-tampered" in data, path
