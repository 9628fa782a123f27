"""Commands that are called wrongly: one clear line, the right exit status, nothing half-written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cli.conftest import Service, service_in
from traceapp.cli import traceapp
from traceapp.cli.files import whole_file, whole_folder
from traceapp.core.errors import BadSettings

NO_DATABASE = "There is no database here yet: run traceapp init."
HUGE = 99_999_999_999_999_999_999
LOT = "DM2610B"
READERS = (
    ("log", "check"), ("log", "recover"), ("audit",), ("keys", "list"), ("accounts", "list"), ("messages", "list"),
    ("scans", "list"), ("labels", "jobs"), ("trace", LOT), ("url", LOT), ("demo", "--passphrase"), ("worker",),
    ("simulate-scans",), ("search", "rebuild"), ("export-site", "site"), ("products", "show", "1"), ("serve",),
)  # fmt: skip
"""What never makes a database."""


@pytest.fixture
def alone(tmp_path: Path) -> Service:
    """Nothing was made here yet."""
    return service_in(tmp_path / "service", f"sqlite:///{tmp_path}/service/data/traceapp.db")


@pytest.fixture
def small(alone: Service) -> Service:
    """A service with its keys and an empty log."""
    alone.said("init")
    return alone


@pytest.fixture
def garbage(tmp_path: Path) -> Path:
    file = tmp_path / "garbage"
    file.write_bytes(b"\x87\xff\x00PK" * 700)
    return file


def without_service(*arguments: object, **env: str) -> Result:
    """A command that needs no service."""
    found = CliRunner().invoke(traceapp, [str(one) for one in arguments], env=env)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_whoever_only_looks_makes_no_database(alone: Service, command: tuple[str, ...]) -> None:
    assert NO_DATABASE in alone.refused(*command)
    assert not (alone.folder / "data").exists()


@pytest.mark.parametrize("command", [("init",), ("log", "check"), ("serve",), ("worker",)], ids=" ".join)
def test_a_server_that_is_not_there_is_told_with_what_to_check_and_without_its_password(
    alone: Service, command: tuple[str, ...]
) -> None:
    for place, what in (
        ("127.0.0.1:1", "check that the server is running, and host and port in TRACEAPP_DATABASE_URL"),
        ("nowhere.invalid", "check the host in TRACEAPP_DATABASE_URL"),
    ):
        told = alone.refused(*command, TRACEAPP_DATABASE_URL=f"postgresql://bob:s3cret@{place}/trace")
        assert what in told
        assert "s3cret" not in told
    socket = "postgresql://bob:s3cret@/trace?host=/nowhere/at/all"
    assert "check that the server is running" in alone.refused(*command, TRACEAPP_DATABASE_URL=socket)


def test_a_password_with_odd_characters_is_not_taken_for_a_host_and_shown(alone: Service) -> None:
    for odd in ("s3@cret", "s3/cret", "s3#cret", "s3?cret"):
        told = alone.refused("log", "check", TRACEAPP_DATABASE_URL=f"postgresql://bob:{odd}@127.0.0.1:1/trace")
        assert "percent-encode" in told and "cret" not in told
    encoded = alone.refused("log", "check", TRACEAPP_DATABASE_URL="postgresql://bob:s3%40cret@127.0.0.1:1/trace")
    assert "check that the server is running" in encoded and "cret" not in encoded


def test_an_empty_file_is_no_database_and_stays_empty(alone: Service) -> None:
    file = alone.folder / "data/traceapp.db"
    file.parent.mkdir(parents=True)
    file.touch()
    assert NO_DATABASE in alone.refused("log", "check")
    assert file.stat().st_size == 0


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:"])
def test_a_database_is_a_file(alone: Service, url: str) -> None:
    assert "names no file" in alone.refused("log", "check", TRACEAPP_DATABASE_URL=url)


@pytest.mark.parametrize(
    "command",
    [("labels", "progress", HUGE), ("labels", "cancel", HUGE), ("scans", "clear", LOT, HUGE, "--reason", "x")],
    ids=str,
)
def test_a_number_that_no_database_holds_is_refused(small: Service, command: tuple[object, ...]) -> None:
    found = small.run(*command)
    assert found.exit_code == 2 and "is not in the range" in found.stderr


@pytest.mark.parametrize("item", [HUGE, 0, -1])
def test_an_item_that_no_lot_has_was_not_issued(service: Service, item: int) -> None:
    assert "has not been issued" in service.refused("url", LOT, "--item", item)


@pytest.mark.parametrize("command", [("url",), ("trace",), ("products", "show"), ("labels", "void")], ids=" ".join)
def test_bytes_that_are_no_text_are_named(service: Service, command: tuple[str, ...]) -> None:
    more = ("--items", 1, "--reason", "x") if command == ("labels", "void") else ()
    assert "\\udcff\\udcfe' is no text in UTF-8" in service.refused(*command, "\udcff\udcfe", *more)


@pytest.mark.parametrize("host", ["", "a b", "http://x.example", "x.example/path", "-x", "x:99999"])
def test_what_is_no_host_is_not_signed_into_a_trust_file(small: Service, host: str) -> None:
    before = small.said("keys", "list")
    assert "is no host" in small.refused("keys", "add-host", "--", host)
    assert small.said("keys", "list") == before
    assert "www.example.vn" in small.said("keys", "add-host", "WWW.example.vn")


@pytest.mark.parametrize("name", ["", "  "])
def test_an_organisation_without_a_name_is_not_registered(small: Service, name: str) -> None:
    found = small.run("accounts", "invite", "--role", "shop", "--name", name)
    assert found.exit_code == 2 and "say it with --name" in found.stderr


def test_scans_that_cannot_be_kept_are_told_plainly(small: Service) -> None:
    (small.folder / "data/scans.db").mkdir()
    for command in (("scans", "list"), ("simulate-scans",)):
        assert "The database refused" in small.refused(*command)


def test_serve_says_itself_what_its_processes_would_fail_with(small: Service) -> None:
    (small.folder / "data/queue.db").mkdir()
    assert "The queue in" in small.refused("serve", "--host", "127.0.0.1", PORT="18302")
    assert "set PORT to another, or --host" in small.refused("serve", "--host", "300.1.1.1", PORT="18302")


WRONG = {
    "TRACEAPP_BASE_URL": ("https://other.example", "which the trust file does not name"),
    "TRACEAPP_IP_PROVINCES": ("/nowhere/table.csv", "cannot be read"),
    "TRACEAPP_KEYS_DIR": ("/nowhere/keys", "cannot be read"),
    "TRACEAPP_KEY_PASSPHRASE": ("of no key", "is not encrypted"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_the_settings_is_said_before_pages_are_served_or_jobs_taken(
    small: Service, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.execv")
    monkeypatch.delattr("traceapp.worker.Worker.run")
    value, told = WRONG[name]
    assert told in small.refused("serve", "--no-worker", "--host", "127.0.0.1", PORT="18302", **{name: value})
    assert told in small.refused("worker", **{name: value})


def test_what_is_not_confirmed_is_not_done_and_said_so(small: Service) -> None:
    key = next(line for line in small.said("keys", "list").splitlines() if line.startswith("record")).split()[1]
    found = small.run("keys", "revoke", key, "--since", "2026-01-01T00:00:00Z")
    assert found.exit_code == 1 and "Nothing was done, as nobody said yes" in found.stderr
    assert "compromised" not in small.said("keys", "list")


def test_a_template_is_a_table(alone: Service, tmp_path: Path) -> None:
    for name in ("a.pdf", "a"):
        found = alone.run("import", "template", "diary", "-o", tmp_path / name)
        assert found.exit_code == 2 and "neither .xlsx nor .csv" in found.stderr
        assert not (tmp_path / name).exists()


# Programs that need no service


def test_a_file_that_cannot_be_verified_is_named(garbage: Path, tmp_path: Path) -> None:
    for command in ((garbage,), (tmp_path / "none",), (garbage, "--trust", garbage)):
        found = without_service("verify", *command)
        assert found.exit_code == 2
        assert str(command[0]) in found.stderr and "Errno" not in found.stderr
    assert "is no trust file to rely on" in without_service("verify", garbage, "--trust", garbage).stderr


@pytest.mark.parametrize("holds", [b"", b"\n", b"\x87\xff"])
def test_a_passphrase_that_is_none_seals_nothing(tmp_path: Path, holds: bytes) -> None:
    secret, key = tmp_path / "secret", tmp_path / "key.pem"
    secret.write_bytes(holds)
    found = without_service("certifier", "keygen", "-o", key, "--passphrase-file", secret)
    assert found.exit_code == 1 and "write the passphrase" in found.stderr
    env = {"TRACEAPP_KEY_PASSPHRASE_FILE": str(secret)}
    found = without_service("witness", "init", "witness.example/w", "--state", tmp_path / "w", **env)
    assert found.exit_code == 1 and "write the passphrase" in found.stderr
    assert sorted(tmp_path.iterdir()) == [secret]


def test_a_witness_is_not_called_by_an_address(tmp_path: Path) -> None:
    found = without_service("witness", "init", "https://witness.example/w", "--state", tmp_path / "w")
    assert found.exit_code == 2 and "leave https:// out" in found.stderr
    assert without_service("witness", "serve", "--state", tmp_path, "--port", 99_999).exit_code == 2
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("place", ["", "nowhere", "http://", "http://[", "ftp://x.example"])
def test_a_monitor_that_cannot_look_does_not_say_that_a_record_is_unknown(
    tmp_path: Path, garbage: Path, place: str
) -> None:
    state = ("--state", tmp_path / "state", "--once", "--for", "x")
    assert without_service("monitor", place, *state, "--trust", garbage).exit_code == 2
    found = without_service("monitor", tmp_path, *state, "--trust", garbage)
    assert found.exit_code == 2 and f"{garbage} is no trust file" in found.stderr
    assert without_service("monitor", tmp_path, *state).exit_code == 2
    assert not (tmp_path / "state").exists() or not any((tmp_path / "state").iterdir())


def test_what_is_no_document_is_named(garbage: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for command in (("canonical", garbage), ("sign", garbage, "--key", garbage)):
        found = without_service("certifier", *command, "-o", out)
        assert found.exit_code == 1 and f"Error: {garbage}: " in found.stderr
    assert not out.exists()


# Files that are written


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("before")
    with pytest.raises(RuntimeError), whole_file(file) as draft:
        draft.write_text("half")
        raise RuntimeError
    assert file.read_text() == "before" and [*tmp_path.iterdir()] == [file]
    with whole_file(file) as draft:
        draft.write_text("after")
    assert file.read_text() == "after" and [*tmp_path.iterdir()] == [file]


def files_in(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_whole_or_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "out"
    with pytest.raises(RuntimeError), whole_folder(folder, "mark") as draft:
        (draft / "half").write_text("x")
        raise RuntimeError
    assert not folder.exists() and [*folder.parent.iterdir()] == []
    with whole_folder(folder, "mark") as draft:
        (draft / "mark").write_text("first")
        (draft / "old").write_text("first")
        assert not folder.exists(), "there is no half folder under that name"
    folder.chmod(0o700)
    with pytest.raises(KeyboardInterrupt), whole_folder(folder, "mark") as draft:
        (draft / "mark").write_text("half")
        raise KeyboardInterrupt
    assert files_in(folder) == {"mark": "first", "old": "first"}
    with whole_folder(folder, "mark") as draft:
        (draft / "mark").write_text("second")
        assert files_in(folder) == {"mark": "first", "old": "first"}
    assert files_in(folder) == {"mark": "second"} and [*folder.parent.iterdir()] == [folder]
    assert folder.stat().st_mode & 0o777 == 0o700, "what nobody else may read stays so"
    with pytest.raises(FileNotFoundError), whole_folder(folder, "mark") as draft:
        draft.rmdir()
    assert files_in(folder) == {"mark": "second"} and [*folder.parent.iterdir()] == [folder]


def test_a_folder_with_something_else_in_it_is_left_alone_and_an_empty_one_is_filled(tmp_path: Path) -> None:
    folder, link = tmp_path / "out", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    with whole_folder(link, "mark") as draft:
        (draft / "other").write_text("x")
    assert link.is_symlink() and files_in(folder) == {"other": "x"}
    with pytest.raises(BadSettings, match="link holds something else than an earlier export"), whole_folder(link, "m"):
        pytest.fail("it is not written into")
    assert files_in(folder) == {"other": "x"} and {*tmp_path.iterdir()} == {folder, link}


def test_the_root_of_a_disk_cannot_change_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda path: path.name == "disk")
    (tmp_path / "disk").mkdir()
    with pytest.raises(BadSettings, match="name a folder in it"), whole_folder(tmp_path / "disk", "mark"):
        pytest.fail("it is not written into")
    with whole_folder(tmp_path / "disk" / "log", "mark") as draft:
        (draft / "mark").write_text("x")
    assert files_in(tmp_path / "disk") == {"log/mark": "x"}


def test_whoever_was_stopped_while_folders_changed_places_finds_the_old_one_again(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for name in (".out.before", ".out.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mark").write_text(name)
    with pytest.raises(RuntimeError), whole_folder(folder, "mark"):
        raise RuntimeError
    assert files_in(folder) == {"mark": ".out.before"} and [*tmp_path.iterdir()] == [folder]


def test_an_export_is_told_under_the_name_that_was_asked_for_where_its_place_takes_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as refused, whole_folder(tmp_path / "out", "mark") as draft:
        raise OSError(28, "No space left on device", str(draft / "tile" / "0"))
    assert refused.value.filename == str(tmp_path / "out")


def test_a_link_stays_and_leads_to_what_was_written(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(file)
    with whole_file(link) as draft:
        draft.write_text("written")
    assert link.is_symlink() and file.read_text() == "written"


def test_a_device_is_written_to_and_nothing_takes_its_place() -> None:
    with whole_file(Path(os.devnull)) as draft:
        draft.write_text("gone")
    assert Path(os.devnull).is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_told_of_the_file_that_was_asked_for(garbage: Path) -> None:
    with pytest.raises(OSError, match="No space left") as refused, whole_file(Path("/dev/full")) as draft:
        draft.write_bytes(garbage.read_bytes())
    assert refused.value.filename == "/dev/full"


def test_a_folder_that_is_none_is_told_as_it_was_typed(garbage: Path) -> None:
    found = without_service("certifier", "canonical", garbage.parent / "none", "-o", garbage / "out")
    assert found.exit_code == 1 and "No such file" in found.stderr
    document = garbage.with_name("document")
    document.write_text("{}")
    found = without_service("certifier", "canonical", document, "-o", garbage / "out")
    assert found.stderr == f"Error: {garbage / 'out'}: Not a directory.\n"
