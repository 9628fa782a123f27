"""The ten items that a traceability page must disclose (Circular 02/2024/TT-BKHCN).

Of a product without a lot only what a product can have is counted. What the circular asks for "if any" is missing
only where the product says that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from traceapp.core.facts import Facts, ProductFact
from traceapp.core.findings import Finding, Severity

ITEMS: Mapping[int, str] = {
    1: "product-name",
    2: "image",
    3: "unit-name",
    4: "unit-address",
    5: "stages",
    6: "production-time",
    7: "trace-code",
    8: "brand",
    9: "shelf-life",
    10: "standards",
}
_OF_A_LOT = frozenset({5, 6})


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """Complete, or which items are missing: never more than information."""
    if facts.product is None:
        return
    items = _disclosed(facts, facts.product)
    missing = [{"item": item, "key": ITEMS[item]} for item, there in items.items() if not there]
    data = {
        "have": [item for item, there in items.items() if there],
        "missing": missing,
        "of": len(items),
        "drawing": facts.product.image is not None and facts.product.image_is_drawing,
    }
    if missing:
        yield Finding("disclosure-incomplete", Severity.INFO, data=data)
    else:
        yield Finding("disclosure-complete", Severity.GOOD, data=data)


def moments(facts: Facts) -> Iterator[datetime]:
    """None: what is disclosed stays so."""
    yield from ()


def _disclosed(facts: Facts, product: ProductFact) -> dict[int, bool]:
    producer, lot = facts.producer, facts.lot
    shelf_life_told = product.shelf_life_days is None or lot is None or lot.expires is not None
    items = {
        1: bool(product.name_vi),
        2: bool(product.image) and not product.image_is_drawing,
        3: producer is not None and bool(producer.name),
        4: producer is not None and bool(producer.ward or producer.province_code),
        5: bool(facts.events) and all(fact.event.place for fact in facts.events),
        6: lot is not None and lot.made is not None,
        7: True,
        8: True,
        9: shelf_life_told,
        10: bool(product.standards),
    }
    return {item: there for item, there in items.items() if lot is not None or item not in _OF_A_LOT}
