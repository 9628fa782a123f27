"""Verdicts that this process gave lately: the same records, under the same keys and rules, say the same for a time.

The database is read each time, and what it gives is compared byte for byte with what it gave before (kept_records);
what it holds now, as it holds it, was judged before, or is judged.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from traceapp.core.evidence import Evidence, StoredRecord
from traceapp.core.facts import Facts, RuleBook
from traceapp.core.keys import Keyring
from traceapp.core.verdict import Verdict
from traceapp.db.notes import hold_until
from traceapp.services.records.verdicts import judged, verified
from traceapp.services.world import World

T = TypeVar("T")

MOST = 256
Asked = tuple[tuple[object, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of `records` at `since`; they, keys and rules are the objects that it was judged with."""

    records: tuple[StoredRecord, ...]
    facts: Facts
    verdict: Verdict
    since: datetime
    keyring: Keyring
    rulebook: RuleBook

    def holds(self, evidence: Evidence, keyring: Keyring, now: datetime) -> bool:
        changes_at = self.verdict.changes_at
        same = self.keyring is keyring and self.rulebook is evidence.rulebook
        return same and self.since <= now and (changes_at is None or now < changes_at)


class KeptVerdicts:
    """The least recently asked for are forgotten first."""

    def __init__(self) -> None:
        self._judged: OrderedDict[Asked, _Judged] = OrderedDict()
        self._stated: OrderedDict[Asked, tuple[tuple[StoredRecord, ...], Keyring, Facts]] = OrderedDict()
        self._told: dict[tuple[int, str], tuple[Facts, Any]] = {}
        self._lock = Lock()

    def assess(self, evidence: Evidence, keyring: Keyring, now: datetime) -> tuple[Facts, Verdict]:
        """What `assess` says of evidence without a scanned code."""
        key = _asked(evidence)
        known = self._judged.get(key)
        if known is None or not known.holds(evidence, keyring, now):
            facts = self.facts(evidence, keyring)
            known = _Judged(evidence.records, facts, judged(facts, now), now, keyring, evidence.rulebook)
        with self._lock:
            self._judged[key] = known
            self._judged.move_to_end(key)
            while len(self._judged) > MOST:
                self._judged.popitem(last=False)
        hold_until(known.verdict.changes_at)
        return known.facts, known.verdict

    def facts(self, evidence: Evidence, keyring: Keyring) -> Facts:
        """What evidence without a scanned code states, whatever is planned."""
        key = _asked(replace(evidence, planned_labels=0))
        known = self._stated.get(key)
        if known is None or known[1] is not keyring or known[2].rulebook is not evidence.rulebook:
            known = (evidence.records, keyring, verified(replace(evidence, planned_labels=0), keyring))
        with self._lock:
            self._stated[key] = known
            self._stated.move_to_end(key)
            while len(self._stated) > MOST:
                self._stated.popitem(last=False)
        facts = known[2]
        return replace(facts, planned_labels=evidence.planned_labels) if evidence.planned_labels else facts

    def once(self, facts: Facts, what: str, tell: Callable[[], T]) -> T:
        """What `tell` tells of these very facts, told once; `what` names it. It rests on nothing but them."""
        known = self._told.get((id(facts), what))
        if known is None or known[0] is not facts:
            if len(self._told) >= MOST:
                self._told.clear()
            known = self._told[id(facts), what] = (facts, tell())
        found: T = known[1]
        return found


def kept_verdicts(world: World) -> KeptVerdicts:
    """Those of a world."""
    found: KeptVerdicts = world.__dict__.setdefault("_kept_verdicts", KeptVerdicts())
    return found


def _asked(evidence: Evidence) -> Asked:
    """All that is judged. Records are told apart as objects: kept_records gives the same one for the same bytes."""
    asked = (evidence.identity, evidence.product_id, evidence.lot_id, evidence.planned_labels)
    return (*asked, evidence.code, evidence.scans, evidence.witnesses_configured), tuple(map(id, evidence.records))
