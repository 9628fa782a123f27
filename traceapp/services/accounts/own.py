"""What belongs to an organisation. Anything else is NotFound, which says nothing of whether it exists."""

from __future__ import annotations

from sqlalchemy import Connection

from traceapp.core.errors import NotFound
from traceapp.db import driver
from traceapp.db.parts import shared

_PRODUCT = "SELECT id FROM products WHERE (code = ? OR id = ?) AND organisation = ?"
_LOT = (
    "SELECT l.id FROM lots l JOIN products p ON p.id = l.product WHERE p.code = ? AND l.lot = ? AND p.organisation = ?"
)
_LOT_ID = "SELECT l.id FROM lots l JOIN products p ON p.id = l.product WHERE l.id = ? AND p.organisation = ?"
_FACILITY = "SELECT id FROM facilities WHERE id = ? AND organisation = ?"


def own_product(connection: Connection, organisation: str | None, code: str) -> str:
    """The id of the organisation's product with that GTIN or trace code, or of that id."""
    return _one(connection, _PRODUCT, code, code, organisation)


def own_lot(connection: Connection, organisation: str | None, code: str, lot: str) -> str:
    """The id of the organisation's lot: its product's code, and its own number."""
    return _one(connection, _LOT, code, lot, organisation)


@shared
def own_lot_id(connection: Connection, organisation: str | None, lot: str) -> str:
    """The same by the lot's id, which is given back."""
    return _one(connection, _LOT_ID, lot, organisation)


def own_facility(connection: Connection, organisation: str | None, facility: str) -> str:
    """The organisation's facility of that id."""
    return _one(connection, _FACILITY, facility, organisation)


def _one(connection: Connection, sql: str, *values: str | None) -> str:
    rows = driver.run(connection, sql, values)
    if not rows:
        raise NotFound("There is nothing of yours under that address.")
    return str(rows[0][0])
