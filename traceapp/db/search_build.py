"""Making search documents from records.

Records are read as they are stored, not verified: whatever stands in the index only leads to a page, and the page
shows what verifies. What cannot be read is not filed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from traceapp.core.errors import TraceappError
from traceapp.core.evidence import certificates_in
from traceapp.core.facts import OrganisationFact, ProductFact
from traceapp.core.readings import read_fact
from traceapp.core.searchable import MOST_LOTS, SearchDocument, document_of
from traceapp.core.statements import source_of
from traceapp.db import driver, search

Said = tuple[object, ...]
_REMEMBERED = 2000

_ABOUT = (
    "SELECT r.record_id, e.leaf_index, r.body FROM record_subjects s "
    "JOIN log_entries e ON e.leaf_index = s.leaf_index JOIN records r ON r.record_id = e.record_id "
    "WHERE s.subject = ? AND r.type IN ('ProductRecord', 'OrganisationRecord', 'CertificateRecord') "
    "ORDER BY s.leaf_index"
)
_LOTS = (
    "SELECT product, lot FROM (SELECT product, lot, record_id, "
    "row_number() OVER (PARTITION BY product ORDER BY record_id DESC) AS place FROM lots) AS numbered "
    "WHERE place <= ? ORDER BY record_id DESC"
)


def file_again(connection: Connection, things: Iterable[str], makers: Iterable[str] = ()) -> None:
    """File anew all products among `things` (ids), all products of organisations among them, and those of `makers`."""
    products: dict[str, None] = {}
    for thing in things:
        products |= dict.fromkeys([thing, *search.products_of(connection, thing)])
    for maker in makers:
        products |= dict.fromkeys(search.products_of(connection, maker))
    about = _reading(connection)
    for product in products:
        _file(connection, product, about)


def file_lot(connection: Connection, product: str, lot: str) -> None:
    """File a new lot number with its product."""
    _file(connection, product, _reading(connection), [lot])


def rebuild(connection: Connection) -> int:
    """Make the whole index anew from the records of all products. Returns how many were filed."""
    lots: dict[str, list[str]] = {}
    for product, lot in driver.run(connection, _LOTS, (MOST_LOTS,)):
        lots.setdefault(product, []).append(lot)
    search.clear(connection)
    about = _reading(connection)
    products = driver.run(connection, "SELECT id FROM products ORDER BY record_id")
    return sum(_file(connection, product, about, lots.get(product, ())) for (product,) in products)


def _file(connection: Connection, product: str, about: Callable[[str], Said], lots: Iterable[str] = ()) -> bool:
    """File one product; take it out where its records do not describe one."""
    document = _document(product, about)
    if document is None:
        search.remove(connection, product)
        return False
    search.put(connection, document, tuple(lots))
    return True


def documents(connection: Connection) -> Iterator[tuple[str, SearchDocument | None]]:
    """Every product with the document that its records make; None where they describe no product."""
    about = _reading(connection)
    for (product,) in driver.run(connection, "SELECT id FROM products ORDER BY id"):
        yield product, _document(product, about)


def _document(product: str, about: Callable[[str], Said]) -> SearchDocument | None:
    said = about(product)
    found = [fact for fact in said if isinstance(fact, ProductFact) and fact.id == product]
    if not found:
        return None
    told = (*said, *about(found[-1].organisation))
    makers = [fact for fact in told if isinstance(fact, OrganisationFact) and fact.id == found[-1].organisation]
    try:
        return document_of(found[-1], makers[-1] if makers else None, certificates_in(told))
    except TraceappError:
        # A code that is none, which no service of ours wrote.
        return None


def _reading(connection: Connection) -> Callable[[str], Said]:
    """Reads what is said about things; products of one organisation often follow each other."""
    return lru_cache(maxsize=_REMEMBERED)(lambda thing: _said_about(connection, thing))


def _said_about(connection: Connection, thing: str) -> Said:
    """What records say of a product or an organisation, in the order of the log."""
    rows = driver.run(connection, _ABOUT, (thing,))
    return tuple(fact for row in rows if (fact := _read(connection, *row)) is not None)


def _read(connection: Connection, record_id: str, leaf_index: int, body: bytes) -> object | None:
    try:
        document = json.loads(body)
        return read_fact(document, source_of(document, leaf_index), _personal(connection, record_id, document))
    except (TraceappError, ValueError, RecursionError):
        return None


def _personal(connection: Connection, record_id: str, document: Any) -> dict[str, Any]:
    """The personal values that are still held."""
    if not isinstance(document, dict) or "traceapp:personal" not in document:
        return {}
    rows = driver.run(connection, "SELECT field, value FROM personal WHERE record_id = ?", (record_id,))
    return {field: json.loads(value) for field, value in rows}
