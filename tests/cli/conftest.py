"""A service in a folder of its own, as an operator has it, and the command line on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import HOST, settings_for
from tests.services.cast import repository
from tests.shared import Shared
from tests.worlds import KINDS, Copies
from traceapp.cli import traceapp
from traceapp.services.world import World


@dataclass
class Service:
    """One environment. `run` is the command line in it."""

    folder: Path
    env: dict[str, str | None]

    def run(self, *arguments: object, **env: str) -> Result:
        """Run `traceapp …`; nothing is ever a traceback."""
        found = CliRunner().invoke(traceapp, [str(one) for one in arguments], env={**self.env, **env})
        assert "Traceback" not in found.output
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        return found

    def refused(self, *arguments: object, **env: str) -> str:
        """The one line that a command which fails prints."""
        found = self.run(*arguments, **env)
        assert found.exit_code == 1, found.output
        lines = found.stderr.strip().splitlines()
        assert len(lines) == 1, lines
        assert lines[0].startswith("Error: ")
        return lines[0]

    def said(self, *arguments: object, **env: str) -> str:
        """What a command which succeeds prints."""
        found = self.run(*arguments, **env)
        assert found.exit_code == 0, found.output
        return found.stdout

    @property
    def process_env(self) -> dict[str, str]:
        """The environment of a process of its own: what is None here is not set there, whatever it is around us."""
        around = {name: value for name, value in os.environ.items() if name not in self.env}
        own = {name: value for name, value in self.env.items() if value is not None}
        return {**around, "PYTHONPATH": str(repository()), **own}

    @property
    def world(self) -> World:
        """The same service, opened beside the command line."""
        return World(settings_for(self.folder, self.env["TRACEAPP_DATABASE_URL"]))


def service_in(folder: Path, database_url: str) -> Service:
    """A service that `init` may make in `folder`."""
    env: dict[str, str | None] = {
        "TRACEAPP_DATA_DIR": str(folder / "data"),
        "TRACEAPP_KEYS_DIR": str(folder / "keys"),
        "TRACEAPP_IDENTITY": HOST,
        "TRACEAPP_DATABASE_URL": database_url,
        "TRACEAPP_BASE_URL": None,
        "TRACEAPP_KEY_PASSPHRASE": None,
        "TRACEAPP_KEY_PASSPHRASE_FILE": None,
        "TRACEAPP_TRUSTED_PROXIES": None,
        "PORT": None,
    }
    return Service(folder, env)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def copies(request: pytest.FixtureRequest) -> Iterator[Copies]:
    """Makes databases that are gone after the test."""
    made = Copies(lambda: request.getfixturevalue("postgres_url"))
    yield made
    made.drop()


@pytest.fixture
def nothing(kind: str, tmp_path: Path, copies: Copies) -> Service:
    """An environment in which nothing was made yet."""
    return service_in(tmp_path / "service", copies.database(kind, tmp_path / "service"))


@pytest.fixture(scope="session")
def loaded(shared: Shared, shared_copies: Copies) -> Callable[[str], Service]:
    """The demonstration of today, loaded once in a run for each database by the command line itself."""

    def load(kind: str, folder: Path) -> None:
        service = service_in(folder / "service", shared_copies.database(kind, folder / "service"))
        service.said("demo")
        (folder / "url").write_text(str(service.env["TRACEAPP_DATABASE_URL"]))

    def of(kind: str) -> Service:
        made = shared.once(f"cli-{kind}", lambda folder: load(kind, folder))
        return service_in(made / "service", (made / "url").read_text())

    return of


@pytest.fixture
def service(kind: str, tmp_path: Path, copies: Copies, loaded: Callable[[str], Service]) -> Service:
    """The demonstration on each database, of a test's own."""
    original = loaded(kind)
    folder = tmp_path / "service"
    shutil.copytree(original.folder, folder)
    return service_in(folder, copies.database(kind, folder, original.env["TRACEAPP_DATABASE_URL"]))
