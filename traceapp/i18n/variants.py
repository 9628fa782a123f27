"""Which words a finding gets: its code, and a variant where its data call for other words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from traceapp.core.findings import Finding
from traceapp.core.scans.copy_signs import MANY_SCANS
from traceapp.i18n.words_vi import HEADLINES


def variant(finding: Finding) -> str:
    """The key of a finding's words: its code, and a variant where its data call for other words."""
    choose = _CHOICES.get(finding.code)
    suffix = choose(finding.data) if choose else ""
    return f"{finding.code}/{suffix}" if suffix else finding.code


def _if(name: str, then: str, otherwise: str = "") -> Callable[[Mapping[str, Any]], str]:
    """One variant where the data's `name` is so, another (or none) where it is not."""
    return lambda data: then if data[name] else otherwise


def _unknown(data: Mapping[str, Any]) -> str:
    return "unchecked" if not data["checked"] else "" if data["issued"] else "none"


def _out_of_scope(data: Mapping[str, Any]) -> str:
    return "not-begun" if data["reason"] == "began" and not data["made"] else str(data["reason"])


def _phi_broken(data: Mapping[str, Any]) -> str:
    return "veterinary" if data["veterinary"] else "within" if data["within_harvest"] else ""


def _exceeded(data: Mapping[str, Any]) -> str:
    return str(data["kind"]) if "most" in data else "restricted"


def _scanned(data: Mapping[str, Any]) -> str:
    return "cleared" if data["cleared"] else "since" if data["first"] else ""


def _inspected(data: Mapping[str, Any]) -> str:
    """A place and one item are told apart from the lot itself."""
    what = "place-" if data["place"] else "item-" if data["item"] else ""
    return f"{what}{data['result']}" if data["result"] in ("pass", "fail") else ""


def _expired(data: Mapping[str, Any]) -> str:
    if data["valid_when_made"] is None:
        return ""
    when = "harvest" if data["growing"] else "making"
    return f"valid-at-{when}" if data["valid_when_made"] else f"before-{when}"


def _unconfirmed(data: Mapping[str, Any]) -> str:
    if data.get("denied"):
        return "denied"
    return "disputed" if data["disputed"] else "changed" if data.get("changed") else ""


def _stars_expired(data: Mapping[str, Any]) -> str:
    return "renewal-declared" if data.get("renewal_declared") else ""


def _copied(data: Mapping[str, Any]) -> str:
    """What stands out most: the number of scans, the distance, the way, or that nothing was left."""
    many = "" if data["provinces"] > 1 else "one-place"
    if data["scans"] >= MANY_SCANS:
        return many
    told = {"far": data["km"], "to-and-fro": data["turns"], "used-up": data["after"]}
    return next((name for name, is_so in told.items() if is_so), many)


_CHOICES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "active-not-permitted": _if("list_known", "", "unknown"),
    "certificate-expired": _expired,
    "certificate-out-of-scope": _out_of_scope,
    "certificate-valid": _if("expires", "", "endless"),
    "code-unknown": _unknown,
    "copy-suspected": _copied,
    "identity-unconfirmed": _unconfirmed,
    "inspected": _inspected,
    "keys-pinned": _if("expired", "expired"),
    "mass-balance-exceeded": _exceeded,
    "mass-balance-unknown": _if("unknown", "goods"),
    "not-witnessed": _if("configured", "awaited"),
    "phi-broken": _phi_broken,
    "phi-kept": _if("veterinary", "veterinary"),
    "product-unknown": _if("lot", "lot"),
    "record-authentic": _if("unchecked", "partly"),
    "scans-normal": _scanned,
    "stars-expired": _stars_expired,
}


def headline_variant(finding: Finding) -> str:
    """The same for a headline, which has fewer variants."""
    chosen = variant(finding)
    return chosen if chosen in HEADLINES else finding.code
