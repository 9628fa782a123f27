"""A verdict and its facts as a page: every word chosen, every number written out, nothing left to templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding, Severity
from traceapp.core.identifiers import TraceCode
from traceapp.core.verdict import Verdict
from traceapp.i18n import headline
from traceapp.web.public.context import PageContext
from traceapp.web.public.journey import PlaceView, Said, StageView, own_word, places, stages
from traceapp.web.public.lines import CSS, Line, leading_and_more, line_of, shape_of
from traceapp.web.public.papers import Claim, Paper, Row, claims, papers
from traceapp.web.public.passport import Disclosure, passport_of, ten_items
from traceapp.web.public.product import Phone, ProductView, dates, phone_of, product_name, product_view
from traceapp.web.public.proof import Proof, proof
from traceapp.web.public.say import Say
from traceapp.web.public.shops import Shops, shops_of
from traceapp.web.public.story import StoryPart, product_word, story_of
from traceapp.web.public.sums import Sums, sums
from traceapp.web.public.vietnam_map import VietnamMap

NEVER_ISSUED = "code-unknown"
UNKNOWN = frozenset({"product-unknown", "foreign-code"})
_NO_STEPS = frozenset({"certificate-suspended", "certificate-revoked", "identity-unconfirmed", "stars-expired"})
_COMPOUNDS = re.compile(
    "an toàn|cách ly|chữ ký|cơ sở|chứng nhận|danh tính|đình chỉ|giữ lại|hết hạn|hồ sơ|kiểm nghiệm|kiểm được|"
    "nguyên liệu|sao chép|sê-ri|số liệu|sử dụng|thời gian|thu hoạch|thu hồi|tranh chấp|xác nhận|xác thực",
    re.IGNORECASE,
)
"""Words of a Vietnamese headline that are one word to whoever reads it: they do not part at the end of a line."""
_SAMPLE = re.compile(r" \((?:dữ liệu )?mẫu\)$")


@dataclass(frozen=True, slots=True)
class HeadlineView:
    """The mat. `finding` is set where its words are all of that finding's words, which then gets no line of its own."""

    code: str
    shape: str
    title: str
    lead: str
    finding: Finding | None

    @property
    def shown(self) -> Markup:
        """The title with its compound words kept whole."""
        return Markup(_COMPOUNDS.sub(r'<span class="word">\g<0></span>', str(escape(self.title))))


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
    ten: Disclosure | None
    passport: Disclosure | None
    word: Said | None
    story: tuple[StoryPart, ...]
    shops: Shops | None
    proof: Proof


def page_of(facts: Facts, verdict: Verdict, ctx: PageContext, say: Say, scan_slot: Markup) -> Page:
    """Everything that the page of a product, lot or item shows."""
    mat = _headline(facts, verdict, say)
    lines, more = _lines(facts, verdict, mat, ctx, say)
    notes = [line_of(one, facts, say) for one in verdict.find("not-proved")]
    drawn, reached = places(facts, say)
    sections = _sections(facts, verdict)
    return Page(
        tone=CSS[verdict.severity],
        title=": ".join(part for part in (mat.title, _subject(facts, say)) if part),
        description=mat.lead,
        headline=mat,
        product=product_view(facts, verdict, ctx, say),
        named=tuple(_named(facts, ctx, say)),
        within=facts.identity.lot_path,
        dates=tuple(dates(facts, say)),
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
        ten=ten_items(facts, verdict, sections, say),
        passport=passport_of(facts, sections, say),
        word=product_word(facts.product, facts, say) if facts.product else None,
        story=story_of(facts, say),
        shops=shops_of(facts, verdict, say),
        proof=proof(facts, ctx, say),
    )


def _sections(facts: Facts, verdict: Verdict) -> frozenset[str]:
    """Ids of the page's sections that show what must be disclosed."""
    shown = {
        "name": True,
        "facts": True,
        "dates": facts.lot is not None and bool(facts.lot.made or facts.lot.expires),
        "journey": bool(facts.events),
        "certs": any("certificate" in one.data for one in verdict.findings),
        "story": facts.product is not None and bool(facts.product.story or facts.product.story_vi),
    }
    return frozenset(name for name, is_there in shown.items() if is_there)


def _lines(
    facts: Facts, verdict: Verdict, mat: HeadlineView, ctx: PageContext, say: Say
) -> tuple[list[Line], list[Line]]:
    findings = [one for one in verdict.findings if one is not mat.finding]
    if verdict.headline != NEVER_ISSUED and verdict.headline not in UNKNOWN:
        return leading_and_more(findings, facts, verdict, ctx, say)
    # What is known of the lot says nothing of this code: no stars, no certificates, nothing green.
    severe = (Severity.BAD, Severity.WARNING)
    told = [one for one in findings if one.severity in severe or one.code == verdict.headline]
    return [line_of(one, facts, say) for one in told], []


def plain(name: str) -> str:
    """A demo's name without the words that mark it a sample."""
    return _SAMPLE.sub("", name)


def for_reading(facts: Facts) -> Facts:
    """The demo's facts with names that do not each say they are samples: its pages say so once, at their end."""
    named = {id: replace(one, name=plain(one.name) if one.name else None) for id, one in facts.organisations.items()}
    producer = facts.producer and named.get(facts.producer.id, facts.producer)
    facilities = {id: replace(one, name=plain(one.name)) for id, one in facts.facilities.items()}
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
    name = product_name(facts.product, say)
    return say.gettext("%(name)s, lô %(lot)s", name=name, lot=facts.lot.lot) if facts.lot else name


def _named(facts: Facts, ctx: PageContext, say: Say) -> Iterator[Row]:
    """What the code itself says."""
    identity = facts.identity
    if facts.product:
        yield Row(say.gettext("Tên"), product_name(facts.product, say))
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
    return Todo(verdict.headline, maker, phone_of(facts), (action or "").rstrip("."))
