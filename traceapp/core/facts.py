"""What verified records say, as plain values: the only thing that rules and pages read.

Every fact carries the record it came from. Nothing here is read from a table column: `establish` (evidence.py) makes
these from the bytes of records it has just verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from traceapp.core.digital_link import Identity
from traceapp.core.events import Event, Stage
from traceapp.core.story import StoryField


@dataclass(frozen=True, slots=True)
class AccountMark:
    """What a record says of the account that made it: a keyed hash of its nonce (core/account_doubts.py), in base64."""

    mark: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Source:
    """The record a fact was read from. `declared_by` is an organisation's id, `role` the one it spoke in.

    `own_key` is the verification method of the organisation's own key, where that signed and not the service's.
    `account` marks the account that made it, where one did since records say so.
    """

    record_id: str
    record_time: datetime
    declared_by: str
    role: str
    assisted_by: str | None = None
    leaf_index: int = 0
    own_key: str | None = None
    account: AccountMark | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """The id of a record that is taken back."""

    corrects: str
    source: Source


class RecordState(StrEnum):
    """How one stored record came out of verification."""

    GOOD = "good"
    TAMPERED = "tampered"
    MISSING = "missing"
    KEY_REVOKED = "key-revoked"
    CANNOT_BE_CHECKED = "cannot-be-checked"


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """One record's outcome; `reason` is the verification error's sentence where there was one.

    `own_key` is the verification method that signed, where that is a body's own key and not the service's.
    """

    record_id: str
    leaf_index: int
    state: RecordState
    reason: str | None = None
    witnessed_at: datetime | None = None
    own_key: str | None = None


@dataclass(frozen=True, slots=True)
class OrganisationFact:
    """An organisation. `name` is None once a household's was erased; `identity_confirmed_by` is an authority's id.

    `who` is what an authority confirms of it (register_readings.identity_of); `identity_changed` says that this is not
    what was confirmed last.
    """

    id: str
    role: str
    name: str | None
    source: Source
    legal_form: str | None = None
    province_code: str | None = None
    ward: str | None = None
    ward_code: str | None = None
    address_old: str | None = None
    phone: str | None = None
    members: int | None = None
    identity_confirmed_by: str | None = None
    identity_confirmed_at: datetime | None = None
    gtin_disputed: bool = False
    gtin_denied: bool = False
    who: tuple[str, ...] = ()
    identity_changed: bool = False


@dataclass(frozen=True, slots=True)
class FacilityFact:
    """A plot, workshop, packing house or shop; position to two decimals (degrees)."""

    id: str
    organisation: str
    name: str
    source: Source
    gln: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One size of a product's picture: the name it is stored under, which is the hash of its bytes, and its pixels."""

    file: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ProductFact:
    """A product. `net_value` `net_unit` is what a pack holds (500 ml, 1 bộ). `extra` holds nutrition, visit, fibre …

    `image` is the smallest picture's name; `images` are all its sizes, the smallest first, where there are several.
    """

    id: str
    code: str
    organisation: str
    name_vi: str
    source: Source
    name_en: str | None = None
    net: str | None = None
    net_value: float | None = None
    net_unit: str | None = None
    shelf_life_days: int | None = None
    standards: tuple[str, ...] = ()
    group: str | None = None
    ingredients_vi: str | None = None
    warning_vi: str | None = None
    storage_vi: str | None = None
    story_vi: str | None = None
    story_en: str | None = None
    image: str | None = None
    image_is_drawing: bool = False
    images: tuple[Picture, ...] = ()
    price_vnd: int | None = None
    story: tuple[StoryField, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LotFact:
    """A lot: what the producer says was made, when, and how many packs."""

    id: str
    product: str
    lot: str
    source: Source
    made: date | None = None
    expires: date | None = None
    quantity: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class EventFact:
    """An event with its record. `restricted` hides parties and quantities from the public."""

    event: Event
    source: Source
    restricted: bool = False

    @property
    def stage(self) -> Stage:
        """The event's stage."""
        return self.event.stage


class CertificateState(StrEnum):
    """What has been said of a certificate last; withdrawn by whoever declared it, all else by its issuer."""

    DECLARED = "declared"
    CONFIRMED = "confirmed"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CertificateFact:
    """A certificate; `subject` is the id of an organisation, facility or product, `expires` its first invalid day.

    `state` counts only what the issuer named in it said. `own_key` is True when the issuer signed with its own key.
    `source` is the producer's declaration, `state_source` the record that set the state.
    """

    id: str
    subject: str
    scheme: str
    number: str
    issuer: str
    issued: date
    expires: date | None
    state: CertificateState
    source: Source
    state_source: Source
    own_key: bool = False
    state_reason: str | None = None
    scope: str | None = None
    stars: int | None = None
    score: float | None = None
    decision: str | None = None
    area_ha: float | None = None
    expected_t: float | None = None
    issuer_as_named: str | None = None
    surveillance: tuple[date, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a label run puts under a certificate: its own tonnes, and all of the certificate's running year with it."""

    certificate: str
    tonnes: float
    year_tonnes: float


@dataclass(frozen=True, slots=True)
class LabelRunFact:
    """One issue of labels: items `first` … `first + count - 1` of a lot."""

    id: str
    lot: str
    first: int
    count: int
    signed: bool
    serial_key_id: str
    printed_path: str
    source: Source
    labelled: tuple[Labelled, ...] = ()

    def holds(self, item: int) -> bool:
        """Whether `item` was issued in this run."""
        return self.first <= item < self.first + self.count


@dataclass(frozen=True, slots=True)
class LabelVoidFact:
    """Labels declared lost, damaged or misprinted: items `first` … `last` of a lot."""

    lot: str
    first: int
    last: int
    reason: str
    source: Source


@dataclass(frozen=True, slots=True)
class HoldFact:
    """A lot put on hold, or released again (`released`)."""

    lot: str
    released: bool
    reason: str
    source: Source


@dataclass(frozen=True, slots=True)
class RecallFact:
    """A recall of a lot, by its producer or an authority."""

    lot: str
    day: date
    reason_vi: str
    source: Source
    reason_en: str | None = None
    action_vi: str | None = None
    action_en: str | None = None


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """One question of a checklist, by its code, and what was seen: pass, fail, or none (not looked at)."""

    code: str
    result: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Something an inspector measured, the value as it was read off."""

    what: str
    value: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class InspectionFact:
    """What an inspector saw of a lot, of one `item` of it, or of a `facility` (its id; `lot` is then empty).

    `made` is when the report was written, as RFC 3339, where it was sent later; `photo` whether one came with it.
    """

    lot: str
    day: date
    result: str
    source: Source
    note: str | None = None
    item: int | None = None
    facility: str | None = None
    checklist: str | None = None
    checks: tuple[CheckedItem, ...] = ()
    measured: tuple[Measured, ...] = ()
    seal: str | None = None
    sample: str | None = None
    made: str | None = None
    photo: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What a case holds of one lot: items `first` … `last`."""

    lot: str
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many items."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class CaseFact:
    """Items packed into a case, or taken out of it again (`unpacked`)."""

    case: str
    day: date
    unpacked: bool
    contents: tuple[Content, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class DoubtFact:
    """Records that an account made since `since` are not to be trusted, as `by` says; `doubt` is that word's own id.

    `stated` are ids of records whose facts stand, though in doubt; `uncounted` of those that count no more.
    """

    doubt: str
    since: datetime
    source: Source
    stated: tuple[str, ...]
    uncounted: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CosignedFact:
    """A record that its organisation signed once more with a key of its own; `reason` says why it does not hold."""

    record_id: str
    organisation: str
    source: Source
    reason: str | None = None


class LabelSignature(StrEnum):
    """What came of the signature on a scanned label."""

    NOT_EXPECTED = "not-expected"
    GOOD = "good"
    BAD = "bad"
    MISSING = "missing"
    KEY_REVOKED = "key-revoked"


@dataclass(frozen=True, slots=True)
class CodeFact:
    """What was scanned: the serial as canonical text and, when it was issued, its item number and run."""

    serial: str
    item: int | None
    run: LabelRunFact | None
    signature: LabelSignature = LabelSignature.NOT_EXPECTED
    serial_key_exposed: bool = False


@dataclass(frozen=True, slots=True)
class Suspicion:
    """An open or cleared suspicion that an item's label was copied, with the numbers that opened it.

    `week` are the scans of seven days, `turns` how often they went from one province to another, `after` those made
    after somebody said that nothing was left; `km` and `minutes` lie between two scans that nobody can have carried.
    """

    opened: datetime
    scans: int
    hours: int
    visitors: int
    provinces: int
    cleared: datetime | None = None
    cleared_reason: str | None = None
    week: int = 0
    turns: int = 0
    after: int = 0
    km: int | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class ScanFact:
    """Scans of one item, this one included. `by_others` counts those of other visitors.

    `provinces_24h` names those with five scans or more.
    """

    total: int
    by_others: int
    first: datetime | None
    last_24h: int
    visitors_24h: int
    provinces_24h: tuple[str, ...]
    suspicion: Suspicion | None = None
    last_7d: int = 0


@dataclass(frozen=True, slots=True)
class YieldRule:
    """How much `input` makes one `output`: input ÷ output must lie at or above `least` (units as in `unit`)."""

    input: str
    output: str
    least: float
    most: float
    unit: str


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Figures that change by decree, with the day they took effect."""

    version: str
    yields: tuple[YieldRule, ...] = ()
    permitted_actives: frozenset[str] = frozenset()
    permitted_as_of: date | None = None
    stale_days: int = 60


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one product, lot or item.

    `events` are this lot's, in order of start. `all_events` adds those of lots it took goods from (any depth), of lots
    that took goods from it or from the same sources, and sprays on the plots it was harvested from, whatever lot they
    were filed under. `recalls`, `holds`, `lots` likewise cover the lots its goods came from: look at `.lot`.
    `planned_labels` is the count of a label run that is being asked for, 0 on a page. `labelled_t` is the tonnage
    labelled under a certificate (by its id) in its year, when the lot's last labels were issued.
    """

    identity: Identity
    checks: tuple[RecordCheck, ...] = ()
    product: ProductFact | None = None
    producer: OrganisationFact | None = None
    organisations: Mapping[str, OrganisationFact] = field(default_factory=dict)
    facilities: Mapping[str, FacilityFact] = field(default_factory=dict)
    lot: LotFact | None = None
    lots: Mapping[str, LotFact] = field(default_factory=dict)
    events: tuple[EventFact, ...] = ()
    all_events: tuple[EventFact, ...] = ()
    certificates: tuple[CertificateFact, ...] = ()
    label_runs: tuple[LabelRunFact, ...] = ()
    label_voids: tuple[LabelVoidFact, ...] = ()
    holds: tuple[HoldFact, ...] = ()
    recalls: tuple[RecallFact, ...] = ()
    inspections: tuple[InspectionFact, ...] = ()
    code: CodeFact | None = None
    scans: ScanFact | None = None
    rulebook: RuleBook = field(default_factory=lambda: RuleBook("none"))
    planned_labels: int = 0
    labelled_t: Mapping[str, float] = field(default_factory=dict)
    witnesses_configured: bool = False
    doubts: tuple[DoubtFact, ...] = ()
    cosigned: tuple[CosignedFact, ...] = ()

    def of_item(self, identity: Identity, code: CodeFact | None, scans: ScanFact | None) -> Facts:
        """The same facts about one item: what `dataclasses.replace` gives, in a third of its time."""
        made = object.__new__(Facts)
        for name, value in zip(_FACTS, _facts_in_order(self), strict=True):
            object.__setattr__(made, name, value)
        object.__setattr__(made, "identity", identity)
        object.__setattr__(made, "code", code)
        object.__setattr__(made, "scans", scans)
        return made

    def name_of(self, organisation: str) -> str | None:
        """The name of an organisation by its id, None when it is unknown or erased."""
        found = self.organisations.get(organisation)
        return found.name if found else None


_FACTS = tuple(one.name for one in fields(Facts))
_facts_in_order = attrgetter(*_FACTS)
