"""What people do with a phone, without JavaScript: type a code, scan a label, change the language, take the proof home.

The service is a process as an operator starts it, on a demonstration of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.web.serving import Served

PHONE = {"width": 360, "height": 640}
LOT, PRODUCT = "DM2610B", "09520000000127"


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """A phone without JavaScript, set to Vietnamese."""
    yield from a_phone(chromium, "vi-VN")


@pytest.fixture(params=["vi-VN", "en-GB"])
def either_phone(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The same, set to each of our languages."""
    yield from a_phone(chromium, request.param)


def a_phone(chromium: Any, locale: str) -> Iterator[Any]:
    """Nothing on it may fail to load, and no page may ask for what its own policy forbids."""
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False, locale=locale)
    page = context.new_page()
    broken: list[str] = []
    page.on("requestfailed", lambda one: broken.append(one.url))
    page.on("console", lambda one: broken.append(one.text) if one.type == "error" and "404" not in one.text else None)
    yield page
    context.close()
    assert [one for one in broken if not one.endswith(".zip") and "/bundle/" not in one] == []


def lang_of(page: Any) -> str:
    found: str = page.locator("html").get_attribute("lang")
    return found


def headline(page: Any) -> str:
    found: str = page.locator("[data-headline]").get_attribute("data-headline")
    return found


def findings(page: Any) -> set[str]:
    return set(re.findall(r'data-finding="([^"]+)"', page.content()))


@dataclass(frozen=True)
class Labels:
    """The addresses in two labels' codes, as a scanner reads them."""

    plain: str
    signed: str

    def of(self, *, signed: bool) -> str:
        return self.signed if signed else self.plain


