"""Which words a finding gets: its code, and a variant where its data call for other words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traceapp.core.copy_signs import MANY_SCANS
from traceapp.core.findings import Finding
from traceapp.i18n.words_vi import HEADLINES


def variant(finding: Finding) -> str:
    """The key of a finding's words: its code, and a variant where its data call for other words."""
    data, suffix = finding.data, ""
    match finding.code:
        case "record-authentic":
            suffix = "partly" if data["unchecked"] else ""
        case "account-doubtful":
            suffix = "uncounted" if data["uncounted"] else ""
        case "not-witnessed":
            suffix = "awaited" if data["configured"] else ""
        case "code-unknown":
            suffix = "unchecked" if not data["checked"] else "" if data["issued"] else "none"
        case "product-unknown":
            suffix = "lot" if data["lot"] else ""
        case "inspected":
            suffix = _inspected(data)
        case "identity-unconfirmed":
            suffix = "disputed" if data["disputed"] else ""
        case "certificate-valid":
            suffix = "" if data["expires"] else "endless"
        case "certificate-expired":
            suffix = _expired(data)
        case "certificate-out-of-scope":
            suffix = "not-begun" if data["reason"] == "began" and not data["made"] else data["reason"]
        case "phi-kept":
            suffix = "veterinary" if data["veterinary"] else ""
        case "phi-broken":
            suffix = "veterinary" if data["veterinary"] else "within" if data["within_harvest"] else ""
        case "active-not-permitted":
            suffix = "" if data["list_known"] else "unknown"
        case "mass-balance-exceeded":
            suffix = data["kind"] if "most" in data else "restricted"
        case "mass-balance-unknown":
            suffix = "goods" if data["unknown"] else ""
        case "keys-pinned":
            suffix = "expired" if data["expired"] else ""
        case "scans-normal":
            suffix = "cleared" if data["cleared"] else "since" if data["first"] else ""
        case "copy-suspected":
            suffix = _copied(data)
    return f"{finding.code}/{suffix}" if suffix else finding.code


def _inspected(data: Mapping[str, Any]) -> str:
    """A place and one item are told apart from the lot itself."""
    what = "place-" if data["place"] else "item-" if data["item"] else ""
    return f"{what}{data['result']}" if data["result"] in ("pass", "fail") else ""


def _expired(data: Mapping[str, Any]) -> str:
    if data["valid_when_made"] is None:
        return ""
    when = "harvest" if data["growing"] else "making"
    return f"valid-at-{when}" if data["valid_when_made"] else f"before-{when}"


def _copied(data: Mapping[str, Any]) -> str:
    """What stands out most: the number of scans, the distance, the way, or that nothing was left."""
    many = "" if data["provinces"] > 1 else "one-place"
    if data["scans"] >= MANY_SCANS:
        return many
    told = {"far": data["km"], "to-and-fro": data["turns"], "used-up": data["after"]}
    return next((name for name, is_so in told.items() if is_so), many)


def headline_variant(finding: Finding) -> str:
    """The same for a headline, which has fewer variants."""
    chosen = variant(finding)
    return chosen if chosen in HEADLINES else finding.code
