"""The own keys of other bodies, as the log's verified records tell of them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from traceapp.core.evidence import StoredRecord, certificates_in, read_records
from traceapp.core.facts import CertificateState
from traceapp.core.keys import Keyring
from traceapp.core.own.keys import OwnKeys
from traceapp.core.trust import TrustList
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.services.log.witnessed import seen_by_leaf
from traceapp.services.operating.keys import trust_list
from traceapp.services.records.verified import stored_about, stored_of

OWN_KEY_TYPES = frozenset({"KeyRecord", "OrganisationRecord"})
"""Types of the records that bind an own key, or end it."""
OWN_KEY_MARK = b'"traceapp:OwnKey'
"""Stands in the bytes of every such record, and in few others."""
_EVERY = (
    "SELECT e.leaf_index, e.record_id, e.entry, r.body FROM records r "
    "JOIN log_entries e ON e.record_id = r.record_id WHERE r.type = 'KeyRecord'"
)
_HAS_ONE = (
    "SELECT 1 FROM record_subjects s JOIN log_entries e ON e.leaf_index = s.leaf_index "
    "JOIN records r ON r.record_id = e.record_id WHERE s.subject = ? AND r.type = 'KeyRecord' LIMIT 1"
)


def every_own_key(connection: Connection, host: str, keyring: Keyring) -> OwnKeys:
    """All own keys that the log tells of, with their ends: for whoever walks the whole log."""
    bound = OwnKeys()
    read_records(stored_of(connection, host, driver.run(connection, _EVERY)), keyring, bound)
    own = OwnKeys()
    methods = [one.key.method for one in bound]
    read_records(stored_about(connection, host, methods, OWN_KEY_TYPES), keyring, own)
    return own


@shared
def own_keys_of(connection: Connection, host: str, organisation: str, keyring: Keyring) -> OwnKeys:
    """The own keys that an organisation ever had."""
    own = OwnKeys()
    if has_own_key(connection, organisation):
        read_records(stored_about(connection, host, [organisation], OWN_KEY_TYPES), keyring, own)
    return own


def has_own_key(connection: Connection, organisation: str) -> bool:
    """Whether a KeyRecord ever named a key of this organisation."""
    return bool(driver.run(connection, _HAS_ONE, (organisation,)))


def standing_state(connection: Connection, host: str, certificate: str, issuer: str) -> CertificateState | None:
    """What a certificate's verified records make of it today; None where the index says it as well.

    They differ once a key was lost: the index follows what was said, and what that key said may count no more.
    """
    trust = trust_list(connection)
    own = own_keys_of(connection, host, issuer, trust.keyring())
    if all(one.compromised_since is None for one in own.of(issuer)):
        return None
    stored = stored_about(connection, host, [certificate, issuer], {*OWN_KEY_TYPES, "CertificateRecord"})
    read = read_records(_witnessed(connection, stored, trust), trust.keyring())
    found = {one.id: one.state for one in certificates_in([fact for _, fact in read if fact is not None])}
    return found.get(certificate)


def _witnessed(connection: Connection, stored: list[StoredRecord], trust: TrustList) -> list[StoredRecord]:
    seen = seen_by_leaf(connection, trust, [one.leaf_index for one in stored])
    return [replace(one, witnessed_at=seen[one.leaf_index][2]) if one.leaf_index in seen else one for one in stored]
