"""An inspection as its printable report tells it: from its verified record, with the names of whoever is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from traceapp.core.errors import NotFound
from traceapp.core.facts import FacilityFact, InspectionFact, LotFact, OrganisationFact, ProductFact
from traceapp.core.keys import Keyring
from traceapp.core.statements import is_uuid
from traceapp.db import driver
from traceapp.services.records.verified import facts_about, facts_of_records

MOST_LISTED = 100
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Report:
    """One inspection; what does not verify, or was erased, is None."""

    record_id: str
    seen: InspectionFact
    inspectorate: OrganisationFact | None
    producer: OrganisationFact | None
    product: ProductFact | None
    lot: LotFact | None
    facility: FacilityFact | None


def report_of(connection: Connection, host: str, record_id: str, keyring: Keyring) -> Report:
    """The report of a record, by its UUID; NotFound unless it is an inspection that verifies."""
    found = facts_of_records(connection, host, [record_id], keyring) if is_uuid(record_id) else {}
    seen = found.get(record_id)
    if not isinstance(seen, InspectionFact):
        raise NotFound(f"There is no report {record_id[:60]}.")
    return _report(connection, host, record_id, seen, keyring)


def recent_reports(connection: Connection, host: str, organisation: str, keyring: Keyring) -> list[Report]:
    """The reports that an organisation sent or wrote last, newest first."""
    ids = [one for (one,) in driver.run(connection, _RECENT, (organisation, MOST_LISTED))]
    found = facts_of_records(connection, host, ids, keyring)
    seen = ((one, found.get(one)) for one in ids)
    return [_report(connection, host, one, fact, keyring) for one, fact in seen if isinstance(fact, InspectionFact)]


_RECENT = "SELECT record_id FROM inspection_sends WHERE organisation = ? ORDER BY at DESC LIMIT ?"


def _report(connection: Connection, host: str, record_id: str, seen: InspectionFact, keyring: Keyring) -> Report:
    about = _newest(connection, host, [seen.lot or seen.facility or ""], ["LotRecord", "FacilityRecord"], keyring)
    lot, facility = _one(about, LotFact), _one(about, FacilityFact)
    product = _one(_newest(connection, host, [lot.product] if lot else [], ["ProductRecord"], keyring), ProductFact)
    owner = product.organisation if product else facility.organisation if facility else ""
    who = _newest(connection, host, [seen.source.declared_by, owner], ["OrganisationRecord"], keyring)
    named = {one.id: one for one in who if isinstance(one, OrganisationFact)}
    return Report(record_id, seen, named.get(seen.source.declared_by), named.get(owner), product, lot, facility)


def _newest(
    connection: Connection, host: str, things: Sequence[str], types: Sequence[str], keyring: Keyring
) -> list[object]:
    """What the latest records of these types say of `things`, the latest first."""
    return facts_about(connection, host, [one for one in things if one], types, keyring)[::-1]


def _one(said: Sequence[object], kind: type[T]) -> T | None:
    return next((one for one in said if isinstance(one, kind)), None)
