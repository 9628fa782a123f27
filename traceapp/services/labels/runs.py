"""Label runs: the gate and the issue in one transaction, serials computed, never stored.

A run is one row and one record, however many labels it has. Two simultaneous runs wait for each other at the log's
lock, so that they cannot both fit into what was harvested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert

from traceapp import i18n
from traceapp.core.acts import say_label_run, say_label_void
from traceapp.core.counted import Counted
from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.errors import Conflict, Forbidden, GateRefused, InvalidEvent, NotFound, VerificationError
from traceapp.core.facts import CodeFact, Facts, Labelled, LabelRunFact, LabelSignature, RuleBook
from traceapp.core.gates import refusals
from traceapp.core.keys import Keyring, PublicKey, Role
from traceapp.core.label import key_id, label_url, sign_label, verify_label
from traceapp.core.serials import LAST_ITEM, canonical_serial, item_of, run_key, serial_of, serials
from traceapp.core.statements import details_of, record_uuid, thing_url
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.db.tables import label_runs
from traceapp.services.labels.labelled import labelled_by
from traceapp.services.log.entries import Receipt
from traceapp.services.log.heads import hold_lock
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary, documents_about, new_uuid, record
from traceapp.services.records.verdicts import assess, gather
from traceapp.services.registry.registers import owner_of_lot, role_of

MOST_LABELS = 10_000_000
SerialKey = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class LabelRun:
    """One issue of labels, as stored: enough to compute every label again."""

    id: str
    lot: str
    first: int
    count: int
    signed: bool
    serial_key: str
    printed_path: str


@dataclass(frozen=True, slots=True)
class LabelMaker:
    """What turns item numbers into label addresses: `base_url`, the label key, and the secret serial keys by id."""

    base_url: str
    label_key: Ed25519PrivateKey
    serial_key: SerialKey

    def urls(self, run: LabelRun) -> Iterator[str]:
        """The address of every label of a run, in order; nothing is kept in memory."""
        secret = run_key(self.serial_key(run.serial_key), run.printed_path)
        return (
            self.url(f"{run.printed_path}/21/{serial}", signed=run.signed)
            for serial in serials(secret, run.first, run.count)
        )

    def url(self, path: str, *, signed: bool) -> str:
        """A label's address, signed where asked."""
        scheme, _, host = self.base_url.partition("://")
        signature = sign_label(self.label_key, host, path) if signed else None
        return label_url(host, path, signature, scheme=scheme)


def issue_labels(
    connection: Connection,
    lot: str,
    count: int,
    by: str,
    notary: Notary,
    keyring: Keyring,
    rulebook: RuleBook,
    now: datetime,
    *,
    signed: bool,
    serial_key: str,
) -> tuple[LabelRun, Receipt]:
    """Issue the next `count` items of a lot. GateRefused, with the findings, when the lot may not be labelled.

    Forbidden unless the lot is `by`'s own. InvalidEvent for a count below 1 or above ten million.
    """
    if not 1 <= count <= MOST_LABELS:
        raise InvalidEvent(f"{Counted(count):label|labels} cannot be issued: ask for 1 to {MOST_LABELS:,} at a time.")
    _require_owner(connection, lot, by)
    # The lock first: what is judged below must still be so when the run is issued.
    hold_lock(connection)
    identity = parse_path(lot.removeprefix(f"https://{notary.host}")).identity
    if identity is None:
        raise NotFound(f"There is no lot {lot[:120]}.")
    facts = require_gate(connection, identity, notary.host, keyring, rulebook, now, count)
    # Counted by what was signed: a row lost from the table must not give one serial to two labels.
    first = max((run.first + run.count for run in facts.label_runs), default=1)
    if first + count - 1 > LAST_ITEM:
        raise InvalidEvent(f"A lot has at most {LAST_ITEM:,} items.")
    run = LabelRun(thing_url(notary.host, new_uuid()), lot, first, count, signed, serial_key, identity.lot_path)
    return run, _record_run(connection, run, by, notary, now, labelled_by(connection, facts, count, now))


def require_gate(
    connection: Connection,
    identity: Identity,
    host: str,
    keyring: Keyring,
    rulebook: RuleBook,
    now: datetime,
    count: int,
) -> Facts:
    """What is verified of a lot that may have `count` more labels. GateRefused, with the findings, where it may not.

    NotFound for a lot whose record does not verify.
    """
    gathered = gather(connection, host, identity, rulebook, planned_labels=count)
    facts, verdict = assess(gathered.evidence, keyring, now)
    found = refusals(verdict)
    if facts.lot is None:
        raise NotFound(f"There is no lot {identity.path[:120]} whose record verifies.")
    if found:
        reasons = [f"{finding.code}: {i18n.remedy(finding, facts, 'vi')}" for finding in found]
        raise GateRefused("No labels for this lot. " + " ".join(reasons), found)
    return facts


