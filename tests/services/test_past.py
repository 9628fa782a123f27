"""The usual past tells whoever asks for more of it all that a look of their own would, on diaries made at random."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import pytest

from tests.conftest import ASOF
from tests.services.cast import Cast
from traceapp.core.dates import vietnamese_date
from traceapp.core.events import Event
from traceapp.core.identifiers import Lot
from traceapp.core.list_subjects import measured_subject
from traceapp.core.statements import record_uuid
from traceapp.services.diary import past as module
from traceapp.services.diary.newest import MOST_POINTS, measured_points
from traceapp.services.diary.past import Asked, Past, read_past
from traceapp.services.log.entries import Receipt
from traceapp.services.records.events import correct
from traceapp.services.registry.registers import register_lot

ONE_DATABASE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
"""For what no database has a part in."""
SPRAY = {"active": "Abamectin", "phi_days": 7, "operator": "TV-04"}
PLOTS = ("A1", "a1", "A2", "B1", "B  1", "Ô 3", "C9", "Z7")
"""Some are spelled in two ways."""


def diary_of(cast: Cast, random: Random) -> tuple[list[str], list[str]]:
    """Two years of a diary in which some was taken back: UUIDs of all records, ids of all lots."""
    world, today = cast.world, vietnamese_date(cast.world.clock())
    lots = [cast.lot]
    with world.write() as connection:
        product = cast.lot.rpartition("/10/")[0]
        lots += [
            register_lot(connection, product, Lot(f"P{number}"), {"made": "2026-10-09"}, world.notary, world.clock())[0]
            for number in range(8)
        ]
    made: list[str] = []
    for _ in range(12):
        receipts = cast.capture(*[_event(cast, random, today, lots) for _ in range(8)])
        made += [record_uuid(one.record_id) for one in receipts]
        if random.random() < 0.5:
            with world.write() as connection:
                wrong = random.choice([one.record_id for one in receipts])
                correct(connection, wrong, None, cast.producer, world.notary, world.clock(), reason="Ghi nhầm")
    return made, lots


def _event(cast: Cast, random: Random, today: date, lots: Sequence[str]) -> Event:
    stage = random.choice(["PPP", "PPP", "PPP", "FERT", "HARVEST", "STORE"])
    start = (today - timedelta(days=random.choice([0, 1, 5, 20, 40, 90, 200, 500]))).isoformat()
    what = {
        "PPP": {**SPRAY, "phi_days": random.choice([0, 7, 14, 60])},
        "HARVEST": {"outputs": ["chè tươi, 40 kg"]},
    }.get(stage, {})
    plots = random.sample(PLOTS, random.choice([1, 1, 2])) if stage != "STORE" else []
    return cast.event(stage, start, lot=random.choice(lots), **({"plots": plots} if plots else {}), **what)


def asked_of(random: Random, today: date, records: Sequence[str], lots: Sequence[str]) -> Asked:
    return Asked(
        today,
        since=random.choice([None, None, today, *(today - timedelta(days=days) for days in (3, 25, 70, 300))]),
        lots=tuple(random.sample(lots, random.choice([0, 0, 1]))),
        plots=tuple(random.sample(PLOTS, random.choice([0, 0, 1, 2]))),
        records=tuple(random.sample(records, random.choice([0, 0, 1]))),
        registers=random.random() < 0.8,
    )


@ONE_DATABASE
@pytest.mark.parametrize("seed", range(3))
def test_what_the_usual_past_tells_is_all_that_was_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for name, most in (("MOST_LOTS", 4), ("NEWEST", 4), ("OF_EACH", 2), ("MOST_PLOTS", 5)):
        monkeypatch.setattr(module, name, most)
    module._found_sql.cache_clear()
    module._newest.cache_clear()
    random, today, world = Random(seed), vietnamese_date(cast.world.clock()), cast.world
    records, lots = diary_of(cast, random)
    usual, odd = 0, []
    with world.read() as connection:
        asked_for = (connection, world.host, cast.producer, world.keyring(connection))
        for _ in range(80):
            asked = asked_of(random, today, records, lots)
            found, full = read_past(*asked_for, asked), module._past(*asked_for, asked)
            usual += found == module._past(*asked_for, Asked(today, registers=asked.registers))
            if lacking(found, full, asked):
                odd.append((asked, lacking(found, full, asked)))
    module._found_sql.cache_clear()
    module._newest.cache_clear()
    assert odd == []
    assert 10 < usual < 80


@ONE_DATABASE
def test_a_plot_that_stands_far_back_is_looked_up_for_whatever_it_is_asked(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, today = cast.world, vietnamese_date(cast.world.clock())

    def sprays(day: str, *plots: str, times: int = 3) -> tuple[Receipt, ...]:
        events = [cast.event("PPP", f"{day}{number}", plots=list(plots), **SPRAY) for number in range(1, 1 + times)]
        return cast.capture(*events)

    sprays("2025-12-0", "a1")
    sprays("2025-11-0", "Z7")
    both = record_uuid(sprays("2025-12-2", "B1", "Z7", times=1)[0].record_id)
    sprays("2025-12-1", "Z7")
    sprays("2026-10-0", "A1")
    cast.capture(*[cast.event("FERT", f"2026-10-0{day}", plots=["B1"]) for day in range(1, 5)])
    cast.capture(*[cast.event("STORE", f"2026-10-{day}") for day in range(10, 24)])
    monkeypatch.setattr(module, "MOST_PLOTS", 3)
    with world.read() as connection:
        asked_for = (connection, world.host, cast.producer, world.keyring(connection))
        usual = read_past(*asked_for, Asked(today))
        assert usual.looked_up == {"A1", "B1"}
        assert usual.fact(both) is not None
        spelled = Asked(today, plots=("a1",))
        assert len(read_past(*asked_for, spelled).facts) == len(usual.facts), "one plot, however it was typed"
        for asked in (Asked(today, plots=("Z7",)), Asked(today, records=(both,))):
            found = read_past(*asked_for, asked)
            assert len(found.facts) > len(usual.facts)
            assert lacking(found, module._past(*asked_for, asked), asked) == []
        monkeypatch.setattr(module, "MOST_PLOTS", 2)
        assert "Z7" in read_past(*asked_for, Asked(today, plots=("Z7",))).looked_up, "what is asked for comes first"


def measured(cast: Cast, day: str, point: str) -> Event:
    checks = [{"what": "nhiệt độ", "unit": "°C", "value": 120, "min": 115}]
    return cast.event("CCP", day, ccp=point, step=point, hazard="biological", checks=checks)


def test_a_control_point_is_offered_however_much_was_measured_at_others_since(cast: Cast) -> None:
    world, today = cast.world, vietnamese_date(cast.world.clock())
    (first, *_) = cast.capture(*[measured(cast, "2025-11-03", point) for point in ("nấu", "dò kim loại")])
    cast.capture(*[measured(cast, f"2026-1{month}-1{day}", "Sấy") for month in (0, 1) for day in range(10)])

    def planned() -> list[str]:
        with world.read() as connection:
            past = read_past(connection, world.host, cast.producer, world.keyring(connection), Asked(today))
        assert len(past.facts) < 18, "no page reads all that was measured"
        return sorted(past.planned)

    assert planned() == ["Sấy", "dò kim loại", "nấu"]
    with world.write() as connection:
        correct(connection, record_uuid(first.record_id), None, cast.producer, world.notary, ASOF, reason="Ghi nhầm")
    assert planned() == ["Sấy", "dò kim loại"], "what was taken back was not measured"


def test_so_many_control_points_as_a_plan_holds_are_looked_up_and_no_more(cast: Cast) -> None:
    names = [f"điểm {number}" for number in range(MOST_POINTS + 4)]
    cast.capture(*[measured(cast, "2026-11-03", point) for point in names])
    with cast.world.read() as connection:
        found = measured_points(connection, cast.producer)
    known = sorted(measured_subject(cast.producer, name) for name in names)
    assert found == known[:MOST_POINTS]


def lacking(found: Past, full: Past, asked: Asked) -> list[object]:
    """What of the full past is not in the one that was found."""
    facts = [fact for fact in full.facts if fact not in found.facts]
    lots = [lot for lot in asked.lots if found.lot(lot) != full.lot(lot)]
    return [*facts, *lots, *(full.looked_up - found.looked_up), *({*found.places} ^ {*full.places})]
