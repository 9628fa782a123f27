"""The demo's lots as the facts that `establish` would read from verified records, straight from demo.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.cast import HOST, NOW, REGISTERED, TODAY, recorded, serial_of, thing_id
from traceapp.core.digital_link import Identity
from traceapp.core.events import PERSONAL, Event, Goods, Stage
from traceapp.core.facts import (
    CertificateFact,
    CertificateState,
    CodeFact,
    EventFact,
    FacilityFact,
    Facts,
    LabelRunFact,
    LotFact,
    OrganisationFact,
    ProductFact,
    RecallFact,
    RecordCheck,
    RecordState,
    RuleBook,
    ScanFact,
    Source,
    Suspicion,
    YieldRule,
)
from traceapp.core.identifiers import Gtin, Lot, Serial
from traceapp.core.story import read_story


@cache
def demo() -> dict[str, Any]:
    """demo.json. One shared copy: read it, do not change it."""
    text = files("traceapp.demo").joinpath("data/demo.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def _demo_by_id(kind: str) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in demo()[kind]}


def demo_lot(number: str) -> dict[str, Any]:
    """The demo's lot by its number."""
    return next(one for one in demo()["lots"] if one["lot"] == number)


def organisation_id(name: str) -> str:
    """The id of a demo organisation such as org-che."""
    return thing_id(name)


def facility_id(name: str) -> str:
    """The id of a demo facility such as pl-che."""
    return f"https://{HOST}/414/{_demo_by_id('facilities')[name]['gln']}"


def product_id(name: str) -> str:
    """The id of a demo product such as pr-che."""
    return f"https://{HOST}/01/{_demo_by_id('products')[name]['gtin']}"


def lot_id(number: str) -> str:
    """The id of a demo lot such as DM2610B."""
    return f"{product_id(demo_lot(number)['product'])}/10/{number}"


class _Book:
    """Gives each record of a demo its place in the log."""

    def __init__(self) -> None:
        self._leaves = count()

    def source(self, by: str, at: datetime) -> Source:
        leaf = next(self._leaves)
        record = f"https://{HOST}/records/{uuid5(NAMESPACE_URL, f'{leaf} {by} {at}')}"
        return Source(record, at, organisation_id(by), _demo_by_id("organisations")[by]["role"], leaf_index=leaf)


def facts_of_demo(
    lot_number: str,
    *,
    item: int | None = None,
    unknown_serial: bool = False,
    labels: int = 0,
    planned_labels: int = 0,
    scans: ScanFact | None = None,
    asof: date = TODAY,
    witnessed_at: datetime | None = None,
) -> Facts:
    """Complete facts of a demo lot, every record good.

    With `item` (counted from 1), or `unknown_serial`, it is an item's facts: the whole lot has labels then, and scans
    are the demo's, or this first one. `labels` have been issued otherwise, `planned_labels` are asked for. Records
    after the day `asof` do not exist yet.
    """
    found = demo_lot(lot_number)
    book = _Book()
    products = _demo_by_id("products")
    described = products[found["product"]]
    organisations = {organisation_id(one["id"]): _organisation(one, book) for one in demo()["organisations"]}
    producer = organisation_id(described["org"])
    facilities = {facility_id(one["id"]): _facility(one, book) for one in demo()["facilities"]}
    product_fact = _product(described, book)
    lots = {lot_id(number): _lot(demo_lot(number), book) for number in _with_sources(lot_number)}
    chosen = [fact for fact in _demo_events(book) if fact.event.end <= asof]
    own = [fact for fact in chosen if fact.event.lot == lot_id(lot_number)]
    of_an_item = item is not None or unknown_serial
    issued = labels or (found["qty"] if of_an_item else 0)
    run = _run(lot_number, described["org"], issued, book) if issued else None
    serial = Serial(serial_of(item)) if of_an_item else None
    known = Facts(
        identity=Identity(Gtin(described["gtin"]), lot=Lot(lot_number), serial=serial),
        product=product_fact,
        producer=organisations[producer],
        organisations=organisations,
        facilities=facilities,
        lot=lots[lot_id(lot_number)],
        lots=lots,
        events=tuple(own),
        all_events=tuple(_related(lot_number, own, chosen)),
        certificates=tuple(_certificates(described, asof, book)),
        label_runs=(run,) if run else (),
        recalls=tuple(_recalls(lot_number, asof, book)),
        code=CodeFact(serial, item, run if item else None) if serial else None,
        scans=(scans or _demo_scans(lot_number, item)) if item else None,
        rulebook=demo_rulebook(),
        planned_labels=planned_labels,
        witnesses_configured=witnessed_at is not None,
    )
    return replace(known, checks=tuple(_checks(known, witnessed_at)))


