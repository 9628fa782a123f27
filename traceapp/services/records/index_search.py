"""The search index compared with the records that it is made of."""

from __future__ import annotations

from sqlalchemy import Connection, select

from traceapp.core.errors import InconsistentLog
from traceapp.core.searchable import MOST_LOTS, SearchDocument
from traceapp.db import driver, search, search_build
from traceapp.db.tables import lots, search_documents

_COLUMNS = ("code", "organisation", "province", "sort_name")
_STARS = "SELECT since, until, stars FROM search_stars WHERE document = ? ORDER BY since"


def require_same_search(connection: Connection) -> int:
    """InconsistentLog names the first product that is not filed as its records say. Returns how many are filed."""
    stored = {row["product"]: row for row in connection.execute(select(search_documents)).mappings()}
    numbers: dict[str, set[str]] = {}
    for product, lot in connection.execute(select(lots.c.product, lots.c.lot)):
        numbers.setdefault(product, set()).add(lot)
    count = len(stored)
    for product, document in search_build.documents(connection):
        row = stored.pop(product, None)
        if document is None:
            continue
        if row is None:
            raise InconsistentLog(f"search_documents lacks the product {product[:120]}: run traceapp search rebuild.")
        _require_document(connection, row, document, numbers.get(product, set()))
    if stored:
        raise InconsistentLog(f"search_documents has the product {min(stored)[:120]}, which no record describes.")
    [(filed,)] = driver.run(connection, "SELECT count(*) FROM search_index")
    if filed != count:
        raise InconsistentLog(f"search_index has {filed} rows for {count} products: run traceapp search rebuild.")
    return count


def _require_document(connection: Connection, row: object, document: SearchDocument, numbers: set[str]) -> None:
    said = dict(row)  # type: ignore[call-overload]
    for name in _COLUMNS:
        if said[name] != getattr(document, name):
            raise InconsistentLog(
                f"search_documents.{name} of {document.product[:120]} is {str(said[name])[:60]!r}; its records say "
                f"{str(getattr(document, name))[:60]!r}."
            )
    held = said["lots"].split()
    if len(held) != min(len(numbers), MOST_LOTS) or len(set(held)) != len(held) or not numbers.issuperset(held):
        raise InconsistentLog(f"search_documents.lots of {document.product[:120]} are not the newest of its lots.")
    stars = [(one.since.isoformat(), one.until.isoformat(), one.stars) for one in document.spans]
    if [tuple(one) for one in driver.run(connection, _STARS, (said["id"],))] != sorted(stars):
        raise InconsistentLog(f"search_stars of {document.product[:120]} are not those of its certificates.")
    if not search.is_filed_under(connection, said["id"], document, held):
        raise InconsistentLog(f"search_index files {document.product[:120]} under other words than its records.")
