"""Searching with a phone: suggestions while typing, by keyboard and by thumb; and a form, where no script runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.measures import barriers, barriers_in_the_dark
from tests.web.serving import Served

PHONE = {"width": 360, "height": 640}
COFFEE, TEA = "09520000000189", "09520000000127"
WAIT = 400
"""Milliseconds in which a question that was going to be asked has been asked, where nothing else tells."""
PATIENCE = 30
"""Seconds in which what has to come has come on a busy machine; nobody waits so long where it does."""
URLS = "[...document.querySelectorAll('#hits li')].map(one => one.dataset.url)"


class Phone:
    """A phone on the start page. `asked` is what its suggestions were asked for, `answers` what came of each question,
    `broken` what its console said."""

    def __init__(self, browser: Any, url: str, **options: Any) -> None:
        self.context = browser.new_context(viewport=PHONE, locale="vi-VN", **options)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.answers: dict[str, Any] = {}
        self.broken: list[str] = []
        self.page.on("request", lambda one: self.asked.extend(_question(one)))
        self.page.on("response", lambda one: self.answers.update(dict.fromkeys(_question(one), one)))
        self.page.on("console", lambda one: self.broken.append(one.text) if one.type == "error" else None)
        self.page.on("pageerror", lambda fault: self.broken.append(str(fault)))
        self.page.goto(url)
        self.field = self.page.locator("#code")

    def type(self, text: str) -> None:
        self.field.press_sequentially(text, delay=15)

    def until(self, so: Callable[[], bool]) -> None:
        last = time.monotonic() + PATIENCE
        while not so():
            assert time.monotonic() < last, (self.asked, self.page.evaluate(URLS))
            self.page.wait_for_timeout(20)

    def options(self) -> list[str]:
        """What is suggested for all that was typed: who types slowly is shown other things before."""
        typed = self.field.input_value()
        self.until(lambda: typed in self.answers)
        urls = [one["url"] for one in self.answers[typed].json()["hits"]]
        assert urls
        self.until(lambda: bool(self.page.evaluate(URLS) == urls))
        return [one.split("\n")[0] for one in self.page.locator("#hits li").all_inner_texts()]

    def require_asked(self, *questions: str) -> None:
        """These and no more."""
        self.until(lambda: len(self.asked) >= len(questions))
        self.page.wait_for_timeout(WAIT)
        assert self.asked == list(questions)

    def active(self) -> str:
        """The option that a screen reader reads out."""
        found: str = self.field.get_attribute("aria-activedescendant") or ""
        return found

    def compose(self, *steps: str, text: str) -> None:
        """Put `text` together as an input method does, step by step."""
        session = self.context.new_cdp_session(self.page)
        for step in steps:
            session.send(
                "Input.imeSetComposition", {"text": step, "selectionStart": len(step), "selectionEnd": len(step)}
            )
            self.page.wait_for_timeout(200)
        session.send("Input.insertText", {"text": text})


def _question(one: Any) -> list[str]:
    """What a request, or its answer, is about, if it is one for suggestions."""
    address = urlsplit(one.url)
    return parse_qs(address.query)["q"] if address.path == "/search.json" else []


@pytest.fixture
def phone(chromium: Any, service: Served) -> Iterator[Phone]:
    made = Phone(chromium, service.url)
    yield made
    made.context.close()
    assert made.broken == []


def test_typing_suggests_products(phone: Phone) -> None:
    phone.type("ca phe")
    assert phone.options() == ["Cà phê robusta Suối Ngàn rang mộc"]
    assert phone.field.get_attribute("aria-expanded") == "true"
    assert phone.page.locator("[role=status]").inner_text() == "1 sản phẩm"


def test_fast_typing_does_not_ask_for_every_letter(phone: Phone) -> None:
    """By the page's own clock, which stands still in between: on a busy machine nobody types fast."""
    phone.page.clock.install(time=0)
    phone.page.clock.pause_at(1000)
    for letter in "ca phe suoi ngan":
        phone.type(letter)
        phone.page.clock.run_for(15)
    phone.page.clock.run_for(WAIT)
    assert len(phone.options()) == 1
    assert phone.asked == ["ca phe suoi ngan"]


