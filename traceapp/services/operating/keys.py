"""The life of keys: made by `init`, logged as KeyRecords, published in the trust file, rotated, revoked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, select

from traceapp.adapters.key_store import KeyStore
from traceapp.core.counted import Counted
from traceapp.core.credential import Signer
from traceapp.core.dates import rfc3339
from traceapp.core.errors import Conflict, NotFound, Unavailable, VerificationError
from traceapp.core.keys import PublicKey, Role, did_web, public_bytes
from traceapp.core.policy import NO_WITNESSES
from traceapp.core.statements import Statement, to_terms
from traceapp.core.trust import TrustList, make_trust_list, read_trust_list
from traceapp.db import driver
from traceapp.db.tables import log_entries, records, trust_lists
from traceapp.services.log.entries import Log
from traceapp.services.log.heads import hold_lock, size_of
from traceapp.services.log.witnessed import witnessed_before
from traceapp.services.operating import audit
from traceapp.services.records.signing import Notary, new_uuid, record_as

TRUST_YEARS = 2
SIGNING_ROLES = (Role.ROOT, Role.RECORD, Role.LABEL, Role.LOG)


def first_keys(store: KeyStore, now: datetime) -> list[PublicKey]:
    """Make every key there is not yet, and return the public halves."""
    privates = {role: store.load(role) if store.holds(role) else store.create(role) for role in SIGNING_ROLES}
    serial = store.current_serial() if store.holds(Role.SERIAL) else store.create_serial()
    keys = [PublicKey(role, public_bytes(private), now) for role, private in privates.items()]
    return [*keys, _serial_key(store, serial, now)]


def _serial_key(store: KeyStore, name: str, now: datetime) -> PublicKey:
    return PublicKey(Role.SERIAL, hashlib.sha256(store.serial(name)).digest(), now)


def _public(role: Role, private: Ed25519PrivateKey) -> bytes:
    """What is published of a key: the hash of a serial key's secret, the public half of any other."""
    return hashlib.sha256(private.private_bytes_raw()).digest() if role is Role.SERIAL else public_bytes(private)


def publish_first_keys(
    connection: Connection, keys: Iterable[PublicKey], hosts: Iterable[str], notary: Notary, root: Signer, now: datetime
) -> TrustList:
    """Log a KeyRecord for each key and issue version 1 of the trust file."""
    logged = log_keys(connection, list(keys), notary, root, now)
    return _issue(connection, notary.host, 1, hosts, logged, root, now)


def log_keys(
    connection: Connection, keys: list[PublicKey], notary: Notary, root: Signer, now: datetime
) -> list[PublicKey]:
    """KeyRecords signed by root, one a key; returns the keys with their records' ids."""
    receipts = record_as(connection, [(new_uuid(), _say_key(key, notary.host)) for key in keys], notary, now, root)
    return [replace(key, record_id=receipt.record_id) for key, receipt in zip(keys, receipts, strict=True)]


def _say_key(key: PublicKey, host: str) -> Statement:
    details = {
        "role": str(key.role),
        "validFrom": rfc3339(key.valid_from),
        "retired": rfc3339(key.retired) if key.retired else None,
        "revoked": rfc3339(key.revoked) if key.revoked else None,
        "compromisedSince": rfc3339(key.compromised_since) if key.compromised_since else None,
        "fromSize": key.first_size,
    }
    if key.role is Role.SERIAL:
        subject = {"id": f"{did_web(host)}#serial-{key.raw.hex()[:16]}", "traceapp:sha256": key.raw.hex()}
    else:
        subject = {"id": f"{did_web(host)}#{key.multikey}", "traceapp:publicKeyMultibase": key.multikey}
    return Statement("KeyRecord", {**subject, "type": "traceapp:Key", **to_terms(details)}, did_web(host), "root")


def _issue(
    connection: Connection,
    host: str,
    version: int,
    hosts: Iterable[str],
    keys: Iterable[PublicKey],
    root: Signer,
    now: datetime,
    witnessing: str = NO_WITNESSES,
    new_root: Signer | None = None,
) -> TrustList:
    valid = (now.replace(microsecond=0), now.replace(microsecond=0) + timedelta(days=365 * TRUST_YEARS))
    body = make_trust_list(
        host=host,
        version=version,
        hosts=hosts,
        keys=keys,
        valid=valid,
        root=root,
        witnessing=witnessing,
        new_root=new_root,
    )
    connection.execute(insert(trust_lists).values(version=version, body=body))
    return read_trust_list(body)


def _succeed(
    connection: Connection,
    known: TrustList,
    root: Signer,
    now: datetime,
    *,
    hosts: Iterable[str] | None = None,
    keys: Iterable[PublicKey] | None = None,
    witnessing: str | None = None,
    new_root: Signer | None = None,
) -> TrustList:
    """The next version of the trust file: what is not given stays as it is."""
    return _issue(
        connection,
        known.host,
        known.version + 1,
        known.hosts if hosts is None else hosts,
        known.keys if keys is None else keys,
        root,
        now,
        known.witnessing if witnessing is None else witnessing,
        new_root,
    )


def trust_version(connection: Connection) -> int:
    """The newest trust file's version, 0 when there is none."""
    ((version,),) = driver.run(connection, "SELECT coalesce(max(version), 0) FROM trust_lists")
    return int(version)


def short_name(key: PublicKey) -> str:
    """What tells the file of a retired key from others."""
    return key.multikey[:16]


def trust_list(connection: Connection) -> TrustList:
    """The newest trust file, verified. Unavailable before `init`."""
    body = connection.execute(select(trust_lists.c.body).order_by(trust_lists.c.version.desc()).limit(1)).scalar()
    if body is None:
        raise Unavailable("There is no trust file here yet: run traceapp init.")
    try:
        return read_trust_list(body)
    except VerificationError as cause:
        raise type(cause)(f"The stored trust file: {cause}") from cause


