"""OCOP stars: valid for 36 months from the decision, whoever printed what; after that no star is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from traceapp.core.dates import midnight, rfc3339, vietnamese_date
from traceapp.core.expiry import stars_end
from traceapp.core.facts import CertificateFact, CertificateState, Facts
from traceapp.core.findings import Finding, Severity
from traceapp.core.rules.certificates import describe, spoken_for


def judge(facts: Facts, now: datetime) -> Iterator[Finding]:
    """The latest decision that has been taken; a producer's own word counts only where no council has spoken.

    A suspended or revoked decision gives no stars and leaves the word to an earlier one.
    """
    today = vietnamese_date(now)
    taken = [one for one in _decisions(facts) if one.issued <= today]
    latest = _latest(taken)
    if latest is not None:
        yield _stars(latest, today, is_renewed=any(_would_renew(one, latest, today) for one in taken))


def _latest(taken: list[CertificateFact]) -> CertificateFact | None:
    """The decision whose stars count."""
    confirmed = [one for one in taken if one.state == CertificateState.CONFIRMED]
    return max(confirmed or taken, key=lambda one: (one.issued, one.source.leaf_index), default=None)


def _would_renew(one: CertificateFact, latest: CertificateFact, today: date) -> bool:
    """Whether the producer declares it as a later decision, which would count if its council confirmed it."""
    return one.state == CertificateState.DECLARED and one.issued > latest.issued and today < first_day_without(one)


def moments(facts: Facts) -> Iterator[datetime]:
    """The midnights on which decisions begin and end."""
    for decision in _decisions(facts):
        yield midnight(decision.issued)
        yield midnight(first_day_without(decision))


def first_day_without(decision: CertificateFact) -> date:
    """The day from which a decision's stars may no longer be shown: 36 months on, or its own end if that is sooner."""
    return stars_end(decision.issued, decision.expires)


def ends_before_goods(facts: Facts, today: date) -> tuple[date, date] | None:
    """(first day without stars, last day of the goods) where stars printed today would outlive themselves on a pack.

    The goods last until the lot expires; without an expiry, as long as the product's shelf life from when it was made.
    """
    ends, lasts = _star_end(facts, today), _last_day(facts)
    return (ends, lasts) if ends and lasts and ends <= lasts else None


def _star_end(facts: Facts, today: date) -> date | None:
    """The first day without the stars that count today, which are those that a label shows."""
    latest = _latest([one for one in _decisions(facts) if one.issued <= today])
    ends = first_day_without(latest) if latest else None
    return ends if ends and today < ends else None


def _last_day(facts: Facts) -> date | None:
    if facts.lot is None:
        return None
    life = facts.product.shelf_life_days if facts.product else None
    made = facts.lot.made
    return facts.lot.expires or (made + timedelta(days=life) if made and life else None)


def _decisions(facts: Facts) -> list[CertificateFact]:
    standing = (CertificateState.DECLARED, CertificateState.CONFIRMED)
    return [one for one in facts.certificates if one.scheme == "OCOP" and one.stars and one.state in standing]


def _stars(decision: CertificateFact, today: date, *, is_renewed: bool) -> Finding:
    ends = first_day_without(decision)
    data = {
        **describe(decision),
        "expires": ends.isoformat(),
        "stars": decision.stars,
        "score": decision.score,
        "decision": decision.decision,
    }
    mark, who = spoken_for(decision)
    if today >= ends:
        data["renewal_declared"] = is_renewed
        return Finding("stars-expired", Severity.WARNING, mark, who, ends.isoformat(), data)
    confirmed = decision.state == CertificateState.CONFIRMED
    since = rfc3339(decision.state_source.record_time)
    return Finding("stars-valid", Severity.GOOD if confirmed else Severity.INFO, mark, who, since, data)
