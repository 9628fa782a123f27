"""A diary kept on paper or in a spreadsheet, made into events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from traceapp.core.dates import civil_date
from traceapp.core.diary.fields import FORMS
from traceapp.core.diary.past import typed_dose
from traceapp.core.errors import InvalidEvent
from traceapp.core.events import Event, Goods, Stage, validate
from traceapp.core.sheets.goods_text import WrittenGoods
from traceapp.core.sheets.rows import Reading, Row, Values
from traceapp.core.statements import from_terms
from traceapp.core.typed import typed_number
from traceapp.core.units import is_broken
from traceapp.services.tables.kinds import Importer
from traceapp.services.tables.known import lot_number

_PRODUCTS = ("trade", "product_name", "product")
"""Under which names what was used is written: the form's own for the stage, and that of tables taken in earlier."""
_PLAIN = ("active", "dose", "pest", "operator", "ccp", "report", "corrective_action", "verified_by")


def recorded_entries(importer: Importer, reading: Reading) -> Iterator[Values]:
    """What was recorded of the lots that the table names, as rows."""
    named = {
        importer.known.lots[number] for row in reading.rows if (number := row.values["lot"]) in importer.known.lots
    }
    for _, document in importer.known.events(named):
        subject = document["credentialSubject"]
        if subject["traceapp:lot"]["id"] in named:
            yield as_row(subject)


def as_row(subject: dict[str, Any]) -> Values:
    """An event's subject, as its record has it, as a row of the diary's layout; personal values are not in it."""
    kde = from_terms(subject.get("traceapp:kde", {}))
    start, end = civil_date(subject["traceapp:start"]), civil_date(subject["traceapp:end"])
    plots = tuple(kde.get("plots", ())) or ((kde["plot"],) if "plot" in kde else None)
    measured = [*kde.get("checks", ()), *kde.get("results", ())]
    return {
        "lot": lot_number(subject["traceapp:lot"]["id"]),
        "stage": subject["traceapp:stage"],
        "start": start,
        "end": end if end != start else None,
        "plots": plots,
        "inputs": _written(subject.get("traceapp:inputs", ())),
        "outputs": _written(subject.get("traceapp:outputs", ())),
        "active": kde.get("active"),
        "ccp": kde.get("ccp"),
        "report": kde.get("report"),
        "what": measured[0]["what"] if measured else None,
        "label": subject.get("traceapp:labelVi") or None,
        **_beside(kde, measured),
    }


def _beside(kde: dict[str, Any], measured: list[Any]) -> Values:
    """What tells no two entries apart."""
    first = measured[0] if measured else {}
    told: dict[str, Any] = {name: kde[name] for name in ("pest", "corrective_action") if name in kde}
    return {
        **told,
        "product": next((kde[name] for name in _PRODUCTS if isinstance(kde.get(name), str)), None),
        "dose": typed_dose(kde["dose"]) if isinstance(kde.get("dose"), str) else None,
        "wait_days": kde.get("phi_days", kde.get("withdrawal_days")),
        **{name: first.get(name) for name in ("value", "unit", "min", "max")},
    }


def _written(lines: Any) -> tuple[WrittenGoods, ...] | None:
    made = tuple(
        WrittenGoods(
            one["traceapp:goods"],
            float(one["traceapp:quantity"]),
            one["traceapp:unit"],
            lot_number(one["traceapp:fromLot"]["id"]) if "traceapp:fromLot" in one else None,
        )
        for one in lines
    )
    return made or None


def prepare_events(importer: Importer, reading: Reading, today: date) -> list[Event]:
    """The events of a table; what cannot be one is noted as a fault of its row."""
    for row in reading.faulty:
        _happened(reading, row, today)
        _named(importer, reading, row)
    found = []
    for row in reading.rows:
        before = reading.fault_count
        _happened(reading, row, today)
        event = _event(importer, reading, row)
        if event is None or reading.fault_count > before:
            continue
        try:
            validate(event, today)
        except InvalidEvent as cause:
            reading.refuse(row.number, None, "not-said", text=str(cause)[:200])
            continue
        found.append(event)
    return found


def _happened(reading: Reading, row: Row, today: date) -> None:
    """A day to come is noted, whatever else is wrong with its row."""
    last = "end" if row.values["end"] else "start"
    if row.values[last] and row.values[last] > today:
        reading.refuse(row.number, last, "in-future")


def _event(importer: Importer, reading: Reading, row: Row) -> Event | None:
    """None where something that it names is not known, which is noted."""
    values, before = row.values, reading.fault_count
    lot, place, inputs, outputs = _named(importer, reading, row)
    if lot is None or reading.fault_count > before:
        return None
    return Event(
        lot=lot,
        stage=Stage(values["stage"]),
        start=values["start"],
        end=values["end"] or values["start"],
        actor=importer.by,
        place=place,
        inputs=inputs,
        outputs=outputs,
        label_vi=values["label"] or "",
        kde=_kde(row.values),
    )


def _named(
    importer: Importer, reading: Reading, row: Row
) -> tuple[str | None, str | None, tuple[Goods, ...], tuple[Goods, ...]]:
    """The lot, the place, and the goods taken and made that a row names; whatever is not known is noted."""
    number = row.values["lot"]
    lot = importer.known.lots.get(number)
    if lot is None and number is not None:
        reading.refuse(row.number, "lot", "no-such-lot", text=number)
    taken, made = (_goods(importer, reading, row, side) for side in ("inputs", "outputs"))
    return lot, _place(importer, reading, row), taken, made


def _place(importer: Importer, reading: Reading, row: Row) -> str | None:
    """The place that is named; without a name the only one there is."""
    text = row.values["place"]
    if not text:
        places = list(importer.known.places)
        return places[0] if len(places) == 1 else None
    found = importer.known.place_called(text)
    if len(found) != 1:
        reading.refuse(row.number, "place", "which-place" if found else "no-such-place", text=text[:60])
        return None
    return found[0]


def _goods(importer: Importer, reading: Reading, row: Row, side: str) -> tuple[Goods, ...]:
    made = []
    for one in row.values[side] or ():
        source = importer.known.lots.get(one.from_lot) if one.from_lot else None
        if one.from_lot and (source is None or side == "outputs"):
            reading.refuse(row.number, side, "no-such-lot", text=one.from_lot)
        if is_broken(one.quantity, one.unit):
            reading.refuse(row.number, side, "broken", text=f"{typed_number(one.quantity)} {one.unit}")
        made.append(Goods(one.name, one.quantity, one.unit, source))
    return tuple(made)


def _kde(values: Values) -> dict[str, Any]:
    found: dict[str, Any] = {name: values[name] for name in _PLAIN if values[name]}
    if values["product"]:
        found[_product_name(Stage(values["stage"]))] = values["product"]
    plots: list[str] = list(values["plots"] or ())
    if len(plots) == 1:
        found["plot"] = plots[0]
    elif plots:
        found["plots"] = plots
    if values["wait_days"] is not None:
        found["withdrawal_days" if values["stage"] == "VETDRUG" else "phi_days"] = values["wait_days"]
    if values["what"] and values["value"] is not None:
        one = {"what": values["what"], "value": values["value"], "unit": values["unit"] or ""}
        limits = {name: values[name] for name in ("min", "max") if values[name] is not None}
        found["results" if values["stage"] == "TEST" else "checks"] = [{**one, **limits}]
    return found


def _product_name(stage: Stage) -> str:
    """What the stage's form calls what was used: an entry out of a table is offered and corrected like any other."""
    form = FORMS.get(stage)
    return next((name for name in _PRODUCTS if form and form.field(name)), "product")
