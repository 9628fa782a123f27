"""Private keys as files: for their owner only, encrypted where asked, never overwritten, never made by themselves."""

from __future__ import annotations

import os
import stat
from copy import copy, deepcopy
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from traceapp.adapters.key_store import KeyStore, serial_key_id
from traceapp.core.errors import BadSettings, Conflict
from traceapp.core.keys import Role

pytestmark = pytest.mark.usefixtures("quick_sealing")
SIGNING = (Role.ROOT, Role.RECORD, Role.LABEL, Role.LOG)


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


def raw(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes_raw()


@pytest.mark.parametrize("passphrase", [None, "một câu dài, có dấu"])
def test_a_key_comes_back_as_it_was_made(tmp_path: Path, passphrase: str | None) -> None:
    made = {role: raw(KeyStore(tmp_path, passphrase).create(role)) for role in SIGNING}
    assert len(set(made.values())) == 4
    assert {role: raw(KeyStore(tmp_path, passphrase).load(role)) for role in SIGNING} == made


def test_what_a_key_signs_is_what_openssl_signs(store: KeyStore) -> None:
    made = store.create(Role.RECORD)
    loaded = store.load(Role.RECORD)
    for message in (b"", b"a", bytes(range(256)) * 300, bytearray(b"lot")):
        assert loaded.sign(message) == made.sign(message)
        loaded.public_key().verify(loaded.sign(message), message)
    assert copy(loaded).sign(b"a") == deepcopy(loaded).sign(b"a") == made.sign(b"a")
    form = Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    assert loaded.private_bytes(*form) == made.private_bytes(*form)


@pytest.mark.parametrize("passphrase", [None, "một câu dài"])
def test_a_serial_key_comes_back_by_its_name(tmp_path: Path, passphrase: str | None) -> None:
    store = KeyStore(tmp_path, passphrase)
    first, second = store.create_serial(), store.create_serial()
    again = KeyStore(tmp_path, passphrase)
    assert again.current_serial() == second
    assert set(again.serials()) == {first, second}
    assert serial_key_id(again.serial(first)) == first
    assert again.serial(first) != again.serial(second)


def test_an_encrypted_key_shows_nothing_of_itself(tmp_path: Path) -> None:
    store = KeyStore(tmp_path, "một câu dài")
    secret = raw(store.create(Role.RECORD))
    serial = store.serial(store.create_serial())
    for path in tmp_path.iterdir():
        assert secret not in path.read_bytes()
        assert serial not in path.read_bytes()
        assert path.name == "serial" or b"ENCRYPTED" in path.read_bytes()


@pytest.mark.parametrize(
    ("made_with", "opened_with", "said"),
    [
        ("one", "other", "the passphrase is wrong, or the file is damaged"),
        ("one", None, "is encrypted: set TRACEAPP_KEY_PASSPHRASE_FILE"),
        (None, "one", "is not encrypted: unset the passphrase"),
    ],
)
def test_a_wrong_passphrase_is_told(tmp_path: Path, made_with: str | None, opened_with: str | None, said: str) -> None:
    KeyStore(tmp_path, made_with).create(Role.LOG)
    with pytest.raises(BadSettings, match=rf"{tmp_path}/log.pem .*{said}"):
        KeyStore(tmp_path, opened_with).load(Role.LOG)


def test_every_file_is_for_its_owner_only_whatever_the_umask(store: KeyStore, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        store.create(Role.RECORD)
        store.create_serial()
        store.replace(Role.RECORD, Ed25519PrivateKey.generate(), "old")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o660, 0o777])
def test_a_key_readable_by_others_is_refused_with_the_remedy(store: KeyStore, tmp_path: Path, mode: int) -> None:
    store.create(Role.RECORD)
    name = store.create_serial()
    for file in ("record.pem", f"serial-{name}.pem"):
        path = tmp_path / "keys" / file
        path.chmod(mode)
        with pytest.raises(BadSettings, match=f"{path} is readable by others; run chmod 600 {path}"):
            store.load(Role.RECORD) if file == "record.pem" else store.serial(name)
        path.chmod(0o600)
    store.load(Role.RECORD)