@pytest.fixture(scope="module")
def labels(service: Served) -> Labels:
    def printed(*arguments: str) -> str:
        done = service.traceapp("url", LOT, "--item", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return Labels(printed("5"), printed("40", "--signed"))


def type_code(page: Any, text: str) -> None:
    page.locator("input[name=code]").fill(text)
    with page.expect_navigation():
        page.locator("form.find button").click()


# Typing


def test_a_typed_code_opens_its_page(either_phone: Any, service: Served) -> None:
    for typed in (LOT, LOT.lower(), PRODUCT, " 0952 0000 00012-7 ", f"/01/{PRODUCT}/10/{LOT}"):
        either_phone.goto(service.url)
        language = lang_of(either_phone)
        type_code(either_phone, typed)
        assert either_phone.url.startswith(f"{service.url}/01/{PRODUCT}")
        assert (headline(either_phone), lang_of(either_phone)) == ("record-authentic", language)
        assert "not-proved" in findings(either_phone)


def test_a_recalled_lot_says_so_and_what_to_do(phone: Any, service: Served) -> None:
    phone.goto(service.url)
    type_code(phone, "DM2607A")
    assert headline(phone) == "lot-recalled"
    assert phone.locator("ol.do li").count() >= 2
    assert phone.locator("a[href^='tel:']").count() == 1


def test_a_pasted_label_keeps_its_signature(phone: Any, service: Served, labels: Labels) -> None:
    phone.goto(service.url)
    type_code(phone, labels.signed)
    assert "label-signature-good" in findings(phone)


def test_a_wrong_code_says_what_may_be_typed_and_leads_back(either_phone: Any, service: Served) -> None:
    either_phone.goto(service.url)
    language = lang_of(either_phone)
    type_code(either_phone, "NO-SUCH-LOT")
    assert lang_of(either_phone) == language
    assert either_phone.locator("ol.do li").count() >= 1
    either_phone.locator("main a.btn").first.click()
    either_phone.wait_for_load_state()
    assert either_phone.locator("input[name=code]").count() == 1
    assert lang_of(either_phone) == language


def test_a_code_of_another_service_is_not_followed(phone: Any, service: Served) -> None:
    phone.goto(service.url)
    type_code(phone, f"https://evil.example/01/{PRODUCT}")
    assert phone.url.startswith(service.url)


# Scanning


@pytest.mark.parametrize("signed", [False, True])
def test_a_scanned_label_opens_the_page_of_its_item(phone: Any, service: Served, labels: Labels, signed: bool) -> None:
    address = labels.of(signed=signed)
    assert address.split("/")[2] == service.host.upper()
    phone.goto(address)
    assert headline(phone) == "record-authentic"
    assert ("label-signature-good" in findings(phone)) is signed
    assert "code-issued" in findings(phone)
    assert address.partition("?")[0].rpartition("/")[2] in phone.content()


def test_a_serial_never_issued_can_be_typed_again(either_phone: Any, labels: Labels) -> None:
    right = labels.plain
    serial = right.rpartition("/")[2]
    either_phone.goto(right[:-1] + ("0" if right[-1] != "0" else "1"))
    assert headline(either_phone) == "code-unknown"
    assert "record-authentic" not in findings(either_phone)
    language = lang_of(either_phone)
    type_code(either_phone, f" {serial.lower()[:6]} {serial.lower()[6:]} ")
    assert (headline(either_phone), lang_of(either_phone)) == ("record-authentic", language)
    assert either_phone.url.partition("?")[0].endswith(serial)


def test_a_label_of_nobody_here_is_called_unknown_and_not_bad(phone: Any, service: Served) -> None:
    answer = phone.goto(f"{service.url}/01/00000000000017/10/A/21/1")
    assert (answer.status, headline(phone)) == (404, "foreign-code")
    assert "bad" not in re.findall(r'data-severity="([^"]+)"', phone.content())


# Languages


@pytest.mark.parametrize("signed", [False, True])
def test_changing_the_language_keeps_what_was_scanned(phone: Any, labels: Labels, signed: bool) -> None:
    address = labels.of(signed=signed)
    phone.goto(address)
    first, before = lang_of(phone), findings(phone)
    switch = phone.locator("header a[hreflang]")
    for expected in ({"vi": "en", "en": "vi"}[first], first):
        switch.click()
        phone.wait_for_load_state()
        assert lang_of(phone) == expected
        assert findings(phone) - {"first-scan", "scans-normal"} == before - {"first-scan", "scans-normal"}
        path = re.sub(r"^[a-z]+://[^/]+/verify", "", phone.url).partition("?")[0]
        assert path == "/01/" + address.partition("/01/")[2].partition("?")[0]
        assert ("S=" in phone.url) is signed


def test_every_link_of_a_page_leads_somewhere(phone: Any, service: Served, labels: Labels) -> None:
    for start in (service.url, labels.plain):
        phone.goto(start)
        shops = {one.get_attribute("href") for one in phone.locator(".shops a").all()}
        links = set(re.findall(r'<(?:a|link)\b[^>]*?\bhref="([^"]+)"', phone.content().replace("&amp;", "&"))) - shops
        assert len(links) > 5
        for link in sorted(one for one in links if not one.startswith(("#", "tel:"))):
            address = link if "://" in link else service.url + link
            assert address.startswith(service.url), link
            answer = phone.request.get(address)
            assert answer.status == 200 or (answer.status == 403 and "/records/" in link), link


def test_pictures_and_styles_load(phone: Any, service: Served) -> None:
    phone.goto(f"{service.url}/01/{PRODUCT}/10/{LOT}")
    assert phone.locator("main img").count() >= 1
    for one in phone.locator("img").all():
        one.scroll_into_view_if_needed()
        assert phone.request.get(service.url + one.get_attribute("src")).status == 200
    assert phone.locator("body").evaluate("one => getComputedStyle(one).fontSize") >= "18px"


# Proof


def test_the_bundle_that_a_page_offers_is_verified_at_home(phone: Any, service: Served, tmp_path: Path) -> None:
    phone.goto(f"{service.url}/01/{PRODUCT}/10/{LOT}")
    offered = phone.locator("a[href^='/bundle/']")
    with phone.expect_download() as download:
        offered.click()
    bundle = tmp_path / download.value.suggested_filename
    download.value.save_as(bundle)
    assert bundle.name == f"traceapp-{LOT}.zip"
    assert bundle.read_bytes()[:2] == b"PK"
    trust = tmp_path / "trust.json"
    trust.write_bytes(phone.request.get(f"{service.url}/.well-known/traceapp-trust.json").body())

    alone = service.traceapp("verify", str(bundle))
    assert alone.returncode == 3, alone.stdout + alone.stderr
    pinned = service.traceapp("verify", str(bundle), "--trust", str(trust))
    assert pinned.returncode == 0, pinned.stdout + pinned.stderr
    assert "record-authentic" in pinned.stdout

    bundle.write_bytes(bundle.read_bytes().replace(b'"traceapp:quantity":900', b'"traceapp:quantity":901', 1))
    assert service.traceapp("verify", str(bundle), "--trust", str(trust)).returncode in (1, 2)
