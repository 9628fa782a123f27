"""Records as tokens; whether others can verify them, tests/contract asks them."""

from __future__ import annotations

import base64
import json

import pytest

from tests.core.cast import HOST, PRIVATE
from traceapp.core.errors import KeyNotValid
from traceapp.core.jose import vc_jwt
from traceapp.core.keys import Role, public_bytes, thumbprint, verify


def test_a_token_is_the_record_without_its_proof_under_the_named_key() -> None:
    private = PRIVATE[Role.RECORD]
    token = vc_jwt({"issuer": f"did:web:{HOST}", "b": 2, "proof": {"x": 1}}, HOST, private)
    text, _, signature = token.rpartition(b".")
    head, body, signed = (base64.urlsafe_b64decode(part + b"==") for part in (*text.split(b"."), signature))
    verify(public_bytes(private), signed, text)
    assert json.loads(body) == {"issuer": f"did:web:{HOST}", "b": 2}
    name = thumbprint(public_bytes(private))
    assert json.loads(head) == {"alg": "EdDSA", "typ": "vc+jwt", "cty": "vc", "kid": f"did:web:{HOST}#{name}"}


def test_nobody_signs_a_token_for_another_issuer() -> None:
    with pytest.raises(KeyNotValid, match="only it can sign"):
        vc_jwt({"issuer": "did:web:other.vn"}, HOST, PRIVATE[Role.RECORD])