def _record_run(
    connection: Connection, run: LabelRun, by: str, notary: Notary, now: datetime, labelled: Iterable[Labelled]
) -> Receipt:
    statement = say_label_run(
        run.id,
        run.lot,
        first=run.first,
        count=run.count,
        signed=run.signed,
        serial_key=run.serial_key,
        path=run.printed_path,
        by=by,
        role=role_of(connection, by),
        labelled=labelled,
    )
    receipt = record(connection, [statement], notary, now)[0]
    connection.execute(
        insert(label_runs).values(
            id=run.id,
            lot=run.lot,
            first=run.first,
            count=run.count,
            signed=run.signed,
            serial_key=run.serial_key,
            printed_path=run.printed_path,
            record_id=record_uuid(receipt.record_id),
        )
    )
    return receipt


def void_labels(
    connection: Connection, lot: str, first: int, last: int, reason: str, by: str, notary: Notary, now: datetime
) -> list[tuple[int, int]]:
    """Labels of items `first` … `last` are lost, damaged or misprinted. NotFound unless all of them were issued.

    What is void already stays as it was said; the rest is recorded, and returned as ranges. Conflict where none is.
    InvalidEvent without a reason.
    """
    _require_owner(connection, lot, by)
    issued = sum(
        min(run.first + run.count - 1, last) - max(run.first, first) + 1
        for run in runs_of(connection, lot, first, last)
    )
    if not 1 <= first <= last or issued != last - first + 1:
        raise NotFound(f"Items {first} to {last} of this lot were not all issued.")
    if not reason.strip():
        raise InvalidEvent("Say why these labels are void.")
    rest, role = left_of(first, last, void_of(connection, lot)), role_of(connection, by)
    if not rest:
        raise Conflict(f"Items {first} to {last} of this lot are void already.")
    said = [say_label_void(lot, first=one, last=end, reason=reason.strip(), by=by, role=role) for one, end in rest]
    record(connection, said, notary, now)
    for one, end in rest:
        audit.note(connection, "labels-void", lot, by, now, first=one, last=end)
    return rest


def void_of(connection: Connection, lot: str) -> list[tuple[int, int]]:
    """First and last item of each range that a lot's producer said is void; unverified."""
    said = (details_of(one) for one in documents_about(connection, lot, "LabelVoidRecord"))
    return [(one["first"], one["last"]) for one in said]


def left_of(first: int, last: int, void: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges of items `first` … `last` outside all of `void`."""
    found, at = [], first
    for start, end in sorted(void):
        if at < start <= last:
            found.append((at, start - 1))
        at = max(at, end + 1)
    return [*found, (at, last)] if at <= last else found


@shared
def runs_of(connection: Connection, lot: str, first: int = 1, last: int = LAST_ITEM) -> list[LabelRun]:
    """Runs of a lot that hold any of the items `first` … `last`, in order."""
    rows = driver.run(connection, _RUNS, (lot, last, first))
    return [
        LabelRun(run, of, start, count, bool(signed), key, path) for run, of, start, count, signed, key, path in rows
    ]


_RUNS = (
    "SELECT id, lot, first, count, signed, serial_key, printed_path FROM label_runs "
    "WHERE lot = ? AND first <= ? AND first + count - 1 >= ? ORDER BY first"
)


def item_path(run: LabelRun | LabelRunFact, item: int, serial_key: SerialKey) -> str:
    """The path printed on the label of one item of a run."""
    key_name = run.serial_key if isinstance(run, LabelRun) else run.serial_key_id
    secret = run_key(serial_key(key_name), run.printed_path)
    return f"{run.printed_path}/21/{serial_of(secret, item)}"


def _require_owner(connection: Connection, lot: str, by: str) -> None:

    if owner_of_lot(connection, lot)[1] != by:
        raise Forbidden("Labels of a lot are issued and voided by its producer.")


def identify(
    facts: Facts,
    identity: Identity,
    signature: str | None,
    *,
    host: str,
    label_keys: Mapping[bytes, PublicKey],
    serial_key: SerialKey,
    exposed: frozenset[str],
) -> CodeFact | None:
    """What a scanned serial is: its item and run, and what came of its signature.

    A wrong MAC and a number past the count answer alike. `host` is the one the label carried, in lower case.
    """
    if identity.serial is None:
        return None
    serial = canonical_serial(identity.serial)
    for run in facts.label_runs:
        item = item_of(run_key(serial_key(run.serial_key_id), run.printed_path), serial)
        if item is not None and run.holds(item):
            path = f"{run.printed_path}/21/{serial}"
            outcome = _signature(run, path, signature, host, label_keys)
            return CodeFact(serial, item, run, outcome, run.serial_key_id in exposed)
    return CodeFact(serial, None, None)


def _signature(
    run: LabelRunFact, path: str, signature: str | None, host: str, label_keys: Mapping[bytes, PublicKey]
) -> LabelSignature:
    if signature is None:
        return LabelSignature.MISSING if run.signed else LabelSignature.NOT_EXPECTED
    try:
        used = verify_label(signature, host, path, {name: key.raw for name, key in label_keys.items()})
    except VerificationError:
        return LabelSignature.BAD
    return LabelSignature.KEY_REVOKED if label_keys[used].compromised_since else LabelSignature.GOOD


def label_keys_of(keyring: Keyring, host: str) -> dict[bytes, PublicKey]:
    """The label keys by the key id they have at `host`."""
    return {key_id(host, key.raw): key for key in keyring.of_role(Role.LABEL)}
