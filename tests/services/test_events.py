"""Capturing what happens to lots, and taking it back: what was signed stays, what is wrong no longer counts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import RFC_4122

import pytest

from tests.builders import goods
from tests.check_log import check_log, heads
from tests.services.cast import Cast
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.events import Event
from traceapp.core.identifiers import Lot
from traceapp.core.statements import record_uuid
from traceapp.db import migrate
from traceapp.db.driver import run
from traceapp.services.log.entries import Receipt
from traceapp.services.records.events import correct
from traceapp.services.records.signing import new_uuid, read_document
from traceapp.services.registry.registers import register_lot


def take_back(cast: Cast, wrong: str, right: Event | None = None, by: str | None = None) -> tuple[Receipt, ...]:
    with cast.world.write() as connection:
        return correct(connection, wrong, right, by or cast.producer, cast.world.notary, cast.world.clock())


def spray_another_lot(cast: Cast, plot: str) -> None:
    with cast.world.write() as connection:
        another = register_lot(connection, cast.product, Lot("SAU"), {}, cast.world.notary, cast.world.clock())[0]
    cast.capture(cast.event("PPP", "2026-10-04", lot=another, plot=plot, active="Abamectin", phi_days=7))


def document(cast: Cast, record: str) -> Any:
    with cast.world.read() as connection:
        return read_document(connection, record_uuid(record))


def stages(cast: Cast) -> Sequence[tuple[str, str]]:
    return [(str(fact.stage), fact.event.start.isoformat()) for fact in cast.facts().events]


def test_what_happened_shows_on_the_page_in_the_order_in_which_it_happened(cast: Cast) -> None:
    cast.capture(cast.event("FERT", "2026-10-03"), cast.event("FERT", "2026-10-01"))
    assert stages(cast) == [("FERT", "2026-10-01"), ("FERT", "2026-10-03")]


def test_records_made_within_one_millisecond_sort_as_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = 1_795_237_200_000 * 10**6
    nanoseconds = count(begun, 300)
    monkeypatch.setattr("traceapp.services.records.signing.time.time_ns", lambda: next(nanoseconds))
    made = [new_uuid() for _ in range(10_000)]
    assert made == sorted(made)
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    assert (made[0].int >> 80, made[-1].int >> 80) == (begun // 10**6, begun // 10**6 + 2)


def test_only_the_producer_records_what_happened_to_its_lot(cast: Cast) -> None:
    for somebody in (cast.other_producer, cast.certifier, cast.laboratory, cast.authority, cast.inspector):
        with pytest.raises(Forbidden, match="recorded by its producer"):
            cast.capture(cast.event(by=somebody))


def test_a_laboratory_reports_on_lots_of_others_and_nobody_else_does(cast: Cast) -> None:
    results = [{"what": "Chì", "value": 0.01, "max": 0.2, "unit": "mg/kg"}]
    test = {"report": "PTN-1", "results": results}
    cast.capture(cast.event("TEST", "2026-10-20", by=cast.laboratory, place=None, **test))
    assert "test-passed" in cast.codes()
    with pytest.raises(Forbidden):
        cast.capture(cast.event("TEST", "2026-10-20", by=cast.certifier, place=None, **test))


NOBODY_REGISTERED: list[tuple[dict[str, Any], str]] = [
    ({"lot": "https://id.example.vn/01/09520000000127/10/NONE"}, "no lot"),
    ({"by": "https://id.example.vn/id/nobody"}, "no organisation"),
    ({"place": "https://id.example.vn/414/9520000900038"}, "no facility"),
    ({"inputs": [goods("chè, 1 kg", from_lot="https://id.example.vn/01/09520000000127/10/GONE")]}, "no lot"),
]


def test_what_nobody_registered_cannot_be_spoken_of(cast: Cast) -> None:
    before = heads(cast.world)
    for wrong, missing in NOBODY_REGISTERED:
        with pytest.raises(NotFound, match=f"{missing} .*: register it first"):
            cast.capture(cast.event(**wrong))
    assert heads(cast.world) == before


IMPOSSIBLE: list[dict[str, Any]] = [
    {"start": "2026-11-22"},
    {"start": "2026-10-02", "end": "2026-10-01"},
    {"outputs": ["chè, 0 kg"]},
    {"outputs": ["chè, -1 kg"]},
    {"outputs": ["chè, nan kg"]},
    {"note": "x" * 501},
    {"stage": "HARVEST", "plot": "A1"},
    {"stage": "PPP", "plot": "A1", "active": "Abamectin"},
    {"stage": "CCP", "ccp": "1", "checks": [{"what": "pH", "value": "low"}]},
]


def test_the_malformed_and_the_impossible_are_refused_and_nothing_is_kept(cast: Cast) -> None:
    before = heads(cast.world)
    for wrong in IMPOSSIBLE:
        with pytest.raises(InvalidEvent):
            cast.capture(cast.event(**wrong))
    assert heads(cast.world) == before


def test_today_in_vietnam_is_not_the_future(cast: Cast) -> None:
    cast.capture(cast.event(start="2026-11-21"))


def test_goods_taken_from_another_lot_are_seen_from_both_sides(cast: Cast) -> None:
    cast.harvest()
    taken = [goods("chè tươi, 1 kg", from_lot=cast.lot)]
    cast.capture(cast.event("MIX", "2026-10-05", lot=cast.other_lot, by=cast.other_producer, place=None, inputs=taken))
    assert any(fact.event.lot == cast.other_lot for fact in cast.facts().all_events)
    assert any(fact.event.lot == cast.lot for fact in cast.facts(cast.other_lot).all_events)


def test_a_lot_cannot_take_goods_from_itself(cast: Cast) -> None:
    with pytest.raises(RuleBroken, match="from itself"):
        cast.capture(cast.event(inputs=[goods("chè, 1 kg", from_lot=cast.lot)]))


def test_personal_data_in_an_event_stay_outside_the_record(cast: Cast) -> None:
    receipt = cast.harvest(crew="Nguyễn Thị Bí Mật")
    assert "Bí Mật" not in str(document(cast, receipt.record_id))
    assert cast.facts().events[0].event.kde["crew"] == "Nguyễn Thị Bí Mật"


def test_a_corrected_event_no_longer_counts_and_its_correction_does(cast: Cast) -> None:
    wrong = cast.harvest(start="2026-10-01")
    declaration, said_right = take_back(
        cast, wrong.record_id, cast.event("HARVEST", "2026-10-02", plot="A1", outputs=["chè tươi, 20 kg"])
    )
    assert stages(cast) == [("HARVEST", "2026-10-02")]
    assert document(cast, declaration.record_id)["traceapp:corrects"]["id"] == wrong.record_id
    assert document(cast, said_right.record_id)["traceapp:corrects"]["id"] == wrong.record_id
    assert "record-authentic" in cast.codes()


def test_both_stay_in_the_log(cast: Cast) -> None:
    wrong = cast.harvest()
    size = max(heads(cast.world))
    take_back(cast, wrong.record_id, cast.event())
    assert max(heads(cast.world)) == size + 2
    assert document(cast, wrong.record_id)["id"] == wrong.record_id


def test_the_correction_is_an_epcis_error_declaration_that_names_its_successor(cast: Cast) -> None:
    wrong = cast.harvest()
    declaration, said_right = take_back(cast, wrong.record_id, cast.event())
    subject = document(cast, declaration.record_id)["credentialSubject"]
    assert subject["eventID"] == document(cast, wrong.record_id)["credentialSubject"]["eventID"]
    successor = document(cast, said_right.record_id)["credentialSubject"]["eventID"]
    assert subject["errorDeclaration"]["correctiveEventIDs"] == [successor]


def test_an_event_can_be_taken_back_without_a_better_one(cast: Cast) -> None:
    wrong = cast.harvest()
    assert len(take_back(cast, wrong.record_id)) == 1
    assert stages(cast) == []


def test_only_who_said_it_takes_it_back(cast: Cast) -> None:
    wrong = cast.harvest()
    for somebody in (cast.other_producer, cast.certifier, cast.authority):
        with pytest.raises(Forbidden, match="Only whoever recorded"):
            take_back(cast, wrong.record_id, by=somebody)
    with pytest.raises(Forbidden, match="Only whoever recorded"):
        take_back(cast, wrong.record_id, cast.event(by=cast.other_producer))
    assert stages(cast) == [("HARVEST", "2026-10-01")]


def test_an_event_is_taken_back_once(cast: Cast) -> None:
    """Sent twice, as phones do, a correction must not count twice."""
    wrong = cast.harvest()
    right = cast.event("HARVEST", "2026-10-02", plot="A1", outputs=["chè tươi, 20 kg"])
    take_back(cast, wrong.record_id, right)
    with pytest.raises(Conflict, match="corrected already"):
        take_back(cast, wrong.record_id, right)
    assert stages(cast) == [("HARVEST", "2026-10-02")]


def test_a_correction_can_itself_be_corrected(cast: Cast) -> None:
    wrong = cast.harvest()
    _, second = take_back(cast, wrong.record_id, cast.event(start="2026-10-02"))
    take_back(cast, second.record_id, cast.event(start="2026-10-03"))
    assert stages(cast) == [("FERT", "2026-10-03")]


def test_only_events_are_corrected_this_way(cast: Cast) -> None:
    with pytest.raises(RuleBroken, match="Only events"):
        take_back(cast, cast.household_record)
    with pytest.raises(NotFound, match="no record"):
        take_back(cast, "00000000-0000-7000-8000-000000000000")


def test_a_wrong_correction_leaves_the_event_as_it_was(cast: Cast) -> None:
    wrong = cast.harvest()
    before = heads(cast.world)
    with pytest.raises(InvalidEvent):
        take_back(cast, wrong.record_id, cast.event(start="2027-01-01"))
    with pytest.raises(NotFound):
        take_back(cast, wrong.record_id, cast.event(place="https://id.example.vn/id/nowhere"))
    assert heads(cast.world) == before
    assert stages(cast) == [("HARVEST", "2026-10-01")]


def test_a_corrected_spray_frees_the_harvest_of_another_lot_on_the_plot(cast: Cast) -> None:
    """The spray was filed under another lot; the plot is what counts, for the spray and for its correction."""
    cast.harvest(start="2026-10-05")
    other = cast.event("PPP", "2026-10-04", plot="A1", active="Abamectin", phi_days=7)
    sprayed = cast.capture(other)[0]
    assert "phi-broken" in cast.codes()
    take_back(cast, sprayed.record_id, cast.event("PPP", "2026-09-20", plot="A1", active="Abamectin", phi_days=7))
    assert "phi-broken" not in cast.codes()
    assert "phi-kept" in cast.codes()


def test_a_spray_counts_however_the_code_of_its_plot_was_typed(cast: Cast) -> None:
    """Phones write capitals where they like: what the diary warns of and what the gate refuses are one plot."""
    spray_another_lot(cast, "DG-12")
    cast.harvest(start="2026-10-05", plot="dg-12")
    assert "phi-broken" in cast.codes()


def test_keys_of_plots_are_filed_anew_by_a_migration_up_and_down(cast: Cast) -> None:
    spray_another_lot(cast, "DG-12")

    def keys() -> set[str]:
        with cast.world.read() as connection:
            filed = [subject for (subject,) in run(connection, "SELECT subject FROM record_subjects")]
        return {key for key in (subject.rpartition("#")[2] for subject in filed) if key.startswith(("plot=", "spr"))}

    filed = {"plot=dg-12", "sprayed=2026-10=dg-12"}
    assert keys() == filed
    migrate.downgrade(cast.world.engine, "0015")
    assert keys() == {"plot=DG-12", "sprayed=2026-10=DG-12"}
    migrate.upgrade(cast.world.engine)
    assert keys() == filed
    check_log(cast.world)
