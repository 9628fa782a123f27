"""Which form of an address an Accept header wants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.negotiation import HTML, JSON, accepts, named, preferred, prefers_json

BROWSERS = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7",
    "text/html, application/xhtml+xml, image/jxr, */*",
    "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html", True),
        ("image/png, TEXT/HTML ; level=1 ; Q=0.1", True),
        ("text/html;q=wide", True),
        ("text/html;q=0", False),
        ("text/html; q=0.000, */*", False),
        ("text/html5, text/*, */*", False),
        ("", False),
    ],
)
def test_a_media_type_is_accepted_where_it_is_named_and_not_refused(accept: str, expected: bool) -> None:
    assert accepts(accept, "text/html") is expected


def test_of_an_endless_header_the_beginning_is_read() -> None:
    assert accepts("text/html" + ", a/b" * 100_000, "text/html")
    assert not accepts("a/b, " * 100_000 + "text/html", "text/html")


@pytest.mark.parametrize("accept", BROWSERS)
def test_browsers_name_pages(accept: str) -> None:
    assert preferred(accept, (HTML, JSON)) == named(accept, (HTML, JSON)) == HTML
    assert not prefers_json(accept)


@pytest.mark.parametrize(
    ("accept", "best", "is_named"),
    [
        ("application/json;q=0.9,text/html;q=0.1", JSON, True),
        ("application/json, text/html;q=0.999", JSON, True),
        ("text/html;q=.2, application/json;q=0.3", JSON, True),
        ("application/json, text/plain, */*", JSON, True),
        ("text/html;q=0, application/json;q=0.001", JSON, True),
        ("text/html;q=0, */*", JSON, False),
        ("text/html;q=0.1, */*", JSON, False),
        ("application/*, text/html;q=0.5", JSON, False),
        ("text/html;q=0.5, application/json;q=0.4", HTML, True),
        ("application/json;q=0.5, text/html;q=0.5", HTML, True),
        ("application/json, text/html", HTML, True),
        ("application/json;q=1e99, text/html;q=wide", HTML, True),
        ("application/json;q=7, text/html", HTML, True),
        ("text/html;q=0.1, text/html;level=1, application/json;q=0.5", HTML, True),
        ("application/json;q=0.5, text/*", HTML, False),
        ("application/json;q=0.5, */*", HTML, False),
        ("*/*", HTML, False),
        ("image/png", HTML, False),
        ("text/html;q=0, application/json;q=0", HTML, False),
        (",;q=,;;", HTML, False),
        ("", HTML, False),
    ],
)
def test_what_is_wanted_most_is_given_and_of_two_wanted_alike_the_one_named_else_the_first(
    accept: str, best: str, is_named: bool
) -> None:
    assert preferred(accept, (HTML, JSON)) == best
    assert named(accept, (HTML, JSON)) == (best if is_named else None)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/problem+json, text/html;q=0.5", True),
        ("application/problem+json;q=0.5, text/html", False),
        ("application/json, */*", True),
        ("text/html, application/json", False),
        ("application/json;q=0", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_json_of_any_kind_is_told_from_a_page(accept: str, expected: bool) -> None:
    assert prefers_json(accept) is expected


@given(st.text(max_size=80))
def test_no_header_breaks_the_choice(accept: str) -> None:
    assert preferred(accept, (HTML, JSON)) in (HTML, JSON)
    assert isinstance(prefers_json(accept), bool)
