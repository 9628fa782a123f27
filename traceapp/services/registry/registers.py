"""Registering organisations, facilities, products and lots, and confirming who an organisation is.

Each function signs a record and points the current state at it. Ids are addresses at HOST.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from traceapp.core.digital_link import Identity
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, NotFound
from traceapp.core.identifiers import Gln, Gtin, Lot, TraceCode, nfc
from traceapp.core.quantities import name_key
from traceapp.core.registers import is_household, say_facility, say_identity, say_lot, say_organisation, say_product
from traceapp.core.statements import Statement, details_of, record_uuid, thing_url
from traceapp.db import driver
from traceapp.db.tables import (
    facilities,
    log_entries,
    lots,
    organisations,
    personal,
    products,
    record_subjects,
    records,
)
from traceapp.services.log.entries import Receipt
from traceapp.services.records.signing import Notary, new_uuid, parse_document, record

Details = Mapping[str, Any]


def register_organisation(
    connection: Connection, details: Details, notary: Notary, now: datetime, *, organisation: str | None = None
) -> tuple[str, Receipt]:
    """A new organisation, described by itself. Returns its id (URL). InvalidEvent for an unknown role, Conflict."""
    organisation = organisation or thing_url(notary.host, new_uuid())
    statement = say_organisation(organisation, clean(details), declared_by=organisation, role=str(details.get("role")))
    receipt = _said(connection, statement, notary, now)
    values = {
        "id": organisation,
        "role": details["role"],
        "identity_state": "unconfirmed",
        "record_id": record_uuid(receipt.record_id),
    }
    _insert_once(connection, insert(organisations).values(values), f"{organisation[:120]} is registered already.")
    return organisation, receipt


def confirm_identity(
    connection: Connection,
    organisation: str,
    authority: str,
    notary: Notary,
    now: datetime,
    *,
    state: str = "confirmed",
    product: str | None = None,
) -> Receipt:
    """An authority says that an organisation and its GTINs are who they say, or that they are disputed.

    `product` is the one whose code it decided to be another's. Forbidden for anybody but an authority.
    """
    if role_of(connection, authority) != "authority":
        raise Forbidden("Only an authority confirms who an organisation is.")
    role_of(connection, organisation)
    said = say_identity(organisation, state, authority=authority, role="authority", product=product)
    receipt = _said(connection, said, notary, now)
    connection.execute(
        update(organisations)
        .where(organisations.c.id == organisation)
        .values(identity_state=state, record_id=record_uuid(receipt.record_id))
    )
    return receipt


def register_facility(
    connection: Connection,
    organisation: str,
    details: Details,
    notary: Notary,
    now: datetime,
    *,
    position: tuple[float, float] | None = None,
) -> tuple[str, Receipt]:
    """A new facility of `organisation`. Its id is its GLN's address, or an own one. `position` is erasable."""
    role = role_of(connection, organisation)
    facility = thing_url(notary.host, new_uuid())
    if details.get("gln"):
        facility = f"https://{notary.host}/414/{Gln(details['gln'])}"
    household = is_household(legal_form_of(connection, organisation))
    statement = say_facility(facility, organisation, clean(details), role=role, position=position, household=household)
    receipt = _said(connection, statement, notary, now)
    values = {"id": facility, "organisation": organisation, "record_id": record_uuid(receipt.record_id)}
    _insert_once(connection, insert(facilities).values(values), f"The facility {facility} is registered already.")
    return facility, receipt


def register_product(
    connection: Connection, organisation: str, code: Gtin | TraceCode, details: Details, notary: Notary, now: datetime
) -> tuple[str, Receipt]:
    """A new product of `organisation`. Conflict when somebody registered its code before, InvalidEvent for what it
    may not say, such as the name of a household.
    """
    role = role_of(connection, organisation)
    require_no_household_named(connection, organisation, details)
    product = f"https://{notary.host}{Identity(code).path}"
    statement = say_product(product, organisation, {**clean(details), "code": str(code)}, role=role)
    receipt = _said(connection, statement, notary, now)
    values = {
        "id": product,
        "code": str(code),
        "organisation": organisation,
        "record_id": record_uuid(receipt.record_id),
    }
    _insert_once(connection, insert(products).values(values), f"The product {code} is registered already.")
    return product, receipt


def register_lot(
    connection: Connection,
    product: str,
    lot: Lot,
    details: Details,
    notary: Notary,
    now: datetime,
    *,
    geometry: Details | None = None,
) -> tuple[str, Receipt]:
    """A new lot of `product`, by the product's producer. Conflict when it exists. `geometry`: GeoJSON by plot code."""
    owner = producer_of(connection, product)
    lot_id = f"{product}/10/{quote(lot, safe='')}"
    role = role_of(connection, owner)
    statement = say_lot(lot_id, product, owner, {**clean(details), "lot": str(lot)}, role=role, geometry=geometry)
    receipt = _said(connection, statement, notary, now)
    values = {"id": lot_id, "product": product, "lot": str(lot), "record_id": record_uuid(receipt.record_id)}
    _insert_once(connection, insert(lots).values(values), f"The lot {lot} of this product is registered already.")
    return lot_id, receipt


