"""Our records satisfy a Data Integrity verifier that somebody else wrote, and altered ones do not."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import verify_all
from tests.contract.samples import CREATED, DID, HOST, KEY, OTHER_KEY, SAMPLES, did_document, jcs, multikey, sign
from traceapp.core.credential import Signer, secure

pytestmark = pytest.mark.usefixtures("npm_dir")

VECTOR = Path(__file__).resolve().parents[2].parent / "shared/vectors/eddsa-jcs-2022/signedJCS.json"
OURS = did_document([multikey(KEY)])
RECORD = SAMPLES["a certificate"]


def altered(**changes: Any) -> bytes:
    """A signed record with fields replaced after signing."""
    return jcs(json.loads(sign(RECORD)) | changes)


def test_the_verifier_accepts_the_published_vector_and_refuses_it_altered() -> None:
    if not VECTOR.exists():
        pytest.skip("the W3C vector is not beside this project")
    vector = json.loads(VECTOR.read_text())
    did, _, key = vector["proof"]["verificationMethod"].partition("#")
    other = copy.deepcopy(vector)
    other["credentialSubject"]["alumniOf"] = "The School of Forgers"
    said = verify_all([jcs(vector), jcs(other)], [did_document([key], did)], any_issuer=True)
    assert [one.ok for one in said] == [True, False]


def test_every_type_of_record_is_verified() -> None:
    said = verify_all([sign(document) for document in SAMPLES.values()], [OURS])
    assert {name: one.error for name, one in zip(SAMPLES, said, strict=True) if not one.ok} == {}


def test_the_service_signs_the_same_bytes_as_a_signer_that_shares_nothing_with_it() -> None:
    signer = Signer.of_host(HOST, KEY)
    created = datetime.fromisoformat(CREATED).astimezone(UTC)
    for name, document in SAMPLES.items():
        assert secure(document, signer, created) == sign(document), name


def test_a_record_altered_after_signing_is_refused_whatever_was_altered() -> None:
    changes: dict[str, Any] = {
        "credentialSubject": RECORD["credentialSubject"] | {"traceapp:stars": 5},
        "validFrom": "2026-10-09T03:00:01Z",
        "id": f"https://{HOST}/records/0199c5a0-0000-7000-8000-00000000000c",
        "credentialStatus": RECORD["credentialStatus"][:1],
        "traceapp:disclosure": "restricted",
        "@context": RECORD["@context"][:2],
        "traceapp:extra": 1,
    }
    said = verify_all([sign(RECORD), *(altered(**{name: value}) for name, value in changes.items())], [OURS])
    assert [one.ok for one in said] == [True] + [False] * len(changes)


def test_an_altered_proof_is_refused_whatever_was_altered() -> None:
    proof = json.loads(sign(RECORD))["proof"]
    changes: dict[str, Any] = {
        "created": "2026-10-09T03:00:01Z",
        "proofPurpose": "authentication",
        "cryptosuite": "eddsa-rdfc-2022",
        "@context": RECORD["@context"][:1],
        "proofValue": json.loads(sign(SAMPLES["a key"]))["proof"]["proofValue"],
    }
    said = verify_all([altered(proof=proof | {name: value}) for name, value in changes.items()], [OURS])
    assert [one.ok for one in said] == [False] * len(changes)


def test_a_key_that_the_did_document_does_not_list_is_refused() -> None:
    said = verify_all([sign(RECORD, OTHER_KEY)], [OURS])[0]
    assert not said.ok
    assert "not among the local documents" in said.error


def test_a_key_that_may_not_assert_is_refused() -> None:
    # As a compromised key stands in did.json: still listed, no longer under assertionMethod.
    assert not verify_all([sign(RECORD)], [did_document([multikey(KEY)], assertion=False)])[0].ok


def test_a_record_signed_by_the_key_of_somebody_else_than_its_issuer_is_refused() -> None:
    stranger = "did:web:stranger.example.vn"
    said = verify_all([sign(RECORD, OTHER_KEY, stranger)], [OURS, did_document([multikey(OTHER_KEY)], stranger)])[0]
    assert not said.ok
    assert "issuer must match" in said.error


def test_a_third_party_signs_under_its_own_did() -> None:
    stranger = "did:web:stranger.example.vn"
    document = RECORD | {"issuer": stranger}
    said = verify_all([sign(document, OTHER_KEY, stranger)], [did_document([multikey(OTHER_KEY)], stranger)])[0]
    assert said.ok, said.error
    assert DID not in json.dumps(did_document([multikey(OTHER_KEY)], stranger))
