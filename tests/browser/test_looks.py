"""The public pages as a phone and a desk show them: nothing runs over, the first screen says what matters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.measures import OVERFLOW, SMALL_TARGETS, barriers
from tests.web import page_app

PHONE, DESK = (360, 640), (1280, 900)
PAGES = (*page_app.STATES, *page_app.TEXTS, *page_app.CODES)


_WIDER = """[...document.querySelectorAll('main *')]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => one.outerHTML.slice(0, 90))"""
_BOTTOM = "[...document.querySelectorAll({selector})].pop().getBoundingClientRect().bottom"


@pytest.fixture(scope="module")
def phone(chromium: Any) -> Iterator[Any]:
    yield from _page(chromium, PHONE)


@pytest.fixture(scope="module")
def desk(chromium: Any) -> Iterator[Any]:
    yield from _page(chromium, DESK)


@pytest.fixture(scope="module")
def dark_phone(chromium: Any) -> Iterator[Any]:
    yield from _page(chromium, PHONE, color_scheme="dark")


def _page(browser: Any, size: tuple[int, int], **options: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    yield context.new_page()
    context.close()


def _open_all(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_over_the_edge_of_a_phone(phone: Any, site: str, name: str) -> None:
    for lang in ("vi", "en"):
        phone.goto(f"{site}/{name}?lang={lang}")
        _open_all(phone)
        assert phone.evaluate(OVERFLOW) <= 0


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_over_the_edge_of_a_desk(desk: Any, site: str, name: str) -> None:
    desk.goto(f"{site}/{name}")
    _open_all(desk)
    assert desk.evaluate(OVERFLOW) <= 0


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


@pytest.mark.parametrize("name", PAGES)
def test_whatever_is_pressed_is_big_enough_for_a_thumb(phone: Any, site: str, name: str) -> None:
    phone.goto(f"{site}/{name}")
    _open_all(phone)
    assert phone.evaluate(SMALL_TARGETS) == []


def test_nothing_is_refused_by_the_content_security_policy(phone: Any, site: str) -> None:
    refused: list[str] = []
    phone.on("console", lambda message: refused.append(message.text))
    for name in PAGES:
        phone.goto(f"{site}/{name}")
    assert refused == []


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


@pytest.mark.parametrize("scheme", ["phone", "dark_phone"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_barrier(request: pytest.FixtureRequest, site: str, axe: str, name: str, scheme: str) -> None:
    page = request.getfixturevalue(scheme)
    page.goto(f"{site}/{name}")
    _open_all(page)
    assert barriers(page, axe) == []
