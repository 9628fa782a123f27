"""The resolver (GS1-Conformant Resolver Standard 1.2), rule by rule, for products, lots, items, places, parties."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import jsonschema
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import ASOF, HOST, Clock, settings_for
from tests.web.conftest import BROWSER, PROGRAM, Site, demo_lots
from tests.web.hostile import Answer, Request, send
from traceapp.core.canonical import parse_object
from traceapp.core.identifiers import Gtin, Lot, TraceCode
from traceapp.db.tables import facilities
from traceapp.demo.load import demo_data
from traceapp.services.lots.acts import recall
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.registers import (
    lot_called,
    owner_of_lot,
    register_lot,
    register_organisation,
    register_product,
)
from traceapp.services.world import World

VECTORS = Path(__file__).resolve().parents[2].parent / "shared/vectors"
BASE = f"https://{HOST}"
GTIN, LOT = "/01/09520000000127", "/01/09520000000127/10/DM2610B"
PLACE = "/414/9520000900021"
LINKSET, JSON_LD = "application/linkset+json", "application/ld+json"
VOC = "https://ref.gs1.org/voc/"
NEVER = f"{LOT}/21/0000000000000"
CONTEXT_LINK = (
    "<https://ref.gs1.org/standards/resolver/linkset-context>; "
    'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
)
SHOP = {"link_type": "gs1:hasRetailers", "title": "Nơi bán", "type": "text/html"}
OWN_GTIN, PARTY, TRACE_CODE = "09520000000202", "9520000900113", "T0000000000AC"
OWN = f"/01/{OWN_GTIN}"


def schema(name: str) -> dict[str, Any]:
    path = VECTORS / name
    if not path.exists():
        pytest.skip(f"the published schema {name} is not on this machine")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def plain(site: Site, path: str, **more: Any) -> TestResponse:
    """What a program gets that wants nothing in particular."""
    return site.ask(path, accept="*/*", **more)


def linkset(site: Site, path: str, **more: Any) -> list[dict[str, Any]]:
    """The contexts of a linkset."""
    answer = site.ask(path, accept=LINKSET, **more)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, LINKSET)
    contexts: list[dict[str, Any]] = answer.get_json()["linkset"]
    return contexts


def default_of(context: Mapping[str, Any]) -> str:
    [only] = context[VOC + "defaultLink"]
    assert sorted(only) == ["href", "title"]
    return str(only["href"])


def links_of(contexts: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every link with its type."""
    for context in contexts:
        for kind, targets in context.items():
            if kind.startswith("https://"):
                yield from ((kind, target) for target in targets)


def tree(answer: TestResponse) -> Element:
    """A page's elements; an error for anything that is not well-formed HTML."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.data)


@pytest.fixture(scope="module")
def item(read_only: Site) -> str:
    return read_only.item("DM2610B", 1)


@pytest.fixture(scope="module")
def asked(read_only: Site, item: str) -> list[str]:
    """One address of each kind that leads somewhere."""
    return [GTIN, f"{GTIN}/22/XANH", f"{GTIN}/235/ABC", LOT, f"{GTIN}/22/XANH/10/DM2610B", item, NEVER, PLACE,
            f"{PLACE}/254/kho", f"{GTIN}/10/NOSUCH"]  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A service of one organisation with a party GLN, a product with links and a lot, and one with a trace code."""
    world = World(settings_for(tmp_path_factory.mktemp("shop")), clock=Clock(ASOF))
    initialise(world)
    links = [
        {**SHOP, "href": "https://shop.example/vi", "hreflang": ["vi"]},
        {**SHOP, "href": "https://shop.example/en?a=1#b", "hreflang": ["en"], "title": "Shops"},
        {**SHOP, "link_type": "gs1:instructions", "href": "https://shop.example/1"},
        {**SHOP, "link_type": "gs1:instructions", "href": "https://shop.example/2"},
        {"link_type": "gs1:faqs", "href": "https://faq.example/", "title": "Hỏi đáp"},
    ]
    with world.write() as connection:
        details = {"role": "producer", "name": "HTX Lê & Con", "ward": "Xã Tân Cương", "province_code": "19"}
        organisation, _ = register_organisation(
            connection, details, world.notary, ASOF, organisation=f"{BASE}/417/{PARTY}"
        )
        told: dict[str, Any] = {"name_vi": "Chè <b>lam</b>", "name_en": "Tea cake", "extra": {"links": links}}
        product, _ = register_product(connection, organisation, Gtin(OWN_GTIN), told, world.notary, ASOF)
        register_lot(connection, product, Lot("A+B/C"), {"made": "2026-11-01"}, world.notary, ASOF)
        register_product(connection, organisation, TraceCode(TRACE_CODE), {"name_vi": "Kẹo"}, world.notary, ASOF)
    return Site(world)


# Where a plain request goes


