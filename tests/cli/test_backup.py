"""Drills: a backup is taken, the machine is lost, the service lives again; and an old backup forks nothing."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from tests.cli.conftest import Service, service_in
from traceapp.adapters.papers import store_paper


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealing costs a third of a second on purpose, each time a key is opened."""
    monkeypatch.setattr("traceapp.core.sealed_key.PARALLEL", 1)


SQLITE = pytest.mark.parametrize("kind", ["sqlite"])


def sealed(service: Service, tmp_path: Path) -> Service:
    """The same service, its keys sealed."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("a long and random passphrase\n")
    service.env["TRACEAPP_KEY_PASSPHRASE_FILE"] = str(passphrase)
    service.said("keys", "seal")
    return service


@SQLITE
def test_a_lost_machine_lives_again_and_an_old_backup_is_brought_up_to_date(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    assert "traceapp keys seal" in service.refused("backup", file)
    sealed(service, tmp_path)
    paper = store_paper(service.world.papers_dir, b"%PDF-1.4\n%%EOF\n").file
    entries = service.world.published.read()[0]
    assert f"{entries} entries" in service.said("backup", file)
    assert file.stat().st_mode & 0o777 == 0o600
    with tarfile.open(file) as archive:
        names = archive.getnames()
    assert not [name for name in names if "root" in name] and "keys/log.pem" in names
    assert f"papers/{paper}" in names
    # Something happens after the backup; a mirror has it.
    service.said("labels", "DM2610B", "--count", 1, "-o", tmp_path / "labels.csv")
    service.said("log", "export", tmp_path / "mirror", "--all")

    # 1. The machine is lost with everything on it: it lives again as of the backup.
    other = service_in(tmp_path / "other", f"sqlite:///{tmp_path}/other/data/traceapp.db")
    other.env["TRACEAPP_KEY_PASSPHRASE_FILE"] = service.env["TRACEAPP_KEY_PASSPHRASE_FILE"]
    found = other.run("restore", file)
    assert found.exit_code == 0 and f"Restored {entries} entries" in found.stdout, found.output
    assert "root key is not here" in found.stderr
    # Nothing there could notice that more was published.
    assert "traceapp log recover --from ADDRESS-OR-FOLDER before anything is recorded" in found.stderr
    assert (other.folder / "data/papers" / paper).read_bytes() == (service.folder / "data/papers" / paper).read_bytes()
    assert "exists already" in other.refused("restore", file)

    # 2. Only the database is lost: what is published since is noticed, nothing is appended, recovery brings it back.
    again = service.run("restore", file, "--replace")
    assert again.exit_code == 1 and "1 is missing" in again.stdout and "forked" not in again.stderr
    assert "traceapp log recover --from" in again.stderr
    assert "traceapp log recover" in service.refused("labels", "DM2610B", "--count", 1, "-o", tmp_path / "x.csv")
    service.said("log", "recover", "--from", tmp_path / "mirror")
    assert "All good" in service.said("audit")
    service.said("labels", "DM2610B", "--count", 1, "-o", tmp_path / "x.csv")
    assert (service.folder / "data/traceapp.db.old").exists()


@SQLITE
def test_a_damaged_or_foreign_backup_changes_nothing(nothing: Service, tmp_path: Path) -> None:
    service = nothing
    service.said("init")
    sealed(service, tmp_path)
    file = tmp_path / "backup.tar"
    service.said("backup", file)
    good = file.read_bytes()
    other = service_in(tmp_path / "other", f"sqlite:///{tmp_path}/other/data/traceapp.db")
    other.env["TRACEAPP_KEY_PASSPHRASE_FILE"] = service.env["TRACEAPP_KEY_PASSPHRASE_FILE"]
    for at in (len(good) // 2, len(good) // 4):
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert "Take another" in other.refused("restore", file)
    file.write_bytes(good[: len(good) // 2])
    assert "Take another" in other.refused("restore", file)
    file.write_bytes(b"not a backup")
    assert "no whole backup" in other.refused("restore", file)
    assert "nowhere: No such file" in other.refused("restore", "nowhere")
    shutil.copy("/etc/hostname", tmp_path / "evil")
    with tarfile.open(file, "w") as archive:
        archive.add(tmp_path / "evil", "../../evil")
    assert "which no backup does" in other.refused("restore", file)
    assert not (tmp_path / "other/data/traceapp.db").exists() and not (tmp_path / "other/keys").exists()
    file.write_bytes(good)
    assert "this backup is of" in other.refused("restore", file, TRACEAPP_IDENTITY="other.example.vn").lower()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_postgresql_is_left_to_its_own_tools(nothing: Service, tmp_path: Path) -> None:
    nothing.said("init")
    assert "pg_dump --format=custom" in nothing.refused("backup", tmp_path / "x.tar")
    assert "pg_restore" in nothing.refused("restore", tmp_path / "x.tar")
