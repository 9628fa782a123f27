"""Every page of the portal, after every kind of write: what is shown again is what would be made now, to the letter.

Pages are taken from the routes, and tables from what the pages read: neither a new page nor a new table is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, cast

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, Table, delete, insert, select

from bench import portal_cast
from bench.portal import pages_of
from tests.conftest import ASOF, HOST
from tests.services.cast import issue
from tests.web.conftest import Site, reads_of, scan_engine
from tests.worlds import KINDS, Copies, Originals
from traceapp.core.dates import vietnamese_date
from traceapp.core.diary.control_points import ControlPoint, Limit
from traceapp.core.digital_link import parse_path
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.facts import CertificateState
from traceapp.core.identifiers import Gln, Lot
from traceapp.core.own.keys import OwnKeys
from traceapp.db import notes
from traceapp.db import scans as scan_tables
from traceapp.db.notes import Notes
from traceapp.db.parts import Parts, Told
from traceapp.db.tables import metadata
from traceapp.services.accounts.people import MemberRole, change_role, create_account, join, members_of
from traceapp.services.accounts.recovery import new_codes
from traceapp.services.accounts.reminder_wishes import set_wish
from traceapp.services.accounts.sessions import start
from traceapp.services.accounts.step_up import set_rule
from traceapp.services.certificates.desk import ask_confirmation
from traceapp.services.certificates.statements import declare_certificate, set_certificate_state
from traceapp.services.diary.entries import Sent, Writer, keep
from traceapp.services.diary.signing import set_point
from traceapp.services.labels.runs import void_labels
from traceapp.services.lots.acts import hold
from traceapp.services.lots.handing_over import ship
from traceapp.services.lots.recalls import recall_with_notices
from traceapp.services.messages.inbox import Letter, answer, ask
from traceapp.services.operating.audit import note
from traceapp.services.records.erasure import erase_organisation
from traceapp.services.records.events import capture, correct
from traceapp.services.registry.registers import (
    confirm_identity,
    lot_called,
    owner_of_lot,
    register_facility,
    register_lot,
    register_organisation,
)
from traceapp.services.scans.counting import scan_item
from traceapp.services.scans.store import Visitor
from traceapp.services.world import World
from traceapp.web.language import choose_locale
from traceapp.web.portal import kept_pages, view

_DRAWN = re.compile(r'name="(key|asked)" value="[^"]*"')
_ONCE = count()
TODAY = vietnamese_date(ASOF)


@dataclass
class Portal:
    """Everybody's pages on one worker. `made` are the templates that were rendered; another worker writes."""

    site: Site
    other: World
    clients: dict[str, FlaskClient]
    pages: list[tuple[str, str]]
    everybodys: list[tuple[str, str]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    @property
    def is_quick(self) -> bool:
        """On PostgreSQL, where everything takes longer, more happens between two looks."""
        return self.site.world.engine.dialect.name == "sqlite"

    def ask(self, role: str, path: str, accept: str = "text/html") -> tuple[bool, str]:
        """Whether it is a page, and what it says."""
        headers = {"Accept": accept, "Sec-Fetch-Site": "same-origin"}
        answer = self.clients[role].get(path, base_url=self.site.address, headers=headers)
        is_page = answer.status_code == 200 and answer.mimetype == "text/html"
        return is_page, _DRAWN.sub(r'name="\1"', answer.data.decode("utf-8", "replace"))

    def shown_again(self, pages: list[tuple[str, str]] | None = None) -> int:
        """Ask for every page; how many were shown again. Each is as it is when all of it is made."""
        again = 0
        for role, path in pages or self.pages:
            before = len(self.made)
            shown = self.ask(role, path)
            if not shown[0]:
                continue
            again += len(self.made) == before
            assert shown == self.made_anew(role, path), path
        return again

    def made_anew(self, role: str, path: str) -> tuple[bool, str]:
        """The page made of nothing that was made before, asked for in words that nobody asked in before."""
        world = self.site.world
        kept, world.__dict__["parts"] = world.parts, Parts(world.parts.watches)
        made = self.ask(role, path, f"text/html, text/x-{next(_ONCE)}")
        world.__dict__["parts"] = kept
        return made


@pytest.fixture(scope="module", params=KINDS)
def portal(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    shared_copies: Copies,
    originals: Originals,
) -> Iterator[Portal]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portal_cast, "EVENTS", 80)
        patch.setattr(portal_cast, "MESSAGES", 4)
        world = shared_copies.copy(originals("empty", request.param)[0], tmp_path_factory.mktemp("shown") / "world")
        cast = portal_cast.load_cast(world)
        site = Site(world)
        clients = {}
        for role, token in cast.tokens.items():
            clients[role] = site.client.application.test_client()
            clients[role].set_cookie("__Host-traceapp", token, domain=HOST, secure=True)
        found = Portal(site, site.worker().world, clients, [])
        rendered: Callable[..., str] = view.__dict__["render_template"]

        def render(template: str, **values: Any) -> str:
            found.made.append(template)
            return rendered(template, **values)

        patch.setattr(view, "render_template", render)
        # Of pages that many have, the first one's is enough: a producer's, where it has one.
        asked: dict[str, tuple[str, str]] = {}
        for page in pages_of(cast):
            asked.setdefault(page.rule, (page.role, page.path))
            found.everybodys.append((page.role, page.path))
        found.pages = [one for one in asked.values() if found.ask(*one)[0] and found.made]
        yield found
        found.other.engine.dispose()
        world.engine.dispose()


