"""`traceapp personal`: what is held of people is listed without being shown, and erased when it is asked for."""

from __future__ import annotations

import json

from sqlalchemy import select

from tests.cli.conftest import Service
from traceapp.core.statements import record_uuid
from traceapp.db.tables import personal

FARM = "HTX Chè Đồi Mây (dữ liệu mẫu)"


def values_of(service: Service) -> dict[tuple[str, str], str]:
    """Every personal value that is held, by record and name."""
    world = service.world
    with world.read() as connection:
        rows = connection.execute(select(personal.c.record_id, personal.c.field, personal.c.value)).all()
    world.engine.dispose()
    return {(record, field): value for record, field, value in rows}


def listed(said: str) -> set[tuple[str, str]]:
    """Record and name of each value in a list."""
    lines = (line.partition(": ") for line in said.splitlines() if line.startswith("https://"))
    return {(record_uuid(url), name) for url, _, names in lines for name in names.split(", ")}


def test_an_organisations_values_are_listed_by_name_and_none_is_shown(service: Service) -> None:
    said, held = service.said("personal", "list", FARM.lower()), values_of(service)
    found = listed(said)
    assert "phone" in {name for _, name in found}
    assert found < held.keys()
    shown = [json.loads(held[one]) for one in found]
    assert not [value for value in shown if isinstance(value, str) and value in said]


def test_what_is_erased_is_gone_the_rest_stays_and_the_log_still_proves(service: Service) -> None:
    before = values_of(service)
    named = listed(service.said("personal", "list", FARM))
    said = service.said("personal", "erase", FARM, "--yes")
    assert f"Values erased: {len(named)}." in said
    assert values_of(service) == {key: value for key, value in before.items() if key not in named}
    service.said("log", "check")
    assert f"No personal data is held for {FARM}: there is nothing to erase." in service.refused(
        "personal", "erase", FARM, "--yes"
    )


def test_one_value_of_one_record_is_erased_alone(service: Service) -> None:
    before = values_of(service)
    record, field = next(one for one in before if one[1] == "operator")
    service.said("personal", "erase", record, "--field", field, "--yes")
    assert values_of(service).keys() == before.keys() - {(record, field)}
    assert "No personal data called 'operator' is held" in service.refused(
        "personal", "erase", FARM, "--field", "operator", "--yes"
    )


def test_nothing_is_erased_by_whoever_only_looked(service: Service) -> None:
    before = values_of(service)
    found = service.run("personal", "erase", FARM)
    assert found.exit_code == 1 and "Erase these for good?" in found.output
    assert values_of(service) == before


def test_what_nothing_is_held_for_is_refused_with_what_to_give(service: Service) -> None:
    words = "give the id of a record, or an organisation's id or name"
    assert words in service.refused("personal", "list", "01900000-0000-7000-8000-000000000000")
    assert words in service.refused("personal", "erase", "Không có ai", "--yes")
