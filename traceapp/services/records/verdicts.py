"""Gathering what the store has on a product, lot or item, and assessing it.

`gather` makes the only reads. It follows references out of the records themselves, never out of table columns: what a
column says cannot add to or take from a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from traceapp.core.digital_link import Identity
from traceapp.core.evidence import Evidence, StoredRecord, establish
from traceapp.core.facts import Facts, RecordState, RuleBook
from traceapp.core.keys import Keyring
from traceapp.core.statements import PersonalValue, plot_subject, record_url
from traceapp.core.verdict import Verdict, judge_all
from traceapp.db import driver
from traceapp.db.tables import log_entries, personal, record_subjects, records
from traceapp.services.records.kept_readings import read_kept

MOST_LOTS = 5000
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence, and every subject it was looked up by: it changes when one of these gets a new record."""

    evidence: Evidence
    subjects: frozenset[str]


Version = tuple[object, ...]
"""Newest leaf index about the subjects, newest audit line, newest trust file: equal means nothing changed."""


def product_id(host: str, identity: Identity) -> str:
    """The id of the identity's product at this service."""
    return f"https://{host}{identity.product_only().path}"


def lot_id(host: str, identity: Identity) -> str | None:
    """The id of the identity's lot at this service. A variant is printed, but is no other lot."""
    if identity.lot is None:
        return None
    return f"https://{host}{Identity(identity.product, None, identity.lot).path}"


def gather(
    connection: Connection, host: str, identity: Identity, rulebook: RuleBook, *, planned_labels: int = 0
) -> Gathered:
    """Read all records that bear on `identity`: its own, its producer's, its certificates', source lots, sprays."""
    reader = _Reader(connection, host, lot_id(host, identity))
    product, lot = product_id(host, identity), lot_id(host, identity)
    reader.read({product, *([lot] if lot else [])})
    while wanted := reader.wanted():
        reader.read(wanted)
    evidence = Evidence(
        identity=identity,
        product_id=product,
        lot_id=lot,
        records=reader.records(),
        rulebook=rulebook,
        planned_labels=planned_labels,
    )
    return Gathered(evidence, frozenset(reader.subjects))


def assess(evidence: Evidence, keyring: Keyring, now: datetime) -> tuple[Facts, Verdict]:
    """Verify, then judge: pure. The facts are what the verdict rests on.

    A record of a version we do not know is nobody's fault in a bundle; in our own store nobody but a forger wrote it.
    """
    facts = establish(evidence, keyring, read_kept)
    checks = tuple(
        replace(check, state=RecordState.TAMPERED) if check.state is RecordState.CANNOT_BE_CHECKED else check
        for check in facts.checks
    )
    facts = replace(facts, checks=checks)
    return facts, judge_all(facts, now)


def version(connection: Connection, subjects: Iterable[str]) -> Version:
    """The state that a page made from these subjects rests on."""
    return (*driver.run_for(connection, _NEWEST, set(subjects)), *driver.run(connection, _NEWEST_BESIDE))


_NEWEST = "SELECT max(leaf_index) FROM record_subjects WHERE subject IN ({})"
_NEWEST_BESIDE = "SELECT (SELECT max(seq) FROM audit), (SELECT max(version) FROM trust_lists)"


@dataclass(slots=True)
class _Line:
    """One record on its way in: its place in the log, its bytes, and what it refers to."""

    leaf_index: int
    entry: bytes
    body: bytes | None
    document: Mapping[str, Any]