@dataclass(frozen=True)
class Cast:
    """Whom and what writes are about."""

    world: World
    connection: Connection

    @property
    def lot(self) -> str:
        return lot_called(self.connection, "DM2610B")

    @property
    def product(self) -> str:
        return owner_of_lot(self.connection, self.lot)[0]

    @property
    def producer(self) -> str:
        return owner_of_lot(self.connection, self.lot)[1]

    @property
    def account(self) -> str:
        return members_of(self.connection, self.producer)[0].account

    def of_role(self, role: str) -> str:
        sql = "SELECT id FROM organisations WHERE role = :role ORDER BY id"
        return str(self.connection.exec_driver_sql(sql.replace(":role", f"'{role}'")).first()[0])  # type: ignore[index]

    def event(self, lot: str, stage: Stage = Stage.FERT) -> Event:
        return Event(lot, stage, TODAY, TODAY, owner_of_lot(self.connection, lot)[1], label_vi="Bón thêm phân ủ")


def _correct(cast: Cast) -> None:
    made = capture(cast.connection, cast.event(cast.lot, Stage.STORE), cast.world.notary, ASOF)
    correct(cast.connection, made.record_id, None, cast.producer, cast.world.notary, ASOF, reason="Ghi nhầm lô")


def _certify(cast: Cast) -> None:
    issuer, notary = cast.of_role("certifier"), cast.world.notary
    for number, confirmed in (("VG-98", True), ("VG-99", False)):
        said = {"scheme": "VIETGAP", "number": number, "issued": "2026-01-02", "expires": "2029-01-01"}
        paper, _ = declare_certificate(cast.connection, cast.producer, issuer, said, cast.producer, notary, ASOF)
        if confirmed:
            set_certificate_state(cast.connection, paper, CertificateState.CONFIRMED, issuer, notary, ASOF)
        else:
            ask_confirmation(cast.connection, paper, cast.producer, ASOF)


def _label(cast: Cast) -> None:
    world, connection = cast.world, cast.connection
    lot = lot_called(connection, "DM0001")
    run, _ = issue(world, connection, lot, 5, cast.producer)
    void_labels(connection, lot, run.first, run.first + 1, "Rách", cast.producer, world.notary, ASOF)


def _staff(cast: Cast) -> None:
    helper = create_account(cast.connection, "helper2@example.vn", "Anh Năm", None, "vi", ASOF)
    notary = cast.world.notary
    join(cast.connection, helper, cast.producer, MemberRole.STAFF, "cli", notary, ASOF)
    change_role(cast.connection, cast.producer, helper, MemberRole.OWNER, cast.account, notary, ASOF)


