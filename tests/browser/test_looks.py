"""The public pages as a phone and a desk show them: nothing runs over, the first screen says what matters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.looks import PHONE, EveryPage, open_all

_WIDER = """[...document.querySelectorAll('main *')]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(one => one.outerHTML.slice(0, 90))"""
_BOTTOM = "[...document.querySelectorAll({selector})].pop().getBoundingClientRect().bottom"


@pytest.fixture(scope="module")
def dark_phone(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport=PHONE, color_scheme="dark")
    yield context.new_page()
    context.close()


class TestInVietnamese(EveryPage):
    lang = "vi"


@pytest.mark.parametrize("name", ["DM2610B", "DM2607A", "never-issued", "start"])
def test_nothing_runs_over_with_text_at_160_percent(phone: Any, site: str, name: str) -> None:
    phone.goto(f"{site}/{name}")
    phone.evaluate("document.documentElement.style.fontSize = '160%'")
    open_all(phone)
    assert phone.evaluate(_WIDER) == []


def test_the_first_screen_of_an_authentic_lot_holds_verdict_name_producer_and_dates(phone: Any, site: str) -> None:
    phone.goto(f"{site}/DM2610B")
    for selector in ("h1", ".product h2", ".who", ".dates dd", ".first .lines li:first-child strong"):
        assert phone.evaluate(_BOTTOM.format(selector=json.dumps(selector))) <= PHONE["height"], selector


@pytest.mark.parametrize("name", ["DG1115", "DG1108", "DM2607A", "SN2611X", "copy-suspected", "never-issued"])
def test_the_first_screen_of_a_lot_with_a_fault_says_what_is_wrong(phone: Any, site: str, name: str) -> None:
    phone.goto(f"{site}/{name}")
    selector = json.dumps(".first .lines li:first-child strong")
    assert phone.evaluate(_BOTTOM.format(selector=selector)) <= PHONE["height"]


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
