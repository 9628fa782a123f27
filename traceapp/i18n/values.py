"""What the words of a finding may name, written out in a language: dates, amounts, names, lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from traceapp.core.counted import Counted
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding, Mark
from traceapp.core.rules.lineage import own_lot
from traceapp.i18n.formats import show_about, show_amount, show_date, show_number
from traceapp.i18n.words import WORDS, disclosed_item, phrase, scheme_name, stage_name

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
        "since",
        "sprayed",
        "start",
    }
)


def values_of(finding: Finding, facts: Facts, lang: str) -> dict[str, Any]:
    """Everything the words of a finding may name, written out in the language."""
    data = finding.data
    values = {name: _shown(name, value, lang) for name, value in data.items()}
    values["when"] = show_date(finding.when) if finding.when else ""
    values["own_lot"] = facts.identity.lot or ""
    values["producer_name"] = (facts.producer and facts.producer.name) or phrase("producer", lang)
    for name in data:
        if name in _TOLD:
            values |= _TOLD[name](data, facts, lang)
    return values


def _shown(name: str, value: Any, lang: str) -> Any:
    if name in _DAYS and isinstance(value, str):
        return show_date(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Counted(show_number(value, lang))
    return value


def _tell_lot(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    asked = str(data["lot"] or "")
    return {"lot_name": _lot_name(facts, asked), "asked_lot": asked}


def _tell_recall(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    reason, action = _translated(data, "reason", lang), _translated(data, "action", lang)
    return {"reason_text": _ended(reason), "action_text": _ended(action) or phrase("ask-seller", lang)}


def _tell_reason(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    reason = str(data["reason"] or "").rstrip(".")
    because = phrase("because", lang).format(reason=reason) if reason else ""
    return {"reason": reason or phrase("no-reason", lang).rstrip("."), "because": because}


def _tell_certificate(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    name = facts.name_of(data["issuer"]) or data["issuer_as_named"] or WORDS[lang].NOBODY[Mark.CONFIRMED]
    return {"scheme_name": scheme_name(data["scheme"], lang), "issuer_name": name}


def _tell_sum(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    unit, claimed = data["unit"], data["claimed"]
    most = show_about(data["most"], claimed, lang)
    return {
        "claimed_amount": show_amount(claimed, unit, lang),
        "most": most,
        "most_amount": f"{most} {unit}".rstrip(),
        # Beside what was asked for just now.
        "left": show_number(max(0, int(data["most"] - claimed + data.get("planned", 0))), lang),
    }


def _tell_inputs(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    told = (f"{show_amount(one['quantity'], one['unit'], lang)} {one['goods']}" for one in data["inputs"])
    return {"inputs_text": _joined(told, lang)}


def _tell_label(data: Mapping[str, Any], facts: Facts, lang: str) -> dict[str, str]:
    return {"label": _label(data, lang)}


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
    "step_vi": lambda data, facts, lang: {"step": _translated(data, "step", lang)},
    "steps": lambda data, facts, lang: {
        "steps_text": ", ".join(_translated(step, "step", lang) for step in data["steps"])
    },
    "unknown": lambda data, facts, lang: {"goods_text": ", ".join(data["unknown"])},
    "lots": lambda data, facts, lang: {"lots_text": _joined((_lot_name(facts, one) for one in data["lots"]), lang)},
    "have": lambda data, facts, lang: {"have_count": str(len(data["have"]))},
    "missing": lambda data, facts, lang: {
        "missing_text": ", ".join(disclosed_item(one["key"], lang) for one in data["missing"])
    },
    "drawing": lambda data, facts, lang: {"drawing_text": phrase("drawing", lang) if data["drawing"] else ""},
    "uncounted": lambda data, facts, lang: {
        "uncounted_text": phrase("uncounted", lang).format(count=data["uncounted"]) if data["uncounted"] else ""
    },
    "then": lambda data, facts, lang: {
        "first_text": _stage_told(data["first"], lang),
        "then_text": _stage_told(data["then"], lang),
    },
}
"""How a finding's data become words, by the name that calls for it."""


def elsewhere(finding: Finding, facts: Facts, lang: str) -> str:
    """Said after what was found in a lot that goods came from, not in this one."""
    lot = finding.data.get("lot")
    if not lot or finding.code not in _MAY_BE_ELSEWHERE or lot == own_lot(facts):
        return ""
    return phrase("source-lot", lang).format(lot_name=_lot_name(facts, lot))


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
    return f"{', '.join(before)}{phrase('and', lang)}{last}" if before else last


def _measured(measurements: Iterable[Mapping[str, Any]], lang: str) -> str:
    return "; ".join(_one_measured(one, lang) for one in measurements)


def _one_measured(one: Mapping[str, Any], lang: str) -> str:
    least, most = (None if one[limit] is None else show_number(one[limit], lang) for limit in ("min", "max"))
    value = show_amount(one["value"], one["unit"] or "", lang)
    name = "between" if least and most else "at-least" if least else "at-most" if most else None
    limits = f", {phrase(name, lang).format(least=least, most=most)}" if name else ""
    return f"{one['what']} {value}{limits}"


def _stage_told(stage: Mapping[str, Any], lang: str) -> str:
    return f"{_label(stage, lang)} {show_date(stage['start'])}"


def _label(told: Mapping[str, Any], lang: str) -> str:
    return _translated(told, "label", lang) or stage_name(told["stage"], lang)
