"""Searching as a reader meets it: words lead to products, codes to their pages, and nothing shown is from the index."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.conftest import HOST
from tests.services.test_search import gtin
from tests.web.conftest import BROWSER, MODULE_ON_ONE_DATABASE, PROGRAM, Page, Site
from traceapp.core.identifiers import Lot
from traceapp.services.records.erasure import erase_organisation
from traceapp.services.registry.registers import register_lot, register_product
from traceapp.web.static_files import static_file

COFFEE, TEA, ORANGE, SAUCE = "09520000000189", "09520000000127", "09520000000134", "09520000000110"
KILOBYTE = 1024


def listed(page: Page) -> list[str]:
    """Codes of the products on a result page, in order."""
    return re.findall(r'<a class="product" href="/verify/01/(\d+)', page.response.text)


def asked(site: Site, text: str, more: str = "") -> Page:
    return site.page(f"/search?q={quote(text)}{more}")


def suggested(site: Site, text: str, lang: str = "vi") -> dict[str, object]:
    found: dict[str, object] = site.ask(f"/search.json?q={quote(text)}&lang={lang}").get_json()
    return found


# Where what is typed leads


def test_a_code_leads_to_its_page_and_words_to_what_they_find(read_only: Site) -> None:
    leads = {
        "DM2610B": "/01/09520000000127/10/DM2610B?lang=vi",
        f" {TEA[1:]} ": f"/01/{TEA}?lang=vi",
        f"https://{HOST}/01/{TEA}": f"/01/{TEA}?lang=vi",
        "cà phê": "/search?q=c%C3%A0+ph%C3%AA&lang=vi",
        "NO-SUCH-LOT": "/search?q=NO-SUCH-LOT&lang=vi",
        "": "/search?q=&lang=vi",
    }
    for typed, location in leads.items():
        answer = read_only.ask(f"/find?code={quote(typed)}")
        assert (answer.status_code, answer.headers["Location"]) == (303, location)


def test_a_program_is_told_that_a_code_names_nothing(read_only: Site) -> None:
    answer = read_only.ask("/find?code=NOPE", accept=PROGRAM)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert "Type the digits" in answer.get_json()["detail"]


def test_the_address_of_another_service_is_not_searched_for(read_only: Site) -> None:
    assert read_only.ask("/find?code=https://evil.example/01/09520000000127").status_code == 404


def test_a_lot_number_that_several_products_have_lists_them(site: Site) -> None:
    with site.world.write() as connection:
        for code in (TEA, COFFEE):
            product = f"https://{HOST}/01/{code}"
            register_lot(connection, product, Lot("X-1"), {}, site.world.notary, site.clock())
    answer = site.ask("/find?code=X-1")
    assert answer.headers["Location"] == "/search?q=X-1&lang=vi"
    assert set(listed(site.page(answer.headers["Location"]))) == {TEA, COFFEE}


# The result page


def test_a_search_without_marks_finds_what_is_written_with_them(module_site: Site) -> None:
    page = asked(module_site, "ca phe dak lak")
    assert listed(page) == [COFFEE]
    assert "1 sản phẩm" in page.words
    assert "Cà phê robusta Suối Ngàn rang mộc" in page.words
    assert ("stars-valid", "good") in page.findings


@MODULE_ON_ONE_DATABASE
def test_the_page_speaks_the_readers_language_and_keeps_the_question(module_site: Site) -> None:
    page = asked(module_site, "cà phê", "&stars=5&lang=en")
    assert page.lang == "en"
    assert "1 product" in page.words
    [other] = [one.get("href") for one in page.tree.iter("a") if one.get("hreflang") == "vi"]
    assert other == "/search?q=c%C3%A0+ph%C3%AA&stars=5&lang=vi"
    assert page.tree.find(".//input[@name='code']").get("value") == "cà phê"  # type: ignore[union-attr]


def test_expired_stars_are_said_to_have_expired(module_site: Site) -> None:
    page = asked(module_site, "cam doi gio")
    assert listed(page) == [ORANGE]
    assert {code for code, _ in page.findings} == {"stars-expired"}
    assert 'class="stars"' not in page.response.text


def test_chips_narrow_and_widen_the_question(module_site: Site) -> None:
    page = asked(module_site, "c")
    chips = {
        "".join(one.itertext()): one.get("href", "") for one in page.tree.iter("a") if "stars=" in one.get("href", "")
    }
    assert set(chips) == {"5 sao (2)", "4 sao (5)"}
    narrowed = module_site.page(chips["5 sao (2)"])
    assert set(listed(narrowed)) == {COFFEE, SAUCE}
    [on] = [one for one in narrowed.tree.iter("a") if one.get("aria-current")]
    assert set(listed(module_site.page(on.get("href", "")))) == set(listed(page))


def test_what_finds_nothing_says_what_to_try_and_blames_nobody(module_site: Site) -> None:
    page = asked(module_site, "chè Phú Quốc")
    assert (page.status, listed(page)) == (200, [])
    assert "Chưa tìm thấy sản phẩm nào" in page.words
    assert len(page.tree.findall(".//ol/li")) == 3
    assert "chè (1)" in page.words
    assert not re.search(r"\b(sai|lỗi|giả)\b", " ".join("".join(one.itertext()) for one in page.tree.iter("main")))


def test_an_empty_question_shows_how_to_ask(module_site: Site) -> None:
    page = asked(module_site, "")
    assert (page.status, listed(page)) == (200, [])
    assert "Chưa tìm thấy" not in page.words


def test_pages_follow_each_other(site: Site) -> None:
    many(site, 45)
    first = asked(site, "mac khen")
    assert "45 sản phẩm" in first.words
    assert "1–20 trong 45" in first.words
    seen, page = listed(first), first
    while following := [one.get("href", "") for one in page.tree.iter("a") if one.get("rel") == "next"]:
        page = site.page(following[0])
        seen += listed(page)
    assert (len(seen), len(set(seen))) == (45, 45)
    [back] = [one.get("href", "") for one in page.tree.iter("a") if one.get("rel") == "prev"]
    assert listed(site.page(back)) == seen[20:40]


def many(site: Site, count: int) -> None:
    with site.world.write() as connection:
        owner = connection.exec_driver_sql("SELECT organisation FROM products LIMIT 1").scalar()
        for serial in range(count):
            named = {"name_vi": f"Mắc khén gói {serial:02}"}
            register_product(connection, str(owner), gtin(serial + 100), named, site.world.notary, site.clock())


def test_what_is_registered_is_found_by_every_worker_at_once(site: Site) -> None:
    other = site.worker()
    assert listed(asked(other, "mac khen")) == []
    many(site, 1)
    assert len(listed(asked(other, "mac khen"))) == 1
    other.world.engine.dispose()


# Nothing shown is from the index


@pytest.mark.parametrize("column", ["organisation", "province", "sort_name", "lots", "product"])
def test_an_altered_index_shows_nothing_that_no_record_says(site: Site, column: str) -> None:
    before = asked(site, "ca phe").response.text
    site.tamper(f"UPDATE search_documents SET {column} = {column} || 'x9'")
    shown = asked(site, "ca phe").response.text
    assert "x9" not in shown
    assert re.findall(r"<b>.*?</b>", shown) == re.findall(r"<b>.*?</b>", before)


def test_stars_that_only_the_index_has_are_not_shown(site: Site) -> None:
    site.tamper("UPDATE search_stars SET stars = 5, until = '2999-01-01'")
    page = asked(site, "cam", "&stars=5")
    assert listed(page) == [ORANGE]
    assert {code for code, _ in page.findings} == {"stars-expired"}


def test_a_record_tampered_with_is_said_to_be_so_among_the_results(site: Site) -> None:
    site.tamper("UPDATE records SET body = :body WHERE type = 'ProductRecord'", {"body": b"{}"})
    page = asked(site, "ca phe")
    assert {code for code, _ in page.findings} == {"record-tampered"}
    assert "Cà phê robusta" not in page.words


def test_an_erased_name_is_neither_shown_nor_found(site: Site) -> None:
    household = next(iter(asked(site, "Nhà thùng Vịnh Sao").tree.iter("b")), None)
    assert household is not None
    with site.world.write() as connection:
        owner = connection.exec_driver_sql(f"SELECT organisation FROM products WHERE code = '{SAUCE}'").scalar()
        erase_organisation(connection, str(owner), "cli", site.clock())
    assert listed(asked(site, "nha thung")) == []
    assert "Nhà thùng" not in asked(site, "nuoc mam").words


# Suggestions


def test_suggestions_are_few_small_and_verified(module_site: Site) -> None:
    found = suggested(module_site, "ca phe")
    assert found == {
        "said": "1 sản phẩm",
        "hits": [
            {
                "name": "Cà phê robusta Suối Ngàn rang mộc",
                "about": "HTX Cà phê Suối Ngàn, Xã Cư M'gar, Đắk Lắk",
                "url": f"/verify/01/{COFFEE}?lang=vi",
            }
        ],
    }
    answer = module_site.ask("/search.json?q=c")
    assert len(answer.get_json()["hits"]) <= 8
    assert len(answer.data) < 2 * KILOBYTE
    assert answer.headers["Cache-Control"] == "private, max-age=10"
    assert suggested(module_site, "ca phe", "en")["said"] == "1 product"


def test_a_space_says_that_the_last_word_is_whole(module_site: Site) -> None:
    def urls(text: str) -> str:
        return str(suggested(module_site, text)["hits"])

    assert ORANGE in urls("ca")
    assert ORANGE not in urls("ca ")
    assert COFFEE in urls("ca ")


def test_a_program_gets_the_same_from_the_result_pages_address(module_site: Site) -> None:
    assert module_site.ask("/search?q=ca%20phe", accept=PROGRAM).get_json() == suggested(module_site, "ca phe")


# Safety


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize(
    "text", ["<script>x9()</script>", '"><img src=x onerror=x9()>', "{{9*9}}", "%s%(x)s", "</title>"]
)
def test_what_was_typed_is_shown_as_text(module_site: Site, text: str) -> None:
    page = asked(module_site, text)
    assert page.status == 200
    assert text in page.words or text.strip() in page.tree.findtext(".//title", "")
    assert [one for one in page.tree.iter("script") if not one.get("src", "").startswith("/static/search.js?v=")] == []
    assert page.tree.findall(".//img[@onerror]") == []


@MODULE_ON_ONE_DATABASE
def test_results_are_kept_by_nobody_else_and_found_by_no_search_engine(module_site: Site) -> None:
    for path in ("/search?q=che", "/search", "/search.json?q=che"):
        answer = module_site.ask(path)
        assert answer.headers["Cache-Control"].startswith("private"), path
        assert {"Accept", "Accept-Language"} <= set(answer.vary), path
    assert '<meta name="robots" content="noindex">' in asked(module_site, "che").response.text
    assert module_site.ask("/search.json?q=che").headers["X-Robots-Tag"] == "noindex"


@MODULE_ON_ONE_DATABASE
def test_another_host_is_not_answered(module_site: Site) -> None:
    assert Site(module_site.world, address="https://evil.example").ask("/search?q=che").status_code == 400
    assert "evil" not in module_site.ask("/search?q=che", X_Forwarded_Host="evil.example").text


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%FF%FE", "q[]=a", "q=a&q=b", "q=" + "a" * 8000, "after=-1", "after=x", "after=" + "9" * 200, "stars=0",
     "stars=%00", "stars=4&stars=5", "province=%27", "lang=%00", "q=%ED%A0%80", "q=*", "q=%22%22", "q=a%20AND", "q=:*"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/search", "/search.json"])
def test_no_address_breaks_the_search(module_site: Site, path: str, query: str) -> None:
    for accept in (BROWSER, PROGRAM):
        assert module_site.ask(f"{path}?{query}", accept=accept).status_code == 200


@MODULE_ON_ONE_DATABASE
def test_a_question_longer_than_any_address_of_ours_is_refused(module_site: Site) -> None:
    assert module_site.ask("/search?q=" + "a" * 10_000).status_code == 414


# Weight


def test_the_script_and_the_start_page_weigh_little(module_site: Site) -> None:
    script, kind, version = static_file("search.js")
    assert len(script) <= 3 * KILOBYTE
    assert kind == "text/javascript; charset=utf-8"
    page = module_site.ask("/").text
    assert f'<script type="module" src="/static/search.js?v={version}"></script>' in page
    answer = module_site.ask(f"/static/search.js?v={version}")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert len(page.encode()) + len(static_file("public.css")[0]) + len(script) <= 31 * KILOBYTE
