"""Between holders and issuers of certificates, and all of one's own in one file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import ASOF, Clock, settings_for
from tests.pictures import scene, written
from tests.services.cast import Cast, put_on_stage
from tests.worlds import KINDS, Copies
from traceapp.adapters.papers import Paper, read_paper, store_paper
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, PhotoRefused, RuleBroken
from traceapp.core.facts import CertificateState
from traceapp.core.identifiers import Lot
from traceapp.core.offline import check_bundle
from traceapp.db.tables import records
from traceapp.services.certificates import desk
from traceapp.services.certificates import papers as certificate_papers
from traceapp.services.certificates.lists import certificate_for, held_by, issued_by, thing_name
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.labels.stars import stars_end_on_pack
from traceapp.services.messages.own import require_own_lot, suspicions_of
from traceapp.services.operating.setup import initialise
from traceapp.services.records.signing import new_uuid
from traceapp.services.registry.registers import register_lot, require_own_product
from traceapp.services.scans.counting import scan_thing
from traceapp.services.scans.overview import scan_overview
from traceapp.services.scans.suspicions import list_suspicions
from traceapp.services.tables.own_export import export_all
from traceapp.services.world import World

PDF = b"%PDF-1.4\nx\n%%EOF"


@pytest.fixture(scope="module", params=KINDS)
def cast(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_copies: Copies
) -> Iterator[Cast]:
    """The cast on each database, one for all tests here."""
    folder = tmp_path_factory.mktemp("desk")
    world = World(settings_for(folder, shared_copies.database(request.param, folder)), clock=Clock(ASOF))
    initialise(world)
    yield put_on_stage(world)
    world.engine.dispose()


def declare(cast: Cast, paper: Paper | None = None, number: str = "") -> str:
    details = {
        "scheme": "VIETGAP",
        "number": number or f"VG-{new_uuid()}",
        "issued": "2026-01-10",
        "expires": "2027-01-20",
    }
    world = cast.world
    with world.write() as connection:
        return declare_certificate(
            connection, cast.producer, cast.certifier, details, cast.producer, world.notary, ASOF, paper=paper
        )[0]


def say(cast: Cast, certificate: str, state: CertificateState, reason: str = "") -> None:
    with cast.world.write() as connection:
        desk.say_state(connection, certificate, state, cast.certifier, cast.world.notary, ASOF, reason=reason)


def test_a_confirmation_is_asked_for_refused_asked_for_again_and_given(cast: Cast) -> None:
    certificate, world = declare(cast), cast.world
    with world.write() as connection:
        with pytest.raises(Forbidden, match="Only the holder"):
            desk.ask_confirmation(connection, certificate, cast.other_producer, ASOF)
        with pytest.raises(NotFound):
            desk.ask_confirmation(connection, "https://id.example.vn/id/none", cast.producer, ASOF)
        desk.ask_confirmation(connection, certificate, cast.producer, ASOF)
        with pytest.raises(Conflict, match="waits for its issuer"):
            desk.ask_confirmation(connection, certificate, cast.producer, ASOF)
        assert desk.waiting_for(connection, cast.certifier) == [(certificate, ASOF)]
        with pytest.raises(Forbidden, match="Only the issuer"):
            desk.refuse_confirmation(connection, certificate, cast.council, "Không phải giấy này", ASOF)
        with pytest.raises(InvalidEvent, match="write 1 to"):
            desk.refuse_confirmation(connection, certificate, cast.certifier, " ", ASOF)
        desk.refuse_confirmation(connection, certificate, cast.certifier, "Sai số giấy", ASOF)
        with pytest.raises(RuleBroken, match="Nobody waits"):
            desk.refuse_confirmation(connection, certificate, cast.certifier, "Sai số giấy", ASOF)
        found = certificate_for(connection, certificate, cast.producer)
        assert (found.asked, found.reason, found.state) == ("refused", "Sai số giấy", "declared")
        desk.ask_confirmation(connection, certificate, cast.producer, ASOF)
    say(cast, certificate, CertificateState.CONFIRMED)
    assert "certificate-confirmed-by-account" in cast.codes()
    with world.write() as connection, pytest.raises(RuleBroken, match="nothing to ask for"):
        desk.ask_confirmation(connection, certificate, cast.producer, ASOF)


def test_a_suspension_needs_a_reason_which_is_kept(cast: Cast) -> None:
    certificate = declare(cast)
    say(cast, certificate, CertificateState.CONFIRMED)
    with pytest.raises(InvalidEvent, match="write 1 to"):
        say(cast, certificate, CertificateState.SUSPENDED)
    say(cast, certificate, CertificateState.SUSPENDED, "Sổ thiếu chữ ký")
    with cast.world.read() as connection:
        assert certificate_for(connection, certificate, cast.certifier).reason == "Sổ thiếu chữ ký"


def test_visits_are_recorded_by_the_issuer_and_change_no_state(cast: Cast) -> None:
    certificate, world, day = declare(cast), cast.world, date(2026, 11, 20)
    with world.write() as connection, pytest.raises(RuleBroken, match="confirm it first"):
        desk.visit(connection, certificate, cast.certifier, world.notary, ASOF, day=day, result="kept")
    say(cast, certificate, CertificateState.CONFIRMED)
    with world.write() as connection:
        with pytest.raises(Forbidden, match="looks after it"):
            desk.visit(connection, certificate, cast.producer, world.notary, ASOF, day=day, result="kept")
        with pytest.raises(InvalidEvent, match="after today"):
            tomorrow = day + timedelta(days=9)
            desk.visit(connection, certificate, cast.certifier, world.notary, ASOF, day=tomorrow, result="kept")
        with pytest.raises(InvalidEvent, match="no result"):
            desk.visit(connection, certificate, cast.certifier, world.notary, ASOF, day=day, result="fine")
        desk.visit(connection, certificate, cast.certifier, world.notary, ASOF, day=day, result="lacking", note="Sổ")
        found = next(one for one in issued_by(connection, cast.certifier) if one.id == certificate)
    assert [(one.day, one.result, one.note) for one in found.visits] == [(day, "lacking", "Sổ")]
    assert {"certificate-valid", "record-authentic"} <= cast.codes()


def test_the_same_certificate_and_the_same_visit_sent_twice_are_recorded_once(cast: Cast) -> None:
    certificate, day = declare(cast, number="VG-HAI"), date(2026, 11, 20)
    with pytest.raises(Conflict, match="not entered twice"):
        declare(cast, number="VG-HAI")
    say(cast, certificate, CertificateState.CONFIRMED)
    with cast.world.write() as connection:
        visit = (connection, certificate, cast.certifier, cast.world.notary, ASOF)
        desk.visit(*visit, day=day, result="kept")
        with pytest.raises(Conflict, match="not recorded twice"):
            desk.visit(*visit, day=day, result="kept")
        desk.visit(*visit, day=day, result="kept", note="Lần hai trong ngày")


def test_a_certificate_that_was_taken_back_may_be_entered_again_as_it_was(cast: Cast) -> None:
    first = declare(cast, number="VG-BA")
    say(cast, first, CertificateState.REVOKED, "Gõ nhầm")
    assert declare(cast, number="VG-BA") != first


def test_lists_are_for_holder_and_issuer_with_what_ends_first_on_top(cast: Cast) -> None:
    first = declare(cast)
    with cast.world.read() as connection:
        assert first in [one.id for one in held_by(connection, cast.producer)]
        assert held_by(connection, cast.other_producer) == []
        found = certificate_for(connection, first, cast.producer)
        assert (found.days_left(date(2027, 1, 13)), found.ends) == (7, date(2027, 1, 20))
        assert thing_name(connection, found.about, "vi") == "HTX Chè Đồi Mây"
        assert thing_name(connection, cast.product, "vi") == "Trà búp Đồi Mây"
        assert thing_name(connection, "https://id.example.vn/id/none", "vi") == ""
        with pytest.raises(Forbidden, match="of others"):
            certificate_for(connection, first, cast.other_producer)
        with pytest.raises(NotFound):
            certificate_for(connection, "https://id.example.vn/id/none", cast.producer)


def test_a_paper_is_known_by_the_hash_of_its_bytes_which_the_record_carries_keyed(cast: Cast) -> None:
    folder = cast.world.papers_dir
    paper = store_paper(folder, PDF)
    certificate = declare(cast, paper)
    with cast.world.read() as connection:
        assert certificate_for(connection, certificate, cast.producer).paper == paper.file
        bodies = connection.execute(select(records.c.body).where(records.c.type == "CertificateRecord")).scalars()
        signed = b"".join(bytes(one) for one in bodies).decode()
    assert "traceapp:paper" in signed
    assert paper.sha256 not in signed
    assert read_paper(folder, paper.file) == PDF
    (folder / paper.file).write_bytes(PDF + b"!")
    with pytest.raises(NotFound, match="was changed"):
        read_paper(folder, paper.file)
    other = declare(cast, store_paper(folder, PDF))
    with cast.world.write() as connection:
        certificate_papers.erase_paper(connection, certificate, cast.producer, folder, ASOF)
        assert read_paper(folder, paper.file) == PDF
        certificate_papers.erase_paper(connection, other, cast.producer, folder, ASOF)
        with pytest.raises(NotFound):
            certificate_papers.erase_paper(connection, "https://id.example.vn/id/none", cast.producer, folder, ASOF)
    for name in (paper.file, "../../etc/passwd"):
        with pytest.raises(NotFound):
            read_paper(folder, name)
    assert "record-authentic" in cast.codes()


def test_what_is_no_paper_is_refused(tmp_path: Path) -> None:
    assert store_paper(tmp_path, written(scene(900, 700))).kind == "webp"
    for data, error in (
        (b"MZ", PhotoRefused),
        (b"<script>%PDF-1.4 %%EOF", RuleBroken),
        (b"%PDF-1.4 cut off", RuleBroken),
        (b"%PDF-1.4" + b"x" * 8_000_000 + b"%%EOF", RuleBroken),
    ):
        with pytest.raises(error):
            store_paper(tmp_path, data)


def test_all_of_ones_own_is_in_one_archive_whose_bundles_verify(cast: Cast) -> None:
    cast.harvest()
    declare(cast, store_paper(cast.world.papers_dir, PDF))
    out = io.BytesIO()
    with cast.world.read() as connection:
        count = export_all(cast.world, connection, cast.producer, out, "en")
        with pytest.raises(NotFound):
            export_all(cast.world, connection, "https://id.example.vn/id/none", io.BytesIO(), "en")
        pinned = cast.world.trust(connection)
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        assert len(names) == count
        bundle = next(name for name in names if name.startswith("bundles/"))
        held = json.loads(archive.read("personal.json"))
        papers = [name for name in names if name.startswith("papers/")]
        data = archive.read(bundle)
    assert not check_bundle(data, cast.world.rulebook, ASOF, pinned=pinned).verdict.find("record-tampered")
    assert papers
    assert any("phone" in one for one in held.values())


def test_scans_are_told_by_province_from_five_on(cast: Cast) -> None:
    for number in range(9):
        scan_thing(cast.world.scans, cast.lot, ASOF, "19" if number < 5 else "01")
    scan_thing(cast.world.scans, cast.lot, ASOF - timedelta(days=40), "19")
    found = scan_overview(cast.world.scans, [cast.lot, cast.product], vietnamese_date(ASOF))
    assert (found.total, found.provinces, found.elsewhere) == (9, (("19", 5),), 4)
    assert found.days[-1] == (date(2026, 11, 21), 9)
    assert len(found.days) == 30


def test_what_is_anothers_is_answered_for_by_its_own_producer(cast: Cast) -> None:
    with cast.world.read() as connection:
        require_own_lot(connection, cast.lot, cast.producer)
        with pytest.raises(Forbidden):
            require_own_lot(connection, cast.lot, cast.other_producer)
        assert require_own_product(connection, cast.product, cast.producer) == cast.product
        with pytest.raises(Forbidden):
            require_own_product(connection, cast.product, cast.other_producer)
        assert suspicions_of(connection, list_suspicions(cast.world.scans), cast.producer) == []


def test_stars_that_end_on_the_pack_are_said_before_labels_are_printed(cast: Cast) -> None:
    world = cast.world
    stars = {"scheme": "OCOP", "number": "1", "issued": "2024-01-15", "stars": 4, "decision": "1/QĐ"}
    with world.write() as connection:
        details = {"made": "2026-11-01", "expires": "2027-11-01", "quantity": 10, "unit": "gói"}
        lot, _ = register_lot(connection, cast.product, Lot("STARS-1"), details, world.notary, ASOF)
        assert stars_end_on_pack(world, connection, lot) is None
        declare_certificate(connection, cast.product, cast.council, stars, cast.producer, world.notary, ASOF)
        assert stars_end_on_pack(world, connection, lot) == (date(2027, 1, 15), date(2027, 11, 1))