def test_arrows_and_enter_lead_to_the_product(phone: Phone) -> None:
    phone.type("do")
    names = phone.options()
    assert len(names) > 2
    for key, active in (("ArrowDown", "hit0"), ("ArrowDown", "hit1"), ("ArrowUp", "hit0"), ("ArrowUp", "")):
        phone.page.keyboard.press(key)
        assert phone.active() == active
    phone.page.keyboard.press("ArrowUp")
    assert phone.active() == f"hit{len(names) - 1}"
    assert phone.page.locator("#hits [aria-selected=true]").count() == 1
    phone.page.keyboard.press("Enter")
    phone.page.wait_for_url("**/verify/01/*")
    assert names[-1].split(" (")[0].split()[0] in phone.page.inner_text("main")


def test_enter_without_a_choice_searches(phone: Phone) -> None:
    phone.type("phu quoc")
    phone.options()
    phone.page.keyboard.press("Enter")
    phone.page.wait_for_url("**/search?*")
    assert phone.page.locator("main a.product").count() == 1


def test_escape_and_leaving_close_the_list_and_keep_what_was_typed(phone: Phone) -> None:
    for close in (lambda: phone.page.keyboard.press("Escape"), lambda: phone.page.locator("h1").click()):
        phone.field.fill("")
        phone.type("ca phe")
        phone.options()
        close()
        phone.page.wait_for_selector("#hits", state="hidden")
        assert phone.field.get_attribute("aria-expanded") == "false"
        assert phone.field.input_value() == "ca phe"


def test_a_thumb_on_a_suggestion_opens_it(phone: Phone) -> None:
    phone.type("tra bup")
    phone.options()
    phone.page.locator("#hits li").first.click()
    phone.page.wait_for_url(f"**/verify/01/{TEA}*")


def test_every_suggestion_is_big_enough_for_a_thumb_and_stays_on_the_screen(phone: Phone) -> None:
    phone.type("do")
    phone.options()
    boxes = [one.bounding_box() for one in phone.page.locator("#hits li").all()]
    assert min(box["height"] for box in boxes) >= 44
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_word_that_is_still_being_put_together_is_not_searched_for(phone: Phone) -> None:
    phone.field.focus()
    phone.compose("c", "ca", "caf", "cà", text="cà ")
    phone.require_asked("cà ")
    phone.compose("p", "ph", "phe", "phê", text="phê")
    phone.require_asked("cà ", "cà phê")
    assert phone.options() == ["Cà phê robusta Suối Ngàn rang mộc"]


def test_markup_in_an_answer_stays_text(phone: Phone) -> None:
    nasty = {"said": "<b>1</b>", "hits": [{"name": "<img src=x onerror=alert(1)>", "about": "<i>", "url": "/"}]}
    phone.page.route("**/search.json?*", lambda route: route.fulfill(json=nasty))
    phone.type("ca phe")
    assert phone.options() == ["<img src=x onerror=alert(1)>"]
    assert phone.page.locator("#hits img, #hits i, [role=status] b").count() == 0


def test_axe_finds_no_barrier_in_the_open_list(phone: Phone, axe: str) -> None:
    phone.type("do")
    phone.options()
    phone.page.keyboard.press("ArrowDown")
    assert barriers(phone.page, axe) == []
    assert barriers_in_the_dark(phone.page) == []


@pytest.mark.parametrize("fault", ["abort", "500", "404"])
def test_where_suggestions_fail_the_form_still_works(chromium: Any, service: Served, fault: str) -> None:
    phone = Phone(chromium, service.url)
    answer = (lambda route: route.abort()) if fault == "abort" else (lambda route: route.fulfill(status=int(fault)))
    phone.page.route("**/search.json?*", answer)
    phone.type("ca phe")
    phone.page.wait_for_timeout(WAIT)
    assert phone.page.locator("#hits li").count() == 0
    phone.page.keyboard.press("Enter")
    phone.page.wait_for_url("**/search?*")
    assert [one for one in phone.broken if "Failed to load" not in one] == []
    phone.context.close()


def test_without_javascript_the_form_finds_products_and_codes(chromium: Any, service: Served) -> None:
    phone = Phone(chromium, service.url, java_script_enabled=False)
    phone.field.fill("ca phe dak lak")
    phone.page.locator("form.find button").click()
    phone.page.wait_for_load_state()
    assert phone.page.locator("main a.product").count() == 1
    phone.page.locator("main a.product").click()
    assert COFFEE in phone.page.url
    phone.page.goto(service.url)
    phone.field.fill("DM2610B")
    phone.page.locator("form.find button").click()
    assert f"/01/{TEA}/10/DM2610B" in phone.page.url
    phone.context.close()
