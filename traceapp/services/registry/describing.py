"""An organisation and its facilities described anew: another phone, another commune, a name that was misspelt.

The record is said anew, whole; the latest word counts and the earlier one stays in the log. Personal values that stay
as they were keep their salts, so that everybody sees that they did. Whoever changes what an authority confirmed is
confirmed no more until it has looked again: core/identities.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, update

from traceapp.core.canonical import JsonObject
from traceapp.core.errors import InvalidEvent, RuleBroken
from traceapp.core.evidence import StoredRecord
from traceapp.core.facts import FacilityFact, OrganisationFact, RecordState
from traceapp.core.keys import Keyring
from traceapp.core.register_readings import IDENTITY, identity_of
from traceapp.core.registers import coarse, is_household, say_facility, say_organisation
from traceapp.core.statements import PersonalValue, Statement, details_of, record_uuid
from traceapp.db.parts import shared
from traceapp.db.tables import facilities, organisations
from traceapp.services.accounts.own import own_facility
from traceapp.services.log.entries import Receipt
from traceapp.services.operating import audit
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.signing import Notary, parse_document, read_document, record
from traceapp.services.records.verified import stored_about
from traceapp.services.registry.registers import clean, legal_form_of, role_of

ORGANISATION = "name", "province_code", "ward", "address_old", "phone", "public_contact_ok", "tax_code", "members"
"""What an organisation says anew of itself. Another legal form is another organisation."""
FACILITY = ("name", "province_code", "ward", "address_old", "area_ha", "crop", "latitude", "longitude")
"""What is said anew of a facility. Its GLN is its address, its code stands in the diary: they stay."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a thing's newest record says, which verifies: personal values that are held are among `details`."""

    details: JsonObject
    personal: Mapping[str, PersonalValue]
    record_id: str

    @property
    def position(self) -> tuple[float, float] | None:
        """A facility's exact position."""
        held = self.personal.get("position")
        return (float(held.value[0]), float(held.value[1])) if held and isinstance(held.value, list) else None

    def kept(self, statement: Statement) -> Statement:
        """`statement` with the salts of what stays as it was."""
        same = {one.field: one.salt for one in self.personal.values() if statement.personal.get(one.field) == one.value}
        return replace(statement, salts=same)


@shared
def organisation_described(connection: Connection, organisation: str, host: str, keyring: Keyring) -> Described:
    """How an organisation describes itself now. RuleBroken where its newest description does not verify."""
    return _described(connection, organisation, OrganisationFact, host, keyring)


@shared
def facility_described(connection: Connection, facility: str, host: str, keyring: Keyring) -> Described:
    """The same for a facility."""
    return _described(connection, facility, FacilityFact, host, keyring)


def is_another(present: Described, changes: Mapping[str, Any]) -> bool:
    """Whether `changes` say anything else of who an organisation is than its present description."""
    return any(name in changes and (changes[name] or None) != present.details.get(name) for name in IDENTITY)


def describe_organisation(
    connection: Connection,
    organisation: str,
    changes: Mapping[str, Any],
    notary: Notary,
    keyring: Keyring,
    now: datetime,
) -> Receipt | None:
    """An organisation describes itself anew, with `changes` (names of ORGANISATION; None takes one away).

    None where nothing is changed: then nothing is recorded. InvalidEvent for what may not be changed or published,
    RuleBroken where the present description does not verify: what was tampered with is never signed again.
    """
    present = organisation_described(connection, organisation, notary.host, keyring)
    told = _changed(present, changes, ORGANISATION)
    if told == present.details:
        return None
    role = role_of(connection, organisation)
    statement = say_organisation(organisation, {**told, "role": role}, declared_by=organisation, role=role)
    receipt = _said(connection, organisations, organisation, present.kept(statement), notary, now)
    if identity_of(_document(connection, receipt.record_id)) != identity_of(_document(connection, present.record_id)):
        confirmed = (organisations.c.id == organisation) & (organisations.c.identity_state == "confirmed")
        connection.execute(update(organisations).where(confirmed).values(identity_state="unconfirmed"))
    return receipt


def describe_facility(
    connection: Connection,
    facility: str,
    by: str,
    changes: Mapping[str, Any],
    notary: Notary,
    keyring: Keyring,
    now: datetime,
    *,
    position: tuple[float, float] | None,
) -> Receipt | None:
    """The same for a facility of `by` (NotFound for anybody else's), with its exact position or none."""
    own_facility(connection, by, facility)
    present = facility_described(connection, facility, notary.host, keyring)
    told = _changed(present, {**changes, **coarse(changes)}, FACILITY)
    if told == present.details and position == present.position:
        return None
    # A place of somebody on a list is called after that household as well.
    household = is_household(legal_form_of(connection, by)) or "name" in present.personal
    statement = say_facility(facility, by, told, role=role_of(connection, by), position=position, household=household)
    return _said(connection, facilities, facility, present.kept(statement), notary, now)


def _described(
    connection: Connection, thing: str, kind: type[OrganisationFact] | type[FacilityFact], host: str, keyring: Keyring
) -> Described:
    record_type = "OrganisationRecord" if kind is OrganisationFact else "FacilityRecord"
    newest: StoredRecord | None = None
    for stored in stored_about(connection, host, [thing], [record_type]):
        check, fact = read_kept(stored, keyring)
        if check.state is not RecordState.GOOD:
            raise RuleBroken(f"The records of {thing[:120]} do not verify: run traceapp log check before changing it.")
        if isinstance(fact, kind) and fact.id == thing:
            newest = stored
    if newest is None or newest.body is None:
        raise RuleBroken(f"No record describes {thing[:120]}: run traceapp log check before changing it.")
    private = {one.field: one for one in newest.personal}
    values = {name: one.value for name, one in private.items() if name != "position"}
    told = {**details_of(parse_document(newest.body)), **values}
    details = {name: value for name, value in told.items() if name not in _NAMES}
    return Described(details, private, newest.record_id)


_NAMES = frozenset({"id", "type", "organisation"})
"""What a description says of which thing it is of, and whose that is."""


def _changed(present: Described, changes: Mapping[str, Any], changeable: tuple[str, ...]) -> JsonObject:
    odd = sorted(str(name)[:40] for name in changes if name not in changeable)
    if odd:
        raise InvalidEvent(f"One may change {', '.join(changeable)}; got {', '.join(odd)}.")
    told = {**present.details, **clean(changes)}
    return {name: value for name, value in told.items() if value not in (None, "", [], {})}


def _said(
    connection: Connection, table: Table, thing: str, statement: Statement, notary: Notary, now: datetime
) -> Receipt:
    receipt = record(connection, [statement], notary, now)[0]
    uuid = record_uuid(receipt.record_id)
    connection.execute(update(table).where(table.c.id == thing).values(record_id=uuid))
    audit.note(connection, "described-anew", thing, statement.declared_by, now, record=receipt.record_id)
    return receipt


def _document(connection: Connection, record_id: str) -> JsonObject:
    return read_document(connection, record_uuid(record_id))
