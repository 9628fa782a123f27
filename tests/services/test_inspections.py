"""Inspections recorded once, and the lists that phones keep."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.pictures import scene, written
from tests.services.cast import Cast
from traceapp.core.credential import verify_bytes
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, InvalidIdentifier, NotFound
from traceapp.core.facts import CheckedItem, Measured
from traceapp.core.findings import Finding
from traceapp.core.inspections import Seen
from traceapp.core.offline_lists import path_hash
from traceapp.services.inspections import offline_lists
from traceapp.services.inspections.recording import Sent, inspect_thing, photo_of, send
from traceapp.services.inspections.reports import recent_reports, report_of
from traceapp.services.labels.runs import item_path, runs_of, void_labels
from traceapp.services.lots.acts import hold, recall, release
from traceapp.services.records.erasure import erase

DAY = date(2026, 11, 20)
KEY = "0123456789abcdef" * 2
SEEN = Seen(
    DAY,
    "pass",
    note="khô ráo",
    checklist="pack",
    checks=(CheckedItem("seal", "pass"),),
    measured=(Measured("độ ẩm", "7,5", "%"),),
    seal="NP-77",
    sample="M-3",
    made="2026-11-20T03:00:00Z",
)


def look_at(cast: Cast, about: str | None = None, by: str | None = None, seen: Seen = SEEN, **more: Any) -> str:
    world = cast.world
    with world.write() as connection:
        return inspect_thing(
            connection, about or path_of(cast), seen, by or cast.inspector, world.notary, world.clock(),
            serial_key=world.serial_key, **more,
        )  # fmt: skip


def send_it(cast: Cast, key: str = KEY, by: str | None = None, seen: Seen = SEEN) -> Sent:
    world = cast.world
    with world.write() as connection:
        return send(
            connection, key, path_of(cast), seen, by or cast.inspector, world.notary, world.clock(),
            serial_key=world.serial_key,
        )  # fmt: skip


def path_of(cast: Cast) -> str:
    return cast.lot.removeprefix(f"https://{cast.world.host}")


def item_of_lot(cast: Cast, item: int) -> str:
    with cast.world.read() as connection:
        return item_path(runs_of(connection, cast.lot, item, item)[0], item, cast.world.serial_key)


def inspected(cast: Cast) -> list[Finding]:
    return list(cast.verdict().find("inspected"))


def test_inspections_of_a_lot_a_pack_and_a_place_show_under_the_inspectorates_name(cast: Cast) -> None:
    cast.harvest()
    cast.issue(5)
    look_at(cast)
    look_at(cast, item_of_lot(cast, 3), seen=replace(SEEN, result="fail"))
    look_at(cast, cast.place)
    told = [(one.data["item"], one.data["place"], one.data["result"], one.who) for one in inspected(cast)]
    assert sorted(told, key=str) == sorted(
        [
            (None, False, "pass", cast.inspector),
            (3, False, "fail", cast.inspector),
            (None, True, "pass", cast.inspector),
        ],
        key=str,
    )
    assert "record-authentic" in cast.codes()


def test_a_serial_that_was_never_issued_is_noted_on_the_lots_inspection(cast: Cast) -> None:
    look_at(cast, f"{path_of(cast)}/21/0000000000000")
    (seen,) = cast.facts().inspections
    assert (seen.item, seen.checks[-1]) == (None, CheckedItem("label-issued", "fail"))


def test_a_report_that_is_sent_again_is_recorded_once(cast: Cast) -> None:
    first, second = send_it(cast), send_it(cast)
    assert (first.record_id, first.again, second.again) == (second.record_id, False, True)
    assert len(inspected(cast)) == 1
    with pytest.raises(Conflict, match="anew"):
        send_it(cast, seen=replace(SEEN, result="fail"))
    with pytest.raises(Conflict, match="anew"):
        send_it(cast, by=cast.authority)
    assert not send_it(cast, key=KEY[::-1]).again
    assert len(inspected(cast)) == 2


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"result": "fine"}, "no result"),
    ({"day": date(2026, 11, 22)}, "after now"),
    ({"made": "2026-11-22T05:00:00Z"}, "set the clock"),
    ({"day": date(2026, 1, 1)}, "90 days"),
    ({"checks": (CheckedItem("seal", "yes"),)}, "no answer"),
    ({"checks": (CheckedItem("seal", "pass"), CheckedItem("seal", "fail"))}, "twice"),
    ({"checks": (CheckedItem("<b>", "pass"),)}, "letters"),
    ({"note": "x" * 1001}, "1000"),
]


def test_what_no_inspector_can_have_seen_is_refused(cast: Cast) -> None:
    for change, says in IMPOSSIBLE:
        with pytest.raises(InvalidEvent, match=says):
            look_at(cast, seen=replace(SEEN, **change))
    assert inspected(cast) == []


def test_only_inspectors_inspect_and_only_what_there_is(cast: Cast) -> None:
    for who in (cast.producer, cast.certifier):
        with pytest.raises(Forbidden):
            look_at(cast, by=who)
    product = path_of(cast).partition("/10/")[0]
    for about, error in (
        (product, InvalidEvent),
        (f"{product}/10/NOPE", NotFound),
        (f"{cast.place}x", NotFound),
        ("/414/9520000000004", (InvalidEvent, InvalidIdentifier)),
    ):
        with pytest.raises(error):
            look_at(cast, about)
    with pytest.raises(InvalidEvent, match="32 hexadecimal"):
        send_it(cast, key="1")
    assert inspected(cast) == []


def test_a_photo_is_kept_apart_and_can_be_erased(cast: Cast) -> None:
    record = look_at(cast, photo=written(scene(800, 600)))
    with cast.world.read() as connection:
        assert photo_of(connection, record)[:4] == b"RIFF"
        assert report_of(connection, cast.world.host, record, cast.world.keyring(connection)).seen.photo
    with cast.world.write() as connection:
        erase(connection, record, "cli", cast.world.clock())
    with cast.world.read() as connection, pytest.raises(NotFound, match="erased"):
        photo_of(connection, record)
    assert "record-authentic" in cast.codes()


def test_a_report_names_whoever_is_in_it_and_the_newest_come_first(cast: Cast) -> None:
    send_it(cast)
    cast.world.clock.tick(hours=1)  # type: ignore[attr-defined]
    place = look_at(cast, cast.place)
    newest = send_it(cast, key=KEY[::-1])
    with cast.world.read() as connection:
        keyring = cast.world.keyring(connection)
        found = recent_reports(connection, cast.world.host, cast.inspector, keyring)
        of_place = report_of(connection, cast.world.host, place, keyring)
        with pytest.raises(NotFound):
            report_of(connection, cast.world.host, place.replace(place[0], "f", 1), keyring)
        with pytest.raises(NotFound):
            report_of(connection, cast.world.host, "x", keyring)
    assert found[0].record_id == newest.record_id
    one = found[0]
    assert one.product is not None and one.lot is not None and one.inspectorate is not None and one.producer is not None
    assert (one.facility, of_place.lot, of_place.facility is not None) == (None, None, True)


# The lists that phones keep


def lists(cast: Cast) -> dict[str, Any]:
    """The lists as a phone reads them, their signature verified."""
    data = offline_lists.signed_lists(cast.world, cast.world.clock())
    with cast.world.read() as connection:
        document, _ = verify_bytes(data, cast.world.keyring(connection))
    told: dict[str, Any] = json.loads(data)["credentialSubject"]
    assert told == document["credentialSubject"]
    return told


def codes_of(told: dict[str, Any], lot: str) -> set[str]:
    found = [one for one in told["traceapp:lots"] if one["id"] == lot]
    return {finding["traceapp:code"] for one in found for finding in one["traceapp:findings"]}


def test_recalled_and_held_lots_and_void_labels_are_listed_from_verified_facts(cast: Cast) -> None:
    world = cast.world
    assert (lists(cast)["traceapp:lots"], lists(cast)["traceapp:complete"]) == ([], True)
    cast.harvest()
    cast.issue(30)
    with world.write() as connection:
        void_labels(connection, cast.lot, 5, 9, "in nhòe", cast.producer, world.notary, world.clock())
        hold(connection, cast.lot, "Chờ phiếu", cast.authority, world.notary, world.clock())
        recall(connection, cast.other_lot, cast.authority, world.notary, world.clock(), day=DAY, reason_vi="Lẫn lô")
    told = lists(cast)
    assert (codes_of(told, cast.lot), codes_of(told, cast.other_lot)) == ({"lot-on-hold"}, {"lot-recalled"})
    (void,) = told["traceapp:voids"]
    packed = base64.b64decode(void["traceapp:labels"])
    expected = sorted(path_hash(item_of_lot(cast, item)) for item in range(5, 10))
    assert [packed[at : at + 6] for at in range(0, len(packed), 6)] == expected
    assert item_of_lot(cast, 5).rpartition("/")[2] not in json.dumps(told)
    with world.write() as connection:
        release(connection, cast.lot, "Phiếu đạt", cast.authority, world.notary, world.clock())
    after = lists(cast)
    assert codes_of(after, cast.lot) == set()
    assert after["traceapp:size"] > told["traceapp:size"]


def test_a_recall_that_a_producer_wrote_into_the_diary_and_lots_made_of_it_are_listed(cast: Cast) -> None:
    cast.harvest()
    cast.capture(
        cast.event(
            "PROCESS",
            "2026-10-05",
            lot=cast.other_lot,
            by=cast.other_producer,
            inputs=[f"chè tươi, 1 g < {cast.lot}"],
            outputs=["chè, 1 g"],
        )
    )
    cast.capture(cast.event("RECALL", "2026-11-01", label_vi="Thu hồi", reason="Ẩm"))
    told = lists(cast)
    assert codes_of(told, cast.lot) == {"lot-recalled"}
    assert codes_of(told, cast.other_lot) <= {"input-recalled"}


def test_lists_are_bounded_and_say_when_something_was_left_out(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    world = cast.world
    cast.harvest()
    cast.issue(30)
    with world.write() as connection:
        void_labels(connection, cast.lot, 1, 20, "mất", cast.producer, world.notary, world.clock())
        recall(connection, cast.other_lot, cast.authority, world.notary, world.clock(), day=DAY, reason_vi="Lẫn lô")
    monkeypatch.setattr(offline_lists, "MOST_VOIDS_A_LOT", 10)
    monkeypatch.setattr(offline_lists, "RECORDS_A_TIME", 7)
    sizes = [lists(cast)["traceapp:size"] for _ in range(2)]
    assert sizes[0] == 7
    assert not lists(cast)["traceapp:complete"]
    while not (told := lists(cast))["traceapp:complete"]:
        pass
    assert told["traceapp:voids"] == [{"id": cast.lot, "traceapp:many": True}]
    monkeypatch.setattr(offline_lists, "MOST_LOTS", 1)
    world.__dict__.pop("_offline_lists")
    assert not lists(cast)["traceapp:complete"]
