"""The public log, as people leaf through it and as followers read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ASOF, Clock, settings_for
from tests.services.cast import Cast, put_on_stage
from tests.web.conftest import Site
from traceapp.core.tail import decode_records, record_bundles
from traceapp.core.trust import read_trust_list
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Cast]]:
    folder: Path = tmp_path_factory.mktemp("log-pages")
    world = World(settings_for(folder), clock=Clock(ASOF))
    initialise(world)
    cast = put_on_stage(world)
    cast.capture(*[cast.event() for _ in range(120)])
    cast.capture(cast.event("SHIP", "2026-10-12", to=cast.other_producer, lot_out=cast.lot))
    yield Site(world), cast
    world.engine.dispose()


def test_people_leaf_through_the_log_from_its_newest_line(site: tuple[Site, Cast]) -> None:
    here, cast = site
    size = cast.world.published.read()[0]
    page = here.page("/log")
    assert page.status == 200 and "Cuốn sổ công khai" in page.words
    assert f"Số dòng{size}" in page.words and "Nhân chứng đã kýchưa có nhân chứng nào" in page.words
    assert "Chỉ các bên liên quan đọc được" in page.words and "Công đoạn" in page.words
    seen: list[int] = []
    address: str | None = "/log"
    while address:
        tree = here.page(address).tree
        seen += [int(one.get("value", "")) for one in tree.iter("li") if one.get("value")]
        older = [one.get("href", "") for one in tree.iter("a") if "".join(one.itertext()) == "Cũ hơn"]
        address = older[0] if older else None
    assert seen == list(range(size - 1, -1, -1)), "every line once, newest first"
    english = here.page("/log?lang=en&before=60")
    assert english.lang == "en" and "Entries, newest first" in english.words and "Newer" in english.words


@pytest.mark.parametrize("asked", ["-1", "0", "x", "9" * 40, "1e9", "%00", "١٢"])
def test_an_odd_page_number_shows_a_page(site: tuple[Site, Cast], asked: str) -> None:
    assert site[0].page(f"/log?before={asked}").status == 200


def test_each_line_leads_to_its_record_and_its_proof(site: tuple[Site, Cast]) -> None:
    here = site[0]
    links = [one.get("href", "") for one in here.page("/log").tree.iter("a")]
    records = [link for link in links if link.startswith("/records/")]
    assert len(records) == 100
    for link in records[:4]:
        assert here.ask(link, accept="*/*").status_code in (200, 403)


def test_followers_get_records_in_bundles_and_restricted_ones_empty(site: tuple[Site, Cast]) -> None:
    here, cast = site

    def fetch(path: str) -> bytes:
        answer = here.ask(f"/log/{path}", accept="*/*")
        assert answer.status_code == 200
        return answer.data

    size = cast.world.published.read()[0]
    bodies = [body for some in record_bundles(fetch, 0, size) for body in some]
    assert len(bodies) == size and bodies.count(b"") == 1
    assert decode_records(fetch(f"records/000.p/{size}")) == tuple(bodies)
    for path in (
        "records/001",
        f"records/000.p/{size + 1}",
        "records/0",
        "trust/2.json",
        "trust/0.json",
        "trust/x.json",
    ):
        assert here.ask(f"/log/{path}", accept="*/*").status_code in (400, 404), path
    assert read_trust_list(fetch("trust/1.json")).version == 1
