"""The service as its visitors meet it: workers over one database, and pages read the way a browser reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, select, text
from werkzeug.test import TestResponse

from tests.conftest import ASOF, HOST, Clock, settings_for
from traceapp.app import create_app
from traceapp.db import scans as scan_tables
from traceapp.db.tables import metadata
from traceapp.demo.load import demo_data, load_demo
from traceapp.services.labels import item_path, runs_of
from traceapp.services.registers import lot_called
from traceapp.services.setup import initialise
from traceapp.services.world import World

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PROGRAM = "application/json"


@dataclass(frozen=True)
class Page:
    """A served page. `findings` holds every `data-finding` with its `data-severity`, `headline` the mat's."""

    response: TestResponse
    tree: Element

    @classmethod
    def of(cls, response: TestResponse) -> Page:
        return cls(response, html5lib.parse(response.data, transport_encoding="utf-8", namespaceHTMLElements=False))

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def findings(self) -> set[tuple[str, str]]:
        return {(one.get("data-finding", ""), one.get("data-severity", "")) for one in self._with("data-finding")}

    @property
    def codes(self) -> set[str]:
        return {code for code, _ in self.findings}

    @property
    def headline(self) -> str:
        return next((one.get("data-headline", "") for one in self._with("data-headline")), "")

    @property
    def words(self) -> str:
        return " ".join("".join(self.tree.itertext()).split())

    @property
    def lang(self) -> str:
        return self.tree.get("lang", "")

    def _with(self, attribute: str) -> Iterator[Element]:
        return (element for element in self.tree.iter() if element.get(attribute) is not None)


@dataclass
class Site:
    """One worker of a service. Another worker is another `Site` over the same database, with the same clock."""

    world: World
    address: str = f"https://{HOST}"

    @cached_property
    def client(self) -> FlaskClient:
        app = create_app(self.world)
        # An exception is what a visitor would see as a 500: let the application answer it as it would for them.
        app.config["PROPAGATE_EXCEPTIONS"] = False
        return app.test_client(use_cookies=True)

    def worker(self) -> Site:
        return Site(World(self.world.settings, clock=self.world.clock))

    @property
    def clock(self) -> Clock:
        clock = self.world.clock
        assert isinstance(clock, Clock)
        return clock

    def ask(self, path: str, *, accept: str = BROWSER, method: str = "GET", **more: Any) -> TestResponse:
        """One request; `more` holds further headers, underscores for dashes, or `remote` for the visitor's address."""
        remote = more.pop("remote", "198.51.100.7")
        headers = {"Accept": accept, **{name.replace("_", "-"): value for name, value in more.items()}}
        environ = {"REMOTE_ADDR": remote}
        return self.client.open(path, method=method, base_url=self.address, headers=headers, environ_overrides=environ)

    def page(self, path: str, **more: Any) -> Page:
        return Page.of(self.ask(path, **more))

    def verdict(self, path: str) -> dict[str, Any]:
        """The verdict as a program gets it."""
        answer: dict[str, Any] = self.ask(path, accept=PROGRAM).get_json()
        return answer

    def lot(self, number: str) -> str:
        """The path of a lot's code."""
        return self.lot_id(number).removeprefix(f"https://{HOST}")

    def lot_id(self, number: str) -> str:
        with self.world.read() as connection:
            return lot_called(connection, number)

    def item(self, number: str, item: int) -> str:
        """The path on the label of one item."""
        with self.world.read() as connection:
            run = runs_of(connection, lot_called(connection, number), item, item)[0]
        return item_path(run, item, self.world.serial_key)

    def signed(self, number: str, item: int) -> str:
        """The same with the label's signature."""
        return self.world.label_maker.url(self.item(number, item), signed=True).partition(HOST.upper())[2]

    def rows(self) -> dict[str, int]:
        """How many rows each table has, scans' included."""
        found = {}
        engines = ((self.world.engine, metadata), (scan_engine(self.world), scan_tables.metadata))
        for engine, tables in engines:
            with engine.connect() as connection:
                for table in tables.sorted_tables:
                    count = connection.execute(select(func.count()).select_from(table)).scalar()
                    found[table.name] = count or 0
        return found

    def tamper(self, *statements: str, **values: Any) -> None:
        """Raw SQL behind the service's back, with every guard taken away first."""
        with self.world.engine.begin() as connection:
            for statement in (*_unguard(connection.dialect.name, connection), *statements):
                connection.execute(text(statement), values if ":" in statement else {})


def scan_engine(world: World) -> Any:
    """Where scans are stored."""
    if world.engine.dialect.name != "sqlite":
        return world.engine
    return create_engine(f"sqlite:///{world.settings.data_dir / 'scans.db'}")


def _unguard(dialect: str, connection: Any) -> list[str]:
    if dialect == "postgresql":
        return ["SET session_replication_role = replica"]
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    return [*(f"DROP TRIGGER {name}" for name in names), "PRAGMA defer_foreign_keys = ON"]


def demo_lots() -> dict[str, Mapping[str, Any]]:
    """demo.json's lots by number."""
    return {one["lot"]: one for one in demo_data()["lots"]}


@pytest.fixture
def site(demo_world: World) -> Site:
    """The demonstration, a test's own, on each database."""
    return Site(demo_world)


@pytest.fixture(scope="module")
def read_only(shared_demo: World) -> Site:
    """The demonstration on SQLite, for tests that change nothing but scans."""
    return Site(shared_demo)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration on each database, one for all tests of a module."""
    folder = tmp_path_factory.mktemp(f"site-{request.param}")
    url = None
    if request.param == "postgresql":
        server, name = request.getfixturevalue("postgres_url"), f"t{uuid4().hex}"
        maintenance = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with maintenance.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        maintenance.dispose()
        url = f"{server}/{name}"
    world = World(settings_for(Path(folder), url), clock=Clock(ASOF))
    initialise(world)
    load_demo(world)
    yield Site(world)
    world.engine.dispose()
