"""The public pages as HTML. Call inside an application context; the language is the context's, not the request's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask_babel import force_locale
from markupsafe import Markup, escape

from traceapp import i18n
from traceapp.core.canonical import JsonObject
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.verdict import Verdict
from traceapp.i18n.inspect import result_name
from traceapp.services.inspections.sites import Visit
from traceapp.services.registry.links import Level
from traceapp.services.registry.places import Place
from traceapp.web.public.assets import asset_url, with_drawings
from traceapp.web.public.context import PageContext, Recent
from traceapp.web.public.journey import Said
from traceapp.web.public.lines import SCAN_CODES, Line, line_of
from traceapp.web.public.message_page import FormView, MessageView
from traceapp.web.public.page import NEVER_ISSUED, UNKNOWN, Page, for_reading, page_of, plain
from traceapp.web.public.places import PROVINCES, place_of
from traceapp.web.public.results import Results
from traceapp.web.public.say import Say
from traceapp.web.public.structured import SOUND, as_block, product_data
from traceapp.web.templates import render_template
from traceapp.web.words import gettext

__all__ = [
    "PageContext",
    "Recent",
    "case_page",
    "error_page",
    "form_page",
    "links_page",
    "message_page",
    "place_page",
    "privacy_page",
    "said_page",
    "scan_lines",
    "search_page",
    "start_page",
    "verdict_page",
    "verify_help_page",
]

_THEMES = {
    "good": ("#1d5a3c", "#1f6040"),
    "warn": ("#f3b62f", "#e5ab2b"),
    "bad": ("#a3211b", "#ad2a21"),
    "info": ("#24466f", "#2b5485"),
    "brand": ("#2b1d13", "#2f2217"),
}
_STRONG, _REST = "0STRONG0HERE0", "0REST0HERE0"
_SCAN_DRAWINGS = ("s-good", "s-info")


@dataclass(frozen=True, slots=True)
class Theme:
    """The mat's colour for the browser's own bar."""

    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the reader's words."""

    status: int
    title: str
    message: str
    todo: tuple[str, ...]


def verdict_page(facts: Facts, verdict: Verdict, ctx: PageContext) -> str:
    """The page of a product, lot or item; a page of its own for a code never issued and for one nobody registered."""
    shown = for_reading(facts) if ctx.is_demo else facts
    slot = ctx.scan_slot if ctx.scan_slot is not None else scan_lines(verdict.findings, shown, ctx.lang)
    with force_locale(ctx.lang):
        page = page_of(shown, verdict, ctx, Say(ctx.lang, gettext), slot)
        name = "verdict"
        if verdict.headline == NEVER_ISSUED:
            name = "never_issued"
        elif verdict.headline in UNKNOWN:
            name = "unknown"
        if name != "verdict":
            # It is nobody's page: no search engine or chat app may take it for the lot's.
            return _render(name, page.tone, replace(ctx, canonical_url=None, alternates=()), page=page)
        # The facts as recorded: a program reads no footer that says once for all that a name is a sample's.
        data = product_data(facts, verdict, ctx, description=_described(page, verdict)) or {}
        picture, block = data.get("image"), as_block(data) if data else ""
        return _render(name, page.tone, ctx, page=page, picture=picture, data=block, provinces=PROVINCES.items())


def _described(page: Page, verdict: Verdict) -> str:
    """What the maker tells of it; where something is wrong, that instead."""
    told = [page.product.story if page.product else "", *(part.text for part in page.story)]
    story = next(filter(None, told), "") if verdict.headline in SOUND else ""
    return story or f"{page.headline.title}. {page.headline.lead}".strip()


def scan_lines(findings: Iterable[Finding], facts: Facts, lang: str) -> Markup:
    """The lines that differ from item to item and from scan to scan, for a page's scan slot; others are left out."""
    told = sorted((one for one in findings if one.code in SCAN_CODES), key=lambda one: SCAN_CODES.index(one.code))
    say = Say(lang, gettext)
    return Markup("".join(_scan_line(line_of(one, facts, say), lang) for one in told))


def _scan_line(line: Line, lang: str) -> str:
    before, between, after = _mould(line.css, line.shape, line.code, line.severity, line.said, lang)
    return f"{before}{escape(line.strong)}{between}{escape(line.rest)}{after}"


@lru_cache(maxsize=100)
def _mould(css: str, shape: str, code: str, severity: str, said: Said | None, lang: str) -> tuple[str, str, str]:
    """The markup around a line's words, rendered once: it is the same on every scan."""
    line = Line(css, shape, _STRONG, _REST, code, severity, said)
    with force_locale(lang):
        made = render_template("public/_scan_lines.html", lines=[line])
    before, _, made = made.partition(_STRONG)
    between, _, after = made.partition(_REST)
    return before, between, after


def start_page(ctx: PageContext) -> str:
    """Where a code can be typed, what the service is, and how to read a page."""
    with force_locale(ctx.lang):
        return _render("start", "brand", _with_plain_names(ctx))


def _with_plain_names(ctx: PageContext) -> PageContext:
    if not ctx.is_demo:
        return ctx
    return replace(ctx, recent=tuple(replace(one, producer=plain(one.producer)) for one in ctx.recent))


def search_page(results: Results, ctx: PageContext) -> str:
    """What a search found."""
    with force_locale(ctx.lang):
        return _render("search", "brand", ctx, results=results)


def links_page(
    levels: Sequence[Level], ctx: PageContext, found: JsonObject, *, is_choice: bool, is_hidden: bool
) -> str:
    """Where a code leads, for people, with the linkset itself (JSON-LD) for programs.

    `is_choice`: several links fit equally well. `is_hidden`: not for search.
    """
    with force_locale(ctx.lang):
        options = {"is_choice": is_choice, "is_hidden": is_hidden, "data": as_block(found)}
        return _render("links", "brand", ctx, levels=levels, **options)


