"""`traceapp certifier` on a body's own machine, and `traceapp keys own|admit|end` on the operator's."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Service
from traceapp.adapters.own_key_file import load_own_key
from traceapp.core.facts import CertificateState
from traceapp.core.keys import parse_multikey
from traceapp.services.certificates.lists import issued_by
from traceapp.services.certificates.own_keys import ask_own_key, prove_own_key
from traceapp.services.certificates.own_words import declaration_of, offer_state, take_signed
from traceapp.services.registry.organisations import organisation_called

NAME = "Tổ chức chứng nhận XYZ-Mẫu"
LOT = "https://id.example.vn/01/09520000000141/10/BR1103"
pytestmark = pytest.mark.parametrize("kind", ["sqlite"])


def test_a_body_makes_a_key_proves_it_signs_and_the_bundle_tells_whose_it_is(service: Service, tmp_path: Path) -> None:
    key, words, offered = tmp_path / "khoa.pem", tmp_path / "chu.txt", tmp_path / "giay.json"
    did = service.said("certifier", "keygen", "-o", key).strip()
    assert key.stat().st_mode & 0o777 == 0o600
    assert service.said("certifier", "did", "--key", key).strip() == did
    world = service.world
    with world.write() as connection:
        body = organisation_called(connection, NAME)
        keyring, now = world.keyring(connection), world.clock()
        words.write_text(ask_own_key(connection, world.host, body, did, b"", keyring, now).text)
    assert "waits for its holder's signature" in service.said("keys", "own")
    assert "has not signed yet" in service.refused("keys", "admit", NAME)
    proof = service.said("certifier", "prove", words, "--key", key).strip()
    with world.write() as connection:
        prove_own_key(connection, world.host, body, proof)
    assert "waits for `keys admit`" in service.said("keys", "own")
    assert service.said("keys", "admit", NAME).startswith("Bound by https://id.example.vn/records/")
    assert f"in use   {did}#" in service.said("keys", "own")

    with world.write() as connection:
        certificate = next(one for one in issued_by(connection, body) if one.state == "declared").id
        keyring, now, state = world.keyring(connection), world.clock(), CertificateState.CONFIRMED
        offered.write_bytes(offer_state(connection, certificate, state, body, world.host, keyring, now).body)
        (tmp_path / "khai.json").write_bytes(declaration_of(connection, world.host, certificate)[2])
    sign = ("certifier", "sign", offered, "--key", key, "-o", tmp_path / "ky.json")
    shown = service.said(*sign, "--declaration", tmp_path / "khai.json", "--yes")
    assert "state: confirmed" in shown and '"HACCP-MAU-0107"' in shown
    assert "nobody said yes" in service.run(*sign).output, "nothing is signed unseen"
    with world.write() as connection:
        signed = (tmp_path / "ky.json").read_bytes()
        take_signed(connection, signed, certificate, body, world.notary, world.keyring(connection), world.clock())

    assert service.run("audit").exit_code == 0
    service.said("bundle", LOT, "-o", tmp_path / "lot.zip")
    trust = tmp_path / "trust.json"
    with world.read() as connection:
        trust.write_bytes(world.trust(connection).body)
    world.engine.dispose()
    told = service.said("verify", tmp_path / "lot.zip", "--trust", trust, "--lang", "en")
    assert f"confirmed with the own key of {NAME}" in told and f"own key of {NAME}: {did}#" in told
    assert "1 record by this key falls" in service.run("keys", "end", NAME, "--since", "2020-01-01T00:00:00Z").output
    assert service.said("keys", "end", NAME, "--since", "2020-01-01T00:00:00Z", "--yes").count("Ended by") == 1
    assert "compromised since 2020-01-01" in service.said("keys", "own")
    service.said("bundle", LOT, "-o", tmp_path / "after.zip")
    assert service.run("verify", tmp_path / "after.zip", "--trust", trust).exit_code == 1


def test_a_key_is_sealed_and_never_written_over(service: Service, tmp_path: Path) -> None:
    key, secret = tmp_path / "khoa.pem", tmp_path / "mk"
    secret.write_text("một câu dài\n")
    web = "did:web:chungnhan.example.vn"
    made = service.said("certifier", "keygen", "-o", key, "--passphrase-file", secret, "--did", web)
    document = json.loads(made.partition("\n")[2])
    assert (made.splitlines()[0], document["id"], len(document["assertionMethod"])) == (web, web, 1)
    assert "ENCRYPTED" in key.read_text()
    assert "exists already" in service.refused("certifier", "keygen", "-o", key)
    assert "is sealed" in service.refused("certifier", "did", "--key", key)
    secret.write_text("câu khác")
    assert "passphrase right" in service.refused("certifier", "did", "--key", key, "--passphrase-file", secret)
    key.chmod(0o644)
    assert "chmod 600" in service.refused("certifier", "did", "--key", key)
    assert "cannot be read" in service.refused("certifier", "did", "--key", tmp_path / "none.pem")
    assert "is no DID" in service.refused("certifier", "keygen", "-o", tmp_path / "b.pem", "--did", "did:web:X")
    assert not (tmp_path / "b.pem").exists()


def test_a_key_that_openssl_made_signs_too_and_other_tools_documents_are_brought_into_form(
    service: Service, tmp_path: Path
) -> None:
    key, loose = tmp_path / "openssl.pem", tmp_path / "loose.json"
    made = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(key)]
    if subprocess.run(made, capture_output=True, check=False).returncode:
        pytest.skip("openssl is not here")
    key.chmod(0o600)
    did = service.said("certifier", "did", "--key", key).strip()
    private = load_own_key(key, None)
    assert parse_multikey(did.removeprefix("did:key:")) == private.public_key().public_bytes_raw()
    assert "nothing was signed" in service.refused("certifier", "prove", key, "--key", key)
    world, words = service.world, tmp_path / "chu.txt"
    with world.write() as connection:
        body, keyring = organisation_called(connection, NAME), world.keyring(connection)
        words.write_text(ask_own_key(connection, world.host, body, did, b"", keyring, world.clock()).text)
    sign = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(key), "-in", str(words)]
    raw = subprocess.run(sign, capture_output=True, check=True).stdout
    with world.write() as connection:
        prove_own_key(connection, world.host, body, base64.encodebytes(raw).decode())
    world.engine.dispose()
    assert "waits for `keys admit`" in service.said("keys", "own")
    loose.write_text('{ "b": 1,\n "a": "é" }')
    service.said("certifier", "canonical", loose, "-o", tmp_path / "form.json")
    assert (tmp_path / "form.json").read_bytes() == '{"a":"é","b":1}'.encode()
    loose.write_text('{"a":1,"a":2}')
    assert "stands twice" in service.refused("certifier", "canonical", loose, "-o", tmp_path / "x.json")
    assert "no document that the service offered" in service.refused(
        "certifier", "sign", tmp_path / "form.json", "--key", key, "-o", tmp_path / "x.json"
    )


def test_signing_needs_nothing_of_the_service(service: Service, kind: str) -> None:
    program = (
        "import sys, traceapp.cli.certifier\n"
        "print([one for one in sys.modules if one.startswith(('traceapp.services', 'traceapp.db', 'traceapp.web', "
        "'sqlalchemy', 'flask'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
