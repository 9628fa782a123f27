"""`traceapp bundle` and `traceapp verify`: the exit status says it all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Service
from traceapp.cli import bundles
from traceapp.services.labels.runs import runs_of
from traceapp.services.operating import keys
from traceapp.services.registry.registers import lot_called

GOOD, BAD, UNREADABLE, NOT_PINNED = 0, 1, 2, 3
LOT = "/01/09520000000127/10/DM2610B"
RECALLED = "/01/09520000000127/10/DM2607A"


def bundle(service: Service, where: str, file: Path) -> Path:
    assert service.said("bundle", where, "-o", file).startswith(f"{file}: ")
    return file


def trust(service: Service, file: Path) -> Path:
    """A trust file as an inspector keeps it."""
    world = service.world
    with world.read() as connection:
        file.write_bytes(keys.trust_list(connection).body)
    world.engine.dispose()
    return file


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_good_lot_under_a_pinned_trust_file_is_0(service: Service, tmp_path: Path) -> None:
    found = service.run("verify", bundle(service, LOT, tmp_path / "b.zip"), "--trust", trust(service, tmp_path / "t"))
    assert found.exit_code == GOOD
    assert "trust file version 1, pinned." in found.stdout
    assert "Hồ sơ xác thực" in found.stdout


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_good_lot_whose_keys_came_with_it_is_3(service: Service, tmp_path: Path) -> None:
    found = service.run("verify", bundle(service, LOT, tmp_path / "b.zip"))
    assert found.exit_code == NOT_PINNED
    assert "NOT pinned: it came with the bundle." in found.stdout


def test_a_recalled_lot_is_1(service: Service, tmp_path: Path) -> None:
    file = bundle(service, RECALLED, tmp_path / "b.zip")
    found = service.run("verify", file, "--trust", trust(service, tmp_path / "t"), "--lang", "en")
    assert found.exit_code == BAD
    assert "lot-recalled" in found.stdout


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_altered_bundle_is_1_or_2_and_never_good(service: Service, tmp_path: Path) -> None:
    data = bundle(service, LOT, tmp_path / "b.zip").read_bytes()
    for place in range(0, len(data), len(data) // 25):
        altered = bytearray(data)
        altered[place] ^= 4
        (tmp_path / "x.zip").write_bytes(altered)
        assert service.run("verify", tmp_path / "x.zip").exit_code in (BAD, UNREADABLE)


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"{}", b"\0" * 70_000])
def test_what_is_no_bundle_is_2(service: Service, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    found = service.run("verify", tmp_path / "x.zip")
    assert (found.exit_code, found.stdout) == (UNREADABLE, "")
    assert found.stderr.startswith("Error: ")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_file_that_is_not_there_is_2(service: Service, tmp_path: Path) -> None:
    assert service.run("verify", tmp_path / "none.zip").exit_code == UNREADABLE
    file = bundle(service, LOT, tmp_path / "b.zip")
    assert service.run("verify", file, "--trust", tmp_path / "none.json").exit_code == UNREADABLE
    (tmp_path / "t").write_bytes(b"{}")
    assert service.run("verify", file, "--trust", tmp_path / "t").exit_code == UNREADABLE


@pytest.mark.parametrize("kind", ["sqlite"])
def test_verifying_needs_no_service_no_key_and_no_setting(service: Service, tmp_path: Path) -> None:
    file, pin = bundle(service, LOT, tmp_path / "b.zip"), trust(service, tmp_path / "t")
    shutil.rmtree(service.folder)
    found = service.run("verify", file, "--trust", pin, TRACEAPP_IDENTITY="not a host", PORT="none")
    assert found.exit_code == GOOD
    assert not service.folder.exists()


def test_a_signed_label_is_checked_offline(service: Service, tmp_path: Path) -> None:
    service.said("labels", "DM2610B", "--count", 1, "--signed", "-o", tmp_path / "t.csv")
    world = service.world
    with world.read() as connection:
        last = runs_of(connection, lot_called(connection, "DM2610B"))[-1]
    world.engine.dispose()
    label = service.said("url", "DM2610B", "--item", last.first, "--signed").strip()
    pin = trust(service, tmp_path / "t")
    found = service.run("verify", bundle(service, label, tmp_path / "b.zip"), "--trust", pin)
    assert found.exit_code == GOOD
    assert "label-signature-good" in found.stdout
    forged = label[:-1] + ("1" if label[-1] != "1" else "2")
    assert service.run("verify", bundle(service, forged, tmp_path / "f.zip"), "--trust", pin).exit_code == BAD


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_names_nothing_makes_no_file(service: Service, tmp_path: Path) -> None:
    for where, said in (
        ("/01/09520000000998/10/L1", "Nothing is known"),
        ("/414/9520000900021", "names no product or lot"),
        ("/01/09520000000128", "check digit"),
        ("nonsense", ""),
        ("https://id.example.vn", ""),
    ):
        assert said in service.refused("bundle", where, "-o", tmp_path / "b.zip")
        assert not (tmp_path / "b.zip").exists()


def test_what_is_recorded_while_a_bundle_is_made_does_not_spoil_it(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gather = bundles.gather

    def gather_slowly(*arguments: object, **more: object) -> object:
        found = gather(*arguments, **more)  # type: ignore[arg-type]
        service.said("labels", "LT2610", "--count", 1, "-o", tmp_path / "meanwhile.csv")
        return found

    monkeypatch.setattr(bundles, "gather", gather_slowly)
    file = bundle(service, LOT, tmp_path / "b.zip")
    monkeypatch.undo()
    assert service.run("verify", file, "--trust", trust(service, tmp_path / "t")).exit_code == GOOD
