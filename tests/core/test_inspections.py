"""What inspectors say, signed and read back: of a lot, of one item, of a place."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.cast import INSPECTOR, LOT, NOW, OTHER_LOT, PLACE, PRODUCER
from tests.core.cast import KEYS, keyring, lot, organisation, product, said, signed, tea
from traceapp.core.evidence import StoredRecord, establish
from traceapp.core.facts import CheckedItem, Facts, InspectionFact, Measured
from traceapp.core.inspections import Seen, say_seen
from traceapp.core.offline_lists import ListedLot, VoidLabels, listed, offline_lists, path_hash
from traceapp.core.readings import require_readable
from traceapp.core.registers import say_facility
from traceapp.core.statements import subjects_of
from traceapp.core.verdict import judge_all

DAY = date(2026, 11, 12)
FULL = Seen(
    DAY,
    "fail",
    lot=LOT,
    item=17,
    note="nắp hở",
    checklist="pack",
    checks=(CheckedItem("seal", "fail"), CheckedItem("net", "none")),
    measured=(Measured("độ ẩm", "7,5", "%"),),
    seal="NP-77",
    sample="M-3",
    made="2026-11-12T03:00:00Z",
)


def seen_in(*inspections: Seen, photo: str | None = None) -> Facts:
    """The lot's facts, with what inspectors said."""
    statements = [require_readable(say_seen(one, INSPECTOR, "inspectorate", photo=photo)) for one in inspections]
    place = say_facility(PLACE, PRODUCER, {"name": "Vườn A"}, role="producer", position=None)
    ledger = tea(organisation(INSPECTOR), place, *statements)
    return establish(ledger.evidence(), keyring(KEYS))


def findings(facts: Facts) -> list[Any]:
    return [one for one in judge_all(facts, NOW).findings if one.code == "inspected"]


def test_all_that_an_inspector_wrote_reads_back() -> None:
    (found,) = seen_in(FULL).inspections
    assert isinstance(found, InspectionFact)
    read_back = Seen(**{name: getattr(found, name) for name in FULL.__dataclass_fields__ if name != "facility"})
    assert (read_back, found.photo, found.facility) == (FULL, False, None)


def test_a_photo_stays_outside_the_record_which_says_that_there_is_one() -> None:
    (found,) = seen_in(FULL, photo="ab" * 32).inspections
    assert found.photo
    assert b"ab" * 32 not in (signed(say_seen(FULL, INSPECTOR, "inspectorate", photo="ab" * 32)).body or b"")


def test_one_item_is_told_by_its_number() -> None:
    (said_of,) = findings(seen_in(FULL))
    assert (said_of.data["item"], said_of.data["place"], said_of.data["note"]) == (17, False, "nắp hở")


def test_of_a_place_the_last_word_counts_and_only_where_the_lot_was() -> None:
    here = [Seen(DAY, result, facility=PLACE) for result in ("fail", "pass")]
    elsewhere = Seen(DAY, "fail", facility=f"{PLACE}x")
    (said_of,) = findings(seen_in(*here, elsewhere, Seen(DAY, "fail", lot=OTHER_LOT)))
    assert (said_of.data["result"], said_of.data["place"], said_of.data["place_name"]) == ("pass", True, "Vườn A")


def test_an_inspection_is_found_by_the_lot_or_the_place_it_is_about() -> None:
    subject = say_seen(Seen(DAY, "pass", facility=PLACE), INSPECTOR, "inspectorate").subject
    assert subjects_of({"credentialSubject": subject}) == (PLACE,)
    assert subjects_of({"credentialSubject": say_seen(FULL, INSPECTOR, "inspectorate").subject}) == (LOT,)


@pytest.mark.parametrize(
    "odd", [{"made": "today"}, {"checks": "all"}, {"item": "17"}, {"measured": [{"value": "1"}]}, {"result": 1}]
)
def test_a_record_of_another_shape_counts_as_tampered_with(odd: dict[str, Any]) -> None:
    statement = say_seen(FULL, INSPECTOR, "inspectorate")
    statement.subject.update({f"traceapp:{name}": value for name, value in odd.items()})
    bad = signed(statement, 3)
    records: list[StoredRecord] = [signed(organisation(), 0), signed(product(), 1), signed(lot(), 2), bad]
    found = establish(tea().evidence(), keyring(KEYS))
    assert found.inspections == ()
    verdict = judge_all(establish(tea(said()).evidence(), keyring(KEYS)), NOW)
    assert verdict.find("record-tampered") == ()
    ledger = tea()
    ledger.records[1:] = records[1:]
    assert [str(one.state) for one in establish(ledger.evidence(), keyring(KEYS)).checks][-1] == "tampered"


def test_lists_say_what_is_against_a_lot_and_name_no_serial() -> None:
    findings_of = judge_all(seen_in(FULL), NOW).findings
    recalled = [one for one in findings_of if one.code == "record-authentic"]
    assert listed(findings_of) == ()
    path = f"{LOT.partition('.vn')[2]}/21/ABC"
    voids = [
        VoidLabels(LOT, frozenset({path_hash(path), path_hash("x")})),
        VoidLabels(OTHER_LOT, frozenset(), many=True),
    ]
    made = offline_lists(
        "id.example.vn", NOW, size=9, complete=True, lots=[ListedLot(LOT, tuple(recalled))], voids=voids
    )
    told = made["credentialSubject"]
    assert (told["traceapp:size"], told["traceapp:complete"]) == (9, True)
    assert told["traceapp:lots"][0]["traceapp:findings"][0]["traceapp:code"] == "record-authentic"
    assert [one.get("traceapp:many") for one in told["traceapp:voids"]] == [False, True]
    assert len(path_hash(path)) == 6
