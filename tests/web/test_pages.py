"""The public pages as HTML: complete, safe, small, and the same in both languages."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from PIL import Image

from tests import builders as make
from tests.demo_facts import demo
from tests.web import page_app
from traceapp import i18n
from traceapp.core.events import Stage
from traceapp.core.facts import Facts
from traceapp.core.verdict import judge_all
from traceapp.web.public import assets, journey, vietnam_map, view
from traceapp.web.public.lines import SCAN_CODES
from traceapp.web.public.say import Say
from traceapp.web.public.stage_words import stage_details
from traceapp.web.static_files import static_file

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = ROOT / "traceapp/translations/en/LC_MESSAGES"
LANGUAGES = ("vi", "en")
NOT_OF_THIS_CODE = {"never-issued", "unknown-lot"}
"""Pages that leave out what is known of the lot or product: it says nothing of the code that was scanned."""
KILOBYTE = 1024


@pytest.fixture(scope="module", autouse=True)
def app() -> Iterator[Flask]:
    made = page_app.make_app()
    with made.app_context():
        yield made


def _tree(page: str) -> Element:
    """The page's elements; ParseError for anything that is not well-formed HTML."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def _all_pages() -> list[Any]:
    names = [*page_app.STATES, *page_app.TEXTS]
    return [pytest.param(name, lang, id=f"{name}-{lang}") for name in names for lang in LANGUAGES]


def _html(name: str, lang: str) -> str:
    return (page_app.verdict_html if name in page_app.STATES else page_app.text_html)(name, lang)


every_page = pytest.mark.parametrize(("name", "lang"), _all_pages())


# What must be on a page


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", sorted(set(page_app.STATES) - NOT_OF_THIS_CODE))
def test_every_finding_is_on_the_page_with_its_severity(state: str, lang: str) -> None:
    verdict = judge_all(page_app.facts(state), make.NOW)
    shown = [
        (one.get("data-finding"), one.get("data-severity"))
        for one in _tree(page_app.verdict_html(state, lang)).iter()
        if one.get("data-finding")
    ]
    assert sorted(shown) == sorted((one.code, str(one.severity)) for one in verdict.findings)


@pytest.mark.parametrize("state", page_app.STATES)
def test_the_headline_names_the_verdict_and_colours_the_page(state: str) -> None:
    verdict = judge_all(page_app.facts(state), make.NOW)
    tree = _tree(page_app.verdict_html(state))
    [head] = [one for one in tree.iter() if one.get("data-headline")]
    tones = {"good": "good", "info": "info", "warning": "warn", "bad": "bad"}
    assert head.get("data-headline") == verdict.headline
    assert tree.find("body").get("class") == tones[str(verdict.severity)]  # type: ignore[union-attr]


def test_a_code_never_issued_shows_neither_picture_nor_stars_nor_anything_green() -> None:
    tree = _tree(page_app.verdict_html("never-issued"))
    classes = {name for one in tree.iter() for name in one.get("class", "").split()}
    assert not classes & {"good", "stars", "photo"}
    assert tree.findtext(".//h1") == "Không có tem nào mang mã này"
    assert tree.find(".//input[@name='within']").get("value") == "/01/09520000000110/10/VS2609A"  # type: ignore[union-attr]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_sent_shows_neither_party_nor_quantity(lang: str) -> None:
    sent = make.event(
        "SHIP", "2026-10-15", outputs=["gói, 777 gói"], label_vi="Giao Siêu thị Bí Mật 777 gói", to="Siêu thị Bí Mật"
    )
    known = make.facts(sent)
    page = view.verdict_page(known, judge_all(known, make.NOW), page_app.context(lang))
    assert "15/10/2026" in page
    assert "Bí Mật" not in page
    # Ids of records are made by chance.
    assert not re.search(r"\b777\b", page)


def test_names_of_people_in_a_stage_are_never_shown() -> None:
    spray = make.event(
        "PPP", "2026-09-24", active="Abamectin", phi_days=3, plot="A", operator="Nguyễn Thị Ẩn", crew=["Trần Văn Ẩn"]
    )
    known = make.facts(spray)
    page = view.verdict_page(known, judge_all(known, make.NOW), page_app.context())
    assert "hái được từ 27/09/2026" in page
    assert "Ẩn" not in page


def test_a_recalled_lot_says_what_to_do_before_its_journey() -> None:
    page = page_app.verdict_html("DM2607A")
    assert page.index("Đổi hàng tại nơi mua.</strong>") < page.index('id="journey"')
    assert 'href="tel:0900000002"' in page
    assert 'class="photo off"' in page


