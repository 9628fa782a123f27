"""What a producer has recorded already, as far as a table that is imported may mean it: nothing here is verified."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection

from traceapp.core.canonical import JsonObject
from traceapp.core.folding import fold
from traceapp.core.statements import details_of
from traceapp.db import driver
from traceapp.services.records.signing import parse_document

_HOUSEHOLDS = (
    "SELECT h.id, h.record_id, r.body FROM households h JOIN records r ON r.record_id = h.record_id "
    "WHERE h.listed_by = ? ORDER BY h.code"
)
_HOUSEHOLDS_PERSONAL = (
    "SELECT p.record_id, p.field, p.value FROM personal p JOIN households h ON h.record_id = p.record_id "
    "WHERE h.listed_by = ?"
)
_PLACES = (
    "SELECT f.id, f.record_id, r.body FROM facilities f JOIN records r ON r.record_id = f.record_id "
    "WHERE f.organisation = ? ORDER BY f.record_id"
)
_PLACES_PERSONAL = (
    "SELECT p.record_id, p.field, p.value FROM personal p JOIN facilities f ON f.record_id = p.record_id "
    "WHERE f.organisation = ?"
)
_PRODUCTS = (
    "SELECT p.id, p.record_id, r.body FROM products p JOIN records r ON r.record_id = p.record_id "
    "WHERE p.organisation = ? ORDER BY p.record_id"
)
_LOTS = "SELECT l.lot, l.id FROM lots l JOIN products p ON p.id = l.product WHERE p.organisation = ? ORDER BY l.id"
_CERTIFICATES = (
    "SELECT c.id, e.record_id, r.body FROM certificates c "
    "JOIN record_subjects s ON s.subject = c.id JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id "
    "WHERE (c.about IN ({}) OR c.issuer IN ({})) AND c.state <> 'withdrawn' ORDER BY e.leaf_index"
)
_EVENTS = (
    "SELECT s.subject, r.record_id, r.body FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id WHERE r.type = 'TraceEvent' AND s.subject IN ({}) "
    "ORDER BY s.leaf_index"
)
_ISSUERS = "SELECT id FROM organisations WHERE role IN ('certifier', 'laboratory', 'council', 'authority')"
_DESCRIBED = (
    "SELECT s.subject, r.record_id, r.body FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id WHERE r.type = 'OrganisationRecord' AND s.subject IN ({}) "
    "ORDER BY s.leaf_index"
)
Told = Mapping[str, JsonObject]
"""What is told of each thing, by its id."""


@dataclass
class Known:
    """All that `organisation` registered, read when it is asked for."""

    connection: Connection
    organisation: str
    issuers_named: dict[str, str] = field(default_factory=dict)

    @cached_property
    def households(self) -> Told:
        """The households on its list."""
        return dict(self._told(_HOUSEHOLDS, _HOUSEHOLDS_PERSONAL))

    @cached_property
    def places(self) -> Told:
        """Its facilities and plots."""
        return dict(self._told(_PLACES, _PLACES_PERSONAL))

    @cached_property
    def products(self) -> Told:
        """Its products."""
        return dict(self._told(_PRODUCTS))

    @cached_property
    def lots(self) -> Mapping[str, str]:
        """Ids of its lots by number."""
        return dict(driver.run(self.connection, _LOTS, (self.organisation,)))

    @cached_property
    def issuers(self) -> Mapping[str, tuple[str, str]]:
        """(id, name) of everybody who issues certificates, by folded name."""
        ids = {row[0] for row in driver.run(self.connection, _ISSUERS)}
        found: dict[str, tuple[str, str]] = {}
        for subject, _, body in driver.run_for(self.connection, _DESCRIBED, ids):
            name = details_of(parse_document(body)).get("name")
            if isinstance(name, str):
                found[fold(name)] = (subject, name)
        return found

    @property
    def things(self) -> set[str]:
        """Ids of all that its certificates may be about."""
        return {self.organisation, *self.places, *self.products}

    def certificates(self) -> Iterator[JsonObject]:
        """What the first record of each certificate about its things, or issued by it, says; not of those withdrawn."""
        found: dict[str, JsonObject] = {}
        keys = sorted(self.things)
        for at in range(0, len(keys), driver.CHUNK):
            part = keys[at : at + driver.CHUNK]
            sql = _CERTIFICATES.format(", ".join("?" * len(part)), "?")
            for one, _, body in driver.run(self.connection, sql, [*part, self.organisation]):
                found.setdefault(one, details_of(parse_document(body)))
        yield from found.values()

    def events(self, lots: set[str]) -> Iterator[tuple[str, JsonObject]]:
        """(record id, document) of what was recorded of these lots."""
        for _, record_id, body in driver.run_for(self.connection, _EVENTS, lots):
            yield record_id, parse_document(body)

    def place_called(self, text: str) -> list[str]:
        """Ids of the facilities with that GLN, code or name."""
        wanted = fold(text)
        by_code = [one for one, told in self.places.items() if wanted in _codes(told)]
        return by_code or [one for one, told in self.places.items() if fold(str(told.get("name", ""))) == wanted]

    def _told(self, query: str, private: str | None = None) -> Iterator[tuple[str, JsonObject]]:
        values: dict[str, dict[str, Any]] = {}
        for record_id, name, value in driver.run(self.connection, private, (self.organisation,)) if private else ():
            values.setdefault(record_id, {})[name] = json.loads(value)
        for thing, record_id, body in driver.run(self.connection, query, (self.organisation,)):
            yield thing, {**details_of(parse_document(body)), **values.get(record_id, {})}


def _codes(told: JsonObject) -> set[str]:
    return {fold(str(told[name])) for name in ("gln", "code") if told.get(name)}


def declared_by(document: JsonObject) -> str:
    """The id of the organisation whose word a record is."""
    return str(document["traceapp:declaredBy"]["id"])


def lot_number(lot: str) -> str:
    """The number of a lot by its id."""
    return unquote(lot.rpartition("/10/")[2])
