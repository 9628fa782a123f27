from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import builders as make
from traceapp.core.facts import CertificateFact, CertificateState
from traceapp.core.folding import fold
from traceapp.core.places import PROVINCES
from traceapp.core.searchable import (
    LONGEST_QUESTION,
    MOST_ASKED,
    Question,
    StarSpan,
    document_of,
    lot_term,
    read_question,
    star_spans,
)

CODE = "09520000000127"


def decision(stars: int | None, issued: str, **more: object) -> CertificateFact:
    day = date.fromisoformat(issued)
    return make.certificate(**{"scheme": "OCOP", "id": issued, "stars": stars, "issued": day, "expires": None, **more})


def asked(text: str) -> tuple[list[str], set[int]]:
    question = read_question(text)
    return ["".join(word.folded) for word in question.words], set(question.stars)


# Questions


@pytest.mark.parametrize(
    ("text", "words", "stars"),
    [
        ("cà phê", ["ca", "phe"], set()),
        ("5 sao", [], {5}),
        ("4 sao Sóc Trăng", ["soc", "trang"], {4}),
        ("OCOP 4 sao", [], {4}),
        ("chè ocop 3 sao Tân Cương", ["che", "tan", "cuong"], {3}),
        ("4 sao ocop chè", ["che"], {4}),
        ("4-star coffee", ["coffee"], {4}),
        ("5 STARS", [], {5}),
        ("chè 5★", ["che"], {5}),
        ("3⭐️ 4⭐️", [], {3, 4}),
        ("4sao", [], {4}),
        ("ocop", [], {1, 2, 3, 4, 5}),
        ("gạo OCOP Sóc Trăng", ["gao", "soc", "trang"], {1, 2, 3, 4, 5}),
        ("Vịnh Sao 40°N", ["vinh", "sao", "40", "n"], set()),
        ("4 sáo", ["4", "sao"], set()),
        ("6 sao", ["6", "sao"], set()),
        ("14 sao", ["14", "sao"], set()),
        ("4 saobien", ["4", "saobien"], set()),
        ("ocopa", ["ocopa"], set()),
    ],
)
def test_stars_are_read_out_of_what_is_typed(text: str, words: list[str], stars: set[int]) -> None:
    assert asked(text) == (words, stars)


def test_decomposed_text_asks_for_the_same() -> None:
    assert read_question("4 sa\u0301o") == read_question("4 sáo")


@pytest.mark.parametrize("text", ["", " ", "*", '"', "★", "\x00", "'; --", "🍯", "()"])
def test_nothing_but_marks_asks_for_nothing(text: str) -> None:
    assert read_question(text).is_empty


def test_the_last_word_may_go_on_until_a_space_is_typed() -> None:
    assert read_question("ca ph").is_open
    assert not read_question("ca phe ").is_open


def test_what_is_typed_without_end_is_cut() -> None:
    assert len(read_question("a " * 5000).words) == MOST_ASKED
    assert len(read_question("x" * 10_000).words) == 1
    assert read_question(" " * LONGEST_QUESTION + "chè").is_empty


@given(st.text(max_size=300))
def test_whatever_is_typed_is_a_question(text: str) -> None:
    assert isinstance(read_question(text), Question)


# Documents


def test_a_product_is_found_by_its_names_producer_place_group_and_code() -> None:
    maker = make.organisation(
        name="HTX Chè Đồi Mây", ward="Xã Tân Cương", province_code="66", address_old="Bến Tre (cũ)"
    )
    document = document_of(make.product(name_en="Bud tea", group="Đồ uống"), maker, ())
    assert {"tra", "bud", "tea"} <= document.name.folded
    assert {
        "doi",
        "may",
        "tan",
        "cuong",
        "ben",
        "tre",
        "dak",
        "daklak",
        "dac",
        "66",
        "do",
        "uong",
    } <= document.rest.folded
    assert {document.code, document.code.lstrip("0")} <= document.rest.folded
    assert (document.province, document.organisation) == ("66", document.organisation)
    assert document.sort_name == fold(make.product().name_vi)


def test_no_word_is_made_of_the_end_of_one_text_and_the_start_of_the_next() -> None:
    maker = make.organisation(name="HTX Đồi Mây", ward="Xã Tân Cương")
    assert "mayxa" not in document_of(make.product(), maker, ()).rest.folded


def test_a_product_without_a_producer_is_still_found_by_its_name() -> None:
    document = document_of(make.product(), None, ())
    assert document.name.folded
    assert document.province is None


def test_an_erased_name_is_not_filed() -> None:
    nameless = make.organisation(name=None, ward="Xã Tân Cương")
    assert "cuong" in document_of(make.product(), nameless, ()).rest.folded


def test_every_province_is_found_by_its_name_and_its_code() -> None:
    for code, name in PROVINCES.items():
        rest = document_of(make.product(), make.organisation(province_code=code), ()).rest.folded
        assert {code, fold(name).split()[-1]} <= rest


def test_a_lot_number_is_filed_as_it_is_asked_for() -> None:
    assert lot_term("DM-2610/B") == "dm2610b"


# Stars


def test_stars_last_36_months_from_the_decision() -> None:
    assert list(star_spans(CODE, [decision(4, "2023-10-12")])) == [StarSpan(4, date(2023, 10, 12), date(2026, 10, 12))]


def test_a_new_decision_takes_over_on_its_day() -> None:
    spans = list(star_spans(CODE, [decision(3, "2023-10-12"), decision(5, "2025-01-01")]))
    shown = [(one.stars, one.since.isoformat(), one.until.isoformat()) for one in spans]
    assert shown == [(3, "2023-10-12", "2025-01-01"), (5, "2025-01-01", "2026-10-12"), (5, "2026-10-12", "2028-01-01")]


def test_a_suspended_decision_or_another_scheme_gives_no_stars() -> None:
    suspended = decision(4, "2025-10-12", state=CertificateState.SUSPENDED)
    assert list(star_spans(CODE, [suspended, decision(None, "2025-10-12", scheme="HACCP")])) == []


def test_between_two_decisions_there_may_be_no_stars() -> None:
    spans = star_spans(CODE, [decision(3, "2020-01-01"), decision(4, "2025-01-01")])
    assert [(one.stars, one.since.year, one.until.year) for one in spans] == [(3, 2020, 2023), (4, 2025, 2028)]


def test_a_product_without_a_gtin_has_stars_too() -> None:
    assert [one.stars for one in star_spans("T0000000000AC", [decision(4, "2025-10-12")])] == [4]


def test_a_decision_that_ends_sooner_ends_its_stars_sooner() -> None:
    [span] = star_spans(CODE, [decision(4, "2025-10-12", expires=date(2026, 1, 1))])
    assert span.until == date(2026, 1, 1)
