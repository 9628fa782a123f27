"""Lists of lots, products and organisations for the forms of the portal, from verified records."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

from sqlalchemy import Connection

from traceapp.core.errors import NotFound
from traceapp.core.facts import HoldFact, LotFact, ProductFact, RecallFact
from traceapp.core.keys import Keyring
from traceapp.core.list_subjects import stops_subject
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.services.records.verified import facts_about, facts_of_records, names_of
from traceapp.services.registry.organisations import organisation_called

A_PAGE = 30
MOST_PRODUCTS = 60
_OWN = (
    "SELECT lots.id FROM lots JOIN products ON products.id = lots.product "
    "WHERE products.organisation = ? ORDER BY lots.record_id DESC LIMIT ? OFFSET ?"
)
_RECEIVED = (
    "SELECT lot FROM shipments WHERE receiver = ? AND receipt IS NOT NULL GROUP BY lot "
    "ORDER BY max(record_id) DESC LIMIT ? OFFSET ?"
)
_COUNTED = (
    "SELECT (SELECT count(*) FROM lots JOIN products ON products.id = lots.product WHERE organisation = ?), "
    "(SELECT count(DISTINCT lot) FROM shipments WHERE receiver = ? AND receipt IS NOT NULL)"
)
_NEWEST = "SELECT record_id FROM lots WHERE id IN ({})"
_PRODUCTS = "SELECT id FROM products WHERE organisation = ? ORDER BY record_id DESC LIMIT ?"
_LABELS = "SELECT lot, SUM(count) FROM label_runs WHERE lot IN ({}) GROUP BY lot"
# The households on somebody's list have no account that could count, and their names are their list's alone.
_RECEIVERS = (
    "SELECT o.id FROM organisations o LEFT JOIN households h ON h.id = o.id "
    "WHERE o.role IN ('producer', 'shop') AND o.id <> ? AND h.id IS NULL ORDER BY o.record_id LIMIT ?"
)
_MAY_RECEIVE = _RECEIVERS.replace("ORDER BY o.record_id LIMIT ?", "AND o.id = ?")
_EARLIER = "SELECT DISTINCT receiver FROM shipments WHERE sender = ? LIMIT ?"
_STOPS = ("RecallRecord", "HoldRecord")
MOST_RECEIVERS = 500
"""So many organisations are listed; any other one is found by its name."""


@dataclass(frozen=True, slots=True)
class ListedLot:
    """A lot in a list; `state` is `recalled`, `held` or empty."""

    id: str
    path: str
    number: str
    product: str
    product_en: str = ""
    made: date | None = None
    expires: date | None = None
    quantity: float | None = None
    unit: str = ""
    labels: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class HeldLot:
    """A lot by its number and its product's names."""

    id: str
    path: str
    number: str
    product: str
    product_en: str


@shared
def own_lots(connection: Connection, host: str, organisation: str, keyring: Keyring, page: int = 1) -> list[ListedLot]:
    """A page of the lots of an organisation, the newest first; the first page is 1."""
    return listed(connection, host, _page_of(connection, _OWN, organisation, page), keyring)


@shared
def received_lots(
    connection: Connection, host: str, organisation: str, keyring: Keyring, page: int = 1
) -> list[ListedLot]:
    """A page of the lots of others of which an organisation received goods, what came last first."""
    return listed(connection, host, _page_of(connection, _RECEIVED, organisation, page), keyring)


def _page_of(connection: Connection, sql: str, organisation: str, page: int) -> list[str]:
    return [lot for (lot,) in driver.run(connection, sql, (organisation, A_PAGE, (page - 1) * A_PAGE))]


@shared
def held_lots(connection: Connection, host: str, organisation: str, keyring: Keyring) -> list[HeldLot]:
    """The newest lots of which an organisation may hold goods, its own and others', to choose from."""
    ids = [*_page_of(connection, _OWN, organisation, 1), *_page_of(connection, _RECEIVED, organisation, 1)]
    told = facts_about(connection, host, {lot.rpartition("/10/")[0] for lot in ids}, ["ProductRecord"], keyring)
    names = {one.id: one for one in told if isinstance(one, ProductFact)}
    return [
        HeldLot(lot, lot.removeprefix(f"https://{host}"), unquote(number), known.name_vi, known.name_en or "")
        for lot in ids
        for product, _, number in [lot.rpartition("/10/")]
        if (known := names.get(product))
    ]


