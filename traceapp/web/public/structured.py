"""What a page says once more as schema.org JSON-LD, for search engines, shops and chat apps: from the same facts.

Never more than the page. A certification is there only while it stands and its issuer confirmed it: what has ended is
left out rather than marked inactive, since those who read certifications rarely read their status. Where anything
speaks against the goods there is neither a certification nor an offer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from traceapp.core.canonical import JsonObject
from traceapp.core.digital_link import Identity
from traceapp.core.facts import CertificateFact, Facts, OrganisationFact, ProductFact
from traceapp.core.findings import Finding, Severity
from traceapp.core.identifiers import Gtin
from traceapp.core.places import PROVINCES
from traceapp.core.producer_links import outlets_in
from traceapp.core.verdict import Verdict
from traceapp.i18n import scheme_name
from traceapp.web.public.context import PageContext

CONTEXT = "https://schema.org"
GS1 = "https://ref.gs1.org/voc/"
SOUND = frozenset({"record-authentic", "stars-expired", "certificate-suspended", "certificate-revoked"})
"""Headlines under which nothing speaks against the goods themselves, nor against who made them."""

_STANDING = frozenset({"certificate-valid", "stars-valid"})
_NO_CERTIFICATION = frozenset({"TEST"})
"""A report of what was measured certifies nothing."""
_MOST_STARS = 5
# A browser ends the block at its end tag and old ones at a comment, whatever stands in a string.
_UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def as_block(value: JsonObject) -> Markup:
    """A data block to stand in a page: no script, so that the content security policy has nothing to refuse."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)
    return Markup(f'<script type="application/ld+json">{text}</script>')


def product_data(facts: Facts, verdict: Verdict, ctx: PageContext, *, description: str) -> JsonObject | None:
    """The product, or the lot of it, that a page is about; None without a product. Of an item it says its lot's."""
    product, lot = facts.product, facts.lot
    if product is None:
        return None
    is_sound = verdict.headline in SOUND
    standing = list(_standing(facts, verdict)) if is_sound else []
    address = ctx.base_url + Identity(facts.identity.product, None, facts.identity.lot).path
    return _told(
        {
            "@context": CONTEXT,
            # Schema.org's own word on an address with a lot number: some products, not the product.
            "@type": ["Product", "SomeProducts"] if lot else "Product",
            "@id": address,
            "url": ctx.canonical_url,
            **_names(product, ctx.lang),
            "description": description,
            "image": _image(product, ctx),
            **_identifiers(facts.identity, address),
            "category": product.group,
            "size": product.net,
            **_lot(facts, ctx.lang),
            **_maker(facts, standing, ctx.lang),
            "hasCertification": _certifications(standing, product.id, facts, ctx.lang),
            "offers": _offers(product) if is_sound and not ctx.serial else None,
        }
    )


def _names(product: ProductFact, lang: str) -> JsonObject:
    """Its name in the page's language, and in the other as what it is called besides."""
    vi, en = product.name_vi, product.name_en
    return {"name": en, "alternateName": vi} if lang == "en" and en else {"name": vi, "alternateName": en}


def _image(product: ProductFact, ctx: PageContext) -> str | None:
    """The largest picture there is: what shows it shrinks it."""
    largest = product.images[-1].file if product.images else product.image
    return ctx.base_url + ctx.media_url(largest) if largest else None


def _identifiers(identity: Identity, address: str) -> JsonObject:
    if isinstance(identity.product, Gtin):
        return {"gtin": str(identity.product), "hasGS1DigitalLink": address}
    return {"identifier": {"@type": "PropertyValue", "propertyID": "trace-code", "value": str(identity.product)}}


def _lot(facts: Facts, lang: str) -> JsonObject:
    """What is printed beside the lot number."""
    lot = facts.lot
    if lot is None:
        return {}
    name = "Lot" if lang == "en" else "Số lô"
    told = [{"@type": "PropertyValue", "propertyID": f"{GS1}hasBatchLotNumber", "name": name, "value": lot.lot}]
    if lot.expires:
        name = "Use by" if lang == "en" else "Hạn sử dụng"
        value = lot.expires.isoformat()
        told.append({"@type": "PropertyValue", "propertyID": f"{GS1}expirationDate", "name": name, "value": value})
    return {"productionDate": lot.made.isoformat() if lot.made else None, "additionalProperty": told}


