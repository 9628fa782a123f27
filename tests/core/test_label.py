"""Label signatures and addresses: the published vector, and every way they can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.digital_link import parse_url
from traceapp.core.errors import BadSignature, InvalidIdentifier, Malformed, UnknownKey
from traceapp.core.label import key_id, label_url, parse_signature, sign_label, signed_text, verify_label

VECTOR = Path(__file__).resolve().parents[2].parent / "shared/vectors/label.json"
HOST = "id.example.vn"
PATH = "/01/09520000000110/10/VS2609A/21/FD5MA4NX78AM0"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(0x40, 0x60)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
KEYS = {key_id(HOST, PUBLIC): PUBLIC}
SIGNATURE = sign_label(PRIVATE, HOST, PATH)


def test_key_id_and_signature_are_as_worked_out() -> None:
    assert key_id(HOST, PUBLIC).hex() == "082f6bad"
    assert signed_text(HOST, PATH) == b"traceapp-label-v1\nid.example.vn\n" + PATH.encode()
    assert SIGNATURE == (
        "00059427330302010625769911077884697361945184548756357886097576006220752916719990117449"
        "217786708613040492386330829529073038595361385850853843780324023245570230152873994"
    )


@pytest.mark.skipif(not VECTOR.exists(), reason="the published vectors are not on this machine")
def test_the_published_vector_holds() -> None:
    vector = json.loads(VECTOR.read_text())
    host, path = vector["host"], vector["signed_text"].split("\n")[2]
    assert bytes.fromhex(vector["public_key"]) == PUBLIC
    assert signed_text(host, path).decode() == vector["signed_text"]
    assert key_id(host, PUBLIC).hex() == vector["key_id"]
    digits = sign_label(PRIVATE, host, path)
    assert parse_signature(digits)[1].hex() == vector["signature"]
    assert label_url(host, path, digits) == vector["url"]


def test_a_printed_address_verifies_after_scanning() -> None:
    host, link, query = parse_url(label_url(HOST, PATH, SIGNATURE))
    assert verify_label(query.sole_signature() or "", host, link.path, KEYS) == key_id(HOST, PUBLIC)


def test_the_host_may_be_written_in_any_case() -> None:
    assert key_id("ID.Example.VN", PUBLIC) == key_id(HOST, PUBLIC)
    assert verify_label(SIGNATURE, "ID.EXAMPLE.VN", PATH, KEYS) == key_id(HOST, PUBLIC)


@given(st.binary(min_size=68, max_size=68))
def test_every_signature_fits_in_167_digits_and_comes_back(data: bytes) -> None:
    digits = str(int.from_bytes(b"\x01" + data, "big")).zfill(167)
    assert len(digits) == 167
    assert parse_signature(digits) == (data[:4], data[4:])


@pytest.mark.parametrize(
    "digits", ["", "1", SIGNATURE[1:], "0" + SIGNATURE, SIGNATURE[:-1] + "x", SIGNATURE[:-1] + "٣", SIGNATURE + "\n"]
)
def test_what_is_not_167_digits_is_malformed(digits: str) -> None:
    with pytest.raises(Malformed, match="is not 167 digits"):
        parse_signature(digits)


@pytest.mark.parametrize("digits", ["0" * 167, "9" * 167, str(2 << 544).zfill(167)])
def test_another_version_is_malformed(digits: str) -> None:
    with pytest.raises(Malformed, match="of version 1"):
        parse_signature(digits)


@given(st.integers(0, 166), st.sampled_from("0123456789"))
def test_any_changed_digit_is_refused(place: int, digit: str) -> None:
    changed = SIGNATURE[:place] + digit + SIGNATURE[place + 1 :]
    if changed != SIGNATURE:
        with pytest.raises((BadSignature, UnknownKey, Malformed)):
            verify_label(changed, HOST, PATH, KEYS)


@pytest.mark.parametrize(
    ("host", "path"), [("other.example.vn", PATH), (HOST, PATH[:-1] + "1"), (HOST, PATH + "/"), (HOST, PATH.lower())]
)
def test_a_signature_for_another_label_is_refused(host: str, path: str) -> None:
    with pytest.raises(BadSignature, match="Label key 082f6bad did not sign"):
        verify_label(SIGNATURE, host, path, KEYS)


def test_a_key_that_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownKey, match=r"No label key 082f6bad of 'id\.example\.vn' is known"):
        verify_label(SIGNATURE, HOST, PATH, {})


def test_a_key_of_the_wrong_length_is_malformed() -> None:
    with pytest.raises(Malformed, match="is no raw Ed25519 public key"):
        verify_label(SIGNATURE, HOST, PATH, {key_id(HOST, PUBLIC): b"short"})


def test_a_plain_label_carries_no_query() -> None:
    assert label_url("id.example.vn:8000", PATH) == "https://ID.EXAMPLE.VN:8000" + PATH
    assert label_url("localhost:8000", PATH, scheme="HTTP") == "http://LOCALHOST:8000" + PATH


@pytest.mark.parametrize("lot", [".", ".."])
@pytest.mark.parametrize("rest", ["", "/21/1"])
def test_a_lot_that_browsers_would_drop_is_not_printed(lot: str, rest: str) -> None:
    with pytest.raises(InvalidIdentifier, match="choose another lot or serial"):
        label_url(HOST, f"/01/09520000000110/10/{lot}{rest}")


def test_dots_within_a_lot_are_printed() -> None:
    assert label_url(HOST, "/01/09520000000110/10/..a/21/1.").endswith("/10/..a/21/1.")