def _account(cast: Cast) -> None:
    new_codes(cast.connection, cast.account, ASOF)
    set_wish(cast.connection, cast.account, reminders=False, lang="en")
    set_rule(cast.connection, cast.producer, cast.account, ASOF, required=True)
    start(cast.connection, cast.account, "another browser", ASOF, how="test")


def _ask(cast: Cast) -> None:
    identity = parse_path(cast.lot.removeprefix(f"https://{HOST}")).identity
    assert identity is not None
    for number in range(2):
        letter = Letter(identity, f"Pha mấy gam cho một ấm? ({number})", "vi", form=b"again %d" % number)
        reference = ask(cast.connection, letter, HOST, ASOF)
    answer(cast.connection, reference, "Tám gam.", cast.producer, ASOF)


def _register(cast: Cast) -> None:
    world, connection = cast.world, cast.connection
    made = {"made": "2026-11-01", "quantity": 10, "unit": "gói"}
    register_lot(connection, cast.product, Lot("DM9999"), made, world.notary, ASOF)
    place = {"name": "Kho mới", "gln": Gln("9520000999995"), "latitude": 21.5, "longitude": 105.7}
    register_facility(connection, cast.producer, place, world.notary, ASOF)
    told = {"name": "HTX Mới", "role": "producer", "province_code": "19", "ward": "Xã Tân Cương"}
    other, _ = register_organisation(connection, told, world.notary, ASOF)
    confirm_identity(connection, other, cast.of_role("authority"), world.notary, ASOF)


def _hand_over(cast: Cast) -> None:
    shop, goods = cast.of_role("shop"), [Goods("gói 200 g", 3, "gói")]
    lot = lot_called(cast.connection, "DM0001")
    ship(cast.connection, lot, cast.producer, shop, goods, TODAY, cast.world.notary, ASOF)


def _diary(cast: Cast) -> None:
    typed = {"start": "01/03/2026", "plots": "DM-05", "active": "Azadirachtin"}
    keep(cast.connection, Writer(cast.producer), Sent("again-key-1", Stage.PPP, typed, ASOF, cast.lot), ASOF)
    point = ControlPoint("CCP9", "Sấy", "Mốc", (Limit("nhiệt độ", "°C", 90, 120),))
    set_point(cast.connection, cast.producer, point, ASOF)


def _recall(cast: Cast) -> None:
    world, connection = cast.world, cast.connection
    hold(connection, lot_called(connection, "DM0002"), "Chờ kiểm nghiệm", cast.producer, world.notary, ASOF)
    recall_with_notices(
        world, connection, lot_called(connection, "DM0001"), cast.producer, world.notary, day=TODAY, reason_vi="Ẩm"
    )


WRITES: dict[str, Callable[[Cast], object]] = {
    "another's record": lambda cast: capture(
        cast.connection, cast.event(lot_called(cast.connection, "VS2609A")), cast.world.notary, ASOF
    ),
    "one's own record": lambda cast: capture(cast.connection, cast.event(cast.lot), cast.world.notary, ASOF),
    "a correction": _correct,
    "the diary": _diary,
    "the account": _account,
    "people": _staff,
    "a question and an answer": _ask,
    "certificates": _certify,
    "labels": _label,
    "registers": _register,
    "a shipment": _hand_over,
    "a recall": _recall,
    "erasure": lambda cast: erase_organisation(cast.connection, cast.producer, "test", ASOF),
    "the audit trail": lambda cast: note(cast.connection, "hold", "test", "test", ASOF),
}


def _until(taken: Notes) -> datetime:
    """Just before time alone changes what was made so; else some day, long after."""
    ends = [_until(cast(Told, one).notes) for one in taken.parts]
    if taken.until:
        ends.append(taken.until - timedelta(microseconds=1))
    return min(ends, default=ASOF + timedelta(days=4000))


@contextmanager
def _elsewhere(portal: Portal, moment: datetime) -> Iterator[None]:
    """At another moment, at another address and host, for nobody who is signed in, in the same language."""
    lang, clock = choose_locale(), portal.site.clock
    app, path = portal.site.client.application, f"/verify/elsewhere?lang={lang}&page=7&key=odd"
    with app.app_context(), app.test_request_context(path, base_url="https://other.example"):
        now, clock.now = clock.now, moment
        yield
        clock.now = now


