"""Pages of the portal that are shown again, and what makes them anew: none shows what would not be read now."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine

from tests.conftest import ASOF
from tests.web.conftest import Site, make_world
from tests.web.signed_in import BROWSER, SignedIn, new_session
from tests.worlds import KINDS
from traceapp.core import evidence
from traceapp.core.dates import vietnamese_date
from traceapp.core.digital_link import parse_path
from traceapp.core.events import Event, Stage
from traceapp.core.facts import RecordState
from traceapp.db import driver
from traceapp.db.notes import Notes
from traceapp.db.parts import Told
from traceapp.services.accounts.people import MemberRole, change_role
from traceapp.services.accounts.sessions import end_all, find
from traceapp.services.records import kept_readings
from traceapp.services.records.events import capture
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.names import name_of
from traceapp.services.records.verdicts import gather
from traceapp.services.registry.registers import owner_of_lot
from traceapp.services.scans.counting import scan_item
from traceapp.services.scans.store import Visitor
from traceapp.web.portal import kept_pages, overview
from traceapp.web.portal.kept_pages import SHOWN_FOR, KeptPages

TEA, ORANGE = "DM2610B", "DG1115"
PAGES = ("/portal/today", "/portal/lots", "/portal/labels", "/portal/overview", "/portal/checklist/09520000000127")


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("kept"), request.param)
    yield Site(world)
    world.engine.dispose()


def member_of(site: Site, lot: str, login: str, role: MemberRole = MemberRole.OWNER) -> SignedIn:
    """Somebody new, signed in for the producer of a lot."""
    with site.world.read() as connection:
        organisation = owner_of_lot(connection, site.lot_id(lot))[1]
    return SignedIn(site, organisation, *new_session(site.world, organisation, login, role))


@pytest.fixture(scope="module")
def tea(site: Site) -> SignedIn:
    return member_of(site, TEA, "tea@example.vn")


@pytest.fixture(scope="module")
def oranges(site: Site) -> SignedIn:
    return member_of(site, ORANGE, "oranges@example.vn")


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> Counter[bytes]:
    """How often each record was verified, by its bytes; nothing is known from before."""
    found: Counter[bytes] = Counter()

    def verify(body: bytes, *more: Any) -> Any:
        found[body] += 1
        return verify_logged(body, *more)

    verify_logged = evidence.verify_logged
    kept_readings.KEPT.forget()
    monkeypatch.setattr(evidence, "verify_logged", verify)
    return found


def write(site: Site, lot: str, stage: Stage = Stage.FERT) -> None:
    """Another process records something of a lot."""
    other, day = site.worker().world, vietnamese_date(ASOF)
    with other.write() as connection:
        found = site.lot_id(lot)
        event = Event(found, stage, day, day, owner_of_lot(connection, found)[1], label_vi="Bón thêm phân ủ")
        capture(connection, event, other.notary, other.clock())
    other.engine.dispose()


def test_no_page_verifies_a_record_twice_and_after_a_change_only_what_is_new(
    site: Site, tea: SignedIn, verified: Counter[bytes]
) -> None:
    for path in (*PAGES, f"/portal/lots/view{site.lot(TEA)}", f"/portal/lots/split{site.lot(TEA)}"):
        assert tea.ask(path).status == 200
    assert len(verified) > 40
    assert set(verified.values()) == {1}
    verified.clear()
    write(site, TEA)
    for path in PAGES:
        assert tea.ask(path).status == 200
    assert len(verified) == 1


def test_the_same_page_is_made_once_while_nothing_is_committed(site: Site, tea: SignedIn, made: list[str]) -> None:
    first, again = (tea.ask("/portal/lots?look=again") for _ in range(2))
    assert made == ["portal/lots.html"]
    assert first.response.data == again.response.data
    assert first.response.headers == again.response.headers
    assert again.response.headers["Cache-Control"] == "no-store"
    assert tea.ask("/portal/lots?lang=en").lang == "en"
    assert tea.ask("/portal/lots").lang == "vi"


def test_what_another_process_recorded_shows_on_the_next_page(site: Site, tea: SignedIn) -> None:
    before = tea.ask("/portal/today").words
    write(site, TEA, Stage.STORE)
    after = tea.ask("/portal/today").words
    assert before != after
    assert after == tea.ask("/portal/today").words


def test_a_scan_shows_on_the_next_page_too(site: Site, tea: SignedIn, made: list[str]) -> None:
    for path in ("/portal/overview?look=scans", "/portal/lots?look=scans"):
        tea.ask(path)
    scan_item(site.world.scans, site.lot_id(TEA), 3, Visitor(b"12345678", b"12345678"), ASOF)
    for path in ("/portal/overview?look=scans", "/portal/lots?look=scans"):
        tea.ask(path)
    assert made == ["portal/overview.html", "portal/lots.html", "portal/overview.html"]


def test_counts_that_could_not_be_had_are_asked_for_again_on_the_next_page(
    site: Site, tea: SignedIn, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.world.parts.forget()
    with monkeypatch.context() as patch:
        patch.setattr(overview, "scan_overview", _busy)
        assert tea.ask("/portal/overview?look=busy").status == 200
    tea.ask("/portal/overview?look=busy")
    assert len(made) == 2


def _busy(*_: object) -> None:
    raise sqlite3.OperationalError("database is locked")


def test_two_organisations_on_one_worker_never_see_each_others_pages(tea: SignedIn, oranges: SignedIn) -> None:
    for _ in range(3):
        assert TEA in tea.ask("/portal/lots").words
        theirs = oranges.ask("/portal/lots").words
        assert ORANGE in theirs
        assert TEA not in theirs


def test_another_role_shows_at_once(site: Site, tea: SignedIn) -> None:
    helper = member_of(site, TEA, "helper@example.vn", MemberRole.STAFF)
    may_invite = []
    for role in (MemberRole.STAFF, MemberRole.OWNER, None):
        if role is not MemberRole.STAFF:
            with site.world.write() as connection:
                world, now = site.world, site.clock()
                change_role(connection, tea.organisation, helper.account, role, tea.account, world.notary, now)
        may_invite.append("Mời" in helper.ask("/portal/people").response.text)
        assert (TEA in helper.ask("/portal/lots").response.text) == (role is not None)
    assert may_invite == [False, True, False]


def test_a_session_that_was_ended_elsewhere_sees_nothing_more(site: Site) -> None:
    guest = member_of(site, TEA, "guest@example.vn")
    assert guest.ask("/portal/lots").status == 200
    other = site.worker().world
    with other.write_aside() as connection:
        known = find(connection, guest.token, site.clock())
        assert known is not None
        end_all(connection, known[0], site.clock())
    other.engine.dispose()
    assert guest.ask("/portal/lots").response.headers["Location"].startswith("/login")


def test_a_page_is_made_again_after_a_minute(site: Site, tea: SignedIn, made: list[str]) -> None:
    tea.ask("/portal/lots?look=time")
    site.clock.now += SHOWN_FOR
    tea.ask("/portal/lots?look=time")
    site.clock.now -= SHOWN_FOR
    assert len(made) == 2, "a clock set back shows nothing of the future"
    tea.ask("/portal/lots?look=time")
    assert len(made) == 3


def test_a_form_that_is_shown_again_is_sent_under_another_name(tea: SignedIn, made: list[str]) -> None:
    pages = [tea.ask("/portal/diary/new/PPP") for _ in range(3)]
    names = {next(one.get("value") for one in page.tree.iter("input") if one.get("name") == "key") for page in pages}
    assert len(made) == 1
    assert len(names) == 3


def test_kept_pages_take_so_much_memory_and_no_more() -> None:
    pages = KeptPages(1000)
    notes = Notes()
    notes.add(create_engine("sqlite://"), "SELECT 1", (), [("y" * 100, 1, b"z" * 36)])
    page = kept_pages.Kept(Told(notes, ASOF, []), b"x" * 100, (), ())
    for name in (b"a", b"b", b"c", b"a", b"d"):
        pages.keep(name, page)
    assert [bool(pages.find(name)) for name in (b"a", b"b", b"c", b"d")] == [True, False, True, True]


def test_a_personal_value_that_was_altered_is_not_the_one_that_was_verified(site: Site) -> None:
    world = site.world
    identity = parse_path(site.lot(TEA)).identity
    assert identity is not None
    with world.read() as connection:
        keyring = world.keyring(connection)
        records = gather(connection, world.host, identity, world.rulebook).evidence.records
    signed = next(one for one in records if one.personal)
    for value in ("another", 1, True, ["a list"], {"a": "map"}):
        assert read_kept(signed, keyring)[0].state is RecordState.GOOD
        altered = replace(signed, personal=tuple(replace(one, value=value) for one in signed.personal))
        assert read_kept(altered, keyring)[0].state is RecordState.TAMPERED


def test_a_record_that_was_altered_is_missed_at_once(site: Site, tea: SignedIn) -> None:
    with site.world.read() as connection:
        record, body = driver.run(
            connection,
            "SELECT r.record_id, r.body FROM lots l JOIN records r ON r.record_id = l.record_id WHERE l.id = ?",
            (site.lot_id("DM2610T"),),
        )[0]
    for stored, is_there in ((body, True), (body.replace(b"DM2610T", b"DM2610U"), False), (body, True)):
        site.tamper("UPDATE records SET body = :body WHERE record_id = :id", {"body": stored, "id": record})
        assert ("DM2610T" in tea.ask("/portal/lots").words) == is_there


FORMS = (
    *("/portal/more", "/portal/account", "/portal/people", "/portal/export", "/portal/doubts", "/portal/setup/product"),
    *("/portal/setup/own/organisation", "/portal/certificates/new", "/portal/import", "/portal/claims/new"),
)


def test_two_who_ask_in_turn_in_two_languages_never_see_anything_of_each_other(
    site: Site, tea: SignedIn, oranges: SignedIn
) -> None:
    both = (tea, "vi", "Đăng xuất"), (oranges, "en", "Sign out")
    names = {who.organisation: name_in(site, who.organisation) for who, _, _ in both}
    alone = {(who.organisation, path): told(who, path, lang) for who, lang, _ in both for path in FORMS}
    for number in range(2):
        for path in FORMS:
            for (who, lang, word), (other, _, foreign) in (both, both[::-1]):
                page = told(who, f"{path}?turn={number}", lang)
                assert page.replace(f"turn={number}&amp;", "") == alone[who.organisation, path]
                assert f'<html lang="{lang}">' in page
                assert f"<button>{word}</button>" in page
                assert f"<button>{foreign}</button>" not in page
                assert who.csrf in page
                assert not any(one in page for one in (other.csrf, other.organisation, names[other.organisation]))


def told(who: SignedIn, path: str, lang: str) -> str:
    """A page in the language that a browser prefers, with what is drawn for one showing left out."""
    page = who.ask(path, headers={**BROWSER, "Accept-Language": lang})
    assert page.status == 200
    return re.sub(r'name="key" value="[^"]*"', "", page.response.text)


def name_in(site: Site, organisation: str) -> str:
    with site.world.read() as connection:
        return name_of(connection, organisation)
