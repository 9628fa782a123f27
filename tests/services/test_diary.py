"""The diary between the field and the log: kept once, changed by versions, signed together, corrected with a reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.services.cast import Cast, only
from traceapp.core.dates import vietnamese_date
from traceapp.core.diary.control_points import ControlPoint, Limit
from traceapp.core.diary.fields import FORMS
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.events import Stage
from traceapp.db.diary import diary_entries, diary_photos
from traceapp.services.diary import entries as diary
from traceapp.services.diary.entries import Kept, Sent, State, Writer, change, drop, find, keep, open_entries
from traceapp.services.diary.past import NEWEST, OF_EACH, Asked, Past, read_past
from traceapp.services.diary.same_day import written_known
from traceapp.services.diary.signing import Desk, drop_point, plan_of, set_desk, set_point, sign
from traceapp.services.records.erasure import erase
from traceapp.services.records.events import correct
from traceapp.services.records.signing import read_document

SPRAY = {
    "start": "20/11/2026",
    "plots": "A1\nA2",
    "active": "Abamectin",
    "phi_days": "14",
    "operator": "TV-04 Nguyễn Thị Lan",
    "pest": "rầy",
}
PICKED = {
    "start": "21/11/2026",
    "plots": "A1",
    "outputs-1-name": "chè",
    "outputs-1-quantity": "40",
    "outputs-1-unit": "kg",
}
ONE_DATABASE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""For what no database has a part in."""
PHOTO = b"RIFF....WEBPpixels"
COOKING = ControlPoint("CCP1", "nấu", "biological", (Limit("nhiệt độ", "°C", least=115),), "mỗi mẻ")


def sent(cast: Cast, key: str = "key-00000001", stage: Stage = Stage.PPP, **more: Any) -> Sent:
    made = cast.world.clock() - timedelta(hours=3)
    return replace(Sent(key, stage, {**SPRAY}, made, cast.lot), **more)


def writer(cast: Cast) -> Writer:
    return Writer(cast.producer, "account-1")


def kept(cast: Cast, *args: Any, **more: Any) -> Kept:
    with cast.world.write_aside() as connection:
        return keep(connection, writer(cast), sent(cast, *args, **more), cast.world.clock())


def past(cast: Cast, **more: Any) -> Past:
    with cast.world.read() as connection:
        asked = Asked(vietnamese_date(cast.world.clock()), **more)
        return read_past(connection, cast.world.host, cast.producer, cast.world.keyring(connection), asked)


def desk(cast: Cast, **more: Any) -> Desk:
    known = past(cast, **more)
    with cast.world.read() as connection:
        return set_desk(connection, known, vietnamese_date(cast.world.clock()))


def checked(cast: Cast, one: Kept, **typed: str) -> Kept:
    with cast.world.write_aside() as connection:
        values = {**one.typed, **typed}
        return change(
            connection, writer(cast), one.id, one.version, values, lot=one.lot, copied=one.copied, state=State.CHECKED
        )


def signed(cast: Cast, *ready: Kept) -> tuple[Kept, ...]:
    with cast.world.write() as connection:
        known = past(cast)
        now = cast.world.clock()
        desk = set_desk(connection, known, vietnamese_date(now))
        return sign(connection, writer(cast), {one.id: one.version for one in ready}, desk, cast.world.notary, now)


def count(cast: Cast, table: Any) -> int:
    with cast.world.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar() or 0


def document(cast: Cast, one: Kept) -> dict[str, Any]:
    with cast.world.read() as connection:
        return read_document(connection, one.record_id or "")


def test_the_same_entry_sent_twice_is_one_and_another_under_its_key_is_refused(cast: Cast) -> None:
    first = kept(cast, photo=PHOTO)
    assert kept(cast, photo=PHOTO) == first
    assert (count(cast, diary_entries), count(cast, diary_photos)) == (1, 1)
    for other in ({"typed": {**SPRAY, "phi_days": "3"}}, {"photo": None}, {"stage": Stage.FERT}, {"lot": None}):
        with pytest.raises(Conflict, match="under the same key"):
            kept(cast, **other)
    with cast.world.write_aside() as connection:
        theirs = keep(connection, Writer(cast.other_producer), replace(sent(cast), lot=None), cast.world.clock())
    assert theirs.id != first.id, "another producer's keys are its own"