def _spelled(value: object) -> str:
    """All that it says."""
    return repr(list(value) if isinstance(value, OwnKeys) else value)


def test_what_pages_share_is_the_same_whoever_asks_for_what_and_when_and_no_page_changes_it(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, known, part = [], [], Parts.part

    def twice(parts: Parts, key: tuple[object, ...], make: Callable[[], object], outer: Notes) -> object:
        def made() -> object:
            found, taken = make(), notes.taken()
            assert taken is not None
            with _elsewhere(portal, _until(taken)):
                again = make()
            known.append((key[0], found, _spelled(found)))
            if known[-1][-1] != _spelled(again):
                odd.append((key[0], found, again))
            return found

        return part(parts, key, made, outer)

    monkeypatch.setattr(Parts, "part", twice)
    for role, path in portal.everybodys:
        for lang in ("vi", "en"):
            portal.made_anew(role, f"{path}{'&' if '?' in path else '?'}lang={lang}")
    assert len({name for name, _, _ in known}) > 50
    assert odd == []
    assert [name for name, found, spelled in known if _spelled(found) != spelled] == []


def test_after_every_write_each_page_is_the_one_that_would_be_made(portal: Portal) -> None:
    assert len(portal.pages) > 50
    portal.shown_again()
    assert portal.shown_again() == len(portal.pages)
    again = {}
    for number, (name, write) in enumerate(WRITES.items()):
        with portal.other.write() as connection:
            write(Cast(portal.other, connection))
        if portal.is_quick or number % 4 == 0:
            again[name] = portal.shown_again() / len(portal.pages)
    assert again["another's record"] > 0.9
    assert min(again.values()) < 0.9, "what a page shows of a write makes it anew"
    portal.shown_again()


def test_what_one_page_was_made_of_shows_nothing_to_those_of_others(portal: Portal) -> None:
    # In turn, so that each rests on what the one before was made of.
    portal.shown_again(portal.everybodys)
    portal.shown_again(portal.everybodys[::-1])


def test_after_a_scan_only_pages_that_tell_of_scans_are_made_anew(portal: Portal) -> None:
    portal.shown_again()
    with portal.other.read() as connection:
        lot = lot_called(connection, "DM2610B")
    scan_item(portal.other.scans, lot, 3, Visitor(b"12345678", b"12345678"), ASOF)
    assert len(portal.pages) - 3 <= portal.shown_again() < len(portal.pages)


def test_when_any_table_loses_its_rows_no_page_shows_them_still(portal: Portal) -> None:
    portal.shown_again()
    pages = kept_pages.kept_pages(portal.site.client.application).all()
    asked = " ".join(read.sql for page in pages for read in reads_of(page.told))
    every = (*metadata.sorted_tables, *scan_tables.metadata.sorted_tables)
    read = [table for table in every if re.search(rf"\b{table.name}\b", asked)]
    assert len(read) > 25
    some = 5 if portal.is_quick else 12
    for tables in (read[at : at + some] for at in range(0, len(read), some)):
        taken = [(table, _take_away(portal.site, table)) for table in tables]
        portal.shown_again()
        for table, rows in taken:
            if rows:
                _put_back(portal.site, table, rows)
    portal.shown_again()


def _engine(site: Site, table: Table) -> Any:
    return scan_engine(site.world) if table.metadata is scan_tables.metadata else site.world.engine


def _take_away(site: Site, table: Table) -> list[Any]:
    with _engine(site, table).connect() as connection:
        rows = [dict(row) for row in connection.execute(select(table)).mappings()]
    _behind(site, table, delete(table))
    return rows


def _put_back(site: Site, table: Table, rows: list[Any]) -> None:
    _behind(site, table, insert(table), rows)


def _behind(site: Site, table: Table, statement: Any, rows: Any = None) -> None:
    """Behind the service's back, whatever guards the table."""
    if table.metadata is scan_tables.metadata:
        with _engine(site, table).begin() as connection:
            connection.execute(statement, rows)
        return
    site.change(statement, rows)
