"""Every state of a verdict as somebody holding the pack sees it: unmistakable in words, colour and shape, with a first
screen that answers, with and without JavaScript, in both languages, in old in-app browsers and on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.web import page_app
from traceapp.i18n import words_en, words_vi
from traceapp.web.public.assets import STATIC_FOLDER
from traceapp.web.static_files import static_file

PHONE = {"width": 360, "height": 640}
LANGUAGES = ("vi", "en")
MOST_LINES = 3
"""Of a headline, in letters wider than those of most phones, where it takes two."""


RED, YELLOW, GREEN, BLUE = "rgb(163, 33, 27)", "rgb(243, 182, 47)", "rgb(29, 90, 60)", "rgb(36, 70, 111)"
OCTAGON, TRIANGLE, CIRCLE, SQUARE = "octagon", "triangle", "circle", "square"
OUTLINES = {
    "good": CIRCLE,
    "warn": TRIANGLE,
    "copy": TRIANGLE,
    "differ": TRIANGLE,
    "hold": TRIANGLE,
    "bad": OCTAGON,
    "recall": OCTAGON,
    "never": OCTAGON,
    "void": OCTAGON,
    "info": SQUARE,
    "unknown": SQUARE,
    "foreign": SQUARE,
}
STATES: Mapping[str, tuple[str, str, str, str]] = {
    "DM2610B": ("good", GREEN, "Hồ sơ xác thực", "Record authentic"),
    "DG1115": ("warn", YELLOW, "Sao OCOP đã hết hạn", "OCOP stars have expired"),
    "DM2607A": ("recall", RED, "Lô này đã bị thu hồi", "This lot is recalled"),
    "never-issued": ("never", RED, "Không có tem nào mang mã này", "No label carries this code"),
    "void": ("void", RED, "Tem này đã bị hủy", "This label is void"),
    "copy-suspected": ("copy", YELLOW, "Tem này có thể đã bị sao chép", "This label may have been copied"),
    "unknown-product": ("unknown", BLUE, "Chưa có hồ sơ cho mã này", "No record for this code yet"),
    "unknown-lot": ("unknown", BLUE, "Chưa có hồ sơ cho lô này", "No record for this lot yet"),
    "foreign-code": ("foreign", BLUE, "Chưa có hồ sơ cho mã này", "No record for this code"),
    "held": ("hold", YELLOW, "Lô này đang được giữ lại", "This lot is on hold"),
    "tampered": ("bad", RED, "Hồ sơ không còn như lúc ký", "Record no longer as signed"),
}
"""State: the glyph in its shape, the mat's colour, the headline in each language."""
WITH_STEPS = {"DM2607A", "never-issued", "void", "copy-suspected", "held", "tampered"}
MAY_BE_FAKE = {"never-issued", "void", "copy-suspected"}

_BOTTOMS = "selector => [...document.querySelectorAll(selector)].map(one => one.getBoundingClientRect().bottom)"


