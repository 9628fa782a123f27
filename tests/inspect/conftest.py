"""An inspector and an authority of the demonstration, signed in; Chromium that is fed a label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from tests.passwords import hashed
from tests.web.conftest import Page, Site, make_world
from traceapp.db.tables import organisations
from traceapp.services.accounts.people import MemberRole, create_account, join
from traceapp.services.accounts.sessions import csrf_token, start

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
PROGRAM = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Officer:
    """Somebody signed in for the organisation of that role."""

    site: Site
    role: str
    token: str = field(default="", init=False)
    organisation: str = field(default="", init=False)

    def __post_init__(self) -> None:
        world = self.site.world
        with world.write() as connection:
            query = select(organisations.c.id).where(organisations.c.role == self.role)
            self.organisation = str(connection.execute(query.limit(1)).scalar_one())
            account = create_account(connection, f"{self.role}@example.vn", "Anh Minh", hashed(), "vi", world.clock())
            join(connection, account, self.organisation, MemberRole.OWNER, "cli", world.notary, world.clock())
            self.token = start(connection, account, "test", world.clock(), how="test")

    @property
    def csrf(self) -> str:
        return csrf_token(self.token)

    def ask(self, path: str, method: str = "GET", headers: Mapping[str, str] = BROWSER, **more: Any) -> Page:
        client = self.site.client
        client.set_cookie("__Host-traceapp", self.token, domain="id.example.vn", secure=True)
        sent = client.open(path, method=method, base_url=self.site.address, headers=dict(headers), **more)
        client.delete_cookie("__Host-traceapp", domain="id.example.vn")
        return Page(sent)

    def send(self, path: str, values: Mapping[str, Any]) -> Page:
        return self.ask(path, "POST", data={"csrf": self.csrf, **values})


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration on SQLite, one for the module."""
    world = make_world(request, tmp_path_factory.mktemp("inspect"), "sqlite")
    yield Site(world)
    world.engine.dispose()


@pytest.fixture(scope="module")
def inspector(demo: Site) -> Officer:
    """Signed in for the inspectorate."""
    return Officer(demo, "inspectorate")


@pytest.fixture(scope="module")
def authority(demo: Site) -> Officer:
    """Signed in for the authority."""
    return Officer(demo, "authority")
