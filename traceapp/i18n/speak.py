"""From a finding to its words: its variant is chosen, its numbers are written out, its sentence is filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from traceapp.core.facts import Facts
from traceapp.core.findings import Finding, Mark
from traceapp.core.rules.lineage import own_lot
from traceapp.core.verdict import Verdict
from traceapp.i18n import words_en, words_vi
from traceapp.i18n.formats import show_about, show_amount, show_date, show_number, show_time

_WORDS: Mapping[str, ModuleType] = {"vi": words_vi, "en": words_en}
_DAYS = frozenset(
    {
        "allowed_from",
        "as_of",
        "cleared",
        "day",
        "expires",
        "first",
        "harvested",
        "issued",
        "last",
        "made",
        "made_until",
        "sprayed",
        "start",
    }
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One finding in words: `strong` is set off, `rest` follows it and brings its own space or punctuation."""

    strong: str
    rest: str

    @property
    def text(self) -> str:
        """The whole sentence, plain."""
        return self.strong + self.rest


@dataclass(frozen=True, slots=True)
class Headline:
    """The mat's two lines: what was found, and who says so or what to do."""

    title: str
    lead: str


def sentence(finding: Finding, facts: Facts, lang: str) -> Sentence:
    """The line a finding gets on a page, on a label's back, on the command line."""
    strong, rest = _WORDS[lang].SENTENCES[_variant(finding)]
    values = _values(finding, facts, lang)
    return Sentence(strong.format_map(values), rest.format_map(values) + _where(finding, facts, lang))


def headline(verdict: Verdict, facts: Facts, lang: str) -> Headline:
    """The words of the verdict's headline."""
    finding = verdict.find(verdict.headline)[0]
    title, lead = _WORDS[lang].HEADLINES[_headline_variant(finding)]
    authentic = any(not one.data["unchecked"] for one in verdict.find("record-authentic"))
    values = {
        **_values(finding, facts, lang),
        "text": sentence(finding, facts, lang).text,
        "authentic_text": _phrase("authentic", lang) if authentic else "",
    }
    return Headline(title.format_map(values), lead.format_map(values).strip())


def remedy(finding: Finding, facts: Facts, lang: str) -> str | None:
    """What the producer can do about a finding that refuses labels; None for one that does not."""
    remedies: Mapping[str, str] = _WORDS[lang].REMEDIES
    found = remedies.get(_variant(finding)) or remedies.get(finding.code)
    return found.format_map(_values(finding, facts, lang)) if found else None


def mark_text(mark: Mark, name: str | None, lang: str, when: str | None = None) -> str:
    """Who stands behind a claim: always by name, and by what they are where the name is unknown or erased.

    `when` (an ISO date or instant) follows what an inspector saw.
    """
    words = _WORDS[lang]
    said: str = words.MARKS[mark].format(name=name or words.NOBODY[mark])
    return f"{said} {show_date(when)}" if when and mark == Mark.INSPECTED else said


def not_recalled(now: datetime, lang: str) -> Sentence:
    """The line of a lot that nobody has recalled, with the time of looking."""
    return Sentence(_phrase("not-recalled", lang), _phrase("checked-at", lang).format(time=show_time(now)))


def scheme_name(scheme: str, lang: str) -> str:
    """What a certificate scheme is called."""
    return str(_WORDS[lang].SCHEMES.get(scheme, scheme))


def disclosed_item(key: str, lang: str) -> str:
    """What one of the ten items of disclosure is called."""
    return str(_WORDS[lang].ITEMS[key])


def _phrase(name: str, lang: str) -> str:
    return str(_WORDS[lang].PHRASES[name])


# Which words


def _variant(finding: Finding) -> str:
    """The key of a finding's words: its code, and a variant where its data call for other words."""
    data, suffix = finding.data, ""
    match finding.code:
        case "record-authentic":
            suffix = "partly" if data["unchecked"] else ""
        case "not-witnessed":
            suffix = "awaited" if data["configured"] else ""
        case "code-unknown":
            suffix = "" if data["issued"] else "none"
        case "product-unknown":
            suffix = "lot" if data["lot"] else ""
        case "inspected":
            suffix = data["result"] if data["result"] in ("pass", "fail") else ""
        case "identity-unconfirmed":
            suffix = "disputed" if data["disputed"] else ""
        case "certificate-valid":
            suffix = "" if data["expires"] else "endless"
        case "certificate-expired":
            suffix = _expired_variant(data)
        case "certificate-out-of-scope":
            suffix = "not-begun" if data["reason"] == "began" and not data["made"] else data["reason"]
        case "phi-kept":
            suffix = "veterinary" if data["veterinary"] else ""
        case "phi-broken":
            suffix = "within" if data["within_harvest"] else "veterinary" if data["veterinary"] else ""
        case "active-not-permitted":
            suffix = "" if data["list_known"] else "unknown"
        case "mass-balance-exceeded":
            suffix = data["kind"] if "most" in data else "restricted"
        case "mass-balance-unknown":
            suffix = "goods" if data["goods"] else ""
        case "scans-normal":
            suffix = "cleared" if data["cleared"] else "since" if data["first"] else ""
    return f"{finding.code}/{suffix}" if suffix else finding.code


def _expired_variant(data: Mapping[str, Any]) -> str:
    if data["valid_when_made"] is None:
        return ""
    when = "harvest" if data["growing"] else "making"
    return f"valid-at-{when}" if data["valid_when_made"] else f"before-{when}"


def _headline_variant(finding: Finding) -> str:
    variant = _variant(finding)
    return variant if variant in words_vi.HEADLINES else finding.code


