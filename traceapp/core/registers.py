"""What is registered before anything happens: organisations, facilities, products, lots, certificates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from traceapp.core.canonical import Json, JsonObject
from traceapp.core.dates import civil_date
from traceapp.core.errors import InvalidEvent
from traceapp.core.facts import CertificateState
from traceapp.core.producer_links import require_links
from traceapp.core.quantities import name_key
from traceapp.core.readings import require_readable
from traceapp.core.statements import Statement, to_terms
from traceapp.core.story import require_story

HOUSEHOLD = "hộ"
"""The first word of a household's legal form, however it goes on: hộ kinh doanh, hộ gia đình."""
PERSON = "cá nhân"
"""The legal form of one person, such as an officer who types for others."""
ROLES = frozenset({"producer", "certifier", "laboratory", "inspectorate", "council", "authority", "endorser", "shop"})
VISIT_RESULTS = ("kept", "lacking")
"""What a surveillance visit finds: what the certificate asks is kept, or something is lacking."""
SCHEMES = frozenset({"VIETGAP", "GLOBALGAP", "HACCP", "ISO22000", "ORGANIC", "OCOP", "TEST"})


def say_organisation(organisation: str, details: Mapping[str, Any], *, declared_by: str, role: str) -> Statement:
    """An organisation's own description. A household's name and tax code and every phone number are personal data.

    `details`: name, role, legal_form, province_code, ward, ward_code, address_old, members, code, phone, tax_code.
    InvalidEvent for a role that there is not, or what could not be read back.
    """
    if str(details.get("role")) not in ROLES:
        raise InvalidEvent(f"{str(details.get('role'))[:40]!r} is no role: use one of {', '.join(sorted(ROLES))}.")
    hidden = {"phone", "name", "tax_code"} if is_household(details.get("legal_form")) else {"phone"}
    personal: dict[str, Json] = {name: details[name] for name in sorted(hidden) if details.get(name)}
    public = {name: value for name, value in details.items() if name not in hidden}
    subject = {**to_terms(public), "id": organisation, "type": "traceapp:Organisation"}
    return require_readable(Statement("OrganisationRecord", subject, declared_by, role, personal=personal))


def is_household(legal_form: str | None) -> bool:
    """Whether an organisation is a household or one person: its name is a person's."""
    form = name_key(str(legal_form or ""))
    return form == PERSON or form.split()[:1] == [HOUSEHOLD]


def say_identity(
    organisation: str,
    state: str,
    *,
    authority: str,
    role: str,
    evidence: str | None = None,
    product: str | None = None,
) -> Statement:
    """An authority says that an organisation is who it says (`confirmed`), or that its GTIN is `disputed`.

    `product` is the one whose code the authority decided to be another's. InvalidEvent for another state.
    """
    if state not in ("confirmed", "disputed"):
        raise InvalidEvent(f"{state[:40]!r} is no state of an identity: use confirmed or disputed.")
    terms = to_terms({"state": state, "evidence": evidence})
    about: JsonObject = {"traceapp:about": {"id": product}} if product else {}
    subject: JsonObject = {"id": organisation, "type": "traceapp:IdentityConfirmation", **about, **terms}
    return Statement("OrganisationRecord", subject, authority, role)


def say_claim(product: str, *, claimant: str, role: str, withdrawn: bool = False) -> Statement:
    """An organisation says that another one's product code is its own, or takes that back.

    It holds the product's labels until an authority has confirmed the producer once more.
    """
    subject: JsonObject = {
        "id": claimant,
        "type": "traceapp:ProductClaim",
        "traceapp:about": {"id": product},
        **to_terms({"state": "withdrawn" if withdrawn else "claimed"}),
    }
    return require_readable(Statement("OrganisationRecord", subject, claimant, role))


def say_facility(
    facility: str,
    organisation: str,
    details: Mapping[str, Any],
    *,
    role: str,
    position: tuple[float, float] | None,
    household: bool = False,
) -> Statement:
    """A facility; its public position has two decimals, the exact one (degrees) is personal data.

    `details`: name, gln, latitude, longitude (public). A household's place is called after it: that name is personal.
    """
    hidden = {"name"} if household else set()
    personal: dict[str, Json] = {name: details[name] for name in hidden}
    public = {name: value for name, value in details.items() if name not in hidden}
    subject: JsonObject = {
        **to_terms({**public, **coarse(details)}),
        "id": facility,
        "type": "traceapp:Facility",
        "traceapp:organisation": {"id": organisation},
    }
    if position:
        personal["position"] = list(position)
    return require_readable(Statement("FacilityRecord", subject, organisation, role, personal=personal))


def coarse(details: Mapping[str, Any]) -> dict[str, float]:
    """The position that everybody may see."""
    # Two decimals are about a kilometre: enough for a map, too little to find a house.
    return {name: round(details[name], 2) for name in ("latitude", "longitude") if type(details.get(name)) is float}