def test_a_plain_request_goes_to_the_default_link_to_the_byte(read_only: Site, asked: list[str]) -> None:
    for path in asked:
        answer = plain(read_only, path)
        assert answer.status_code == 307, path
        assert answer.headers["Location"] == default_of(linkset(read_only, path)[0]), path
        assert answer.headers["Location"].startswith(f"{BASE}/verify/")


def test_the_default_link_is_the_verdict_page_of_exactly_what_was_scanned(read_only: Site, item: str) -> None:
    for path in (GTIN, f"{GTIN}/22/XANH", LOT, f"{GTIN}/22/XANH/10/DM2610B", item, NEVER):
        assert plain(read_only, path).headers["Location"] == f"{BASE}/verify{path}"


def test_a_lot_that_nobody_recorded_walks_up_to_its_product(read_only: Site) -> None:
    for path in (f"{GTIN}/10/NOSUCH", f"{GTIN}/235/ABC"):
        answer = plain(read_only, path)
        assert (answer.status_code, answer.headers["Location"]) == (307, f"{BASE}/verify{GTIN}")
    own, product = linkset(read_only, f"{GTIN}/10/NOSUCH")
    assert (own["anchor"], product["anchor"]) == (f"{BASE}{GTIN}/10/NOSUCH", f"{BASE}{GTIN}")
    assert default_of(own) == default_of(product) == f"{BASE}/verify{GTIN}"
    certificates = plain(read_only, f"{GTIN}/10/NOSUCH?linkType=gs1:certificationInfo")
    assert certificates.headers["Location"] == f"{BASE}/verify{GTIN}#certs"


def test_a_serial_that_was_never_issued_leads_to_the_page_that_says_so_and_not_up(read_only: Site) -> None:
    for path in (NEVER, f"{GTIN}/10/NOSUCH/21/1", f"{GTIN}/21/1"):
        answer = plain(read_only, path)
        assert (answer.status_code, answer.headers["Location"]) == (307, f"{BASE}/verify{path}")
        page = read_only.page(f"/verify{path}")
        assert (page.status, page.headline) == (200, "code-unknown")
        [only] = linkset(read_only, path)
        assert only["anchor"] == BASE + path
        for kind in ("traceability", "certificationInfo", "epcis"):
            assert plain(read_only, f"{path}?linkType=gs1:{kind}").status_code == 404


def test_a_gtin_that_nobody_registered_is_not_found_in_any_form(read_only: Site) -> None:
    for path in ("/01/00000000000017", "/01/00000000000017/10/A", "/01/00000000000017/10/A/21/1", f"/t/{TRACE_CODE}"):
        for accept in ("*/*", LINKSET, BROWSER, PROGRAM):
            assert read_only.ask(path, accept=accept).status_code == 404
        for kind in ("linkset", "all", "gs1:pip", "gs1:defaultLink"):
            assert plain(read_only, f"{path}?linkType={kind}").status_code == 404


@pytest.mark.parametrize("path", [f"{GTIN}/foo", f"{LOT}/foo", f"{LOT}/foo/bar", f"{PLACE}/foo", f"{LOT}/21", "/01",
                                  "/01/9520000000127", f"{GTIN}/21/A/10/B", f"{GTIN}/10/A%20B"])  # fmt: skip
def test_a_path_that_is_no_digital_link_is_refused(read_only: Site, path: str) -> None:
    for method in ("GET", "HEAD"):
        for accept in ("*/*", LINKSET, BROWSER, PROGRAM):
            answer = read_only.ask(path, accept=accept, method=method)
            assert answer.status_code == 400
            assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_unknown_qualifier_is_never_not_found(read_only: Site) -> None:
    for path in (f"{GTIN}/22/KL8G", f"{GTIN}/10/KL8G", f"{GTIN}/21/KL8G", f"{GTIN}/235/KL8G", f"{LOT}/21/KL8G",
                 f"{PLACE}/254/KL8G"):  # fmt: skip
        assert plain(read_only, path).status_code == 307
        assert plain(read_only, path, method="HEAD").status_code == 307
        assert plain(read_only, f"{path}?linkType=linkset").status_code == 200


def test_a_slash_at_the_end_changes_nothing(read_only: Site, asked: list[str]) -> None:
    for path in asked:
        without, with_slash = plain(read_only, path), plain(read_only, f"{path}/")
        assert (without.status_code, without.headers["Location"]) == (307, with_slash.headers["Location"])
        assert linkset(read_only, path) == linkset(read_only, f"{path}/")


def test_a_plus_and_an_encoded_slash_in_a_lot_are_kept(shop: Site) -> None:
    answer = shop.client.get(
        "/01/x", base_url=BASE, environ_overrides={"REQUEST_URI": f"{OWN}/10/A+B%2FC"}, headers={"Accept": LINKSET}
    )
    own, product = answer.get_json()["linkset"]
    assert (own["anchor"], product["anchor"]) == (f"{BASE}{OWN}/10/A+B%2FC", BASE + OWN)
    assert default_of(own) == f"{BASE}/verify{OWN}/10/A%2BB%2FC"


