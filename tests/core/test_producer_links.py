"""Links that a producer enters: what may be published is kept as it is, everything else is refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.cast import PRODUCER, product
from traceapp.core.errors import InvalidEvent
from traceapp.core.linkset import Link
from traceapp.core.producer_links import LINK_TYPES, MOST_LINKS, Outlet, links_in, outlets_in, require_links
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
        ([{"href": SHOP["href"], "title": "x"}], "needs link_type, href and title"),
        ([link(link_type=7, kind="buy")], "needs link_type, href and title"),
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


# Where to buy and where to visit

PLACE = {"kind": "visit", "title": "Đồi chè Tân Cương", "address": "Xóm Mẫu, xã Tân Cương, Thái Nguyên"}


def outlet(**changes: Any) -> dict[str, Any]:
    return {"kind": "buy", "platform": "Postmart", **link(**changes)}


def test_a_platform_is_told_with_its_host_and_its_status() -> None:
    assert outlets_in({"links": [outlet(status="paused")]}) == (
        Outlet("buy", SHOP["title"], "paused", "Postmart", SHOP["href"], "postmart.example"),
    )


def test_a_retailers_link_without_a_kind_is_one_to_buy_at_and_listed() -> None:
    (found,) = outlets_in({"links": [link(), link(link_type="gs1:recipeInfo")]})
    assert (found.kind, found.status, found.platform) == ("buy", "listed", None)


def test_a_place_needs_an_address_and_nothing_to_open() -> None:
    found = outlets_in({"links": [{**PLACE, "hours": "8:00 đến 17:00"}]})
    assert found == (Outlet("visit", PLACE["title"], "listed", address=PLACE["address"], hours="8:00 đến 17:00"),)


def test_places_are_for_the_page_that_shows_them_together_and_not_for_the_resolver() -> None:
    guide = link(link_type="gs1:recipeInfo")
    entries = [
        outlet(),
        outlet(status="paused"),
        {"kind": "buy", "title": "Voso", "status": "not-listed"},
        PLACE,
        guide,
    ]
    assert [one.link_type.rpartition("/")[2] for one in links_in({"links": entries})] == ["recipeInfo"]
    assert [one.status for one in outlets_in({"links": entries})] == ["listed", "paused", "not-listed", "listed"]


def test_an_outlet_may_say_its_type_or_leave_it_to_its_kind() -> None:
    both = [{"kind": "buy", "href": SHOP["href"], "title": "x"}, outlet(link_type="gs1:support")]
    assert len(outlets_in({"links": both})) == 2


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (outlet(kind="sell"), "'sell' is no kind of a link: use buy, visit"),
        (outlet(kind=["buy"]), "is no kind of a link"),
        (outlet(status="soon"), "'soon' is no status of a link: use listed, not-listed, paused"),
        (outlet(platform=7), "platform is a text of at most 40"),
        (outlet(platform=" "), "platform is a text"),
        (outlet(address="x" * 201), "address is a text of at most 200"),
        (outlet(hours="x" * 61), "hours is a text of at most 60"),
        (outlet(href="http://postmart.example/"), "use https"),
        ({"kind": "buy", "title": "Voso"}, "'Voso' leads nowhere: give it href, or address"),
        ({"kind": "buy", "title": " ", "status": "not-listed"}, "title is a text"),
        ({"kind": "buy", "title": 7, "status": "not-listed"}, "title is a text"),
        ({"kind": "buy", "title": "x" * 121, "status": "not-listed"}, "title is a text of at most 120"),
        ({**PLACE, "link_type": "gs1:pip"}, "is no type of link that a producer gives"),
    ],
)
def test_an_outlet_that_cannot_be_published_is_refused_with_the_reason(entry: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidEvent, match=reason):
        require_links({"links": [entry]})
    assert outlets_in({"links": [entry]}) == ()
