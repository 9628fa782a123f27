"""How far a producer has come: organisation, facility, product, lot, labels. An index over records, for the portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.services.records.names import told_by


@dataclass(frozen=True, slots=True)
class Progress:
    """What there is of each, and the newest of those that the next step needs. `identity` is the authority's word;
    `claimed`: codes that somebody else says are theirs, whose labels wait until an authority decides.
    """

    facilities: int
    products: int
    lots: int
    label_runs: int
    identity: str
    claimed: int
    facility: str | None
    product: str | None
    lot: str | None

    @property
    def next_step(self) -> str:
        """`facility`, `product`, `lot`, `labels`, or `done`."""
        return _next_step(self.facilities, self.products, self.lots, self.label_runs)


@dataclass(frozen=True, slots=True)
class Standing:
    """Which step of setting up is next, the authority's word, and how many codes others claim, as in Progress.

    It is read with every page of a day, and takes no longer where there are lots of many seasons.
    """

    next_step: str
    identity: str
    claimed: int


def _next_step(*have: int) -> str:
    return next((step for step, count in zip(_STEPS, have, strict=True) if not count), "done")


_STEPS = ("facility", "product", "lot", "labels")
_OF_LOTS = "FROM lots l JOIN products p ON p.id = l.product WHERE p.organisation = o.id"
_PROGRESS = f"""
SELECT (SELECT count(*) FROM facilities f WHERE f.organisation = o.id),
       (SELECT count(*) FROM products p WHERE p.organisation = o.id),
       (SELECT count(*) {_OF_LOTS}),
       (SELECT count(*) FROM label_runs r JOIN lots l ON l.id = r.lot JOIN products p ON p.id = l.product
        WHERE p.organisation = o.id),
       o.identity_state,
       (SELECT count(*) FROM claims c WHERE c.holder = o.id AND c.state = 'open'),
       (SELECT f.id FROM facilities f WHERE f.organisation = o.id ORDER BY f.record_id DESC LIMIT 1),
       (SELECT p.id FROM products p WHERE p.organisation = o.id ORDER BY p.record_id DESC LIMIT 1),
       (SELECT l.id {_OF_LOTS} ORDER BY l.record_id DESC LIMIT 1)
FROM organisations o WHERE o.id = ?
"""  # noqa: S608


@shared
def progress_of(connection: Connection, organisation: str) -> Progress:
    """What an organisation has set up."""
    rows = driver.run(connection, _PROGRESS, (organisation,))
    found = rows[0] if rows else (0, 0, 0, 0, "", 0, None, None, None)
    facilities, products, lots, runs, identity, claimed, *newest = found
    return Progress(facilities, products, lots, runs, identity or "", claimed, *newest)


_STANDING = f"""
SELECT EXISTS (SELECT 1 FROM facilities f WHERE f.organisation = o.id),
       EXISTS (SELECT 1 FROM products p WHERE p.organisation = o.id),
       EXISTS (SELECT 1 {_OF_LOTS}),
       EXISTS (SELECT 1 FROM products p JOIN lots l ON l.product = p.id JOIN label_runs r ON r.lot = l.id
               WHERE p.organisation = o.id),
       o.identity_state,
       (SELECT count(*) FROM claims c WHERE c.holder = o.id AND c.state = 'open')
FROM organisations o WHERE o.id = ?
"""  # noqa: S608


@shared
def standing_of(connection: Connection, organisation: str) -> Standing:
    """How far an organisation has come."""
    rows = driver.run(connection, _STANDING, (organisation,))
    *have, identity, claimed = rows[0] if rows else (0, 0, 0, 0, "", 0)
    return Standing(_next_step(*have), identity or "", claimed)


def set_up(connection: Connection, organisation: str, what: str) -> list[str]:
    """The ids of an organisation's `facilities` or `products`, the newest first."""
    of = {"facilities": _FACILITIES, "products": _PRODUCTS}[what]
    return [str(one) for (one,) in driver.run(connection, of, (organisation,))]


_FACILITIES = "SELECT id FROM facilities WHERE organisation = ? ORDER BY record_id DESC"
_PRODUCTS = "SELECT id FROM products WHERE organisation = ? ORDER BY record_id DESC"


def says(connection: Connection, thing: str, record_type: str, details: Mapping[str, Any]) -> bool:
    """Whether the newest record of a thing tells just these details of it, whatever it tells beside."""
    told = told_by(connection, thing, record_type)
    return all(told.get(name) == value for name, value in details.items())


@dataclass(frozen=True, slots=True)
class Listed:
    """A product in a list."""

    id: str
    code: str
    name: str
    name_en: str


def products_listed(connection: Connection, organisation: str) -> list[Listed]:
    """An organisation's products, the newest first, as their own records call them."""
    sql = "SELECT id, code FROM products WHERE organisation = ? ORDER BY record_id DESC"
    return [
        Listed(product, code, str(told.get("name_vi") or code), str(told.get("name_en") or ""))
        for product, code in driver.run(connection, sql, (organisation,))
        for told in [told_by(connection, product, "ProductRecord")]
    ]


def newest_lot(connection: Connection, product: str) -> str | None:
    """The id of a product's newest lot."""
    sql = "SELECT id FROM lots WHERE product = ? ORDER BY record_id DESC LIMIT 1"
    return next((str(lot) for (lot,) in driver.run(connection, sql, (product,))), None)