@pytest.mark.parametrize("server_decodes", [True, False])
def test_a_recorded_lot_with_a_slash_is_found_behind_a_server_that_decodes_it(shop: Site, server_decodes: bool) -> None:
    def got(target: str, accept: str) -> Answer:
        return send(shop, Request(target, headers=(("Accept", accept),), with_uri=not server_decodes))

    lot = f"{OWN}/10/A%2BB%2FC"
    assert got(lot, "").headers["Location"] == f"{BASE}/verify{lot}"
    for page in (got(lot, BROWSER), got(f"/verify{lot}", BROWSER), got(f"/ask{lot}", BROWSER)):
        assert page.status == 200
        assert "A+B/C" in page.body.decode()
    assert json.loads(got(lot, PROGRAM).body)["identity"]["lot"] == "A+B/C"
    assert got(f"/bundle{lot}", "").status == 200
    never_issued = got(f"{lot}/21/7K3QW9D2M4T8X", PROGRAM)
    assert (
        json.loads(never_issued.body)["identity"] | {"lot": "A+B/C", "serial": "7K3QW9D2M4T8X"}
        == (json.loads(never_issued.body)["identity"])
    )
    assert got(f"{OWN}/10/A%2BB/C", "").status == (307 if server_decodes else 400)
    assert got(f"{OWN}/10/A%2BB%2FD", "").status == (400 if server_decodes else 307)


# What a browser and a program get


def test_a_browser_gets_the_page_at_once(read_only: Site, item: str) -> None:
    for path in (GTIN, LOT, item, PLACE):
        answer = read_only.ask(path)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert "Location" not in answer.headers


def test_json_keeps_giving_the_verdict(read_only: Site, item: str) -> None:
    for path in (GTIN, LOT, item):
        answer = read_only.ask(path, accept=PROGRAM)
        assert answer.get_json()["headline"] == "record-authentic"


def test_a_type_that_is_refused_is_not_given(read_only: Site, item: str) -> None:
    for path in (GTIN, LOT, item):
        for accept in ("text/html;q=0, application/json", "text/html ; Q=0.00, Application/JSON"):
            assert read_only.ask(path, accept=accept).get_json()["headline"] == "record-authentic"
        for accept in ("text/html;q=0", "application/json;q=0", "application/json;q=0, text/html; q=0.000"):
            assert read_only.ask(path, accept=accept).status_code == 307
        assert read_only.ask(path, accept="TEXT/HTML;q=0.5, application/json;q=0").mimetype == "text/html"
    for path in (f"{GTIN[:-1]}8", "/search?q=tra"):
        assert "json" in read_only.ask(path, accept="text/html;q=0, application/json").mimetype


def test_an_explicit_link_type_always_redirects_a_browser_too(read_only: Site, item: str) -> None:
    for path in (GTIN, LOT, item):
        for kind in ("gs1:pip", "gs1:defaultLink", f"{VOC}pip", "https://gs1.org/voc/pip"):
            for accept in (BROWSER, PROGRAM, "*/*", LINKSET):
                answer = read_only.ask(f"{path}?linkType={kind}", accept=accept)
                assert (answer.status_code, answer.headers["Location"]) == (307, f"{BASE}/verify{path}")


def test_an_unknown_link_type_is_not_found(read_only: Site, asked: list[str]) -> None:
    for path in asked:
        for kind in ("gs1:nosuchlt", "gs1:recipeInfo", "nonsense", "https://evil.example/pip"):
            for accept in (BROWSER, "*/*"):
                assert read_only.ask(f"{path}?linkType={kind}", accept=accept).status_code == 404


# The linkset


def test_every_way_of_asking_gives_the_same_linkset(read_only: Site, asked: list[str]) -> None:
    for path in asked:
        expected = linkset(read_only, path)
        for query in ("linkType=linkset", "linkType=all", "linkType=linkset&foo=bar"):
            for accept in ("*/*", "", LINKSET, "application/linkset json", "undefined", "*"):
                answer = read_only.ask(f"{path}?{query}", accept=accept)
                assert (answer.status_code, answer.headers["Content-Type"]) == (200, LINKSET), accept
                assert answer.get_json()["linkset"] == expected
        as_json = read_only.ask(f"{path}?linkType=linkset", accept=PROGRAM)
        assert (as_json.headers["Content-Type"], as_json.get_json()["linkset"]) == (PROGRAM, expected)


def test_every_linkset_is_valid_by_the_published_schema(read_only: Site, shop: Site, asked: list[str]) -> None:
    published = schema("gs1-linkset-schema.json")
    for path in [*asked, *(read_only.lot(number) for number in demo_lots())]:
        for language in ("vi", "en"):
            jsonschema.validate({"linkset": linkset(read_only, path, Accept_Language=language)}, published)
    for path in (OWN, f"{OWN}/10/A+B", f"/417/{PARTY}", f"/t/{TRACE_CODE}"):
        jsonschema.validate({"linkset": linkset(shop, path)}, published)


