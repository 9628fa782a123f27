"""The demonstration: every scan says what demo.json expects, on both databases, whatever day it is loaded on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from tests.builders import demo, lot_id
from tests.check_log import check_log
from tests.conftest import ASOF, HOST, Clock, settings_for
from tests.services.cast import identity_of, issue, look
from tests.worlds import Copies
from traceapp.cli import traceapp
from traceapp.core.dates import VIETNAM, civil_date
from traceapp.core.errors import GateRefused
from traceapp.core.facts import CodeFact, ScanFact
from traceapp.core.findings import Finding
from traceapp.core.identifiers import Serial
from traceapp.core.producer_links import outlets_in
from traceapp.core.serials import run_key, serial_of
from traceapp.core.story import STORY_FIELDS
from traceapp.core.verdict import Verdict, judge_all
from traceapp.db.tables import lots, organisations
from traceapp.demo.load import load_demo
from traceapp.services.labels.runs import identify, runs_of
from traceapp.services.log.heads import size_of
from traceapp.services.operating.setup import initialise
from traceapp.services.records.verdicts import assess, gather
from traceapp.services.registry.registers import owner_of_lot, register_organisation
from traceapp.services.scans.counting import Visitor, look_at_item, scan_item
from traceapp.services.world import World

EXPECTED: list[dict[str, Any]] = demo()["expected"]


def named(one: dict[str, Any]) -> str:
    return "-".join(str(one[key]) for key in ("lot", "item", "serial_of_no_item") if key in one)


def verdict_of(world: World, one: dict[str, Any]) -> Verdict:
    """The verdict behind the page that a line of `expected` scans."""
    facts, verdict = look(world, lot_id(one["lot"]))
    if not of_an_item(one):
        return verdict
    code = code_of(world, one["lot"], one.get("item", 10**9))
    scans = scan_of(world, one["lot"], code.item) if code.item is not None else None
    identity = replace(identity_of(world, lot_id(one["lot"])), serial=Serial(code.serial))
    return judge_all(replace(facts, identity=identity, code=code, scans=scans), world.clock())


def code_of(world: World, lot: str, item: int) -> CodeFact:
    facts, _ = look(world, lot_id(lot))
    with world.read() as connection:
        run = runs_of(connection, lot_id(lot))[0]
    serial = Serial(serial_of(run_key(world.serial_key(run.serial_key), run.printed_path), item))
    code = identify(
        facts,
        replace(identity_of(world, lot_id(lot)), serial=serial),
        None,
        host=world.host,
        label_keys={},
        serial_key=world.serial_key,
        exposed=frozenset(),
    )
    assert code is not None
    return code


def scan_of(world: World, lot: str, item: int) -> ScanFact:
    visitor = Visitor(b"somebody", b"somebody")
    return scan_item(world.scans, lot_id(lot), item, visitor, world.clock(), "01")


def require_expected(one: dict[str, Any], findings: tuple[Finding, ...]) -> None:
    codes = {finding.code for finding in findings}
    assert set(one["must"]) <= codes
    assert not codes & set(one.get("must_not", ()))
    barred = one.get("must_not_severity", ())
    assert [(one.code, one.severity) for one in findings if one.severity in barred] == []


def of_an_item(one: dict[str, Any]) -> bool:
    return "item" in one or "serial_of_no_item" in one


@pytest.mark.parametrize("one", [one for one in EXPECTED if not of_an_item(one)], ids=named)
def test_the_code_of_a_lot_says_what_the_demonstration_expects(read_demo: World, one: dict[str, Any]) -> None:
    require_expected(one, verdict_of(read_demo, one).findings)


@pytest.mark.parametrize("one", [one for one in EXPECTED if of_an_item(one)], ids=named)
def test_a_scanned_item_says_what_the_demonstration_expects(demo_copy: World, one: dict[str, Any]) -> None:
    require_expected(one, verdict_of(demo_copy, one).findings)


def test_labels_are_issued_or_refused_as_expected(demo_copy: World) -> None:
    for one in EXPECTED:
        if "labels" not in one:
            continue
        lot = lot_id(one["lot"])
        with demo_copy.write() as connection:
            _, owner = owner_of_lot(connection, lot)
        if one["labels"] == "issued":
            with demo_copy.write() as connection:
                assert issue(demo_copy, connection, lot, 1, owner)[0].count == 1
        else:
            with pytest.raises(GateRefused, match="No labels for this lot"), demo_copy.write() as connection:
                issue(demo_copy, connection, lot, 1, owner)


def test_the_whole_demonstration_stands_in_a_log_that_checks(demo_copy: World) -> None:
    report = check_log(demo_copy)
    events = sum(len(lot["events"]) for lot in demo()["lots"])
    assert (len(demo()["lots"]), events) == (14, 75)
    assert report.entries > events


DAYS = [datetime(2026, 7, 22, 16, 59, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)]


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.date().isoformat())
def test_its_dates_move_so_that_its_day_is_today(tmp_path: Path, day: datetime) -> None:
    world = World(settings_for(tmp_path), clock=Clock(day))
    initialise(world)
    load_demo(world)
    for one in EXPECTED:
        require_expected(one, verdict_of(world, one).findings)
    shift = day.astimezone(VIETNAM).date() - civil_date(demo()["meta"]["asof"])
    first = demo()["lots"][0]
    fact = look(world, lot_id(first["lot"]))[0].lot
    assert fact is not None
    assert fact.made == civil_date(first["made"]) + shift
    world.engine.dispose()


def test_a_copied_label_was_scanned_as_often_and_as_widely_as_prescribed(demo_copy: World) -> None:
    (prescribed,) = demo()["scans"]
    visitor = Visitor(b"a reader", b"a reader")
    found = look_at_item(demo_copy.scans, lot_id(prescribed["lot"]), prescribed["item"], visitor, demo_copy.clock())
    assert found.total == prescribed["count"]
    assert found.provinces_24h == tuple(sorted(prescribed["provinces"]))
    assert found.suspicion is not None


@pytest.fixture
def env(kind: str, tmp_path: Path, copies: Copies, monkeypatch: pytest.MonkeyPatch) -> Callable[[], World]:
    """The environment of a service of its own; makes its world as the command line does."""
    folder = tmp_path / "service"
    return environment(folder, copies.database(kind, folder), monkeypatch)


@pytest.fixture
def loaded(
    originals: Callable[[str, str], tuple[World, None]],
    kind: str,
    tmp_path: Path,
    copies: Copies,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], World]:
    """The same, with the demonstration in it."""
    copied = copies.copy(originals("demo", kind)[0], tmp_path / "service")
    copied.engine.dispose()
    return environment(tmp_path / "service", copied.settings.database_url, monkeypatch)


def environment(folder: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], World]:
    settings = {
        "TRACEAPP_DATA_DIR": str(folder / "data"),
        "TRACEAPP_KEYS_DIR": str(folder / "keys"),
        "TRACEAPP_IDENTITY": HOST,
        "TRACEAPP_DATABASE_URL": database,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return lambda: World(settings_for(folder, database), clock=Clock(ASOF))


def run(*arguments: str) -> Any:
    return CliRunner().invoke(traceapp, list(arguments))


def state(world: World) -> tuple[int, str, int]:
    """(entries, the log's public key, organisations)."""
    with world.read() as connection:
        count = connection.execute(select(func.count()).select_from(organisations)).scalar() or 0
        found = size_of(connection), world.log_key.format(), count
    world.engine.dispose()
    return found


def test_the_demonstration_is_loaded_and_can_be_started_anew_with_a_new_log_under_new_keys(
    env: Callable[[], World],
) -> None:
    assert run("demo").exit_code == 0
    before, keys_dir = state(env()), env().settings.keys_dir
    old = {path.read_bytes() for path in keys_dir.glob("*.pem")}
    again = run("demo", "--reset")
    assert again.exit_code == 0, again.output
    after = state(env())
    assert after[0] == before[0]
    assert after[1] != before[1], "an old log's key must never sign a second tree"
    assert old <= {path.read_bytes() for path in keys_dir.iterdir()}, "old keys are kept aside"
    world = env()
    check_log(world)
    world.require_not_behind()
    world.engine.dispose()


def test_a_demonstration_is_not_loaded_twice(loaded: Callable[[], World]) -> None:
    before = state(loaded())
    twice = run("demo")
    assert (twice.exit_code, twice.output.strip()) == (
        1,
        "Error: There are records here already. A demonstration can be started anew with --reset.",
    )
    assert run("demo", "--if-empty").exit_code == 0
    assert state(loaded()) == before


REFUSALS = {("demo",): "There are records here already", ("demo", "--reset"): "are no demonstration"}


def test_real_records_are_neither_joined_nor_deleted(env: Callable[[], World]) -> None:
    world = env()
    initialise(world)
    with world.write() as connection:
        register_organisation(connection, {"role": "producer", "name": "HTX thật"}, world.notary, world.clock())
    before = state(world)
    for arguments, said in REFUSALS.items():
        found = run(*arguments)
        assert found.exit_code == 1
        assert said in found.output
        assert "Traceback" not in found.output
    assert run("demo", "--if-empty").exit_code == 0
    assert state(env()) == before


def test_a_demonstration_with_other_records_in_it_is_still_a_demonstration(loaded: Callable[[], World]) -> None:
    """Whoever tries things out in it knows that it may go."""
    organisations = state(loaded())[2]
    world = loaded()
    with world.write() as connection:
        register_organisation(connection, {"role": "producer", "name": "Thử"}, world.notary, world.clock())
    world.engine.dispose()
    assert run("demo", "--reset").exit_code == 0
    # The officer who types for a household is a party of their own, made with the people.
    assert state(loaded())[2] == organisations + 1


def test_every_product_tells_its_story_in_six_fields_and_where_it_sells(demo_copy: World) -> None:
    for one in demo()["products"]:
        facts, _ = look(demo_copy, f"https://{HOST}/01/{one['gtin']}")
        assert facts.product is not None
        assert [field.key for field in facts.product.story] == list(STORY_FIELDS)
        assert all(field.vi and field.en for field in facts.product.story)
        kinds = {outlet.kind for outlet in outlets_in(facts.product.extra)}
        assert "buy" in kinds


def test_every_fictional_lot_is_registered(demo_copy: World) -> None:
    with demo_copy.read() as connection:
        found = set(connection.execute(select(lots.c.lot)).scalars())
    assert found == {lot["lot"] for lot in demo()["lots"]}


def test_a_certificate_that_ends_tomorrow_ends_at_that_midnight_in_vietnam(demo_copy: World) -> None:
    """Time decides, with no record added."""
    for lot in demo()["lots"]:
        verdict = look(demo_copy, lot_id(lot["lot"]))[1]
        if verdict.changes_at is None:
            continue
        assert verdict.changes_at > ASOF
        assert verdict.changes_at.astimezone(VIETNAM).time().isoformat() == "00:00:00"
        assert at(demo_copy, lot["lot"], verdict.changes_at - timedelta(seconds=1)) == verdict.findings


def at(world: World, lot: str, moment: datetime) -> tuple[Finding, ...]:
    with world.read() as connection:
        gathered = gather(connection, world.host, identity_of(world, lot_id(lot)), world.rulebook)
        return assess(gathered.evidence, world.keyring(connection), moment)[1].findings
