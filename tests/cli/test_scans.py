"""`traceapp scans` and `traceapp simulate-scans`."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.cli.conftest import Service
from traceapp.services.registry.registers import lot_called
from traceapp.services.scans.counting import look_at_item, scan_item
from traceapp.services.world import World


def suspect(service: Service, item: int) -> None:
    world = service.world
    with world.read() as connection:
        lot = lot_called(connection, "DM2610B")
    for number, province in enumerate(("01", "79")):
        visitor = world.scans.visitor(f"113.160.0.{number}", world.clock())
        scan_item(world.scans, lot, item, visitor, world.clock() + timedelta(minutes=number), province)
    world.engine.dispose()


def of_item(service: Service, lot: str, item: int) -> object:
    world: World = service.world
    with world.read() as connection:
        lot_id = lot_called(connection, lot)
    found = look_at_item(world.scans, lot_id, item, world.scans.visitor("8.8.8.8", world.clock()), world.clock())
    world.engine.dispose()
    assert found.suspicion is not None
    return found.suspicion.cleared_reason


def test_suspicions_are_listed_with_their_numbers_and_cleared_with_a_reason(service: Service) -> None:
    suspect(service, 3)
    listed = service.said("scans", "list", "DM2610B")
    assert re.search(r"DM2610B item 3 +since .*2 scans in 24 h, 2 visitors, 2 provinces, 1[01]\d\d km in 1 min", listed)
    assert "DH2511 item 7" in service.said("scans", "list")
    assert "DH2511" not in listed
    said = service.said("scans", "clear", "DM2610B", 3, "--reason", "Bày mẫu ở hội chợ")
    assert "“Bày mẫu ở hội chợ” shows on its page" in said
    assert of_item(service, "DM2610B", 3) == "Bày mẫu ở hội chợ"
    assert service.said("scans", "list", "DM2610B") == "No label is suspected of having been copied.\n"
    assert "cleared" in service.said("scans", "list", "DM2610B", "--all")


def test_all_of_a_lot_are_cleared_at_once(service: Service) -> None:
    for item in (3, 4):
        suspect(service, item)
    said = service.said("scans", "clear", "DM2610B", "--all", "--reason", "Phá hoại")
    assert said.count("cleared") == 2
    assert service.said("scans", "clear", "DM2610B", "--all", "--reason", "x") == "DM2610B has no open suspicion.\n"
    assert "DH2511 item 7" in service.said("scans", "list")


def test_what_cannot_be_cleared_is_refused(service: Service) -> None:
    assert "no open suspicion" in service.refused("scans", "clear", "DM2610B", 3, "--reason", "x")
    assert "Say why" in service.refused("scans", "clear", "DH2511", 7, "--reason", " ")
    assert service.run("scans", "clear", "DH2511", "--reason", "x").exit_code == 2
    assert service.run("scans", "clear", "DH2511", 7, "--all", "--reason", "x").exit_code == 2
    assert service.run("scans", "clear", "DH2511", 7).exit_code == 2
    assert "NOPE" in service.refused("scans", "list", "NOPE")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_made_up_scans_are_judged_and_leave_nothing(service: Service) -> None:
    before = service.said("scans", "list", "--all")
    small = ("simulate-scans", "--honest", 60, "--copied", 10, "--poisoned", 20, "--seed")
    said = [service.said(*small, seed) for seed in (1, 1, 2)]
    assert said[0] == said[1] != said[2]
    told = {name: (int(found), int(of)) for name, found, of in re.findall(r"(?m)^(\S.*?) +(\d+) of (\d+) ", said[0])}
    assert told["honest packs suspected"][1] == 60
    assert told["copied labels noticed by scan 20"][0] >= 9
    assert told["1 address × 400 scans"] == told["1 address × 400 on one pack"] == (0, 20)
    assert told["100 neighbours of one IPv4 /24"] == told["100 networks of one IPv6 line"] == (0, 20)
    assert told["100 addresses, 25 scans a pack"] == (20, 20)
    assert service.said("scans", "list", "--all") == before
    with service.world.scans.transaction() as cursor:
        assert cursor.run("SELECT count(*) FROM scan_items WHERE item LIKE '%simulated%'", {})[0][0] == 0


def test_scans_are_made_up_for_this_machine_only(service: Service) -> None:
    for server in ("http://example.com", "https://127.0.0.1", "http://127.0.0.1.example.com", "ftp://127.0.0.1"):
        refused = service.refused("simulate-scans", "--server", server, "--lot", "DM2610B")
        assert "for this machine only" in refused
    assert service.run("simulate-scans", "--server", "http://127.0.0.1:1").exit_code == 2
    assert "does not answer" in service.refused("simulate-scans", "--server", "http://127.0.0.1:1", "--lot", "DM2610B")