@ONE_DATABASE
def test_an_entry_keeps_the_time_at_which_it_was_made_but_never_a_later_one_than_now(cast: Cast) -> None:
    now = cast.world.clock()
    assert kept(cast).made_at == now - timedelta(hours=3)
    assert kept(cast, "key-of-a-fast-clock", made_at=now + timedelta(days=2)).made_at == now


@ONE_DATABASE
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(cast: Cast) -> None:
    for wrong, error in (
        ({"key": "short"}, InvalidEvent),
        ({"stage": Stage.RECALL}, RuleBroken),
        ({"typed": {"note": "x" * 20_001}}, InvalidEvent),
        ({"lot": cast.other_lot}, Forbidden),
        ({"lot": "https://id.example.vn/01/09520000000127/10/NONE"}, NotFound),
        ({"corrects": "00000000-0000-7000-8000-000000000000"}, NotFound),
    ):
        with pytest.raises(error):
            kept(cast, **wrong)
    assert count(cast, diary_entries) == 0


def test_two_tabs_cannot_overwrite_each_other_and_strangers_see_nothing(cast: Cast) -> None:
    one = kept(cast)
    again = checked(cast, one, pest="nhện")
    assert (again.version, again.state, again.typed["pest"]) == (2, State.CHECKED, "nhện")
    with pytest.raises(Conflict, match="changed elsewhere"):
        checked(cast, one, pest="sâu")
    with cast.world.write_aside() as connection:
        stranger = Writer(cast.other_producer)
        with pytest.raises(NotFound):
            find(connection, cast.other_producer, one.id)
        with pytest.raises(NotFound):
            diary.drop(connection, stranger, one.id, 2)
        with pytest.raises(Conflict):
            diary.drop(connection, writer(cast), one.id, 1)
        diary.drop(connection, writer(cast), one.id, 2)
        assert open_entries(connection, cast.producer) == ()


def test_entries_are_signed_together_in_the_order_in_which_they_were_made(cast: Cast) -> None:
    now = cast.world.clock()
    late = checked(cast, kept(cast, "key-late-000", made_at=now - timedelta(hours=1)), pest="sâu")
    early = checked(cast, kept(cast, "key-early-00", made_at=now - timedelta(hours=9), copied=["pest"], photo=PHOTO))
    with cast.world.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM checkpoints").scalar()
    done = signed(cast, late, early)
    with cast.world.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM checkpoints").scalar() == before + 1, "one append"
    assert all(one.state is State.SIGNED and one.typed == {} and one.copied == () for one in done)
    facts = {fact.source.record_id.rpartition("/")[2]: fact for fact in past(cast).facts}
    after, first = (facts[one.record_id or ""] for one in done)
    assert first.source.leaf_index + 1 == after.source.leaf_index
    assert first.event.kde["copied"] == ["pest"] and "copied" not in after.event.kde
    assert first.event.kde["noted_at"] == "2026-11-20T20:00:00Z"
    assert first.event.plots == ("A1", "A2") and first.event.place == cast.place
    said = json.dumps(document(cast, done[1]), ensure_ascii=False)
    assert "Nguyễn Thị Lan" not in said and "operator" in said and "photo" in said
    assert signed(cast, done[1]) == (done[1],), "pressing twice signs once"


@ONE_DATABASE
def test_what_is_not_ready_is_not_signed_and_nothing_with_it(cast: Cast) -> None:
    good = checked(cast, kept(cast))
    for other in (kept(cast, "key-a-draft0"), checked(cast, kept(cast, "key-nolot-00", lot=None))):
        with pytest.raises(RuleBroken, match="not ready"):
            signed(cast, good, other)
    with pytest.raises(Conflict, match="changed elsewhere"):
        signed(cast, replace(good, version=9))
    assert past(cast).facts == ()


@ONE_DATABASE
def test_a_signed_entry_is_changed_by_nobody(cast: Cast) -> None:
    one = checked(cast, kept(cast))
    (done,) = signed(cast, one)
    with pytest.raises(Conflict, match="signed: it is corrected"):
        checked(cast, done)
    assert kept(cast).record_id == done.record_id, "the phone that sends it once more is told what became of it"