# Their values


def _values(finding: Finding, facts: Facts, lang: str) -> dict[str, Any]:
    """Everything the words of a finding may name, written out in the language."""
    data = finding.data
    values = {name: _shown(name, value, lang) for name, value in data.items()}
    values["when"] = show_date(finding.when) if finding.when else ""
    values["own_lot"] = facts.identity.lot or ""
    values["producer_name"] = (facts.producer and facts.producer.name) or _phrase("producer", lang)
    for name, tell in _TOLD.items():
        if name in data:
            values |= tell(data, facts, lang)
    return values


def _shown(name: str, value: Any, lang: str) -> Any:
    if name in _DAYS and value:
        return show_date(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return show_number(value, lang)
    return value


def _tell_lot(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    asked = str(data["lot"] or "")
    return {"lot_name": _lot_name(facts, asked), "asked_lot": asked}


def _tell_recall(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    reason, action = _translated(data, "reason", lang), _translated(data, "action", lang)
    return {"reason_text": _ended(reason), "action_text": _ended(action) or _phrase("ask-seller", lang)}


def _tell_reason(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    reason = str(data["reason"] or "").rstrip(".")
    because = _phrase("because", lang).format(reason=reason) if reason else ""
    return {"reason": reason or _phrase("no-reason", lang).rstrip("."), "because": because}


def _tell_certificate(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    name = data["issuer_as_named"] or facts.name_of(data["issuer"]) or _WORDS[lang].NOBODY[Mark.CONFIRMED]
    return {"scheme_name": scheme_name(data["scheme"], lang), "issuer_name": name}


def _tell_sum(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    unit, claimed = data["unit"], data["claimed"]
    most = show_about(data["most"], claimed, lang)
    return {
        "claimed_amount": show_amount(claimed, unit, lang),
        "most": most,
        "most_amount": f"{most} {unit}".rstrip(),
    }


def _tell_inputs(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    told = (f"{show_amount(one['quantity'], one['unit'], lang)} {one['goods']}" for one in data["inputs"])
    return {"inputs_text": _joined(told, lang)}


def _tell_label(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    return {"label": _translated(data, "label", lang)}


_TOLD: Mapping[str, Any] = {
    "lot": _tell_lot,
    "reason_vi": _tell_recall,
    "reason": _tell_reason,
    "scheme": _tell_certificate,
    "claimed": _tell_sum,
    "inputs": _tell_inputs,
    "label_vi": _tell_label,
    "checks": lambda data, facts, lang: {"checks_text": _measured(data["checks"], lang)},
    "results": lambda data, facts, lang: {"results_text": _measured(data["results"], lang)},
    "steps": lambda data, facts, lang: {"steps_text": ", ".join(data["steps"])},
    "goods": lambda data, facts, lang: {"goods_text": ", ".join(data["goods"])},
    "lots": lambda data, facts, lang: {"lots_text": _joined((_lot_name(facts, one) for one in data["lots"]), lang)},
    "have": lambda data, facts, lang: {"have_count": str(len(data["have"]))},
    "missing": lambda data, facts, lang: {
        "missing_text": ", ".join(disclosed_item(one["key"], lang) for one in data["missing"])
    },
    "drawing": lambda data, facts, lang: {"drawing_text": _phrase("drawing", lang) if data["drawing"] else ""},
    "then": lambda data, facts, lang: {
        "first_text": _stage_told(data["first"], lang),
        "then_text": _stage_told(data["then"], lang),
    },
}
"""How a finding's data become words, by the name that calls for it."""


def _where(finding: Finding, facts: Facts, lang: str) -> str:
    """Said after what was found in a lot that goods came from, not in this one."""
    lot = finding.data.get("lot")
    elsewhere = lot and finding.code in _MAY_BE_ELSEWHERE and lot != own_lot(facts)
    return _phrase("source-lot", lang).format(lot_name=_lot_name(facts, lot)) if elsewhere else ""


_MAY_BE_ELSEWHERE = frozenset({"phi-kept", "phi-broken", "ccp-deviation", "test-failed", "mass-balance-exceeded"})


def _lot_name(facts: Facts, lot: str) -> str:
    found = facts.lots.get(lot)
    return found.lot if found else unquote(lot.rpartition("/")[2])


def _translated(data: Mapping[str, Any], name: str, lang: str) -> str:
    """The record's own text: English where it has it, else the Vietnamese of whoever wrote it."""
    return str(data.get(f"{name}_{lang}") or data.get(f"{name}_vi") or "")


def _ended(text: str) -> str:
    return f"{text.rstrip('.')}." if text else ""


def _joined(parts: Iterable[str], lang: str) -> str:
    *before, last = parts
    return f"{', '.join(before)}{_phrase('and', lang)}{last}" if before else last


def _measured(measurements: Iterable[Mapping[str, Any]], lang: str) -> str:
    return "; ".join(_one_measured(one, lang) for one in measurements)


def _one_measured(one: Mapping[str, Any], lang: str) -> str:
    least, most = (None if one[limit] is None else show_number(one[limit], lang) for limit in ("min", "max"))
    value = show_amount(one["value"], one["unit"] or "", lang)
    name = "between" if least and most else "at-least" if least else "at-most" if most else None
    limits = f", {_phrase(name, lang).format(least=least, most=most)}" if name else ""
    return f"{one['what']} {value}{limits}"


def _stage_told(stage: Mapping[str, Any], lang: str) -> str:
    return f"{_translated(stage, 'label', lang) or stage['stage']} {show_date(stage['start'])}"