def test_the_anchor_is_the_address_that_was_asked_for(read_only: Site, asked: list[str]) -> None:
    for path in asked:
        assert linkset(read_only, path)[0]["anchor"] == BASE + path
    for host in ("localhost:8000", "127.0.0.1:8123", "[::1]:8000"):
        answer = read_only.client.get(LOT, base_url=f"http://{host}", headers={"Accept": LINKSET})
        own, product = answer.get_json()["linkset"]
        assert (own["anchor"], product["anchor"]) == (f"http://{host}{LOT}", f"http://{host}{GTIN}")
        assert default_of(own) == f"{BASE}/verify{LOT}"


def test_links_of_each_level_up_to_the_product_are_there_each_with_one_default(read_only: Site, item: str) -> None:
    contexts = linkset(read_only, item)
    assert [one["anchor"] for one in contexts] == [BASE + path for path in (item, LOT, GTIN)]
    assert [default_of(one) for one in contexts] == [f"{BASE}/verify{path}" for path in (item, LOT, GTIN)]
    for context in contexts:
        assert default_of(context) in [link["href"] for link in context[f"{VOC}pip"]]


def test_only_ratified_link_types_that_exist_today_are_listed(read_only: Site) -> None:
    lot, product = linkset(read_only, LOT)
    names = {"anchor", "itemDescription", f"{VOC}defaultLink", f"{VOC}pip", f"{VOC}certificationInfo"}
    assert set(product) == names | {f"{VOC}hasRetailers"}
    assert set(lot) == names | {f"{VOC}traceability", f"{VOC}recallStatus", f"{VOC}epcis"}


def test_every_link_of_the_demonstration_leads_to_something_that_is_there(read_only: Site, asked: list[str]) -> None:
    paths = {*asked, *(read_only.lot(number) for number in demo_lots())}
    paths |= {f"/414/{one['gln']}" for one in demo_data()["facilities"]}
    hrefs = {link["href"]: link.get("type") for path in paths for _, link in links_of(linkset(read_only, path))}
    for href, kind in hrefs.items():
        parts = urlsplit(href)
        assert f"{parts.scheme}://{parts.netloc}" == BASE
        answer = read_only.ask(parts._replace(scheme="", netloc="", fragment="").geturl(), accept=kind or BROWSER)
        assert (answer.status_code, answer.mimetype) == (200, kind or "text/html"), href
        assert not parts.fragment or f'id="{parts.fragment}"' in answer.text, href


def test_links_speak_the_readers_language_and_say_theirs(read_only: Site) -> None:
    titles = {}
    for language in ("vi", "en"):
        lot = linkset(read_only, LOT, Accept_Language=f"fr;q=1, {language};q=0.5")[0]
        titles[language] = {kind: link["title"] for kind, link in links_of([lot])}
        pages = [link for kind, link in links_of([lot]) if link.get("type") == "text/html"]
        assert pages
        assert all(link["hreflang"] == ["vi", "en"] for link in pages)
        assert all(link["type"] for kind, link in links_of([lot]) if not kind.endswith("defaultLink"))
    assert titles["vi"][f"{VOC}certificationInfo"] == "Giấy chứng nhận"
    assert titles["en"][f"{VOC}certificationInfo"] == "Certificates"
    assert linkset(read_only, f"{LOT}?lang=en")[0]["itemDescription"].endswith(", lot DM2610B")
    assert linkset(read_only, LOT)[0]["itemDescription"].endswith(", lô DM2610B")


def test_a_requested_type_leads_to_its_link_at_the_nearest_level(read_only: Site, item: str) -> None:
    for path in (GTIN, LOT, item):
        for context in reversed(linkset(read_only, path)):
            expected = {kind: link["href"] for kind, link in links_of([context])}
            for kind, href in expected.items():
                answer = plain(read_only, f"{context['anchor'].removeprefix(BASE)}?linkType={kind}")
                assert (answer.status_code, answer.headers["Location"]) == (307, href)
    journey = plain(read_only, f"{item}?linkType=gs1:traceability")
    assert journey.headers["Location"] == f"{BASE}/verify{LOT}#journey"


def test_a_recall_is_told_where_the_recall_status_leads(site: Site) -> None:
    path = site.lot("DM2608B")
    target = plain(site, f"{path}?linkType=gs1:recallStatus").headers["Location"].removeprefix(BASE)

    def codes() -> set[str]:
        return {one["code"] for one in site.ask(target, accept="*/*").get_json()["findings"]}

    assert "lot-recalled" not in codes()
    with site.world.write() as connection:
        lot = lot_called(connection, "DM2608B")
        owner = owner_of_lot(connection, lot)[1]
        now = site.world.clock()
        recall(connection, lot, owner, site.world.notary, now, day=now.date(), reason_vi="Bao bì hở")
    assert "lot-recalled" in codes()


