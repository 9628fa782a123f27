"""Documents that a body signs on its own machine: it sees what it signs, and signs nothing else."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.cast import CERTIFIER, HOST
from tests.core.cast import SAID, signed, tea, uuid_of
from tests.core.own_cast import CERTIFICATE, OTHER, OWN, certificate, named, possession, signer, visit, word
from traceapp.core.canonical import canonicalise, parse_object
from traceapp.core.credential import verify_proof
from traceapp.core.errors import BadSignature, InvalidEvent, KeyNotValid, Malformed
from traceapp.core.keys import base58_encode, public_bytes
from traceapp.core.own.documents import (
    GOOD_FOR,
    read_finished,
    read_offered,
    read_signature,
    require_declaration,
    require_offered,
    sign_offered,
    sign_possession,
)
from traceapp.core.own.keys import possession_text, require_possession
from traceapp.core.statements import Statement, document

DECLARED = certificate(tea())


def offered(statement: Statement | None = None, **changes: Any) -> bytes:
    """An unsigned document."""
    made, _ = document(
        statement or word(DECLARED),
        host=HOST,
        issuer=signer().did,
        record_id=UUID(uuid_of(99)),
        now=SAID,
        nonce=b"n" * 16,
        salts=(),
    )
    return canonicalise({name: value for name, value in {**made, **changes}.items() if value is not None})


def test_whoever_signs_sees_what_it_says_and_about_what() -> None:
    _, told = read_offered(offered())
    assert (told.certificate, told.organisation, told.issuer) == (CERTIFICATE, CERTIFIER, signer().did)
    assert (told.kind, told.said) == ("traceapp:CertificateState", {"state": "confirmed", "reason": "Vì sao"})
    assert require_declaration(told, DECLARED.body or b"")["number"] == "VG-1"
    assert read_offered(offered(visit(DECLARED)))[1].said == {"day": "2026-10-01", "result": "kept"}
    other = certificate(tea(), number="VG-2")
    with pytest.raises(Malformed, match="its hash differs"):
        require_declaration(told, other.body or b"")
    about = read_offered(offered(word(DECLARED, id="https://id.example.vn/id/other")))[1]
    with pytest.raises(Malformed, match="Do not sign"):
        require_declaration(about, DECLARED.body or b"")


def test_a_document_is_signed_as_any_verifier_of_the_suite_wants_it() -> None:
    finished = sign_offered(offered(), OWN, named().method, SAID)
    verify_proof(parse_object(finished), public_bytes(OWN))
    assert canonicalise({**parse_object(offered()), "proof": parse_object(finished)["proof"]}) == finished
    with pytest.raises(KeyNotValid, match="is to be signed by"):
        sign_offered(offered(), OTHER, named(OTHER).method, SAID)


@pytest.mark.parametrize(
    "changes",
    [
        {"proof": {}},
        {"credentialSubject": None},
        {"credentialSubject": "x"},
        {"traceapp:declaredBy": None},
        {"issuer": None},
        {"validFrom": None},
        {"@context": None},
        {"@context": ["https://www.w3.org/ns/credentials/v2"]},
        {"id": 5},
        {"id": "https://[x/records/1"},
        {"type": ["VerifiableCredential", "KeyRecord"]},
        {"credentialSubject": {"id": "x", "type": "traceapp:OwnKey", "traceapp:declaration": {"traceapp:sha256": "x"}}},
    ],
)
def test_nothing_else_is_signed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        sign_offered(offered(**changes), OWN, named().method, SAID)


def test_a_registration_is_signed_only_with_its_own_words_and_key() -> None:
    asked = possession()
    text = possession_text(HOST, asked).encode()
    assert sign_possession(text + b"\r\n", OWN) == asked.proof
    require_possession(HOST, asked)
    for words, key in ((text, OTHER), (b"x" + text, OWN), (text + b"\nmore", OWN), (b"\x00" * 64, OWN)):
        with pytest.raises(Malformed, match="nothing was signed"):
            sign_possession(words, key)


def test_a_signature_may_be_written_as_openssl_users_do() -> None:
    raw = OWN.sign(b"x")
    assert read_signature(base64.encodebytes(raw).decode()) == read_signature(
        f" {read_signature(base64.b64encode(raw).decode())}\n"
    )
    signatures = (OWN.sign(bytes([number])) for number in range(256))
    odd = next(one for one in signatures if base64.b64encode(one).startswith(b"z"))
    assert read_signature(base64.b64encode(odd).decode()) == "z" + base58_encode(odd), "it begins like the other form"
    for wrong in ("z" * 101, "é", "====", "abc"):
        with pytest.raises(Malformed):
            read_signature(wrong)


def test_what_comes_back_is_what_was_offered_and_a_proof() -> None:
    now = SAID + timedelta(hours=1)
    finished = sign_offered(offered(), OWN, named().method, now)
    require_offered(read_finished(b"\n" + finished + b"\r\n"), offered(), now)
    for data, words in (
        (b"x" * 64_001, "at most"),
        (b"%PDF", "not JSON"),
        (b'{"a":1,"a":2}', "stands twice"),
        (b'{ "a":1}', "canonical FILE"),
        (offered(), "one proof"),
        (canonicalise({**parse_object(finished), "proof": {"type": "DataIntegrityProof"}}), "one proof"),
    ):
        with pytest.raises(Malformed, match=words):
            read_finished(data)
    with pytest.raises(Malformed, match="look at credentialSubject, validUntil"):
        changed = {**parse_object(finished), "validUntil": "x", "credentialSubject": {}}
        require_offered(changed, offered(), now)


def test_a_document_is_signed_and_brought_back_in_time() -> None:
    for at, now, words in (
        (SAID, SAID + GOOD_FOR + timedelta(seconds=1), "too long ago"),
        (SAID - timedelta(minutes=6), SAID, "Set the clock"),
        (SAID + timedelta(minutes=6), SAID, "Set the clock"),
    ):
        finished = read_finished(sign_offered(offered(), OWN, named().method, at))
        with pytest.raises(KeyNotValid, match=words):
            require_offered(finished, offered(), now)
    finished = read_finished(sign_offered(offered(), OWN, named().method, SAID))
    require_offered(finished, offered(), SAID + GOOD_FOR)
    finished["proof"]["created"] = "today"
    with pytest.raises(Malformed, match="not an instant"):
        require_offered(finished, offered(), SAID)


def test_what_the_service_signs_is_no_signature_of_a_body() -> None:
    ours = signed(word(DECLARED), 99)
    with pytest.raises(BadSignature):
        verify_proof(parse_object(ours.body or b""), public_bytes(OWN))
    with pytest.raises(InvalidEvent):
        canonicalise({"x": float("nan")})
