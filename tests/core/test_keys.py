"""Keys: how they are named, what they may sign, and who is not known."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import HOST
from tests.core.cast import EPOCH, KEYS, PRIVATE, keyring
from traceapp.core.errors import BadSignature, KeyNotValid, Malformed, UnknownKey
from traceapp.core.keys import (
    Keyring,
    PublicKey,
    Role,
    base58_decode,
    base58_encode,
    base64url,
    did_web,
    jwk,
    multikey,
    parse_multikey,
    public_bytes,
    thumbprint,
    verify,
)

RECORD = public_bytes(PRIVATE[Role.RECORD])


@given(st.binary(max_size=80))
def test_base58_reads_back_leading_zeros_included(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data


@given(st.text("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", max_size=60))
def test_every_base58_text_is_the_only_one_for_its_bytes(text: str) -> None:
    assert base58_encode(base58_decode(text)) == text


def test_base58_is_that_of_bitcoin() -> None:
    assert base58_encode(b"Hello World!") == "2NEpo7TZRRrLZSi2U"
    assert base58_encode(b"\0\0\x28\x7f\xb4\xcd") == "11233QC4"


@pytest.mark.parametrize("character", ["0", "O", "I", "l", "é", " "])
def test_characters_that_look_alike_are_no_base58(character: str) -> None:
    with pytest.raises(Malformed, match="base58"):
        base58_decode(f"2NEpo{character}")


@given(st.binary(min_size=32, max_size=32))
def test_a_multikey_reads_back(raw: bytes) -> None:
    assert parse_multikey(multikey(raw)) == raw
    assert multikey(raw).startswith("z6Mk")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        multikey(RECORD)[1:],
        "u" + multikey(RECORD)[1:],
        multikey(RECORD[:31]),
        multikey(RECORD + b"\0"),
        "z" + base58_encode(b"\xec\x01" + RECORD),
        "z" + "6" * 100_000,
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_ed25519_multikey_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="Multikey"):
        parse_multikey(text)


def test_a_thumbprint_is_that_of_rfc_8037() -> None:
    raw = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    assert jwk(raw) == {"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(raw) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert base64url(b"\xfb\xff") == "-_8"


def test_a_signature_is_checked_against_key_and_bytes() -> None:
    signature = PRIVATE[Role.RECORD].sign(b"tea")
    verify(RECORD, signature, b"tea")
    for raw, made, message in (
        (RECORD, signature, b"team"),
        (RECORD, signature[:-1], b"tea"),
        (RECORD, bytes(64), b"tea"),
        (public_bytes(PRIVATE[Role.LOG]), signature, b"tea"),
        (RECORD[:31], signature, b"tea"),
    ):
        with pytest.raises(BadSignature):
            verify(raw, made, message)


def test_the_did_of_a_host_escapes_its_port() -> None:
    assert did_web("id.example.vn") == "did:web:id.example.vn"
    assert did_web("localhost:8000") == "did:web:localhost%3A8000"


def test_a_keyring_finds_a_key_by_its_name_and_role() -> None:
    ring = keyring()
    record = next(key for key in KEYS if key.role is Role.RECORD)
    assert ring.find(f"did:web:{HOST}#{record.multikey}", Role.RECORD) is record
    assert tuple(ring) == KEYS
    assert ring.of_role(Role.LABEL) == tuple(key for key in KEYS if key.role is Role.LABEL)
    assert ring.pinned and ring.host == HOST


def test_a_key_of_another_role_may_not_sign() -> None:
    for key in KEYS:
        if key.role not in (Role.RECORD, Role.SERIAL):
            with pytest.raises(KeyNotValid, match=f"is a {key.role} key"):
                keyring().find(f"did:web:{HOST}#{key.multikey}", Role.RECORD)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "#",
        f"did:web:{HOST}",
        f"did:web:{HOST}#",
        f"did:web:other.example.vn#{multikey(RECORD)}",
        f"did:web:{HOST}:a#{multikey(RECORD)}",
        f"did:web:{HOST}#x#{multikey(RECORD)}",
        multikey(RECORD),
        f"did:web:{HOST}#{multikey(b'x' * 32)}",
    ],
)
def test_a_key_that_is_not_held_is_unknown(name: str) -> None:
    with pytest.raises(UnknownKey, match="No trusted key"):
        keyring().find(name, Role.RECORD)


def test_the_hash_of_a_serial_key_can_sign_nothing() -> None:
    serial = PublicKey(Role.SERIAL, RECORD, EPOCH)
    with pytest.raises(UnknownKey):
        Keyring(HOST, [serial]).find(f"did:web:{HOST}#{serial.multikey}", Role.RECORD)
    assert Keyring(HOST, [serial]).of_role(Role.SERIAL) == (serial,)