@ONE_DATABASE
def test_an_early_harvest_is_asked_once_then_recorded_as_it_was_and_gets_no_labels(cast: Cast) -> None:
    signed(cast, checked(cast, kept(cast)))
    one = kept(cast, "key-harvest0", Stage.HARVEST, typed=PICKED)
    (doubt,) = desk(cast).judge(one).doubts
    assert (doubt.code, str(doubt.about["wait"].allowed_from)) == ("early-harvest", "2026-12-04")
    with pytest.raises(RuleBroken):
        signed(cast, checked(cast, one))
    with cast.world.read() as connection:
        found = find(connection, cast.producer, one.id)
    sure = checked(cast, found, sure=doubt.token)
    assert desk(cast).judge(sure).is_ready
    signed(cast, sure)
    assert "phi-broken" in cast.codes()


@ONE_DATABASE
def test_a_spray_counts_from_when_it_is_written_down_and_on_a_plot_of_any_lot(cast: Cast) -> None:
    spray = kept(cast)
    one = kept(cast, "key-harvest0", Stage.HARVEST, typed=PICKED)
    assert [doubt.code for doubt in desk(cast).judge(one).doubts] == ["early-harvest"]
    signed(cast, checked(cast, spray))
    elsewhere = past(cast, plots=["A1"])
    assert elsewhere.plots == ("A1", "A2")


@ONE_DATABASE
def test_what_is_left_of_a_lot_is_looked_up_for_what_is_sent_alone(cast: Cast) -> None:
    asked = []

    def packs(lot: str, but: str | None) -> Fraction:
        asked.append((lot, but))
        return Fraction(10)

    with cast.world.read() as connection:
        judging = set_desk(connection, past(cast), vietnamese_date(cast.world.clock()), packs)
    shipped = {"start": "21/11/2026", "to": "chợ", "qty": "12"}
    for number, stage in enumerate(FORMS):
        judging.judge(kept(cast, f"key-0000000{number:02}", stage, typed=shipped if stage is Stage.SHIP else {}))
    assert asked == [(cast.lot, None)]
    (doubt,) = judging.judge(kept(cast, "key-of-a-delivery", Stage.SHIP, typed=shipped)).doubts
    assert (doubt.code, doubt.input, doubt.about) == ("beyond-left", "qty", {"sent": 12, "left": 10})


FED = {"start": "20/11/2026", "plots": "A1", "product_name": "phân chuồng"}


def asked_once_more(cast: Cast, key: str, **typed: str) -> list[str]:
    """What is asked about fertilising, where whoever asks can look up what was written on its day."""
    one = kept(cast, key, Stage.FERT, typed={**FED, **typed})
    with cast.world.read() as connection:
        known, today = written_known(cast.world, connection, cast.producer), vietnamese_date(cast.world.clock())
        judging = set_desk(connection, past(cast), today, written_on=known)
        asked = [doubt.code for doubt in judging.judge(one).doubts]
    with cast.world.write_aside() as connection:
        drop(connection, writer(cast), one.id, one.version)
    return asked


def test_an_entry_just_like_one_of_its_day_is_found_however_much_was_written_since(cast: Cast) -> None:
    (old,) = signed(cast, checked(cast, kept(cast, stage=Stage.FERT, typed=FED)))
    names = [{**FED, "product_name": f"phân {at}"} for at in range(OF_EACH + NEWEST)]
    later = [kept(cast, f"key-later-{at:03}", Stage.FERT, typed=typed) for at, typed in enumerate(names)]
    signed(cast, *(checked(cast, one) for one in later))
    assert past(cast).fact(old.record_id or "") is None, "it is not among what was written lately"
    assert asked_once_more(cast, "key-again-00") == ["again"]
    assert asked_once_more(cast, "key-again-01", start="19/11/2026") == []
    assert asked_once_more(cast, "key-again-02", plots="A2") == []
    world = cast.world
    with world.write() as connection:
        correct(connection, old.record_id or "", None, cast.producer, world.notary, world.clock(), reason="x")
    assert asked_once_more(cast, "key-again-04") == [], "what was taken back was not done"


