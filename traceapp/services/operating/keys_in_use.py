"""Whether the private keys here are those that the trust file has in use."""

from __future__ import annotations

import logging
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.adapters.key_store import KeyStore
from traceapp.core.errors import BadSettings
from traceapp.core.keys import PublicKey, Role, public_bytes
from traceapp.core.trust import TrustList, signs_at
from traceapp.services.operating.keys import short_name

log = logging.getLogger("traceapp.keys")


def require_in_use(trust: TrustList, store: KeyStore) -> datetime:
    """Since when all keys here are in use, as the trust file has it.

    BadSettings when one of them is none that the trust file has in use: what it signed would never verify.
    """
    began = []
    for role in (Role.RECORD, Role.LABEL, Role.LOG):
        raw = public_bytes(store.load(role))
        known = [key for key in trust.keys if key.role is role and key.raw == raw and key.retired is None]
        if not known:
            raise BadSettings(
                f"{role}.pem is not the {role} key that the trust file has in use: put the right file back into the "
                "keys folder. Nothing was signed."
            )
        began.append(known[0].valid_from)
    return max(began)


def outgoing_log_keys(trust: TrustList, store: KeyStore, now: datetime) -> list[tuple[PublicKey, Ed25519PrivateKey]]:
    """The log keys that sign beside the newest until they retire. One whose file is gone is told of and left out: the
    newest is what counts, and a record is not refused for the sake of the other.
    """
    found = []
    for key in trust.keys:
        if key.role is Role.LOG and key.retired and signs_at(key, now):
            try:
                found.append((key, store.retired(Role.LOG, short_name(key))))
            except BadSettings as cause:
                log.warning("the log's earlier key cannot sign beside the new one: %s", cause)
    return found