def test_a_lot_that_is_in_doubt_is_not_said_to_be_unrecalled() -> None:
    assert "Không bị thu hồi" in page_app.verdict_html("DM2610B")
    for state in ("DM2607A", "DM2610T", "missing", "tampered", "never-issued", "product"):
        assert "Không bị thu hồi" not in page_app.verdict_html(state)


def test_expired_stars_are_not_drawn() -> None:
    assert 'class="stars"' in page_app.verdict_html("DM2610B")
    assert 'class="stars"' not in page_app.verdict_html("DG1115")


def test_each_record_is_linked_with_its_line_in_the_log() -> None:
    known = make.facts()
    record = known.checks[0]
    page = view.verdict_page(known, judge_all(known, make.NOW), page_app.context())
    assert f'href="/records/{record.record_id.rpartition("/")[2]}"' in page
    assert f'<span class="code">{i18n.show_number(record.leaf_index, "vi")}</span>' in page


def test_who_typed_for_the_producer_is_named_beside_it() -> None:
    told = make.event("FERT", "2026-08-20")
    told = replace(told, source=replace(told.source, assisted_by=make.AUTHORITY))
    page = view.verdict_page(*_judged(make.facts(told)), page_app.context())
    assert "tự khai, Chi cục Chất lượng nông sản ghi giúp" in page


def test_a_demo_says_once_that_its_data_are_samples() -> None:
    for page in (page_app.verdict_html("DM2610B"), page_app.text_html("start")):
        # Programs read no footer: their data keep the names as recorded.
        assert "(dữ liệu mẫu)" not in re.sub(r"<script.*?</script>", "", page)
        assert page.count("Dữ liệu mẫu:") == 1
    assert "Dữ liệu mẫu:" not in page_app.verdict_html("DM2610B", is_demo=False)


def _judged(known: Facts) -> tuple[Facts, Any]:
    return known, judge_all(known, make.NOW)


# What is filled in per scan


def test_the_slots_of_a_cached_page_are_used_verbatim() -> None:
    slots = {"serial": "0SERIAL0HERE0", "scan_slot": Markup("<!--scans-->"), "checked_slot": Markup("<!--at-->")}
    page = page_app.verdict_html("first-scan", **slots)
    assert page.count("<!--scans-->") == 1
    assert page.count("<!--at-->") == 1
    assert 1 <= page.count("0SERIAL0HERE0") <= 3
    assert not any(f'data-finding="{code}"' in page for code in SCAN_CODES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_scan_lines_filled_into_a_cached_page_make_the_whole_page(lang: str) -> None:
    known, verdict = _judged(page_app.facts("first-scan"))
    lines = view.scan_lines(verdict.findings, known, lang)
    cached = page_app.verdict_html("first-scan", lang, scan_slot=Markup("<!--scans-->"))
    assert cached.replace("<!--scans-->", lines) == page_app.verdict_html("first-scan", lang)


def test_scan_lines_hold_only_what_differs_from_scan_to_scan() -> None:
    known, verdict = _judged(page_app.facts("inspected"))
    lines = view.scan_lines(verdict.findings, known, "vi")
    assert re.findall(r'data-finding="([^"]+)"', lines) == ["code-issued", "scans-normal"]


def test_a_producers_markup_is_shown_as_text() -> None:
    nasty = '<img src=x onerror="alert(1)">'
    known = make.facts(
        make.event("FERT", "2026-08-20", label_vi=nasty, dose=nasty),
        product=make.product(name_vi=nasty, story_vi=nasty, ingredients_vi=nasty),
        producer=make.organisation(name=nasty, ward=nasty),
    )
    page = view.verdict_page(*_judged(known), page_app.context())
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_told = st.sampled_from(
    ("plot", "plots", "area_ha", "cultivar", "hives", "forage", "soil_test", "product_name", "dose", "method", "active",
     "pest", "pickers", "vessel", "checks", "results", "supplier_lots", "vat", "temp_c", "hours", "moisture_pct",
     "report", "corrective_action")
)  # fmt: skip


@given(stage=st.sampled_from(Stage), kde=st.dictionaries(_told, _anything, max_size=6), lang=st.sampled_from(LANGUAGES))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_stage_data_whatever_break_the_words(stage: Stage, kde: dict[str, Any], lang: str) -> None:
    say = Say(lang, lambda text, **values: text % values if values else text)
    told = stage_details(make.event(stage, "2026-08-20", **kde), "Việc", say)
    assert isinstance(told, str)


# What must not be in a page


@every_page
def test_a_page_is_well_formed_and_keeps_the_content_security_policy(name: str, lang: str) -> None:
    for element in _tree(_html(name, lang)).iter():
        assert element.tag not in ("style", "iframe", "object", "base")
        assert element.tag != "script" or _is_data_or_a_file_of_ours(element)
        assert not [attribute for attribute in element.attrib if str(attribute).startswith(("on", "style"))]


def _is_data_or_a_file_of_ours(script: Element) -> bool:
    if script.get("type") == "application/ld+json":
        return set(script.attrib) == {"type"}
    return script.attrib == {"type": "module", "src": assets.asset_url("search.js")} and not script.text


@every_page
def test_every_reference_inside_a_page_leads_somewhere(name: str, lang: str) -> None:
    page = _html(name, lang)
    ids = re.findall(r'\sid="([^"]+)"', page)
    lists = re.findall(r'\s(?:aria-labelledby|aria-describedby|for)="([^"]+)"', page)
    wanted = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page))
    assert len(ids) == len(set(ids))
    assert {one or other for one, other in wanted} | {one for names in lists for one in names.split()} <= set(ids)


