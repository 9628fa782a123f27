"""Keys at rest: what we seal, others open, and only with the passphrase."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from traceapp.core.sealed_key import plain_pem, sealed_pem

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.mark.parametrize("passphrase", ["a long passphrase", "mật khẩu dài"])
def test_a_sealed_key_opens_with_its_passphrase_and_no_other(passphrase: str, tmp_path: Path) -> None:
    pem = sealed_pem(PRIVATE, passphrase, bytes(16), b"\x80" * 16)
    found = load_pem_private_key(pem, passphrase.encode())
    assert isinstance(found, Ed25519PrivateKey)
    assert found.private_bytes_raw() == PRIVATE.private_bytes_raw()
    with pytest.raises(ValueError, match="Incorrect password"):
        load_pem_private_key(pem, b"another")
    path = tmp_path / "key.pem"
    path.write_bytes(pem)
    command = ["openssl", "pkey", "-in", str(path), "-passin", f"pass:{passphrase}"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == plain_pem(PRIVATE)


def test_two_files_of_one_key_have_nothing_in_common_but_their_frame() -> None:
    one, other = (sealed_pem(PRIVATE, "same", bytes([byte]) * 16, bytes([byte]) * 16) for byte in (1, 2))
    assert one.splitlines()[1:] != other.splitlines()[1:]