def _checks(known: Facts, witnessed_at: datetime | None) -> Iterator[RecordCheck]:
    """A good check for each record that a fact came from, in log order."""
    stated: list[Any] = [known.product, *known.organisations.values(), *known.facilities.values(), *known.lots.values()]
    stated += [*known.all_events, *known.certificates, *known.label_runs, *known.recalls]
    sources = {one.source for one in stated} | {one.state_source for one in known.certificates}
    for one in sorted(sources, key=lambda each: each.leaf_index):
        yield RecordCheck(one.record_id, one.leaf_index, RecordState.GOOD, witnessed_at=witnessed_at)


@cache
def demo_rulebook() -> RuleBook:
    """The demo's yields and permitted active ingredients."""
    yields = (
        YieldRule(one["input"], one["output"], one["min"], one["max"], one["unit"]) for one in demo()["yield_rules"]
    )
    permitted = demo()["permitted_actives"]
    return RuleBook(
        version="demo",
        yields=tuple(yields),
        permitted_actives=frozenset(permitted["actives"]),
        permitted_as_of=date.fromisoformat(permitted["as_of"]),
    )


def _organisation(one: Mapping[str, Any], book: _Book) -> OrganisationFact:
    confirmed = one["identity_confirmed_by"]
    return OrganisationFact(
        id=organisation_id(one["id"]),
        role=one["role"],
        name=one["name"],
        source=book.source(one["id"], REGISTERED),
        legal_form=one.get("legal_form"),
        province_code=one.get("province_code"),
        ward=one.get("ward"),
        ward_code=one.get("ward_code"),
        address_old=one.get("address_old"),
        phone=one.get("phone") if one.get("public_contact_ok") else None,
        members=one.get("members"),
        identity_confirmed_by=organisation_id(confirmed) if confirmed else None,
        identity_confirmed_at=REGISTERED if confirmed else None,
    )


def _facility(one: Mapping[str, Any], book: _Book) -> FacilityFact:
    return FacilityFact(
        id=facility_id(one["id"]),
        organisation=organisation_id(one["org"]),
        name=one["name"],
        source=book.source(one["org"], REGISTERED),
        gln=one["gln"],
        latitude=one["lat_public"],
        longitude=one["lon_public"],
    )


_PLAIN = ("name_en", "net", "net_value", "net_unit", "shelf_life_days", "ingredients_vi", "warning_vi", "storage_vi",
          "story_vi", "story_en", "price_vnd")  # fmt: skip
_EXTRA = ("nutrition_100ml", "nutrition_100g", "visit", "fibre", "dpp_textile", "gtin_case", "links")


def _product(one: Mapping[str, Any], book: _Book) -> ProductFact:
    return ProductFact(
        id=product_id(one["id"]),
        code=one["gtin"],
        organisation=organisation_id(one["org"]),
        name_vi=one["name_vi"],
        source=book.source(one["org"], REGISTERED),
        standards=tuple(one["standards"]),
        group=one["ocop_group"],
        image=one["id"],
        image_is_drawing="own illustration" in one["image"],
        story=read_story(one),
        extra={name: one[name] for name in _EXTRA if name in one},
        **{name: one.get(name) for name in _PLAIN},
    )


def _lot(one: Mapping[str, Any], book: _Book) -> LotFact:
    made = date.fromisoformat(one["made"])
    return LotFact(
        id=lot_id(one["lot"]),
        product=product_id(one["product"]),
        lot=one["lot"],
        source=book.source(_demo_by_id("products")[one["product"]]["org"], recorded(made)),
        made=made,
        expires=date.fromisoformat(one["expires"]) if one["expires"] else None,
        quantity=one["qty"],
        unit=one["unit"],
    )


def _demo_events(book: _Book) -> Iterator[EventFact]:
    listed = [(one, told) for one in demo()["lots"] for told in one["events"]]
    for one, told in sorted(listed, key=lambda pair: (pair[1]["start"], pair[1]["end"])):
        happened = Event(
            lot=lot_id(one["lot"]),
            stage=Stage(told["code"]),
            start=date.fromisoformat(told["start"]),
            end=date.fromisoformat(told["end"]),
            actor=organisation_id(told["actor"]),
            place=facility_id(told["place"]),
            inputs=_goods(told["inputs"]),
            outputs=_goods(told["outputs"]),
            label_vi=told["vi"],
            label_en=told["en"],
            kde={
                name: value if name not in PERSONAL else True
                for name, value in told["kde"].items()
                if value is not None
            },
        )
        yield EventFact(happened, book.source(told["actor"], recorded(happened.end)))


