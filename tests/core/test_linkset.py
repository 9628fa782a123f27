"""Linksets validate, and the best link is chosen as the resolver standard asks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.errors import InvalidIdentifier, NotFound
from traceapp.core.linkset import (
    DEFAULT_LINK,
    Link,
    choose,
    forward,
    full_link_type,
    link_context,
    linkset,
    wants_linkset,
)

SCHEMA = Path(__file__).resolve().parents[2].parent / "shared/vectors/gs1-linkset-schema.json"
ANCHOR = "https://id.example.vn/01/09520000000110/10/VS2609A"
VERDICT = Link("gs1:traceability", "https://id.example.vn/verify/01/09520000000110/10/VS2609A", "Hồ sơ")
VIETNAMESE = Link("gs1:pip", "https://example.vn/vi", "Sản phẩm", ("vi",), "text/html")
ENGLISH = Link("gs1:pip", "https://example.vn/en", "Product", ("en", "en-GB"), "text/html")
PDF = Link("gs1:pip", "https://example.vn/pdf", "Tờ giới thiệu", ("vi",), "application/pdf")
OPEN = Link("gs1:pip", "https://example.vn/any", "Sản phẩm")
FULL = Link(
    "https://gs1.org/voc/certificationInfo",
    "https://example.vn/cert?a=1#x",
    "Giấy chứng nhận",
    ("vi", "en"),
    "application/pdf",
    ("VN",),
    public=True,
    fwqs=False,
)


def hrefs(
    links: Sequence[Link], *, accept_language: str = "", accept: str = "", context: str | None = None
) -> list[str]:
    chosen = choose(links, link_type="gs1:pip", accept_language=accept_language, accept=accept, context=context)
    return [link.href.rpartition("/")[2] for link in chosen.links]


@pytest.mark.skipif(not SCHEMA.exists(), reason="the published schema is not on this machine")
def test_a_linkset_satisfies_the_published_schema() -> None:
    above = link_context("https://id.example.vn/01/09520000000110", "Nước mắm", [PDF])
    made = linkset(ANCHOR, "Nước mắm, lô VS2609A", [VIETNAMESE, ENGLISH, FULL, OPEN], VERDICT, above=[above])
    jsonschema.validate(made, json.loads(SCHEMA.read_text()))


def test_a_linkset_groups_links_by_their_full_type() -> None:
    made = linkset(ANCHOR, "Nước mắm", [VIETNAMESE, FULL, ENGLISH], VERDICT)
    assert made == {
        "linkset": [
            {
                "anchor": ANCHOR,
                "itemDescription": "Nước mắm",
                DEFAULT_LINK: [{"href": VERDICT.href, "title": "Hồ sơ"}],
                "https://ref.gs1.org/voc/traceability": [{"href": VERDICT.href, "title": "Hồ sơ"}],
                "https://ref.gs1.org/voc/pip": [
                    {"href": VIETNAMESE.href, "title": "Sản phẩm", "hreflang": ["vi"], "type": "text/html"},
                    {"href": ENGLISH.href, "title": "Product", "hreflang": ["en", "en-GB"], "type": "text/html"},
                ],
                "https://ref.gs1.org/voc/certificationInfo": [
                    {
                        "href": "https://example.vn/cert?a=1#x",
                        "title": "Giấy chứng nhận",
                        "hreflang": ["vi", "en"],
                        "type": "application/pdf",
                        "context": ["VN"],
                        "public": True,
                        "fwqs": False,
                    }
                ],
            }
        ]
    }


def test_there_is_exactly_one_default_link_and_it_is_bare() -> None:
    stray = Link(DEFAULT_LINK, "https://example.vn/other", "Khác")
    (context,) = linkset(ANCHOR, "x", [stray, VIETNAMESE], VIETNAMESE)["linkset"]
    assert context[DEFAULT_LINK] == [{"href": VIETNAMESE.href, "title": "Sản phẩm"}]
    assert len(context["https://ref.gs1.org/voc/pip"]) == 1


def test_a_default_without_another_type_stands_once() -> None:
    default = Link("gs1:defaultLink", VERDICT.href, "Hồ sơ")
    (context,) = linkset(ANCHOR, "x", [], default)["linkset"]
    assert sorted(context) == ["anchor", DEFAULT_LINK, "itemDescription"]


def test_an_anchor_above_needs_no_default_of_its_own() -> None:
    made = link_context("https://id.example.vn/01/09520000000110", "Nước mắm", [VIETNAMESE])
    assert DEFAULT_LINK not in made
    assert [link["href"] for link in made["https://ref.gs1.org/voc/pip"]] == [VIETNAMESE.href]


@pytest.mark.parametrize(
    "text",
    [
        "gs1:pip",
        "https://gs1.org/voc/pip",
        "http://gs1.org/voc/pip",
        "https://www.gs1.org/voc/pip",
        "https://ref.gs1.org/voc/pip",
    ],
)
def test_link_types_are_known_in_every_namespace_in_use(text: str) -> None:
    assert full_link_type(text) == "https://ref.gs1.org/voc/pip"
    assert choose([OPEN], link_type=text).link == OPEN


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"link_type": "pip"}, "Link type 'pip'"),
        ({"link_type": "gs1:"}, "Link type 'gs1:'"),
        ({"href": "javascript:alert(1)"}, "Link target"),
        ({"href": "https://example.vn/a b"}, "Link target"),
        ({"href": "https://example.vn/a\r\nX: y"}, "Link target"),
        ({"href": 'https://example.vn/">'}, "Link target"),
        ({"hreflang": ("vie",)}, "Link language"),
        ({"type": "html"}, "Media type"),
        ({"title": " "}, "has no title; give it one"),
    ],
)
def test_a_link_that_no_linkset_can_carry_cannot_be_built(changed: dict[str, object], reason: str) -> None:
    fields: dict[str, object] = {"link_type": "gs1:pip", "href": "https://example.vn/", "title": "x"}
    with pytest.raises(InvalidIdentifier, match=reason):
        Link(**(fields | changed))  # type: ignore[arg-type]


def test_an_anchor_must_be_an_address() -> None:
    with pytest.raises(InvalidIdentifier, match="Anchor"):
        linkset("/01/09520000000110", "x", [], VERDICT)


def test_without_a_wanted_type_the_default_is_chosen() -> None:
    assert choose([VIETNAMESE], default=VERDICT).link == VERDICT
    assert choose([VIETNAMESE], link_type="gs1:defaultLink", default=VERDICT).link == VERDICT
    listed = Link(DEFAULT_LINK, "https://example.vn/d", "x")
    assert choose([VIETNAMESE, listed]).link == listed


@pytest.mark.parametrize("wanted", [None, "gs1:recipeInfo", "gs1:nosuchlt", "", "\ud800"])
def test_a_type_that_is_not_there_is_not_found(wanted: str | None) -> None:
    with pytest.raises(NotFound, match="There is no link of type"):
        choose([VIETNAMESE], link_type=wanted)


@pytest.mark.parametrize(
    ("accept_language", "expected"),
    [
        ("vi", ["vi"]),
        ("VI-VN,vi;q=0.9,en;q=0.8", ["vi"]),
        ("vi-VN", ["vi"]),
        ("en", ["en"]),
        ("en-GB", ["en"]),
        ("en-US;q=0.4, fr;q=0.9", ["en"]),
        ("en;q=0.5, vi;q=0.7", ["vi"]),
        ("en, vi", ["en"]),
        ("fr", ["any"]),
        ("", ["any"]),
        ("*", ["any"]),
        ("*;q=0.1, en;q=0.2", ["en"]),
        ("vi;q=0, *", ["any"]),
        ("vi;q=9, en;q=nan, ;;, =, en;q=0.1", ["en"]),
        ("vi ; q = 1 , en", ["vi"]),
    ],
)
def test_the_language_is_chosen_by_quality_and_nearness(accept_language: str, expected: list[str]) -> None:
    assert hrefs([VIETNAMESE, ENGLISH, OPEN], accept_language=accept_language) == expected


def test_a_language_can_be_refused() -> None:
    assert hrefs([VIETNAMESE, ENGLISH], accept_language="en;q=0, en-GB;q=0, *;q=0.5") == ["vi"]


def test_a_wish_that_nothing_meets_narrows_nothing() -> None:
    assert hrefs([VIETNAMESE, ENGLISH], accept_language="fr") == ["vi", "en"]
    assert hrefs([VIETNAMESE, ENGLISH]) == ["vi", "en"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/pdf", ["pdf"]),
        ("text/html,application/xhtml+xml,*/*;q=0.8", ["vi"]),
        ("text/*;q=0.3, application/*;q=0.6", ["pdf"]),
        ("text/*;q=0.3, text/html;q=0.7, application/pdf;q=0.5", ["vi"]),
        ("application/pdf;q=0, */*", ["vi"]),
        ("*/*", ["vi", "pdf"]),
        ("undefined", ["vi", "pdf"]),
        ("", ["vi", "pdf"]),
        ("*", ["vi", "pdf"]),
    ],
)
def test_among_links_of_one_language_the_media_type_decides(accept: str, expected: list[str]) -> None:
    assert hrefs([VIETNAMESE, PDF, ENGLISH], accept_language="vi", accept=accept) == expected


@pytest.mark.parametrize("accept", ["", "*/*", "undefined", "image/png"])
def test_a_link_that_leaves_its_type_open_wins_where_the_request_does(accept: str) -> None:
    assert hrefs([VIETNAMESE, OPEN, PDF], accept=accept) == ["any"]


def test_the_context_is_the_last_to_decide() -> None:
    lanka = Link("gs1:pip", "https://example.vn/lk", "x", context=("LK", "VN"))
    assert hrefs([OPEN, lanka]) == ["any"]
    assert hrefs([OPEN, lanka], context="lk") == ["lk"]
    assert hrefs([OPEN, lanka], context="FR") == ["any"]


def test_equal_candidates_are_ambiguous() -> None:
    twin = Link("gs1:pip", "https://example.vn/twin", "x", ("vi",), "text/html")
    chosen = choose([VIETNAMESE, twin, ENGLISH], link_type="gs1:pip", accept_language="vi")
    assert chosen.is_ambiguous
    assert chosen.links == (VIETNAMESE, twin)
    assert not choose([VIETNAMESE], link_type="gs1:pip").is_ambiguous


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_header_breaks_the_choice(accept_language: str, accept: str) -> None:
    chosen = choose([VIETNAMESE, ENGLISH, PDF], link_type="gs1:pip", accept_language=accept_language, accept=accept)
    assert chosen.links
    assert isinstance(wants_linkset(None, accept), bool)


@pytest.mark.parametrize(
    ("link_type", "accept", "expected"),
    [
        ("linkset", "", True),
        ("all", "text/html", True),
        ("gs1:pip", "application/linkset+json", False),
        (None, "application/linkset+json", True),
        (None, "application/linkset json", True),
        (None, "APPLICATION/LINKSET+JSON;q=0.9, */*;q=0.1", True),
        (None, "text/html, application/linkset+json;q=0.5", False),
        (None, "application/linkset+json;q=0", False),
        (None, "text/html,*/*;q=0.8", False),
        (None, "", False),
    ],
)
def test_a_linkset_is_asked_for_by_type_or_by_media_type(link_type: str | None, accept: str, expected: bool) -> None:
    assert wants_linkset(link_type, accept) is expected


def test_of_an_endless_header_the_beginning_is_read() -> None:
    assert wants_linkset(None, "application/linkset+json" + ", a/b" * 100_000)
    assert not wants_linkset(None, "a/b;q=0.1, " * 100_000 + "application/linkset+json")


def test_further_parameters_are_passed_on_unless_the_link_forbids_it() -> None:
    assert forward(OPEN, "") == OPEN.href
    assert forward(OPEN, "17=261231") == "https://example.vn/any?17=261231"
    assert forward(FULL, "17=261231") == FULL.href
    allowed = Link("gs1:pip", "https://example.vn/p?a=1#x", "x")
    assert forward(allowed, "b=2") == "https://example.vn/p?a=1&b=2#x"
