"""Lots, stock, deliveries and cases as the portal shows them: every number written out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from urllib.parse import unquote

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.handing_over import CaseDifference, Difference
from traceapp.core.quantities import Quantity
from traceapp.core.rules.balance_goods import Stock
from traceapp.core.units import is_broken
from traceapp.core.verdict import Verdict
from traceapp.i18n import headline, show_date, show_number
from traceapp.services.lots.cases import CaseRow
from traceapp.services.lots.handing_over import Shipment
from traceapp.services.lots.making import Foreseen
from traceapp.web.language import choose_locale
from traceapp.web.public.lines import CSS, Line, line_of, shape_of
from traceapp.web.public.product import product_name
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

_BALANCE = "mass-balance-"


@dataclass(frozen=True, slots=True)
class LotView:
    """A lot's heading, and its headline as its public page has it."""

    path: str
    number: str
    product: str
    owner: str
    made: str
    expires: str
    is_own: bool
    css: str
    shape: str
    title: str
    lead: str
    labels: int


@dataclass(frozen=True, slots=True)
class StockView:
    """One kind of goods: how much came, went and is left, or is lacking; `key` names it in a form."""

    lot: str
    goods: str
    unit: str
    there: str
    drawn: str
    left: str
    left_number: float
    key: str
    is_short: bool
    lacking: str


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A delivery between two organisations, as one of them sees it."""

    record_id: str
    lot: str
    path: str
    other: str
    is_incoming: bool
    goods: str
    day: str
    received: str
    differences: tuple[str, ...]
    note: str
    cases: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case in a list."""

    code: str
    path: str
    items: int
    packed: bool


@dataclass(frozen=True, slots=True)
class BalanceView:
    """What the mass balance will say of one new lot."""

    lot: str
    lines: tuple[Line, ...]
    left: tuple[StockView, ...]
    exceeded: bool


def lot_view(facts: Facts, verdict: Verdict, path: str, *, is_own: bool, say: Say) -> LotView:
    """A lot by its verified facts."""
    words, css, lot = headline(verdict, facts, say.lang), CSS[verdict.severity], facts.lot
    return LotView(
        path=path,
        number=number_of(path),
        product=product_name(facts.product, say) if facts.product else "",
        owner=(facts.producer.name if facts.producer else None) or "",
        made=show_date(lot.made) if lot and lot.made else "",
        expires=show_date(lot.expires) if lot and lot.expires else "",
        is_own=is_own,
        css=css,
        shape=shape_of(verdict.headline, css),
        title=words.title,
        lead=words.lead,
        labels=sum(run.count for run in facts.label_runs),
    )


def number_of(lot: str) -> str:
    """A lot's number, by its id or path."""
    return unquote(lot.rpartition("/10/")[2])


def goods_of(key: str) -> tuple[str, str, str]:
    """A key of StockView taken apart: lot, goods, unit."""
    lot, _, rest = key.partition("|")
    name, _, unit = rest.rpartition("|")
    return lot, name, unit


def broken_words(number: float, unit: str) -> str:
    """What to write where goods that are counted were given in parts; empty where there is nothing to say."""
    if not is_broken(number, unit):
        return ""
    whole = show_number(ceil(number), choose_locale())
    return str(gettext("Đếm bằng %(unit)s thì viết số nguyên, như %(whole)s.", unit=unit, whole=whole))


def stock_views(stock: Iterable[Stock], say: Say) -> tuple[StockView, ...]:
    """Kinds of goods; what was never seen to come in has no amount."""
    return tuple(_stock(one, say) for one in stock)


def _stock(one: Stock, say: Say) -> StockView:
    left = one.left.in_unit(one.unit)
    short = one.there is not None and left < 0
    amounts = (one.there, one.drawn)
    there, drawn = (
        "" if amount is None else say.amount(Quantity(amount, one.dimension).in_unit(one.unit), one.unit)
        for amount in amounts
    )
    return StockView(
        lot=number_of(one.lot),
        goods=one.goods,
        unit=one.unit,
        there=there,
        drawn=drawn,
        left=say.amount(left, one.unit) if one.there is not None else "",
        left_number=left,
        key="|".join((one.lot, one.goods, one.unit)),
        is_short=short,
        lacking=say.amount(-left, one.unit) if short else "",
    )


def shipment_views(found: Sequence[Shipment], organisation: str, say: Say) -> tuple[ShipmentView, ...]:
    """Deliveries as one of their parties sees them."""
    return tuple(shipment_view(one, organisation, say) for one in found)


def shipment_view(one: Shipment, organisation: str, say: Say) -> ShipmentView:
    """One delivery."""
    incoming = one.receiver == organisation
    received = one.received
    return ShipmentView(
        record_id=one.record_id,
        lot=number_of(one.lot),
        path="/" + one.lot.partition("://")[2].partition("/")[2],
        other=one.name_of(one.sender if incoming else one.receiver),
        is_incoming=incoming,
        goods=say.goods(one.goods),
        day=show_date(one.sent.event.start),
        received=show_date(received.event.start) if received else "",
        differences=(
            *(difference_words(each, say) for each in one.differences),
            *case_difference_words(one.case_differences, say),
        ),
        note=say.written(received.event.kde.get("note")) if received else "",
        cases=tuple(("/" + case.partition("://")[2].partition("/")[2], case.rpartition("/")[2]) for case in one.cases),
    )


def case_difference_words(found: CaseDifference, say: Say) -> tuple[str, ...]:
    """A sentence for each case that one side names and the other does not."""
    missing, extra = ([one.rpartition("/")[2] for one in side] for side in (found.missing, found.extra))
    return (
        *(say.gettext("Thùng %(code)s: có giao, không nhận được", code=one) for one in missing),
        *(say.gettext("Thùng %(code)s: nhận được, bên giao không ghi", code=one) for one in extra),
    )


def difference_words(one: Difference, say: Say) -> str:
    """A difference in one sentence."""
    gap = say.amount(abs(one.received - one.sent), one.unit)
    told = {
        "goods": one.goods,
        "sent": say.amount(one.sent, one.unit),
        "received": say.amount(one.received, one.unit),
        "gap": gap,
    }
    if one.missing:
        return say.gettext("%(goods)s: giao %(sent)s, nhận %(received)s, thiếu %(gap)s", **told)
    return say.gettext("%(goods)s: giao %(sent)s, nhận %(received)s, thừa %(gap)s", **told)


def case_views(found: Iterable[CaseRow], host: str) -> tuple[CaseView, ...]:
    """Cases in a list."""
    return tuple(
        CaseView(one.id.rpartition("/")[2], one.id.removeprefix(f"https://{host}"), one.items, one.packed)
        for one in found
    )


def balance_views(found: Iterable[Foreseen], say: Say) -> tuple[BalanceView, ...]:
    """What the mass balance foresees, in the words of the page."""
    return tuple(
        BalanceView(
            number_of(one.lot),
            tuple(_line(finding, one.facts, say) for finding in _told(one.findings)),
            stock_views(one.left, say),
            one.exceeded,
        )
        for one in found
    )


def _told(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.code.startswith(_BALANCE)]


def _line(finding: Finding, facts: Facts, say: Say) -> Line:
    """Without the word that figures are not public: whoever has the goods reads them right below."""
    line, told = line_of(finding, facts, say), "most" in finding.data
    return line if told or finding.code != "mass-balance-exceeded" else replace(line, rest="")
