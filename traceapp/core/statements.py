"""The frame every record shares, and the index of what a record is about.

A `Statement` is what somebody wants to say; `document` puts it into the frame that is then signed. `subjects_of` reads
from a signed document which things it concerns: capture stores that index, and the log check derives it again.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from traceapp.core.canonical import Json, JsonObject, plain
from traceapp.core.credential import keyed_hash
from traceapp.core.dates import instant, rfc3339
from traceapp.core.errors import InvalidEvent, Malformed
from traceapp.core.facts import AccountMark, Source
from traceapp.core.list_subjects import list_subjects, plots_in
from traceapp.core.quantities import name_key
from traceapp.core.vocabulary import SIGNED_TYPES, context_urls

NONCE_BYTES = 16
SALT_BYTES = 32
TERM = "traceapp:"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

RECORD_TYPES = frozenset(SIGNED_TYPES) - {"TrustList"}


@dataclass(frozen=True, slots=True)
class Statement:
    """What an organisation says. `personal` never enters the record: only keyed hashes of its values do.

    `declared_by` is the organisation's id and `role` the one it speaks in; `corrects` an earlier record's id (URL).
    """

    type: str
    subject: JsonObject
    declared_by: str
    role: str
    assisted_by: str | None = None
    personal: Mapping[str, Json] = field(default_factory=dict)
    restricted: bool = False
    corrects: str | None = None
    status_index: int | None = None
    salts: Mapping[str, bytes] = field(default_factory=dict)
    """Salts of personal values that an earlier record of the same thing carries unchanged: their hashes stay equal."""


@dataclass(frozen=True, slots=True)
class PersonalValue:
    """One erasable value of a record, with the 32-byte salt of its keyed hash."""

    field: str
    value: Json
    salt: bytes


def document(
    statement: Statement,
    *,
    host: str,
    issuer: str,
    record_id: UUID | str,
    now: datetime,
    nonce: bytes,
    salts: Iterable[bytes],
    account_key: bytes | None = None,
) -> tuple[JsonObject, tuple[PersonalValue, ...]]:
    """The unsigned record, and its personal values with one of `salts` each (32 random bytes, one per value).

    `account_key` are the 32 secret bytes of the account that makes it, which mark it as that account's.
    """
    personal = _salted(statement, salts)
    made: JsonObject = {
        "@context": context_urls(host),
        "id": record_url(host, name := str(record_id)),
        "type": ["VerifiableCredential", statement.type],
        "issuer": issuer,
        "validFrom": rfc3339(now),
        "credentialSubject": _subject(statement, host, name),
        "traceapp:declaredBy": {"id": statement.declared_by, "traceapp:role": statement.role},
        "traceapp:nonce": base64.b64encode(nonce).decode(),
        "traceapp:disclosure": "restricted" if statement.restricted else "public",
    }
    if personal:
        made["traceapp:personal"] = {TERM + one.field: keyed_hash(one.salt, one.value) for one in personal}
    if account_key is not None:
        made["traceapp:account"] = account_mark(account_key, nonce)
    if statement.assisted_by:
        made["traceapp:assistedBy"] = {"id": statement.assisted_by}
    if statement.corrects:
        made["traceapp:corrects"] = {"id": statement.corrects}
    if statement.status_index is not None:
        made["credentialStatus"] = _status_entries(host, statement.status_index)
    return made, personal


def _salted(statement: Statement, salts: Iterable[bytes]) -> tuple[PersonalValue, ...]:
    said = zip(statement.personal.items(), salts, strict=True)
    return tuple(PersonalValue(name, value, statement.salts.get(name, salt)) for (name, value), salt in said)


def account_mark(account_key: bytes, nonce: bytes) -> str:
    """base64 HMAC-SHA256(account key, record's nonce): who holds the key knows the account's records, nobody else."""
    return base64.b64encode(hmac.digest(account_key, nonce, "sha256")).decode()


def _subject(statement: Statement, host: str, record_id: str) -> JsonObject:
    # An EPCIS event is named after its record, so that a correction can point at it.
    if statement.type == "TraceEvent":
        return {"eventID": thing_url(host, record_id), **statement.subject}
    return statement.subject


def _status_entries(host: str, index: int) -> list[JsonObject]:
    return [
        {
            "id": f"https://{host}/status/{purpose}/1#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": str(index),
            "statusListCredential": f"https://{host}/status/{purpose}/1",
        }
        for purpose in ("revocation", "suspension")
    ]


def record_url(host: str, record_id: str) -> str:
    """The id of a record: an address at HOST, whatever address serves it."""
    return f"https://{host}/records/{record_id}"


def thing_url(host: str, uuid: UUID | str) -> str:
    """The id of a thing without a GS1 key."""
    return f"https://{host}/id/{uuid}"


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID as records are named: lower-case hex with dashes."""
    return _UUID.fullmatch(text) is not None


def record_uuid(url: str) -> str:
    """The UUID at the end of a record's id."""
    return url.rpartition("/")[2]


def record_type(document: Mapping[str, Any]) -> str:
    """The record's own type, beside VerifiableCredential; Malformed when it has none we know the name of."""
    types = document.get("type")
    own = [one for one in types if isinstance(one, str) and one in RECORD_TYPES] if isinstance(types, list) else []
    if len(own) != 1:
        raise Malformed(f"Expected one record type, got {str(types)[:80]}.")
    return own[0]


def source_of(document: Mapping[str, Any], leaf_index: int) -> Source:
    """Who said it, when, as what; Malformed when the frame is not a record's."""
    try:
        declared = document["traceapp:declaredBy"]
        assisted = document.get("traceapp:assistedBy")
        return Source(
            record_id=str(document["id"]),
            record_time=instant(document["validFrom"]),
            declared_by=str(declared["id"]),
            role=str(declared["traceapp:role"]),
            assisted_by=str(assisted["id"]) if assisted else None,
            leaf_index=leaf_index,
            account=_account_of(document),
        )
    except (KeyError, TypeError, InvalidEvent) as cause:
        raise Malformed(f"The record's frame lacks {cause}.") from cause


def _account_of(document: Mapping[str, Any]) -> AccountMark | None:
    mark = document.get("traceapp:account")
    return AccountMark(str(mark), str(document["traceapp:nonce"])) if mark is not None else None


def is_restricted(document: Mapping[str, Any]) -> bool:
    """Whether the record's content is for the parties and inspectors only."""
    return document.get("traceapp:disclosure") != "public"


def plot_subject(organisation: str, plot: str) -> str:
    """The index key of a producer's plot: sprays are looked up by it, whatever lot they were filed under and however
    the code was typed: the rules hold `dg-12` for the plot `DG-12`.
    """
    return f"{organisation}#plot={name_key(plot)}"


def subjects_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Index keys of everything a record is about, in order, without repeats. Total: odd records have none."""
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict):
        return ()
    return tuple(dict.fromkeys(_keys_of(document, subject)))


def _keys_of(document: Mapping[str, Any], subject: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(subject.get("id"), str):
        yield subject["id"]
    for term in ("traceapp:lot", "traceapp:about"):
        yield from _reference(subject.get(term))
    for goods in _list(subject.get("traceapp:inputs")):
        yield from _reference(goods.get("traceapp:fromLot") if isinstance(goods, dict) else None)
    yield from _reference(document.get("traceapp:corrects"))
    kde = subject.get("traceapp:kde")
    declared = document.get("traceapp:declaredBy")
    # Only sprays are looked up by plot: a plot's other events would grow with the years and nobody asks for them.
    if subject.get("traceapp:stage") in ("PPP", "VETDRUG") and isinstance(kde, dict) and isinstance(declared, dict):
        for plot in plots_in(kde):
            yield plot_subject(str(declared.get("id")), plot)
    yield from list_subjects(document, subject)


def _reference(value: Any) -> Iterator[str]:
    """The id in a reference, or the ids in a list of them."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            yield one["id"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def to_terms(values: Mapping[str, Any]) -> JsonObject:
    """Prefix every key, at any depth, and leave out what is None: JSON-LD drops nulls, a record must not lose them."""
    return {TERM + name: _prefixed(value) for name, value in values.items() if value is not None}


def from_terms(values: Mapping[str, Any]) -> JsonObject:
    """Undo `to_terms`."""
    return {name.removeprefix(TERM): _unprefixed(value) for name, value in values.items()}


def details_of(document: Mapping[str, Any]) -> JsonObject:
    """What a record says of its subject, without prefixes."""
    subject = document["credentialSubject"]
    # The JSON-LD members have no prefix: a term of the same name cannot take their place.
    return {**from_terms(subject), **{name: subject[name] for name in ("id", "type") if name in subject}}


def _prefixed(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return value
    # Asking what a mapping is takes longer than all the rest.
    if kind is dict or isinstance(value, Mapping):
        return to_terms(value)
    if isinstance(value, list | tuple):
        return [_prefixed(one) for one in value]
    return plain(value) if isinstance(value, float) else value


def _unprefixed(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return value
    if kind is dict or isinstance(value, Mapping):
        return from_terms(value)
    return [_unprefixed(one) for one in value] if isinstance(value, list) else value
