"""What is typed into the diary's forms, read into events; and what earlier entries say to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import LOT, OTHER_PRODUCER, PLACE, PRODUCER, TODAY, demo, event, facts
from traceapp.core.dates import civil_date
from traceapp.core.diary.control_points import ControlPoint, Limit, plan_from
from traceapp.core.diary.fields import FORMS, HAZARDS, Kind, say
from traceapp.core.diary.filling import TYPED_IN, Entry, read_entry
from traceapp.core.diary.packs import number_sent, packs_left, packs_sent
from traceapp.core.diary.past import doubts, last_of, offered, still_copied, typed_values
from traceapp.core.events import NEEDS, PERSONAL, Event, Goods, Stage, validate
from traceapp.core.rules.preharvest import waiting_days, waits
from traceapp.core.statements import record_uuid

PPP = {
    "start": "20/11/2026",
    "plots": "DG-12\nDG-15",
    "active": "Abamectin",
    "phi_days": "14",
    "dose": "0,25",
    "dose-unit": "l/ha",
    "operator": "TV-04",
}
COOKING = ControlPoint(
    "CCP1", "nấu", "biological", (Limit("nhiệt độ", "°C", least=115), Limit("thời gian", "phút", 30))
)
HARVEST = {"start": "21/11/2026", "plots": "DG-15", "outputs-1-name": "cam", "outputs-1-quantity": "1.250,5"}


def read(stage: Stage, plan: tuple[ControlPoint, ...] = (), **values: str) -> Entry:
    entry, problems = read_entry(stage, values, TODAY, plan)
    assert problems == ()
    assert entry is not None
    return entry


def wrong(stage: Stage, values: dict[str, str], plan: tuple[ControlPoint, ...] = ()) -> dict[str, str]:
    entry, problems = read_entry(stage, values, TODAY, plan)
    assert entry is None
    return {problem.input: problem.code for problem in problems}


# The table


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.RECALL])
def test_every_stage_but_a_recall_has_a_form_in_both_languages(stage: Stage) -> None:
    form = FORMS[stage]
    for words in (form.day, *(one.label for one in form.fields)):
        assert all(words)
    for one in form.fields:
        assert bool(one.hint[0]) == bool(one.hint[1]) and bool(one.unit[0]) == bool(one.unit[1])
        assert (one.kind is Kind.CHOICE) == bool(one.choices)
    names = [one.name for one in form.fields]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("stage", FORMS)
def test_what_a_stage_cannot_be_recorded_without_is_asked_for_and_needed(stage: Stage) -> None:
    for need in NEEDS.get(stage, ()):
        field = FORMS[stage].field("plots" if need == "plot" else need)
        assert field is not None
        assert FORMS[stage].needs(field)


def test_people_are_known_as_people() -> None:
    people = {one.name for form in FORMS.values() for one in form.fields if one.is_person}
    assert people <= PERSONAL and {"operator", "crew", "verified_by"} <= people
    assert FORMS[Stage.PPP].field("nobody") is None
    assert say(HAZARDS["physical"], "vi") != say(HAZARDS["physical"], "en")


# Reading


def test_a_spray_on_several_plots_is_one_event_that_can_be_signed() -> None:
    entry = read(Stage.PPP, **PPP)
    made = datetime(2026, 11, 20, 3, 4, 5, 600, tzinfo=UTC)
    said = entry.event(LOT, PRODUCER, PLACE, copied=["pest", "dose"], noted_at=made, photo="ab" * 32)
    assert said == Event(
        lot=LOT,
        stage=Stage.PPP,
        start=date(2026, 11, 20),
        end=date(2026, 11, 20),
        actor=PRODUCER,
        place=PLACE,
        kde={
            "plots": ["DG-12", "DG-15"],
            "active": "Abamectin",
            "dose": "0,25 l/ha",
            "phi_days": 14,
            "operator": "TV-04",
            "copied": ["dose", "pest"],
            "noted_at": "2026-11-20T03:04:05Z",
            "photo": "ab" * 32,
        },
    )
    validate(said, TODAY)
    assert entry.event(LOT, PRODUCER).kde.keys().isdisjoint({"copied", "noted_at", "photo"})


def test_amounts_are_typed_the_vietnamese_way() -> None:
    goods = read(Stage.HARVEST, **HARVEST, **{"outputs-1-unit": "kg"}).outputs
    assert goods == (Goods("cam", 1250.5, "kg"),)
    problems = wrong(Stage.HARVEST, {**HARVEST, "outputs-1-quantity": "−5", "outputs-1-unit": "kg"})
    assert problems == {"outputs-1-quantity": "not-above-zero"}


def test_goods_need_a_name_an_amount_and_a_unit() -> None:
    line = {"start": "21/11/2026", "plots": "A1"}
    assert wrong(Stage.HARVEST, {**line, "outputs-1-quantity": "5"}) == {
        "outputs-1-name": "goods-name",
        "outputs-1-unit": "unit",
    }
    assert wrong(Stage.HARVEST, {**line, "outputs-1-name": "cam"}) == {
        "outputs-1-quantity": "missing",
        "outputs-1-unit": "unit",
    }
    assert wrong(Stage.HARVEST, line) == {"outputs-1-name": "missing"}


def test_goods_may_be_taken_from_another_lot() -> None:
    values = {"inputs-2-name": "chè", "inputs-2-quantity": "40", "inputs-2-unit": "kg", "inputs-2-lot": "lot-2"}
    made = {f"outputs-1-{part}": text for part, text in {"name": "chè", "quantity": "40", "unit": "kg"}.items()}
    entry = read(Stage.MIX, start="01/11/2026", **values, **made)
    assert entry.inputs == (Goods("chè", 40, "kg", "lot-2"),)


def test_everything_wrong_is_told_at_once() -> None:
    values = {"start": "31/02/2026", "phi_days": "1,5", "dose": "ít", "plots": " ,; "}
    assert wrong(Stage.PPP, values) == {
        "start": "no-such-day",
        "plots": "missing",
        "active": "missing",
        "dose": "number",
        "phi_days": "not-whole",
    }


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"start": "22/11/2026"}, {"start": "not-yet"}),
        ({"start": ""}, {"start": "missing"}),
        ({"start": "20/11/2026", "end": "22/11/2026"}, {"end": "not-yet"}),
        ({"start": "20/11/2026", "end": "19/11/2026"}, {"end": "ends-before"}),
        ({"start": "20/11/2026", "end": "mai"}, {"end": "date"}),
    ],
)
def test_what_is_written_down_has_happened(values: dict[str, str], problem: dict[str, str]) -> None:
    assert wrong(Stage.STORE, {"store": "kho 1", **values}) == problem


def test_a_stage_of_one_day_has_no_other_last_day() -> None:
    assert read(Stage.PPP, **{**PPP, "end": "21/11/2026"}).end == date(2026, 11, 20)
    assert read(Stage.STORE, store="kho 1", start="01/11/2026", end="05/11/2026").end == date(2026, 11, 5)


@pytest.mark.parametrize(
    ("stage", "values", "name"),
    [
        (Stage.PPP, {**PPP, "dose": "1.250"}, "dose"),
        (Stage.HARVEST, {**HARVEST, "outputs-1-quantity": "1.001"}, "outputs-1-quantity"),
        (Stage.HARVEST, {**HARVEST, "pickers": "1.001"}, "pickers"),
        (Stage.STORE, {"start": "01/11/2026", "store": "kho", "temp_c": "-1.001"}, "temp_c"),
        (Stage.SHIP, {"start": "01/11/2026", "to": "chợ", "qty": "1.001"}, "qty"),
        (
            Stage.CCP,
            {"start": "01/11/2026", "ccp": "C", "checks-1-what": "t", "checks-1-value": "1.001"},
            "checks-1-value",
        ),
    ],
)
def test_whoever_typed_a_point_on_a_page_in_english_is_asked_what_it_means(
    stage: Stage, values: dict[str, str], name: str
) -> None:
    _, problems = read_entry(stage, {**values, TYPED_IN: "en"}, TODAY)
    assert (name, "ambiguous") in [(one.input, one.code) for one in problems]
    for here in ({}, {TYPED_IN: "vi"}):
        _, problems = read_entry(stage, {**values, **here}, TODAY)
        assert "ambiguous" not in [one.code for one in problems]


def test_a_spray_may_need_no_waiting_at_all() -> None:
    assert read(Stage.PPP, **{**PPP, "phi_days": "0"}).kde["phi_days"] == 0


@pytest.mark.parametrize(
    ("stage", "values", "kde"),
    [
        (Stage.STORE, {"store": "kho lạnh", "temp_c": "-18"}, {"store": "kho lạnh", "temp_c": -18}),
        (Stage.FERT, {"plots": "A1", "product_name": "NPK", "dose": "", "dose-unit": "kg"}, {}),
        (Stage.SEED, {"product_name": "keo", "quantity": "5", "quantity-unit": "kg"}, {"quantity": 5, "unit": "kg"}),
        (Stage.INPUT, {"product_name": "NPK", "quantity": "2,5", "quantity-unit": "gói"}, {"quantity": 2.5}),
        (Stage.FEED, {"product_name": "cám", "quantity": "1,5", "quantity-unit": "bao"}, {"quantity": 1.5}),
        (Stage.SEED, {"product_name": "keo", "quantity": "20,0", "quantity-unit": "cây giống"}, {"quantity": 20}),
        (Stage.INPUT, {"product_name": "NPK", "expires": "01/12/2027"}, {"expires": "2027-12-01"}),
        (Stage.SHIP, {"to": "chợ", "qty": "1.200"}, {"qty": 1200}),
    ],
)
def test_each_kind_of_field_is_read(stage: Stage, values: dict[str, str], kde: dict[str, Any]) -> None:
    found = read(stage, start="01/11/2026", **values).kde
    assert {name: found[name] for name in kde} == kde


@pytest.mark.parametrize(
    ("stage", "values", "problem"),
    [
        (Stage.PPP, {**PPP, "dose-unit": ""}, {"dose-unit": "unit"}),
        (Stage.PPP, {**PPP, "pest": "x" * 501}, {"pest": "too-long"}),
        (Stage.PPP, {**PPP, "plots": "x" * 501}, {"plots": "too-long"}),
        (Stage.PPP, {**PPP, "plots": "\n".join(map(str, range(101)))}, {"plots": "too-long"}),
        (Stage.SEED, {"start": "01/11/2026", "product_name": "k", "quantity": "5"}, {"quantity-unit": "unit"}),
        *[
            (stage, {"start": "01/11/2026", "product_name": "k", "quantity": "2,5", "quantity-unit": unit}, piece)
            for piece in ({"quantity": "broken-piece"},)
            for stage in (Stage.SEED, Stage.INPUT, Stage.FEED)
            for unit in ("cây giống", "con", "Quả", "seedlings")
        ],
        (Stage.SHIP, {"start": "01/11/2026", "to": "chợ", "qty": "1,5"}, {"qty": "not-whole"}),
        (Stage.SELL, {"start": "01/11/2026", "outlet": "chợ", "qty": "0"}, {"qty": "not-above-zero"}),
        (Stage.HARVEST, {**HARVEST, "outputs-1-unit": "gói"}, {"outputs-1-quantity": "broken"}),
        (Stage.HARVEST, {**HARVEST, "outputs-1-unit": "kg", "pickers": "10001"}, {"pickers": "too-large"}),
    ],
)
def test_each_kind_of_field_says_what_is_wrong(stage: Stage, values: dict[str, str], problem: dict[str, str]) -> None:
    assert wrong(stage, values) == problem


TYPED = st.one_of(
    st.sampled_from(
        ["", "5", "1.250,5", "−5", "0", "21/11/2026", "31/02/2026", "kg", "CCP1", "14:30", "held", "A1\nA2"]
    ),
    st.text(max_size=30),
    st.just("x" * 501),
)
INPUTS = st.sampled_from(
    sorted(
        {"start", "end", "plots", "lot", "sure"}
        | {one.name for form in FORMS.values() for one in form.fields}
        | {f"{one.name}-unit" for form in FORMS.values() for one in form.fields}
        | {
            f"{name}-{at}-{part}"
            for name in ("inputs", "outputs")
            for at in (1, 2)
            for part in ("name", "quantity", "unit")
        }
        | {f"{name}-1-{part}" for name in ("checks", "results") for part in ("what", "value", "unit", "min", "max")}
    )
)


@pytest.mark.many
@given(st.sampled_from(sorted(FORMS)), st.dictionaries(INPUTS, TYPED, max_size=25))
def test_whatever_is_typed_is_an_event_that_can_be_signed_or_says_what_is_wrong(
    stage: Stage, values: dict[str, str]
) -> None:
    entry, problems = read_entry(stage, {"start": "21/11/2026", **values}, TODAY, [COOKING])
    assert (entry is None) == bool(problems)
    if entry:
        validate(entry.event(LOT, PRODUCER), TODAY)
        again, _ = read_entry(stage, typed_values(entry.event(LOT, PRODUCER)), TODAY)
        assert again and (again.outputs, again.start) == (entry.outputs, entry.start)


# Control points


def measured(*values: str, **more: str) -> dict[str, str]:
    typed = {f"checks-{at}-value": value for at, value in enumerate(values, 1)}
    return {"start": "21/11/2026", "ccp": "CCP1", **typed, **more}


def test_the_limits_of_a_planned_point_are_the_plans_whatever_was_typed() -> None:
    entry = read(Stage.CCP, (COOKING,), **measured("118", "42", **{"checks-1-min": "1", "time": "8h05"}))
    assert entry.kde["checks"] == [
        {"what": "nhiệt độ", "unit": "°C", "min": 115, "max": None, "value": 118},
        {"what": "thời gian", "unit": "phút", "min": 30, "max": None, "value": 42},
    ]
    assert (entry.kde["step"], entry.kde["hazard"], entry.kde["time"]) == ("nấu", "biological", "08:05")
    assert "freq" not in entry.kde
    assert wrong(Stage.CCP, measured("118"), (COOKING,)) == {"checks-2-value": "missing"}


def test_a_point_that_no_plan_names_brings_its_own_limits() -> None:
    typed = {"checks-1-what": "pH", "checks-1-max": "4,6", "checks-1-unit": "", "disposition": "held"}
    entry = read(Stage.CCP, **{**measured("4,2"), **typed})
    assert entry.kde["checks"] == [{"what": "pH", "unit": "", "min": None, "max": 4.6, "value": 4.2}]
    assert wrong(Stage.CCP, measured("4,2", disposition="eaten", time="25:00")) == {
        "checks-1-what": "what-measured",
        "time": "time",
        "disposition": "choice",
    }
    assert wrong(Stage.CCP, {"start": "21/11/2026", "ccp": "CCP1"}) == {"checks-1-what": "missing"}


def test_results_of_a_laboratory_have_no_plan() -> None:
    typed = {
        "results-1-what": "độ ẩm",
        "results-1-value": "5,1",
        "results-1-max": "7,5",
        "report": "KN-1",
        "ccp": "CCP1",
    }
    entry = read(Stage.TEST, (COOKING,), start="01/11/2026", **typed)
    assert entry.kde["results"][0]["max"] == 7.5


def test_beyond_its_limit_a_value_is_asked_about_until_it_is_dealt_with_and_verified() -> None:
    out = read(Stage.CCP, (COOKING,), **measured("109", "35"))
    (doubt,) = doubts(out, [])
    assert (doubt.code, doubt.input, doubt.about["checks"][0]["value"]) == ("out-of-limits", "corrective_action", 109)
    half = read(Stage.CCP, (COOKING,), **measured("109", "35", corrective_action="nấu lại"))
    assert [one.code for one in doubts(half, [])] == ["out-of-limits"]
    whole = read(Stage.CCP, (COOKING,), **measured("109", "35", corrective_action="nấu lại", verified_by="QA-02"))
    assert doubts(whole, []) == ()
    assert doubts(read(Stage.CCP, (COOKING,), **measured("118", "42")), []) == ()


def test_the_plan_is_what_the_latest_entry_at_each_point_tells() -> None:
    first = read(Stage.CCP, (COOKING,), **measured("118", "42")).event(LOT, PRODUCER)
    stricter = replace(COOKING, limits=(Limit("nhiệt độ", "°C", least=120),), freq="mỗi mẻ")
    later = read(Stage.CCP, (stricter,), **measured("121")).event(LOT, PRODUCER)
    earlier = replace(first, start=date(2026, 11, 1), end=date(2026, 11, 1))
    numbered = replace(later, kde={**later.kde, "ccp": 7})
    plan = plan_from([later, earlier, numbered, read(Stage.PPP, **PPP).event(LOT, PRODUCER)])
    assert plan == {"CCP1": stricter}
    assert ControlPoint.of_json(stricter.as_json()) == stricter
    assert plan_from([replace(later, kde={**later.kde, "freq": 3})])["CCP1"].freq == ""


# What earlier entries say


def demo_events() -> list[tuple[str, Event]]:
    return [(f"{lot['lot']}-{one['n']}", _event(lot["lot"], one)) for lot in demo()["lots"] for one in lot["events"]]


def _event(lot: str, one: dict[str, Any]) -> Event:
    goods = {name: tuple(Goods(*line) for line in one[name]) for name in ("inputs", "outputs")}
    days = civil_date(one["start"]), civil_date(one["end"])
    return Event(lot, Stage(one["code"]), *days, one["actor"], one["place"], **goods, kde=one["kde"])


@pytest.mark.parametrize(("name", "before"), demo_events(), ids=[name for name, _ in demo_events()])
def test_what_people_entered_is_read_back_from_how_it_would_be_typed(name: str, before: Event) -> None:
    entry, problems = read_entry(before.stage, typed_values(before), TODAY)
    # These the demonstration's people left out, and a form asks for.
    asked = {"product_name", "store", "to", "plots"}
    assert {problem.input for problem in problems} <= asked
    if entry:
        assert (entry.start, entry.end) == (before.start, before.end)
        assert (entry.inputs, entry.outputs) == (before.inputs, before.outputs)
        assert [entry.kde.get(name) for name in ("checks", "results", "dose")] == [
            before.kde.get(name) for name in ("checks", "results", "dose")
        ]


def test_what_is_measured_is_never_offered_and_days_neither() -> None:
    harvest = event("HARVEST", "2026-11-08", "2026-11-09", plot="DG-15", outputs=["cam, 640 kg"], crew="T1").event
    assert offered(harvest) == {"plots": "DG-15", "outputs-1-name": "cam", "outputs-1-unit": "kg", "crew": "T1"}
    cooked = read(Stage.CCP, (COOKING,), **measured("109", "35", corrective_action="nấu lại", by="NV")).event(
        LOT, PRODUCER
    )
    assert {"checks-1-value", "corrective_action", "start"}.isdisjoint(offered(cooked))
    assert offered(cooked)["checks-1-min"] == "115"


def test_what_was_erased_or_has_another_shape_is_not_offered() -> None:
    odd = {"operator": True, "expires": "mai", "quantity": 5, "unit": "kg", "product_name": "NPK", "plot": "A"}
    bought = event("FEED", "2026-11-01", **odd).event
    assert offered(bought) == {"plots": "A", "product_name": "NPK", "quantity": "5", "quantity-unit": "kg"}
    assert typed_values(event("INPUT", "2026-11-01", expires="2027-01-31").event)["expires"] == "31/01/2027"
    assert offered(event("FERT", "2026-11-01", plot="A", dose=3).event) == {"plots": "A"}


@pytest.mark.parametrize(("dose", "typed"), [("1,125 l/ha", "1,1250"), ("0,125 l/ha", "0,125"), ("1e9 l/ha", "1e9")])
def test_a_recorded_dose_is_typed_again_so_that_it_is_read_as_it_was(dose: str, typed: str) -> None:
    assert typed_values(event("PPP", "2026-11-01", active="Abamectin", phi_days=14, plot="DG-15", dose=dose).event) == {
        "start": "01/11/2026",
        "plots": "DG-15",
        "active": "Abamectin",
        "phi_days": "14",
        "dose": typed,
        "dose-unit": "l/ha",
    }


def test_a_field_stays_copied_only_as_it_was_given() -> None:
    form, given = FORMS[Stage.PPP], {"dose": "0,25", "dose-unit": "l/ha", "pest": "rầy", "trade": ""}
    claimed = ("dose", "pest", "trade", "unknown")
    assert still_copied(form, {**given, "pest": " rầy "}, given, claimed) == ("pest", "dose")
    assert still_copied(form, {**given, "dose-unit": "ml/ha"}, given, claimed) == ("pest",)
    assert still_copied(form, given, given, ()) == ()


def test_the_last_of_a_stage_is_the_one_that_started_last() -> None:
    old, new = (event("FERT", day, plot="A").event for day in ("2026-11-01", "2026-11-05"))
    again = replace(new, kde={"plot": "B"})
    assert last_of(Stage.FERT, [new, again, old]) == again
    assert last_of(Stage.PPP, [new]) is None


# Doubts


def sprayed(day: str, phi: int = 14, **more: Any) -> Event:
    return event("PPP", day, **{"plot": "DG-15", "phi_days": phi, "active": "Abamectin", **more}).event


def harvested(day: str, plot: str = "dg-15") -> Entry:
    return read(Stage.HARVEST, **{**HARVEST, "start": day, "plots": plot, "outputs-1-unit": "kg"})


def test_a_harvest_before_the_wait_is_over_is_asked_once_naming_the_day() -> None:
    (doubt,) = doubts(harvested("20/11/2026"), [sprayed("2026-11-10")])
    assert (doubt.code, doubt.input, doubt.about["plot"]) == ("early-harvest", "start", "dg-15")
    assert doubt.about["wait"].allowed_from == date(2026, 11, 24)
    assert "2026-11-24" in doubt.token
    assert doubts(harvested("21/11/2026"), [sprayed("2026-11-07")]) == ()
    assert doubts(harvested("21/11/2026", "DG-12"), [sprayed("2026-11-20")]) == ()


def test_a_spray_after_the_harvest_hides_no_earlier_one() -> None:
    events = [sprayed("2026-11-01"), sprayed("2026-11-20")]
    (doubt,) = doubts(harvested("10/11/2026"), events)
    assert doubt.about["wait"].spray.start == date(2026, 11, 1)


def test_each_plot_waits_for_its_last_spray() -> None:
    long, short = sprayed("2026-11-01", 30), sprayed("2026-11-10", 3)
    assert waits([short, long])["dg-15"].allowed_from == date(2026, 12, 1)
    assert waits([long, short])["dg-15"].spray == long
    drug = event("VETDRUG", "2026-11-01", plot="đàn 3", withdrawal_days=0, active="x").event
    assert waits([drug])["đàn 3"].allowed_from == drug.end + timedelta(days=1)
    assert waits([event("FERT", "2026-11-01", plot="A").event]) == {}
    assert (waiting_days(drug), waiting_days(event("FERT", "2026-11-01").event)) == (0, None)


@pytest.mark.parametrize(
    ("dose", "asked"), [("25", True), ("2,5", True), ("0,025", True), ("0,5", False), ("0,1", False)]
)
def test_a_dose_ten_times_the_last_is_asked_about(dose: str, asked: bool) -> None:
    found = doubts(read(Stage.PPP, **{**PPP, "dose": dose}), [sprayed("2026-11-01", dose="0,25 L/ha")])
    assert [one.code for one in found] == (["odd-dose"] if asked else [])


@pytest.mark.parametrize("before", ["0,25 ml/ha", "ít", None, ""])
def test_doses_that_cannot_be_compared_are_not(before: str | None) -> None:
    assert doubts(read(Stage.PPP, **{**PPP, "dose": "25"}), [sprayed("2026-11-01", dose=before)]) == ()
    assert doubts(read(Stage.PPP, **{**PPP, "dose": "25"}), []) == ()


# What is left to be sent


def test_an_entry_that_says_again_what_was_written_is_asked_about() -> None:
    spray = read(Stage.PPP, **PPP)
    signed = replace(spray.event(LOT, PRODUCER, copied=["pest"]), kde={**spray.kde, "operator": "khác"})
    (asked,) = doubts(spray, [], written=[signed])
    assert (asked.code, asked.input, asked.about) == ("again", "start", {"start": date(2026, 11, 20)})
    assert doubts(spray, [signed]) == ()
    for name, other in {"dose": "0,5", "plots": "DG-12", "start": "19/11/2026", "pest": "rầy"}.items():
        assert doubts(read(Stage.PPP, **{**PPP, name: other}), [], written=[signed]) == ()
    fert = read(Stage.FERT, start="20/11/2026", plots="DG-12", product_name="Phân ủ")
    assert doubts(fert, [], written=[signed]) == ()
    (other,) = doubts(fert, [], written=[fert.event(LOT, PRODUCER)])
    assert other.token != asked.token


def test_more_packs_than_are_left_are_asked_about_once() -> None:
    sent = read(Stage.SHIP, start="21/11/2026", to="Cửa hàng", qty="30", **{"qty-unit": "gói"})
    (asked,) = doubts(sent, [], Fraction(20))
    assert (asked.code, asked.input, asked.about) == ("beyond-left", "qty", {"sent": 30, "left": 20.0})
    assert doubts(sent, [], Fraction(30)) == doubts(sent, []) == ()
    (overdrawn,) = doubts(sent, [], Fraction(-5))
    assert overdrawn.about["left"] == 0.0
    assert doubts(read(Stage.FERT, start="21/11/2026", plots="DG-12", product_name="Phân ủ"), [], Fraction(0)) == ()


def test_who_is_sure_of_one_number_of_packs_is_not_sure_of_another() -> None:
    def token(number: str) -> str:
        sent = read(Stage.SHIP, start="21/11/2026", to="Cửa hàng", qty=number, **{"qty-unit": "gói"})
        (asked,) = doubts(sent, [], Fraction(20))
        return asked.token

    assert token("1234567") != token("1234568")
    assert token("30") == token("30,0")


def test_what_is_left_is_what_was_counted_less_what_was_sent_by_number_alone() -> None:
    packed = event("PACK", "2026-10-09", outputs=["gói 200 g, 100 gói"])
    counted = [packed, event("SHIP", "2026-10-10", inputs=["gói 200 g, 10 gói"], to=OTHER_PRODUCER)]
    told = event("SHIP", "2026-10-11", qty=25, to="Cửa hàng")
    assert packs_left(facts(packed), LOT) == 100
    assert packs_left(facts(packed, told), LOT) == 75
    assert packs_left(facts(packed, told), LOT, record_uuid(told.source.record_id)) == 100, "it is being corrected"
    left = packs_left(facts(*counted), LOT)
    assert left == 90
    assert packs_left(facts(*counted), LOT, record_uuid(counted[1].source.record_id)) == 100
    assert packs_left(facts(event("SOURCE", "2026-10-07", outputs=["búp tươi, 880 kg"])), LOT) is None


@pytest.mark.parametrize("number", [None, "ba mươi", True])
def test_what_is_no_number_of_packs_was_not_counted(number: object) -> None:
    assert number_sent(number) is None
    assert packs_sent([event("SHIP", "2026-10-11", qty=number).event], LOT) == 0
    assert packs_sent([event("SHIP", "2026-10-11", qty=4).event], LOT) == 4
