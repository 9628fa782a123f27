"""What a page is told besides the facts: its reader's language, its addresses, and what is filled in per scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Recent:
    """A product on the start page. `picture_url` is None where it has no picture."""

    name: str
    producer: str
    place: str
    url: str
    picture_url: str | None = None


@dataclass(frozen=True, slots=True)
class PageContext:
    """Every address a page links to, and what may not be cached with it. A link whose address is None is not shown.

    The page of one item is made once for its lot: `serial` may then be a token that stands for the serial, and
    `scan_slot` and `checked_slot` markup that stands for the scan lines and for the time of looking (18:05). Each is
    used verbatim. `scan_slot=None` takes the scan lines from the verdict itself.

    `answers` is the section of questions that were answered, empty where there are none.

    `canonical_url` is the page's one address for search engines, `alternates` the same in each (language, address).
    """

    lang: str
    base_url: str
    checked_at: datetime
    media_url: Callable[[str], str]
    canonical_url: str | None = None
    alternates: tuple[tuple[str, str], ...] = ()
    other_lang_url: str | None = None
    json_url: str | None = None
    bundle_url: str | None = None
    product_url: str | None = None
    ask_url: str | None = None
    report_url: str | None = None
    place_url: str | None = None
    used_up_url: str | None = None
    is_demo: bool = False
    recent: tuple[Recent, ...] = ()
    serial: str = ""
    scan_slot: Markup | None = None
    checked_slot: Markup | None = None
    answers: Markup = field(default_factory=Markup)
    start_url: str = "/"
    find_url: str = "/find"
    verify_help_url: str = "/verify-help"
    privacy_url: str = "/privacy"
    log_url: str = "/log"
    trust_url: str = "/.well-known/traceapp-trust.json"
    records_url: str = "/records/"
    inspections_url: str | None = "/inspections/"
