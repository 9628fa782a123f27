"""Passwords: argon2id over NFKC text, so that one password typed on two keyboards is one password."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from traceapp.core.errors import RuleBroken

SHORTEST = 8
LONGEST = 200
_COMMON = frozenset(
    [
        "12345678",
        "123456789",
        "1234567890",
        "password",
        "password1",
        "matkhau1",
        "matkhau123",
        "qwertyui",
        "qwerty123",
        "11111111",
        "88888888",
        "66668888",
        "68686868",
        "iloveyou",
        "anhyeuem",
        "yeuem123",
        "vietnam1",
        "vietnam123",
        "abcd1234",
        "abc12345",
        "123123123",
        "87654321",
        "00000000",
        "traceapp",
        "asdfghjk",
        "1q2w3e4r",
        "12341234",
        "99999999",
    ]
)


@cache
def _hasher() -> PasswordHasher:
    """OWASP's second choice of argon2id: 19 MiB, two passes, so that a small machine signs people in too."""
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobodys() -> str:
    """A hash that no password fits: an unknown name takes as long as a known one."""
    return _hasher().hash("nobody\0")


def require_good(password: str, *names: str) -> str:
    """The password as it is hashed. RuleBroken, with what to do, where it is short, common, or one of `names`."""
    text = _normal(password)
    if len(text) < SHORTEST or len(text) > LONGEST:
        raise RuleBroken(f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(text)}.")
    if text.casefold() in _COMMON or len(set(text)) < 4 or text.casefold() in {name.casefold() for name in names}:
        raise RuleBroken("Everybody would try this password first: use a sentence that only you know.")
    return text


def make_hash(password: str) -> str:
    """What is stored of a password."""
    return _hasher().hash(_normal(password))


def fits(password: str, stored: str | None) -> bool:
    """Whether it is the password; as slow for an account that has none."""
    try:
        _hasher().verify(stored or _nobodys(), _normal(password)[:LONGEST])
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def _normal(password: str) -> str:
    # Halves of letters, which no keyboard sends, have no bytes: as question marks they are some password like others.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()
