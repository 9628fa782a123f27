"""A verdict as the phone shows it: the same findings as the page, in the same words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from traceapp import i18n
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.verdict import Verdict
from traceapp.web.public.page import for_reading


def spoken_verdict(
    facts: Facts, verdict: Verdict, lang: str, now: datetime, *, signature: str | None, is_demo: bool
) -> dict[str, Any]:
    """Headline and findings with their words, the page they stand on, and the thing's name and dates."""
    shown = for_reading(facts) if is_demo else facts
    headline = i18n.headline(verdict, shown, lang)
    query = urlencode({"lang": lang, **({"S": signature} if signature else {})})
    return {
        "headline": {
            "code": verdict.headline,
            "severity": str(verdict.severity),
            "title": headline.title,
            "lead": headline.lead,
        },
        "findings": [_spoken(finding, shown, lang) for finding in verdict.findings],
        "time": i18n.show_time(now),
        "page": f"/verify{facts.identity.path}?{query}",
        "thing": _thing(shown),
    }


def _spoken(finding: Finding, facts: Facts, lang: str) -> dict[str, str]:
    said = i18n.sentence(finding, facts, lang)
    name = facts.name_of(finding.who) if finding.who else None
    mark = "" if finding.who is None else i18n.mark_text(finding, name, lang)
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "strong": said.strong,
        "rest": said.rest,
        "mark": mark,
    }


def _thing(facts: Facts) -> dict[str, Any] | None:
    if facts.product is None:
        return None
    made, expires = (facts.lot.made, facts.lot.expires) if facts.lot else (None, None)
    return {
        "name": {"vi": facts.product.name_vi, "en": facts.product.name_en or facts.product.name_vi},
        "producer": (facts.producer.name if facts.producer else None) or "",
        "made": made.isoformat() if made else None,
        "expires": expires.isoformat() if expires else None,
    }
