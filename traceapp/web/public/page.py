"""A verdict and its facts as a page: every word chosen, every number written out, nothing left to templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from markupsafe import Markup

from traceapp.core.events import Stage
from traceapp.core.facts import Facts, LotFact, ProductFact
from traceapp.core.findings import Finding, Severity
from traceapp.core.identifiers import TraceCode
from traceapp.core.verdict import Verdict
from traceapp.i18n import headline, show_date
from traceapp.web.public.context import PageContext
from traceapp.web.public.journey import PlaceView, Said, StageView, own_word, places, stages
from traceapp.web.public.lines import CSS, Line, leading_and_more, line_of, shape_of
from traceapp.web.public.papers import Claim, Paper, Row, TenItems, claims, papers, ten_items
from traceapp.web.public.places import place_parts
from traceapp.web.public.proof import Proof, proof
from traceapp.web.public.say import Say
from traceapp.web.public.sums import Sums, sums
from traceapp.web.public.vietnam_map import VietnamMap

NEVER_ISSUED = "code-unknown"
UNKNOWN = frozenset({"product-unknown", "foreign-code"})
_NO_STEPS = frozenset({"certificate-suspended", "certificate-revoked", "identity-unconfirmed", "stars-expired"})
_SAMPLE = re.compile(r" \((?:dữ liệu )?mẫu\)$")


@dataclass(frozen=True, slots=True)
class HeadlineView:
    """The mat. `finding` is set where its words are all of that finding's words, which then gets no line of its own."""

    code: str
    shape: str
    title: str
    lead: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as printed, and as dialled."""

    shown: str
    dial: str


@dataclass(frozen=True, slots=True)
class ProductView:
    """The product's block and its own story; `off` greys the picture of what nobody should use.

    `heading` is its name with the words of a proper name kept on one line.
    """

    heading: str
    foreign: bool
    content: str
    producer: str
    place: tuple[str, ...]
    picture_url: str | None
    picture_alt: str
    off: bool
    story: str
    story_foreign: bool
    facts: tuple[Row, ...]
    phone: Phone | None


@dataclass(frozen=True, slots=True)
class Todo:
    """What to do now: the headline's code, whom to call, and the action a recall asks for."""

    code: str
    maker: str
    phone: Phone | None
    action: str


@dataclass(frozen=True, slots=True)
class Page:
    """All of a verdict page."""

    tone: str
    title: str
    description: str
    headline: HeadlineView
    product: ProductView | None
    named: tuple[Row, ...]
    within: str
    dates: tuple[Row, ...]
    lines: tuple[Line, ...]
    more_lines: tuple[Line, ...]
    scan_slot: Markup
    note: Line | None
    todo: Todo | None
    sums: Sums | None
    own_word: Said | None
    stages: tuple[StageView, ...]
    map: VietnamMap | None
    places: tuple[PlaceView, ...]
    papers: tuple[Paper, ...]
    claims: tuple[Claim, ...]
    ten: TenItems | None
    proof: Proof


def page_of(facts: Facts, verdict: Verdict, ctx: PageContext, say: Say, scan_slot: Markup) -> Page:
    """Everything that the page of a product, lot or item shows."""
    mat = _headline(facts, verdict, say)
    findings = [one for one in verdict.findings if one is not mat.finding]
    if verdict.headline == NEVER_ISSUED or verdict.headline in UNKNOWN:
        # What is known of the lot says nothing of this code: no stars, no certificates, nothing green.
        findings = [one for one in findings if one.severity in (Severity.BAD, Severity.WARNING)]
    lines, more = leading_and_more(findings, facts, verdict, ctx, say)
    notes = [line_of(one, facts, say) for one in verdict.find("not-proved")]
    drawn, reached = places(facts, say)
    return Page(
        tone=CSS[verdict.severity],
        title=": ".join(part for part in (mat.title, _subject(facts, say)) if part),
        description=mat.lead,
        headline=mat,
        product=_product(facts, verdict, ctx, say),
        named=tuple(_named(facts, ctx, say)),
        within=facts.identity.lot_path,
        dates=tuple(_dates(facts, say)),
        lines=tuple(lines),
        more_lines=tuple(more),
        scan_slot=scan_slot,
        note=notes[0] if notes else None,
        todo=_todo(facts, verdict, say),
        sums=sums(facts, verdict, say),
        own_word=own_word(facts, say),
        stages=stages(facts, say),
        map=drawn,
        places=reached,
        papers=papers(facts, verdict, say),
        claims=claims(facts, verdict, say),
        ten=ten_items(facts, verdict, say),
        proof=proof(facts, ctx, say),
    )


def for_reading(facts: Facts) -> Facts:
    """The demo's facts with names that do not each say they are samples: its pages say so once, at their end."""
    named = {
        id: replace(one, name=_SAMPLE.sub("", one.name) if one.name else None)
        for id, one in facts.organisations.items()
    }
    producer = facts.producer and named.get(facts.producer.id, facts.producer)
    facilities = {id: replace(one, name=_SAMPLE.sub("", one.name)) for id, one in facts.facilities.items()}
    return replace(facts, organisations=named, producer=producer, facilities=facilities)


def _headline(facts: Facts, verdict: Verdict, say: Say) -> HeadlineView:
    words, finding = headline(verdict, facts, say.lang), verdict.find(verdict.headline)[0]
    line = line_of(finding, facts, say)
    said_whole = f"{line.strong}{line.rest}" in (words.lead, f"{words.title}. {words.lead}")
    shape = shape_of(verdict.headline, CSS[verdict.severity])
    return HeadlineView(verdict.headline, shape, words.title, words.lead, finding if said_whole else None)


