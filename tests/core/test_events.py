"""What may be recorded of a lot: the malformed and the impossible is refused, a bad truth is not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import demo, facts_of_demo
from tests.cast import LOT, PRODUCER, TODAY
from tests.core.cast import harvest
from traceapp.core.errors import InvalidEvent
from traceapp.core.events import (
    DEEPEST_DATUM,
    LARGEST_NUMBER,
    LONGEST_TEXT,
    LONGEST_WAIT,
    MOST_GOODS,
    PERSONAL,
    Event,
    Goods,
    Stage,
    require_judgeable,
    validate,
)

CHECK = {"what": "nhiệt độ", "unit": "°C", "min": 115, "max": None, "value": 118.5}
LEAST: dict[Stage, dict[str, Any]] = {
    Stage.PPP: {"kde": {"active": "Abamectin", "phi_days": 7, "plot": "A1"}},
    Stage.VETDRUG: {"kde": {"active": "oxytetracycline", "withdrawal_days": 0, "plots": ["H1"]}},
    Stage.SOURCE: {"outputs": (Goods("cá cơm", 1, "kg"),)},
    Stage.HARVEST: {"outputs": (Goods("búp chè", 1, "kg"),), "kde": {"plot": "A1"}},
    Stage.CCP: {"kde": {"ccp": "CCP1", "checks": [CHECK]}},
    Stage.TEST: {"kde": {"report": "KN-1", "results": [CHECK]}},
    Stage.PACK: {"outputs": (Goods("gói", 5, "gói"),)},
}


def happened(stage: Stage = Stage.STORE, **fields: Any) -> Event:
    """An event with no more than its stage needs."""
    told: dict[str, Any] = {"lot": LOT, "stage": stage, "start": TODAY, "end": TODAY, "actor": PRODUCER}
    return Event(**{**told, **LEAST.get(stage, {}), **fields})


def refused(event: Event, message: str) -> None:
    """The event is refused, and the message says why."""
    with pytest.raises(InvalidEvent, match=message):
        validate(event, TODAY)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_can_be_recorded_with_no_more_than_it_needs(stage: Stage) -> None:
    validate(happened(stage), TODAY)


@pytest.mark.parametrize("lot", [one["lot"] for one in demo()["lots"]])
def test_everything_that_the_demo_tells_can_be_recorded(lot: str) -> None:
    for fact in facts_of_demo(lot).events:
        validate(fact.event, TODAY)


@pytest.mark.parametrize(("stage", "need"), [(stage, need) for stage in LEAST for need in LEAST[stage].get("kde", {})])
def test_the_data_that_a_stage_needs_are_asked_for_by_name(stage: Stage, need: str) -> None:
    least = happened(stage).kde
    asked = f"{stage} needs {'plot' if need == 'plots' else need}, got None"
    refused(happened(stage, kde={name: value for name, value in least.items() if name != need}), asked)
    refused(happened(stage, kde={**least, need: None}), asked)


@pytest.mark.parametrize("stage", [stage for stage in LEAST if "outputs" in LEAST[stage]])
def test_the_goods_that_come_out_of_a_stage_are_asked_for(stage: Stage) -> None:
    refused(happened(stage, outputs=()), f"{stage} needs outputs")


@pytest.mark.parametrize("days", [-1, LONGEST_WAIT + 1, 7.0, "7", True, [7]])
def test_a_wait_is_a_whole_number_of_days(days: Any) -> None:
    refused(happened(Stage.PPP, kde={"active": "x", "plot": "A1", "phi_days": days}), "PPP needs phi_days")
    refused(happened(Stage.VETDRUG, kde={"active": "x", "plot": "A1", "withdrawal_days": days}), "withdrawal_days")


def test_an_event_ends_after_it_starts_and_before_tomorrow() -> None:
    day = timedelta(days=1)
    validate(happened(start=TODAY - day), TODAY)
    refused(happened(start=TODAY, end=TODAY - day), "starts 2026-11-21")
    refused(happened(end=TODAY + day), "after today")
    refused(happened(start=date(1899, 12, 31)), "check both dates")


@pytest.mark.parametrize(
    "quantity",
    [0, -1, True, "5", None, float("nan"), float("inf"), 10**400, LARGEST_NUMBER * 1.01, [1]],
    ids=lambda value: str(value)[:12],
)
def test_a_quantity_is_a_number_above_nothing(quantity: Any) -> None:
    for side in ("inputs", "outputs"):
        refused(happened(**{side: (Goods("chè", quantity, "kg"),)}), "write a number above 0")


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_what_is_counted_comes_whole_in_a_new_event_and_as_it_was_in_an_old_one(side: str) -> None:
    broken = happened(**{side: (Goods("chè", 2.5, "gói"),)})
    refused(broken, "2.5 gói of 'chè': what is counted is a whole number")
    require_judgeable(broken)
    validate(happened(**{side: (Goods("chè", 2.0, "gói"), Goods("chè", 2.5, "kg"))}), TODAY)


@pytest.mark.parametrize("stage", [Stage.SHIP, Stage.RECEIVE, Stage.SELL])
def test_packs_told_by_number_alone_are_whole(stage: Stage) -> None:
    refused(happened(stage, kde={"qty": 1.5}), "qty is a whole number of packs, got 1.5")
    for fine in (2, 2.0, "nhiều", None):
        validate(happened(stage, kde={"qty": fine}), TODAY)
    require_judgeable(happened(stage, kde={"qty": 1.5}))


@pytest.mark.parametrize("stage", [Stage.SEED, Stage.INPUT, Stage.FEED])
def test_what_is_bought_comes_in_whole_plants_and_animals(stage: Stage) -> None:
    broken = happened(stage, kde={"quantity": 2.5, "unit": "cây giống"})
    refused(broken, "quantity is 2.5 cây giống: there is no part of one")
    require_judgeable(broken)
    for quantity, unit in (
        (2, "cây"),
        (2.0, "con"),
        (2.5, "gói"),
        (2.5, "kg"),
        (2.5, None),
        (None, "con"),
        ("ít", "con"),
    ):
        validate(happened(stage, kde={"quantity": quantity, "unit": unit}), TODAY)


def test_goods_have_a_name_and_a_unit() -> None:
    for goods in (Goods(" ", 1, "kg"), Goods("chè", 1, "")):
        refused(happened(inputs=(goods,)), "need a name and a unit")


def test_an_event_has_so_many_goods_and_no_more() -> None:
    goods = (Goods("chè", 1, "kg"),)
    validate(happened(inputs=goods * MOST_GOODS), TODAY)
    refused(happened(inputs=goods * MOST_GOODS, outputs=goods), "at most 100 lines")


@pytest.mark.parametrize("plot", ["", " ", 5, ["A1"], {"code": "A1"}, True])
def test_a_plot_is_named_by_its_code(plot: Any) -> None:
    refused(happened(kde={"plot": plot}), "plot is the code")
    refused(happened(Stage.HARVEST, kde={"plot": "A1", "plots": [plot]}), "plots is a list")


@pytest.mark.parametrize("plots", ["A1", 5, {"A1": 1}, [None]])
def test_plots_are_a_list_and_no_text(plots: Any) -> None:
    refused(happened(Stage.PPP, kde={"active": "x", "phi_days": 7, "plots": plots}), "plots is a list")


def test_plots_are_read_from_either_place() -> None:
    assert happened(kde={"plot": "A1", "plots": ["A2", "A3"]}).plots == ("A1", "A2", "A3")
    assert happened(kde={"plot": None, "plots": None}).plots == ()
    assert happened().plots == ()


@pytest.mark.parametrize("name", ["checks", "results"])
@pytest.mark.parametrize(
    ("measured", "message"),
    [
        ("118 °C", "list of measurements"),
        (5, "list of measurements"),
        ({"what": "x", "value": 1}, "list of measurements"),
        ([CHECK, "x"], "list of measurements"),
        ([{**CHECK, "what": ""}], "needs what"),
        ([{**CHECK, "what": 5}], "needs what"),
        ([{**CHECK, "value": None}], "number as value"),
        ([{**CHECK, "value": "118"}], "number as value"),
        ([{**CHECK, "value": True}], "number as value"),
        ([{**CHECK, "value": float("nan")}], "number as value"),
        ([{**CHECK, "value": 10**400}], "number as value"),
        ([{**CHECK, "min": "115"}], "limits of 'nhiệt độ'"),
        ([{**CHECK, "max": float("inf")}], "limits of 'nhiệt độ'"),
    ],
)
def test_a_measurement_has_a_name_a_number_and_limits(name: str, measured: Any, message: str) -> None:
    refused(happened(kde={name: measured}), message)


def test_a_measurement_out_of_its_limits_is_recorded_as_it_was() -> None:
    validate(happened(Stage.CCP, kde={"ccp": "CCP1", "checks": [{**CHECK, "value": -40}]}), TODAY)
    validate(happened(kde={"checks": None, "results": ()}), TODAY)


def test_a_harvest_within_the_waiting_time_is_recorded_as_it_was() -> None:
    validate(happened(Stage.PPP, start=TODAY, end=TODAY), TODAY)
    validate(harvest(start=TODAY, end=TODAY), TODAY)


def test_texts_are_long_but_not_endless() -> None:
    long = "x" * LONGEST_TEXT
    validate(happened(label_vi=long, label_en=long, inputs=(Goods(long, 1, long),), kde={"note": [long]}), TODAY)
    for event in (
        happened(label_vi=long + "x"),
        happened(label_en=long + "x"),
        happened(inputs=(Goods(long + "x", 1, "kg"),)),
        happened(outputs=(Goods("chè", 1, long + "x"),)),
        happened(kde={"note": long + "x"}),
        happened(kde={"note": [{"more": (long + "x",)}]}),
    ):
        refused(event, "501 characters; 500 is the most")


@pytest.mark.parametrize("name", ["", "Tên", "traceapp:x", "a b", "A", "1a", "x" * 41, "a\n", 5])
def test_data_have_plain_names(name: Any) -> None:
    refused(happened(kde={name: 1}), "no name for a datum")
    refused(happened(kde={"note": [{name: 1}]}), "no name for a datum")


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_people_are_named_where_they_are_hashed_and_nowhere_deeper(name: str) -> None:
    validate(happened(kde={name: "Nguyễn Thị Mẫu"}), TODAY)
    refused(happened(kde={"checks": [{**CHECK, name: "Nguyễn Thị Mẫu"}]}), "names a person")
    refused(happened(kde={"note": {"more": {name: "Nguyễn Thị Mẫu"}}}), "names a person")


def test_data_are_nested_a_little_but_not_without_end() -> None:
    value: Any = "x"
    for _ in range(DEEPEST_DATUM - 2):
        value = [value]
    validate(happened(kde={"note": value}), TODAY)
    refused(happened(kde={"note": [value]}), "side by side")
    for _ in range(100_000):
        value = [value]
    refused(happened(kde={"note": value}), "side by side")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc_", max_size=3), inner, max_size=3),
    max_leaves=6,
)
KDE = st.dictionaries(
    st.sampled_from(["plot", "plots", "checks", "results", "ccp", "report", "active", "phi_days", "withdrawal_days"]),
    VALUES,
)


@pytest.mark.many
@given(st.sampled_from(Stage), KDE)
def test_data_of_any_shape_are_taken_or_refused_with_a_reason(stage: Stage, kde: dict[str, Any]) -> None:
    try:
        validate(happened(stage, kde=kde), TODAY)
    except InvalidEvent as reason:
        assert str(reason)
    else:
        require_judgeable(happened(stage, kde=kde))
