"""Answered questions on verdict pages: there with the next scan, escaped, and for nothing where nothing changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.web.conftest import ON_ONE_DATABASE, Page, Site
from traceapp.core.digital_link import parse_path
from traceapp.services.messages import inbox as messages
from traceapp.services.messages.inbox import Letter, Message
from traceapp.web.public import answers

PRODUCT, LOT = "/01/09520000000127", "/01/09520000000127/10/DM2610B"
WORDS, REPLY = "Chè này pha nước bao nhiêu độ?", "Nước 80 độ, hãm hai phút."


def asked(site: Site, words: str = WORDS, path: str = LOT, *, report: bool = False, **ago: float) -> str:
    identity = parse_path(path).identity
    assert identity is not None
    letter = Letter(identity, words, "vi", words.encode()[:40], contact="0912 345 678")
    with site.world.write_aside() as connection:
        keep = messages.report if report else messages.ask
        return keep(connection, letter, site.world.host, site.clock() - timedelta(**ago))


def answered(site: Site, reference: str, reply: str = REPLY, *, public: bool = True) -> Message:
    with site.world.write() as connection:
        return messages.answer(connection, reference, reply, "cli", site.clock(), public=public)


def section(page: Page) -> str:
    """The words of the section with the answers, empty where there is none."""
    for one in page.tree.iter("section"):
        if one.get("aria-labelledby") == "answers":
            return " ".join("".join(one.itertext()).split())
    return ""


@pytest.fixture(params=["product", "lot", "item", "fixed"])
def path(request: pytest.FixtureRequest, site: Site) -> str:
    """Every kind of address that the question is shown at."""
    return {
        "product": PRODUCT,
        "lot": LOT,
        "item": site.item("DM2610B", 1),
        "fixed": f"/verify{LOT}?lang=vi",
    }[str(request.param)]


def test_an_answer_shows_with_the_next_scan_in_every_worker(site: Site, path: str) -> None:
    other = site.worker()
    for _ in range(3):
        assert section(site.page(path)) == section(other.page(path)) == ""
    reference = asked(site, hours=5)
    site.clock.tick(seconds=5)
    assert section(site.page(path)) == "", "not before somebody answered"
    answered(site, reference)
    if site.world.watch.stamp() is None:
        # This database cannot tell whether anything was committed: a few seconds may pass.
        site.clock.tick(seconds=5)
    for one in (site, other, site):
        said = section(one.page(path))
        assert WORDS in said and REPLY in said and "Trả lời sau 5 giờ." in said
        assert "không ký tên" in said, "the page says whose word it is"
    with site.world.write() as connection:
        messages.refuse(connection, reference, "Rút lại.", "cli", site.clock())
    site.clock.tick(seconds=5)
    assert section(site.page(path)) == section(other.page(path)) == ""


@ON_ONE_DATABASE
def test_the_section_speaks_the_readers_language_and_marks_the_askers(site: Site) -> None:
    answered(site, asked(site, minutes=1))
    page = site.page(f"/verify{LOT}?lang=en")
    assert "Questions and answers" in section(page) and "Answered after 1 minute." in section(page)
    marked = [one for one in page.tree.iter("p") if one.get("lang") == "vi" and WORDS in "".join(one.itertext())]
    assert len(marked) == 1
    vietnamese = site.page(LOT).tree.iter("p")
    assert not [one for one in vietnamese if one.get("lang") == "vi" and WORDS in "".join(one.itertext())]


@ON_ONE_DATABASE
def test_nothing_that_somebody_wrote_becomes_markup_and_no_contact_shows(site: Site) -> None:
    words = "<script>alert(1)</script> gọi 0987 654 321 hay a.b@example.vn? <!--checked-at-->"
    answered(site, asked(site, words), "<b>Cảm ơn</b> &amp; <!--scan-lines-->")
    for path in (LOT, site.item("DM2610B", 2), PRODUCT):
        text = site.ask(path).text
        assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text
        assert "&lt;b&gt;Cảm ơn&lt;/b&gt; &amp;amp;" in text
        assert not re.search(r"0987\W*654|0912\W*345|a\.b@", text)


def test_a_report_a_private_answer_and_a_stranger_page_show_nothing(site: Site) -> None:
    answered(site, asked(site, "Tem bị bóc rồi dán lại.", report=True))
    answered(site, asked(site, "Câu này chỉ hỏi riêng."), public=False)
    answered(site, asked(site, "Câu này ai cũng xem được."))
    said = section(site.page(LOT))
    assert "ai cũng xem được" in said and "hỏi riêng" not in said and "bóc" not in said
    never = site.page(f"{LOT}/21/0000000000000")
    assert never.headline == "code-unknown" and section(never) == ""
    assert section(site.page(site.lot("DG1115"))) == "", "another product's page"


def test_an_unusual_items_page_has_them_too(site: Site) -> None:
    answered(site, asked(site))
    copied = site.item("DH2511", 7)
    assert site.page(copied).headline == "copy-suspected"
    answered(site, asked(site, "Mắm này có cặn, dùng được không?", path=copied.rpartition("/21/")[0]))
    site.clock.tick(seconds=5)
    assert "có cặn" in section(site.page(copied))


def test_nobody_is_asked_again_while_nothing_changed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(site, asked(site))
    read = counted(monkeypatch)
    for number in range(1, 9):
        assert WORDS in section(site.page(site.item("DM2610B", number)))
        assert WORDS in section(site.page(LOT))
    assert read() <= 2


def test_a_page_without_answers_asks_no_more_often(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    read = counted(monkeypatch)
    for _ in range(10):
        site.ask(LOT)
    assert read() <= 2


def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often answers were read from the database."""
    calls: list[object] = []
    real = answers.answered_of

    def answered_of(*given: object) -> object:
        calls.append(given)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "answered_of", answered_of)
    return lambda: len(calls)


@ON_ONE_DATABASE
def test_programs_get_the_same_verdict_as_before(site: Site) -> None:
    before = site.verdict(LOT)
    answered(site, asked(site))
    assert site.verdict(LOT) == before


def test_the_demonstration_shows_a_question_that_was_answered_after_five_hours(site: Site) -> None:
    said = section(site.page(site.lot("VS2609A")))
    assert "có cần cất tủ lạnh không?" in said and "Trả lời sau 5 giờ." in said
