"""A hand-written record of each type, and a signer of a dozen lines that shares nothing with the service's own."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from traceapp.core.vocabulary import context_urls

HOST = "id.example.vn"
DID = f"did:web:{HOST}"
CREATED = "2026-10-09T03:00:00Z"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))

GTIN = f"https://{HOST}/01/09520000000127"
LOT = f"{GTIN}/10/DM2610B"
PLACE = f"https://{HOST}/414/9520000900021"
PRODUCER = f"https://{HOST}/id/0199c5a0-0000-7000-8000-000000000001"
CERTIFIER = f"https://{HOST}/id/0199c5a0-0000-7000-8000-000000000002"
LEAVES = f"https://{HOST}/id/0199c5a0-0000-5000-8000-000000000003"
EARLIER = f"https://{HOST}/records/0199c5a0-0000-7000-8000-00000000000a"
HASH = "b" * 43 + "="

Document = dict[str, Any]


def ref(url: str) -> dict[str, str]:
    """How a record points at a thing."""
    return {"id": url}


def record(kind: str, subject: Document, **more: Any) -> Document:
    """An unsigned record; `more` goes beside credentialSubject, with `traceapp_` for the prefix."""
    return {
        "@context": context_urls(HOST),
        "id": f"https://{HOST}/records/0199c5a0-0000-7000-8000-00000000000b",
        "type": ["VerifiableCredential", kind],
        "issuer": DID,
        "validFrom": CREATED,
        "credentialSubject": subject,
        "traceapp:declaredBy": {"id": PRODUCER, "traceapp:role": "producer"},
        "traceapp:nonce": "AAECAwQFBgcICQoLDA0ODw==",
        "traceapp:disclosure": "public",
        **{name.replace("traceapp_", "traceapp:"): value for name, value in more.items()},
    }


def event(kind: str, stage: str, **more: Any) -> Document:
    """The subject of a TraceEvent."""
    return {
        "type": kind,
        "eventTime": "2026-10-08T00:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "bizLocation": ref(PLACE),
        "traceapp:stage": stage,
        "traceapp:lot": ref(LOT),
        "traceapp:start": "2026-10-07",
        "traceapp:end": "2026-10-08",
        **more,
    }


def quantity(of: str, number: float, uom: str = "KGM") -> Document:
    """An EPCIS quantity element."""
    return {"epcClass": of, "quantity": number, "uom": uom}


CHECKS = [{"traceapp:what": "nhiệt độ", "traceapp:unit": "°C", "traceapp:min": 115, "traceapp:value": 118.5}]
EVENTS = {
    "a transformation": record(
        "TraceEvent",
        event(
            "TransformationEvent",
            "PROCESS",
            bizStep="commissioning",
            inputQuantityList=[quantity(LEAVES, 880)],
            outputQuantityList=[quantity(LOT, 200.25)],
            **{"traceapp:kde": {"traceapp:fix_temp_c": 220, "traceapp:checks": CHECKS, "traceapp:plots": ["A1", "A2"]}},
        ),
        traceapp_personal={"traceapp:operator": HASH, "traceapp:verified_by": HASH},
        traceapp_assistedBy=ref(CERTIFIER),
    ),
    "an observation": record(
        "TraceEvent",
        event("ObjectEvent", "CCP", action="OBSERVE", bizStep="inspecting", quantityList=[{"epcClass": LOT}]),
    ),
    "an addition": record(
        "TraceEvent",
        event("ObjectEvent", "PACK", action="ADD", bizStep="packing", quantityList=[quantity(LOT, 4200, "H87")]),
    ),
    "an aggregation": record(
        "TraceEvent",
        event(
            "AggregationEvent",
            "SHIP",
            action="ADD",
            bizStep="shipping",
            disposition="in_transit",
            parentID=f"https://{HOST}/00/095200000000000019",
            childQuantityList=[quantity(LOT, 600, "H87")],
            destinationList=[{"type": "possessing_party", "destination": PLACE}],
        ),
        traceapp_disclosure="restricted",
    ),
    "a correction": record(
        "CorrectionRecord",
        event(
            "ObjectEvent",
            "SOURCE",
            eventID=EARLIER.replace("records", "id"),
            action="OBSERVE",
            bizStep="receiving",
            quantityList=[quantity(LEAVES, 3.5)],
            errorDeclaration={
                "declarationTime": "2026-10-09T10:00:00+07:00",
                "reason": "incorrect_data",
                "correctiveEventIDs": [EARLIER],
            },
        ),
        traceapp_corrects=ref(EARLIER),
    ),
}

PLOT_OUTLINE = {"type": "Polygon", "coordinates": [[[105.84, 21.59], [105.85, 21.59], [105.85, 21.6], [105.84, 21.59]]]}
THINGS = {
    "an organisation": record(
        "OrganisationRecord",
        {"id": PRODUCER, "type": "traceapp:Organisation", "traceapp:name": "HTX Chè Đồi Mây", "traceapp:members": 42},
    ),
    "a facility": record(
        "FacilityRecord",
        {"id": PLACE, "type": "traceapp:Facility", "traceapp:gln": "9520000900021", "traceapp:geometry": PLOT_OUTLINE},
    ),
    "a product": record(
        "ProductRecord",
        {
            "id": GTIN,
            "type": "traceapp:Product",
            "name": "Chè Đồi Mây",
            "traceapp:standards": ["TCVN 9740:2013", "TCVN 5603:2023"],
            "traceapp:price_vnd": 145000,
            "traceapp:net_value": 0.2,
            "traceapp:image_is_drawing": False,
        },
    ),
    "a lot": record(
        "LotRecord",
        {"id": LOT, "type": "traceapp:Lot", "traceapp:product": ref(GTIN), "traceapp:made": "2026-10-08"},
    ),
}


def status_entry(purpose: str, index: int) -> Document:
    """One entry of credentialStatus."""
    at = f"https://{HOST}/status/{purpose}/1"
    return {
        "id": f"{at}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": at,
    }


CLAIMS = {
    "a certificate": record(
        "CertificateRecord",
        {
            "id": f"{CERTIFIER}#VG-1",
            "type": "traceapp:Certificate",
            "traceapp:about": ref(PRODUCER),
            "traceapp:stars": 4,
        },
        credentialStatus=[status_entry("revocation", 5), status_entry("suspension", 5)],
    ),
    "a label run": record(
        "LabelRunRecord",
        {"type": "traceapp:LabelRun", "traceapp:lot": ref(LOT), "traceapp:first": 1, "traceapp:count": 1099511627775},
    ),
    "voided labels": record(
        "LabelVoidRecord",
        {"type": "traceapp:LabelVoid", "traceapp:lot": ref(LOT), "traceapp:first": 7, "traceapp:last": 9},
    ),
    "an inspection": record(
        "InspectionRecord", {"type": "traceapp:Inspection", "traceapp:lot": ref(LOT), "traceapp:result": "đạt"}
    ),
    "a hold": record("HoldRecord", {"type": "traceapp:Hold", "traceapp:lot": ref(LOT), "traceapp:released": False}),
    "a recall": record(
        "RecallRecord", {"type": "traceapp:Recall", "traceapp:lot": ref(LOT), "traceapp:reasonVi": "độ ẩm"}
    ),
    "a cosignature": record(
        "CosignatureRecord",
        {"type": "traceapp:Cosignature", "traceapp:about": ref(EARLIER), "traceapp:sha256": "ab" * 32},
    ),
    "a key": record(
        "KeyRecord", {"type": "traceapp:Key", "traceapp:role": "label", "traceapp:publicKeyMultibase": "z6MkExample"}
    ),
    "a trust list": record(
        "TrustList",
        {
            "type": "traceapp:Trust",
            "traceapp:version": 3,
            "traceapp:hosts": [HOST],
            "traceapp:keys": [{"traceapp:role": "log"}],
        },
        validUntil="2027-10-09T03:00:00Z",
    ),
    "a status list": record(
        "BitstringStatusListCredential",
        {
            "id": f"https://{HOST}/status/revocation/1#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA",
        },
    ),
}
SAMPLES = {**EVENTS, **THINGS, **CLAIMS}


def jcs(value: Any) -> bytes:
    """RFC 8785 for these samples: ASCII keys, and numbers that Python prints as ECMAScript does."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def base58(data: bytes) -> str:
    """base58btc of bytes that do not begin with zeros."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return text


def multikey(key: Ed25519PrivateKey) -> str:
    """The Multikey of `key`'s public half."""
    return "z" + base58(b"\xed\x01" + key.public_key().public_bytes_raw())


def sign(document: Document, key: Ed25519PrivateKey = KEY, did: str = DID) -> bytes:
    """The secured document: eddsa-jcs-2022, proof hash first."""
    proof = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": CREATED,
        "verificationMethod": f"{did}#{multikey(key)}",
        "proofPurpose": "assertionMethod",
    }
    data = hashlib.sha256(jcs(proof)).digest() + hashlib.sha256(jcs(document)).digest()
    return jcs({**document, "proof": {**proof, "proofValue": "z" + base58(key.sign(data))}})


def did_document(multikeys: list[str], did: str = DID, *, assertion: bool = True) -> Document:
    """What did.json says of these keys; with `assertion` they may sign records."""
    methods = [
        {"id": f"{did}#{key}", "type": "Multikey", "controller": did, "publicKeyMultibase": key} for key in multikeys
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods] if assertion else [],
    }
