"""The data block of a page says what the page says and never more: what stands, who says so, and nothing that ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import html5lib
import pytest
from flask import Flask

from tests import builders as make
from tests.conftest import HOST
from tests.demo_facts import facts_of_demo
from tests.web import page_app
from tests.web.conftest import BROWSER, Site
from traceapp.core.dates import midnight
from traceapp.core.digital_link import Identity
from traceapp.core.facts import CertificateFact, CertificateState, Facts, RecordState
from traceapp.core.gates import REFUSING
from traceapp.core.identifiers import TraceCode
from traceapp.core.verdict import judge_all
from traceapp.db.tables import certificates
from traceapp.i18n import LANGUAGES
from traceapp.services.certificates.statements import set_certificate_state
from traceapp.services.lots.acts import hold
from traceapp.services.records.erasure import erase_organisation
from traceapp.services.registry.products import change_product
from traceapp.services.registry.registers import owner_of_lot
from traceapp.web.public.structured import SOUND, as_block
from traceapp.web.public.view import verdict_page

_BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
BASE = f"https://{HOST}"
PRODUCT = "/01/09520000000127"
LOT = f"{PRODUCT}/10/DM2610B"
ACTIVE = "https://schema.org/CertificationActive"
MOST_BYTES = 4000
Data = Mapping[str, Any]


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    made = page_app.make_app()
    with made.test_request_context():
        yield made


def blocks(html: str) -> list[dict[str, Any]]:
    return [json.loads(found) for found in _BLOCK.findall(html)]


def served(site: Site, path: str) -> dict[str, Any]:
    """The one data block of a served page."""
    (found,) = blocks(site.ask(path).text)
    return found


def page(facts: Facts, lang: str = "vi", **fields: Any) -> str:
    return verdict_page(facts, judge_all(facts, make.NOW), page_app.context(lang, **fields))


def said(facts: Facts, lang: str = "vi", **fields: Any) -> dict[str, Any]:
    (found,) = blocks(page(facts, lang, **fields))
    return found


def certifications(data: Data) -> dict[str, Data]:
    """Everything a block calls a certification, wherever it stands in it, by number."""
    found = [one for one in nodes(data) if one.get("@type") == "Certification"]
    return {one["certificationIdentification"]: one for one in found}


def nodes(value: Any) -> Iterator[Data]:
    if isinstance(value, Mapping):
        yield value
        for one in value.values():
            yield from nodes(one)
    elif isinstance(value, list):
        for one in value:
            yield from nodes(one)


# What is said


def test_a_lot_is_described_by_its_verified_facts(read_only: Site) -> None:
    data = served(read_only, LOT)
    assert data["@context"] == "https://schema.org"
    assert data["@type"] == ["Product", "SomeProducts"]
    assert data["@id"] == data["url"] == data["hasGS1DigitalLink"] == f"{BASE}{LOT}"
    assert (data["name"], data["alternateName"]) == ("Trà búp Đồi Mây", "Đồi Mây bud tea")
    assert data["gtin"] == "09520000000127"
    assert data["countryOfOrigin"] == {"@type": "Country", "name": "VN"}
    assert data["productionDate"] == "2026-10-09"
    told = {one["propertyID"].rpartition("/")[2]: one["value"] for one in data["additionalProperty"]}
    assert told == {"hasBatchLotNumber": "DM2610B", "expirationDate": "2028-09-28"}
    assert data["brand"]["name"] == data["manufacturer"]["name"] == "HTX Chè Đồi Mây (dữ liệu mẫu)"
    assert data["manufacturer"]["address"]["addressRegion"] == "Thái Nguyên"


def test_a_product_is_described_without_what_belongs_to_a_lot(read_only: Site) -> None:
    data = served(read_only, PRODUCT)
    assert (data["@type"], data["@id"]) == ("Product", f"{BASE}{PRODUCT}")
    assert not {"productionDate", "additionalProperty"} & data.keys()


def test_the_picture_has_an_absolute_address_that_answers(read_only: Site) -> None:
    image = served(read_only, LOT)["image"]
    assert image.startswith(f"{BASE}/media/")
    assert read_only.ask(image.removeprefix(BASE)).mimetype.startswith("image/")


def test_each_language_names_it_in_its_own_words_and_has_its_own_address(read_only: Site) -> None:
    data = served(read_only, f"{LOT}?lang=en")
    assert (data["name"], data["alternateName"]) == ("Đồi Mây bud tea", "Trà búp Đồi Mây")
    assert (data["@id"], data["url"]) == (f"{BASE}{LOT}", f"{BASE}{LOT}?lang=en")


def test_a_trace_code_is_no_gtin(app: Flask) -> None:
    known = replace(facts_of_demo("DM2610B"), identity=Identity(TraceCode(page_app.TRACE_CODE)), lot=None)
    data = said(known)
    assert data["identifier"]["value"] == page_app.TRACE_CODE
    assert not {"gtin", "hasGS1DigitalLink"} & data.keys()


def test_an_items_page_describes_its_lot_and_sells_nothing(read_only: Site) -> None:
    plain, signed = read_only.item("DM2610B", 1), read_only.signed("DM2610B", 30)
    for path in (plain, signed):
        data = served(read_only, path)
        assert (data["@id"], data["url"]) == (f"{BASE}{LOT}", f"{BASE}{LOT}")
        assert "offers" not in data
        assert path.rpartition("/")[2][:13] not in json.dumps(data)


@pytest.mark.parametrize("state", page_app.STATES)
def test_every_name_and_number_in_the_data_is_on_the_page(app: Flask, state: str) -> None:
    for lang in LANGUAGES:
        html = page_app.verdict_html(state, lang, is_demo=False)
        words = " ".join("".join(html5lib.parse(_BLOCK.sub("", html), namespaceHTMLElements=False).itertext()).split())
        words = words.replace("\N{NO-BREAK SPACE}", " ")
        for data in blocks(html):
            told = [data["name"], data.get("gtin", ""), data["manufacturer"]["name"]]
            told += [one["name"] for one in nodes(data) if one.get("@type") == "Certification"]
            told += certifications(data)
            assert [one for one in told if one not in words] == []


def test_the_data_stays_small(app: Flask) -> None:
    for state in page_app.STATES:
        for lang in LANGUAGES:
            assert sum(len(found.encode()) for found in _BLOCK.findall(page_app.verdict_html(state, lang))) < MOST_BYTES


# Never more than the verdict says


def test_a_certification_says_who_gave_it_and_how_long_it_stands(read_only: Site) -> None:
    data = served(read_only, LOT)
    stars = certifications(data)["112/QĐ-UBND-MAU"]
    assert data["hasCertification"] == [stars]
    assert stars["certificationStatus"] == ACTIVE
    assert (stars["validFrom"], stars["expires"]) == ("2025-11-28", "2028-11-28T00:00:00+07:00")
    assert stars["certificationRating"] == {"@type": "Rating", "ratingValue": 4, "bestRating": 5}
    assert stars["issuedBy"]["name"] == "Hội đồng OCOP cấp tỉnh (dữ liệu mẫu)"
    (vietgap,) = data["manufacturer"]["hasCertification"]
    assert vietgap["certificationIdentification"] == "VietGAP-TT-MAU-19-0007"


def test_a_certification_is_gone_at_the_midnight_it_ends(site: Site) -> None:
    item = site.item("DM2610B", 1)
    for number, day, paths in (
        ("VietGAP-TT-MAU-19-0007", date(2027, 6, 5), (LOT, PRODUCT, f"{LOT}?lang=en", item)),
        ("112/QĐ-UBND-MAU", date(2028, 11, 28), (PRODUCT,)),
    ):
        for moment, there in ((midnight(day) - timedelta(seconds=1), True), (midnight(day), False)):
            site.clock.now = moment
            for path in paths:
                assert (number in certifications(served(site, path))) is there, f"{path} at {moment}"


@pytest.mark.parametrize("state", [CertificateState.SUSPENDED, CertificateState.REVOKED])
def test_a_certification_that_its_issuer_took_back_is_gone_at_once(site: Site, state: CertificateState) -> None:
    number, world = "VietGAP-TT-MAU-19-0007", site.world
    assert number in certifications(served(site, LOT))
    with world.write() as connection:
        row = connection.execute(certificates.select().where(certificates.c.about == producer(site))).one()
        set_certificate_state(connection, row.id, state, row.issuer, world.notary, world.clock())
    data = served(site, LOT)
    assert list(certifications(data)) == ["112/QĐ-UBND-MAU"]


def producer(site: Site) -> str:
    with site.world.read() as connection:
        owner: str = owner_of_lot(connection, site.lot_id("DM2610B"))[1]
    return owner


def test_what_only_its_holder_claims_is_no_certification(app: Flask) -> None:
    known = facts_of_demo("DM2610B")
    declared = tuple(replace(one, state=CertificateState.DECLARED) for one in known.certificates)
    assert certifications(said(known))
    assert certifications(said(replace(known, certificates=declared))) == {}


def test_a_certificate_of_other_goods_or_of_later_is_no_certification_of_these(app: Flask) -> None:
    known = facts_of_demo("DM2610B")
    assert known.lot and known.lot.made

    def numbers(**changes: Any) -> set[str]:
        altered = tuple(change(one, changes) for one in known.certificates)
        return set(certifications(said(replace(known, certificates=altered))))

    def change(one: CertificateFact, changes: Data) -> CertificateFact:
        return replace(one, **changes) if one.scheme == "VIETGAP" else one

    assert numbers() == {"112/QĐ-UBND-MAU", "VietGAP-TT-MAU-19-0007"}
    assert numbers(issued=known.lot.made + timedelta(days=1)) == {"112/QĐ-UBND-MAU"}
    assert numbers(subject="https://id.example.vn/id/somebody") == {"112/QĐ-UBND-MAU"}
    assert numbers(issuer="https://id.example.vn/id/nobody") == {"112/QĐ-UBND-MAU"}


def test_a_places_certificate_is_its_owners_and_names_the_place(app: Flask) -> None:
    known = facts_of_demo("DM2610B")
    place = next(fact.event.place for fact in known.events if fact.event.place in known.facilities)
    assert place
    moved = tuple(replace(one, subject=place) if one.scheme == "VIETGAP" else one for one in known.certificates)
    (found,) = said(replace(known, certificates=moved))["manufacturer"]["hasCertification"]
    assert found["about"] == {"@type": "Place", "name": known.facilities[place].name}


def test_a_laboratorys_report_is_no_certification(app: Flask) -> None:
    known = facts_of_demo("LT2610")
    assert "TEST" in {one.scheme for one in known.certificates}
    assert {one["name"] for one in certifications(said(known)).values()} == {"OCOP"}


@pytest.mark.parametrize("state", page_app.STATES)
def test_where_anything_speaks_against_the_goods_nothing_is_certified_or_offered(app: Flask, state: str) -> None:
    known = page_app.facts(state)
    verdict = judge_all(known, make.NOW)
    for data in blocks(page_app.verdict_html(state)):
        if verdict.headline not in SOUND:
            assert certifications(data) == {}
            assert "offers" not in data
            assert data["description"].startswith(headline(state))
    assert not SOUND & REFUSING


def headline(state: str) -> str:
    tree = html5lib.parse(page_app.verdict_html(state), namespaceHTMLElements=False)
    return "".join("".join(one.itertext()) for one in tree.iter("h1")).strip()


def test_a_recalled_lot_tells_what_to_do_instead_of_what_it_costs(read_only: Site) -> None:
    data = served(read_only, read_only.lot("DM2607A"))
    assert "thu hồi" in data["description"]
    assert not {"offers", "hasCertification"} & data.keys()
    assert "hasCertification" not in data["manufacturer"]


def test_a_hold_takes_the_offer_away_on_the_next_request(site: Site) -> None:
    world, lot = site.world, site.lot_id("DM2610B")
    assert served(site, LOT)["offers"]
    with world.write() as connection:
        hold(connection, lot, "xem lại", producer(site), world.notary, world.clock())
    assert "offers" not in served(site, LOT)


@pytest.mark.parametrize("name", ["never-issued", "unknown-product", "unknown-lot", "foreign-code", "nothing-readable"])
def test_a_page_about_nothing_we_know_has_no_data(app: Flask, name: str) -> None:
    assert blocks(page_app.verdict_html(name)) == []


def test_a_record_tampered_with_takes_everything_claimed_away(app: Flask) -> None:
    known = facts_of_demo("DM2610B")
    for state in (RecordState.TAMPERED, RecordState.MISSING, RecordState.KEY_REVOKED):
        data = said(replace(known, checks=(replace(known.checks[0], state=state), *known.checks[1:])))
        assert certifications(data) == {}, state
        assert "offers" not in data


def test_an_erased_name_is_in_no_data(site: Site) -> None:
    path = site.lot("VS2609A")
    name = served(site, path)["manufacturer"]["name"]
    world = site.world
    with world.write() as connection:
        owner = owner_of_lot(connection, site.lot_id("VS2609A"))[1]
        erase_organisation(connection, owner, owner, world.clock())
    assert name not in site.ask(path).text
    assert not {"manufacturer", "brand"} & served(site, path).keys()


# Offers


def with_links(known: Facts, *links: Data, price: int | None = 220_000) -> Facts:
    assert known.product
    return replace(known, product=replace(known.product, price_vnd=price, extra={"links": list(links)}))


SHOP = {"link_type": "gs1:hasRetailers", "href": "https://shop.example/tea", "title": "Chè ở chợ"}


def test_an_offer_is_a_price_and_a_shop_that_has_it(app: Flask) -> None:
    offers = said(with_links(facts_of_demo("DM2610B"), SHOP))["offers"]
    (offer,) = offers
    assert offer == {
        "@type": "Offer",
        "name": "Chè ở chợ",
        "url": "https://shop.example/tea",
        "price": 220_000,
        "priceCurrency": "VND",
    }


def test_without_a_price_or_without_a_shop_nothing_is_offered(app: Flask) -> None:
    known = facts_of_demo("DM2610B")
    visit = {"kind": "visit", "link_type": "gs1:support", "href": "https://farm.example/", "title": "Thăm vườn"}
    for facts in (
        with_links(known, SHOP, price=None),
        with_links(known),
        with_links(known, visit),
        with_links(known, {**SHOP, "kind": "buy", "status": "paused"}),
        with_links(known, {**SHOP, "href": "http://shop.example/insecure"}),
        with_links(known, {"kind": "buy", "link_type": "gs1:hasRetailers", "title": "Quầy", "address": "Chợ"}),
    ):
        assert "offers" not in said(facts)


# As a block in a page


HOSTILE = (
    "</script><script>x9()</script>",
    "<!--<script>",
    "]]><x",
    '"},{"@type":"Offer","price":1,"z":"',
    "\\u003c/script>",
    "0SERIAL0HERE\u2028 & 'co' <b>",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_out_of_the_block(app: Flask, name: str) -> None:
    known = facts_of_demo("DM2610B")
    assert known.product and known.producer
    named = replace(known, product=replace(known.product, name_vi=name), producer=replace(known.producer, name=name))
    html = page(named)
    scripts = list(html5lib.parse(html, namespaceHTMLElements=False).iter("script"))
    assert [one.attrib for one in scripts] == [{"type": "application/ld+json"}]
    data = json.loads(scripts[0].text or "")
    assert (data["name"], data["manufacturer"]["name"]) == (name, name)
    assert "<" not in (scripts[0].text or "")


def test_a_block_is_compact_and_keeps_its_accents() -> None:
    assert as_block({"name": "Trà <b>"}) == (
        '<script type="application/ld+json">{"name":"Trà \\u003cb\\u003e"}</script>'
    )


def test_the_linkset_stands_in_the_page_that_shows_it(read_only: Site) -> None:
    for path in (PRODUCT, LOT, read_only.item("DM2610B", 1), "/414/9520000900021"):
        (block,) = blocks(read_only.ask(f"{path}?linkType=linkset", accept=BROWSER).text)
        told = read_only.ask(f"{path}?linkType=linkset", accept="application/ld+json").get_json(force=True)
        assert block == told
        assert block["@context"] == "https://ref.gs1.org/standards/resolver/linkset-context"
        assert block["linkset"][0]["anchor"] == f"{BASE}{path}"


def test_links_that_fit_equally_well_stand_in_the_page_that_offers_them(site: Site) -> None:
    links = [{"link_type": "gs1:instructions", "href": f"https://tea.example/{n}", "title": f"Pha {n}"} for n in (1, 2)]
    world = site.world
    with world.write() as connection:
        product, keyring, now = f"https://{world.host}{PRODUCT}", world.keyring(connection), world.clock()
        change_product(connection, product, {"links": links}, producer(site), world.notary, keyring, now)
    path = f"{PRODUCT}?linkType=gs1:instructions"
    answer = site.ask(path, accept=BROWSER)
    assert answer.status_code == 300
    (block,) = blocks(answer.text)
    assert block == site.ask(path, accept="application/ld+json").get_json(force=True)
