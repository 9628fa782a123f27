"""What a digital product passport must hold (Decree 37/2026, Article 32), and what of it is missing.

Seven items, each in parts. Of a product without a lot only what a product can have is asked; an expiry date is asked
only where the product has a shelf life. Nothing here is a verdict: a gap is information.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from traceapp.core.events import Stage
from traceapp.core.facts import EventFact, Facts, ProductFact
from traceapp.core.identifiers import Gtin

_MAKING = frozenset({Stage.HARVEST, Stage.MIX, Stage.FERMENT, Stage.DRAW, Stage.PROCESS, Stage.PACKHOUSE, Stage.PACK})
"""Stages after which goods are other goods: the last of them with a place is where they were processed last."""


@dataclass(frozen=True, slots=True)
class PassportItem:
    """One item; `parts` are what is asked of it here, `missing` those of them that nobody gave."""

    key: str
    parts: tuple[str, ...]
    missing: tuple[str, ...]


def passport(facts: Facts) -> tuple[PassportItem, ...]:
    """The items in the decree's order, without those that a product has only with a lot; () without a product."""
    if facts.product is None:
        return ()
    asked = ((key, dict(parts)) for key, parts in _items(facts, facts.product))
    return tuple(
        PassportItem(key, tuple(parts), tuple(part for part, there in parts.items() if not there))
        for key, parts in asked
        if parts
    )


def last_processing(facts: Facts) -> EventFact | None:
    """The lot's last stage that made the goods what they are, at a known place."""
    placed = [fact for fact in facts.events if fact.stage in _MAKING and fact.event.place in facts.facilities]
    return placed[-1] if placed else None


Parts = Iterator[tuple[str, bool]]


def _items(facts: Facts, product: ProductFact) -> Iterator[tuple[str, Parts]]:
    yield "identity", _identity(facts, product)
    yield "producer", _producer(facts)
    yield "origin", _origin(facts, product)
    yield "trace", _trace(facts)
    yield "certificates", iter([("certificate", bool(facts.certificates))])
    yield "dates", _dates(facts, product)
    yield "warnings", iter([("warning", bool(product.warning_vi))])


def _identity(facts: Facts, product: ProductFact) -> Parts:
    yield "product-name", bool(product.name_vi)
    yield "gtin", isinstance(facts.identity.product, Gtin)


def _producer(facts: Facts) -> Parts:
    producer = facts.producer
    yield "producer-name", bool(producer and producer.name)
    yield "producer-address", bool(producer and (producer.ward or producer.province_code))
    yield "producer-id", producer is not None


def _origin(facts: Facts, product: ProductFact) -> Parts:
    told = any(field.key == "origin" for field in product.story)
    yield "origin", told or last_processing(facts) is not None


def _trace(facts: Facts) -> Parts:
    if facts.lot is not None:
        yield "stages", bool(facts.events)


def _dates(facts: Facts, product: ProductFact) -> Parts:
    if facts.lot is None:
        return
    yield "made", facts.lot.made is not None
    if product.shelf_life_days is not None or facts.lot.expires is not None:
        yield "expires", facts.lot.expires is not None
