"""The public pages as a phone and a desk show them: nothing runs over, the first screen says what matters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.browser.measures import OVERFLOW, SMALL_TARGETS, barriers, barriers_in_the_dark
from tests.web import page_app

PHONE, DESK = (360, 640), (1280, 900)
PAGES = (*page_app.STATES, *page_app.TEXTS, *page_app.CODES)
every_page = pytest.mark.parametrize(("name", "lang"), [(name, lang) for name in PAGES for lang in ("vi", "en")])

_WIDER = """[...document.querySelectorAll('main *')]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => one.outerHTML.slice(0, 90))"""
_BOTTOM = "[...document.querySelectorAll({selector})].pop().getBoundingClientRect().bottom"


@dataclass(frozen=True)
class Seen:
    """What was measured of a page while it lay open once, all its details unfolded."""

    too_wide: int
    too_wide_on_a_desk: int
    small: list[str]
    refused: list[str]
    barriers: list[Any]
    barriers_in_the_dark: list[Any]


@pytest.fixture(scope="module")
def phone(chromium: Any) -> Iterator[Any]:
    yield from _page(chromium, PHONE)


@pytest.fixture(scope="module")
def dark_phone(chromium: Any) -> Iterator[Any]:
    yield from _page(chromium, PHONE, color_scheme="dark")


@pytest.fixture(scope="module")
def look_at(phone: Any, site: str, axe: str) -> Callable[[str, str], Seen]:
    """Opens a page in a language, once for all tests, and measures it."""
    told: list[str] = []
    phone.on("console", lambda message: told.append(message.text))

    @cache
    def look(name: str, lang: str) -> Seen:
        told.clear()
        phone.goto(f"{site}/{name}?lang={lang}")
        refused = list(told)
        _open_all(phone)
        wide, small = phone.evaluate(OVERFLOW), phone.evaluate(SMALL_TARGETS)
        light, dark = barriers(phone, axe), barriers_in_the_dark(phone)
        phone.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        desk = phone.evaluate(OVERFLOW)
        phone.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        return Seen(wide, desk, small, refused, light, dark)

    return look


def _page(browser: Any, size: tuple[int, int], **options: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    yield context.new_page()
    context.close()


def _open_all(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


@every_page
def test_nothing_runs_over_the_edge_of_a_phone_or_a_desk(look_at: Callable[..., Seen], name: str, lang: str) -> None:
    assert look_at(name, lang).too_wide <= 0
    assert look_at(name, lang).too_wide_on_a_desk <= 0


@every_page
def test_whatever_is_pressed_is_big_enough_for_a_thumb(look_at: Callable[..., Seen], name: str, lang: str) -> None:
    assert look_at(name, lang).small == []


@every_page
def test_nothing_is_refused_by_the_content_security_policy(look_at: Callable[..., Seen], name: str, lang: str) -> None:
    assert look_at(name, lang).refused == []


@every_page
def test_axe_finds_no_barrier_in_the_light_or_in_the_dark(look_at: Callable[..., Seen], name: str, lang: str) -> None:
    assert look_at(name, lang).barriers == []
    assert look_at(name, lang).barriers_in_the_dark == []


@pytest.mark.parametrize("name", ["DM2610B", "DM2607A", "never-issued", "start"])
def test_nothing_runs_over_with_text_at_160_percent(phone: Any, site: str, name: str) -> None:
    phone.goto(f"{site}/{name}")
    phone.evaluate("document.documentElement.style.fontSize = '160%'")
    _open_all(phone)
    assert phone.evaluate(_WIDER) == []


def test_the_first_screen_of_an_authentic_lot_holds_verdict_name_producer_and_dates(phone: Any, site: str) -> None:
    phone.goto(f"{site}/DM2610B")
    for selector in ("h1", ".product h2", ".who", ".dates dd", ".first .lines li:first-child strong"):
        assert phone.evaluate(_BOTTOM.format(selector=json.dumps(selector))) <= PHONE[1], selector


@pytest.mark.parametrize("name", ["DG1115", "DG1108", "DM2607A", "SN2611X", "copy-suspected", "never-issued"])
def test_the_first_screen_of_a_lot_with_a_fault_says_what_is_wrong(phone: Any, site: str, name: str) -> None:
    phone.goto(f"{site}/{name}")
    selector = json.dumps(".first .lines li:first-child strong")
    assert phone.evaluate(_BOTTOM.format(selector=selector)) <= PHONE[1]


def test_a_page_needs_no_script(chromium: Any, site: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/DM2610B")
    page.locator("details:has(.lines) summary").first.click()
    assert page.locator("details[open] .lines li").first.is_visible()
    context.close()


def test_the_page_is_dark_where_the_reader_wants_it_dark(phone: Any, dark_phone: Any, site: str) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    for page in (phone, dark_phone):
        page.goto(f"{site}/DM2610B")
    light, dark = phone.evaluate(colour), dark_phone.evaluate(colour)
    assert (light, dark) == ("rgb(250, 244, 230)", "rgb(22, 17, 12)")


def test_print_keeps_the_verdict_and_drops_the_buttons(phone: Any, site: str) -> None:
    phone.goto(f"{site}/DM2607A")
    phone.emulate_media(media="print")
    shown = [phone.locator(selector).first.is_visible() for selector in ("h1", ".lines li", ".btn", ".hem")]
    phone.emulate_media(media="screen")
    assert shown == [True, True, False, False]
