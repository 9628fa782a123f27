"""Where inspectors look at work: facilities, found by their code or by what is made there, and what was seen there."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from traceapp.core.digital_link import parse_path, parse_url
from traceapp.core.errors import InvalidIdentifier, NotFound
from traceapp.core.facts import FacilityFact, InspectionFact
from traceapp.core.identifiers import Gln, shown
from traceapp.core.keys import Keyring
from traceapp.core.statements import record_uuid
from traceapp.db.tables import facilities, products
from traceapp.services.records.verdicts import lot_id
from traceapp.services.records.verified import facts_about, names_of
from traceapp.services.registry.registers import owner_of_lot

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """One inspection of a facility: its record's UUID, and by whom, where that name can be read."""

    record_id: str
    day: date
    result: str
    by: str | None


def facility_called(connection: Connection, host: str, text: str, hosts: Collection[str]) -> str | None:
    """The id of the facility that somebody typed: its id, its address, or the 13 digits of its GLN. None: no such form.

    NotFound for one that nobody registered.
    """
    wanted = text.strip()
    compact = re.sub(r"[\s.-]", "", wanted)
    if wanted.startswith(f"https://{host}/id/"):
        found = wanted
    elif re.fullmatch(r"[0-9]{13}", compact):
        found = f"https://{host}/414/{Gln(compact)}"
    else:
        path = _place_path(wanted, hosts)
        if path is None:
            return None
        found = f"https://{host}{path}"
    if connection.execute(select(facilities.c.id).where(facilities.c.id == found)).scalar() is None:
        raise NotFound(f"There is no facility {shown(found)}.")
    return found


def _place_path(text: str, hosts: Collection[str]) -> str | None:
    try:
        if text.startswith("/"):
            link = parse_path(text.partition("?")[0])
        else:
            host, link, _ = parse_url(text)
            if host not in hosts:
                return None
    except InvalidIdentifier:
        return None
    return f"/414/{link.value}" if link.key == "414" else None


def facilities_beside(connection: Connection, host: str, path: str, keyring: Keyring) -> list[FacilityFact]:
    """The facilities of whoever made the product or lot at `path`, by name; from records that verify.

    NotFound for a path to neither.
    """
    identity = parse_path(path).identity
    if identity is None:
        raise NotFound(f"{path[:120]} names no product or lot.")
    lot = lot_id(host, identity)
    if lot:
        owner: str | None = owner_of_lot(connection, lot)[1]
    else:
        product = f"https://{host}{identity.product_only().path}"
        owner = connection.execute(select(products.c.organisation).where(products.c.id == product)).scalar()
    ids = connection.execute(select(facilities.c.id).where(facilities.c.organisation == owner)).scalars().all()
    return sorted(_named(connection, host, ids, keyring).values(), key=lambda one: one.name)


def facility_named(connection: Connection, host: str, facility: str, keyring: Keyring) -> FacilityFact | None:
    """A facility as its newest record that verifies describes it."""
    return _named(connection, host, [facility], keyring).get(facility)


def visits_to(connection: Connection, host: str, facility: str, keyring: Keyring) -> list[Visit]:
    """What inspectors recorded of a facility, newest first; only what verifies."""
    said = facts_about(connection, host, [facility], ["InspectionRecord"], keyring)
    seen = [one for one in said if isinstance(one, InspectionFact) and one.facility == facility][::-1][:MOST_SHOWN]
    names = names_of(connection, host, {one.source.declared_by for one in seen}, keyring)
    return [
        Visit(record_uuid(one.source.record_id), one.day, one.result, names.get(one.source.declared_by)) for one in seen
    ]


def _named(connection: Connection, host: str, ids: Collection[str], keyring: Keyring) -> dict[str, FacilityFact]:
    said = facts_about(connection, host, ids, ["FacilityRecord"], keyring)
    return {one.id: one for one in said if isinstance(one, FacilityFact)}
