"""`traceapp log`: what it checks, exports, and says where the database and the published log disagree."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.cli.conftest import Service
from traceapp.core.checkpoint import verify_checkpoint
from traceapp.core.errors import Unavailable
from traceapp.core.merkle import leaf_hash, root_of
from traceapp.core.note import VerifierKey
from traceapp.core.tiles import decode_entries
from traceapp.services.log import export as export_module
from traceapp.services.world import World


def label(service: Service, tmp_path: Path) -> None:
    """Record something."""
    service.said("labels", "DM2610B", "--count", 1, "-o", tmp_path / "one.csv")


def test_a_good_log_says_how_much_was_checked(service: Service) -> None:
    said = service.said("log", "check")
    assert said.startswith("All good: ")
    for what in ("entries", "full tiles", "checkpoints", "audit lines"):
        assert what in said


def test_a_fault_is_one_line_that_names_the_place(service: Service) -> None:
    world = service.world
    on = "" if world.engine.dialect.name == "sqlite" else " ON log_entries"
    guard = "guard_log_entries_update" if not on else "guard_log_entries_row"
    with world.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {guard}{on}"))
        connection.execute(text("UPDATE log_entries SET leaf_hash = entry WHERE leaf_index = 17"))
    world.engine.dispose()
    assert f"lacks its guards {guard}: run traceapp init" in service.refused("log", "check")
    service.said("init")
    assert service.refused("log", "check") == "Error: Entry 17: the leaf hash is not its entry's."


def test_what_is_recorded_while_it_checks_is_no_fault(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = World.keyring

    def keyring_slowly(self: World, connection: object) -> object:
        found = keyring(self, connection)  # type: ignore[arg-type]
        monkeypatch.undo()
        label(service, tmp_path)
        return found

    monkeypatch.setattr(World, "keyring", keyring_slowly)
    assert service.said("log", "check").startswith("All good")


def test_the_export_is_the_log_for_whoever_has_its_key(service: Service, tmp_path: Path) -> None:
    for _ in range(2):
        said = service.said("log", "export", tmp_path / "log")
    log_key = VerifierKey.parse((tmp_path / "log" / "vkey").read_text().strip())
    checkpoint = verify_checkpoint((tmp_path / "log" / "checkpoint").read_bytes(), log_key)
    bundles = sorted((tmp_path / "log" / "tile" / "entries").rglob("*"))
    entries = [entry for path in bundles if path.is_file() for entry in decode_entries(path.read_bytes())]
    assert said == f"{checkpoint.size} entries in {tmp_path}/log\n"
    assert len(entries) == checkpoint.size
    assert root_of([leaf_hash(entry) for entry in entries]) == checkpoint.root


def test_an_export_that_was_interrupted_leaves_the_one_before_as_it_was(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "log"
    service.said("log", "export", folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    service.said("keys", "rotate", "label")

    def breaks_off(*_: object, **__: object) -> bytes:
        raise Unavailable("The disk is gone.")

    with monkeypatch.context() as patched:
        patched.setattr(export_module, "read_records", breaks_off)
        assert "The disk is gone." in service.refused("log", "export", folder)
        assert "The disk is gone." in service.refused("log", "export", tmp_path / "other")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert [*tmp_path.iterdir()].count(folder) == 1 and not (tmp_path / "other").exists()
    service.said("log", "export", folder)
    assert (folder / "checkpoint").read_bytes() != before[folder / "checkpoint"]


def test_an_export_takes_the_place_of_no_longer_log_and_of_no_other_one(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    service.said("log", "export", folder)
    checkpoint = folder / "checkpoint"
    lines = checkpoint.read_text().split("\n")
    for line, wrong, told in (
        (1, "999999", "holds 999999 entries"),
        (0, "other.example.vn/log", "holds the log other.example.vn/log"),
        (1, "many", "is no checkpoint"),
    ):
        checkpoint.write_text("\n".join([*lines[:line], wrong, *lines[line + 1 :]]))
        assert told in service.refused("log", "export", folder)
        assert wrong in checkpoint.read_text(), "it lies there as it was"


def test_an_export_into_a_folder_that_cannot_be_made_is_one_line(service: Service, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert "Error: " in service.refused("log", "export", tmp_path / "file" / "log")


def test_a_database_that_agrees_needs_no_recovery(service: Service) -> None:
    assert "agree: nothing to recover" in service.said("log", "recover")


def restored(service: Service, tmp_path: Path, *, exported: bool = False) -> None:
    """Yesterday's database under today's published log, which is exported first where asked."""
    database = service.folder / "data" / "traceapp.db"
    with closing(sqlite3.connect(database)) as now, closing(sqlite3.connect(tmp_path / "yesterday.db")) as copy:
        now.backup(copy)
    label(service, tmp_path)
    if exported:
        service.said("log", "export", tmp_path / "mirror", "--all")
    for path in database.parent.glob("traceapp.db*"):
        path.unlink()
    shutil.copy(tmp_path / "yesterday.db", database)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_restored_database_is_told_how_much_is_missing_and_what_to_do(service: Service, tmp_path: Path) -> None:
    restored(service, tmp_path)
    said = service.refused("log", "recover")
    assert "1 is missing" in said
    assert "traceapp log recover --from" in said
    for command in (("labels", "DM2610B", "--count", 1, "-o", tmp_path / "x.csv"), ("keys", "rotate", "label")):
        assert "Run traceapp log recover" in service.refused(*command)
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_restored_database_is_brought_up_to_date_from_a_mirror(service: Service, tmp_path: Path) -> None:
    restored(service, tmp_path, exported=True)
    said = service.said("log", "recover", "--from", tmp_path / "mirror")
    assert "1 entry was fetched from" in said and "Run traceapp audit" in said
    assert "All good" in service.said("audit")
    assert "log-recover" in service.said("audit", "search", "log-recover", "--since", "2026-01-01")
    assert "nothing to recover" in service.said("log", "recover", "--from", tmp_path / "mirror")
    label(service, tmp_path)
    assert "neither a web address nor a folder" in service.refused("log", "recover", "--from", tmp_path / "nowhere")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_another_tree_of_the_same_size_is_told_apart(service: Service, tmp_path: Path) -> None:
    restored(service, tmp_path)
    published = service.folder / "data" / "published" / "checkpoint"
    theirs = published.read_bytes()
    published.unlink()
    label(service, tmp_path)
    published.write_bytes(theirs)
    assert "signs another tree" in service.refused("log", "recover")


def test_a_damaged_published_checkpoint_is_told_with_the_remedy(service: Service) -> None:
    published = service.folder / "data" / "published" / "checkpoint"
    published.write_bytes(b"")
    for command in ("check", "recover"):
        said = service.refused("log", command)
        assert "is damaged" in said
        assert "Restore it" in said
