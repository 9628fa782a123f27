"""What this worker has verified lately: facts of products and lots, and the pages made from them.

Nothing is believed longer than it may be. On every request the store is asked whether anything was committed and, if
so or if it cannot tell, whether a record about any of the subjects was added; no page outlives the instant at which
time alone changes it; and after a few seconds the records are read and verified again, so that tampering shows even
where nothing was added.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from markupsafe import Markup

from traceapp.core.digital_link import Identity
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.keys import Keyring
from traceapp.core.verdict import Verdict
from traceapp.i18n import told_of
from traceapp.services.log.witnessed import with_witnesses
from traceapp.services.records.verdicts import Version, assess, gather, version
from traceapp.services.world import World
from traceapp.web.public.slots import Slotted

MOST = 2000
TRUSTED_FOR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answered questions as markup, read at `since`, when the store's stamp was `stamp`."""

    stamp: tuple[int, int] | None
    since: datetime
    markup: Markup


@dataclass(slots=True, weakref_slot=True)
class Known:
    """One product or lot as verified at `since`; `pages` are made once and filled in per scan, with `lines`.

    `exposed` are the serial keys that leaked.
    """

    facts: Facts
    verdict: Verdict
    keyring: Keyring
    subjects: frozenset[str]
    version: Version
    since: datetime
    stamp: tuple[int, int] | None
    exposed: frozenset[str]
    pages: dict[tuple[str, ...], Slotted] = field(default_factory=dict)
    lines: dict[tuple[object, ...], Markup] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)

    def holds(self, now: datetime) -> bool:
        """Whether it may still be believed without reading the records again."""
        changes_at = self.verdict.changes_at
        return self.since <= now < self.since + TRUSTED_FOR and (changes_at is None or now < changes_at)

    def is_current(self, world: World, now: datetime) -> bool:
        """Whether it holds, and nothing at all was committed since, or at least nothing about its subjects."""
        if not self.holds(now):
            return False
        # Before anything is read: what is committed from here on must show on the next request.
        stamp = world.watch.stamp()
        if self.stamp == stamp is not None:
            return True
        with world.read(alone=True) as connection:
            if version(connection, self.subjects) != self.version:
                return False
        self.stamp = stamp
        return True

    def page(self, key: tuple[str, ...], make: Callable[[], str]) -> Slotted:
        """A page made once for these facts."""
        page = self.pages.get(key)
        if page is None:
            page = self.pages[key] = Slotted(make())
        return page

    def line(self, finding: Finding, lang: str, make: Callable[[Finding], Markup]) -> Markup:
        """A scan line made once for these facts and what was found of a scan."""
        key = (lang, *told_of(finding, lang))
        made = self.lines.get(key)
        if made is None:
            if len(self.lines) >= MOST:
                self.lines.clear()
            made = self.lines[key] = make(finding)
        return made


class KnownThings:
    """The least recently used are forgotten first."""

    def __init__(self) -> None:
        self._things: OrderedDict[Identity, Known] = OrderedDict()
        self._lock = Lock()

    def get(self, world: World, identity: Identity, now: datetime) -> Known:
        """The product or lot of `identity`, verified now or a moment ago."""
        key = identity.without_serial()
        known = self._things.get(key)
        if known and known.is_current(world, now):
            return known
        stamp = world.watch.stamp()
        with world.read() as connection:
            gathered = gather(connection, world.host, key, world.rulebook)
            current = version(connection, gathered.subjects)
            trust = world.trust(connection)
            evidence, keyring = with_witnesses(connection, gathered.evidence, trust), world.keyring(connection)
        facts, verdict = assess(evidence, keyring, now)
        fresh = Known(
            facts, verdict, keyring, gathered.subjects, current, now, stamp, world.exposed_serial_keys(keyring)
        )
        if known and (known.facts, known.verdict) == (facts, verdict):
            fresh.pages, fresh.lines, fresh.answers = known.pages, known.lines, known.answers
        self._keep(key, fresh)
        return fresh

    def known(self, identity: Identity) -> Known | None:
        """What was verified last of `identity`, whether it holds or not."""
        return self._things.get(identity.without_serial())

    def _keep(self, key: Identity, known: Known) -> None:
        with self._lock:
            self._things[key] = known
            self._things.move_to_end(key)
            while len(self._things) > MOST:
                self._things.popitem(last=False)


def known_things(world: World) -> KnownThings:
    """What this worker knows of a world."""
    found: KnownThings = world.__dict__.setdefault("_known_things", KnownThings())
    return found
