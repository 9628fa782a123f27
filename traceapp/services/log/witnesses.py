"""Which witnesses the log is shown to before it is published, as the trust file names them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from traceapp.adapters.outgoing import require_address
from traceapp.core.counted import Counted
from traceapp.core.credential import Signer
from traceapp.core.errors import BadSettings, Conflict, NotFound
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.core.policy import GROUP, NO_WITNESSES, Witness, witnessing
from traceapp.core.trust import TrustList
from traceapp.services.log.witnessed import policy_of
from traceapp.services.operating.keys import set_witnessing, trust_list


def add_witness(
    connection: Connection, url: str, vkey: str, root: Signer, now: datetime, *, needed: int | None, loopback: bool
) -> TrustList:
    """Show the log to one more witness. `needed` of all make the quorum; without it, more than half.

    BadSettings for an address that requests may not go to, Malformed for a key that is none, Conflict for a known one.
    """
    require_address(url, loopback=loopback)
    if any(character.isspace() for character in url):
        raise BadSettings(f"{url[:200]!r}: an address holds no blanks.")
    key = VerifierKey.parse(vkey)
    if key.algorithm is not Algorithm.COSIGNATURE_V1:
        raise BadSettings(f"{key.name} is no witness's key: it signs notes, not cosignatures (type 04).")
    trust = trust_list(connection)
    known = policy_of(trust).witnesses
    if [one for one in known if one.key.public == key.public or one.name == key.name]:
        raise Conflict(f"{key.name} is a witness already: see traceapp witness list.")
    if key.name in (GROUP, "none"):
        raise Conflict(f"A witness cannot be called {key.name}: policies use that word.")
    return _set(connection, [*known, Witness(key.name, key, url.rstrip("/"))], needed, f"+{key.name}", root, now)


def remove_witness(
    connection: Connection, name: str, root: Signer, now: datetime, *, needed: int | None = None
) -> TrustList:
    """Show the log to this witness no longer. What it cosigned under an earlier trust file no longer counts.

    NotFound.
    """
    known = policy_of(trust_list(connection)).witnesses
    left = [one for one in known if one.name != name]
    if len(left) == len(known):
        raise NotFound(f"There is no witness {name[:120]!r}: see traceapp witness list.")
    return _set(connection, left, needed, f"-{name}", root, now)


def _set(
    connection: Connection, witnesses: Sequence[Witness], needed: int | None, subject: str, root: Signer, now: datetime
) -> TrustList:
    count = len(witnesses)
    if needed is not None and not 1 <= needed <= max(count, 1):
        raise BadSettings(f"A quorum of {needed} among {Counted(count):witness|witnesses} cannot be.")
    text = witnessing(witnesses, needed or count // 2 + 1) if witnesses else NO_WITNESSES
    return set_witnessing(connection, text, subject, root, now)
