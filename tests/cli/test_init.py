"""`traceapp init`, and what every command says where it cannot work: one line, what to do, no traceback."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Service
from tests.services.cast import repository

COMMANDS: tuple[tuple[object, ...], ...] = (
    ("keys", "list"),
    ("keys", "rotate", "label"),
    ("keys", "revoke", "z6Mk", "--since", "2026-01-01T00:00:00Z", "--yes"),
    ("keys", "add-host", "tem.example.vn"),
    ("labels", "DM2610B", "--count", 1, "-o", "out.csv"),
    ("url", "DM2610B"),
    ("bundle", "/01/09520000000127/10/DM2610B", "-o", "out.zip"),
    ("log", "check"),
    ("log", "export", "out"),
    ("log", "recover"),
    ("serve",),
)
every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda one: "-".join(map(str, one[:2])))


def test_init_makes_everything_once(nothing: Service) -> None:
    first, second = nothing.said("init"), nothing.said("init")
    assert first.startswith("id.example.vn: made, data in ")
    assert second.startswith("id.example.vn: checked, data in ")
    assert nothing.said("log", "check").startswith("All good: 5 entries")


_AS_ANOTHER_SERVER = """
import threading
import wsgi
print(wsgi.app.test_client().get("/readyz", base_url="https://id.example.vn").status_code)
print(*sorted(one.name for one in threading.enumerate()))
"""


@pytest.mark.parametrize("kind", ["sqlite"])
def test_whatever_serves_wsgi_py_does_what_is_done_beside_the_pages(nothing: Service) -> None:
    nothing.said("init")
    command, env = [sys.executable, "-c", _AS_ANOTHER_SERVER], nothing.process_env
    found = subprocess.run(command, env=env, cwd=repository(), capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == ["200", "MainThread colleagues forget-visitors publish"]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_keys_and_data_are_for_their_owner_only(nothing: Service) -> None:
    nothing.said("init")
    for path in (nothing.folder / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in ("keys", "data"):
        assert stat.S_IMODE((nothing.folder / folder).stat().st_mode) == 0o700


@pytest.mark.usefixtures("quick_sealing")
@pytest.mark.parametrize("kind", ["sqlite"])
def test_init_says_that_keys_lie_unencrypted_unless_they_do_not(nothing: Service, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("một câu dài\n", encoding="utf-8")
    encrypted = nothing.run("init", TRACEAPP_KEY_PASSPHRASE_FILE=str(secret))
    assert (encrypted.exit_code, encrypted.stderr) == (0, "")
    assert b"ENCRYPTED" in (nothing.folder / "keys" / "record.pem").read_bytes()
    assert "is encrypted: set TRACEAPP_KEY_PASSPHRASE_FILE" in nothing.refused("keys", "rotate", "label")
    assert "the passphrase is wrong" in nothing.refused("keys", "rotate", "label", TRACEAPP_KEY_PASSPHRASE="another")
    assert nothing.run("keys", "rotate", "label", TRACEAPP_KEY_PASSPHRASE="một câu dài").exit_code == 0


@pytest.mark.parametrize("kind", ["sqlite"])
def test_init_under_an_unencrypted_key_warns(nothing: Service) -> None:
    assert "The keys lie unencrypted" in nothing.run("init").stderr


@every_command
@pytest.mark.parametrize("kind", ["sqlite"])
def test_before_init_every_command_says_run_init(nothing: Service, command: tuple[object, ...]) -> None:
    assert "run traceapp init" in nothing.refused(*command)


@every_command
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_database_that_cannot_be_reached_is_one_line(nothing: Service, command: tuple[object, ...]) -> None:
    for url in ("postgresql://postgres@127.0.0.1:1/none", f"sqlite:///{nothing.folder}/no/such/folder/x.db"):
        assert "The database refused" in nothing.refused(*command, TRACEAPP_DATABASE_URL=url)


@every_command
@pytest.mark.parametrize("kind", ["sqlite"])
def test_wrong_settings_are_one_line_that_names_them_all(nothing: Service, command: tuple[object, ...]) -> None:
    said = nothing.refused(*command, TRACEAPP_IDENTITY="https://x", PORT="none", TRACEAPP_BASE_URL="ftp://x")
    for name in ("TRACEAPP_IDENTITY", "PORT", "TRACEAPP_BASE_URL"):
        assert name in said


@every_command
@pytest.mark.parametrize("kind", ["sqlite"])
def test_another_identity_than_init_fixed_is_refused(service: Service, command: tuple[object, ...]) -> None:
    assert "id.example.vn since init" in service.refused(*command, TRACEAPP_IDENTITY="other.example.vn")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_data_folder_that_cannot_be_made_is_one_line(nothing: Service) -> None:
    nothing.folder.parent.mkdir(exist_ok=True)
    nothing.folder.write_text("a file is in the way")
    assert "cannot be made" in nothing.refused("init")


def test_keys_that_are_gone_are_named_with_the_remedy(service: Service) -> None:
    (service.folder / "keys" / "log.pem").unlink()
    assert "All good" in service.said("log", "check"), "public keys are enough to check"
    assert "log.pem cannot be read" in service.refused("labels", "DM2610B", "--count", 1, "-o", "out.csv")


def test_init_never_makes_a_missing_key_anew(service: Service) -> None:
    """A new key would sign what nobody can check; the old one is what must come back."""
    key = service.folder / "keys" / "record.pem"
    kept = key.rename(key.with_suffix(".away"))
    service.run("init")
    assert not key.exists()
    kept.rename(key)
    service.said("init")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_port_in_use_is_named(service: Service) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} cannot be used" in service.refused("serve", "--host", "127.0.0.1", PORT=str(port))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_every_command_explains_itself(nothing: Service) -> None:
    named = [one[:2] if one[0] in ("keys", "log") else one[:1] for one in COMMANDS]
    for command in ((), ("keys",), ("log",), ("demo",), ("init",), ("verify",), *named):
        said = nothing.said(*command, "--help")
        assert said.startswith("Usage: ")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_installed_command_leaves_quietly_when_its_reader_does(service: Service) -> None:
    """As with `traceapp keys list | head -1`."""
    shell = f'"{sys.executable}" -c "from traceapp.cli import main; main()" keys list | head -c 1'
    command, env = ["/bin/sh", "-c", shell], service.process_env
    found = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=True)
    assert found.stdout == "T"
    assert "Traceback" not in found.stderr
