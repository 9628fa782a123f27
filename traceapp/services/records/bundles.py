"""Making bundles from what is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from traceapp.core import bundle
from traceapp.core.digital_link import Identity
from traceapp.core.errors import NotFound, Unavailable
from traceapp.core.evidence import Evidence
from traceapp.core.statements import is_restricted, record_uuid
from traceapp.core.tiles import HashReader
from traceapp.core.trust import TrustList
from traceapp.core.vocabulary import contexts
from traceapp.services.log.entries import prove_inclusion
from traceapp.services.log.heads import Published
from traceapp.services.log.tree import hash_reader
from traceapp.services.log.witnessed import Seen, seen_by_leaf
from traceapp.services.operating.keys import trust_list
from traceapp.services.records.signing import parse_document


def make_bundle(
    connection: Connection, evidence: Evidence, label: str, published: Published | None, host: str
) -> bytes:
    """The bundle of gathered evidence, proved to the published checkpoint. `label` is the address it speaks of.

    NotFound when nothing is known. A record that is not published yet is left out. Unavailable before anything is
    published.
    """
    if not evidence.records:
        raise NotFound(f"Nothing is known of {label[:120]}.")
    if published is None:
        raise Unavailable("Nothing is published yet: try again in a moment.")
    size = published[0]
    trust = trust_list(connection)
    prover = _Prover(connection, trust, published)
    files: dict[str, bytes] = {
        "README.txt": bundle.README.encode(),
        "label.txt": f"{label}\n".encode("ascii"),
        "trust.json": trust.body,
    }
    for url, data in contexts(host).items():
        files[f"contexts/{bundle.context_name(url)}"] = data
    shown = [record for record in evidence.records if record.leaf_index < size and record.body is not None]
    seen = prover.seen([record.leaf_index for record in shown])
    for record in shown:
        if record.body is not None:
            uuid = record_uuid(record.record_id)
            hidden = is_restricted(parse_document(record.body))
            files[f"{'entries' if hidden else 'records'}/{uuid}.json"] = record.entry if hidden else record.body
            files[f"proofs/{uuid}.tlog-proof"] = prover.prove(record.leaf_index, seen)
    return bundle.pack(files)


class _Prover:
    """Proves each record to the earliest checkpoint that a quorum of witnesses saw it in, or to the published one.

    The newest record is always proved to the published checkpoint: until then the bundle speaks.
    """

    def __init__(self, connection: Connection, trust: TrustList, published: Published) -> None:
        self._connection = connection
        self._trust = trust
        self._published = published
        self._readers: dict[int, HashReader] = {}

    def seen(self, leaves: Sequence[int]) -> Mapping[int, Seen]:
        """The checkpoint with a quorum for each of these entries that has one, but for the newest."""
        return seen_by_leaf(self._connection, self._trust, sorted(leaves)[:-1])

    def prove(self, leaf_index: int, seen: Mapping[int, Seen]) -> bytes:
        """The tlog-proof of one entry."""
        size, note = seen[leaf_index][:2] if leaf_index in seen else (self._published[0], self._published[2])
        if size not in self._readers:
            self._readers[size] = hash_reader(self._connection, size)
        return prove_inclusion(self._readers[size], leaf_index, note)


def bundle_name(identity: Identity) -> str:
    """What the download is called."""
    return f"traceapp-{identity.lot or identity.product}.zip".replace("/", "-")
