"""Worlds of tests: their settings and clock; those prepared once in a process and copied for whoever wants one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, create_engine, text

from tests.services.cast import Cast, put_on_stage
from tests.shared import Shared
from traceapp.config import Settings
from traceapp.demo.load import load_demo
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

HOST = "id.example.vn"
ASOF = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
"""Noon in Vietnam on the day that the demonstration's dates are written for."""

KINDS = ("sqlite", "postgresql")


class Clock:
    """A clock that tests move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def tick(self, **step: float) -> None:
        self.now += timedelta(**step)


def settings_for(folder: Path, database_url: str | None = None, **env: str) -> Settings:
    """Settings of a world in `folder`."""
    return Settings.from_env(
        {
            "TRACEAPP_DATA_DIR": str(folder / "data"),
            "TRACEAPP_KEYS_DIR": str(folder / "keys"),
            "TRACEAPP_IDENTITY": HOST,
            **({"TRACEAPP_DATABASE_URL": database_url} if database_url else {}),
            **env,
        }
    )


class Copies:
    """Makes databases, and copies of whole worlds: the folder and the database in it or beside it."""

    def __init__(self, server: Callable[[], str]) -> None:
        self._server = server
        self._made: list[str] = []

    def database(self, kind: str, folder: Path, template: str | None = None) -> str:
        """The URL of a new database; on PostgreSQL optionally a copy of the one at `template`."""
        if kind == "sqlite":
            return f"sqlite:///{folder}/data/traceapp.db"
        name, copied = f"c{uuid4().hex}", ""
        if template:
            original = template.rpartition("/")[2]
            self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{original}'")
            # A copy of the files is half the writing of a copy through the journal; older servers know no other.
            copied = f" TEMPLATE {original}" + (" STRATEGY file_copy" if _is_since_15(self._server()) else "")
        self._run(f"CREATE DATABASE {name}{copied}")
        self._made.append(name)
        return f"{self._server()}/{name}"

    def copy(self, world: World, folder: Path, made: type[World] = World, **env: str) -> World:
        """A world of its own that starts where `world` stands; nobody may be connected to that one."""
        world.engine.dispose()
        shutil.copytree(world.settings.data_dir.parent, folder, dirs_exist_ok=True)
        url = self.database(world.engine.dialect.name, folder, world.settings.database_url)
        return made(settings_for(folder, url, **env), clock=Clock(world.clock()))

    def drop(self) -> None:
        """Drop every database made here."""
        for name in self._made:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with _administration(self._server()).connect() as connection:
            connection.execute(text(statement))


@cache
def _administration(server: str) -> Engine:
    """One connection for all that are made and dropped: to connect takes as long as to drop."""
    return create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")


@cache
def _is_since_15(server: str) -> bool:
    with _administration(server).connect() as connection:
        return int(connection.execute(text("SHOW server_version_num")).scalar_one()) >= 150_000


class Originals:
    """Prepared worlds, to be copied or read: `empty`, `cast` or `demo`, on each kind of database.

    Each is made once in a run; every process has a copy of its own.
    """

    def __init__(self, copies: Copies, shared: Shared, new_folder: Callable[[str], Path]) -> None:
        self._copies, self._shared, self._new_folder = copies, shared, new_folder
        self._own: dict[tuple[str, str], tuple[World, Cast | None]] = {}

    def __call__(self, what: str, kind: str) -> tuple[World, Cast | None]:
        """The world and, of the cast, who is in it."""
        if (what, kind) not in self._own:
            name = f"{what}-{kind}"
            made = self._shared.once(name, lambda folder: self._make(what, kind, folder))
            url, cast = json.loads((made / "made.json").read_text())
            first = World(settings_for(made / "world", url), clock=Clock(ASOF))
            own = self._copies.copy(first, self._new_folder(name) / "world")
            self._own[what, kind] = own, Cast(own, **cast) if cast else None
        return self._own[what, kind]

    def _make(self, what: str, kind: str, folder: Path) -> None:
        url = self._copies.database(kind, folder / "world")
        world = World(settings_for(folder / "world", url), clock=Clock(ASOF))
        initialise(world)
        if what == "demo":
            load_demo(world)
        cast = put_on_stage(world) if what == "cast" else None
        world.engine.dispose()
        named = [field.name for field in fields(Cast) if field.name != "world"] if cast else []
        (folder / "made.json").write_text(json.dumps([url, {name: getattr(cast, name) for name in named}]))