@every_page
def test_a_page_carries_only_drawings_it_uses(name: str, lang: str) -> None:
    page = _html(name, lang)
    drawn = set(re.findall(r'<(?:symbol|pattern) id="([^"]+)"', page))
    used = {one or other for one, other in re.findall(r'href="#([is]-[a-z]+)"|url\(#(hem-[a-z]+)\)', page)}
    assert drawn - used <= {"s-good", "s-info"}


def _shops() -> list[dict[str, Any]]:
    """What the demo's producers entered."""
    return [link for product in demo()["products"] for link in product["links"]]


@every_page
def test_every_link_was_given_by_the_context(name: str, lang: str) -> None:
    given_links = {
        "/",
        "/verify-help",
        "/privacy",
        "/find",
        "/log",
        "/portal",
        "/log/checkpoint",
        "/.well-known/traceapp-trust.json",
    }
    given_links |= {"/other-language", "/json", "/bundle", "/product", "https://id.example.vn/canonical"}
    given_links |= {"/ask", "/report", "/scans/place", "/scans/used-up"}
    given_links |= {one["href"] for one in _shops() if "href" in one}
    given_links |= {"https://id.example.vn/canonical?lang=en"}
    elements = list(_tree(_html(name, lang)).iter())
    links = {one.get(kind, "") for one in elements for kind in ("href", "src", "action") if one.get(kind)}
    own = ("#", "tel:", "/static/", "/media/", "/records/", "/inspections/", "/product/", "/search?q=", "/verify/01/")
    assert not {one for one in links if not one.startswith(own)} - given_links


@every_page
def test_a_page_says_its_language_and_links_the_other(name: str, lang: str) -> None:
    tree = _tree(_html(name, lang))
    assert tree.get("lang") == lang
    others = [one.get("hreflang") for one in tree.iter("a") if one.get("href") == "/other-language"]
    assert others == ([] if name.startswith("error") else ["en" if lang == "vi" else "vi"])


@pytest.mark.parametrize("state", page_app.STATES)
def test_the_first_view_weighs_little(state: str) -> None:
    page = page_app.verdict_html(state)
    pictures = {page_app.ART / f"{name}.webp" for name in re.findall(r'src="/media/([^"]+)"', page)}
    style = len(static_file("public.css")[0])
    weight = len(page.encode()) + style + sum(one.stat().st_size for one in pictures)
    assert style <= 16 * KILOBYTE
    assert weight <= 64 * KILOBYTE
    # As it travels: nearly every phone takes it compressed.
    assert len(gzip.compress(page.encode())) + len(gzip.compress(static_file("public.css")[0])) <= 16 * KILOBYTE


# Drawings and addresses


@pytest.mark.parametrize("product", [one["id"] for one in demo()["products"]])
def test_each_demo_product_has_its_own_small_square_picture(product: str) -> None:
    picture = page_app.ART / f"{product}.webp"
    assert picture.with_suffix(".svg").exists()
    assert picture.stat().st_size <= 8 * KILOBYTE
    with Image.open(picture) as opened:
        assert opened.size == (368, 368)


def test_an_asset_is_addressed_by_its_content() -> None:
    assert re.fullmatch(r"/static/public\.css\?v=[0-9a-f]{12}", assets.asset_url("public.css"))
    assert assets.asset_url("public.css") != assets.asset_url("icons.svg")


def _inside(ring: tuple[tuple[float, float], ...], longitude: float, latitude: float) -> bool:
    crossings = 0
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