def _maker(facts: Facts, standing: list[tuple[CertificateFact, Finding]], lang: str) -> JsonObject:
    """Who makes it. The country is said where the maker's province is: nobody else vouches for it."""
    maker = facts.producer
    if maker is None or not maker.name:
        return {}
    organisation = _organisation(maker)
    certified = _certifications(standing, maker.id, facts, lang)
    in_vietnam = maker.province_code in PROVINCES
    return {
        "brand": {"@type": "Brand", "name": maker.name},
        "manufacturer": _told({**organisation, "hasCertification": certified}),
        "countryOfOrigin": {"@type": "Country", "name": "VN"} if in_vietnam else None,
    }


def _organisation(organisation: OrganisationFact) -> JsonObject:
    """An organisation with where it is; neither telephone nor people."""
    address = {
        "@type": "PostalAddress",
        "addressLocality": organisation.ward,
        "addressRegion": PROVINCES.get(organisation.province_code or ""),
        "addressCountry": "VN" if organisation.province_code in PROVINCES else None,
    }
    named = {"@type": "Organization", "@id": organisation.id, "name": organisation.name}
    return _told({**named, "address": _told(address) if len(_told(address)) > 1 else None})


def _standing(facts: Facts, verdict: Verdict) -> Iterator[tuple[CertificateFact, Finding]]:
    """Certificates that the verdict calls good: in force today, for these goods, and confirmed by their issuers."""
    good = {
        one.data["certificate"]: one
        for one in verdict.findings
        if one.code in _STANDING and one.severity is Severity.GOOD
    }
    for certificate in facts.certificates:
        named = facts.name_of(certificate.issuer)
        if certificate.id in good and certificate.scheme not in _NO_CERTIFICATION and named:
            yield certificate, good[certificate.id]


def _certifications(
    standing: list[tuple[CertificateFact, Finding]], subject: str, facts: Facts, lang: str
) -> list[JsonObject]:
    """Those given to `subject`; a place's are its owner's, and say which place."""
    return [
        _certification(certificate, finding, facts, lang)
        for certificate, finding in standing
        if subject == certificate.subject or _owner(certificate, facts) == subject
    ]


def _owner(certificate: CertificateFact, facts: Facts) -> str | None:
    place = facts.facilities.get(certificate.subject)
    return place.organisation if place else None


def _certification(certificate: CertificateFact, finding: Finding, facts: Facts, lang: str) -> JsonObject:
    place, expires = facts.facilities.get(certificate.subject), finding.data["expires"]
    name, stars = scheme_name(certificate.scheme, lang), finding.data.get("stars")
    rating = {"@type": "Rating", "ratingValue": stars, "bestRating": _MOST_STARS}
    return _told(
        {
            "@type": "Certification",
            "name": name,
            "certificationIdentification": certificate.decision or certificate.number,
            "certificationStatus": f"{CONTEXT}/CertificationActive",
            "certificationRating": rating if stars else None,
            "issuedBy": {"@type": "Organization", "name": facts.name_of(certificate.issuer)},
            "validFrom": certificate.issued.isoformat(),
            # To the minute: a bare date would leave open whether its last day counts.
            "expires": f"{expires}T00:00:00+07:00" if expires else None,
            "about": {"@type": "Place", "name": place.name} if place else None,
        }
    )


def _offers(product: ProductFact) -> list[JsonObject]:
    """One for each shop that has it today, at the price its maker names; none where either is missing."""
    if not product.price_vnd:
        return []
    shops = (one for one in outlets_in(product.extra) if one.kind == "buy" and one.status == "listed" and one.href)
    price = {"price": product.price_vnd, "priceCurrency": "VND"}
    return [{"@type": "Offer", "name": shop.title, "url": shop.href, **price} for shop in shops]


def _told(values: dict[str, Any]) -> JsonObject:
    """Without what is not known."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}