def test_a_linkset_names_its_context_in_one_link_header_with_its_own_address(read_only: Site) -> None:
    for accept in (LINKSET, "*/*", PROGRAM):
        [header] = read_only.ask(f"{LOT}?linkType=linkset", accept=accept).headers.getlist("Link")
        first, second = header.split(", ")
        assert first == CONTEXT_LINK
        assert second == f'<{BASE}{LOT}?linkType=linkset>; rel="linkset"; type="{LINKSET}"'


def test_a_linkset_as_json_ld_carries_its_context(read_only: Site) -> None:
    answer = read_only.ask(f"{LOT}?linkType=linkset", accept=JSON_LD)
    assert answer.headers["Content-Type"] == JSON_LD
    assert answer.get_json() == {
        "@context": "https://ref.gs1.org/standards/resolver/linkset-context",
        "linkset": linkset(read_only, LOT),
    }


# What a producer entered


def test_the_link_in_the_best_language_by_quality_is_followed(shop: Site) -> None:
    vi, en = "https://shop.example/vi", "https://shop.example/en?a=1#b"
    for wish, expected in {
        "vi": vi,
        "en": en,
        "en-GB, vi;q=0.5": en,
        "en;q=0.3, vi;q=0.8": vi,
        "fr, en;q=0.1": en,
        "vi;q=0, en;q=0.1": en,
    }.items():
        answer = plain(shop, f"{OWN}?linkType=gs1:hasRetailers", Accept_Language=wish)
        assert (answer.status_code, answer.headers["Location"]) == (307, expected), wish
    assert plain(shop, f"{OWN}?linkType=gs1:hasRetailers&lang=en", Accept_Language="vi").headers["Location"] == en


def test_links_that_fit_equally_well_are_offered(shop: Site) -> None:
    published = schema("gs1-linkset-schema.json")
    for kind, language, count in (("instructions", "vi", 2), ("hasRetailers", "fr", 2), ("hasRetailers", "", 2)):
        answer = plain(shop, f"{OWN}/10/NOSUCH?linkType=gs1:{kind}", Accept_Language=language)
        assert (answer.status_code, answer.headers["Content-Type"]) == (300, LINKSET)
        assert "Location" not in answer.headers
        jsonschema.validate(answer.get_json(), published)
        [context] = answer.get_json()["linkset"]
        assert len(context[f"{VOC}{kind}"]) == count
        assert f"{VOC}defaultLink" not in context
    page = shop.ask(f"{OWN}?linkType=gs1:instructions", Accept_Language="en")
    hrefs = [one.get("href", "") for one in tree(page).iter("a")]
    assert page.status_code == 300
    assert [one for one in hrefs if one.startswith("https://shop.")] == [
        "https://shop.example/1",
        "https://shop.example/2",
    ]
    assert "Several links fit equally well" in page.text


def test_further_parameters_go_along(read_only: Site, item: str) -> None:
    for path in (GTIN, LOT, item, PLACE):
        location = plain(read_only, f"{path}?foo=bar&x=%26+%3D&17=261231").headers["Location"]
        assert location == f"{BASE}/verify{path}?foo=bar&x=%26+%3D&17=261231"
    location = plain(read_only, f"{LOT}?foo=bar&linkType=gs1:certificationInfo&S=1").headers["Location"]
    assert location == f"{BASE}/verify{LOT}?foo=bar&S=1#certs"
    status = plain(read_only, f"{LOT}?linkType=gs1:recallStatus&foo=bar").headers["Location"]
    assert status == f"{BASE}/verify{LOT}?format=json&foo=bar"


def test_neither_signature_nor_serial_goes_to_another_host(shop: Site) -> None:
    query = "linkType=gs1:faqs&S=123&21=geheim&250=x&235=y&foo=bar&17=261231&%53=1&2%31=z"
    answer = plain(shop, f"{OWN}/10/NOSUCH?{query}")
    assert answer.headers["Location"] == "https://faq.example/?foo=bar&17=261231"
    english = plain(shop, f"{OWN}?linkType=gs1:hasRetailers&foo=bar", Accept_Language="en")
    assert english.headers["Location"] == "https://shop.example/en?a=1&foo=bar#b"


def test_a_producers_links_belong_to_the_product_and_serve_its_lots(shop: Site) -> None:
    lot, product = linkset(shop, f"{OWN}/10/NOSUCH")
    assert set(lot) == {"anchor", "itemDescription", f"{VOC}defaultLink", f"{VOC}pip"}
    assert [one["href"] for one in product[f"{VOC}faqs"]] == ["https://faq.example/"]
    assert plain(shop, f"{OWN}/10/NOSUCH?linkType=gs1:faqs").headers["Location"] == "https://faq.example/"


def test_a_product_without_a_gtin_is_resolved_by_its_trace_code(shop: Site) -> None:
    assert plain(shop, f"/t/{TRACE_CODE}").headers["Location"] == f"{BASE}/verify/t/{TRACE_CODE}"
    assert linkset(shop, f"/t/{TRACE_CODE}")[0]["anchor"] == f"{BASE}/t/{TRACE_CODE}"


