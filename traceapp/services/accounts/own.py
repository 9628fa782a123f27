"""What belongs to an organisation. Anything else is NotFound, which says nothing of whether it exists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, select

from traceapp.core.errors import NotFound
from traceapp.db.tables import facilities, lots, products


def own_product(connection: Connection, organisation: str | None, code: str) -> str:
    """The id of the organisation's product with that GTIN or trace code, or of that id."""
    named = (products.c.code == code) | (products.c.id == code)
    return _one(connection, select(products.c.id).where(named, products.c.organisation == organisation))


def own_lot(connection: Connection, organisation: str | None, code: str, lot: str) -> str:
    """The id of the organisation's lot: its product's code, and its own number."""
    query = (
        select(lots.c.id)
        .join(products, products.c.id == lots.c.product)
        .where(products.c.code == code, lots.c.lot == lot, products.c.organisation == organisation)
    )
    return _one(connection, query)


def own_lot_id(connection: Connection, organisation: str | None, lot: str) -> str:
    """The same by the lot's id, which is given back."""
    query = (
        select(lots.c.id)
        .join(products, products.c.id == lots.c.product)
        .where(lots.c.id == lot, products.c.organisation == organisation)
    )
    return _one(connection, query)


def own_facility(connection: Connection, organisation: str | None, facility: str) -> str:
    """The organisation's facility of that id."""
    return _one(
        connection,
        select(facilities.c.id).where(facilities.c.id == facility, facilities.c.organisation == organisation),
    )


def _one(connection: Connection, query: Select[Any]) -> str:
    found: str | None = connection.execute(query).scalar()
    if found is None:
        raise NotFound("There is nothing of yours under that address.")
    return found
