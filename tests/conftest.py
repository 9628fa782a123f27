"""Worlds for tests: real databases, real keys, a clock that stands still."""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import pytest

from tests import browsers, postgres
from tests.ports import kept_port
from tests.shared import Shared
from tests.worlds import ASOF, HOST, KINDS, Clock, Copies, Originals, settings_for
from traceapp.core import sealed_key
from traceapp.demo.load import load_demo
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

__all__ = ["ASOF", "HOST", "Clock", "settings_for"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="also run the long campaigns")
    parser.addoption("--but-measured", action="store_true", help="all but those of core that coverage is measured of")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[_SHARED] = Path(mkdtemp(prefix="traceapp-tests-"))
    # What tests import stays until the end: looking through it again and again is a twentieth of their time.
    gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["shared"] = str(node.config.stash[_SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    if folder := config.stash.get(_SHARED, None):
        if (running := folder / "postgres" / "folder").exists():
            postgres.stop(Path(running.read_text()))
        shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--soak"):
        items[:] = [item for item in items if item.get_closest_marker("soak") is None]
    if config.getoption("--but-measured"):
        items[:] = [item for item in items if item.get_closest_marker("many") or _CORE not in item.path.parents]
    gc.freeze()


_SHARED = pytest.StashKey[Path]()
_CORE = Path(__file__).parent / "core"
_OTHERS_DATA = re.compile("published|beside this project")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where CI runs, a skipped test is a failed one: nothing may be left out there for want of a tool.

    Data that others published are read where they lie beside the project; they are no part of it.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    left_out = reporter.stats.get("skipped", []) if reporter else []
    for_want_of_tools = [one for one in left_out if not _OTHERS_DATA.search(str(one.longrepr))]
    if os.environ.get("CI") and for_want_of_tools and exitstatus == 0:
        session.exitstatus = 1


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Shared:
    """What all processes of this run share."""
    worker: Mapping[str, str] = getattr(pytestconfig, "workerinput", {})
    return Shared(Path(worker["shared"]) if worker else pytestconfig.stash[_SHARED])


@pytest.fixture(scope="session")
def postgres_url(shared: Shared) -> str:
    """One server for the whole run; it is stopped when the run ends."""
    if postgres.find_server() is None:
        pytest.skip("PostgreSQL's server is not installed: apt-get install postgresql")

    def start(told: Path) -> None:
        folder = Path(mkdtemp(prefix="traceapp-pg-"))
        (told / "folder").write_text(str(folder))
        (told / "url").write_text(postgres.start(folder))

    return (shared.once("postgres", start) / "url").read_text()


@pytest.fixture
def quick_sealing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are sealed at a hundredth of the cost, which each file tells; what it costs truly is paid in core."""
    monkeypatch.setattr(sealed_key, "COST", 128)


@pytest.fixture
def new_database(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes an empty database of a kind and returns its URL."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path}/{uuid4().hex}.db"
        return Copies(lambda: str(request.getfixturevalue("postgres_url"))).database(kind, tmp_path)

    return make


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[World]:
    """An initialised, empty service on each database, its clock standing at ASOF."""
    made = World(settings_for(tmp_path, new_database(request.param)), clock=Clock(ASOF))
    initialise(made)
    yield made
    made.engine.dispose()


@pytest.fixture
def demo_world(world: World) -> World:
    """The demonstration on each database, of a test's own."""
    load_demo(world)
    return world


@pytest.fixture(scope="session")
def shared_copies(request: pytest.FixtureRequest) -> Copies:
    """Makes what all tests copy; the server goes away with it."""
    return Copies(lambda: request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def originals(shared_copies: Copies, shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Originals:
    """Prepared worlds, of this process's own."""
    return Originals(shared_copies, shared, tmp_path_factory.mktemp)


@pytest.fixture(scope="session")
def shared_demo(
    shared_copies: Copies, originals: Originals, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The demonstration on SQLite, shared by tests that only read."""
    copied = shared_copies.copy(originals("demo", "sqlite")[0], tmp_path_factory.mktemp("demo") / "world")
    yield copied
    copied.engine.dispose()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A port that is kept for the server of a module's tests."""
    with kept_port() as kept:
        yield kept


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """Playwright, once in a process: it cannot be started a second time beside itself."""
    api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
    browsers.need_chromium()
    with api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Any) -> Iterator[Any]:
    """A browser of Playwright's, without a window; what a test opens there it closes."""
    browser = playwright.chromium.launch(executable_path=browsers.CHROMIUM, args=browsers.NO_SANDBOX)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return browsers.axe_source()
