"""Bitstring Status List v1.0: which certificates are revoked or suspended, without saying who looked."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from datetime import datetime

from traceapp.core.canonical import JsonObject
from traceapp.core.dates import rfc3339
from traceapp.core.errors import InvalidEvent
from traceapp.core.keys import base64url, did_web
from traceapp.core.vocabulary import context_urls

PURPOSES = ("revocation", "suspension")
LENGTH = 131_072
"""Entries of a list: the least that the standard allows, so that one index hides among many."""


def status_list(host: str, purpose: str, indexes: Iterable[int], now: datetime) -> JsonObject:
    """The unsigned status list credential: bit `i` (from the left) is set for each index."""
    address = f"https://{host}/status/{purpose}/1"
    return {
        "@context": context_urls(host),
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did_web(host),
        "validFrom": rfc3339(now),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode(indexes),
        },
    }


def encode(indexes: Iterable[int]) -> str:
    """u + base64url(gzip(bitstring)); the same bits give the same text. InvalidEvent for an index beyond LENGTH."""
    bits = bytearray(LENGTH // 8)
    for index in indexes:
        if not 0 <= index < LENGTH:
            raise InvalidEvent(f"The status list has no entry {index}: its entries are 0 to {LENGTH - 1}.")
        bits[index >> 3] |= 0x80 >> (index & 7)
    return "u" + base64url(gzip.compress(bytes(bits), mtime=0))
