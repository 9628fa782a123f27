"""A place or an organisation by its GLN, and what is made there, from verified records only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select

from traceapp.core.canonical import canonicalise
from traceapp.core.digital_link import DigitalLink, Identity, parse_path
from traceapp.core.errors import InvalidEvent, NotFound, VerificationError
from traceapp.core.evidence import StoredRecord, verify_record
from traceapp.core.facts import FacilityFact, Facts, OrganisationFact
from traceapp.core.identifiers import Gtin, TraceCode
from traceapp.core.keys import Keyring
from traceapp.core.readings import read_fact
from traceapp.core.statements import PersonalValue, record_url, source_of
from traceapp.db.tables import log_entries, lots, personal, products, record_subjects, records

Registered = TypeVar("Registered", FacilityFact, OrganisationFact)

MOST_PRODUCTS = 24
MOST_EVENTS = 2000
_REGISTERS = ("FacilityRecord", "OrganisationRecord")


@dataclass(frozen=True, slots=True)
class Place:
    """A facility (AI 414) with its owner, or an organisation (AI 417): then `facility` is None.

    The owner's name, and its address, are missing where its record cannot be read.
    """

    path: str
    gln: str
    facility: FacilityFact | None
    organisation: OrganisationFact | None

    @property
    def name(self) -> str:
        """What it is called."""
        if self.facility:
            return self.facility.name
        return (self.organisation.name if self.organisation else None) or self.gln


def find_place(connection: Connection, host: str, link: DigitalLink, keyring: Keyring) -> Place:
    """The facility or organisation that a link names; NotFound when nobody registered it here."""
    path = f"/{link.key}/{link.value}"
    thing = f"https://{host}{path}"
    facility = _latest(connection, host, thing, FacilityFact, keyring) if link.key == "414" else None
    owner = facility.organisation if facility else thing
    organisation = _latest(connection, host, owner, OrganisationFact, keyring)
    if facility is None and organisation is None:
        raise NotFound(f"Nothing is known of {path[:120]}: nobody registered it here.")
    return Place(path, link.value, facility, organisation)


def made_at(
    connection: Connection, host: str, place: Place, facts_of: Callable[[Identity], Facts]
) -> Iterator[Identity]:
    """The owner's products with a lot that passed through a facility, or all of an organisation's, newest first.

    Tables and unread records only suggest them: `facts_of` a product or lot decides.
    """
    found: set[Identity] = set()
    for identity in _suggested(connection, host, place):
        product = identity.product_only()
        if product not in found and len(found) < MOST_PRODUCTS and _belongs(facts_of(identity), place):
            found.add(product)
            yield product


def _belongs(facts: Facts, place: Place) -> bool:
    if place.facility:
        return any(fact.event.place == place.facility.id for fact in facts.events)
    return bool(facts.product and place.organisation and facts.product.organisation == place.organisation.id)


def _suggested(connection: Connection, host: str, place: Place) -> Iterator[Identity]:
    if place.facility is None:
        query = select(products.c.code).where(products.c.organisation == f"https://{host}{place.path}")
        for code in connection.execute(query.order_by(products.c.record_id.desc()).limit(MOST_PRODUCTS)).scalars():
            yield Identity(Gtin(code) if code.isdigit() else TraceCode(code))
        return
    written = json.dumps(place.facility.id).encode()
    for lot, body in connection.execute(_EVENTS, {"owner": place.facility.organisation}):
        identity = parse_path("/" + lot.partition("://")[2].partition("/")[2]).identity
        if identity and written in body:
            yield identity


_EVENTS = (
    select(lots.c.id, records.c.body)
    .select_from(products)
    .join(lots, lots.c.product == products.c.id)
    .join(record_subjects, record_subjects.c.subject == lots.c.id)
    .join(log_entries, log_entries.c.leaf_index == record_subjects.c.leaf_index)
    .join(records, records.c.record_id == log_entries.c.record_id)
    .where(products.c.organisation == bindparam("owner"), records.c.type == "TraceEvent")
    .order_by(log_entries.c.leaf_index.desc())
    .limit(MOST_EVENTS)
)


def _latest(
    connection: Connection, host: str, thing: str, kind: type[Registered], keyring: Keyring
) -> Registered | None:
    """The newest fact of that kind about a thing, by its id; None where no record that verifies states one."""
    stated = (_read(record, keyring) for record in _records(connection, host, thing))
    return next((fact for fact in stated if isinstance(fact, kind) and fact.id == thing), None)


def _read(record: StoredRecord, keyring: Keyring) -> object | None:
    try:
        document, key, values = verify_record(record, keyring)
        if key.compromised_since is None:
            return read_fact(document, source_of(document, record.leaf_index), values)
    except VerificationError:
        pass
    return None


def _records(connection: Connection, host: str, thing: str) -> Iterator[StoredRecord]:
    query = (
        select(log_entries.c.leaf_index, log_entries.c.record_id, log_entries.c.entry, records.c.body)
        .join(record_subjects, record_subjects.c.leaf_index == log_entries.c.leaf_index)
        .join(records, records.c.record_id == log_entries.c.record_id)
        .where(record_subjects.c.subject == thing, records.c.type.in_(_REGISTERS))
        .order_by(log_entries.c.leaf_index.desc())
    )
    for row in connection.execute(query):
        known = connection.execute(select(personal).where(personal.c.record_id == row.record_id))
        values = tuple(PersonalValue(one.field, _value(one.value), one.salt) for one in known)
        yield StoredRecord(record_url(host, row.record_id), row.leaf_index, row.entry, row.body, values)


def _value(text: str) -> Any:
    """A personal value; what is no JSON that could have been hashed stays text, which then fits no hash."""
    try:
        value = json.loads(text)
        canonicalise(value)
    except (ValueError, RecursionError, InvalidEvent):
        return text
    return value
