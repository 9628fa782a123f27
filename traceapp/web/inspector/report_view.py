"""A report in its reader's words: for its page and for paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from traceapp import i18n
from traceapp.core.dates import instant
from traceapp.core.facts import InspectionFact
from traceapp.i18n.inspect import checked_item, checklists, result_name
from traceapp.i18n.names import name_in
from traceapp.render.report import PaperReport, Part
from traceapp.services.inspections.reports import Report
from traceapp.web.public.page import plain
from traceapp.web.words import gettext


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report: `parts` are headings with rows of (name, value)."""

    record_id: str
    title: str
    result: str
    good: bool
    who: str
    day: str
    about: str
    about_url: str | None
    parts: tuple[Part, ...]
    note: str
    has_photo: bool


def report_view(report: Report, lang: str, *, is_demo: bool) -> ReportView:
    """The report in the context's language."""
    seen = report.seen
    who = (report.inspectorate and report.inspectorate.name) or gettext("Cơ quan kiểm tra")
    return ReportView(
        record_id=report.record_id,
        title=gettext("Biên bản kiểm tra"),
        result=result_name(seen.result, lang),
        good=seen.result == "pass",
        who=plain(who) if is_demo else who,
        day=i18n.show_date(seen.day),
        about=_about(report, lang),
        about_url=_about_url(seen, lang),
        parts=tuple(part for part in _parts(report, lang, is_demo=is_demo) if part.rows),
        note=seen.note or "",
        has_photo=seen.photo,
    )


def paper(view: ReportView, lang: str, address: str) -> PaperReport:
    """The same for paper."""
    return PaperReport(
        lang=lang,
        title=view.title,
        result=gettext("Kết luận: %(result)s", result=view.result.lower()),
        lead=gettext("%(who)s đã xem %(about)s ngày %(day)s.", who=view.who, about=view.about, day=view.day),
        parts=view.parts,
        note_heading=gettext("Ghi chú"),
        note=view.note,
        address=address,
        about_address=gettext("Bản gốc có chữ ký số: %(address)s", address=address),
        signature_line=gettext(
            "Bản in để đọc. Bản gốc là mục có chữ ký số trong sổ công khai; quét mã để kiểm, mã mục %(record)s.",
            record=view.record_id,
        ),
        page_words=gettext("Trang {page}"),
    )


def _about_url(seen: InspectionFact, lang: str) -> str | None:
    """The page of what was seen; a facility has one where it has a GLN."""
    if seen.lot:
        return f"/verify{_path(seen.lot)}?lang={lang}"
    path = _path(seen.facility or "")
    return f"{path}?lang={lang}" if path.startswith("/414/") else None


def _about(report: Report, lang: str) -> str:
    seen, product = report.seen, report.product
    if report.facility:
        return report.facility.name
    name = name_in(lang, product.name_vi, product.name_en) if product else gettext("sản phẩm")
    lot = report.lot.lot if report.lot else seen.lot.rpartition("/")[2]
    if seen.item:
        return str(gettext("gói số %(item)s, lô %(lot)s, %(name)s", item=seen.item, lot=lot, name=name))
    return str(gettext("lô %(lot)s, %(name)s", lot=lot, name=name))


def _parts(report: Report, lang: str, *, is_demo: bool) -> Iterator[Part]:
    seen = report.seen
    yield Part(gettext("Xem gì"), tuple(_about_rows(report, lang, is_demo=is_demo)))
    name = checklists(lang).get(seen.checklist or "", ("", {}))[0]
    heading = gettext("Danh mục: %(name)s", name=name) if name else gettext("Danh mục")
    checks = tuple((checked_item(one.code, lang), result_name(one.result, lang)) for one in seen.checks)
    yield Part(heading, checks)
    yield Part(
        gettext("Đo được"), tuple((one.what, " ".join(filter(None, (one.value, one.unit)))) for one in seen.measured)
    )


def _about_rows(report: Report, lang: str, *, is_demo: bool) -> Iterator[tuple[str, str]]:
    seen = report.seen
    producer = (report.producer.name if report.producer else None) or ""
    if producer:
        yield gettext("Cơ sở"), plain(producer) if is_demo else producer
    if report.product:
        yield gettext("Sản phẩm"), name_in(lang, report.product.name_vi, report.product.name_en)
        yield gettext("Mã"), report.product.code
    if seen.lot:
        yield gettext("Lô"), report.lot.lot if report.lot else _path(seen.lot)
    if seen.item:
        yield gettext("Gói số"), str(seen.item)
    if report.facility:
        yield gettext("Nơi làm"), report.facility.name
    if seen.seal:
        yield gettext("Số niêm phong"), seen.seal
    if seen.sample:
        yield gettext("Mã mẫu đã lấy"), seen.sample
    if seen.made:
        yield gettext("Lập trên máy lúc"), i18n.show_instant(instant(seen.made), lang)
    yield gettext("Vào sổ lúc"), i18n.show_instant(seen.source.record_time, lang)


def _path(thing: str) -> str:
    """The path of a thing's id."""
    return "/" + thing.partition("://")[2].partition("/")[2]