def test_a_correction_says_it_right_with_the_reason_and_takes_the_wrong_one_back(cast: Cast) -> None:
    (wrong,) = signed(cast, checked(cast, kept(cast)))
    one = kept(cast, "key-correct0", typed={**SPRAY, "phi_days": "7"}, corrects=wrong.record_id)
    assert [problem.input for problem in desk(cast).judge(one).problems] == ["reason"]
    (right,) = signed(cast, checked(cast, one, reason="Đọc nhầm nhãn"))
    fact = only(past(cast).facts)
    assert fact.event.kde["phi_days"] == 7
    assert document(cast, right)["traceapp:corrects"]["id"].endswith(str(wrong.record_id))
    with cast.world.read() as connection:
        rows = connection.exec_driver_sql("SELECT body FROM records WHERE type = 'CorrectionRecord'").scalars().all()
    assert json.loads(only(rows))["credentialSubject"]["traceapp:reason"] == "Đọc nhầm nhãn"
    with pytest.raises(Conflict, match="corrected already"):
        kept(cast, "key-correct1", corrects=wrong.record_id)
    with cast.world.write() as connection:
        correct(
            connection, right.record_id or "", None, cast.producer, cast.world.notary, cast.world.clock(), reason="x"
        )
    assert past(cast).facts == ()


def test_erasing_what_a_record_said_of_people_leaves_neither_photo_nor_a_way_to_guess_it(cast: Cast) -> None:
    (done,) = signed(cast, checked(cast, kept(cast, photo=PHOTO)))
    with cast.world.write() as connection:
        assert erase(connection, done.record_id or "", "cli", cast.world.clock()) == 2
        row = connection.execute(select(diary_entries)).one()
    assert row.salt is None and count(cast, diary_photos) == 0
    assert "Nguyễn" not in str(tuple(row)) and "Thị Lan" not in str(tuple(row))
    assert kept(cast).record_id == done.record_id
    fact = only(past(cast).facts)
    assert fact.event.kde["operator"] is True


@ONE_DATABASE
def test_limits_come_from_the_plan_and_the_plan_from_the_producer(cast: Cast) -> None:
    with cast.world.write_aside() as connection:
        set_point(connection, cast.producer, COOKING, cast.world.clock())
        set_point(connection, cast.producer, replace(COOKING, step="nấu kẹo"), cast.world.clock())
        for wrong in (
            replace(COOKING, ccp=" "),
            replace(COOKING, limits=()),
            replace(COOKING, limits=(Limit("", "", 1),)),
            replace(COOKING, limits=(Limit("pH", ""),)),
            replace(COOKING, limits=(Limit("pH", "", 5, 4),)),
        ):
            with pytest.raises(InvalidEvent):
                set_point(connection, cast.producer, wrong, cast.world.clock())
    measured = {"start": "21/11/2026", "ccp": "CCP1", "checks-1-value": "109", "checks-1-min": "1"}
    one = kept(cast, "key-ccp-0001", Stage.CCP, typed=measured)
    judged = desk(cast).judge(one)
    assert judged.entry and judged.entry.kde["step"] == "nấu kẹo"
    assert [doubt.code for doubt in judged.doubts] == ["out-of-limits"]
    signed(cast, checked(cast, one, sure=judged.doubts[0].token))
    assert "ccp-deviation" in cast.codes()
    with cast.world.write_aside() as connection:
        drop_point(connection, cast.producer, "CCP1")
        known = past(cast)
        assert plan_of(connection, known)["CCP1"].limits == COOKING.limits, "as the last entry there tells it"


@ONE_DATABASE
def test_a_producer_refers_to_its_own_lots_and_places(cast: Cast) -> None:
    known = past(cast, lots=[cast.other_lot, cast.lot])
    assert [(lot.id, lot.number, lot.done) for lot in known.lots] == [(cast.lot, "L1", False)]
    assert [place for place, _ in known.places] == [cast.place]
    assert known.lot(cast.other_lot) is None and known.fact("nothing") is None
    with pytest.raises(NotFound), cast.world.read() as connection:
        none = "https://id.example.vn/id/x"
        read_past(
            connection,
            cast.world.host,
            none,
            cast.world.keyring(connection),
            Asked(vietnamese_date(cast.world.clock())),
        )


@ONE_DATABASE
def test_lying_drafts_have_an_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diary, "MOST_OPEN", 1)
    kept(cast)
    with pytest.raises(RuleBroken, match="wait to be signed"):
        kept(cast, "key-one-too-many")