def _subject(facts: Facts, say: Say) -> str:
    if facts.product is None:
        return str(facts.identity.product)
    name = _product_name(facts.product, say)
    return say.gettext("%(name)s, lô %(lot)s", name=name, lot=facts.lot.lot) if facts.lot else name


def _product_name(product: ProductFact, say: Say) -> str:
    return (product.name_en if say.lang == "en" else None) or product.name_vi


# The product's block


def _product(facts: Facts, verdict: Verdict, ctx: PageContext, say: Say) -> ProductView | None:
    product = facts.product
    if product is None:
        return None
    story = (product.story_en if say.lang == "en" else None) or product.story_vi or ""
    name = _product_name(product, say)
    alt = say.gettext("Hình vẽ: %(name)s", name=name) if product.image_is_drawing else name
    return ProductView(
        heading=_kept_together(name),
        foreign=say.lang != "vi" and name == product.name_vi,
        content=_content(product, facts.lot, say),
        producer=(facts.producer.name if facts.producer else None) or say.gettext("Không còn tên cơ sở"),
        place=place_parts(facts.producer),
        picture_url=ctx.media_url(product.image) if product.image else None,
        picture_alt=alt,
        off=verdict.headline in ("lot-recalled", "input-recalled"),
        story=story,
        story_foreign=say.lang != "vi" and story == product.story_vi,
        facts=tuple(_product_facts(product, say)),
        phone=_phone(facts),
    )


def _kept_together(name: str) -> str:
    """A name in which the words of a proper name, Đá Hoa, do not part at the end of a line."""
    words = name.split(" ")
    spaces = ["\N{NO-BREAK SPACE}" if one[:1].isupper() and two[:1].isupper() else " " for one, two in pairwise(words)]
    return "".join(word + space for word, space in zip(words, [*spaces, ""], strict=True))


def _content(product: ProductFact, lot: LotFact | None, say: Say) -> str:
    """What a pack holds and of which lot it is: "Gói 200 g · Lô DM2610B"."""
    net, unit = product.net or "", (lot.unit if lot else None) or ""
    if say.lang == "vi" and net and unit and unit not in net:
        net = f"{unit.capitalize()} {net}"
    return " · ".join(part for part in (net, say.gettext("Lô %(lot)s", lot=lot.lot) if lot else "") if part)


def _product_facts(product: ProductFact, say: Say) -> Iterator[Row]:
    foreign = say.lang != "vi"
    if product.warning_vi:
        yield Row(say.gettext("Lưu ý"), product.warning_vi, foreign=foreign)
    if product.ingredients_vi:
        yield Row(say.gettext("Thành phần"), product.ingredients_vi, foreign=foreign)
    if product.storage_vi:
        yield Row(say.gettext("Bảo quản"), product.storage_vi, foreign=foreign)
    if product.standards:
        yield Row(say.gettext("Tiêu chuẩn"), ", ".join(product.standards))
    yield Row(say.gettext("Mã sản phẩm"), product.code, code=True)


def _phone(facts: Facts) -> Phone | None:
    shown = (facts.producer.phone if facts.producer else None) or ""
    dial = ("+" if shown.strip().startswith("+") else "") + re.sub(r"[^0-9]", "", shown)
    return Phone(shown, dial) if len(dial) >= 3 else None


def _dates(facts: Facts, say: Say) -> Iterator[Row]:
    """The dates printed on the pack, and nothing else, so that they can be compared."""
    if facts.lot is None:
        return
    if facts.lot.made:
        harvested = _is_harvest_day(facts, facts.lot.made)
        name = say.gettext("Ngày thu hoạch") if harvested else say.gettext("Ngày sản xuất")
        yield Row(name, show_date(facts.lot.made))
    if facts.lot.expires:
        yield Row(say.gettext("Hạn sử dụng"), show_date(facts.lot.expires))


def _is_harvest_day(facts: Facts, made: date) -> bool:
    """Whether the lot was picked that day and is sold as picked."""
    worked = {Stage.PROCESS, Stage.MIX, Stage.FERMENT, Stage.DRAW}
    kinds = {fact.stage for fact in facts.events}
    picked = any(fact.stage == Stage.HARVEST and fact.event.start <= made <= fact.event.end for fact in facts.events)
    return picked and not kinds & worked


def _named(facts: Facts, ctx: PageContext, say: Say) -> Iterator[Row]:
    """What the code itself says."""
    identity = facts.identity
    if facts.product:
        yield Row(say.gettext("Tên"), _product_name(facts.product, say))
    kind = say.gettext("Mã truy xuất") if isinstance(identity.product, TraceCode) else say.gettext("Mã sản phẩm")
    yield Row(kind, identity.product, code=True)
    if identity.lot:
        yield Row(say.gettext("Số lô"), identity.lot, code=True)
    if serial := ctx.serial or identity.serial:
        yield Row(say.gettext("Số sê-ri"), serial, code=True)


def _todo(facts: Facts, verdict: Verdict, say: Say) -> Todo | None:
    """Steps for every headline that is bad, and for the warnings one can act upon."""
    mild = verdict.severity in (Severity.GOOD, Severity.INFO)
    if mild or verdict.headline in _NO_STEPS:
        return None
    data = verdict.find(verdict.headline)[0].data
    action = data.get("action_en") if say.lang == "en" else data.get("action_vi")
    maker = (facts.producer.name if facts.producer else None) or say.gettext("cơ sở")
    return Todo(verdict.headline, maker, _phone(facts), (action or "").rstrip("."))
