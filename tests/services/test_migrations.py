"""The schema: what the migrations make is what the models say, up and down, with data in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select

from tests.check_log import check_log
from tests.conftest import Clock, settings_for
from tests.services.cast import Cast
from traceapp.core.errors import BadSettings, Unavailable
from traceapp.db import migrate
from traceapp.db import scans as scan_tables
from traceapp.db.engine import make_engine
from traceapp.db.tables import metadata, personal, records
from traceapp.services.diary.newest import measured_points
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World


@pytest.fixture
def engine(kind: str, new_database: Callable[[str], str]) -> Engine:
    return make_engine(new_database(kind))


def differences(engine: Engine) -> list[object]:
    def ours(found: object, name: str | None, type_: str, reflected: bool, compared: object) -> bool:
        # The index itself is no table that both databases have: FTS5 keeps several, PostgreSQL a tsvector.
        beside = name in scan_tables.metadata.tables or (name or "").startswith("search_index")
        return not (type_ == "table" and beside)

    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": ours}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def test_the_models_are_what_the_migrations_make(engine: Engine) -> None:
    migrate.upgrade(engine)
    assert differences(engine) == []


def test_the_comparison_would_notice_a_missing_table(engine: Engine) -> None:
    migrate.upgrade(engine, "0001")
    added = {change[1].name for change in differences(engine) if change[0] == "add_table"}  # type: ignore[index]
    assert {"audit", "search_documents"} <= added


def test_every_column_is_nullable_only_where_the_models_say(engine: Engine) -> None:
    migrate.upgrade(engine)
    for table in metadata.tables.values():
        found = {column["name"]: column["nullable"] for column in inspect(engine).get_columns(table.name)}
        assert found == {column.name: column.nullable for column in table.columns}


def test_going_down_and_up_again_keeps_every_record_and_the_log(cast: Cast) -> None:
    cast.harvest()
    with cast.world.read() as connection:
        before = connection.execute(select(records).order_by(records.c.record_id)).all()
        private = connection.execute(select(personal).order_by(personal.c.record_id, personal.c.field)).all()
    assert private
    migrate.downgrade(cast.world.engine, "0001")
    migrate.upgrade(cast.world.engine)
    with cast.world.read() as connection:
        assert connection.execute(select(records).order_by(records.c.record_id)).all() == before
        kept = connection.execute(select(personal).order_by(personal.c.record_id, personal.c.field)).all()
        assert kept == private
    check_log(cast.world)
    cast.harvest()


def test_measurements_of_before_are_found_by_their_control_point(cast: Cast) -> None:
    checks = [{"what": "nhiệt độ", "unit": "°C", "value": 120, "min": 115}]
    cast.capture(cast.event("CCP", "2026-11-03", ccp="nấu", step="nấu", hazard="biological", checks=checks))
    with cast.world.read() as connection:
        (key,) = measured_points(connection, cast.producer)
    migrate.downgrade(cast.world.engine, "0017")
    with cast.world.read() as connection:
        assert measured_points(connection, cast.producer) == []
    migrate.upgrade(cast.world.engine)
    with cast.world.read() as connection:
        assert measured_points(connection, cast.producer) == [key]
    check_log(cast.world)


def test_going_down_to_base_leaves_nothing_behind(cast: Cast) -> None:
    migrate.downgrade(cast.world.engine, "base")
    left = set(inspect(cast.world.engine).get_table_names()) - {"alembic_version"} - set(scan_tables.metadata.tables)
    assert left == set()
    migrate.upgrade(cast.world.engine)
    assert differences(cast.world.engine) == []


def test_upgrading_twice_changes_nothing(cast: Cast) -> None:
    migrate.upgrade(cast.world.engine)
    check_log(cast.world)


def test_a_database_that_is_not_there_says_run_init(engine: Engine) -> None:
    with pytest.raises(Unavailable, match="There is no database here yet: run traceapp init"):
        migrate.require_current(engine)


def test_an_older_schema_says_run_init_and_init_brings_it_up(cast: Cast) -> None:
    migrate.downgrade(cast.world.engine, "0001")
    with pytest.raises(Unavailable, match=r"schema 0001, this version needs \d{4}: run traceapp init"):
        migrate.require_current(cast.world.engine)
    initialise(cast.world)
    migrate.require_current(cast.world.engine)
    check_log(cast.world)


def test_a_database_that_cannot_be_reached_says_so_plainly(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/nowhere/at/all.db", "postgresql://postgres@127.0.0.1:1/none"):
        engine = make_engine(url)
        with pytest.raises(Unavailable, match="The database refused, and nothing was written"):
            migrate.require_current(engine)
        with pytest.raises(Unavailable, match="The database refused, and nothing was written"):
            migrate.upgrade(engine)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_a_server_that_knows_neither_user_nor_database_says_what_to_check(engine: Engine) -> None:
    for wrong, what in (({"username": "nobody"}, "CREATE ROLE"), ({"database": "nothere"}, "CREATE DATABASE")):
        other = make_engine(engine.url.set(**wrong).render_as_string(hide_password=False))
        with pytest.raises(Unavailable, match=f"TRACEAPP_DATABASE_URL, or let the server's owner say {what}"):
            migrate.require_current(other)


def test_a_file_that_is_no_database_says_so_plainly(tmp_path: Path) -> None:
    (tmp_path / "traceapp.db").write_bytes(b"This is a letter, not a database. " * 200)
    engine = make_engine(f"sqlite:///{tmp_path}/traceapp.db")
    with pytest.raises(Unavailable, match="file is not a database"):
        migrate.require_current(engine)
    with pytest.raises(Unavailable, match="file is not a database"):
        migrate.upgrade(engine)


def test_a_newer_schema_than_this_code_knows_is_refused(cast: Cast) -> None:
    with cast.world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="schema 9999"):
        migrate.require_current(cast.world.engine)
    with pytest.raises(Unavailable, match="9999"):
        initialise(cast.world)


def test_init_is_refused_under_another_identity(cast: Cast) -> None:
    folder = cast.world.settings.data_dir.parent
    settings = settings_for(folder, cast.world.settings.database_url, TRACEAPP_IDENTITY="other.example.vn")
    other = World(settings, clock=Clock(cast.world.clock()))
    with pytest.raises(BadSettings, match=r"id\.example\.vn since init"):
        initialise(other)
    other.engine.dispose()