def add_host(connection: Connection, host: str, root: Signer, now: datetime) -> TrustList:
    """Let labels carry another host: a new version of the trust file."""
    known = trust_list(connection)
    if host in known.hosts:
        return known
    audit.note(connection, "trust-host", host, "cli", now)
    return _succeed(connection, known, root, now, hosts={*known.hosts, host})


def set_witnessing(connection: Connection, witnessing: str, subject: str, root: Signer, now: datetime) -> TrustList:
    """Ask other witnesses, or another quorum of them: a new version of the trust file."""
    known = trust_list(connection)
    if witnessing == known.witnessing:
        return known
    audit.note(connection, "trust-witnesses", subject, "cli", now)
    return _succeed(connection, known, root, now, witnessing=witnessing)


def rotate(
    connection: Connection,
    role: Role,
    store: KeyStore,
    notary: Notary,
    root: Signer,
    now: datetime,
    overlap: timedelta = timedelta(0),
) -> PublicKey:
    """Retire the key of `role` and put a new one in use. The old key's records stay good.

    A new root key is signed for by the old one and by itself. A log's old key signs on beside the new one for the
    `overlap`, so that whoever knows only that one can follow meanwhile; no other role has one (Conflict).
    """
    if overlap and role is not Role.LOG:
        raise Conflict("Only the log's keys sign side by side: any other key is retired at once.")
    # The log's lock first: whoever signs meanwhile appends behind the new trust file, which holds both keys.
    hold_lock(connection)
    size = size_of(connection)
    known = trust_list(connection)
    now = now.replace(microsecond=0)
    current = [key for key in known.keys if key.role is role and key.retired is None]
    private = Ed25519PrivateKey.generate()
    fresh = PublicKey(role, _public(role, private), now)
    changed = [replace(key, retired=now + overlap) for key in current]
    if role is Role.LOG:
        fresh = replace(fresh, first_size=size + len(changed) + 1)
        notary = _signing_also(notary, private)
    logged = log_keys(connection, [*changed, fresh], notary, root, now)
    kept = [key for key in known.keys if key not in current]
    new_root = Signer.of_host(known.host, private) if role is Role.ROOT else None
    _succeed(connection, known, root, now, keys=[*kept, *logged], new_root=new_root)
    audit.note(connection, "key-rotate", str(role), "cli", now)
    # The file last: whatever failed before leaves a service that signs with the key everybody knows.
    if role is Role.SERIAL:
        store.use_serial(private)
    else:
        store.replace(role, private, short_name(current[-1]))
    return logged[-1]


def _signing_also(notary: Notary, private: Ed25519PrivateKey) -> Notary:
    """The notary whose log a new key signs too: the checkpoint that tells of a new log key is its first."""
    present = notary.log
    both = replace(present, private=private, outgoing=lambda: (*present.outgoing(), present.private))
    return replace(notary, log=both)


def key_called(connection: Connection, name: str) -> PublicKey:
    """The one key whose multikey, or hash of a serial key, begins with `name`; NotFound."""
    keys = trust_list(connection).keys
    found = [key for key in keys if name and (key.multikey.startswith(name) or key.raw.hex().startswith(name))]
    if len(found) != 1:
        count = f"{Counted(len(found)):key begins|keys begin}" if found else "No key begins"
        raise NotFound(f"{count} with {name[:60]!r}: see traceapp keys list.")
    return found[0]


def falling_records(connection: Connection, key: PublicKey, since: datetime) -> int:
    """How many records by `key` no witness quorum covered before `since`: what falls when it is revoked."""
    witnessed = witnessed_before(connection, trust_list(connection), since)
    query = (
        select(records.c.body)
        .join(log_entries, log_entries.c.record_id == records.c.record_id)
        .where(log_entries.c.leaf_index >= witnessed)
    )
    method = f'#{key.multikey}"'.encode()
    return sum(1 for body in connection.execute(query).scalars().yield_per(1000) if method in body)


def revoke(
    connection: Connection, name: str, since: datetime, store: KeyStore, notary: Notary, root: Signer, now: datetime
) -> PublicKey:
    """Declare the key whose name begins with `name` compromised since then; NotFound.

    A key still in use is replaced first: what is known to be lost signs nothing more. Conflict for the root key in use,
    which is rotated first.
    """
    role = key_called(connection, name).role
    if role is Role.ROOT and key_called(connection, name).retired is None:
        raise Conflict(
            "Whoever has the root key can sign trust files as well as you: rotate it while you are the only one to "
            "have published, revoke the old one then, and tell verifiers to pin the new trust file."
        )
    if role is not Role.ROOT and key_called(connection, name).retired is None:
        rotate(connection, role, store, notary, root, now)
        # What is known to be lost does not sign even the record that says so.
        notary = replace(notary, log=replace(notary.log, private=store.load(Role.LOG)))
    known, found = trust_list(connection), key_called(connection, name)
    now = now.replace(microsecond=0)
    revoked = replace(found, revoked=now, retired=min(found.retired or now, now), compromised_since=since)
    logged = log_keys(connection, [revoked], notary, root, now)[0]
    keys = [logged if key == found else key for key in known.keys]
    _succeed(connection, known, root, now, keys=keys)
    audit.note(connection, "key-revoke", logged.multikey, "cli", now, since=rfc3339(since))
    return logged


def notary_of(host: str, store: KeyStore, log: Log) -> Notary:
    """The service's own signer and log."""
    return Notary(host, Signer.of_host(host, store.load(Role.RECORD)), log)
