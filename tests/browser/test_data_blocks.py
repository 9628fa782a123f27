"""A data block stands in a page whose policy lets no script run: it can be read, it runs nothing, nothing complains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

WITH_DATA = ("DM2610B", "DM2607A", "product", "item", "copy-suspected", "links")
_BLOCK = "document.querySelector('script[type=\"application/ld+json\"]')"
_TYPE = 'type="application/ld+json"'


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
def phone(chromium: Any) -> Iterator[Phone]:
    made = Phone(chromium.new_page())
    made.page.on("console", lambda message: made.told.append(message.text))
    made.page.on("pageerror", lambda error: made.told.append(str(error)))
    yield made
    made.page.close()


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
