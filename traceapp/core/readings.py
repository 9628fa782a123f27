"""From a verified document to the fact it states, one function a record type.

`personal` maps a field to its verified value, or to ERASED_VALUE where only the keyed hash is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from traceapp.core.dates import civil_date
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.facts import (
    CertificateFact,
    CertificateState,
    EventFact,
    FacilityFact,
    HoldFact,
    InspectionFact,
    LabelRunFact,
    LabelVoidFact,
    LotFact,
    OrganisationFact,
    ProductFact,
    RecallFact,
    Source,
)
from traceapp.core.statements import from_terms, is_restricted

Document = Mapping[str, Any]
Personal = Mapping[str, Any]

ERASED_VALUE = True
"""Stands for a personal value that was given and later erased: it was there, which is all that may be said."""


def _details(document: Document) -> dict[str, Any]:
    return from_terms(document["credentialSubject"])


def read_event(document: Document, source: Source, personal: Personal) -> EventFact:
    """A TraceEvent."""
    subject = document["credentialSubject"]
    place = subject.get("bizLocation")
    event = Event(
        lot=subject["traceapp:lot"]["id"],
        stage=Stage(subject["traceapp:stage"]),
        start=civil_date(subject["traceapp:start"]),
        end=civil_date(subject["traceapp:end"]),
        actor=source.declared_by,
        place=place["id"] if place else None,
        inputs=_goods(subject.get("traceapp:inputs", ())),
        outputs=_goods(subject.get("traceapp:outputs", ())),
        label_vi=subject.get("traceapp:labelVi", ""),
        label_en=subject.get("traceapp:labelEn", ""),
        kde={**from_terms(subject.get("traceapp:kde", {})), **personal},
    )
    return EventFact(event, source, restricted=is_restricted(document))


def _goods(lines: Sequence[Mapping[str, Any]]) -> tuple[Goods, ...]:
    return tuple(
        Goods(
            line["traceapp:goods"],
            line["traceapp:quantity"],
            line["traceapp:unit"],
            line["traceapp:fromLot"]["id"] if "traceapp:fromLot" in line else None,
        )
        for line in lines
    )


def read_organisation(document: Document, source: Source, personal: Personal) -> OrganisationFact:
    """An OrganisationRecord's own description, without any confirmation."""
    details = {**_details(document), **personal}
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
    )


def read_facility(document: Document, source: Source, personal: Personal) -> FacilityFact:
    """A FacilityRecord, at its public position."""
    details = _details(document)
    return FacilityFact(
        id=details["id"],
        organisation=details["organisation"]["id"],
        name=details["name"],
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
    details = _details(document)
    return ProductFact(
        id=details["id"],
        code=details["code"],
        organisation=details["organisation"]["id"],
        name_vi=details["name_vi"],
        source=source,
        standards=tuple(details.get("standards", ())),
        image_is_drawing=bool(details.get("image_is_drawing")),
        extra=details.get("extra", {}),
        **{name: details.get(name) for name in _PRODUCT_FIELDS},
    )


def read_lot(document: Document, source: Source, personal: Personal) -> LotFact:
    """A LotRecord."""
    details = _details(document)
    return LotFact(
        id=details["id"],
        product=details["product"]["id"],
        lot=details["lot"],
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
    details = _details(document)
    issuer = details["issuer"]["id"]
    said_by_issuer = source.declared_by == issuer and details["state"] == CertificateState.CONFIRMED
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
        surveillance=tuple(civil_date(day) for day in details.get("surveillance", ())),
        extra={name: value for name, value in details.items() if name not in _CERTIFICATE_KNOWN},
        **{name: details.get(name) for name in _CERTIFICATE_FIELDS},
    )


def read_label_run(document: Document, source: Source, personal: Personal) -> LabelRunFact:
    """A LabelRunRecord."""
    details = _details(document)
    return LabelRunFact(
        id=details["id"],
        lot=details["lot"]["id"],
        first=details["first"],
        count=details["count"],
        signed=details["signed"],
        serial_key_id=details["serialKey"],
        printed_path=details["printedPath"],
        source=source,
    )


def read_label_void(document: Document, source: Source, personal: Personal) -> LabelVoidFact:
    """A LabelVoidRecord."""
    details = _details(document)
    return LabelVoidFact(details["lot"]["id"], details["first"], details["last"], details["reason"], source)


def read_hold(document: Document, source: Source, personal: Personal) -> HoldFact:
    """A HoldRecord: a hold or a release."""
    details = _details(document)
    return HoldFact(details["lot"]["id"], details["action"] == "release", details["reason"], source)


def read_recall(document: Document, source: Source, personal: Personal) -> RecallFact:
    """A RecallRecord."""
    details = _details(document)
    return RecallFact(
        lot=details["lot"]["id"],
        day=civil_date(details["day"]),
        reason_vi=details["reason_vi"],
        source=source,
        reason_en=details.get("reason_en"),
        action_vi=details.get("action_vi"),
        action_en=details.get("action_en"),
    )


def read_inspection(document: Document, source: Source, personal: Personal) -> InspectionFact:
    """An InspectionRecord."""
    details = _details(document)
    return InspectionFact(
        details["lot"]["id"], civil_date(details["day"]), details["result"], source, details.get("note")
    )
