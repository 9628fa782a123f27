"""Verdicts that this process gave lately: the same records, under the same keys and rules, say the same for a time.

As with single records (kept_readings) what is kept is found by every byte that it was made from. The database is read
each time; what it holds now, as it holds it, was judged before, or is judged.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from threading import Lock

from traceapp.core.evidence import Evidence
from traceapp.core.facts import Facts, RuleBook
from traceapp.core.keys import Keyring
from traceapp.core.verdict import Verdict
from traceapp.db.notes import hold_until
from traceapp.services.records.verdicts import assess
from traceapp.services.world import World

MOST = 256


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of it at `since`; keys and rules are the objects that it was judged with."""

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
        self._judged: OrderedDict[bytes, _Judged] = OrderedDict()
        self._lock = Lock()

    def assess(self, evidence: Evidence, keyring: Keyring, now: datetime) -> tuple[Facts, Verdict]:
        """`assess`, for evidence without a scanned code."""
        key = _digest(evidence)
        known = self._judged.get(key)
        if known is None or not known.holds(evidence, keyring, now):
            known = _Judged(*assess(evidence, keyring, now), now, keyring, evidence.rulebook)
        with self._lock:
            self._judged[key] = known
            self._judged.move_to_end(key)
            while len(self._judged) > MOST:
                self._judged.popitem(last=False)
        hold_until(known.verdict.changes_at)
        return known.facts, known.verdict


def kept_verdicts(world: World) -> KeptVerdicts:
    """Those of a world."""
    found: KeptVerdicts = world.__dict__.setdefault("_kept_verdicts", KeptVerdicts())
    return found


def _digest(evidence: Evidence) -> bytes:
    """Of all that is judged: lengths stand before bytes, so that no two are written alike."""
    asked = (evidence.identity, evidence.product_id, evidence.lot_id, evidence.planned_labels)
    made = blake2b(repr((asked, evidence.code, evidence.scans, evidence.witnesses_configured)).encode())
    for one in evidence.records:
        body = b"" if one.body is None else one.body
        sizes = (one.record_id, one.leaf_index, len(one.entry), one.body is None, len(body), one.witnessed_at)
        made.update(repr((sizes, one.personal)).encode())
        made.update(one.entry)
        made.update(body)
    return made.digest()