@pytest.fixture(scope="module", params=[False, True], ids=["without-js", "with-js"])
def phone(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A phone, with JavaScript and without."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def plain_phone(chromium: Any) -> Iterator[Any]:
    """A phone without JavaScript."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    yield context.new_page()
    context.close()


def bottoms(page: Any, selector: str) -> list[float]:
    """The lower edges of what `selector` finds; Playwright may ask where the page itself runs no script."""
    found: list[float] = page.evaluate(_BOTTOMS, selector)
    return found


# Each state


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_a_state_is_told_by_words_colour_and_shape(phone: Any, site: str, state: str, lang: str) -> None:
    glyph, colour, vietnamese, english = STATES[state]
    phone.goto(f"{site}/{state}?lang={lang}")
    assert phone.locator("h1").inner_text() == (vietnamese if lang == "vi" else english)
    assert phone.locator(".head .shape use").get_attribute("href") == f"#s-{glyph}"
    assert phone.locator(f"symbol#s-{glyph}").count() == 1
    assert phone.evaluate("getComputedStyle(document.querySelector('.verdict')).backgroundColor") == colour
    assert max(bottoms(phone, ".head")) <= PHONE["height"] / 2
    assert OUTLINES[glyph] == {RED: OCTAGON, YELLOW: TRIANGLE, GREEN: CIRCLE, BLUE: SQUARE}[colour]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", sorted(WITH_STEPS))
def test_a_state_to_act_upon_says_what_to_do_and_calls_in_one_tap(phone: Any, site: str, state: str, lang: str) -> None:
    phone.goto(f"{site}/{state}?lang={lang}")
    steps = phone.locator("ol.do").first.locator("li")
    assert 2 <= steps.count() <= 3
    call = phone.locator("a[href^='tel:']")
    assert call.count() == 1
    assert re.fullmatch(r"tel:\+?[0-9]{9,}", call.get_attribute("href"))
    assert (phone.locator("section:has(ol.do) a[href='/report']").count() == 1) is (state in MAY_BE_FAKE)


def test_no_two_glyphs_are_drawn_alike() -> None:
    drawn = dict(re.findall(r'<symbol id="s-([a-z]+)"[^>]*>(.*)</symbol>', (STATIC_FOLDER / "icons.svg").read_text()))
    assert drawn.keys() == OUTLINES.keys()
    assert len(set(drawn.values())) == len(drawn)


_LINES_OF_HEADLINE = """title => {
    const head = document.querySelector("h1");
    head.textContent = title;
    return Math.round(head.getBoundingClientRect().height / parseFloat(getComputedStyle(head).lineHeight));
}"""


@pytest.mark.parametrize("words", [words_vi, words_en])
def test_no_headline_is_so_long_that_it_pushes_the_goods_off_the_screen(
    plain_phone: Any, site: str, words: Any
) -> None:
    plain_phone.goto(f"{site}/DM2610B")
    titles = {re.sub(r"\{\w+\}", "GlobalG.A.P.", title) for title, _ in words.HEADLINES.values()}
    assert {title for title in titles if plain_phone.evaluate(_LINES_OF_HEADLINE, title) > MOST_LINES} == set()


# The first screen


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", ["DM2610B", "item"])
def test_the_first_screen_answers_everything_a_buyer_asks_first(
    plain_phone: Any, site: str, state: str, lang: str
) -> None:
    plain_phone.goto(f"{site}/{state}?lang={lang}")
    wanted = {
        "headline": "h1",
        "photo": "img.photo",
        "name": "#name",
        "producer and commune": ".who",
        "both dates": ".dates dd",
        "stars with their expiry": "[data-finding=stars-valid] p",
        "who gave the stars": "[data-finding=stars-valid] .mark",
        "certificate with its expiry": "[data-finding=certificate-valid] p",
        "who confirmed it": "[data-finding=certificate-valid] .mark",
    }
    found = {what: bottoms(plain_phone, selector) for what, selector in wanted.items()}
    assert len(found["both dates"]) == 2
    assert {what for what, edges in found.items() if not edges or max(edges) > PHONE["height"]} == set()
    assert "28/11/2028" in plain_phone.locator("[data-finding=stars-valid]").inner_text()


@pytest.mark.parametrize("lot", [one for one in page_app.LOTS if one != "DM2610T"])
def test_whoever_gave_stars_stands_on_the_first_screen_of_every_good_lot(plain_phone: Any, site: str, lot: str) -> None:
    plain_phone.goto(f"{site}/{lot}")
    if plain_phone.locator("body.good [data-finding=stars-valid]").count():
        assert max(bottoms(plain_phone, "[data-finding=stars-valid] .mark")) <= PHONE["height"]


# Below it


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_story_is_told_in_six_fields_each_with_whose_word_it_is(plain_phone: Any, site: str, lang: str) -> None:
    plain_phone.goto(f"{site}/DM2610B?lang={lang}")
    told = plain_phone.locator(".told")
    assert told.count() == 6
    assert told.locator(".mark.declared").count() == 6
    assert "HTX Chè Đồi Mây" in plain_phone.locator("section:has(#story) .mark").first.inner_text()
    assert plain_phone.locator(".told [lang=vi]").count() == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_shop_is_the_producers_word_with_its_host_and_its_status(plain_phone: Any, site: str, lang: str) -> None:
    plain_phone.goto(f"{site}/DM2610B?lang={lang}")
    links = plain_phone.locator(".shops a")
    assert [one.get_attribute("rel") for one in links.all()] == ["nofollow noopener noreferrer"] * 2
    assert "postmart.example" in links.first.inner_text()
    assert plain_phone.locator("section:has(#shops) .mark.declared").count() == 1
    not_listed = plain_phone.locator(".shops .not-listed")
    assert not_listed.locator("a").count() == 0
    assert ("chưa bán ở đây" if lang == "vi" else "not listed here yet") in not_listed.inner_text()


def test_nobody_is_led_to_a_shop_from_a_page_that_warns_of_the_goods(plain_phone: Any, site: str) -> None:
    for state in ("DM2607A", "DG1108", "void", "never-issued", "tampered"):
        plain_phone.goto(f"{site}/{state}")
        assert plain_phone.locator(".shops").count() == 0, state


def test_what_must_be_disclosed_says_what_is_missing_and_leads_to_what_is_there(plain_phone: Any, site: str) -> None:
    plain_phone.goto(f"{site}/DM2610B")
    ten, passport = plain_phone.locator(".items.numbered"), plain_phone.locator(".items:not(.numbered)")
    assert (ten.locator("li").count(), passport.locator("li").count()) == (10, 7)
    for one in plain_phone.locator("details:has(.items) summary").all():
        one.click()
    assert "chưa có" in ten.locator(".gap").inner_text()
    assert "Cảnh báo an toàn" in passport.locator(".gap").inner_text()
    passport.locator("a", has_text="Giấy chứng nhận").click()
    assert plain_phone.url.endswith("#certs")


def test_checking_it_yourself_is_one_tap_away(plain_phone: Any, site: str) -> None:
    plain_phone.goto(f"{site}/DM2610B")
    plain_phone.locator(".jump a[href='#check']").click()
    top = plain_phone.evaluate("document.querySelector('#check').getBoundingClientRect().top")
    assert 0 <= top <= PHONE["height"] / 2
    assert plain_phone.locator(".check a[href='/bundle']").is_visible()


def test_the_producer_can_be_asked_and_a_fake_reported(plain_phone: Any, site: str) -> None:
    plain_phone.goto(f"{site}/item")
    for path in ("/ask", "/report"):
        assert plain_phone.locator(f".ask a[href='{path}']").is_visible()


# Old in-app browsers

_NEWER_THAN_CHROME_80 = {
    "logical shorthand (87)": re.compile(r"(?:padding|margin|border)-(?:block|inline)\s*:"),
    "inset (87)": re.compile(r"[\s;{]inset\s*:"),
    "aspect-ratio (88)": re.compile(r"aspect-ratio"),
    ":is and :where (88)": re.compile(r":(?:is|where)\("),
    ":has (105)": re.compile(r":has\("),
    "layers and containers (99, 105)": re.compile(r"@(?:layer|container|property|scope)"),
    "nesting (112)": re.compile(r"\{[^{}]*&[^{}]*\{"),
    "new colours (101, 111)": re.compile(r"oklch|oklab|color-mix|color\(|light-dark"),
    "clamp and max (79)": re.compile(r"\bclamp\(|\bmax\("),
    "small viewport units (108)": re.compile(r"\d[sdl]v[hw]"),
    "end and start in flex (93)": re.compile(r"justify-content:\s*(?:end|start)"),
}
"""What a WebView of early 2020 does not know, with the Chrome that learned it."""
_FLEX_WITH_GAP = re.compile(r"\{[^{}]*display:(?:inline-)?flex[^{}]*[;{](?:row-|column-)?gap:[^{}]*\}")


@pytest.mark.parametrize("what", _NEWER_THAN_CHROME_80)
def test_the_style_sheet_needs_nothing_newer_than_chrome_80(what: str) -> None:
    assert _NEWER_THAN_CHROME_80[what].search(static_file("public.css")[0].decode()) is None


def test_no_row_of_things_is_kept_apart_by_a_gap_that_old_browsers_ignore() -> None:
    assert _FLEX_WITH_GAP.search(static_file("public.css")[0].decode()) is None


def test_without_what_is_merely_nicer_the_first_screen_still_answers(chromium: Any, site: str) -> None:
    """The declarations that older browsers drop are dropped before the page gets its style."""
    nicer = r"(?<![-\w])(?:text-wrap|color-scheme|text-underline-offset|font-variant-numeric):[^;}]*;?"
    style = re.sub(nicer + "|overflow-wrap:anywhere;?", "", static_file("public.css")[0].decode())
    style = re.sub(r"[^{}]*:focus-visible\{[^}]*\}", "", style)
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.route("**/public.css*", lambda route: route.fulfill(body=style, content_type="text/css"))
    page.goto(f"{site}/DM2610B")
    wide = page.evaluate("document.documentElement.scrollWidth")
    edges = bottoms(page, "h1, #name, .who, .dates dd, [data-finding=stars-valid] .mark")
    context.close()
    assert wide <= PHONE["width"]
    assert max(edges) <= PHONE["height"]


# Paper


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", [*STATES, "item", "VS2609A", "SN2611X"])
def test_a_page_prints_on_one_sheet(plain_phone: Any, site: str, state: str, lang: str) -> None:
    plain_phone.goto(f"{site}/{state}?lang={lang}")
    printed = plain_phone.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1


def test_on_paper_shape_and_words_remain_and_links_are_written_out(plain_phone: Any, site: str) -> None:
    plain_phone.goto(f"{site}/DM2610B")
    plain_phone.emulate_media(media="print")
    colours = "['.verdict', 'body'].map(one => getComputedStyle(document.querySelector(one)).backgroundColor)"
    mat = plain_phone.evaluate(colours)
    kept = {one: plain_phone.locator(one).first.is_visible() for one in ("h1", ".head .shape", ".dates", ".cert")}
    dropped = {one: plain_phone.locator(one).first.is_visible() for one in (".btns", ".jump", ".bar", ".find", ".map")}
    address = plain_phone.locator(".paper").inner_text()
    shop = plain_phone.evaluate("getComputedStyle(document.querySelector('.away'), '::after').content")
    plain_phone.emulate_media(media="screen")
    assert set(mat) <= {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}
    assert set(kept.values()) == {True}
    assert set(dropped.values()) == {False}
    assert address.startswith("https://id.example.vn/canonical")
    assert "https://postmart.example/tra-bup-doi-may" in shop
