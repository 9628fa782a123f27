"""Certificates, judged today and on the day that mattered: harvest for growing schemes, making for the others.

"Valid when harvested, expired since" is not "never certified", and neither is a certificate that began afterwards.
One typed in by the producer is declared until its issuer's own account, or own key, says so too. OCOP decisions carry
stars, whose validity the stars family judges; who confirmed them and whether they were withdrawn is judged here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    """For each certificate: how it stands, and who confirmed it."""
    today = vietnamese_date(now)
    for certificate in facts.certificates:
        case = _Case(facts, certificate, today)
        if case.is_history:
            continue
        if certificate.scheme != "OCOP" or case.withdrawn:
            yield _standing(case)
        if not case.withdrawn:
            yield _confirmation(case)
        if case.labelled_too_much:
            yield _beyond_quantity(case)


def moments(facts: Facts) -> Iterator[datetime]:
    """The midnights on which certificates begin and end."""
    for certificate in facts.certificates:
        yield midnight(certificate.issued)
        if certificate.expires:
            yield midnight(certificate.expires)


@dataclass(frozen=True, slots=True)
class _Case:
    """A certificate, seen from one product or lot on one day."""

    facts: Facts
    certificate: CertificateFact
    today: date

    @property
    def withdrawn(self) -> bool:
        """Suspended or revoked by its issuer."""
        return self.certificate.state in _WITHDRAWN

    @property
    def expired(self) -> bool:
        """Past its last valid day, withdrawn or not."""
        return self.certificate.expires is not None and self.today >= self.certificate.expires

    @property
    def valid_today(self) -> bool:
        """In force today."""
        return self.valid_on(self.today)

    def valid_on(self, day: date) -> bool:
        """In force on `day`, as far as the last word of its issuer tells."""
        ours = self.certificate
        began = ours.issued <= day
        ended = ours.expires is not None and day >= ours.expires
        withdrawn = self.withdrawn and day >= vietnamese_date(ours.state_source.record_time)
        return began and not ended and not withdrawn

    @property
    def made(self) -> tuple[date, date] | None:
        """First and last day of harvest, or the day of making; None for a product without a lot."""
        if self.certificate.scheme in GROWING_SCHEMES:
            harvests = list(events_of(self.facts, lineage(self.facts), Stage.HARVEST))
            if harvests:
                return min(one.event.start for one in harvests), max(one.event.end for one in harvests)
        lot = self.facts.lot
        return (lot.made, lot.made) if lot and lot.made else None

    @property
    def valid_when_made(self) -> bool | None:
        """In force through harvest or making; None where there is no such day."""
        made = self.made
        return None if made is None else all(map(self.valid_on, made))

    @property
    def in_scope(self) -> bool:
        """Whether it was given to this product, its producer, this lot, or a place these goods passed through."""
        facts, subject = self.facts, self.certificate.subject
        if facts.product and subject in (facts.product.id, facts.product.organisation):
            return True
        lots = lineage(facts)
        return not lots or subject in lots or any(subject == fact.event.place for fact in events_of(facts, lots))

    @property
    def began_after(self) -> bool:
        """Whether it began only after these goods were harvested or made, or has not begun."""
        made = self.made
        return self.certificate.issued > (min(made[0], self.today) if made else self.today)

    @property
    def stands(self) -> bool:
        """In force today, for these goods too."""
        return self.in_scope and not self.began_after and self.valid_today

    @property
    def renewed(self) -> bool:
        """Whether a later certificate of the same scheme for the same subject is in force, no less well confirmed."""
        ours = self.certificate
        return any(
            (other.scheme, other.subject) == (ours.scheme, ours.subject)
            and other.issued > ours.issued
            and (other.state == CertificateState.CONFIRMED or ours.state == CertificateState.DECLARED)
            and replace(self, certificate=other).valid_today
            for other in self.facts.certificates
        )

    @property
    def is_history(self) -> bool:
        """Whether a renewal has taken its place and it says nothing about these goods."""
        return self.expired and not self.valid_when_made and self.renewed

    @property
    def labelled_too_much(self) -> bool:
        """Whether more was labelled in its year than the certificate expects to be grown."""
        expected = self.certificate.expected_t
        return expected is not None and self.facts.labelled_t.get(self.certificate.id, 0) > expected


def _standing(case: _Case) -> Finding:
    certificate = case.certificate
    if not case.in_scope:
        return _finding(case, "certificate-out-of-scope", Severity.INFO, reason="subject")
    if case.withdrawn:
        return _finding(case, _WITHDRAWN[certificate.state], Severity.WARNING, reason=certificate.state_reason)
    if case.began_after:
        return _finding(case, "certificate-out-of-scope", Severity.INFO, reason="began")
    if case.expired:
        carried_on = bool(case.valid_when_made) and case.renewed
        return _finding(case, "certificate-expired", Severity.INFO if carried_on else Severity.WARNING)
    confirmed = certificate.state == CertificateState.CONFIRMED
    return _finding(case, "certificate-valid", Severity.GOOD if confirmed else Severity.INFO)


def _confirmation(case: _Case) -> Finding:
    certificate = case.certificate
    if certificate.state == CertificateState.DECLARED:
        return _finding(case, "certificate-unconfirmed", Severity.INFO)
    code = "certificate-confirmed-own-key" if certificate.own_key else "certificate-confirmed-by-account"
    return _finding(case, code, Severity.GOOD if case.stands else Severity.INFO)


def _beyond_quantity(case: _Case) -> Finding:
    labelled = case.facts.labelled_t[case.certificate.id]
    numbers = {"labelled_t": labelled, "expected_t": case.certificate.expected_t}
    return _finding(case, "certificate-out-of-scope", Severity.WARNING, reason="quantity", **numbers)


def _finding(case: _Case, code: str, severity: Severity, **more: Any) -> Finding:
    certificate, made = case.certificate, case.made
    data = {
        **describe(certificate),
        "valid_when_made": case.valid_when_made,
        "made": made[0].isoformat() if made else None,
        "made_until": made[1].isoformat() if made else None,
        "growing": certificate.scheme in GROWING_SCHEMES,
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
