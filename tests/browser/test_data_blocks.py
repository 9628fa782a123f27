"""A data block stands in a page whose policy lets no script run: it can be read, it runs nothing, nothing complains."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.web import page_app

playwright_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
WITH_DATA = ("DM2610B", "DM2607A", "product", "item", "copy-suspected", "links")
_BLOCK = "document.querySelector('script[type=\"application/ld+json\"]')"
_TYPE = 'type="application/ld+json"'

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="Chromium is not installed: apt-get install chromium"
)


@dataclass
class Phone:
    """A page of a browser, and everything its console was told."""

    page: Any
    told: list[str] = field(default_factory=list)

    def open(self, address: str) -> list[str]:
        """What the console was told while the page at `address` was opened."""
        self.told.clear()
        self.page.goto(address, wait_until="load")
        return list(self.told)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, page_app.make_app(), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}/p"
    server.shutdown()


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        made = Phone(browser.new_page())
        made.page.on("console", lambda message: made.told.append(message.text))
        made.page.on("pageerror", lambda error: made.told.append(str(error)))
        yield made
        browser.close()


@pytest.mark.parametrize("name", WITH_DATA)
def test_a_data_block_is_there_to_be_read_and_the_policy_does_not_mind(phone: Phone, site: str, name: str) -> None:
    for lang in ("vi", "en"):
        assert phone.open(f"{site}/{name}?lang={lang}") == []
        assert phone.page.evaluate(f"typeof JSON.parse({_BLOCK}.textContent)") == "object"


def test_the_same_block_as_a_script_would_be_refused_and_this_test_would_see_it(phone: Phone, site: str) -> None:
    def as_script(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(_TYPE, 'type="text/javascript"'))

    phone.page.route("**/p/DM2610B", as_script)
    try:
        told = phone.open(f"{site}/DM2610B")
    finally:
        phone.page.unroute("**/p/DM2610B")
    assert any("Content Security Policy" in one for one in told), told


def test_a_block_takes_no_room_and_is_read_to_nobody(phone: Phone, site: str) -> None:
    phone.open(f"{site}/DM2610B")
    assert phone.page.evaluate(f"{_BLOCK}.getBoundingClientRect().height") == 0
    assert "schema.org" not in phone.page.evaluate("document.body.innerText")