@pytest.mark.parametrize("place", demo()["facilities"], ids=lambda place: place["id"])
def test_demo_places_lie_on_the_land_that_is_drawn(place: dict[str, Any]) -> None:
    rings = (vietnam_map._MAINLAND, vietnam_map._PHU_QUOC)
    assert any(_inside(ring, place["lon_public"], place["lat_public"]) for ring in rings)


@pytest.mark.parametrize(
    ("city", "latitude", "longitude", "inland"),
    [
        ("Cao Bằng", 22.67, 106.25, True),
        ("Điện Biên Phủ", 21.39, 103.02, True),
        ("Vinh", 18.68, 105.66, True),
        ("Buôn Ma Thuột", 12.67, 108.04, True),
        ("Cà Mau", 9.18, 105.15, True),
        ("Vịnh Bắc Bộ", 19.8, 107.5, False),
        ("Viêng Chăn", 17.97, 102.6, False),
        ("Nam Ninh", 22.82, 108.3, False),
        ("Phnôm Pênh", 11.56, 104.92, False),
    ],
)
def test_known_cities_fall_on_the_right_side_of_the_outline(
    city: str, latitude: float, longitude: float, inland: bool
) -> None:
    assert _inside(vietnam_map._MAINLAND, longitude, latitude) is inland


def test_the_map_names_both_archipelagos_inside_its_frame() -> None:
    drawn = vietnam_map.vietnam_map([(21.52, 105.79)])
    assert {name.text for name in drawn.names} == {"Hoàng Sa", "Trường Sa"}
    for longitude, latitude in vietnam_map._ISLANDS:
        assert vietnam_map.in_frame(latitude, longitude)


def test_pins_of_neighbours_do_not_cover_each_other() -> None:
    pins = vietnam_map.vietnam_map([(21.03, 105.80), (21.03, 105.85), (21.03, 105.80)]).pins
    gaps = [abs(one.x - two.x) + abs(one.y - two.y) for one in pins for two in pins if one is not two]
    assert min(gaps) >= 2 * vietnam_map._PIN_RADIUS - 0.2


def test_a_place_abroad_gets_no_pin() -> None:
    known = make.facts(make.event("SOURCE", "2026-08-20", outputs=["hạt, 3 kg"]))
    abroad = page_app.facts("DM2610B").facilities.copy()  # type: ignore[attr-defined]
    facility = replace(next(iter(abroad.values())), id=make.PLACE, latitude=48.85, longitude=2.35)
    say = Say("vi", lambda text, **values: text)
    assert journey.places(replace(known, facilities={make.PLACE: facility}), say) == (None, ())


# English


def _is_ours(folder: str) -> bool:
    """Folders of the pages, and those on the way to them."""
    path = Path(folder).relative_to(ROOT).as_posix()
    ours = ("traceapp/web", "templates")
    return any(own.startswith(path) or path.startswith(own) for own in ours)


def _extracted() -> set[Any]:
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        mapping, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, mapping, options, directory_filter=_is_ours)
    return {message for _, _, message, _, _ in found}


def test_every_message_has_its_english_and_none_is_left_over() -> None:
    with (TRANSLATIONS / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    translated = {message.id: message for message in catalogue if message.id}
    assert set(translated) == _extracted()
    for message in translated.values():
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        assert all(texts)
        assert not message.fuzzy
        for text in texts:
            assert set(re.findall(r"%\(\w+\)s", text)) <= set(re.findall(r"%\(\w+\)s", sources[0]))
            assert text.count("<") == sources[0].count("<")


def test_the_compiled_english_is_fresh() -> None:
    compiled = BytesIO()
    with (TRANSLATIONS / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale="en"))
    assert (TRANSLATIONS / "messages.mo").read_bytes() == compiled.getvalue()


def test_an_error_page_says_what_to_do_in_both_languages() -> None:
    for status in (400, 403, 404, 405, 409, 413, 414, 422, 429, 500, 503):
        for lang in LANGUAGES:
            tree = _tree(page_app.text_html(f"error-{status}", lang))
            assert tree.findtext(".//h1")
            assert tree.findall(".//ol/li")
            assert str(status) in "".join(tree.itertext())


def test_an_error_page_uses_the_words_it_is_given() -> None:
    page = view.error_page(400, "Số lô sai", "Lô có dấu cách.", ["Bỏ dấu cách."], page_app.context())
    assert [word in page for word in ("Số lô sai", "Lô có dấu cách.", "Bỏ dấu cách.")] == [True] * 3


def test_the_time_of_looking_is_vietnamese_time() -> None:
    page = page_app.verdict_html("DM2610B", checked_at=datetime(2026, 11, 21, 20, 30, tzinfo=UTC))
    assert "kiểm lúc 03:30" in page
