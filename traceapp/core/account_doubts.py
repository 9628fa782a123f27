"""Accounts that are not to be trusted since some time: said and lifted in records, and what follows for the others.

A record that an account made carries a keyed hash of its nonce (`traceapp:account`). Whoever puts the account in doubt
gives its keys away, and so everybody can tell its records, in a bundle too; before that nobody can. The account then
gets a new key, so that nothing it makes later is marked as before.

What vouches, releases or takes back counts no more while it is in doubt. What warns (a recall, a hold, a suspension, a
dispute) still does, and so does what states a fact, which then stands as doubtful.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from traceapp.core.canonical import JsonObject
from traceapp.core.cosigning import Cosignature, Passkey
from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import InvalidEvent
from traceapp.core.facts import (
    AccountMark,
    CertificateFact,
    CertificateState,
    Correction,
    DoubtFact,
    HoldFact,
    InspectionFact,
    Source,
)
from traceapp.core.register_readings import CertificateWord, ClaimWord, IdentityWord
from traceapp.core.shape import as_tuple, require_shape
from traceapp.core.statements import Statement, account_mark, details_of, to_terms

AUTHORITY = "authority"
OPERATOR = "operator"
"""The role in which the service itself speaks: its operator, from the command line."""
KEY_BYTES = 32
MOST_NAMED = 1000
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Doubt:
    """An account is in doubt since `since`; `keys` are its keys since then in hex. `id` names this word."""

    id: str
    since: datetime
    keys: tuple[str, ...]
    organisations: tuple[str, ...]
    source: Source
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Lift:
    """A doubt is lifted: for `records` (ids), or wholly where none are named."""

    doubt: str
    records: tuple[str, ...]
    source: Source


class Sourced(Protocol):
    """A fact, as far as where it comes from is concerned."""

    @property
    def source(self) -> Source:
        """The record it was read from."""


def say_doubt(
    doubt: str,
    *,
    since: datetime,
    keys: Collection[bytes],
    organisations: Collection[str],
    by: str,
    role: str,
    reason: str | None = None,
) -> Statement:
    """An account, which these keys (32 bytes each) mark, is in doubt; `organisations` are those it made records for.

    InvalidEvent where there are none.
    """
    if not keys or not organisations or any(len(key) != KEY_BYTES for key in keys):
        raise InvalidEvent("An account that made no record for any organisation cannot be in doubt.")
    details = {
        "state": "doubted",
        "since": rfc3339(since),
        "accountKeys": [key.hex() for key in keys],
        "reason": reason,
    }
    about = [{"id": one} for one in sorted(organisations)]
    subject: JsonObject = {"id": doubt, "type": "traceapp:AccountDoubt", "traceapp:about": about, **to_terms(details)}
    return Statement("OrganisationRecord", subject, by, role)


def say_lift(
    doubt: str, *, records: Collection[str], organisations: Collection[str], by: str, role: str, reason: str | None
) -> Statement:
    """A doubt is lifted for `records` (ids), or wholly where none are named. InvalidEvent for too many."""
    if len(records) > MOST_NAMED:
        raise InvalidEvent(f"At most {MOST_NAMED} records are lifted at a time, not {len(records)}.")
    details = {"state": "lifted", "records": sorted(records) or None, "reason": reason}
    about = [{"id": one} for one in sorted(organisations)]
    subject: JsonObject = {"id": doubt, "type": "traceapp:AccountDoubt", "traceapp:about": about, **to_terms(details)}
    return Statement("OrganisationRecord", subject, by, role)


def read_doubt(document: Mapping[str, Any], source: Source, personal: Mapping[str, Any]) -> Doubt | Lift:
    """An OrganisationRecord that puts an account in doubt, or lifts that."""
    details = details_of(document)
    if details["state"] == "lifted":
        named = as_tuple(details["records"]) if "records" in details else ()
        return require_shape(Lift(details["id"], named, source))
    if details["state"] != "doubted":
        raise ValueError(f"an account is doubted, or that is lifted, not {str(details['state'])[:40]!r}")
    keys = as_tuple(details["accountKeys"])
    if not keys or any(len(bytes.fromhex(key)) != KEY_BYTES for key in keys):
        raise ValueError(f"an account's key has {KEY_BYTES} bytes")
    organisations = tuple(one["id"] for one in as_tuple(details["about"]))
    since = instant(details["since"])
    return require_shape(Doubt(details["id"], since, keys, organisations, source, details.get("reason")))


def judged(said: Sequence[object]) -> tuple[Sequence[object], tuple[DoubtFact, ...]]:
    """What still counts of all that was `said`, and which of it is in doubt. Nearly always that is everything and none.

    Which records were lifted is settled from the last lift backwards: one made by an account that is in doubt itself
    lifts nothing, and only a later one can have settled that.
    """
    doubts = [one for one in said if isinstance(one, Doubt)]
    if not doubts:
        return said, ()
    lifts: list[Lift] = []
    for lift in sorted(_lifts(said), key=lambda one: one.source.leaf_index, reverse=True):
        if _doubt_of(lift.source, doubts, lifts) is None:
            lifts.append(lift)
    counted: list[object] = []
    stated: dict[str, list[str]] = {one.source.record_id: [] for one in doubts}
    uncounted: dict[str, list[str]] = {one.source.record_id: [] for one in doubts}
    for fact in said:
        doubt = _doubt_of(_source_of(fact), doubts, lifts)
        left = fact if doubt is None else _without_vouching(fact)
        if doubt is not None:
            into = uncounted if left is None else stated
            into[doubt.source.record_id].append(_source_of(fact).record_id)
        if left is not None:
            counted.append(left)
    found = (_found(one, stated[one.source.record_id], uncounted[one.source.record_id]) for one in doubts)
    return counted, tuple(one for one in found if one.stated or one.uncounted)


def _found(doubt: Doubt, stated: Sequence[str], uncounted: Sequence[str]) -> DoubtFact:
    return DoubtFact(doubt.id, doubt.since, doubt.source, tuple(stated), tuple(uncounted), doubt.reason)


def _lifts(said: Iterable[object]) -> Iterator[Lift]:
    return (one for one in said if isinstance(one, Lift))


def _source_of(fact: Any) -> Source:
    # Whatever a record states carries the record it came from.
    sourced: Sourced = fact
    return sourced.source


def _doubt_of(source: Source, doubts: Iterable[Doubt], lifts: Iterable[Lift]) -> Doubt | None:
    """The first word by which a record is in doubt, unless it was lifted."""
    for doubt in doubts:
        if covers(doubt, source) and not any(_is_lifted(doubt, source, lift) for lift in lifts):
            return doubt
    return None


def covers(doubt: Doubt, source: Source) -> bool:
    """Whether a record is one of the account's since then. An organisation's own word covers its own records alone."""
    mark = source.account
    if mark is None or source.record_time < doubt.since:
        return False
    if doubt.source.role not in (AUTHORITY, OPERATOR) and doubt.source.declared_by != source.declared_by:
        return False
    return any(_fits(bytes.fromhex(key), mark) for key in doubt.keys)


def _fits(key: bytes, mark: AccountMark) -> bool:
    try:
        nonce = base64.b64decode(mark.nonce, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(account_mark(key, nonce).encode(), mark.mark.encode("utf-8", "replace"))


def _is_lifted(doubt: Doubt, source: Source, lift: Lift) -> bool:
    """An authority lifts any doubt, everybody else their own."""
    return (
        lift.doubt == doubt.id
        and lift.source.leaf_index > doubt.source.leaf_index
        and (lift.source.role == AUTHORITY or lift.source.declared_by == doubt.source.declared_by)
        and (not lift.records or source.record_id in lift.records)
    )


def _without_vouching(fact: object) -> object | None:
    """What is left of a doubtful record's fact; None for what vouches, releases or takes back."""
    match fact:
        case IdentityWord(state="confirmed") | ClaimWord(withdrawn=True):
            return None
        case CertificateWord(state=CertificateState.CONFIRMED | CertificateState.WITHDRAWN):
            return None
        case (
            HoldFact(released=True) | InspectionFact(result="pass") | Correction() | Lift() | Passkey() | Cosignature()
        ):
            return None
        case CertificateFact(state=CertificateState.CONFIRMED):
            return replace(fact, state=CertificateState.DECLARED)
    return fact
