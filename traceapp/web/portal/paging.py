"""Long lists, a page at a time, by address: `page=2` stands further back than the first."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

from traceapp.core.errors import NotFound

PAGE = "page"
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Paged:
    """Where one stands in a list: the page, of how many, how much stands further back, and where that is shown."""

    number: int
    of: int
    further: int
    newer_url: str
    older_url: str


def asked_page() -> int:
    """The page that the address asks for, from 1; NotFound for what is no number of a page."""
    said = request.args.get(PAGE, "1")
    if not asked_count(said):
        raise NotFound(f"{said[:20]!r} is no page of this list: pages are counted from 1.")
    return int(said)


def asked_count(said: str) -> int:
    """A count that an address tells, as it was made by us; 0 where it tells none that anybody could mean."""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _DIGITS else 0


def paged(number: int, total: int, a_page: int) -> Paged:
    """Page `number` of a list of `total` with `a_page` on each; NotFound beyond its end."""
    last = max(1, -(-total // a_page))
    if number > last:
        raise NotFound(f"This list has no page {number}: its last one is {last}.")
    newer, older = (number - 1 if number > 1 else 0), (number + 1 if number < last else 0)
    return Paged(number, last, max(total - number * a_page, 0), _url(newer), _url(older))


def _url(number: int) -> str:
    """This address with another page, whatever else it asks for; empty for none."""
    if not number:
        return ""
    asked = {name: text for name, text in request.args.items() if name != PAGE}
    query = urlencode({**asked, PAGE: number} if number > 1 else asked)
    return f"{request.path}?{query}" if query else request.path