def _goods(lines: Iterable[list[Any]]) -> tuple[Goods, ...]:
    return tuple(Goods(line[0], line[1], line[2], lot_id(line[3]) if len(line) > 3 else None) for line in lines)


def _with_sources(number: str) -> list[str]:
    """The lot and every lot that goods in it came from."""
    found = [number]
    for one in found:
        taken = (line[3] for told in demo_lot(one)["events"] for line in told["inputs"] if len(line) > 3)
        found += [other for other in taken if other not in found]
    return found


def _related(number: str, own: list[EventFact], chosen: list[EventFact]) -> Iterator[EventFact]:
    """Events of the lot, its sources, whoever took from any of these; sprays on the plots it was harvested from."""
    lots = {lot_id(one) for one in _with_sources(number)}
    takers = {fact.event.lot for fact in chosen for one in fact.event.inputs if one.from_lot in lots}
    plots = {(fact.event.actor, plot) for fact in own if fact.stage == Stage.HARVEST for plot in fact.event.plots}
    for fact in chosen:
        sprayed = {(fact.event.actor, plot) for plot in fact.event.plots} & plots
        spray_here = fact.stage in (Stage.PPP, Stage.VETDRUG) and bool(sprayed)
        if fact.event.lot in lots | takers or spray_here:
            yield fact


def _certificates(described: Mapping[str, Any], asof: date, book: _Book) -> Iterator[CertificateFact]:
    for one in demo()["certificates"]:
        if one["subject"] not in (described["id"], described["org"]) or date.fromisoformat(one["issued"]) > asof:
            continue
        issued = date.fromisoformat(one["issued"])
        declared = book.source(described["org"], recorded(issued))
        confirmed = one["confirmed"] is not None
        by_issuer = (
            book.source(one["issuer"], recorded(date.fromisoformat(one["confirmed"]))) if confirmed else declared
        )
        yield CertificateFact(
            id=thing_id(one["id"]),
            subject=product_id(one["subject"])
            if one["subject"] == described["id"]
            else organisation_id(one["subject"]),
            scheme=one["type"],
            number=one["number"],
            issuer=organisation_id(one["issuer"]),
            issued=issued,
            expires=date.fromisoformat(one["expires"]),
            state=CertificateState.CONFIRMED if confirmed else CertificateState.DECLARED,
            source=declared,
            state_source=by_issuer,
            surveillance=tuple(map(date.fromisoformat, one.get("surveillance", ()))),
            extra={name: one[name] for name in ("members", "category", "ggn") if name in one},
            **{name: one.get(name) for name in _CERTIFICATE},
        )


_CERTIFICATE = ("scope", "stars", "score", "decision", "area_ha", "expected_t", "issuer_as_named")


def _recalls(number: str, asof: date, book: _Book) -> Iterator[RecallFact]:
    for one in demo()["recalls"]:
        day = date.fromisoformat(one["date"])
        if one["lot"] in _with_sources(number) and day <= asof:
            yield RecallFact(
                lot=lot_id(one["lot"]),
                day=day,
                reason_vi=one["reason_vi"],
                source=book.source(one["by"], recorded(day)),
                reason_en=one["reason_en"],
                action_vi=one["action_vi"],
                action_en=one["action_en"],
            )


def _run(number: str, by: str, count: int, book: _Book) -> LabelRunFact:
    path = lot_id(number).removeprefix(f"https://{HOST}")
    made = date.fromisoformat(demo_lot(number)["made"])
    return LabelRunFact(
        thing_id(f"run {number}"),
        lot_id(number),
        1,
        count,
        False,
        "serial-key-1",
        path,
        book.source(by, recorded(made)),
    )


def _demo_scans(number: str, item: int | None) -> ScanFact:
    """The scans that the demo prescribes, all within a day and so suspected; otherwise this one scan, the first."""
    for one in demo()["scans"]:
        if (one["lot"], one["item"]) == (number, item):
            first, last = datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["to"])
            opened = Suspicion(last.astimezone(UTC), one["count"], 24, one["visitors"], len(one["provinces"]))
            provinces = tuple(one["provinces"])
            return ScanFact(
                one["count"] + 1, one["count"], first.astimezone(UTC), one["count"], one["visitors"], provinces, opened
            )
    return ScanFact(1, 0, NOW, 1, 1, ())
