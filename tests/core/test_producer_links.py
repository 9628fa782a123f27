"""Links that a producer enters: what may be published is kept as it is, everything else is refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.cast import PRODUCER, product
from traceapp.core.errors import InvalidEvent
from traceapp.core.linkset import Link
from traceapp.core.producer_links import LINK_TYPES, MOST_LINKS, links_in, require_links
from traceapp.core.registers import say_product

SHOP = {"link_type": "gs1:hasRetailers", "href": "https://postmart.example/che?ref=1#mua", "title": "Mua ở Postmart"}


def link(**changes: Any) -> dict[str, Any]:
    return {**SHOP, **changes}


def test_a_link_is_published_as_it_was_entered() -> None:
    full = link(hreflang=["vi", "en"], type="text/html")
    assert links_in({"links": [full]}) == (
        Link("gs1:hasRetailers", SHOP["href"], SHOP["title"], ("vi", "en"), "text/html"),
    )


def test_language_and_media_type_may_be_left_out() -> None:
    assert links_in({"links": [link()]}) == (Link("gs1:hasRetailers", SHOP["href"], SHOP["title"]),)


@pytest.mark.parametrize("extra", [None, {}, {"links": None}, {"links": []}, {"visit": "mở cửa"}])
def test_a_product_needs_no_links(extra: Any) -> None:
    require_links(extra)
    assert links_in(extra or {}) == ()


@pytest.mark.parametrize("name", sorted(LINK_TYPES))
def test_a_link_type_is_known_by_its_short_and_its_full_name(name: str) -> None:
    for written in (f"gs1:{name}", f"https://gs1.org/voc/{name}", f"https://ref.gs1.org/voc/{name}"):
        assert links_in({"links": [link(link_type=written)]})[0].link_type == f"https://ref.gs1.org/voc/{name}"


@pytest.mark.parametrize(
    "href",
    [
        "https://chè.example/",
        "http://shop.example/",
        "HTTPS://shop.example/",
        "javascript:alert(1)",
        "https://someone@shop.example/",
        "https://someone:secret@shop.example/",
        "https://shop.example:443@evil.example/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://shop.0x7f/",
        "https://[::1]/",
        "https://localhost/",
        "https://shop.example./",
        "https://-shop.example/",
        "https://shop.example\\@evil.example/",
        "https://shop.example/a b",
        "https://shop.example/\r\nX: y",
        'https://shop.example/">',
        "https://shop.example/" + "x" * 2000,
        "//shop.example/",
        "",
    ],
)
def test_only_https_to_a_named_host_without_a_password_is_linked(href: str) -> None:
    with pytest.raises(InvalidEvent):
        require_links({"links": [link(href=href)]})


@pytest.mark.parametrize("href", ["https://shop.example", "https://Shop.Example:8443/x", "https://xn--ch-fma.vn/?a=1"])
def test_a_named_host_may_have_a_port_and_be_written_in_punycode(href: str) -> None:
    assert links_in({"links": [link(href=href)]})[0].href == href


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        ("https://shop.example/", "links is a list of at most 20"),
        ({"a": 1}, "links is a list"),
        ([link()] * (MOST_LINKS + 1), "links is a list"),
        (["https://shop.example/"], "A link has"),
        ([link(onclick="x")], "and nothing else"),
        ([link(title=None)], "needs link_type, href and title"),
        ([link(title=7)], "needs link_type, href and title"),
        ([link(title=" ")], "has no title"),
        ([link(title="x" * 121)], "title 120"),
        ([link(link_type="gs1:pip")], "is no type of link that a producer gives"),
        ([link(link_type="gs1:defaultLink")], "is no type of link"),
        ([link(link_type="https://evil.example/hasRetailers")], "is no type of link"),
        ([link(link_type="hasRetailersx")], "is no type of link"),
        ([link(hreflang="vi")], "hreflang is a list"),
        ([link(hreflang=[7])], "hreflang is a list"),
        ([link(hreflang=["vie"])], "Link language"),
        ([link(type=7)], "type is a media type"),
        ([link(type="html")], "Media type"),
    ],
)
def test_what_cannot_be_published_is_refused_at_registration_with_the_reason(links: Any, reason: str) -> None:
    with pytest.raises(InvalidEvent, match=reason):
        say_product("https://id.example.vn/01/09520000000127", PRODUCER, _details(links), role="producer")


def _details(links: Any) -> dict[str, Any]:
    return {"name_vi": "Trà", "code": "09520000000127", "extra": {"links": links}}


def test_a_product_with_links_is_registered() -> None:
    said = product(extra={"links": [link()]}).subject["traceapp:extra"]
    assert said == {"traceapp:links": [{f"traceapp:{name}": value for name, value in SHOP.items()}]}


def test_links_that_break_the_rules_in_a_record_are_not_shown() -> None:
    assert links_in({"links": [link(), link(href="http://shop.example/")]}) == ()
    assert links_in({"links": "x"}) == ()
