"""An event as EPCIS 2.0 and CBV 2.0 write it, with the trade's data beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from traceapp.core.canonical import JsonObject, plain
from traceapp.core.events import PERSONAL, RESTRICTED_STAGES, Event, Goods, Stage
from traceapp.core.handing_over import cases_in, outside_cases, parties
from traceapp.core.quantities import MEASURES, measure, name_key, unit_of
from traceapp.core.statements import TERM, Statement, thing_url, to_terms


@dataclass(frozen=True, slots=True)
class _Form:
    """How EPCIS 2.0 and CBV 2.0 put a stage. `transforms`: a TransformationEvent when goods go in and come out."""

    biz_step: str
    action: str = "OBSERVE"
    transforms: bool = False


_FORMS: Mapping[Stage, _Form] = {
    Stage.PLOT: _Form("other"),
    Stage.SEED: _Form("other"),
    Stage.INPUT: _Form("receiving"),
    Stage.FERT: _Form("other"),
    Stage.PPP: _Form("other"),
    Stage.FEED: _Form("other"),
    Stage.VETDRUG: _Form("other"),
    Stage.SOURCE: _Form("accepting", action="ADD"),
    Stage.HARVEST: _Form("commissioning", action="ADD"),
    Stage.MIX: _Form("creating_class_instance", transforms=True),
    Stage.FERMENT: _Form("creating_class_instance", transforms=True),
    Stage.DRAW: _Form("creating_class_instance", transforms=True),
    Stage.PROCESS: _Form("creating_class_instance", transforms=True),
    Stage.PACKHOUSE: _Form("repackaging", transforms=True),
    Stage.CCP: _Form("inspecting"),
    Stage.TEST: _Form("sampling"),
    Stage.STORE: _Form("storing"),
    Stage.PACK: _Form("packing", action="ADD", transforms=True),
    Stage.SHIP: _Form("shipping"),
    Stage.RECEIVE: _Form("receiving"),
    Stage.SELL: _Form("retail_selling"),
    Stage.RECALL: _Form("holding"),
}

# CBV 2.0 section 7.4: goods that are sold change both hands and owner.
_PARTIES = ("owning_party", "possessing_party")

# UN/CEFACT Recommendation 20. Any other measure is told in its base unit; a named count (chai, gói, trái) has no unit
# in EPCIS, so that a measure without one would pass for a count.
_UOM = {"kg": "KGM", "g": "GRM", "tấn": "TNE", "l": "LTR", "ml": "MLT", "m": "MTR", "cm": "CMT"}


def say_event(
    event: Event, *, host: str, role: str, assisted_by: str | None = None, corrects: str | None = None
) -> Statement:
    """The statement of a validated event: a valid EPCIS 2.0 event with the trade's data beside it."""
    personal = {name: event.kde[name] for name in sorted(PERSONAL & event.kde.keys()) if event.kde[name] is not None}
    return Statement(
        type="TraceEvent",
        subject=_epcis(event, host),
        declared_by=event.actor,
        role=role,
        assisted_by=assisted_by,
        personal=personal,
        restricted=event.stage in RESTRICTED_STAGES,
        corrects=corrects,
    )


def _epcis(event: Event, host: str) -> JsonObject:
    form = _FORMS[event.stage]
    subject: JsonObject = {
        "eventTime": f"{event.end.isoformat()}T00:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "bizStep": form.biz_step,
        **_what(event, form, host),
        "traceapp:stage": str(event.stage),
        "traceapp:lot": {"id": event.lot},
        "traceapp:start": event.start.isoformat(),
        "traceapp:end": event.end.isoformat(),
    }
    if event.place:
        subject["bizLocation"] = {"id": event.place}
    for name, goods in (("inputs", event.inputs), ("outputs", event.outputs)):
        if goods:
            subject[TERM + name] = [_goods_terms(one) for one in goods]
    subject |= to_terms({"labelVi": event.label_vi or None, "labelEn": event.label_en or None})
    kde = to_terms({name: value for name, value in event.kde.items() if name not in PERSONAL})
    if kde:
        subject["traceapp:kde"] = kde
    return subject


def _what(event: Event, form: _Form, host: str) -> JsonObject:
    inputs = _quantities(event.inputs, event, host)
    outputs = _quantities(event.outputs, event, host, packed=event.stage is Stage.PACK)
    if form.transforms and inputs and outputs:
        return {"type": "TransformationEvent", "inputQuantityList": inputs, "outputQuantityList": outputs}
    if handed := parties(event):
        return {"type": "ObjectEvent", "action": form.action, **_handed_over(event, host, *handed)}
    goods = outputs or inputs or [{"epcClass": event.lot}]
    return {"type": "ObjectEvent", "action": form.action, "quantityList": goods}


def _handed_over(event: Event, host: str, source: str, destination: str) -> JsonObject:
    """Who gives to whom, the cases, and what lies in none of them: each thing is told once."""
    cases = list(cases_in(event))
    goods = _quantities(outside_cases(event.outputs or event.inputs, event), event, host)
    what: JsonObject = {"epcList": cases} if cases else {}
    if goods or not cases:
        what["quantityList"] = goods or [{"epcClass": event.lot}]
    return {
        **what,
        "sourceList": [{"type": kind, "source": source} for kind in _PARTIES],
        "destinationList": [{"type": kind, "destination": destination} for kind in _PARTIES],
    }


def _quantities(goods: Iterable[Goods], event: Event, host: str, *, packed: bool = False) -> list[JsonObject]:
    """EPCIS quantity elements; what is `packed` is the lot itself."""
    return [{"epcClass": event.lot if packed else _class_of(one, event, host), **_amount(one)} for one in goods]


def _class_of(goods: Goods, event: Event, host: str) -> str:
    return _goods_url(host, goods.from_lot or event.actor, goods.name)


@lru_cache(maxsize=10_000)
def _goods_url(host: str, owner: str, name: str) -> str:
    # Goods have no GS1 key: a name-based UUID under their owner or lot names the same goods the same way each time.
    return thing_url(host, uuid5(NAMESPACE_URL, f"{owner}#goods={name}"))


def _amount(goods: Goods) -> JsonObject:
    unit = name_key(goods.unit)
    if unit in _UOM:
        return {"quantity": plain(goods.quantity), "uom": _UOM[unit]}
    dimension, _ = unit_of(unit)
    if dimension not in MEASURES:
        return {"quantity": plain(goods.quantity)}
    return {"quantity": plain(measure(goods.quantity, unit).in_unit(dimension)), "uom": _UOM[dimension]}


def _goods_terms(goods: Goods) -> JsonObject:
    terms = to_terms({"goods": goods.name, "quantity": goods.quantity, "unit": goods.unit})
    if goods.from_lot:
        terms["traceapp:fromLot"] = {"id": goods.from_lot}
    return terms
