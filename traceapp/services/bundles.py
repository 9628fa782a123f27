"""Making bundles from what is published."""

from __future__ import annotations

from sqlalchemy import Connection

from traceapp.core import bundle
from traceapp.core.digital_link import Identity
from traceapp.core.errors import NotFound, Unavailable
from traceapp.core.evidence import Evidence
from traceapp.core.statements import is_restricted, record_uuid
from traceapp.core.vocabulary import contexts
from traceapp.services.keys import trust_list
from traceapp.services.log import Published, hash_reader, prove_inclusion
from traceapp.services.records import parse_document


def make_bundle(
    connection: Connection, evidence: Evidence, label: str, published: Published | None, host: str
) -> bytes:
    """The bundle of gathered evidence, proved to the published checkpoint. `label` is the address it speaks of.

    NotFound when nothing is known. A record that is not published yet is left out.
    """
    if not evidence.records:
        raise NotFound(f"Nothing is known of {label[:120]}.")
    if published is None:
        raise Unavailable("Nothing is published yet: try again in a moment.")
    size, _, note = published
    reader = hash_reader(connection, size)
    files: dict[str, bytes] = {
        "README.txt": bundle.README.encode(),
        "label.txt": f"{label}\n".encode("ascii"),
        "trust.json": trust_list(connection).body,
    }
    for url, data in contexts(host).items():
        files[f"contexts/{bundle.context_name(url)}"] = data
    for record in evidence.records:
        if record.leaf_index < size and record.body is not None:
            uuid = record_uuid(record.record_id)
            hidden = is_restricted(parse_document(record.body))
            files[f"{'entries' if hidden else 'records'}/{uuid}.json"] = record.entry if hidden else record.body
            files[f"proofs/{uuid}.tlog-proof"] = prove_inclusion(reader, record.leaf_index, note)
    return bundle.pack(files)


def bundle_name(identity: Identity) -> str:
    """What the download is called."""
    return f"traceapp-{identity.lot or identity.product}.zip".replace("/", "-")
