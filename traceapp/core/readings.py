"""From a verified document to the fact it states, one function a record type.

`personal` maps a field to its verified value, or to ERASED_VALUE where only the keyed hash is left.
What breaks the shape of its kind raises ValueError, KeyError or TypeError; `read_fact` alone tells that as Malformed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from traceapp.core.account_doubts import read_doubt
from traceapp.core.case_readings import read_case
from traceapp.core.cosigning import read_cosignature, read_passkey
from traceapp.core.counted import Counted
from traceapp.core.dates import civil_date
from traceapp.core.errors import InvalidEvent, Malformed
from traceapp.core.events import Event, Goods, Stage, require_judgeable
from traceapp.core.facts import (
    Correction,
    EventFact,
    HoldFact,
    Labelled,
    LabelRunFact,
    LabelVoidFact,
    RecallFact,
    Source,
)
from traceapp.core.inspections import read_inspection
from traceapp.core.own.keys import read_own_key, read_own_key_end
from traceapp.core.register_readings import (
    read_certificate,
    read_certificate_state,
    read_certificate_visit,
    read_claim,
    read_facility,
    read_identity,
    read_lot,
    read_organisation,
    read_product,
)
from traceapp.core.shape import as_tuple, require_shape
from traceapp.core.statements import Statement, details_of, from_terms, is_restricted, record_type

Document = Mapping[str, Any]
Personal = Mapping[str, Any]

_MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError, InvalidEvent)

ERASED_VALUE = True
"""Stands for a personal value that was given and later erased: it was there, which is all that may be said."""


def read_fact(document: Document, source: Source, personal: Personal) -> object | None:
    """The fact that a verified record states; None where its kind states none here.

    Malformed when it breaks its own shape: what is returned has the types that its class declares.
    """
    try:
        return _fact(document, source, personal)
    except _MISSHAPEN as cause:
        raise Malformed(f"{source.record_id} is signed, but breaks its own shape: {cause!r}.") from cause


def require_readable(statement: Statement) -> Statement:
    """`statement`, if it states its fact once it is signed; InvalidEvent otherwise: it would count as tampered with."""
    document = {
        "type": ["VerifiableCredential", statement.type],
        "credentialSubject": statement.subject,
        "traceapp:corrects": {"id": statement.corrects},
    }
    source = Source("", datetime.max.replace(tzinfo=UTC), statement.declared_by, statement.role)
    try:
        _fact(document, source, statement.personal)
    except _MISSHAPEN as cause:
        raise InvalidEvent(f"This {statement.type} could not be read once it is signed: {cause}.") from cause
    return statement


def _fact(document: Document, source: Source, personal: Personal) -> object | None:
    kind = record_type(document)
    about = document["credentialSubject"].get("type")
    reader = _READERS.get((kind, about)) or _READERS.get((kind, None))
    return require_shape(reader(document, source, personal)) if reader else None


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
        inputs=_goods(subject.get("traceapp:inputs", [])),
        outputs=_goods(subject.get("traceapp:outputs", [])),
        label_vi=subject.get("traceapp:labelVi", ""),
        label_en=subject.get("traceapp:labelEn", ""),
        kde={**from_terms(subject.get("traceapp:kde", {})), **personal},
    )
    require_judgeable(require_shape(event))
    return EventFact(event, source, restricted=is_restricted(document))


def read_correction(document: Document, source: Source, personal: Personal) -> Correction:
    """A CorrectionRecord."""
    return Correction(document["traceapp:corrects"]["id"], source)


def _goods(lines: list[Mapping[str, Any]]) -> tuple[Goods, ...]:
    return tuple(
        Goods(
            line["traceapp:goods"],
            line["traceapp:quantity"],
            line["traceapp:unit"],
            line["traceapp:fromLot"]["id"] if "traceapp:fromLot" in line else None,
        )
        for line in as_tuple(lines)
    )


def read_label_run(document: Document, source: Source, personal: Personal) -> LabelRunFact:
    """A LabelRunRecord."""
    details = details_of(document)
    found = LabelRunFact(
        id=details["id"],
        lot=details["lot"]["id"],
        first=details["first"],
        count=details["count"],
        signed=details["signed"],
        serial_key_id=details["serialKey"],
        printed_path=details["printedPath"],
        source=source,
        labelled=tuple(Labelled(**one) for one in details.get("labelled", ())),
    )
    require_shape(found)
    if found.first < 1 or found.count < 1:
        raise ValueError(f"no run has {Counted(found.count):label|labels} from item {found.first}")
    return found


def read_label_void(document: Document, source: Source, personal: Personal) -> LabelVoidFact:
    """A LabelVoidRecord."""
    details = details_of(document)
    found = LabelVoidFact(details["lot"]["id"], details["first"], details["last"], details["reason"], source)
    require_shape(found)
    if not 1 <= found.first <= found.last:
        raise ValueError(f"no items are {found.first} to {found.last}")
    return found


def read_hold(document: Document, source: Source, personal: Personal) -> HoldFact:
    """A HoldRecord: a hold or a release."""
    details = details_of(document)
    if details["action"] not in ("hold", "release"):
        raise ValueError(f"a lot is held or released, not {details['action']!r}")
    return HoldFact(details["lot"]["id"], details["action"] == "release", details["reason"], source)


def read_recall(document: Document, source: Source, personal: Personal) -> RecallFact:
    """A RecallRecord."""
    details = details_of(document)
    return RecallFact(
        lot=details["lot"]["id"],
        day=civil_date(details["day"]),
        reason_vi=details["reason_vi"],
        source=source,
        reason_en=details.get("reason_en"),
        action_vi=details.get("action_vi"),
        action_en=details.get("action_en"),
    )


_READERS: Mapping[tuple[str, str | None], Callable[[Document, Source, Personal], object]] = {
    ("TraceEvent", "AggregationEvent"): read_case,
    ("TraceEvent", None): read_event,
    ("CorrectionRecord", None): read_correction,
    ("OrganisationRecord", "traceapp:Organisation"): read_organisation,
    ("OrganisationRecord", "traceapp:IdentityConfirmation"): read_identity,
    ("OrganisationRecord", "traceapp:ProductClaim"): read_claim,
    ("OrganisationRecord", "traceapp:OwnKeyEnd"): read_own_key_end,
    ("KeyRecord", "traceapp:OwnKey"): read_own_key,
    ("KeyRecord", "traceapp:OwnKeyEnd"): read_own_key_end,
    ("OrganisationRecord", "traceapp:AccountDoubt"): read_doubt,
    ("CosignatureRecord", "traceapp:Passkey"): read_passkey,
    ("CosignatureRecord", "traceapp:Cosignature"): read_cosignature,
    ("FacilityRecord", None): read_facility,
    ("ProductRecord", None): read_product,
    ("LotRecord", None): read_lot,
    ("CertificateRecord", "traceapp:Certificate"): read_certificate,
    ("CertificateRecord", "traceapp:CertificateState"): read_certificate_state,
    ("CertificateRecord", "traceapp:CertificateVisit"): read_certificate_visit,
    ("LabelRunRecord", None): read_label_run,
    ("LabelVoidRecord", None): read_label_void,
    ("HoldRecord", None): read_hold,
    ("RecallRecord", None): read_recall,
    ("InspectionRecord", None): read_inspection,
}