@shared
def count_lots(connection: Connection, organisation: str) -> tuple[int, int]:
    """How many lots are an organisation's own, and of how many of others' it received goods."""
    own, received = driver.run(connection, _COUNTED, (organisation, organisation))[0]
    return int(own), int(received)


@shared
def listed(connection: Connection, host: str, ids: Collection[str], keyring: Keyring) -> list[ListedLot]:
    """These lots as lists show them, in their order; those whose record does not verify are missing."""
    newest = [record for (record,) in driver.run_for(connection, _NEWEST, ids)]
    said = facts_of_records(connection, host, newest, keyring).values()
    lots = {one.id: one for one in said if isinstance(one, LotFact)}
    told = facts_about(connection, host, {one.product for one in lots.values()}, ["ProductRecord"], keyring)
    products = {one.id: one for one in told if isinstance(one, ProductFact)}
    labels = {lot: int(count) for lot, count in driver.run_for(connection, _LABELS, ids)}
    stops = [stops_subject(lot) for lot in ids]
    states = _states(facts_about(connection, host, stops, _STOPS, keyring))
    return [
        _listed(lots[lot], products.get(lots[lot].product), labels.get(lot, 0), states.get(lot, ""), host)
        for lot in ids
        if lot in lots
    ]


@shared
def stopped(connection: Connection, host: str, lot: str, keyring: Keyring) -> str:
    """Whether a lot is `recalled` or `held`; empty while it may go on."""
    return _states(facts_about(connection, host, [stops_subject(lot)], _STOPS, keyring)).get(lot, "")


def _states(said: list[object]) -> dict[str, str]:
    held = {one.lot: "" if one.released else "held" for one in said if isinstance(one, HoldFact)}
    return {**held, **{one.lot: "recalled" for one in said if isinstance(one, RecallFact)}}


def _listed(lot: LotFact, product: ProductFact | None, labels: int, state: str, host: str) -> ListedLot:
    return ListedLot(
        id=lot.id,
        path=lot.id.removeprefix(f"https://{host}"),
        number=lot.lot,
        product=product.name_vi if product else "",
        product_en=(product.name_en if product else None) or "",
        made=lot.made,
        expires=lot.expires,
        quantity=lot.quantity,
        unit=lot.unit or "",
        labels=labels,
        state=state,
    )


@shared
def own_products(connection: Connection, host: str, organisation: str, keyring: Keyring) -> list[tuple[str, str, str]]:
    """(id, name, English name) of an organisation's products, the newest first."""
    ids = [product for (product,) in driver.run(connection, _PRODUCTS, (organisation, MOST_PRODUCTS))]
    told = facts_about(connection, host, ids, ["ProductRecord"], keyring)
    names = {one.id: (one.name_vi, one.name_en or "") for one in told if isinstance(one, ProductFact)}
    return [(one, *names[one]) for one in ids if one in names]


@shared
def possible_receivers(connection: Connection, host: str, organisation: str, keyring: Keyring) -> list[tuple[str, str]]:
    """(id, name) of whom goods can be sent to, by name; whoever got goods before is among them."""
    lists = (driver.run(connection, query, (organisation, MOST_RECEIVERS)) for query in (_EARLIER, _RECEIVERS))
    names = names_of(connection, host, {one: None for found in lists for (one,) in found}, keyring)
    return sorted(names.items(), key=lambda one: one[1].casefold())


def receiver_called(connection: Connection, organisation: str, text: str) -> str:
    """The id of whom goods can be sent to, by name or id; NotFound, Conflict where several have the name."""
    found = organisation_called(connection, text)
    if not driver.run(connection, _MAY_RECEIVE, (organisation, found)):
        raise NotFound(f"Nothing can be sent to {text[:80]!r}.")
    return found
