"""What the use cases need of the world: database, keys, clock, published state. Made once by the composition root."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, select

from traceapp.adapters.alarm import DOUBTED, Alarm
from traceapp.adapters.ip_provinces import IpProvinces, load_ip_provinces
from traceapp.adapters.key_store import KeyStore
from traceapp.adapters.mail import Mailer, make_mailer
from traceapp.adapters.published import PublishedHead
from traceapp.adapters.rulebook import load_rulebook
from traceapp.config import Settings
from traceapp.core.dates import rfc3339
from traceapp.core.errors import BadSettings, Unavailable
from traceapp.core.facts import RuleBook
from traceapp.core.keys import Keyring, PublicKey, Role
from traceapp.core.log_keys import log_origin
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.core.trust import TrustList, signs_at
from traceapp.db.engine import make_engine, reading, writing
from traceapp.db.parts import Parts
from traceapp.db.tables import service
from traceapp.db.watch import Watch
from traceapp.services.labels.runs import LabelMaker
from traceapp.services.log import heads
from traceapp.services.log.entries import Log, require_not_behind
from traceapp.services.log.heads import Published
from traceapp.services.log.witnessed import policy_of
from traceapp.services.operating import keys, keys_in_use
from traceapp.services.records.signing import Notary
from traceapp.services.scans.store import PAGE_BYTES, ScanStore

T = TypeVar("T")


def machine_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(eq=False)
class World:
    """One running service. Its host is the identity that `init` fixed."""

    settings: Settings
    clock: Callable[[], datetime] = machine_clock
    rulebook: RuleBook = field(default_factory=load_rulebook)
    lost_scans: int = 0
    to_publish: Event = field(default_factory=Event)
    """Set when something is committed that witnesses are to see before it is published."""
    _witnessed: bool = field(default=False, init=False)
    _made: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    _serials: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)

    @property
    def host(self) -> str:
        """The service's identity."""
        return self.settings.identity

    @cached_property
    def engine(self) -> Engine:
        """The main database."""
        self._make_data_dir()
        return make_engine(self.settings.database_url)

    @cached_property
    def watch(self) -> Watch:
        """Tells cheaply whether anything was committed to the main database."""
        return Watch(self.engine)

    @cached_property
    def scans(self) -> ScanStore:
        """Where scans are counted: a file of its own beside an SQLite database."""
        if self.engine.dialect.name != "sqlite":
            return ScanStore(self.engine)
        beside = Path(str(self.engine.url.database)).with_name("scans.db")
        return ScanStore(make_engine(f"sqlite:///{beside}", PAGE_BYTES))

    @cached_property
    def parts(self) -> Parts:
        """What was worked out for pages lately, of every database that a page may be made from."""
        return Parts([self.watch, self.scans.watch])

    @cached_property
    def ip_provinces(self) -> IpProvinces:
        """Tells the province of a network, as far as the operator's table does."""
        return load_ip_provinces(self.settings.ip_provinces)

    @cached_property
    def key_store(self) -> KeyStore:
        """The private keys."""
        return KeyStore(self.settings.keys_dir, self.settings.passphrase)

    @cached_property
    def mailer(self) -> Mailer:
        """Sends letters."""
        return make_mailer(self.settings.mail_url, self.settings.mail_from)

    @cached_property
    def published(self) -> PublishedHead:
        """The published checkpoint, outside the database."""
        return PublishedHead(self.settings.data_dir / "published")

    @property
    def notary(self) -> Notary:
        """Signs records and the log, with the record key in use now: a rotation needs no restart."""
        return self._current("notary", Role.RECORD, self._make_notary)

    def _make_notary(self) -> Notary:
        log = Log(
            log_origin(self.host),
            self.key_store.load(Role.LOG),
            self._known_published,
            self._witnessed,
            self._outgoing_log_keys,
        )
        return keys.notary_of(self.host, self.key_store, log)

    def _outgoing_log_keys(self) -> Sequence[Ed25519PrivateKey]:
        """The keys that sign the log beside the newest until they retire, as the trust file says."""
        known: list[tuple[PublicKey, Ed25519PrivateKey]] = self._made.get("outgoing", [])
        return [private for key, private in known if signs_at(key, self.clock())] if known else ()

    def _known_published(self) -> Published | None:
        """What is published; LogAhead while a witness has seen more than is committed here."""
        if self._witnessed:
            self.alarm.require_quiet()
        return self.published.read()

    @cached_property
    def alarm(self) -> Alarm:
        """Which witnesses have seen what the database does not hold."""
        return Alarm(self.settings.data_dir / "published")

    @cached_property
    def doubts(self) -> Alarm:
        """Which witnesses say so and show nothing."""
        return Alarm(self.settings.data_dir / "published", DOUBTED)

    @property
    def label_maker(self) -> LabelMaker:
        """Makes label addresses, with the label key in use now."""
        return self._current("label_maker", Role.LABEL, self._make_label_maker)

    def _make_label_maker(self) -> LabelMaker:
        return LabelMaker(self.settings.base_url, self.key_store.load(Role.LABEL), self.serial_key)

    def _current(self, name: str, role: Role, make: Callable[[], T]) -> T:
        """What was made with the key of `role`, made anew when that key's file changed."""
        stamp = self.key_store.stamp(role)
        known: tuple[tuple[int, int], T] | None = self._made.get(name)
        if known is None or known[0] != stamp:
            known = self._made[name] = (stamp, make())
        return known[1]

    @cached_property
    def media_dir(self) -> Path:
        """The folder of product pictures."""
        return self.settings.data_dir / "media"

    @cached_property
    def papers_dir(self) -> Path:
        """The folder of certificates' papers."""
        return self.settings.data_dir / "papers"

    def serial_key(self, name: str) -> bytes:
        """The secret bytes of a serial key; kept in memory once read."""
        if name not in self._serials:
            self._serials[name] = self.key_store.serial(name)
        return self._serials[name]

    def read(self, *, alone: bool = False) -> AbstractContextManager[Connection]:
        """One consistent view; one statement `alone` has it by itself."""
        return reading(self.engine, alone=alone)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction, alone until it commits; what it committed to the log is published behind it.

        Clock and keys are read inside it: no rotation comes between. BadSettings for keys that nobody could check.
        """
        with writing(self.engine) as connection:
            try:
                self._require_keys_in_use(connection, heads.begin(connection))
                yield connection
                newest = heads.newest_of(connection)
            finally:
                heads.end(connection)
        if newest and self._witnessed:
            self.to_publish.set()
        elif newest:
            size, root, note = newest
            self.published.advance(size, note, root)

    def write_aside(self) -> AbstractContextManager[Connection]:
        """One write transaction about what is in no record: it neither waits for the log nor holds it up."""
        return writing(self.engine)

    def _require_keys_in_use(self, connection: Connection, version: int) -> None:
        if version == 0:
            return
        stamps = [self.key_store.stamp(role) for role in (Role.RECORD, Role.LABEL, Role.LOG)]
        known: tuple[int, list[tuple[int, int]], datetime] | None = self._made.get("in use")
        if known is None or known[:2] != (version, stamps):
            trust = self.trust(connection)
            since = keys_in_use.require_in_use(trust, self.key_store)
            self._made["outgoing"] = keys_in_use.outgoing_log_keys(trust, self.key_store, self.clock())
            known = self._made["in use"] = (version, stamps, since)
            # Another key may sign the log from now on.
            self._made.pop("notary", None)
            self._ask_witnesses(trust)
        if (now := self.clock()) < known[2]:
            raise Unavailable(
                f"The clock says {rfc3339(now)}, before the keys came into use ({rfc3339(known[2])}): what was signed "
                "now would never verify. Set the machine's clock."
            )

    def _ask_witnesses(self, trust: TrustList) -> None:
        """From here on, or no longer: a receipt says so, and so the notary is made anew."""
        witnessed = bool(policy_of(trust).witnesses)
        if witnessed != self._witnessed:
            self._witnessed = witnessed
            self._made.pop("notary", None)

    def trust(self, connection: Connection) -> TrustList:
        """The newest trust file, read again only when its version changed."""
        return self._trusted(connection)[0]

    def keyring(self, connection: Connection) -> Keyring:
        """The public keys that records are verified with: one object for as long as they are in use."""
        return self._trusted(connection)[1]

    def _trusted(self, connection: Connection) -> tuple[TrustList, Keyring]:
        """Both at once: a thread that looks at another moment may put those of its own here at any time."""
        known: tuple[TrustList, Keyring] | None = self._made.get("trust")
        if known is None or known[0].version != keys.trust_version(connection):
            trust = keys.trust_list(connection)
            known = self._made["trust"] = (trust, trust.keyring())
        return known

    @property
    def log_key(self) -> VerifierKey:
        """The log's public key, from its private one."""
        return VerifierKey.of(log_origin(self.host), Algorithm.ED25519, self.key_store.load(Role.LOG))

    def fact(self, connection: Connection, name: str) -> str | None:
        """A fact about this installation, such as `identity` or `demo`."""
        found: str | None = connection.execute(select(service.c.value).where(service.c.name == name)).scalar()
        return found

    def require_identity(self, connection: Connection) -> None:
        """BadSettings when the settings name another identity than `init` fixed."""
        fixed = self.fact(connection, "identity")
        if fixed is not None and fixed != self.host:
            raise BadSettings(f"This service is {fixed} since init; TRACEAPP_IDENTITY says {self.host}. Set it back.")

    def require_not_behind(self) -> None:
        """LogAhead when the published checkpoint, or a witness, is ahead of the database, or has seen another."""
        with self.read() as connection:
            if keys.trust_version(connection):
                self._ask_witnesses(self.trust(connection))
        log = self.notary.log
        published = log.published()
        with self.read() as connection:
            require_not_behind(connection, log, published)

    @cached_property
    def is_demo(self) -> bool:
        """Whether this is the demonstration: its pages say that they are."""
        with self.read() as connection:
            return self.fact(connection, "demo") is not None

    def hosts(self, connection: Connection) -> frozenset[str]:
        """Every host whose labels are this service's."""
        return frozenset(self.trust(connection).hosts)

    def exposed_serial_keys(self, keyring: Keyring) -> frozenset[str]:
        """Ids of serial keys that are known to have leaked."""
        leaked = {key.raw for key in keyring.of_role(Role.SERIAL) if key.compromised_since}
        names = self.key_store.serials() if leaked else ()
        return frozenset(name for name in names if hashlib.sha256(self.serial_key(name)).digest() in leaked)

    def _make_data_dir(self) -> None:
        try:
            self.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as cause:
            raise BadSettings(f"{self.settings.data_dir} cannot be made: {cause.strerror}.") from cause