def place_page(place: Place, ctx: PageContext, visits: Sequence[Visit] = ()) -> str:
    """A facility or an organisation: its name, where it is, what is made there (`ctx.recent`), who inspected it."""
    organisation = place.organisation
    owner = (organisation.name if organisation else None) or ""
    name, owner = (plain(place.name), plain(owner)) if ctx.is_demo else (place.name, owner)
    with force_locale(ctx.lang):
        return _render(
            "place",
            "brand",
            _with_plain_names(ctx),
            heading=name,
            owner=owner if place.facility else "",
            address=place_of(organisation),
            gln=place.gln,
            visits=[_visit(one, ctx.lang, is_demo=ctx.is_demo) for one in visits],
        )


def _visit(visit: Visit, lang: str, *, is_demo: bool) -> tuple[str, str, str, bool, str | None]:
    by = plain(visit.by) if is_demo and visit.by else visit.by
    return visit.record_id, i18n.show_date(visit.day), result_name(visit.result, lang), visit.result == "pass", by


def case_page(case: Any, ctx: PageContext) -> str:
    """A case and what lies in it: a CaseView."""
    with force_locale(ctx.lang):
        return _render("case", case.tone, ctx, case=case)


def form_page(form: FormView, ctx: PageContext) -> str:
    """A question to the producer, or a report."""
    with force_locale(ctx.lang):
        return _render("report" if form.is_report else "ask", "brand", ctx, form=form)


def message_page(message: MessageView, ctx: PageContext) -> str:
    """What became of a message."""
    with force_locale(ctx.lang):
        return _render("message", "brand", ctx, message=message)


def said_page(title: str, words: str, back_url: str, ctx: PageContext) -> str:
    """What became of what a visitor said of their scan."""
    with force_locale(ctx.lang):
        return _render("scan_word", "brand", ctx, title=title, words=words, back_url=back_url)


def verify_help_page(ctx: PageContext) -> str:
    """How to check a record without trusting the service."""
    with force_locale(ctx.lang):
        return _render("verify_help", "brand", ctx, host=urlsplit(ctx.base_url).netloc)


def words_page(name: str, ctx: PageContext, tone: str = "brand", **values: Any) -> str:
    """A page of words from the template of that name, filled with `values`."""
    with force_locale(ctx.lang):
        return _render(name, tone, ctx, **values)


def privacy_page(ctx: PageContext) -> str:
    """What is stored of whoever scans, and of whoever makes the goods."""
    with force_locale(ctx.lang):
        return _render("privacy", "brand", ctx)


def error_page(
    status: int, title: str | None, message: str | None, todo: Iterable[str] | None, ctx: PageContext
) -> str:
    """An error with what to do about it. What is None is said in the words that fit the status."""
    with force_locale(ctx.lang):
        usual_title, usual_message, usual_todo = _usual_words(status)
        problem = Problem(
            status, title or usual_title, usual_message if message is None else message, tuple(todo or usual_todo)
        )
        return _render("error", "info", ctx, problem=problem)


def _usual_words(status: int) -> tuple[str, str, tuple[str, ...]]:
    again = gettext("Có tem trong tay thì quét lại, giữ máy thẳng và đủ sáng.")
    typed = gettext("Gõ tay thì xem lại từng chữ, từng số.")
    wait = gettext("Đợi một lát rồi thử lại.")
    match status:
        case 400:
            wrong = gettext("Có chữ hoặc số trong mã không đúng quy cách.")
            return gettext("Địa chỉ này chưa đúng"), wrong, (again, typed)
        case 403:
            return (
                gettext("Trang này không công khai"),
                gettext("Chỉ người có quyền mới xem được."),
                (gettext("Quay lại trang trước, xem phần công khai."),),
            )
        case 404:
            return gettext("Không có trang này"), gettext("Địa chỉ này không dẫn tới đâu cả."), (again, typed)
        case 405:
            return (
                gettext("Trang này không nhận cách gửi đó"),
                gettext("Địa chỉ đúng, cách hỏi thì chưa."),
                (gettext("Mở lại địa chỉ trong trình duyệt."),),
            )
        case 413:
            return (
                gettext("Gửi lên quá lớn"),
                gettext("Nội dung gửi lên vượt mức nhận."),
                (gettext("Gửi phần nhỏ hơn, hoặc tách làm nhiều lần."),),
            )
        case 414:
            return gettext("Địa chỉ quá dài"), gettext("Địa chỉ dài hơn mức đọc được."), (again, typed)
        case 429:
            return gettext("Hỏi nhanh quá"), gettext("Có quá nhiều lượt hỏi từ cùng một nơi."), (wait,)
        case 503:
            return gettext("Đang tạm nghỉ"), gettext("Hệ thống đang bận hoặc đang sửa."), (wait,)
        case _ if status < 500:
            unfit = gettext("Yêu cầu này trái với điều đã ghi, hoặc không còn đúng lúc.")
            return gettext("Chưa làm được"), unfit, (gettext("Quay lại trang trước, xem phần công khai."),)
        case _:
            return gettext("Máy của chúng tôi gặp lỗi"), gettext("Lỗi ở phía chúng tôi, không phải ở tem."), (wait,)


def _render(name: str, tone: str, ctx: PageContext, **values: Any) -> str:
    page = render_template(
        f"public/{name}.html",
        ctx=ctx,
        tone=tone,
        hem=tone,
        theme=Theme(*_THEMES[tone]),
        other_lang="en" if ctx.lang == "vi" else "vi",
        asset_url=asset_url,
        **values,
    )
    return with_drawings(page, _SCAN_DRAWINGS if ctx.serial else ())