def require_no_household_named(connection: Connection, organisation: str, told: Details) -> None:
    """A household's name can be erased, a product's record cannot: InvalidEvent for what names it. Only households'
    names are held as personal values; one that was erased is known to nobody any more.
    """
    said = name_key(json.dumps(told, ensure_ascii=False, default=str))
    for name in personal_names_of(connection, organisation):
        if name_key(name) in said:
            raise InvalidEvent(f"{name} is a household, whose name must remain erasable: say it without the name.")


def personal_names_of(connection: Connection, organisation: str) -> list[str]:
    """The names of an organisation that are held as personal values."""
    query = (
        select(personal.c.value)
        .join(log_entries, log_entries.c.record_id == personal.c.record_id)
        .join(record_subjects, record_subjects.c.leaf_index == log_entries.c.leaf_index)
        .where(record_subjects.c.subject == organisation, personal.c.field == "name")
    )
    found = map(json.loads, connection.execute(query).scalars())
    return [name for name in found if isinstance(name, str) and name.strip()]


def legal_form_of(connection: Connection, organisation: str) -> str | None:
    """The legal form in an organisation's own first record."""
    query = (
        select(records.c.body)
        .join(log_entries, log_entries.c.record_id == records.c.record_id)
        .join(record_subjects, record_subjects.c.leaf_index == log_entries.c.leaf_index)
        .where(record_subjects.c.subject == organisation)
        .order_by(record_subjects.c.leaf_index)
        .limit(1)
    )
    found: str | None = details_of(parse_document(connection.execute(query).scalar_one())).get("legal_form")
    return found


def role_of(connection: Connection, organisation: str) -> str:
    """The role an organisation is registered in; NotFound."""
    rows = driver.run(connection, "SELECT role FROM organisations WHERE id = ?", (organisation,))
    if not rows:
        raise NotFound(f"There is no organisation {organisation[:120]}: give its id.")
    return str(rows[0][0])


def producer_of(connection: Connection, product: str) -> str:
    """The organisation that a product belongs to; NotFound."""
    rows = driver.run(connection, "SELECT organisation FROM products WHERE id = ?", (product,))
    if not rows:
        raise NotFound(f"There is no product {product[:120]}.")
    return str(rows[0][0])


def require_own_product(connection: Connection, product: str, organisation: str) -> str:
    """`product`, if it is the organisation's own; Forbidden, NotFound."""
    if producer_of(connection, product) != organisation:
        raise Forbidden("This product is another's: only its producer changes what is said of it.")
    return product


def lot_called(connection: Connection, text: str) -> str:
    """The id of the lot with that number, or of that id; NotFound, Conflict when several products have such a lot.

    A number that nobody has as it was typed is looked for in capitals, as packs print it.
    """
    found = connection.execute(select(lots.c.id).where((lots.c.lot == text) | (lots.c.id == text))).scalars().all()
    found = found or connection.execute(select(lots.c.id).where(lots.c.lot == text.upper())).scalars().all()
    if not found:
        raise NotFound(f"There is no lot {text[:60]!r}: give its number, or its id.")
    if len(found) > 1:
        raise Conflict(f"Several products have a lot {text!r}; say which: {', '.join(sorted(found))}.")
    return str(found[0])


def owner_of_lot(connection: Connection, lot: str) -> tuple[str, str]:
    """(product id, organisation id) of a lot; NotFound."""
    rows = driver.run(connection, _OWNER_OF_LOT, (lot,))
    if not rows:
        raise NotFound(f"There is no lot {lot[:120]}.")
    product, organisation = rows[0]
    return product, organisation


_OWNER_OF_LOT = "SELECT l.product, p.organisation FROM lots l JOIN products p ON p.id = l.product WHERE l.id = ?"


def _said(connection: Connection, statement: Statement, notary: Notary, now: datetime) -> Receipt:
    return record(connection, [statement], notary, now)[0]


def _insert_once(connection: Connection, statement: Any, taken: str) -> None:
    try:
        connection.execute(statement)
    except IntegrityError as cause:
        raise Conflict(taken) from cause


def clean(value: Any) -> Any:
    """Text in NFC, at any depth: two spellings of one name would be two names.

    Empty lists are left out: JSON-LD drops them, and a record must say in its graph all that it says in its JSON.
    """
    if isinstance(value, str):
        return nfc(value, multiline=True)
    if isinstance(value, Mapping):
        return {name: clean(item) for name, item in value.items() if item not in ([], ())}
    return [clean(item) for item in value] if isinstance(value, list | tuple) else value


def count_organisations(connection: Connection) -> int:
    """How many organisations are registered."""
    return connection.execute(select(func.count()).select_from(organisations)).scalar() or 0
