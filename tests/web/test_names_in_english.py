"""Whoever reads English is told a product's English name everywhere in the portal, and its own where it has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.conftest import Site, make_world
from tests.web.signed_in import SignedIn, new_session
from traceapp.i18n.names import name_in, told_name
from traceapp.services.registry.organisations import organisation_called

VI, EN, CODE = "Trà búp Đồi Mây", "Đồi Mây bud tea", "09520000000127"
LOT = f"/01/{CODE}/10/DM2610B"
PAGES = (
    "certificates",
    "certificates/new?scheme=OCOP",
    f"checklist/{CODE}",
    "diary/new/FERT",
    "diary/written",
    "labels",
    f"lots/make{LOT}",
    f"lots/recall{LOT}",
    f"lots/split{LOT}",
    f"lots/view{LOT}",
    "lots",
    "messages",
    "overview",
    "shops",
    f"story/{CODE}",
    f"trace/back{LOT}",
)


@pytest.fixture(scope="module")
def tea(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedIn]:
    world = make_world(request, tmp_path_factory.mktemp("names"), "sqlite")
    with world.read() as connection:
        organisation = organisation_called(connection, "HTX Chè Đồi Mây (dữ liệu mẫu)")
    yield SignedIn(Site(world), organisation, *new_session(world, organisation, "names@example.vn"))
    world.engine.dispose()


def _named(tea: SignedIn, path: str, lang: str) -> tuple[bool, bool]:
    page = tea.ask(f"/portal/{path}{'&' if '?' in path else '?'}lang={lang}")
    assert page.status == 200, path
    return VI in page.words, EN in page.words


def test_every_page_names_a_product_in_the_language_of_its_reader(tea: SignedIn) -> None:
    told = {path: (_named(tea, path, "vi"), _named(tea, path, "en")) for path in PAGES}
    named = [path for path, (vietnamese, _) in told.items() if any(vietnamese)]
    assert len(named) >= 12, named
    assert {path: told[path] for path in named if told[path] != ((True, False), (False, True))} == {}


def test_a_product_without_an_english_name_keeps_its_own() -> None:
    assert [name_in(lang, "Chè lam", "") for lang in ("vi", "en")] == ["Chè lam"] * 2
    assert [told_name({"name_vi": "Chè lam", "name_en": None}, lang) for lang in ("vi", "en")] == ["Chè lam"] * 2
    assert [told_name({"name_vi": VI, "name_en": EN}, lang) for lang in ("vi", "en")] == [VI, EN]
    assert told_name({}, "en") == ""
