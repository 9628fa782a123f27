"""The whole way of a question on a phone without JavaScript: asked, answered at the command line, shown on the page.

The service is a process as an operator starts it, on a demonstration of its own. From one address it takes eight
messages in an hour, so that all tests here together send no more.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.measures import OVERFLOW, SMALL_TARGETS, barriers, barriers_in_the_dark
from tests.pictures import exif, scene, written
from tests.web.serving import Served
from traceapp.services.accounts.form_tokens import LEAST_SECONDS

LOT = "/01/09520000000127/10/DM2610B"
WORDS = {"vi": "Chè này pha nước bao nhiêu độ?", "en": "How hot should the water for this tea be?"}
ANSWER = "Nước 80 độ, hãm hai phút."
READING = LEAST_SECONDS + 1.2


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """A phone without JavaScript."""
    context = chromium.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=False, locale="vi-VN")
    yield context.new_page()
    context.close()


def fill_in(page: Any, words: str, contact: str = "", photo: Path | None = None) -> None:
    """As a person does, who needs a moment."""
    page.locator("#words").fill(words)
    page.locator("#contact").fill(contact)
    if photo:
        page.locator("#photo").set_input_files(photo)
    time.sleep(READING)
    page.locator("form.form button").click()
    page.wait_for_load_state()


def was_sent_at_once(page: Any, address: str, words: str) -> bool:
    """As a program does; not where the machine was so busy that this took as long as a person takes."""
    begun = time.monotonic()
    page.goto(address)
    page.locator("#words").fill(words)
    if time.monotonic() - begun > 1:
        return False
    page.locator("form.form button").click()
    return time.monotonic() - begun < LEAST_SECONDS - 1


def reference_on(page: Any) -> str:
    found: str = page.locator(".number").inner_text()
    return found


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_question_is_asked_answered_and_shown_with_how_long_it_took(
    phone: Any, service: Served, lang: str, tmp_path: Path
) -> None:
    photo = tmp_path / "pack.jpg"
    photo.write_bytes(written(scene(), exif=exif(6)))
    phone.goto(f"{service.url}/ask{LOT}?lang={lang}")
    fill_in(phone, WORDS[lang], "0912 345 678", photo)
    reference = reference_on(phone)
    assert re.fullmatch(r"([0-9A-Z]{4}-){4}[0-9A-Z]{4}", reference)
    assert reference in phone.url and WORDS[lang] in phone.locator("main").inner_text()
    sent = phone.url

    page = f"{service.url}{LOT}"
    phone.goto(page)
    assert WORDS[lang] not in phone.content(), "nothing shows before it is answered"
    shown = service.traceapp("messages", "show", reference, "--photo", str(tmp_path / "seen.webp"))
    assert "0912 345 678" in shown.stdout and (tmp_path / "seen.webp").exists()
    answered = service.traceapp("messages", "answer", reference, ANSWER)
    assert answered.returncode == 0, answered.stderr

    phone.goto(page)
    section = phone.locator("section:has(#answers)").inner_text()
    assert WORDS[lang] in section and ANSWER in section
    assert "Trả lời sau 1 phút" in section and "không ký tên" in section
    assert not re.search(r"0912\W*345", phone.content())
    phone.goto(sent)
    assert ANSWER in phone.locator("main").inner_text()
    phone.locator("section:has(#erase) button").click()
    phone.wait_for_load_state()
    assert phone.locator("#erase").count() == 0
    assert "Contact: none given" in service.traceapp("messages", "show", reference).stdout


@pytest.mark.parametrize(
    ("lang", "about", "word"), [("vi", "Ảnh, nếu có", "Chọn ảnh"), ("en", "A photo, if you have one", "Choose a photo")]
)
def test_a_photo_is_chosen_by_a_button_that_speaks_the_pages_language(
    phone: Any, service: Served, lang: str, about: str, word: str, tmp_path: Path
) -> None:
    photo = tmp_path / "pack.jpg"
    photo.write_bytes(written(scene()))
    phone.goto(f"{service.url}/ask{LOT}?lang={lang}")
    assert phone.evaluate("getComputedStyle(document.querySelector('#photo'), '::file-selector-button').opacity") == "0"
    by_name = phone.get_by_role("button", name=f"{about} {word}")
    with phone.expect_file_chooser():
        by_name.press("Enter")
    phone.reload()
    with phone.expect_file_chooser() as asked:
        phone.get_by_text(word, exact=True).click()
    asked.value.set_files(photo)
    assert by_name.evaluate("one => one.files[0].name") == "pack.jpg"


def test_an_answer_shows_in_the_readers_language_around_it(phone: Any, service: Served) -> None:
    phone.goto(f"{service.url}/ask{LOT}?lang=vi")
    fill_in(phone, "Có bán ở Hà Nội không?")
    service.traceapp("messages", "answer", reference_on(phone), "Có, ở chợ Đồng Xuân.")
    phone.goto(f"{service.url}/verify{LOT}?lang=en")
    section = phone.locator("section:has(#answers)")
    assert "Answered after 1 minute" in section.inner_text()
    assert section.locator("[lang=vi]").first.inner_text() == "Có bán ở Hà Nội không?"


def test_answers_do_not_push_a_page_onto_a_second_sheet_of_paper(chromium: Any, service: Served) -> None:
    page = chromium.new_page()
    for lang in ("vi", "en"):
        page.goto(f"{service.url}/01/09520000000110/10/VS2609A?lang={lang}")
        assert page.locator("section:has(#answers)").is_visible(), "the demonstration has an answered question here"
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4", prefer_css_page_size=True))) == 1
    page.close()


def test_a_report_about_a_label_that_nobody_issued_is_received(phone: Any, service: Served) -> None:
    phone.goto(f"{service.url}/report{LOT}/21/0000000000000?lang=vi")
    fill_in(phone, "Mua ở chợ, tem in mờ.")
    waiting = service.traceapp("messages", "list").stdout
    assert reference_on(phone) in waiting and f"{LOT}/21/0000000000000" in waiting


def test_what_was_typed_is_still_there_when_something_is_wrong(phone: Any, service: Served, tmp_path: Path) -> None:
    odd = tmp_path / "pack.svg"
    odd.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    phone.goto(f"{service.url}/ask{LOT}?lang=vi")
    fill_in(phone, WORDS["vi"], "0912", odd)
    assert phone.locator("#words").input_value() == WORDS["vi"]
    assert phone.locator("#contact").input_value() == "0912"
    assert "không phải ảnh" in phone.locator("#photo-e").inner_text()
    phone.locator("form.form button").click()
    assert reference_on(phone), "without the file it goes through"


def test_a_program_that_fills_in_everything_at_once_is_asked_to_press_again(phone: Any, service: Served) -> None:
    while not was_sent_at_once(phone, f"{service.url}/report{LOT}?lang=vi", "Tem bị bóc rồi dán lại."):
        pass
    assert "Bấm gửi lần nữa" in phone.locator("[role=alert]").inner_text()
    time.sleep(READING)
    phone.locator("form.form button").click()
    assert reference_on(phone)


def test_the_forms_fit_a_phone_and_axe_finds_no_barrier(chromium: Any, service: Served, axe: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 640}, locale="vi-VN")
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda one: refused.append(one.text) if "Security Policy" in one.text else None)

    def inspect(name: str) -> None:
        assert page.evaluate(OVERFLOW) <= 0, name
        small = [one for one in page.evaluate(SMALL_TARGETS) if 'name="website"' not in one]
        assert small == [], name
        assert barriers(page, axe) == [], name
        assert barriers_in_the_dark(page) == [], name

    for lang in ("vi", "en"):
        for kind in ("ask", "report"):
            page.goto(f"{service.url}/{kind}{LOT}?lang={lang}")
            inspect(f"{kind} {lang}")
            page.locator("form.form button").click()
            page.wait_for_load_state()
            assert page.locator(".wrong").count() == 1
            inspect(f"{kind} {lang} wrong")
    page.goto(f"{service.url}/ask{LOT}?lang=vi")
    fill_in(page, "Chè này để được bao lâu?", "0912345678")
    service.traceapp("messages", "answer", reference_on(page), ANSWER)
    page.reload()
    inspect("message")
    page.goto(f"{service.url}{LOT}")
    assert page.locator("#answers").count() == 1
    page.evaluate("document.documentElement.style.fontSize = '160%'")
    assert page.evaluate(OVERFLOW) <= 0
    assert refused == []
    context.close()
