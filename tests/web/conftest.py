"""The service as its visitors meet it: workers over one database, and pages read the way a browser reads them."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from sqlalchemy import Connection, Executable, create_engine, func, select, text
from werkzeug.test import TestResponse

from tests.conftest import HOST, Clock
from tests.services.cast import issue
from tests.worlds import KINDS, Copies, Originals
from traceapp.app import make_pages, put_before, require_startable
from traceapp.db import scans as scan_tables
from traceapp.db.notes import Read
from traceapp.db.parts import Told
from traceapp.db.tables import metadata
from traceapp.demo.load import demo_data
from traceapp.services.labels.runs import item_path, runs_of
from traceapp.services.registry.registers import lot_called, owner_of_lot
from traceapp.services.world import World
from traceapp.web.portal import view

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PROGRAM = "application/json"
ON_ONE_DATABASE = pytest.mark.parametrize("site", KINDS[:1], indirect=True)
MODULE_ON_ONE_DATABASE = pytest.mark.parametrize("module_site", KINDS[:1], indirect=True)
"""For what no database has a say in: how a page is written, what a form or a header may hold, which host is ours."""


@dataclass
class Page:
    """A served page. `findings` holds every `data-finding` with its `data-severity`, `headline` the mat's."""

    response: TestResponse

    @cached_property
    def tree(self) -> HtmlElement:
        # What a strict parser says of each page is asked elsewhere, once: it takes longer than the page.
        return document_fromstring(self.response.data, parser=HTMLParser(encoding="utf-8", remove_comments=True))

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

    def _with(self, attribute: str) -> Iterator[HtmlElement]:
        return (element for element in self.tree.iter() if element.get(attribute) is not None)


_PAGES: list[Flask] = []
"""Pages whose site is gone, for the next: making them anew takes longer than most tests."""


@dataclass(eq=False)
class Site:
    """One worker of a service. Another worker is another `Site` over the same database, with the same clock."""

    world: World
    address: str = f"https://{HOST}"

    @cached_property
    def client(self) -> FlaskClient:
        require_startable(self.world)
        app = _PAGES.pop() if _PAGES else make_pages()
        weakref.finalize(self, _PAGES.append, app)
        put_before(app, self.world)
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
        return Page(self.ask(path, **more))

    def verdict(self, path: str) -> dict[str, Any]:
        """The verdict as a program gets it."""
        if "lang=" in path:
            path += "&format=json"
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

    def tamper(self, statement: str, *rows: Mapping[str, Any]) -> None:
        """Raw SQL behind the service's back, once for each of `rows`, with every guard taken away first."""
        for values in rows or ({},):
            self.change(text(statement), values)

    def change(self, statement: Executable, values: Any = None) -> None:
        """The same with a statement of SQLAlchemy's."""
        with self.world.engine.begin() as connection:
            _unguard(connection)
            connection.execute(statement, values)

    def issue_label(self, connection: Connection, lot: str) -> None:
        """One more label of a lot, issued by its producer."""
        thing = self.lot_id(lot)
        issue(self.world, connection, thing, 1, owner_of_lot(connection, thing)[1])


def reads_of(told: Told) -> Iterator[Read]:
    """Everything that was read for it and for its parts."""
    for reads in told.notes.reads.values():
        yield from reads.values()
    for part in told.notes.parts:
        yield from reads_of(cast(Told, part))


def scan_engine(world: World) -> Any:
    """Where scans are stored."""
    if world.engine.dialect.name != "sqlite":
        return world.engine
    return create_engine(f"sqlite:///{world.settings.data_dir / 'scans.db'}")


def _unguard(connection: Connection) -> None:
    """No triggers and no foreign keys: whoever holds the database can do as much."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))
        return
    # SQLite listens to this pragma outside transactions only.
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def demo_lots() -> dict[str, Mapping[str, Any]]:
    """demo.json's lots by number."""
    return {one["lot"]: one for one in demo_data()["lots"]}


def make_world(request: pytest.FixtureRequest, folder: Path, kind: str) -> World:
    """The demonstration on a database of that kind, a copy of its original."""
    copies: Copies = request.getfixturevalue("shared_copies")
    originals: Originals = request.getfixturevalue("originals")
    return copies.copy(originals("demo", kind)[0], folder)


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The demonstration on each database, a test's own."""
    world = make_world(request, tmp_path, request.param)
    yield Site(world)
    world.engine.dispose()


@pytest.fixture(scope="module", params=KINDS)
def module_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration on each database, one for all tests of a module: they change nothing but scans."""
    world = make_world(request, tmp_path_factory.mktemp("module-site"), request.param)
    yield Site(world)
    world.engine.dispose()


@pytest.fixture(scope="module")
def read_only(shared_demo: World) -> Site:
    """The demonstration on SQLite, for tests that change nothing but scans."""
    return Site(shared_demo)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates of the portal's pages that were made, not shown again, one after the other."""
    found: list[str] = []
    render = view.render_template
    monkeypatch.setattr(view, "render_template", lambda name, **values: found.append(name) or render(name, **values))
    return found
