"""What search engines may find: every public product and lot in both languages, no item, and nothing that changed
unseen."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from werkzeug.test import TestResponse

from tests.conftest import HOST
from tests.shared import Shared
from tests.web.conftest import BROWSER, MODULE_ON_ONE_DATABASE, PROGRAM, Site
from tests.web.serving import served
from traceapp.core.dates import instant, rfc3339
from traceapp.core.identifiers import Lot
from traceapp.demo.load import demo_data
from traceapp.services.lots.acts import hold
from traceapp.services.registry.registers import owner_of_lot, register_lot
from traceapp.services.search import sitemap

BASE = f"https://{HOST}"
PRODUCT = "/01/09520000000127"
LOT = f"{PRODUCT}/10/DM2610B"
_NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
MOST_ADDRESSES = 50_000


@dataclass(frozen=True)
class Listed:
    """One `url` of a sitemap."""

    loc: str
    lastmod: str | None
    alternates: frozenset[tuple[str, str]]


def parsed(answer: TestResponse) -> ElementTree.Element:
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/xml"
    return ElementTree.fromstring(answer.data)


def parts(site: Site) -> list[str]:
    """The addresses in the index."""
    root = parsed(site.ask("/sitemap.xml"))
    assert root.tag == f"{{{_NAMES['s']}}}sitemapindex"
    return [one.text or "" for one in root.findall("s:sitemap/s:loc", _NAMES)]


def listed(site: Site, part: str) -> Iterator[Listed]:
    for url in parsed(site.ask(part.removeprefix(BASE))).findall("s:url", _NAMES):
        links = url.findall("x:link", _NAMES)
        assert {one.get("rel") for one in links} == {"alternate"}
        alternates = frozenset((one.get("hreflang", ""), one.get("href", "")) for one in links)
        yield Listed(url.findtext("s:loc", "", _NAMES), url.findtext("s:lastmod", None, _NAMES), alternates)


def everything(site: Site) -> list[Listed]:
    return [one for part in parts(site) for one in listed(site, part)]


def metas(site: Site, path: str) -> dict[str, str]:
    """The links and cards in a page's head, by rel, hreflang, name or property."""
    found = {}
    for element in site.page(path).tree.iter():
        if element.tag == "link" and element.get("rel") in ("canonical", "alternate"):
            found[element.get("hreflang") or element.get("rel", "")] = element.get("href", "")
        if element.tag == "meta":
            found[element.get("name") or element.get("property") or ""] = element.get("content", "")
    return found


# The sitemap


def test_every_product_and_lot_is_listed_once_in_each_language_and_nothing_else(module_site: Site) -> None:
    data = demo_data()
    things = [f"/01/{one['gtin']}" for one in data["products"]] + [module_site.lot(one["lot"]) for one in data["lots"]]
    wanted = {
        f"{BASE}{path}{query}" for path in ("/", "/verify-help", "/privacy", *things) for query in ("", "?lang=en")
    }
    found = [one.loc for one in everything(module_site)]
    assert sorted(found) == sorted(wanted)


@MODULE_ON_ONE_DATABASE
def test_every_address_listed_is_the_one_its_page_gives_itself(module_site: Site) -> None:
    for one in everything(module_site):
        path = one.loc.removeprefix(BASE)
        # As a search engine asks: without a language.
        answer = module_site.ask(path)
        assert answer.status_code == 200, path
        assert "noindex" not in answer.text
        assert "X-Robots-Tag" not in answer.headers
        head = metas(module_site, path)
        assert head["canonical"] == one.loc
        assert {(lang, head[lang]) for lang in ("vi", "en", "x-default")} == one.alternates
        assert dict(one.alternates)[module_site.page(path).lang] == one.loc


def test_a_part_holds_no_item_and_no_record(module_site: Site) -> None:
    text = "".join(module_site.ask(part.removeprefix(BASE)).text for part in parts(module_site))
    assert not re.search(r"/21/|/records/|/bundle/|/verify/|\?S=|/find", text)