class _Reader:
    """Reads records by subject, wave after wave, until nothing new is referred to."""

    def __init__(self, connection: Connection, host: str, lot: str | None) -> None:
        self._connection = connection
        self._host = host
        self._lot = lot
        self._sources: set[str] = {lot} if lot else set()
        self._lines: dict[str, _Line] = {}
        self.subjects: set[str] = set()

    def read(self, subjects: set[str]) -> None:
        """Read all records about `subjects`."""
        self.subjects |= subjects
        for chunk in _chunks(sorted(subjects)):
            for row in self._connection.execute(_ABOUT.where(record_subjects.c.subject.in_(chunk))):
                # A line that is gone from the log leaves its number here: a hole that must show.
                name = str(row.record_id or f"entry-{row.leaf_index}")
                if name not in self._lines:
                    index = row.leaf_index if isinstance(row.leaf_index, int) else -1
                    self._lines[name] = _Line(index, row.entry or b"", row.body, _loose(row.body))

    def wanted(self) -> set[str]:
        """What the records read so far refer to and has not been looked up.

        Lots are followed upstream only: an event of a lot that takes goods from here says what is left here, but what
        else that lot takes is no concern of this page, and following it would lead through the whole graph.
        """
        found: set[str] = set()
        for line in self._lines.values():
            about = _id_of(_subject(line.document).get("traceapp:lot"))
            if about is None or about in self._sources:
                sources = set(_source_lots(line.document)) if len(self._sources) < MOST_LOTS else set()
                self._sources |= sources
                found |= sources
                found.update(_references(line.document, own=about in (None, self._lot)))
        return found - self.subjects

    def records(self) -> tuple[StoredRecord, ...]:
        """Everything read, with personal values."""
        values = self._personal()
        return tuple(
            StoredRecord(
                record_id=record_url(self._host, record_id),
                leaf_index=line.leaf_index,
                entry=line.entry,
                body=line.body,
                personal=tuple(values.get(record_id, ())),
            )
            for record_id, line in self._lines.items()
        )

    def _personal(self) -> dict[str, list[PersonalValue]]:
        values: dict[str, list[PersonalValue]] = {}
        having = [one for one, line in self._lines.items() if "traceapp:personal" in line.document]
        for chunk in _chunks(sorted(having)):
            for row in self._connection.execute(select(personal).where(personal.c.record_id.in_(chunk))):
                value = PersonalValue(str(row.field), _loose_value(row.value), row.salt)
                values.setdefault(row.record_id, []).append(value)
        return values


_ABOUT = (
    select(record_subjects.c.leaf_index, log_entries.c.record_id, log_entries.c.entry, records.c.body)
    .select_from(record_subjects)
    .join(log_entries, log_entries.c.leaf_index == record_subjects.c.leaf_index, isouter=True)
    .join(records, records.c.record_id == log_entries.c.record_id, isouter=True)
)


def _loose(body: bytes | None) -> Mapping[str, Any]:
    """A record's JSON, only to see what it refers to; verification happens later, on the bytes."""
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _loose_value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _references(document: Mapping[str, Any], *, own: bool) -> Iterator[str]:
    """Ids that a page needs to follow from a record: who speaks, harvested plots; of the lot itself also places."""
    subject = _subject(document)
    declared, assisted = (_id_of(document.get(f"traceapp:{who}")) for who in ("declaredBy", "assistedBy"))
    named = (_id_of(subject.get(f"traceapp:{what}")) for what in ("issuer", "organisation"))
    # Who sent goods and who received them is their own business: a page needs neither name.
    hidden = document.get("traceapp:disclosure") == "restricted"
    yield from _known([None if hidden else declared, assisted, *named])
    if own:
        yield from _known([_id_of(subject.get("bizLocation"))])
    kde = subject.get("traceapp:kde")
    if subject.get("traceapp:stage") == "HARVEST" and isinstance(kde, dict):
        many = kde.get("traceapp:plots")
        plots = [kde.get("traceapp:plot"), *(many if isinstance(many, list) else ())]
        yield from (plot_subject(str(declared), plot) for plot in plots if isinstance(plot, str))


def _source_lots(document: Mapping[str, Any]) -> Iterator[str]:
    """Lots that an event took goods from."""
    inputs = _subject(document).get("traceapp:inputs")
    lines = inputs if isinstance(inputs, list) else []
    yield from _known(_id_of(line.get("traceapp:fromLot")) for line in lines if isinstance(line, dict))


def _subject(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = document.get("credentialSubject")
    return found if isinstance(found, dict) else {}


def _id_of(value: Any) -> str | None:
    return value["id"] if isinstance(value, dict) and isinstance(value.get("id"), str) else None


def _known(ids: Iterable[str | None]) -> Iterator[str]:
    return (one for one in ids if one is not None)


def _chunks(values: list[str]) -> Iterator[list[str]]:
    return (values[at : at + CHUNK] for at in range(0, len(values), CHUNK))
