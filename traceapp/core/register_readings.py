"""From verified documents to the facts of registers: organisations, facilities, products, lots, certificates.

`personal` maps a field to its verified value, or to ERASED_VALUE where only the keyed hash is left.
What breaks the shape of its kind raises ValueError, KeyError or TypeError; `read_fact` alone tells that as Malformed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from traceapp.core.dates import civil_date
from traceapp.core.facts import (
    CertificateFact,
    CertificateState,
    FacilityFact,
    LotFact,
    OrganisationFact,
    Picture,
    ProductFact,
    Source,
)
from traceapp.core.shape import as_tuple, require_shape
from traceapp.core.statements import TERM, details_of
from traceapp.core.story import read_story

Document = Mapping[str, Any]
Personal = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IdentityWord:
    """What an OrganisationRecord says about who another organisation is: `confirmed` or `disputed`.

    `product` is the one whose code was decided to be another's.
    """

    organisation: str
    state: str
    source: Source
    product: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimWord:
    """An organisation's word that a product's code is its own, or that it is not after all."""

    product: str
    withdrawn: bool
    source: Source


@dataclass(frozen=True, slots=True)
class CertificateWord:
    """A later word on a certificate. Whether whoever said it may say it is not judged here.

    `declaration` is (id, SHA-256 in hex) of the record that the word is about, where it names that.
    """

    certificate: str
    state: CertificateState
    source: Source
    reason: str | None = None
    declaration: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CertificateVisit:
    """A surveillance visit: it changes no state."""

    certificate: str
    day: date
    result: str
    source: Source
    declaration: tuple[str, ...] | None = None


def read_organisation(document: Document, source: Source, personal: Personal) -> OrganisationFact:
    """An OrganisationRecord's own description, without any confirmation."""
    details = {**details_of(document), **personal}
    name, phone = details.get("name"), details.get("phone")
    return OrganisationFact(
        id=details["id"],
        role=details["role"],
        name=name if isinstance(name, str) else None,
        source=source,
        legal_form=details.get("legal_form"),
        province_code=details.get("province_code"),
        ward=details.get("ward"),
        ward_code=details.get("ward_code"),
        address_old=details.get("address_old"),
        phone=phone if isinstance(phone, str) and details.get("public_contact_ok") else None,
        members=details.get("members"),
        who=identity_of(document),
    )


IDENTITY = ("name", "legal_form", "tax_code", "province_code", "ward")
"""What an authority confirms of an organisation, and what no later word may change without being confirmed anew."""


def identity_of(document: Document) -> tuple[str, ...]:
    """Who an organisation's own description says it is: IDENTITY, in that order, empty where nothing was said.

    Of a personal value it is the keyed hash: that is the same in two records as long as the value is, erased or not,
    since a description that keeps a value keeps its salt.
    """
    subject, hashes = document["credentialSubject"], document.get("traceapp:personal", {})
    return tuple(str(hashes.get(TERM + name) or subject.get(TERM + name) or "") for name in IDENTITY)


def read_identity(document: Document, source: Source, personal: Personal) -> IdentityWord:
    """An OrganisationRecord that confirms or disputes who another organisation is."""
    details = details_of(document)
    if details["state"] not in ("confirmed", "disputed"):
        raise ValueError(f"{details['state']!r} is no state of an identity")
    product = details["about"]["id"] if "about" in details else None
    return IdentityWord(details["id"], details["state"], source, product)


def read_claim(document: Document, source: Source, personal: Personal) -> ClaimWord:
    """An OrganisationRecord that claims another's product code."""
    details = details_of(document)
    if details["state"] not in ("claimed", "withdrawn"):
        raise ValueError(f"{details['state']!r} is no state of a claim")
    return ClaimWord(details["about"]["id"], details["state"] == "withdrawn", source)


def read_facility(document: Document, source: Source, personal: Personal) -> FacilityFact:
    """A FacilityRecord, at its public position; its name is empty once a household's was erased."""
    details = {**details_of(document), **{name: value for name, value in personal.items() if name == "name"}}
    return FacilityFact(
        id=details["id"],
        organisation=details["organisation"]["id"],
        # True stands for a value that was given and later erased.
        name="" if details["name"] is True else details["name"],
        source=source,
        gln=details.get("gln"),
        latitude=details.get("latitude"),
        longitude=details.get("longitude"),
    )


