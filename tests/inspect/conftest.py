"""An inspector and an authority of the demonstration, signed in; Chromium that is fed a label."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.web.conftest import Site, make_world
from tests.web.signed_in import SignedIn, new_session
from traceapp.db.tables import organisations

PROGRAM = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}


class Officer(SignedIn):
    """Somebody signed in for the organisation of that role."""

    def __init__(self, site: Site, role: str) -> None:
        with site.world.read() as connection:
            query = select(organisations.c.id).where(organisations.c.role == role).limit(1)
            organisation = str(connection.execute(query).scalar_one())
        super().__init__(site, organisation, *new_session(site.world, organisation, f"{role}@example.vn"))
        self.role = role


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
