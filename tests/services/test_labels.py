"""Label runs: the gate decides inside the transaction that issues, and a serial is an item or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select, text

from tests.builders import demo, lot_id
from tests.check_log import heads
from tests.services.cast import PACKS, Cast, identity_of, issue, look
from traceapp import i18n
from traceapp.core.digital_link import parse_url
from traceapp.core.errors import Conflict, Forbidden, GateRefused, InvalidEvent, NotFound
from traceapp.core.facts import CodeFact, LabelSignature
from traceapp.core.findings import Finding
from traceapp.core.gates import REFUSING
from traceapp.core.identifiers import Lot, Serial
from traceapp.core.rules.balance_labels import labels_in_use
from traceapp.core.verdict import judge_all
from traceapp.db.tables import label_runs
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.labels.runs import identify, item_path, label_keys_of, runs_of, void_labels
from traceapp.services.registry.registers import confirm_identity, owner_of_lot, register_lot
from traceapp.services.world import World

REFUSED = [one for one in demo()["expected"] if one.get("labels") == "refused"]
ISSUED = [one for one in demo()["expected"] if one.get("labels") == "issued"]


def scan(world: World, url: str) -> CodeFact | None:
    """What the page makes of the code in a scanned address."""
    host, link, query = parse_url(url)
    identity = link.identity
    assert identity is not None
    facts, _ = look(world, f"https://{world.host}{identity.without_serial().path}")
    with world.read() as connection:
        keyring = world.keyring(connection)
    return identify(
        facts,
        identity,
        query.signature,
        host=host,
        label_keys=label_keys_of(keyring, host),
        serial_key=world.serial_key,
        exposed=frozenset(),
    )


def void(cast: Cast, first: int, last: int, *, by: str | None = None, reason: str = "In lỗi") -> None:
    with cast.world.write() as connection:
        void_labels(
            connection, cast.lot, first, last, reason, by or cast.producer, cast.world.notary, cast.world.clock()
        )


def in_use(cast: Cast) -> int:
    return labels_in_use(cast.facts(), cast.lot)


@pytest.mark.parametrize("expected", REFUSED, ids=lambda one: one["lot"])
def test_a_lot_that_breaks_a_rule_gets_no_labels_with_the_reason_and_the_remedy(
    read_demo: World, expected: dict[str, list[str]]
) -> None:
    lot = lot_id(str(expected["lot"]))
    before = heads(read_demo)
    with pytest.raises(GateRefused) as refused, read_demo.write() as connection:
        issue(read_demo, connection, lot, 1, owner_of_lot(connection, lot)[1])
    codes = {finding.code for finding in refused.value.findings if isinstance(finding, Finding)}
    assert codes & REFUSING
    assert codes <= REFUSING
    facts, verdict = look(read_demo, lot)
    for code in codes & {finding.code for finding in verdict.findings}:
        remedy = i18n.remedy(verdict.find(code)[0], facts, "vi")
        assert remedy
        assert f"{code}: {remedy}" in str(refused.value)
    assert heads(read_demo) == before


def test_every_lot_that_keeps_the_rules_gets_labels(demo_copy: World) -> None:
    for expected in ISSUED:
        lot = lot_id(expected["lot"])
        with demo_copy.write() as connection:
            run, _ = issue(demo_copy, connection, lot, 1, owner_of_lot(connection, lot)[1])
        assert run.count == 1


def test_an_absurd_count_is_refused(cast: Cast) -> None:
    cast.harvest()
    before = heads(cast.world)
    for count in (0, -1, 10**12, 10_000_001):
        with pytest.raises(InvalidEvent, match=r"ask for 1 to 10,000,000 at a time"):
            cast.issue(count)
    assert heads(cast.world) == before


def test_only_the_producer_labels_its_lot(cast: Cast) -> None:
    cast.harvest()
    for somebody in (cast.other_producer, cast.authority, cast.certifier):
        with pytest.raises(Forbidden, match="by its producer"):
            cast.issue(1, by=somebody)
    with pytest.raises(NotFound, match="no lot"):
        cast.issue(1, lot=f"{cast.product}/10/NONE")


def test_no_more_labels_than_goods_over_all_runs(cast: Cast) -> None:
    cast.harvest(packs=10)
    cast.issue(6)
    with pytest.raises(GateRefused, match="mass-balance-exceeded"):
        cast.issue(5)
    cast.issue(4)
    with pytest.raises(GateRefused, match="mass-balance-exceeded"):
        cast.issue(1)


def test_runs_number_their_items_on(cast: Cast) -> None:
    cast.harvest()
    runs = [cast.issue(count)[0] for count in (3, 1, 5)]
    assert [(run.first, run.count) for run in runs] == [(1, 3), (4, 1), (5, 5)]
    with cast.world.read() as connection:
        assert runs_of(connection, cast.lot) == runs
        assert runs_of(connection, cast.lot, 4, 4) == [runs[1]]
        assert runs_of(connection, cast.lot, 3, 5) == runs
        assert runs_of(connection, cast.lot, 10, 99) == []


def test_a_run_is_one_row_and_one_record_however_many_labels_it_has(cast: Cast) -> None:
    cast.harvest(packs=100_000)
    with cast.world.write() as connection:
        details = {"quantity": 1_000_000, "unit": "gói"}
        big, _ = register_lot(connection, cast.product, Lot("BIG"), details, cast.world.notary, cast.world.clock())
    size = max(heads(cast.world))
    cast.issue(1_000_000, lot=big)
    assert max(heads(cast.world)) == size + 1
    with cast.world.read() as connection:
        assert connection.execute(select(func.count()).select_from(label_runs)).scalar() == 1


def test_every_label_of_a_run_is_another_and_is_known(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(20)
    urls = list(cast.world.label_maker.urls(run))
    assert len(set(urls)) == 20
    assert [scan(cast.world, url).item for url in urls[::5]] == [1, 6, 11, 16]  # type: ignore[union-attr]


def test_a_signed_label_verifies_and_an_altered_or_missing_signature_shows(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(2, signed=True)
    first, second = cast.world.label_maker.urls(run)
    path, _, signature = first.partition("?S=")
    outcomes = {
        first: LabelSignature.GOOD,
        path: LabelSignature.MISSING,
        f"{second.partition('?')[0]}?S={signature}": LabelSignature.BAD,
    }
    for url, expected in outcomes.items():
        found = scan(cast.world, url)
        assert found is not None
        assert found.signature == expected


def test_a_plain_label_expects_no_signature(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(1)
    found = scan(cast.world, next(cast.world.label_maker.urls(run)))
    assert found is not None
    assert found.signature == LabelSignature.NOT_EXPECTED


def test_a_serial_that_was_never_issued_is_no_item(cast: Cast) -> None:
    """Guessed, mistyped, or the next number of a run: one answer for all."""
    cast.harvest()
    run, _ = cast.issue(5)
    path = item_path(run, 1, cast.world.serial_key)
    past = item_path(run, 6, cast.world.serial_key)
    wrong = f"{path[:-1]}{'0' if path[-1] != '0' else '2'}"
    for unknown in (past, wrong, f"{run.printed_path}/21/0000000000000", f"{run.printed_path}/21/SN1"):
        found = scan(cast.world, f"https://{cast.world.host}{unknown}")
        assert found is not None
        assert (found.item, found.run) == (None, None)


def test_a_serial_belongs_to_its_own_lot(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(1)
    serial = next(cast.world.label_maker.urls(run)).rpartition("/21/")[2]
    other = cast.other_lot.removeprefix(f"https://{cast.world.host}")
    found = scan(cast.world, f"https://{cast.world.host}{other}/21/{serial}")
    assert found is not None
    assert found.item is None


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_serial_is_read_as_people_type_it(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(30)
    for url in cast.world.label_maker.urls(run):
        path, _, serial = url.rpartition("/21/")
        typed = Serial(serial.lower().replace("0", "o").replace("1", "l"))
        one, other = scan(cast.world, url), scan(cast.world, f"{path}/21/{typed}")
        assert one is not None
        assert other is not None
        assert one.item == other.item is not None


def test_void_labels_no_longer_count_and_make_room_for_others(cast: Cast) -> None:
    cast.harvest(packs=10)
    cast.issue(10)
    void(cast, 3, 5)
    assert in_use(cast) == 7
    cast.issue(3)
    with pytest.raises(GateRefused):
        cast.issue(1)


def test_a_label_voided_twice_makes_room_once(cast: Cast) -> None:
    cast.harvest(packs=10)
    cast.issue(10)
    void(cast, 3, 5)
    with pytest.raises(Conflict, match="void already"):
        void(cast, 4, 5)
    for first, last in ((4, 6), (1, 3)):
        void(cast, first, last)
    assert in_use(cast) == 4
    told = sorted((one.first, one.last) for one in cast.facts().label_voids)
    assert told == [(1, 2), (3, 5), (6, 6)], "what was void keeps what was said of it"
    cast.issue(6)
    with pytest.raises(GateRefused):
        cast.issue(1)


def test_a_void_label_shows_it_when_scanned(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(4)
    void(cast, 2, 2)
    codes = []
    for url in cast.world.label_maker.urls(run):
        code = scan(cast.world, url)
        assert code is not None
        identity = replace(identity_of(cast.world, cast.lot), serial=Serial(code.serial))
        verdict = judge_all(replace(cast.facts(), identity=identity, code=code), cast.world.clock())
        codes.append(next(found.code for found in verdict.findings if found.code in ("code-issued", "label-void")))
    assert codes == ["code-issued", "label-void", "code-issued", "code-issued"]


def test_labels_that_were_not_all_issued_cannot_be_voided(cast: Cast) -> None:
    cast.harvest()
    cast.issue(2)
    cast.issue(3)
    before = heads(cast.world)
    for first, last in ((0, 1), (-3, 2), (4, 6), (6, 7), (3, 2), (1, 10**12)):
        with pytest.raises(NotFound, match="were not all issued"):
            void(cast, first, last)
    assert heads(cast.world) == before


def test_labels_of_two_runs_are_voided_together(cast: Cast) -> None:
    cast.harvest()
    cast.issue(2)
    cast.issue(3)
    void(cast, 2, 4)
    assert in_use(cast) == 2


def test_voiding_needs_the_producer_and_a_reason(cast: Cast) -> None:
    cast.harvest()
    cast.issue(2)
    with pytest.raises(Forbidden, match="by its producer"):
        void(cast, 1, 1, by=cast.other_producer)
    with pytest.raises(InvalidEvent, match="Say why"):
        void(cast, 1, 1, reason="  ")


def test_a_disputed_gtin_holds_label_runs(cast: Cast) -> None:
    cast.harvest()
    for state in ("disputed", "confirmed"):
        with cast.world.write() as connection:
            confirm_identity(
                connection, cast.producer, cast.authority, cast.world.notary, cast.world.clock(), state=state
            )
        if state == "disputed":
            with pytest.raises(GateRefused, match="identity-unconfirmed"):
                cast.issue(1)
    cast.issue(1)


def test_a_tampered_record_stops_label_runs(cast: Cast) -> None:
    cast.harvest()
    with cast.world.engine.begin() as connection:
        connection.execute(text("UPDATE personal SET value = '\"x\"'"))
    with pytest.raises(GateRefused, match="record-tampered"):
        cast.issue(1)


def test_items_are_counted_by_what_was_signed_not_by_the_table(cast: Cast) -> None:
    """A row lost from the table must not make one serial belong to two labels."""
    cast.harvest()
    cast.issue(5)
    with cast.world.engine.begin() as connection:
        connection.execute(delete(label_runs))
    assert cast.issue(5)[0].first == 6


def test_a_full_harvest_gives_exactly_its_labels(cast: Cast) -> None:
    cast.harvest()
    cast.issue(PACKS)
    assert in_use(cast) == PACKS


def certify(cast: Cast, issued: str, expected_t: float | None = 0.01) -> str:
    """A VietGAP certificate of the producer's place that expects so many tonnes a year."""
    details = {"scheme": "VIETGAP", "number": "VG-1", "issued": issued, "expected_t": expected_t}
    with cast.world.write() as connection:
        return declare_certificate(
            connection, cast.producer, cast.certifier, details, cast.certifier, cast.world.notary, cast.world.clock()
        )[0]


def test_labels_beyond_the_tonnes_that_a_certificate_expects_in_its_year_are_told(cast: Cast) -> None:
    certificate = certify(cast, "2026-01-01")
    cast.harvest()
    cast.issue(50)
    assert cast.facts().labelled_t == {certificate: 0.01}
    assert "certificate-out-of-scope" not in cast.codes()
    cast.issue(10)
    assert cast.facts().labelled_t == {certificate: 0.012}
    assert [one.severity for one in cast.verdict().findings if one.code == "certificate-out-of-scope"] == ["warning"]


def test_labels_of_the_year_before_count_for_that_year(cast: Cast) -> None:
    certificate = certify(cast, "2025-12-01")
    cast.harvest()
    cast.issue(50)
    cast.world.clock.tick(days=40)  # type: ignore[attr-defined]
    cast.issue(10)
    assert cast.facts().labelled_t == {certificate: 0.002}


def test_only_certificates_in_force_that_expect_tonnes_count_labels(cast: Cast) -> None:
    certify(cast, "2026-01-01", expected_t=None)
    certify(cast, "2027-01-01")
    cast.harvest()
    cast.issue(10)
    assert cast.facts().labelled_t == {}