_PRODUCT_FIELDS = (
    "name_en",
    "net",
    "net_value",
    "net_unit",
    "shelf_life_days",
    "group",
    "ingredients_vi",
    "warning_vi",
    "storage_vi",
    "story_vi",
    "story_en",
    "image",
    "price_vnd",
)


def read_product(document: Document, source: Source, personal: Personal) -> ProductFact:
    """A ProductRecord."""
    details = details_of(document)
    named: dict[str, Any] = {name: details.get(name) for name in _PRODUCT_FIELDS}
    found = ProductFact(
        id=details["id"],
        code=details["code"],
        organisation=details["organisation"]["id"],
        name_vi=details["name_vi"],
        source=source,
        standards=as_tuple(details.get("standards", [])),
        image_is_drawing=details.get("image_is_drawing", False),
        images=_pictures(details.get("images", [])),
        extra=details.get("extra", {}),
        story=read_story(details),
        **named,
    )
    require_shape(found)
    if found.net_value is not None and found.net_value <= 0:
        raise ValueError(f"net_value is {found.net_value}, not above 0")
    return found


def _pictures(listed: Any) -> tuple[Picture, ...]:
    """A picture's sizes, the smallest first, however JSON-LD ordered them."""
    found = (Picture(one["file"], one["width"], one["height"]) for one in as_tuple(listed))
    return tuple(sorted(found, key=lambda one: one.width))


def read_lot(document: Document, source: Source, personal: Personal) -> LotFact:
    """A LotRecord, whose id is its product's with the lot's number."""
    details = details_of(document)
    product, lot = details["product"]["id"], details["lot"]
    if details["id"] != f"{product}/10/{quote(lot, safe='')}":
        raise ValueError(f"{details['id']} is not lot {lot} of {product}")
    return LotFact(
        id=details["id"],
        product=product,
        lot=lot,
        source=source,
        made=civil_date(details["made"]) if details.get("made") else None,
        expires=civil_date(details["expires"]) if details.get("expires") else None,
        quantity=details.get("quantity"),
        unit=details.get("unit"),
    )


_CERTIFICATE_FIELDS = ("scope", "stars", "score", "decision", "area_ha", "expected_t", "issuer_as_named")
_CERTIFICATE_KNOWN = frozenset(
    {
        *_CERTIFICATE_FIELDS,
        "id",
        "type",
        "about",
        "issuer",
        "state",
        "scheme",
        "number",
        "issued",
        "expires",
        "surveillance",
    }
)


def read_certificate(document: Document, source: Source, personal: Personal) -> CertificateFact:
    """The first CertificateRecord of a certificate; it is confirmed only if its issuer said so itself."""
    details = details_of(document)
    issuer, state, stars = details["issuer"]["id"], CertificateState(details["state"]), details.get("stars")
    if stars not in (None, 1, 2, 3, 4, 5):
        raise ValueError(f"stars are 1 to 5, not {str(stars)[:40]}")
    said_by_issuer = source.declared_by == issuer and state == CertificateState.CONFIRMED
    named: dict[str, Any] = {name: details.get(name) for name in _CERTIFICATE_FIELDS}
    return CertificateFact(
        id=details["id"],
        subject=details["about"]["id"],
        scheme=details["scheme"],
        number=details["number"],
        issuer=issuer,
        issued=civil_date(details["issued"]),
        expires=civil_date(details["expires"]) if details.get("expires") else None,
        state=CertificateState.CONFIRMED if said_by_issuer else CertificateState.DECLARED,
        source=source,
        state_source=source,
        surveillance=tuple(civil_date(day) for day in as_tuple(details.get("surveillance", []))),
        extra={name: value for name, value in details.items() if name not in _CERTIFICATE_KNOWN},
        **named,
    )


def read_certificate_state(document: Document, source: Source, personal: Personal) -> CertificateWord:
    """A later CertificateRecord of a certificate."""
    details = details_of(document)
    state, reason = CertificateState(details["state"]), details.get("reason")
    return CertificateWord(details["id"], state, source, reason, _declaration(details))


def read_certificate_visit(document: Document, source: Source, personal: Personal) -> CertificateVisit:
    """A CertificateRecord of a visit."""
    details = details_of(document)
    day = civil_date(details["day"])
    return CertificateVisit(details["id"], day, details["result"], source, _declaration(details))


def _declaration(details: Mapping[str, Any]) -> tuple[str, ...] | None:
    named = details.get("declaration")
    return None if named is None else (named["id"], named["sha256"])
