"""Facts for tests: the demo's lots, and single facts that show only what matters to the test that builds them.

Nothing here touches a database. The demo's part is in demo_facts, the cast in cast; both are offered here too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.cast import (
    AUTHORITY,
    CERTIFIER,
    COUNCIL,
    GTIN,
    HOST,
    INSPECTOR,
    LABORATORY,
    LOT,
    NAMES,
    NOW,
    OTHER_LOT,
    OTHER_PRODUCER,
    PLACE,
    PRODUCER,
    PRODUCT,
    REGISTERED,
    ROLES,
    TODAY,
    recorded,
    serial_of,
    thing_id,
)
from tests.demo_facts import (
    demo,
    demo_lot,
    demo_rulebook,
    facility_id,
    facts_of_demo,
    lot_id,
    organisation_id,
    product_id,
)
from traceapp.core.digital_link import Identity
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.facts import (
    CertificateFact,
    CertificateState,
    CodeFact,
    EventFact,
    Facts,
    LabelRunFact,
    LotFact,
    OrganisationFact,
    ProductFact,
    RecordCheck,
    RecordState,
    ScanFact,
    Source,
    Suspicion,
)
from traceapp.core.identifiers import Gtin, Lot, Serial

__all__ = [
    "AUTHORITY",
    "CERTIFIER",
    "COUNCIL",
    "GTIN",
    "HOST",
    "INSPECTOR",
    "LABORATORY",
    "LOT",
    "NAMES",
    "NOW",
    "OTHER_LOT",
    "OTHER_PRODUCER",
    "PLACE",
    "PRODUCER",
    "PRODUCT",
    "REGISTERED",
    "ROLES",
    "TODAY",
    "certificate",
    "check",
    "demo",
    "demo_lot",
    "demo_rulebook",
    "event",
    "facility_id",
    "facts",
    "facts_of_demo",
    "goods",
    "identity",
    "item_code",
    "label_run",
    "lot",
    "lot_id",
    "organisation",
    "organisation_id",
    "product",
    "product_id",
    "scans",
    "serial_of",
    "source",
    "thing_id",
]

_leaves = count(1)


def source(by: str = PRODUCER, at: datetime = REGISTERED, *, assisted_by: str | None = None) -> Source:
    """A record of `by`, in its role, later in the log than every one before."""
    leaf = next(_leaves)
    record = f"https://{HOST}/records/{uuid5(NAMESPACE_URL, str(leaf))}"
    return Source(record, at, by, ROLES.get(by, "producer"), assisted_by, leaf)


def goods(text: str, *, from_lot: str | None = None) -> Goods:
    """Goods written as "chè khô, 184 kg"."""
    name, _, amount = text.rpartition(", ")
    quantity, _, unit = amount.partition(" ")
    return Goods(name, float(quantity), unit, from_lot)


def event(
    stage: Stage | str,
    start: str,
    end: str | None = None,
    *,
    lot: str = LOT,
    by: str = PRODUCER,
    place: str | None = PLACE,
    inputs: Iterable[Goods | str] = (),
    outputs: Iterable[Goods | str] = (),
    restricted: bool = False,
    label_vi: str = "",
    label_en: str = "",
    **kde: Any,
) -> EventFact:
    """An event of `lot`; goods as `goods` reads them, everything else by name goes into its `kde`."""
    happened = Event(
        lot=lot,
        stage=Stage(stage),
        start=date.fromisoformat(start),
        end=date.fromisoformat(end or start),
        actor=by,
        place=place,
        inputs=tuple(goods(one) if isinstance(one, str) else one for one in inputs),
        outputs=tuple(goods(one) if isinstance(one, str) else one for one in outputs),
        label_vi=label_vi,
        label_en=label_en,
        kde=kde,
    )
    return EventFact(happened, source(by, recorded(happened.end)), restricted)


def organisation(id: str = PRODUCER, **fields: Any) -> OrganisationFact:
    """An organisation whose identity the authority has confirmed."""
    described: dict[str, Any] = {
        "role": ROLES.get(id, "producer"),
        "name": "HTX Chè Đồi Mây",
        "ward": "Xã Tân Cương",
        "province_code": "19",
        "identity_confirmed_by": AUTHORITY,
        "identity_confirmed_at": REGISTERED,
    }
    return OrganisationFact(id=id, source=source(id), **{**described, **fields})


def product(**fields: Any) -> ProductFact:
    """A product of 200 g a pack."""
    described: dict[str, Any] = {
        "id": PRODUCT,
        "code": GTIN,
        "organisation": PRODUCER,
        "name_vi": "Trà búp Đồi Mây",
        "net": "200 g",
        "net_value": 200,
        "net_unit": "g",
    }
    return ProductFact(source=source(), **{**described, **fields})


def lot(**fields: Any) -> LotFact:
    """The lot L1, made on 9 October 2026."""
    described: dict[str, Any] = {"id": LOT, "product": PRODUCT, "lot": "L1", "made": date(2026, 10, 9)}
    return LotFact(source=source(), **{**described, **fields})


def certificate(scheme: str = "VIETGAP", **fields: Any) -> CertificateFact:
    """The producer's certificate, 5 June 2024 to 5 June 2027, confirmed by the certifier's account."""
    described: dict[str, Any] = {
        "id": thing_id(f"certificate {next(_leaves)}"),
        "subject": PRODUCT if scheme == "OCOP" else PRODUCER,
        "scheme": scheme,
        "number": "MAU-1",
        "issuer": COUNCIL if scheme == "OCOP" else CERTIFIER,
        "issued": date(2024, 6, 5),
        "expires": date(2027, 6, 5),
        "state": CertificateState.CONFIRMED,
        "source": source(),
        "stars": 4 if scheme == "OCOP" else None,
    }
    described |= fields
    described.setdefault("state_source", source(described["issuer"]))
    return CertificateFact(**described)


def label_run(count: int, first: int = 1, *, lot: str = LOT, signed: bool = False) -> LabelRunFact:
    """A run of `count` labels."""
    path = lot.removeprefix(f"https://{HOST}")
    return LabelRunFact(thing_id(f"run {next(_leaves)}"), lot, first, count, signed, "serial-key-1", path, source())


def item_code(item: int | None = 1, run: LabelRunFact | None = None, **fields: Any) -> CodeFact:
    """A scanned code: issued as `item` in `run`, or never issued where `item` is None."""
    return CodeFact(serial_of(item), item, (run or label_run(1000)) if item else None, **fields)


def scans(total: int = 1, by_others: int = 0, *, suspicion: Suspicion | None = None) -> ScanFact:
    """Scans of one item."""
    return ScanFact(total, by_others, NOW - timedelta(days=1), total, by_others + 1, (), suspicion)


def check(state: RecordState = RecordState.GOOD, *, witnessed_at: datetime | None = None) -> RecordCheck:
    """One record's outcome."""
    made = source()
    return RecordCheck(made.record_id, made.leaf_index, state, witnessed_at=witnessed_at)


def identity(level: str = "lot", gtin: str = GTIN) -> Identity:
    """Product, lot L1 or its item 1."""
    named = Identity(Gtin(gtin), lot=None if level == "product" else Lot("L1"))
    return named if level != "item" else Identity(named.product, lot=named.lot, serial=Serial(serial_of(1)))


def facts(*events: EventFact, **fields: Any) -> Facts:
    """Facts of the lot L1: `events` of any lot; product, producer and lot are known unless said otherwise."""
    own = tuple(one for one in events if one.event.lot == LOT)
    known: dict[str, Any] = {
        "identity": identity(),
        "checks": (check(),),
        "product": product(),
        "producer": organisation(),
        "organisations": {id: organisation(id, name=NAMES[id]) for id in ROLES},
        "lot": lot(),
        "events": own,
        "all_events": events,
    }
    return Facts(**{**known, **fields})
