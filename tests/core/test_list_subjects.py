"""Keys by which lists find what they show, and that odd records have none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from traceapp.core.list_subjects import allowed_from, list_subjects, measured_range, measured_subject

OWNER = {"id": "https://id.example.vn/id/x"}
SPRAY = {"traceapp:stage": "PPP", "traceapp:end": "2026-11-20", "traceapp:kde": {"traceapp:phi_days": 14}}
LOT = {"traceapp:lot": {"id": "https://id.example.vn/01/1/10/A"}}


def keys(subject: dict[str, Any], declared: Any = OWNER) -> list[str]:
    found = list_subjects({"traceapp:declaredBy": declared}, subject)
    return [key.removeprefix(OWNER["id"]) for key in found]


def test_an_event_is_found_by_its_stage_and_a_spray_by_the_month_in_which_its_wait_ends() -> None:
    assert keys({"traceapp:stage": "FERT"}) == ["#stage=FERT"]
    assert keys(SPRAY) == ["#stage=PPP", "#waits=2026-12"]
    given = {**SPRAY, "traceapp:stage": "VETDRUG", "traceapp:kde": {"traceapp:withdrawal_days": 0}}
    assert keys(given) == ["#stage=VETDRUG", "#waits=2026-11"]


def test_a_spray_is_found_by_each_plot_and_the_month_from_which_it_may_be_harvested() -> None:
    kde = {"traceapp:phi_days": 14, "traceapp:plot": "A1", "traceapp:plots": ["A2", 7, "A=3"]}
    found = keys({**SPRAY, "traceapp:kde": kde})
    assert found[2:] == ["#sprayed=2026-12=a1", "#sprayed=2026-12=a2", "#sprayed=2026-12=a=3"]
    assert keys({**SPRAY, "traceapp:kde": {**kde, "traceapp:plots": "A2"}})[2:] == ["#sprayed=2026-12=a1"]


def test_a_measurement_is_found_by_its_control_point_however_that_was_typed() -> None:
    own = OWNER["id"]
    first, last = measured_range(own)
    found = {name: measured_subject(own, name) for name in ("CCP 1", " ccp  1", "dò kim loại", "")}
    assert found["CCP 1"] == found[" ccp  1"] and len(set(found.values())) == 3
    assert all(first < key < last and len(key) == len(first) + 16 for key in found.values())
    measured = {"traceapp:stage": "CCP", "traceapp:kde": {"traceapp:ccp": "CCP 1"}}
    assert keys(measured) == ["#stage=CCP", found["CCP 1"].removeprefix(own)]
    for odd in (None, {}, {"traceapp:ccp": 7}, "x"):
        assert keys({**measured, "traceapp:kde": odd}) == ["#stage=CCP"]


@pytest.mark.parametrize("stage", ["PACK", "SHIP", "SELL"])
def test_what_leaves_a_lot_done_is_found_by_the_lot(stage: str) -> None:
    told = {"traceapp:stage": stage}
    assert keys({**told, **LOT}) == [f"#stage={stage}", f"{LOT['traceapp:lot']['id']}#done"]
    for odd in (None, "x", {}, {"id": 7}):
        assert keys({**told, "traceapp:lot": odd}) == [f"#stage={stage}"]


@pytest.mark.parametrize("kind", ["traceapp:Hold", "traceapp:Recall"])
def test_what_stops_a_lot_is_found_by_the_lot(kind: str) -> None:
    stop = {"type": kind, **LOT}
    assert keys(stop) == keys(stop, None) == [f"{LOT['traceapp:lot']['id']}#stops"]
    assert keys({"type": kind}) == keys({"type": ["traceapp:Hold"], **LOT}) == keys({**LOT, "type": "x"}) == []


def test_a_correction_and_odd_records_have_no_keys() -> None:
    assert keys({**SPRAY, "errorDeclaration": {}}) == []
    assert keys({}) == keys({"traceapp:stage": ["PPP"]}) == []
    for odd in (None, "x", {}, {"id": 7}):
        assert keys(SPRAY, odd) == []


@pytest.mark.parametrize(
    "odd",
    [
        {"traceapp:kde": None},
        {"traceapp:kde": {}},
        {"traceapp:kde": {"traceapp:phi_days": "a week"}},
        {"traceapp:kde": {"traceapp:phi_days": 10**9}},
        {"traceapp:kde": {"traceapp:phi_days": float("inf")}},
    ],
)
def test_a_spray_of_odd_days_is_found_by_its_stage_alone(odd: dict[str, Any]) -> None:
    assert keys({**SPRAY, **odd}) == ["#stage=PPP"]
    for never in (None, "soon", 7):
        assert keys({**SPRAY, **odd, "traceapp:end": never}) == ["#stage=PPP"]


def test_nobody_harvests_on_the_day_of_spraying() -> None:
    assert [allowed_from(date(2026, 11, 20), days) for days in (0, 1, 7)] == [
        date(2026, 11, 21),
        date(2026, 11, 21),
        date(2026, 11, 27),
    ]
