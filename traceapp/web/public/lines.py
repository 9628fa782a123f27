"""Findings as lines: which come first, which wait behind a disclosure, which belong to another part of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding, Mark, Severity
from traceapp.core.verdict import Verdict
from traceapp.i18n import not_recalled, sentence, show_time
from traceapp.web.public.context import PageContext
from traceapp.web.public.journey import Said, said_of
from traceapp.web.public.say import Say

CSS = {Severity.GOOD: "good", Severity.INFO: "info", Severity.WARNING: "warn", Severity.BAD: "bad"}
SCAN_CODES = ("code-issued", "first-scan", "scans-normal")
"""What differs from one item of a lot to the next, or from one scan to the next: never in a cached page."""

_SHAPES = {
    "lot-recalled": "recall",
    "input-recalled": "recall",
    "lot-on-hold": "hold",
    "copy-suspected": "copy",
    "mass-balance-exceeded": "differ",
    "code-unknown": "never",
    "label-void": "void",
    "product-unknown": "unknown",
    "foreign-code": "foreign",
}
_SHAPE_SEVERITY = {
    "recall": "bad",
    "never": "bad",
    "void": "bad",
    "hold": "warn",
    "copy": "warn",
    "differ": "warn",
    "unknown": "info",
    "foreign": "info",
}
_NOT_RECALLED = "not-recalled"
_LEADING: tuple[str, ...] = (
    "record-authentic",
    "record-cosigned",
    "inspected",
    "stars-valid",
    "certificate-valid",
    _NOT_RECALLED,
    "test-passed",
    "phi-kept",
    "ccp-corrected",
    "ccp-in-limits",
)
"""What a reader sees without opening anything, after all that is bad or a warning."""
_LEADING_WHEN_BAD: tuple[str, ...] = ("record-authentic", "inspected")
_ENDED = frozenset({"stars-expired", "certificate-expired"})
"""Nobody says these but the calendar: a mark would read as if the issuer had confirmed the end."""
_UNCERTAIN = frozenset(
    {
        "code-unknown",
        "record-tampered",
        "record-missing",
        "key-revoked",
        "cosignature-bad",
        "lot-recalled",
        "input-recalled",
    }
)
_ELSEWHERE = frozenset(
    {
        *SCAN_CODES,
        "not-proved",
        "disclosure-complete",
        "disclosure-incomplete",
        "certificate-confirmed-own-key",
        "certificate-confirmed-by-account",
        "certificate-unconfirmed",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """One finding in words. `rest` follows `strong` and brings its own space. No `code`: an absence, not a finding."""

    css: str
    shape: str
    strong: str
    rest: str | Markup = ""
    code: str = ""
    severity: str = ""
    said: Said | None = None
    stars: int = 0


def shape_of(code: str, css: str) -> str:
    """The shape of a severity with the glyph of the case, where the case has one of its own."""
    shape = _SHAPES.get(code, css)
    return shape if _SHAPE_SEVERITY.get(shape, css) == css else css


def line_of(finding: Finding, facts: Facts, say: Say) -> Line:
    """A finding's line, with who stands behind it where that is anybody but the service."""
    words, css = sentence(finding, facts, say.lang), CSS[finding.severity]
    spoken = finding.mark != Mark.SERVICE and finding.code not in _ENDED
    stars = finding.data.get("stars") if finding.code == "stars-valid" else 0
    return Line(
        css=css,
        shape=shape_of(finding.code, css),
        strong=words.strong,
        rest=words.rest,
        code=finding.code,
        severity=str(finding.severity),
        said=said_of(finding, finding.who, facts, say) if spoken else None,
        stars=stars or 0,
    )


def leading_and_more(
    findings: Sequence[Finding], facts: Facts, verdict: Verdict, ctx: PageContext, say: Say
) -> tuple[list[Line], list[Line]]:
    """The lines of the first screen, worst first, and the rest."""
    told = [one for one in findings if one.code not in _ELSEWHERE]
    wrong = [one for one in told if one.severity in (Severity.BAD, Severity.WARNING)]
    leading = _LEADING_WHEN_BAD if verdict.severity == Severity.BAD else _LEADING
    leading = tuple(code for code in leading if code != verdict.headline)
    first = [line_of(one, facts, say) for one in wrong]
    for code in leading:
        if code == _NOT_RECALLED:
            first += _not_recalled(facts, verdict, ctx)
        first += [line_of(one, facts, say) for one in told if one.code == code and one not in wrong]
    rest = [one for one in told if one not in wrong and one.code not in leading]
    return first, [line_of(one, facts, say) for one in rest]


def _not_recalled(facts: Facts, verdict: Verdict, ctx: PageContext) -> Iterator[Line]:
    """That nobody recalled the lot, with the time of looking; unsaid where records that might say so are in doubt."""
    if facts.lot is None or any(verdict.find(code) for code in _UNCERTAIN):
        return
    words, time = not_recalled(ctx.checked_at, ctx.lang), show_time(ctx.checked_at)
    before, found, after = words.rest.partition(time)
    rest = escape(before) + (ctx.checked_slot or time) + after if found else words.rest
    yield Line("good", "good", words.strong, rest)
