"""A form's token: where it was for and since when it is open, signed, so that no server has to remember it.

It says nothing of who has it. Whoever sends without one, faster than a person writes, or half a day later is shown the
form again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from traceapp.services.world import World

LEAST_SECONDS = 3
"""Nobody reads a form and writes into it in less."""
MOST_SECONDS = 12 * 3600
_NONCE_BYTES = 12
_TIME_BYTES = 5
_MAC_BYTES = 16


class Opened(StrEnum):
    """What came of a token."""

    GOOD = "good"
    EARLY = "early"
    LATE = "late"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was read: `nonce` names this one form."""

    opened: Opened
    nonce: bytes = b""


def form_key(world: World) -> bytes:
    """The key of this service's forms, made from a key that the service has anyway; every worker makes the same."""
    secret = world.serial_key(world.key_store.current_serial())
    return hmac.digest(secret, b"traceapp form token v1", "sha256")


def make_token(key: bytes, about: str, now: datetime) -> str:
    """A token for the form `about` one thing, opened now."""
    said = int(now.timestamp()).to_bytes(_TIME_BYTES, "big") + secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(said + _mac(key, about, said)).decode()


def read_token(key: bytes, about: str, token: str, now: datetime) -> Token:
    """What came of a token that was sent back with the form `about` one thing."""
    try:
        data = base64.b64decode(token.encode("ascii", "replace"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return Token(Opened.FORGED)
    said, mac = data[: _TIME_BYTES + _NONCE_BYTES], data[_TIME_BYTES + _NONCE_BYTES :]
    if not hmac.compare_digest(mac, _mac(key, about, said)):
        return Token(Opened.FORGED)
    age = int(now.timestamp()) - int.from_bytes(said[:_TIME_BYTES], "big")
    opened = Opened.EARLY if age < LEAST_SECONDS else Opened.LATE if age > MOST_SECONDS else Opened.GOOD
    return Token(opened, said[_TIME_BYTES:])


def _mac(key: bytes, about: str, said: bytes) -> bytes:
    return hmac.digest(key, about.encode() + b"\0" + said, "sha256")[:_MAC_BYTES]