def say_product(product: str, organisation: str, details: Mapping[str, Any], *, role: str) -> Statement:
    """A product. `details` are the fields of ProductFact; `extra` holds what else its passport needs, and its links.

    `story` maps each field of STORY_FIELDS to its texts by language: see story.py. InvalidEvent for one without a name,
    or what could not be read back.
    """
    if not str(details.get("name_vi") or "").strip():
        raise InvalidEvent("A product needs name_vi, the name printed on it.")
    require_links(details.get("extra"))
    require_story(details.get("story"))
    subject: JsonObject = {
        **to_terms(details),
        "id": product,
        "type": "traceapp:Product",
        "traceapp:organisation": {"id": organisation},
    }
    return require_readable(Statement("ProductRecord", subject, organisation, role))


def say_lot(
    lot: str,
    product: str,
    organisation: str,
    details: Mapping[str, Any],
    *,
    role: str,
    geometry: Mapping[str, Json] | None = None,
) -> Statement:
    """A lot: `details` are lot (AI 10), made, expires (ISO dates), quantity, unit.

    `geometry` maps plot codes to GeoJSON: exact positions, hence personal data. InvalidEvent where it expires before it
    was made, or what could not be read back.
    """
    made, expires = details.get("made"), details.get("expires")
    if made and expires and civil_date(made) > civil_date(expires):
        raise InvalidEvent(f"The lot expires {expires}, before it was made ({made}): check both dates.")
    subject: JsonObject = {
        **to_terms(details),
        "id": lot,
        "type": "traceapp:Lot",
        "traceapp:product": {"id": product},
    }
    personal: dict[str, Json] = {"geometry": dict(geometry)} if geometry else {}
    return require_readable(Statement("LotRecord", subject, organisation, role, personal=personal))


def say_certificate(
    certificate: str,
    about: str,
    issuer: str,
    details: Mapping[str, Any],
    *,
    declared_by: str,
    role: str,
    status_index: int,
    paper: str | None = None,
) -> Statement:
    """The first statement of a certificate, by the producer or by its issuer.

    `paper` is the SHA-256 of its paper in hex: the record carries a keyed hash of it, so that the paper can be erased.

    `about` is the id of an organisation, facility or product. `details`: scheme, number, issued, expires (its first
    invalid day), scope, stars, score, decision, area_ha, expected_t, members, surveillance, category, ggn …
    """
    _validate_certificate(details)
    subject: JsonObject = {
        **to_terms(details),
        "id": certificate,
        "type": "traceapp:Certificate",
        "traceapp:about": {"id": about},
        "traceapp:issuer": {"id": issuer},
        "traceapp:state": str(CertificateState.CONFIRMED if declared_by == issuer else CertificateState.DECLARED),
    }
    personal: dict[str, Json] = {"paper": paper} if paper else {}
    statement = Statement("CertificateRecord", subject, declared_by, role, personal=personal, status_index=status_index)
    return require_readable(statement)


def _validate_certificate(details: Mapping[str, Any]) -> None:
    scheme, stars = details.get("scheme"), details.get("stars")
    if str(scheme) not in SCHEMES:
        raise InvalidEvent(f"{str(scheme)[:40]!r} is no scheme: use one of {', '.join(sorted(SCHEMES))}.")
    if not str(details.get("number") or "").strip():
        raise InvalidEvent("A certificate needs its number.")
    if (scheme == "OCOP") != (stars is not None) or stars not in (None, 1, 2, 3, 4, 5):
        raise InvalidEvent(f"Stars go with OCOP, 1 to 5 of them; got {str(stars)[:40]} for {scheme}.")
    issued = civil_date(details.get("issued", ""))
    if details.get("expires") and civil_date(details["expires"]) <= issued:
        raise InvalidEvent(f"The certificate ends {details['expires']}, not after its issue on {issued}.")


def say_certificate_state(
    certificate: str,
    about: str,
    state: CertificateState,
    *,
    by: str,
    role: str,
    status_index: int,
    reason: str | None = None,
    declaration: tuple[str, str] | None = None,
) -> Statement:
    """The issuer confirms, suspends, reinstates (confirms again) or revokes a certificate, or its holder withdraws it.

    `declaration` is (id, SHA-256 in hex) of the record that it speaks about: whoever signs with an own key names it.
    """
    subject: JsonObject = {
        "id": certificate,
        "type": "traceapp:CertificateState",
        "traceapp:about": {"id": about},
        **to_terms({"state": str(state), "reason": reason}),
        **_declared_in(declaration),
    }
    return Statement("CertificateRecord", subject, by, role, status_index=status_index)


def say_certificate_visit(
    certificate: str,
    about: str,
    day: date,
    *,
    result: str,
    note: str | None,
    by: str,
    role: str,
    declaration: tuple[str, str] | None = None,
) -> Statement:
    """The issuer looked after a certificate: a surveillance visit on `day`, with its `result` (kept or lacking).

    InvalidEvent for another result.
    """
    if result not in VISIT_RESULTS:
        raise InvalidEvent(f"{result[:40]!r} is no result of a visit: use one of {', '.join(VISIT_RESULTS)}.")
    subject: JsonObject = {
        "id": certificate,
        "type": "traceapp:CertificateVisit",
        "traceapp:about": {"id": about},
        **to_terms({"day": day.isoformat(), "result": result, "note": note}),
        **_declared_in(declaration),
    }
    return Statement("CertificateRecord", subject, by, role)


def _declared_in(declaration: tuple[str, str] | None) -> JsonObject:
    if declaration is None:
        return {}
    return {"traceapp:declaration": {"id": declaration[0], "traceapp:sha256": declaration[1]}}
