"""The numbers behind a headline that is about numbers: sums that do not agree, scans that are too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.verdict import Verdict
from traceapp.i18n import show_about
from traceapp.web.public.papers import Row
from traceapp.web.public.places import province_names
from traceapp.web.public.say import Say, capital


@dataclass(frozen=True, slots=True)
class Bars:
    """Two bars, drawn in a picture `said` wide: what there can be, and what was said."""

    limit: float
    said: float


@dataclass(frozen=True, slots=True)
class Sums:
    """A small table with its title, and a sentence on how to read it."""

    title: str
    rows: tuple[Row, ...]
    caption: str
    bars: Bars | None = None


def sums(facts: Facts, verdict: Verdict, say: Say) -> Sums | None:
    """The numbers of the headline, None where it is not about numbers or they are not the public's."""
    finding = verdict.find(verdict.headline)[0]
    if finding.code == "copy-suspected":
        return _scans(finding, facts, say)
    if finding.code == "mass-balance-exceeded" and "most" in finding.data:
        return _balance(finding, say)
    return None


def _balance(finding: Finding, say: Say) -> Sums:
    data = finding.data
    return Sums(
        title=say.gettext("Chưa khớp ở đâu"),
        rows=tuple(_balance_rows(finding, say)),
        caption=_rule(finding, say),
        bars=Bars(data["most"], data["claimed"]),
    )


def _balance_rows(finding: Finding, say: Say) -> Iterator[Row]:
    data, unit = finding.data, finding.data["unit"]
    for taken in data.get("inputs", ()):
        name = say.gettext("%(goods)s đưa vào", goods=capital(taken["goods"]))
        yield Row(name, say.amount(taken["quantity"], unit=taken["unit"]))
    most = show_about(data["most"], data["claimed"], say.lang)
    yield Row(say.gettext("Nhiều nhất có thể"), f"{most} {unit}")
    yield Row(say.gettext("Đã khai: %(goods)s", goods=data["goods"]), say.amount(data["claimed"], unit))


def _rule(finding: Finding, say: Say) -> str:
    data = finding.data
    legend = say.gettext("Thanh trên: nhiều nhất có thể. Thanh dưới: đã khai.")
    if finding.data["kind"] != "yield" or not data["inputs"]:
        return legend
    left, _, right = data["rule_unit"].partition(" per ")
    rule = say.gettext(
        "Thường cần %(least)s đến %(most)s %(left)s %(input)s cho 1 %(right)s %(output)s.",
        least=say.number(data["least"]),
        most=say.number(data["most_per"]),
        left=left,
        input=data["inputs"][0]["goods"],
        right=right,
        output=data["goods"],
    )
    return f"{legend} {rule}"


def _scans(finding: Finding, facts: Facts, say: Say) -> Sums:
    data, provinces = finding.data, province_names(facts.scans.provinces_24h) if facts.scans else []
    hours = say.number(data["hours"])
    names = f" ({', '.join(provinces)})" if provinces else ""
    place = say.gettext("Tỉnh, thành%(names)s", names=names)
    return Sums(
        title=say.gettext("Tem này được quét thế nào"),
        rows=(
            Row(say.gettext("Lượt quét trong %(hours)s giờ", hours=hours), say.number(data["scans"])),
            Row(say.gettext("Một nhà thường quét"), f"{data['usual_least']}–{data['usual_most']}"),
            Row(say.gettext("Số máy khác nhau"), say.number(data["visitors"])),
            *([Row(place, say.number(data["provinces"]))] if data["provinces"] else ()),
            Row(say.gettext("Lượt quét trong 7 ngày"), say.number(data["week"])),
            Row(say.gettext("Tất cả lượt quét đến nay"), say.number(data["total"])),
        ),
        caption=say.gettext("Nơi quét chỉ biết đến tỉnh. Chúng tôi không lưu ai đã quét."),
    )