# Places and organisations


def test_a_place_says_its_name_where_it_is_and_what_is_made_there(read_only: Site) -> None:
    products = {one["id"]: one for one in demo_data()["products"]}
    for place in demo_data()["facilities"]:
        passed = [one for one in demo_lots().values() if place["id"] in {event["place"] for event in one["events"]}]
        made = [one for one in passed if products[one["product"]]["org"] == place["org"]]
        page = read_only.ask(f"/verify/414/{place['gln']}")
        read = tree(page)
        shown = {one.text for one in read.iter("b")}
        assert page.status_code == 200
        assert read.findtext(".//h1") == place["name"].removesuffix(" (mẫu)")
        assert shown == {products[one["product"]]["name_vi"] for one in made}, place["name"]
    assert "HTX Chè Đồi Mây, Xã Tân Cương, Thái Nguyên" in read_only.page(f"/verify{PLACE}").words


def test_a_place_leads_to_its_page_in_both_languages(read_only: Site) -> None:
    [only] = linkset(read_only, PLACE)
    assert only[f"{VOC}locationInfo"][0]["href"] == default_of(only) == f"{BASE}/verify{PLACE}"
    assert plain(read_only, PLACE).headers["Location"] == f"{BASE}/verify{PLACE}"
    assert read_only.page(f"/verify{PLACE}?lang=en").lang == "en"
    assert "Products made here" in read_only.page(PLACE, Accept_Language="en").words
    own, place = linkset(read_only, f"{PLACE}/254/kho")
    assert (own["anchor"], place["anchor"]) == (f"{BASE}{PLACE}/254/kho", BASE + PLACE)


def test_an_organisation_with_a_party_gln_has_a_page_of_its_products(shop: Site) -> None:
    path = f"/417/{PARTY}"
    [only] = linkset(shop, path)
    assert only[f"{VOC}registryEntry"][0]["href"] == default_of(only) == f"{BASE}/verify{path}"
    page = shop.ask(f"/verify{path}")
    assert tree(page).findtext(".//h1") == "HTX Lê & Con"
    assert [one.text for one in tree(page).iter("b")] == ["Kẹo", "Chè <b>lam</b>"]
    assert "Xã Tân Cương, Thái Nguyên" in page.text


@pytest.mark.parametrize(
    "path", ["/417/9520000900021", "/414/9520000900113", "/8004/952000ABC", "/00/123456789012345675"]
)
def test_what_nobody_registered_is_not_found(read_only: Site, path: str) -> None:
    for target in (path, f"/verify{path}", f"{path}?linkType=linkset", f"/epcis{path}"):
        for accept in (BROWSER, PROGRAM, "*/*"):
            assert read_only.ask(target, accept=accept).status_code == 404


def test_a_place_whose_record_was_altered_is_not_shown(site: Site) -> None:
    with site.world.read() as connection:
        found = connection.execute(select(facilities.c.record_id).where(facilities.c.id == BASE + PLACE)).scalar()
    assert site.ask(f"/verify{PLACE}").status_code == 200
    site.tamper("UPDATE records SET body = :body WHERE record_id = :id", {"body": b"{}", "id": found})
    assert site.ask(f"/verify{PLACE}").status_code == 404
    assert plain(site, PLACE).status_code == 404


# EPCIS


