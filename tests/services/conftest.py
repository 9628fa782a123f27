"""Worlds prepared once and copied for each test: the cast on its stage, and the whole demonstration."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from tests.check_log import ProvedWorld
from tests.conftest import ASOF, Clock, settings_for
from tests.services.cast import Cast, put_on_stage
from traceapp.demo.load import load_demo
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

KINDS = ("sqlite", "postgresql")


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
            version = int(self._run("SHOW server_version_num"))
            copied = f" TEMPLATE {original}" + (" STRATEGY file_copy" if version >= 150_000 else "")
        self._run(f"CREATE DATABASE {name}{copied}")
        self._made.append(name)
        return f"{self._server()}/{name}"

    def copy(self, world: World, folder: Path, made: type[World] = World) -> World:
        """A world of its own that starts where `world` stands; nobody may be connected to that one."""
        world.engine.dispose()
        shutil.copytree(world.settings.data_dir.parent, folder)
        url = self.database(world.engine.dialect.name, folder, world.settings.database_url)
        return made(settings_for(folder, url), clock=Clock(world.clock()))

    def drop(self) -> None:
        """Drop every database made here."""
        for name in self._made:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, statement: str) -> str:
        engine = create_engine(f"{self._server()}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            found = connection.execute(text(statement))
            answer = str(found.scalar()) if found.returns_rows else ""
        engine.dispose()
        return answer


@pytest.fixture(scope="session")
def shared_copies(request: pytest.FixtureRequest) -> Copies:
    """Makes what all tests copy; the server goes away with it."""
    return Copies(lambda: request.getfixturevalue("postgres_url"))


@pytest.fixture
def copies(request: pytest.FixtureRequest) -> Iterator[Copies]:
    """Makes copies that are gone after the test."""
    made = Copies(lambda: request.getfixturevalue("postgres_url"))
    yield made
    made.drop()


@pytest.fixture(scope="session")
def originals(
    shared_copies: Copies, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], tuple[World, Cast | None]]:
    """Makes each prepared world once: `empty`, `cast` or `demo`, on each kind of database."""
    made: dict[tuple[str, str], tuple[World, Cast | None]] = {}

    def original(what: str, kind: str) -> tuple[World, Cast | None]:
        if (what, kind) not in made:
            folder = tmp_path_factory.mktemp(f"{what}-{kind}") / "world"
            world = World(settings_for(folder, shared_copies.database(kind, folder)), clock=Clock(ASOF))
            initialise(world)
            cast = put_on_stage(world) if what == "cast" else None
            if what == "demo":
                load_demo(world)
            made[what, kind] = world, cast
        return made[what, kind]

    return original


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def cast(
    kind: str, tmp_path: Path, copies: Copies, originals: Callable[[str, str], tuple[World, Cast]]
) -> Iterator[Cast]:
    """The cast on each database, in a world that re-proves its log after each write."""
    world, described = originals("cast", kind)
    copied = copies.copy(world, tmp_path / "world", ProvedWorld)
    yield replace(described, world=copied)
    copied.engine.dispose()


@pytest.fixture
def demo_copy(
    kind: str, tmp_path: Path, copies: Copies, originals: Callable[[str, str], tuple[World, None]]
) -> Iterator[World]:
    """The demonstration on each database, of a test's own."""
    copied = copies.copy(originals("demo", kind)[0], tmp_path / "world")
    yield copied
    copied.engine.dispose()


@pytest.fixture
def read_demo(kind: str, originals: Callable[[str, str], tuple[World, None]]) -> Iterator[World]:
    """The demonstration on each database, shared: for tests that change nothing, or roll it back."""
    world = originals("demo", kind)[0]
    yield world
    world.engine.dispose()
