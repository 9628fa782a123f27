"""Gathering what the store has on a product, lot or item, and assessing it.

`gather` makes the only reads. It follows references out of the records themselves, never out of table columns: what a
column says cannot add to or take from a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from traceapp.core.digital_link import Identity
from traceapp.core.evidence import Evidence, establish
from traceapp.core.facts import Facts, RecordState, RuleBook
from traceapp.core.keys import Keyring
from traceapp.core.statements import plot_subject
from traceapp.core.verdict import Verdict, judge_all
from traceapp.db import driver
from traceapp.db.notes import hold_until
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.kept_records import Line
from traceapp.services.records.shelf import WALKS, Named, Shelf, Walk, shelf_of

MOST_LOTS = 5000
MOST_READ = 4096
"""Records of which it is kept what they refer to."""


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
    connection: Connection,
    host: str,
    identity: Identity,
    rulebook: RuleBook,
    *,
    planned_labels: int = 0,
    sprays: bool = True,
) -> Gathered:
    """Read all records that bear on `identity`: its own, its producer's, its certificates', source lots, sprays.

    Without `sprays`, those are left out that were filed under other lots: who asks what is in a lot needs none.
    """
    product, lot, shelf = product_id(host, identity), lot_id(host, identity), shelf_of(connection, host)
    walk = WALKS.find((product, lot, sprays))
    if walk is None or not walk.leads_there_again(shelf):
        walk = _walk(shelf, product, lot, sprays=sprays)
        WALKS.keep((product, lot, sprays), walk)
    evidence = Evidence(
        identity=identity,
        product_id=product,
        lot_id=lot,
        records=walk.records,
        rulebook=rulebook,
        planned_labels=planned_labels,
    )
    return Gathered(evidence, frozenset(walk.about))


def _walk(shelf: Shelf, product: str, lot: str | None, *, sprays: bool) -> Walk:
    reader = _Reader(shelf, lot, sprays=sprays)
    reader.read({product, *([lot] if lot else [])})
    while wanted := reader.wanted():
        reader.read(wanted)
    return reader.walk()


def assess(evidence: Evidence, keyring: Keyring, now: datetime) -> tuple[Facts, Verdict]:
    """Verify, then judge. The facts are what the verdict rests on."""
    facts = verified(evidence, keyring)
    return facts, judged(facts, now)


def verified(evidence: Evidence, keyring: Keyring) -> Facts:
    """The facts that evidence states.

    A record of a version we do not know is nobody's fault in a bundle; in our own store nobody but a forger wrote it.
    """
    facts = establish(evidence, keyring, read_kept)
    checks = tuple(
        replace(check, state=RecordState.TAMPERED) if check.state is RecordState.CANNOT_BE_CHECKED else check
        for check in facts.checks
    )
    return replace(facts, checks=checks)


def judged(facts: Facts, now: datetime) -> Verdict:
    """The verdict on them now."""
    verdict = judge_all(facts, now)
    hold_until(verdict.changes_at)
    return verdict


def version(connection: Connection, subjects: Iterable[str]) -> Version:
    """The state that a page made from these subjects rests on. One statement up to CHUNK of them (db/driver.py)."""
    return tuple(driver.run_for(connection, _NEWEST, set(subjects) or {""}))


_NEWEST = (
    "SELECT max(leaf_index), (SELECT max(seq) FROM audit), (SELECT max(version) FROM trust_lists) "
    "FROM record_subjects WHERE subject IN ({})"
)


@dataclass(frozen=True, slots=True)
class _References:
    """What a record refers to, unverified: it says where to look, and nothing else.

    `about` is the lot it is of, `lots` those whose goods it took; `always` what a page needs of any record, `plots` the
    plots it harvested, `own` what a page needs of a record about its own lot or about none.
    """

    about: str | None
    lots: frozenset[str]
    always: frozenset[str]
    plots: frozenset[str]
    own: frozenset[str]
    has_personal: bool


class _Reader:
    """Reads records by subject, wave after wave, until nothing new is referred to."""

    def __init__(self, shelf: Shelf, lot: str | None, *, sprays: bool) -> None:
        self._shelf = shelf
        self._lot = lot
        self._sprays = sprays
        self._sources: set[str] = {lot} if lot else set()
        self._lines: dict[str, Line] = {}
        self._about: dict[str, tuple[Named, ...]] = {}

    def read(self, subjects: set[str]) -> None:
        """Read all records about `subjects`."""
        found = self._shelf.about(subjects)
        for subject in sorted(subjects):
            self._about[subject] = found[subject]
            for name, line in found[subject]:
                self._lines.setdefault(name, line)

    def wanted(self) -> set[str]:
        """What the records read so far refer to and has not been looked up.

        Lots are followed upstream only: an event of a lot that takes goods from here says what is left here, but what
        else that lot takes is no concern of this page, and following it would lead through the whole graph.
        """
        found: set[str] = set()
        for refers in [_refers(line.body or b"{}") for line in self._lines.values()]:
            if refers.about is None or refers.about in self._sources:
                if len(self._sources) < MOST_LOTS:
                    self._sources |= refers.lots
                    found |= refers.lots
                found |= refers.always
                if self._sprays:
                    found |= refers.plots
                if refers.about in (None, self._lot):
                    found |= refers.own
        return found - self._about.keys()

    def walk(self) -> Walk:
        """What lay along the way: everything read, with personal values."""
        having = [name for name, line in self._lines.items() if _refers(line.body or b"{}").has_personal]
        values = self._shelf.personal(having)
        records = tuple([line.with_personal(values.get(name, ())) for name, line in self._lines.items()])
        return Walk(self._about, {name: values[name] for name in having}, records)


@lru_cache(maxsize=MOST_READ)
def _refers(body: bytes) -> _References:
    document = _loose(body)
    return _References(
        about=_id_of(_subject(document).get("traceapp:lot")),
        lots=frozenset(_source_lots(document)),
        always=frozenset(_references(document)),
        plots=frozenset(_harvested(document)),
        own=frozenset(_known([_id_of(_subject(document).get("bizLocation"))])),
        has_personal="traceapp:personal" in document,
    )


def _loose(body: bytes) -> Mapping[str, Any]:
    """A record's JSON, only to see what it refers to; verification happens later, on the bytes."""
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _references(document: Mapping[str, Any]) -> Iterator[str]:
    """Ids that a page needs to follow from any record: who speaks, and of whom."""
    subject = _subject(document)
    declared, assisted = (_id_of(document.get(f"traceapp:{who}")) for who in ("declaredBy", "assistedBy"))
    named = (_id_of(subject.get(f"traceapp:{what}")) for what in ("issuer", "organisation"))
    # Who sent goods and who received them is their own business: a page needs neither name.
    hidden = document.get("traceapp:disclosure") == "restricted"
    yield from _known([None if hidden else declared, assisted, *named])


def _harvested(document: Mapping[str, Any]) -> Iterator[str]:
    """The plots that a record says were harvested."""
    subject, declared = _subject(document), _id_of(document.get("traceapp:declaredBy"))
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
