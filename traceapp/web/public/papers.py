"""Certificates as cards, and who says what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from traceapp.core.facts import CertificateFact, CertificateState, Facts, ProductFact
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.producer_links import outlets_in
from traceapp.core.verdict import Verdict
from traceapp.i18n import scheme_name, sentence, show_date
from traceapp.web.public.journey import Said, said_of
from traceapp.web.public.lines import CSS
from traceapp.web.public.say import Say

_CONFIRMATIONS = frozenset(
    {"certificate-confirmed-own-key", "certificate-confirmed-by-account", "certificate-unconfirmed"}
)
_STARS = ("stars-valid", "stars-expired")


@dataclass(frozen=True, slots=True)
class Row:
    """A name and a value side by side; `code` for what is compared letter by letter, `foreign` for Vietnamese text."""

    name: str
    value: str
    code: bool = False
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class PaperSaid:
    """Who stands behind a certificate, as the finding about it says."""

    kind: str
    icon: str
    text: str
    code: str
    severity: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate's card."""

    css: str
    state: str
    name: str
    rows: tuple[Row, ...]
    said: tuple[PaperSaid, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is said of the product, and who says it."""

    what: str
    said: Said


def papers(facts: Facts, verdict: Verdict, say: Say) -> tuple[Paper, ...]:
    """A card for each certificate that the verdict speaks of, stars first."""
    spoken = {one.data["certificate"] for one in verdict.findings if "certificate" in one.data}
    told = [one for one in facts.certificates if one.id in spoken]
    return tuple(_paper(one, verdict, facts, say) for one in sorted(told, key=lambda one: one.scheme != "OCOP"))


def _paper(certificate: CertificateFact, verdict: Verdict, facts: Facts, say: Say) -> Paper:
    about = [one for one in verdict.findings if one.data.get("certificate") == certificate.id]
    standing = [one for one in about if one.code not in _CONFIRMATIONS]
    severity = standing[0].severity if standing else Severity.INFO
    return Paper(
        css=CSS[severity],
        state=_state(standing[0], certificate, say) if standing else _passed_over(certificate, verdict, facts, say),
        name=_name(certificate, say),
        rows=tuple(_rows(certificate, say)),
        said=tuple(_paper_said(one, facts, say) for one in about if one.code in _CONFIRMATIONS),
    )


def _passed_over(certificate: CertificateFact, verdict: Verdict, facts: Facts, say: Say) -> str:
    """Why a decision's stars do not count: a later one took its place, or it waits for its day or its issuer's word."""
    counting = {one.data["certificate"] for code in _STARS for one in verdict.find(code)}
    if all(one.issued >= certificate.issued for one in facts.certificates if one.id in counting) and counting:
        return say.gettext("Giấy cũ, đã có giấy mới hơn")
    if certificate.state == CertificateState.CONFIRMED:
        return say.gettext("Có hiệu lực từ %(day)s", day=show_date(certificate.issued))
    return say.gettext("Giấy mới, nơi cấp chưa xác nhận")


def _state(standing: Finding, certificate: CertificateFact, say: Say) -> str:
    match standing.code:
        case "certificate-valid" | "stars-valid":
            confirmed = certificate.state == CertificateState.CONFIRMED
            return say.gettext("Còn hiệu lực") if confirmed else say.gettext("Còn hạn theo lời khai")
        case "certificate-expired" | "stars-expired":
            return say.gettext("Hết hiệu lực từ %(day)s", day=show_date(standing.data["expires"]))
        case "certificate-suspended":
            return say.gettext("Đang bị đình chỉ")
        case "certificate-revoked":
            return say.gettext("Đã bị nơi cấp thu lại")
        case _:
            return say.gettext("Không tính cho lô này")


def _name(certificate: CertificateFact, say: Say) -> str:
    name = scheme_name(certificate.scheme, say.lang)
    if certificate.stars is None:
        return name
    stars = say.gettext("%(name)s %(stars)s sao", name=name, stars=certificate.stars)
    if certificate.score is None:
        return stars
    return say.gettext("%(stars)s, %(score)s điểm", stars=stars, score=say.number(certificate.score))


def _rows(certificate: CertificateFact, say: Say) -> Iterator[Row]:
    yield Row(say.gettext("Số"), certificate.decision or certificate.number)
    if scope := _scope(certificate, say):
        yield Row(say.gettext("Phạm vi"), scope, foreign=say.lang != "vi")
    yield Row(say.gettext("Ngày cấp"), show_date(certificate.issued))
    if certificate.expires:
        yield Row(say.gettext("Hết hạn"), show_date(certificate.expires))
    if certificate.surveillance:
        days = ", ".join(show_date(day) for day in certificate.surveillance)
        yield Row(say.gettext("Giám sát"), days)
    if certificate.issuer_as_named:
        yield Row(say.gettext("Nơi cấp ghi là"), certificate.issuer_as_named, foreign=say.lang != "vi")
    if own_key := certificate.state_source.own_key:
        yield Row(say.gettext("Khóa nơi cấp"), own_key.partition("#")[0], code=True)


def _scope(certificate: CertificateFact, say: Say) -> str:
    parts = [certificate.scope or ""]
    if certificate.area_ha is not None:
        parts.append(say.amount(certificate.area_ha, "ha"))
    members = certificate.extra.get("members")
    if isinstance(members, int):
        parts.append(say.gettext("%(count)s hộ", count=members))
    return ", ".join(part for part in parts if part)


def _paper_said(finding: Finding, facts: Facts, say: Say) -> PaperSaid:
    said = said_of(finding, finding.who, facts, say)
    text = sentence(finding, facts, say.lang).rest.lstrip(": ")
    return PaperSaid(said.kind, said.icon, text[:1].upper() + text[1:], finding.code, str(finding.severity))


def claims(facts: Facts, verdict: Verdict, say: Say) -> tuple[Claim, ...]:
    """Who says what, from the producer's own word to what others confirmed, measured and saw."""
    return tuple(_claims(facts, verdict, say))


def _claims(facts: Facts, verdict: Verdict, say: Say) -> Iterator[Claim]:
    if facts.product is None:
        return
    yield from _declared(facts, facts.product, say)
    for finding in verdict.find("identity-confirmed"):
        yield Claim(say.gettext("Danh tính cơ sở"), said_of(finding, finding.who, facts, say))
    for certificate in facts.certificates:
        confirmed = certificate.state == CertificateState.CONFIRMED
        mark = Mark.DECLARED if not confirmed else Mark.TESTED if certificate.scheme == "TEST" else Mark.CONFIRMED
        who = certificate.issuer if confirmed else certificate.source.declared_by
        yield Claim(_name(certificate, say), said_of(mark, who, facts, say))
    for finding in (*verdict.find("test-passed"), *verdict.find("test-failed")):
        report = say.gettext("Phiếu kiểm nghiệm %(number)s", number=finding.data["report"])
        yield Claim(report, said_of(finding, finding.who, facts, say))
    yield from _seen(facts, verdict, say)


def _declared(facts: Facts, product: ProductFact, say: Say) -> Iterator[Claim]:
    """What nobody but the producer says; of what others did at a stage, they speak themselves in the journey."""
    own = said_of(Mark.DECLARED, product.source.declared_by, facts, say)
    yield Claim(say.gettext("Tên, lượng hàng, thành phần, tiêu chuẩn"), own)
    if facts.lot:
        by = said_of(Mark.DECLARED, facts.lot.source.declared_by, facts, say)
        yield Claim(say.gettext("Số lô, ngày sản xuất, hạn sử dụng"), by)
    if facts.events:
        yield Claim(say.gettext("Các công đoạn và khối lượng"), own)
    if product.story or product.story_vi:
        yield Claim(say.gettext("Chuyện của sản phẩm"), own)
    if outlets_in(product.extra):
        yield Claim(say.gettext("Nơi bán, nơi thăm"), own)


def _seen(facts: Facts, verdict: Verdict, say: Say) -> Iterator[Claim]:
    seen = verdict.find("inspected")
    for finding in seen:
        yield Claim(say.gettext("Kiểm tra tại chỗ"), said_of(finding, finding.who, facts, say))
    if not seen:
        nobody = Said("declared", "inspected", say.gettext("Chưa có kiểm tra viên nào xem"))
        yield Claim(say.gettext("Kiểm tra tại chỗ"), nobody)