def test_a_key_is_never_overwritten(store: KeyStore) -> None:
    first = raw(store.create(Role.RECORD))
    with pytest.raises(Conflict, match="exists already: rotate it instead"):
        store.create(Role.RECORD)
    assert raw(store.load(Role.RECORD)) == first


def test_a_replaced_key_is_kept_aside(store: KeyStore, tmp_path: Path) -> None:
    first, fresh = raw(store.create(Role.LABEL)), Ed25519PrivateKey.generate()
    before = store.stamp(Role.LABEL)
    store.replace(Role.LABEL, fresh, "z6MkOld")
    assert raw(store.load(Role.LABEL)) == raw(fresh)
    assert store.stamp(Role.LABEL) != before
    (tmp_path / "keys" / "label-z6MkOld.pem").replace(tmp_path / "keys" / "label.pem")
    assert raw(store.load(Role.LABEL)) == first


def test_what_a_kill_left_behind_is_in_nobodys_way(store: KeyStore, tmp_path: Path) -> None:
    store.create(Role.LABEL)
    store.create_serial()
    for name in ("new-label.pem", "new-serial"):
        (tmp_path / "keys" / name).write_bytes(b"half a k")
    fresh = Ed25519PrivateKey.generate()
    store.replace(Role.LABEL, fresh, "old")
    assert raw(store.load(Role.LABEL)) == raw(fresh)
    assert store.current_serial() != store.create_serial()


def test_a_missing_key_is_told_and_not_made(store: KeyStore, tmp_path: Path) -> None:
    for what in (
        lambda: store.load(Role.RECORD),
        store.current_serial,
        lambda: store.serial("x"),
        lambda: stamp(store),
    ):
        with pytest.raises(BadSettings, match=r"cannot be read .*run traceapp init, or restore it"):
            what()
    assert not store.holds(Role.RECORD)
    assert not store.holds(Role.SERIAL)
    assert not (tmp_path / "keys").exists()


def stamp(store: KeyStore) -> object:
    return store.stamp(Role.RECORD)


def test_what_is_no_key_of_ours_is_told(store: KeyStore, tmp_path: Path) -> None:
    store.create(Role.RECORD)
    path = tmp_path / "keys" / "record.pem"
    for content in (b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\xff" * 300):
        path.write_bytes(content)
        with pytest.raises(BadSettings, match="cannot be opened"):
            store.load(Role.RECORD)
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(other)
    with pytest.raises(BadSettings, match="holds no Ed25519 key"):
        store.load(Role.RECORD)


def test_no_message_tells_a_key(store: KeyStore, tmp_path: Path) -> None:
    store.create(Role.RECORD)
    path = tmp_path / "keys" / "record.pem"
    secret = path.read_text().splitlines()[1]
    path.write_text(path.read_text() + "x")
    path.chmod(0o644)
    with pytest.raises(BadSettings) as caught:
        store.load(Role.RECORD)
    assert secret not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("in the way")
    with pytest.raises(BadSettings, match="cannot be written"):
        KeyStore(tmp_path / "keys").create(Role.RECORD)


def test_keys_that_lie_open_are_sealed_under_a_passphrase(store: KeyStore, tmp_path: Path) -> None:
    raw = store.create(Role.RECORD).private_bytes_raw()
    serial = store.create_serial()
    with pytest.raises(BadSettings, match="no passphrase"):
        store.seal()
    sealed = KeyStore(tmp_path / "keys", "a long passphrase")
    assert sealed.seal() == sealed.seal() == 2
    assert sealed.load(Role.RECORD).private_bytes_raw() == raw
    assert sealed.serial(serial)
    assert all(b"ENCRYPTED" in path.read_bytes() for path in (tmp_path / "keys").glob("*.pem"))
    with pytest.raises(BadSettings, match="passphrase is wrong"):
        KeyStore(tmp_path / "keys", "another").seal()
