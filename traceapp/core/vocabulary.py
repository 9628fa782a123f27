"""The JSON-LD contexts of a record: two published ones, kept as package data, and the service's own vocabulary.

Whoever expands a record needs these three documents and no network. `/vocab/v1` never changes once a record names it:
its hash stands in the trust file, and additions go to `/vocab/v2`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from traceapp.core.canonical import Json, JsonObject, canonicalise, parse_object

CREDENTIALS_CONTEXT = "https://www.w3.org/ns/credentials/v2"
EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PREFIX = "traceapp"

SIGNED_TYPES = (
    "OrganisationRecord",
    "FacilityRecord",
    "ProductRecord",
    "LotRecord",
    "TraceEvent",
    "CertificateRecord",
    "LabelRunRecord",
    "LabelVoidRecord",
    "InspectionRecord",
    "HoldRecord",
    "RecallRecord",
    "CorrectionRecord",
    "CosignatureRecord",
    "KeyRecord",
    "TrustList",
)

# Typed as IRIs, so that the plain text of an address names a thing as {"id": …} does. Only names that can mean nothing
# else: `lot` or `product` may be plain text inside traceapp:kde.
REFERENCES = ("about", "assistedBy", "corrects", "declaredBy", "fromLot")

# GeoJSON is kept whole: its nested arrays have no RDF form.
WHOLE_JSON = ("geometry",)


def vocabulary_url(host: str) -> str:
    """Where HOST serves its vocabulary."""
    return f"https://{host}/vocab/v1"


def vocabulary(host: str) -> dict[str, Json]:
    """The JSON-LD context at https://HOST/vocab/v1: the prefix, the record types, and the terms that need a type."""
    terms: JsonObject = {"@version": 1.1, "@protected": True, PREFIX: f"{vocabulary_url(host)}#"}
    terms |= {name: f"{PREFIX}:{name}" for name in SIGNED_TYPES}
    terms |= {f"{PREFIX}:{name}": _typed(name, "@id") for name in REFERENCES}
    terms |= {f"{PREFIX}:{name}": _typed(name, "@json") for name in WHOLE_JSON}
    return {"@context": terms}


def vocabulary_bytes(host: str) -> bytes:
    """What https://HOST/vocab/v1 answers, to the byte (RFC 8785)."""
    return canonicalise(vocabulary(host))


def vocabulary_hash(host: str) -> str:
    """SHA-256 of `vocabulary_bytes` in lower-case hex, as the trust file carries it."""
    return hashlib.sha256(vocabulary_bytes(host)).hexdigest()


def context_urls(host: str) -> list[str]:
    """`@context` of every record, in the order that is signed."""
    return [CREDENTIALS_CONTEXT, EPCIS_CONTEXT, vocabulary_url(host)]


def contexts(host: str) -> dict[str, bytes]:
    """Every document that `context_urls` names, by address: what a bundle carries in `contexts/`."""
    return {**CONTEXTS, vocabulary_url(host): vocabulary_bytes(host)}


def _typed(name: str, kind: str) -> dict[str, str]:
    return {"@id": f"{PREFIX}:{name}", "@type": kind}


def _published() -> Mapping[str, bytes]:
    folder = files("traceapp.core") / "contexts"
    manifest = parse_object((folder / "manifest.json").read_bytes())
    return MappingProxyType({url: (folder / entry["file"]).read_bytes() for url, entry in manifest.items()})


CONTEXTS: Mapping[str, bytes] = _published()
"""The two published contexts by address, byte for byte as `contexts/manifest.json` hashes them."""
