"""What a page tells beside its verdict: story, places to buy and visit, what must be disclosed, who says what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask

from tests import builders as make
from tests.demo_facts import demo
from tests.web import page_app
from traceapp.core.digital_link import Identity
from traceapp.core.facts import CertificateState, Facts, HoldFact
from traceapp.core.identifiers import Lot, TraceCode
from traceapp.core.story import STORY_FIELDS, StoryField
from traceapp.core.verdict import judge_all
from traceapp.web.public import view
from traceapp.web.public.papers import papers
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

LANGUAGES = ("vi", "en")
POSTMART = {"kind": "buy", "platform": "Postmart", "href": "https://postmart.example/tra", "title": "Trà <Đồi> Mây"}


@pytest.fixture(scope="module", autouse=True)
def app() -> Iterator[Flask]:
    made = page_app.make_app()
    with made.app_context():
        yield made


def tree(known: Facts, lang: str = "vi", **fields: Any) -> Element:
    page = view.verdict_page(known, judge_all(known, make.NOW), page_app.context(lang, **fields))
    found: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    return found


def words(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def of_class(root: Element, name: str) -> list[Element]:
    return [one for one in root.iter() if name in one.get("class", "").split()]


def section(root: Element, heading: str) -> Element | None:
    return next((one for one in root.iter("section") if one.get("aria-labelledby") == heading), None)


def packed(**fields: Any) -> Facts:
    return make.facts(make.event("PACK", "2026-10-09"), product=make.product(**fields))


# Story


@pytest.mark.parametrize("state", page_app.LOTS)
def test_every_demo_page_tells_six_fields_in_either_language(state: str) -> None:
    for lang in LANGUAGES:
        root = tree(page_app.facts(state), lang)
        told = of_class(root, "told")
        assert len(told) == len(STORY_FIELDS)
        assert not [one for part in told for one in part.iter() if one.get("lang")]


def test_a_field_without_english_is_marked_as_vietnamese_for_who_reads_it_aloud() -> None:
    known = packed(story=(StoryField("use", "Pha 85 °C.", None), StoryField("origin", "Tân Cương", "From Tân Cương")))
    first, second = of_class(tree(known, "en"), "told")
    assert [one.get("lang") for one in first.iter("p")] == ["vi"]
    assert [one.get("lang") for one in second.iter("p")] == [None]
    assert "From Tân Cương" in words(second)


def test_a_product_that_tells_nothing_has_no_story() -> None:
    assert section(tree(packed()), "story") is None
    assert section(tree(packed(story_vi="Hái lúc tan sương.")), "story") is not None


def test_whoever_typed_a_story_for_the_producer_is_named() -> None:
    known = packed(story=(StoryField("use", "Pha 85 °C."),))
    assert known.product
    helped = replace(known.product, source=replace(known.product.source, assisted_by=make.AUTHORITY))
    found = words(section(tree(replace(known, product=helped)), "story"))
    assert "HTX Chè Đồi Mây tự khai, Chi cục Chất lượng nông sản ghi giúp" in found


# Places to buy and visit


def test_a_shops_text_is_shown_as_text_and_its_link_follows_nobody() -> None:
    shops = section(tree(packed(extra={"links": [POSTMART]})), "shops")
    assert shops is not None
    (link,) = [one for one in shops.iter("a")]
    assert (link.get("href"), link.get("rel")) == (POSTMART["href"], "nofollow noopener noreferrer")
    assert "Trà <Đồi> Mây" in words(shops)
    assert "HTX Chè Đồi Mây tự khai" in words(shops)


@pytest.mark.parametrize(
    ("status", "vietnamese", "english", "linked"),
    [
        ("listed", "đang bán", "listed", True),
        ("paused", "đang tạm ngừng", "paused", False),
        ("not-listed", "chưa bán ở đây", "not listed here yet", False),
    ],
)
def test_a_platform_is_told_with_its_status_and_linked_where_it_sells(
    status: str, vietnamese: str, english: str, linked: bool
) -> None:
    known = packed(extra={"links": [{**POSTMART, "status": status}]})
    for lang, expected in (("vi", vietnamese), ("en", english)):
        shops = section(tree(known, lang), "shops")
        assert shops is not None
        assert expected in words(shops)
        assert bool(list(shops.iter("a"))) is linked


def test_a_place_to_visit_has_an_address_and_no_link() -> None:
    place = {"kind": "visit", "title": "Vườn chè", "address": "Xóm Mẫu, Tân Cương", "hours": "8:00–17:00"}
    shops = section(tree(packed(extra={"links": [place]})), "shops")
    assert shops is not None
    assert "Vườn chè đón khách · Xóm Mẫu, Tân Cương · 8:00–17:00" in words(shops)
    assert not list(shops.iter("a"))


def test_links_that_break_the_rules_are_not_shown() -> None:
    assert section(tree(packed(extra={"links": [{**POSTMART, "href": "http://postmart.example/"}]})), "shops") is None


def test_nobody_is_sent_to_buy_what_is_on_hold() -> None:
    known = packed(extra={"links": [POSTMART]})
    hold = HoldFact(make.LOT, False, "xem lại", make.source())
    assert section(tree(known), "shops") is not None
    assert section(tree(replace(known, holds=(hold,))), "shops") is None


# What must be disclosed


def items(root: Element, numbered: bool) -> list[str]:
    (found,) = [one for one in of_class(root, "items") if ("numbered" in one.get("class", "")) is numbered]
    return [words(one) for one in found.iter("li")]


def test_the_ten_items_say_what_is_there_and_what_is_missing() -> None:
    root = tree(page_app.facts("DM2610B"))
    told = items(root, numbered=True)
    assert len(told) == 10
    assert told[1] == "Ảnh thật của sản phẩm chưa có"
    assert told[6] == "Mã truy xuất 09520000000127 · DM2610B"
    assert told[8] == "Hạn sử dụng 28/09/2028"


def test_the_passports_items_say_what_is_there_and_what_is_missing() -> None:
    told = items(tree(page_app.facts("DM2610B")), numbered=False)
    assert len(told) == 7
    assert told[0] == "Tên và mã GTIN Trà búp Đồi Mây, 09520000000127"
    assert told[-1] == "Cảnh báo an toàn chưa có"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"identity": Identity(TraceCode("T0000000000AC"), lot=Lot("L1"))}, "thiếu mã GTIN"),
        ({"product": make.product(name_vi="")}, "thiếu tên"),
        ({"producer": make.organisation(name=None)}, "thiếu tên cơ sở"),
        ({"producer": make.organisation(ward=None, province_code=None)}, "thiếu địa chỉ"),
        ({"product": make.product(shelf_life_days=30)}, "thiếu hạn dùng"),
        ({"product": make.product(shelf_life_days=30), "lot": make.lot(made=None)}, "Ngày sản xuất, hạn dùng chưa có"),
        ({"producer": None}, "Cơ sở: tên, địa chỉ, mã chưa có"),
    ],
)
def test_a_passport_says_which_part_of_an_item_is_missing(fields: dict[str, Any], expected: str) -> None:
    known = make.facts(make.event("PACK", "2026-10-09"), **fields)
    assert expected in "; ".join(items(tree(known, is_demo=False), numbered=False))


def test_a_missing_date_is_named() -> None:
    known = make.facts(make.event("PACK", "2026-10-09"), lot=make.lot(made=None, expires=make.NOW.date()))
    assert "thiếu ngày sản xuất" in "; ".join(items(tree(known), numbered=False))


@pytest.mark.parametrize("state", sorted(page_app.STATES))
def test_every_disclosure_leads_to_a_section_of_its_own_page(state: str) -> None:
    root = tree(page_app.facts(state))
    ids = {one.get("id") for one in root.iter() if one.get("id")}
    led = {one.get("href", "")[1:] for list_ in of_class(root, "items") for one in list_.iter("a")}
    assert led <= ids


# Who says what


def test_every_claim_carries_whose_word_it_is() -> None:
    for state in page_app.LOTS:
        (claims,) = of_class(tree(page_app.facts(state)), "claims")
        for claim in claims.iter("li"):
            (mark,) = of_class(claim, "mark")
            assert set(mark.get("class", "").split()) & {"declared", "confirmed", "tested", "inspected"}
            assert words(mark)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_only_the_producer_says_is_called_declared(lang: str) -> None:
    root = tree(page_app.facts("DM2610B"), lang)
    (claims,) = of_class(root, "claims")
    declared = [words(one) for one in claims.iter("li") if of_class(one, "declared")]
    for what in ("Chuyện", "Nơi bán", "Số lô") if lang == "vi" else ("story", "Places to buy", "Lot number"):
        assert [one for one in declared if what in one], what
    for heading in ("facts", "story", "shops"):
        part = section(root, heading)
        assert part is not None
        assert of_class(part, "declared"), heading


def test_the_demo_sends_nobody_to_a_real_shop() -> None:
    hrefs = [link["href"] for product in demo()["products"] for link in product["links"] if "href" in link]
    assert len(hrefs) >= 8
    assert all(href.split("/")[2].endswith(".example") for href in hrefs)


def test_a_number_stays_beside_its_unit_at_the_end_of_a_line() -> None:
    told = of_class(
        tree(packed(story=(StoryField("use", "5 g chè, 150 ml nước 85 °C, đợi 40 giây, bốn nước."),))), "told"
    )
    nbsp = "\N{NO-BREAK SPACE}"
    assert f"5{nbsp}g chè, 150{nbsp}ml nước 85{nbsp}°C, đợi 40{nbsp}giây, bốn" in "".join(told[0].itertext())


# Decisions whose stars do not count


def _states(*decisions: Any) -> list[str]:
    known = make.facts(certificates=decisions)
    with page_app.make_app().test_request_context():
        return [one.state for one in papers(known, judge_all(known, make.NOW), Say("vi", gettext))]


def test_a_newer_decision_is_not_called_an_old_one() -> None:
    old = make.certificate("OCOP", issued=date(2023, 10, 12), expires=None)
    between = make.certificate("OCOP", issued=date(2024, 3, 1), expires=None)
    declared = make.certificate(
        "OCOP", issued=date(2026, 11, 1), expires=None, state=CertificateState.DECLARED, source=make.source()
    )
    to_come = make.certificate("OCOP", issued=date(2026, 12, 1), expires=None)
    assert _states(old, declared) == ["Hết hiệu lực từ 12/10/2026", "Giấy mới, nơi cấp chưa xác nhận"]
    assert _states(old, between) == ["Giấy cũ, đã có giấy mới hơn", "Còn hiệu lực"]
    assert _states(between, to_come) == ["Còn hiệu lực", "Có hiệu lực từ 01/12/2026"]
    assert _states(to_come) == ["Có hiệu lực từ 01/12/2026"]