def events_of(site: Site, path: str, **more: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = site.ask(f"/epcis{path}", **more).get_json()["epcisBody"]["eventList"]
    return events


def test_a_lots_events_are_a_valid_epcis_document(read_only: Site) -> None:
    validator = jsonschema.Draft7Validator(schema("epcis-2.0-schema.json"))
    for number in demo_lots():
        document = read_only.ask(f"/epcis{read_only.lot(number)}", accept=JSON_LD).get_json()
        assert [error.message for error in validator.iter_errors(document)] == []


def test_the_events_are_those_that_were_signed_without_the_restricted_ones(read_only: Site) -> None:
    sent = {"SHIP", "RECEIVE"}
    seen = set()
    for number, told in demo_lots().items():
        events = events_of(read_only, read_only.lot(number), accept=PROGRAM)
        stages = [event["traceapp:stage"] for event in events]
        assert sorted(stages) == sorted(one["code"] for one in told["events"] if one["code"] not in sent)
        seen |= {one["code"] for one in told["events"]} & sent
        for event in events:
            record = read_only.ask(event.pop("traceapp:record")["id"].removeprefix(BASE))
            assert parse_object(record.data)["credentialSubject"] == event
    assert seen == sent & {"SHIP"} or seen == sent


def test_epcis_is_given_as_json_or_json_ld(read_only: Site) -> None:
    for accept, kind in ((PROGRAM, PROGRAM), (JSON_LD, JSON_LD), ("*/*", JSON_LD), (BROWSER, JSON_LD), ("x", JSON_LD)):
        answer = read_only.ask(f"/epcis{LOT}", accept=accept)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Accept" in answer.headers["Vary"]


def test_an_event_whose_record_was_altered_is_left_out(site: Site) -> None:
    before = events_of(site, LOT)
    site.tamper(
        "UPDATE records SET body = :body WHERE record_id = :id",
        {"body": b"{}", "id": before[0]["traceapp:record"]["id"].rpartition("/")[2]},
    )
    assert events_of(site, LOT) == before[1:]


@pytest.mark.parametrize("path", [GTIN, f"{GTIN}/10/NOSUCH", "/01/00000000000017/10/A"])
def test_there_are_no_events_but_of_a_lot(read_only: Site, path: str) -> None:
    assert read_only.ask(f"/epcis{path}").status_code == 404


def test_no_epcis_document_repeats_a_person(read_only: Site) -> None:
    people = re.compile(r"traceapp:(?:operator|crew|by|verified_by|maker|vehicle)\b")
    for number in demo_lots():
        assert not people.search(read_only.ask(f"/epcis{read_only.lot(number)}").text)


# Headers and methods

PAGE_LEAST = "application/json;q=0.9,text/html;q=0.1"
PAGE_MOST = "application/json;q=0.1,text/html;q=0.9"


def test_what_a_program_wants_more_than_a_page_it_gets_wherever_there_is_both(read_only: Site, item: str) -> None:
    for path in (LOT, GTIN, item, NEVER, f"/verify{LOT}", f"/verify{item}", "/search?q=tra"):
        for wanted, accept in ((PROGRAM, PAGE_LEAST), ("text/html", PAGE_MOST)):
            answer = read_only.ask(path, accept=accept)
            assert (answer.status_code, answer.mimetype) == (200, wanted), path
            assert "Accept" in answer.vary, path
    for path in ("/nosuch", "/find?code=khong-co-gi", f"/report{LOT}"):
        method = "POST" if path.startswith("/report") else "GET"
        assert read_only.ask(path, accept=PAGE_LEAST, method=method).mimetype == "application/problem+json", path
    assert read_only.ask(PLACE, accept=PAGE_LEAST).mimetype == "text/html", "there is nothing else of a place"
    assert read_only.ask(LOT, accept="text/html;q=0.1, */*").status_code == 307, "anything rather than a page"


def test_a_page_that_is_repeated_goes_to_who_wants_a_page(read_only: Site, item: str) -> None:
    for path in (LOT, item):
        for accept in (BROWSER, PAGE_LEAST, PAGE_MOST, BROWSER, PAGE_LEAST, PAGE_MOST):
            wanted = PROGRAM if accept == PAGE_LEAST else "text/html"
            assert read_only.ask(path, accept=accept).mimetype == wanted


def test_a_record_is_a_token_for_who_wants_that_most(read_only: Site) -> None:
    record = re.findall(r'href="(/records/[0-9a-f-]{36})"', read_only.ask(f"/verify{LOT}").text)[0]
    for accept, wanted in (
        ("application/vc+jwt", "application/vc+jwt"),
        ("APPLICATION/VC+JWT, */*;q=0.5", "application/vc+jwt"),
        ("application/vc+jwt;q=0.5, application/vc", "application/vc"),
        ("application/vc+jwt;q=0", "application/vc"),
        ("*/*", "application/vc"),
    ):
        assert read_only.ask(record, accept=accept).mimetype == wanted


def test_every_answer_may_be_read_by_any_origin_and_is_kept_by_nobody_else(read_only: Site, asked: list[str]) -> None:
    for path in asked:
        for accept in (BROWSER, PROGRAM, LINKSET, "*/*"):
            answer = read_only.ask(path, accept=accept)
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert {"Accept", "Accept-Language"} <= set(answer.vary)
            assert answer.headers["Cache-Control"].startswith(("private", "no-store"))


def test_only_an_address_that_fixes_its_bytes_may_be_kept_by_others(read_only: Site, item: str) -> None:
    assert read_only.ask(f"/verify{LOT}?lang=vi").headers["Cache-Control"].startswith("public")
    for path in (LOT, f"/verify{LOT}", f"{LOT}?lang=vi", f"/verify{item}?lang=vi", f"/verify{PLACE}?lang=vi"):
        assert read_only.ask(path).headers["Cache-Control"].startswith("private")


def test_every_answer_names_the_linkset_and_no_link_of_gs1s_own_types(read_only: Site, asked: list[str]) -> None:
    for path in asked:
        for accept in (BROWSER, "*/*", LINKSET):
            answer = read_only.ask(path, accept=accept)
            if answer.status_code == 404:
                assert (path, accept) == (f"{GTIN}/10/NOSUCH", BROWSER)
                continue
            [header] = answer.headers.getlist("Link")
            assert f'<{BASE}{path}?linkType=linkset>; rel="linkset"' in header
            assert 'rel="gs1:' not in header


def test_options_says_what_may_be_asked_always(read_only: Site, asked: list[str]) -> None:
    for path in [*asked, "/01/00000000000017", "/01/1", f"{GTIN}/foo", f"/verify{LOT}"]:
        for accept in (BROWSER, "*/*"):
            answer = read_only.ask(path, accept=accept, method="OPTIONS", Origin="https://ref.gs1.org",
                                   Access_Control_Request_Method="GET")  # fmt: skip
            assert answer.status_code == 200
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
            assert 'rel="linkset"' in answer.headers["Link"]
            assert answer.data == b""


def test_head_is_get_without_a_body(read_only: Site, asked: list[str]) -> None:
    queries = ("", "?linkType=linkset", "?linkType=gs1:pip", "?linkType=gs1:nosuchlt", "?foo=bar")
    for path in [*asked, "/01/00000000000017", f"{LOT}/foo"]:
        for query in queries:
            for accept in (PROGRAM, LINKSET, "*/*"):
                head = read_only.ask(path + query, accept=accept, method="HEAD")
                get = read_only.ask(path + query, accept=accept)
                assert head.data == b""
                assert (head.status_code, dict(head.headers)) == (get.status_code, dict(get.headers))


def test_the_resolver_describes_itself(read_only: Site) -> None:
    answer = plain(read_only, "/.well-known/gs1resolver")
    told = answer.get_json()
    keys = {"all", "01", "8006", "8013", "8010", "410", "411", "412", "413", "414", "415", "417", "8017", "8018", "255",
            "00", "253", "401", "402", "8003", "8004"}  # fmt: skip
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, PROGRAM)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert told["resolverRoot"] == BASE
    assert set(told["supportedPrimaryKeys"]) == {"00", "01", "414", "417"} <= keys
    assert told["supportedLinkType"] == [{"namespace": VOC, "prefix": "gs1:"}]
    assert told["linkTypeDefaultCanBeLinkset"] is False
    assert told["jsonLdContextLocation"].startswith("https://ref.gs1.org/")


