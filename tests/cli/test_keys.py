"""`traceapp keys`: listed, rotated, revoked; and what they signed keeps what it had."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Service


def listed(service: Service) -> list[list[str]]:
    """(role, name, state…) of each key."""
    return [line.split(maxsplit=2) for line in service.said("keys", "list").splitlines()[1:]]


def current(service: Service, role: str) -> str:
    (name,) = [name for one, name, state in listed(service) if one == role and "," not in state]
    return name


def test_every_key_is_listed_with_its_role_and_life(service: Service) -> None:
    assert [role for role, *_ in listed(service)] == ["root", "record", "label", "log", "serial"]
    first = service.said("keys", "list").splitlines()[0]
    assert first.startswith("Trust file version 1, valid until 20")
    assert first.endswith("hosts id.example.vn")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_no_command_prints_a_private_key(service: Service) -> None:
    private = (service.folder / "keys" / "record.pem").read_text().splitlines()[1]
    for command in (("keys", "list"), ("keys", "rotate", "record"), ("log", "check")):
        assert private not in service.run(*command).output


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_root_key_that_is_elsewhere_is_to_be_brought_back(service: Service) -> None:
    (service.folder / "keys/root.pem").unlink()
    for command in (("keys", "rotate", "record"), ("keys", "add-host", "www.example.vn")):
        assert "root.pem cannot be read (No such file or directory): bring it back" in service.refused(*command)


def test_where_no_body_has_a_key_of_its_own_that_is_said(service: Service) -> None:
    assert service.said("keys", "own") == "No certification body has a key of its own here, and none asks for one.\n"


def test_a_rotated_key_is_used_and_the_log_still_checks(service: Service) -> None:
    for role in ("record", "label", "serial"):
        before = current(service, role)
        assert service.said("keys", "rotate", role).startswith(role)
        assert current(service, role) != before
    service.said("labels", "DM2610B", "--count", 1, "-o", service.folder / "one.csv")
    assert service.said("log", "check").startswith("All good")
    assert "version 4" in service.said("keys", "list")


def test_the_logs_key_is_rotated_with_an_overlap(service: Service) -> None:
    said = service.said("keys", "rotate", "log", "--overlap", 5).splitlines()
    assert said[0].startswith("log ") and " entries" in said[0]
    assert said[1] == f"Witnesses follow it with: traceapp witness follow {service.world.log_key.format()}"
    assert "signs beside the new one until then" in service.said("keys", "list")
    service.said("labels", "DM2610B", "--count", 1, "-o", service.folder / "one.csv")
    assert service.said("log", "check").startswith("All good")
    assert service.said("audit").startswith("All good")
    assert service.run("keys", "rotate", "record", "--overlap", 5).exit_code == 2
    (old,) = [line.split()[1] for line in service.said("keys", "list").splitlines() if "signs beside" in line]
    revoked = service.said("keys", "revoke", old, "--since", "2026-01-01T00:00:00Z", "--yes")
    assert "the new log key signs the whole log" in revoked
    assert "signs beside" not in service.said("keys", "list")
    assert service.said("log", "check").startswith("All good")


def test_revoking_says_first_what_falls_and_asks(service: Service) -> None:
    name = current(service, "record")
    asked = service.run("keys", "revoke", name[:24], "--since", "2026-01-01T00:00:00Z")
    assert asked.exit_code == 1
    assert "records by this key were seen by no witness before 2026-01-01T00:00:00Z: they fall" in asked.stdout
    assert current(service, "record") == name
    revoked = service.said("keys", "revoke", name[:24], "--since", "2026-01-01T00:00:00Z", "--yes")
    assert "compromised since 2026-01-01T00:00:00Z" in revoked
    assert current(service, "record") != name


def test_a_revoked_label_key_leaves_the_records_alone(service: Service, tmp_path: Path) -> None:
    name = current(service, "label")
    service.said("keys", "revoke", name, "--since", "2026-01-01T00:00:00Z", "--yes")
    service.said("bundle", "/01/09520000000127/10/DM2610B", "-o", tmp_path / "b.zip")
    assert service.run("verify", tmp_path / "b.zip").exit_code == 3


@pytest.mark.parametrize("kind", ["sqlite"])
def test_odd_input_is_one_clear_line(service: Service) -> None:
    assert "No key begins with 'nothing'" in service.refused(
        "keys", "revoke", "nothing", "--since", "2026-01-01T00:00:00Z", "--yes"
    )
    assert "is not an instant" in service.refused("keys", "revoke", "z6Mk", "--since", "yesterday", "--yes")
    assert "keys begin with 'z6Mk'" in service.refused(
        "keys", "revoke", "z6Mk", "--since", "2026-01-01T00:00:00Z", "--yes"
    )


def test_another_host_may_stand_on_labels_once_the_trust_file_names_it(service: Service) -> None:
    said = service.said("keys", "add-host", "TEM.example.vn")
    assert said == "Trust file version 2; hosts id.example.vn, tem.example.vn\n"
    link = service.said("url", "DM2610B", TRACEAPP_BASE_URL="https://tem.example.vn")
    assert link.lower().startswith("https://tem.example.vn/01/")


def test_init_adds_the_host_of_a_new_base_url(service: Service) -> None:
    service.said("init", TRACEAPP_BASE_URL="https://moi.example.vn")
    assert "hosts id.example.vn, moi.example.vn" in service.said("keys", "list")