@pytest.mark.parametrize("size", [1, 3, 5, 14])
def test_small_parts_hold_the_same_as_one(module_site: Site, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    whole = sorted(one.loc for one in everything(module_site))
    monkeypatch.setattr(sitemap, "THINGS_A_PART", size)
    worker = module_site.worker()
    divided = parts(worker)
    assert len(divided) == 1 + len(demo_data()["products"]) // size + 1 + len(demo_data()["lots"]) // size + 1
    assert sorted(one.loc for part in divided for one in listed(worker, part)) == whole
    worker.world.engine.dispose()


def test_a_part_never_passes_what_a_sitemap_may_hold(module_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 2 * sitemap.MOST_A_PART <= MOST_ADDRESSES
    assert sitemap.THINGS_A_PART < sitemap.MOST_A_PART
    monkeypatch.setattr(sitemap, "MOST_A_PART", 3)
    assert len(list(listed(module_site, f"{BASE}/sitemap-lots.xml"))) == 2 * 3


def test_what_is_recorded_between_two_parts_is_in_one_of_them(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "THINGS_A_PART", 3)
    divided = parts(site)
    for number in ("AAA", "ZZZ"):
        new_lot(site, number)
    found = [one.loc for part in divided for one in listed(site, part)]
    assert found.count(f"{BASE}{PRODUCT}/10/AAA") == found.count(f"{BASE}{PRODUCT}/10/ZZZ") == 1


def new_lot(site: Site, number: str) -> str:
    world = site.world
    with world.write() as connection:
        return register_lot(
            connection, f"{BASE}{PRODUCT}", Lot(number), {"made": "2026-11-20"}, world.notary, world.clock()
        )[0]


def test_a_lot_called_as_oddly_as_gs1_allows_is_listed_as_its_page_is_called(site: Site) -> None:
    for number in ("A&B", "A'\"<B", "50%", "A+B;C=D", "21", "a/b?c"):
        new_lot(site, number)
    paths = [one.loc.removeprefix(BASE) for one in listed(site, "/sitemap-lots.xml")]
    odd = [path for path in paths if re.search(r"/10/(A|50|21|a)", path)]
    assert len(odd) == 2 * 6
    for path in odd:
        assert site.ask(path).status_code == 200, path
        assert metas(site, path)["canonical"] == BASE + path
        assert "X-Robots-Tag" not in site.ask(path).headers


def test_the_time_of_change_is_that_of_the_newest_record_about_a_thing(site: Site) -> None:
    def changed(path: str) -> str | None:
        (found,) = {one.lastmod for one in everything(site) if one.loc in (f"{BASE}{path}", f"{BASE}{path}?lang=en")}
        return found

    before = {path: changed(path) for path in (LOT, PRODUCT, site.lot("DM2607A"), "/")}
    assert set(before.values()) == {"2026-11-21T05:00:00Z"}
    site.clock.tick(days=2)
    world, lot = site.world, site.lot_id("DM2610B")
    with world.write() as connection:
        hold(connection, lot, "xem lại", owner_of_lot(connection, lot)[1], world.notary, world.clock())
    assert changed(LOT) == changed("/") == rfc3339(site.clock.now)
    assert changed(PRODUCT) == before[PRODUCT]
    assert changed(site.lot("DM2607A")) == before[LOT]
    assert changed("/privacy") is None


def test_a_sitemap_is_sent_again_only_when_something_was_recorded(site: Site) -> None:
    addresses = [one.removeprefix(BASE) for one in ("/sitemap.xml", *parts(site))]
    tags = {}
    for path in addresses:
        answer = site.ask(path)
        tags[path] = answer.headers["ETag"]
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert answer.last_modified == datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
        for conditions in ({"If_None_Match": tags[path]}, {"If_Modified_Since": answer.headers["Last-Modified"]}):
            again = site.ask(path, **conditions)
            assert (again.status_code, again.data) == (304, b""), path
    assert len(set(tags.values())) == len(tags)
    site.clock.tick(minutes=1)
    new_lot(site, "MOI1")
    for path in addresses:
        answer = site.ask(path, If_None_Match=tags[path])
        assert answer.status_code == 200
        assert answer.last_modified == instant(rfc3339(site.clock.now))


def test_parts_are_cut_anew_after_a_day_or_when_one_could_have_outgrown_its_bounds(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_part_each = parts(site)
    monkeypatch.setattr(sitemap, "THINGS_A_PART", 3)
    monkeypatch.setattr(sitemap, "MOST_A_PART", 5)
    assert parts(site) == one_part_each
    site.clock.tick(days=1)
    several = parts(site)
    assert len(several) > len(one_part_each)
    for count, number in enumerate(("AA1", "AA2", "AA3")):
        new_lot(site, number)
        assert (parts(site) == several) is (count < 2)
    assert all(len(list(listed(site, part))) <= 2 * 5 for part in parts(site))


@MODULE_ON_ONE_DATABASE
def test_a_reader_that_can_gets_it_gzipped(module_site: Site) -> None:
    plain, packed = module_site.ask("/sitemap-lots.xml"), module_site.ask("/sitemap-lots.xml", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 5
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert {plain.headers["Vary"], packed.headers["Vary"]} == {"Accept-Encoding"}
    again = module_site.ask("/sitemap-lots.xml", Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Encoding" not in again.headers


def test_a_row_that_names_no_page_of_ours_is_passed_over(site: Site) -> None:
    before = sorted(one.loc for one in listed(site, "/sitemap-lots.xml"))
    odd = ["javascript:x9()", "https://evil.example/01/09520000000127/10/A", f"{BASE}/01/123/10/A", f"{BASE}{LOT}/21/X"]
    lot = site.lot_id("DM2610B")
    for number, name in enumerate(odd):
        columns = "SELECT :name, product, :lot, record_id FROM lots WHERE id = :known"
        site.tamper(
            f"INSERT INTO lots (id, product, lot, record_id) {columns}",
            {"name": name, "lot": f"ODD{number}", "known": lot},
        )
    assert sorted(one.loc for one in listed(site, "/sitemap-lots.xml")) == before


@pytest.mark.parametrize("query", ["after=x", "to=/01/1", "after=%00", "to=%FF", "after=/01/09520000000127/10/%20"])
def test_bounds_that_are_no_path_are_refused_with_a_reason(module_site: Site, query: str) -> None:
    answer = module_site.ask(f"/sitemap-lots.xml?{query}", accept=PROGRAM)
    assert answer.status_code == 400
    assert answer.get_json()["detail"]


def test_there_is_no_sitemap_of_anything_else(module_site: Site) -> None:
    for path in ("/sitemap-items.xml", "/sitemap-organisations.xml", "/sitemap-.xml"):
        assert module_site.ask(path).status_code == 404


def test_the_server_itself_sends_it_whole_and_waits_for_no_slow_reader(tmp_path: Path, shared: Shared) -> None:
    with served(tmp_path, shared, "--no-worker") as service:
        slow = HTTPConnection("127.0.0.1", service.port, timeout=20)
        slow.request("GET", "/sitemap-lots.xml", headers={"Host": service.host})
        connection = HTTPConnection("127.0.0.1", service.port, timeout=20)
        for method, path in (("GET", "/sitemap-lots.xml"), ("HEAD", "/sitemap-lots.xml"), ("GET", "/sitemap.xml")):
            connection.request(method, path, headers={"Host": service.host})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, service.log
            assert (method == "HEAD") is (body == b"")
            assert int(answer.headers["Content-Length"]) > 0
            if method == "GET":
                found = ElementTree.fromstring(body).iterfind(".//s:loc", _NAMES)
                assert {urlsplit(one.text or "").netloc for one in found} == {service.host}
        connection.close()
        slow.close()


# robots.txt


@MODULE_ON_ONE_DATABASE
def test_robots_may_ask_for_pages_but_not_search_or_download(module_site: Site) -> None:
    answer = module_site.ask("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert f"Sitemap: {BASE}/sitemap.xml" in lines
    barred = [line.partition(": ")[2] for line in lines if line.startswith("Disallow: ")]
    assert "/find" in barred
    assert "/bundle/" in barred
    item = module_site.item("DM2610B", 1)
    # Who may not read an item's page would never learn that it is not to be listed.
    open_to_all = [
        "/",
        LOT,
        PRODUCT,
        item,
        f"/verify{item}",
        "/privacy",
        "/sitemap.xml",
        "/media/x",
        "/static/public.css",
    ]
    assert [path for path in open_to_all if path.startswith(tuple(barred))] == []


# Items


@MODULE_ON_ONE_DATABASE
def test_whatever_is_answered_about_an_item_is_not_for_search(module_site: Site) -> None:
    item, signed = module_site.item("DM2610B", 1), module_site.signed("DM2610B", 30)
    never = f"{LOT}/21/ABC"
    for path in (item, signed, never, f"/verify{item}", f"/verify{item}?lang=en", "/t/T0000000000AC/10/A/21/B"):
        for accept in (BROWSER, PROGRAM, "*/*", "application/linkset+json"):
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = module_site.ask(path, accept=accept, method=method)
                assert answer.headers.get("X-Robots-Tag") == "noindex", f"{method} {path} {accept}"
    variant = f"{PRODUCT}/22/21/10/DM2610B"
    for path in (LOT, PRODUCT, variant, f"{PRODUCT}/10/21", "/", f"/verify{LOT}?lang=vi"):
        assert "X-Robots-Tag" not in module_site.ask(path).headers, path


@MODULE_ON_ONE_DATABASE
def test_a_repeated_answer_about_an_item_says_so_too(module_site: Site) -> None:
    worker = module_site.worker()
    for number in (1, 2, 3):
        answer = worker.ask(worker.item("DM2608B", number))
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "X-Robots-Tag" not in worker.ask(worker.lot("DM2608B")).headers
    worker.world.engine.dispose()


# What a page says of itself


@MODULE_ON_ONE_DATABASE
def test_an_items_page_is_its_lots_for_whoever_searches(module_site: Site) -> None:
    for path in (module_site.item("DM2610B", 1), module_site.signed("DM2610B", 30), module_site.item("DH2511", 7)):
        head = metas(module_site, path)
        assert head["canonical"] == BASE + path.partition("/21/")[0]
        assert head["robots"] == "noindex"
        # Facebook reads the page that og:url names instead: a scanned item would look like any other.
        assert not {"og:url", "vi", "en", "x-default"} & head.keys()
        assert head["og:title"]


@MODULE_ON_ONE_DATABASE
def test_every_address_of_a_page_has_the_same_canonical_one(module_site: Site) -> None:
    for path in (LOT, f"/verify{LOT}", f"/verify{LOT}?lang=vi", f"{LOT}?lang=vi", f"{LOT}?utm_source=zalo", f"{LOT}/"):
        assert metas(module_site, path)["canonical"] == f"{BASE}{LOT}"
    for path in (f"/verify{LOT}?lang=en", f"{LOT}?lang=en", f"{PRODUCT}/22/2A/10/DM2610B?lang=en"):
        assert metas(module_site, path)["canonical"] == f"{BASE}{LOT}?lang=en"
    assert metas(module_site, "/?lang=en")["canonical"] == f"{BASE}/?lang=en"
    assert metas(module_site, "/414/9520000900021")["canonical"] == f"{BASE}/414/9520000900021"
    assert metas(module_site, "/verify/414/9520000900021?lang=en")["canonical"] == f"{BASE}/414/9520000900021?lang=en"


@MODULE_ON_ONE_DATABASE
def test_a_shared_link_shows_name_picture_and_what_is_known(module_site: Site) -> None:
    head = metas(module_site, f"/verify{LOT}?lang=vi")
    assert head["og:title"] == "Hồ sơ xác thực: Trà búp Đồi Mây, lô DM2610B"
    assert head["og:url"] == head["canonical"]
    assert head["og:description"] == head["description"] != ""
    assert head["og:image"].startswith(f"{BASE}/media/")
    recalled = metas(module_site, module_site.lot("DM2607A"))
    assert "thu hồi" in recalled["og:title"]
    for path in (LOT, PRODUCT, "/", "/privacy", "/verify-help"):
        image = metas(module_site, path)["og:image"]
        assert image.startswith(f"{BASE}/")
        answer = module_site.ask(image.removeprefix(BASE))
        assert (answer.status_code, answer.mimetype.partition("/")[0]) == (200, "image")


@MODULE_ON_ONE_DATABASE
def test_a_page_of_nothing_we_know_has_no_card_that_could_pass_for_a_lots(module_site: Site) -> None:
    for path in (f"{LOT}/21/ABC", "/01/00000000000017", f"{PRODUCT}/10/NOSUCH"):
        head = metas(module_site, path)
        assert head["robots"] == "noindex"
        assert not [name for name in head if name.startswith("og:") or name in ("canonical", "vi", "en", "x-default")]


@MODULE_ON_ONE_DATABASE
def test_every_page_describes_itself_in_its_language(module_site: Site) -> None:
    for path in ("/", "/verify-help", "/privacy", LOT, PRODUCT, "/nowhere"):
        told = {metas(module_site, f"{path}?lang={lang}")["description"] for lang in ("vi", "en")}
        assert len(told) == 2
        assert all(20 < len(one) < 320 for one in told), told


@MODULE_ON_ONE_DATABASE
def test_the_addresses_come_from_settings_whoever_asks(module_site: Site) -> None:
    local = Site(module_site.world, address="http://localhost")
    assert metas(local, LOT)["canonical"] == f"{BASE}{LOT}"
    assert f"Sitemap: {BASE}/sitemap.xml" in local.ask("/robots.txt").text
    assert all(part.startswith(f"{BASE}/") for part in parts(local))