# For people


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_in_a_browser_the_linkset_is_a_page(read_only: Site, shop: Site, asked: list[str], lang: str) -> None:
    for site, path in [*((read_only, path) for path in asked), (shop, OWN), (shop, f"/417/{PARTY}")]:
        for kind in ("linkset", "all"):
            page = site.ask(f"{path}?linkType={kind}", Accept_Language=lang)
            read = tree(page)
            hrefs = {one.get("href") for one in read.iter("a")}
            assert (page.status_code, page.mimetype) == (200, "text/html")
            assert read.get("lang") == lang
            assert {link["href"] for _, link in links_of(linkset(site, path))} <= hrefs
            assert {"Accept", "Accept-Language"} <= set(page.vary)


def test_the_page_of_links_switches_its_language_and_keeps_what_was_asked(read_only: Site) -> None:
    page = read_only.page(f"{LOT}?linkType=linkset&lang=vi&foo=%22%3E")
    [other] = [one.get("href", "") for one in page.tree.iter("a") if one.get("hreflang") == "en"]
    assert other == f"{LOT}?linkType=linkset&foo=%22%3E&lang=en"
    assert read_only.page(other).lang == "en"


def test_pages_of_links_and_places_keep_the_rules_of_pages(read_only: Site, shop: Site, item: str) -> None:
    pages = [
        read_only.ask(f"{LOT}?linkType=linkset"),
        read_only.ask(f"{item}?linkType=linkset"),
        shop.ask(f"{OWN}?linkType=linkset"),
        shop.ask(f"{OWN}?linkType=gs1:instructions"),
        read_only.ask(PLACE),
        shop.ask(f"/417/{PARTY}"),
    ]
    for page in pages:
        assert len(page.data) < 20_000
        ids = re.findall(r'\sid="([^"]+)"', page.text)
        labels = re.findall(r'\saria-labelledby="([^"]+)"', page.text)
        assert len(ids) == len(set(ids))
        assert set(labels) | set(re.findall(r'href="#([^"]+)"', page.text)) <= set(ids)
        for element in tree(page).iter():
            assert element.tag not in ("style", "iframe", "object", "base")
            assert element.tag != "script" or element.attrib == {"type": "application/ld+json"}
            assert not [attribute for attribute in element.attrib if str(attribute).startswith(("on", "style"))]
    assert 'content="noindex"' in pages[1].text
    assert 'content="noindex"' not in pages[0].text
    assert "Chè &lt;b&gt;lam&lt;/b&gt;" in pages[2].text
    assert 'rel="nofollow noopener"' in pages[2].text


def test_asking_for_links_is_no_scan(site: Site) -> None:
    path = site.item("DM2610B", 1)
    before = site.rows()
    for accept in (BROWSER, LINKSET, "*/*"):
        for query in ("linkType=linkset", "linkType=gs1:pip", "linkType=gs1:epcis", "linkType=gs1:nosuchlt"):
            site.ask(f"{path}?{query}", accept=accept)
    for place in (PLACE, f"/verify{PLACE}", f"/epcis{LOT}", "/.well-known/gs1resolver"):
        site.ask(place)
    assert site.rows() == before
