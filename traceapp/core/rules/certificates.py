"""Certificates, judged today and on the day that mattered: harvest for growing schemes, making for the others.

"Valid when harvested, expired since" is not "never certified", and neither is a certificate that began afterwards.
One typed in by the producer is declared until its issuer's own account, or own key, says so too. OCOP decisions carry
stars, whose validity the stars family judges; who confirmed them and whether they were withdrawn is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from traceapp.core.dates import midnight, rfc3339, vietnamese_date
from traceapp.core.events import Stage
from traceapp.core.facts import CertificateFact, CertificateState, Facts
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.rules.lineage import events_of, lineage

GROWING_SCHEMES = frozenset({"VIETGAP", "GLOBALGAP", "ORGANIC"})
_WITHDRAWN = {
    CertificateState.SUSPENDED: "certificate-suspended",
    CertificateState.REVOKED: "certificate-revoked",
}


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """For each certificate: how it stands, who confirmed it, and whether more was labelled than it expects."""
    goods, today = _goods(facts), vietnamese_date(now)
    for certificate in facts.certificates:
        case = _Case(certificate, goods, today)
        renewed = any(case.renewed_by(other) for other in facts.certificates)
        if case.expired and renewed and not case.valid_when_made:
            continue  # history: its renewal speaks, and it says nothing about these goods
        if certificate.scheme != "OCOP" or case.withdrawn:
            yield _standing(case, renewed=renewed)
        if not case.withdrawn:
            yield _confirmation(case)
        labelled, expected = facts.labelled_t.get(certificate.id, 0), certificate.expected_t
        if expected is not None and labelled > expected:
            numbers = {"labelled_t": labelled, "expected_t": expected}
            yield _finding(case, "certificate-out-of-scope", Severity.WARNING, reason="quantity", **numbers)


def moments(facts: Facts) -> Iterator[datetime]:
    """The midnights on which certificates begin and end."""
    for certificate in facts.certificates:
        yield midnight(certificate.issued)
        if certificate.expires:
            yield midnight(certificate.expires)


@dataclass(frozen=True, slots=True)
class _Goods:
    """What certificates are held against: first and last day of harvest and of making, and what they may be about.

    `subjects` is None for a product without a lot: any facility of the producer may yet make it.
    """

    harvested: tuple[date, date] | None
    made: tuple[date, date] | None
    subjects: frozenset[str] | None


def _goods(facts: Facts) -> _Goods:
    lots = lineage(facts)
    product, lot = facts.product, facts.lot
    harvests = list(events_of(facts, lots, Stage.HARVEST))
    days = [(one.event.start, one.event.end) for one in harvests]
    places = {fact.event.place for fact in events_of(facts, lots) if fact.event.place}
    own = {product.id, product.organisation} if product else set()
    return _Goods(
        harvested=(min(start for start, _ in days), max(end for _, end in days)) if days else None,
        made=(lot.made, lot.made) if lot and lot.made else None,
        subjects=frozenset(own | places | set(lots)) if lots else None,
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """A certificate, held against some goods on one day."""

    certificate: CertificateFact
    goods: _Goods
    today: date

    @property
    def withdrawn(self) -> bool:
        """Suspended or revoked by its issuer."""
        return self.certificate.state in _WITHDRAWN

    @property
    def expired(self) -> bool:
        """Past its last valid day, withdrawn or not."""
        return self.certificate.expires is not None and self.today >= self.certificate.expires

    def valid_on(self, day: date) -> bool:
        """In force on `day`, as far as the last word of its issuer tells."""
        ours = self.certificate
        ended = ours.expires is not None and day >= ours.expires
        withdrawn = self.withdrawn and day >= vietnamese_date(ours.state_source.record_time)
        return ours.issued <= day and not ended and not withdrawn

    @property
    def growing(self) -> bool:
        """Whether it is about growing, and there was a harvest."""
        return self.certificate.scheme in GROWING_SCHEMES and self.goods.harvested is not None

    @property
    def made(self) -> tuple[date, date] | None:
        """First and last day of harvest, or the day of making; None for a product without a lot."""
        return self.goods.harvested if self.growing else self.goods.made

    @property
    def valid_when_made(self) -> bool | None:
        """In force through harvest or making; None where there is no such day."""
        return None if self.made is None else all(map(self.valid_on, self.made))

    @property
    def in_scope(self) -> bool:
        """Whether it was given to this product, its producer, this lot, or a place these goods passed through."""
        return self.goods.subjects is None or self.certificate.subject in self.goods.subjects

    @property
    def began_after(self) -> bool:
        """Whether it began only after these goods were harvested or made, or has not begun."""
        first_day = self.made[0] if self.made else self.today
        return self.certificate.issued > min(first_day, self.today)

    @property
    def stands(self) -> bool:
        """In force today, and for these goods too."""
        return self.in_scope and not self.began_after and self.valid_on(self.today)

    def renewed_by(self, other: CertificateFact) -> bool:
        """Whether `other` is a later one of the same scheme and subject, in force and no less well confirmed."""
        ours = self.certificate
        return (
            (other.scheme, other.subject) == (ours.scheme, ours.subject)
            and other.issued > ours.issued
            and (other.state == CertificateState.CONFIRMED or ours.state == CertificateState.DECLARED)
            and _Case(other, self.goods, self.today).valid_on(self.today)
        )


def _standing(case: _Case, *, renewed: bool) -> Finding:
    certificate = case.certificate
    if not case.in_scope:
        return _finding(case, "certificate-out-of-scope", Severity.INFO, reason="subject")
    if case.withdrawn:
        return _finding(case, _WITHDRAWN[certificate.state], Severity.WARNING, reason=certificate.state_reason)
    if case.began_after:
        return _finding(case, "certificate-out-of-scope", Severity.INFO, reason="began")
    if case.expired:
        # Renewed without a gap that matters to these goods: nothing to warn of.
        return _finding(case, "certificate-expired", Severity.INFO if renewed else Severity.WARNING)
    confirmed = certificate.state == CertificateState.CONFIRMED
    return _finding(case, "certificate-valid", Severity.GOOD if confirmed else Severity.INFO)


def _confirmation(case: _Case) -> Finding:
    certificate = case.certificate
    if certificate.state == CertificateState.DECLARED:
        return _finding(case, "certificate-unconfirmed", Severity.INFO)
    severity = Severity.GOOD if case.stands else Severity.INFO
    if not certificate.own_key:
        return _finding(case, "certificate-confirmed-by-account", severity)
    return _finding(case, "certificate-confirmed-own-key", severity, key=certificate.state_source.own_key)


def _finding(case: _Case, code: str, severity: Severity, **more: Any) -> Finding:
    certificate, made = case.certificate, case.made
    data = {
        **describe(certificate),
        "valid_when_made": case.valid_when_made,
        "made": made[0].isoformat() if made else None,
        "made_until": made[1].isoformat() if made else None,
        "growing": case.growing,
        **more,
    }
    mark, who = spoken_for(certificate)
    return Finding(code, severity, mark, who, rfc3339(certificate.state_source.record_time), data)


def describe(certificate: CertificateFact) -> dict[str, Any]:
    """A certificate's own words, as findings carry them."""
    return {
        "certificate": certificate.id,
        "scheme": certificate.scheme,
        "number": certificate.number,
        "scope": certificate.scope,
        "issuer": certificate.issuer,
        "issuer_as_named": certificate.issuer_as_named,
        "issued": certificate.issued.isoformat(),
        "expires": certificate.expires.isoformat() if certificate.expires else None,
    }


def spoken_for(certificate: CertificateFact) -> tuple[Mark, str]:
    """Who stands behind a certificate: whoever declared it, until its issuer has spoken."""
    if certificate.state == CertificateState.DECLARED:
        return Mark.DECLARED, certificate.source.declared_by
    return Mark.TESTED if certificate.scheme == "TEST" else Mark.CONFIRMED, certificate.issuer
