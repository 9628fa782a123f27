"""Keys, a ledger that signs and logs what is said, and a producer with one lot of tea: all in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cast import AUTHORITY, CERTIFIER, HOST, LOT, NAMES, PLACE, PRODUCER, PRODUCT, ROLES, thing_id
from traceapp.core.acts import say_label_run
from traceapp.core.bundle import README, context_name, pack
from traceapp.core.checkpoint import Checkpoint, sign_checkpoint
from traceapp.core.credential import Signer, secure
from traceapp.core.digital_link import parse_path
from traceapp.core.epcis import say_event
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.evidence import Evidence, StoredRecord
from traceapp.core.facts import Labelled
from traceapp.core.keys import Keyring, PublicKey, Role, public_bytes
from traceapp.core.log_entry import entry_of
from traceapp.core.log_keys import log_origin
from traceapp.core.merkle import inclusion_proof, leaf_hash, root_of
from traceapp.core.registers import say_identity, say_lot, say_organisation, say_product
from traceapp.core.statements import Statement, document, record_url
from traceapp.core.tlog_proof import format_proof
from traceapp.core.trust import TrustList, make_trust_list, read_trust_list
from traceapp.core.vocabulary import contexts

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""When the keys came into use."""
SAID = datetime(2026, 10, 10, 3, 0, tzinfo=UTC)
"""When most things are said."""
PRIVATE = {role: Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number, role in enumerate(Role, 1)}
SIGNER = Signer.of_host(HOST, PRIVATE[Role.RECORD])
ROOT = Signer.of_host(HOST, PRIVATE[Role.ROOT])
KEYS = tuple(PublicKey(role, public_bytes(private), EPOCH) for role, private in PRIVATE.items())
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\xee" * 32)
LABEL = f"https://{HOST}{LOT.removeprefix(f'https://{HOST}')}"


def keys_with(role: Role, **changes: Any) -> tuple[PublicKey, ...]:
    """The keys, the one of `role` changed."""
    return tuple(replace(key, **changes) if key.role is role else key for key in KEYS)


def keyring(keys: Iterable[PublicKey] = KEYS) -> Keyring:
    """The keys as a verifier holds them."""
    return Keyring(HOST, keys)


def trust_bytes(*, root: Signer = ROOT, **changes: Any) -> bytes:
    """Version 1 of the trust file."""
    told: dict[str, Any] = {
        "host": HOST,
        "version": 1,
        "hosts": [HOST, "qr.example.vn"],
        "keys": KEYS,
        "valid": (EPOCH, EPOCH + timedelta(days=730)),
    }
    return make_trust_list(**{**told, **changes}, root=root)


def trust(**changes: Any) -> TrustList:
    """The same, read."""
    return read_trust_list(trust_bytes(**changes))


def uuid_of(number: int) -> str:
    """The UUID of the ledger's record `number`."""
    return str(UUID(int=number | 0x7000 << 64 | 0x8 << 60))


def signed(
    statement: Statement,
    number: int = 1,
    at: datetime = SAID,
    signer: Signer = SIGNER,
    *,
    account_key: bytes | None = None,
    changed: Mapping[str, Any] | None = None,
) -> StoredRecord:
    """A statement, signed, as the store holds it at place `number` of the log; `changed` before it was signed."""
    salts = [bytes([number % 256, at_]) * 16 for at_ in range(len(statement.personal))]
    unsigned, personal = document(
        statement,
        host=HOST,
        issuer=signer.did,
        record_id=UUID(uuid_of(number)),
        now=at,
        nonce=b"n" * 16,
        salts=salts,
        account_key=account_key,
    )
    unsigned |= changed or {}
    body = secure(unsigned, signer, at)
    return StoredRecord(unsigned["id"], number, entry_of(unsigned["id"], body), body, personal)


class Ledger:
    """Records in log order, with everything that a page or a bundle needs of them."""

    def __init__(self, *statements: Statement) -> None:
        self.records: list[StoredRecord] = []
        for statement in statements:
            self.say(statement)

    def say(self, statement: Statement, *, at: datetime = SAID, signer: Signer = SIGNER, **more: Any) -> StoredRecord:
        """Sign a statement and append it."""
        self.records.append(signed(statement, len(self.records), at, signer, **more))
        return self.records[-1]

    def evidence(self, label: str = LABEL, **fields: Any) -> Evidence:
        """What the store gives for the address of the lot, or another."""
        identity = parse_path(label.removeprefix(f"https://{HOST}").partition("?")[0]).identity
        assert identity is not None
        lot = f"https://{HOST}{identity.without_serial().path}" if identity.lot else None
        told: dict[str, Any] = {"identity": identity, "product_id": PRODUCT, "lot_id": lot}
        return Evidence(**{**told, "records": tuple(self.records), **fields})

    def proofs(
        self, size: int | None = None, log: Ed25519PrivateKey = PRIVATE[Role.LOG], *beside: Ed25519PrivateKey
    ) -> dict[str, bytes]:
        """A tlog-proof for each record, by UUID, to one checkpoint of the first `size` entries, signed by these."""
        chosen = self.records[:size]
        leaves = [leaf_hash(record.entry) for record in chosen]
        note = sign_checkpoint(Checkpoint(log_origin(HOST), len(leaves), root_of(leaves)), log, *beside)

        def node(level: int, index: int) -> bytes:
            return root_of(leaves[index << level : (index + 1) << level])

        return {
            uuid_of(at): format_proof(at, inclusion_proof(at, len(leaves), node), note) for at in range(len(leaves))
        }

    def files(self, label: str = LABEL, *, trust: bytes | None = None, hidden: Iterable[int] = ()) -> dict[str, bytes]:
        """A bundle's files; of the records at `hidden` only the entry is shown."""
        files = {
            "README.txt": README.encode(),
            "label.txt": f"{label}\n".encode(),
            "trust.json": trust_bytes() if trust is None else trust,
        }
        files |= {f"contexts/{context_name(url)}": data for url, data in contexts(HOST).items()}
        files |= {f"proofs/{uuid}.tlog-proof": proof for uuid, proof in self.proofs().items()}
        for at, record in enumerate(self.records):
            folder, data = ("entries", record.entry) if at in hidden else ("records", record.body)
            files[f"{folder}/{uuid_of(at)}.json"] = data or b""
        return files

    def bundle(self, label: str = LABEL, **options: Any) -> bytes:
        """The bundle."""
        return pack(self.files(label, **options))


def organisation(id: str = PRODUCER, **details: Any) -> Statement:
    """An organisation as it describes itself."""
    told = {"name": NAMES[id], "role": ROLES[id], "ward": "Xã Tân Cương", "province_code": "19", **details}
    return say_organisation(id, told, declared_by=id, role=str(told["role"]))


def product(**details: Any) -> Statement:
    """The producer's tea, 200 g a pack."""
    code = PRODUCT.rpartition("/")[2]
    told = {"code": code, "name_vi": "Trà búp Đồi Mây", "net": "200 g", "net_value": 200, "net_unit": "g", **details}
    return say_product(PRODUCT, PRODUCER, told, role="producer")


def lot(id: str = LOT, geometry: Mapping[str, Any] | None = None, **details: Any) -> Statement:
    """A lot of it, L1, made on 9 October 2026."""
    told = {"lot": id.rpartition("/")[2], "made": "2026-10-09", "expires": "2028-10-09", **details}
    return say_lot(id, PRODUCT, PRODUCER, told, role="producer", geometry=geometry)


def harvest(**fields: Any) -> Event:
    """Leaves picked for L1 from plot A1 by people who are named."""
    told: dict[str, Any] = {
        "lot": LOT,
        "stage": Stage.HARVEST,
        "start": date(2026, 10, 7),
        "end": date(2026, 10, 8),
        "actor": PRODUCER,
        "place": PLACE,
        "outputs": (Goods("búp chè", 880.5, "kg"),),
        "label_vi": "Hái búp",
        "kde": {"plot": "A1", "crew": ["TV-04", "TV-11"]},
    }
    return Event(**{**told, **fields})


def said(event: Event | None = None, role: str = "producer", **options: Any) -> Statement:
    """An event as a statement."""
    return say_event(event or harvest(), host=HOST, role=role, **options)


def label_run(
    count: int = 10, *, first: int = 1, signed: bool = True, path: str | None = None, labelled: Iterable[Labelled] = ()
) -> Statement:
    """Labels issued for L1."""
    path = path or LOT.removeprefix(f"https://{HOST}")
    return say_label_run(
        thing_id(f"run {first}"),
        LOT,
        first=first,
        count=count,
        signed=signed,
        serial_key="serial-1",
        path=path,
        by=PRODUCER,
        role="producer",
        labelled=labelled,
    )


def tea(*more: Statement) -> Ledger:
    """The producer, confirmed by an authority; its product; the lot; its harvest; then `more`."""
    return Ledger(
        organisation(),
        organisation(AUTHORITY),
        say_identity(PRODUCER, "confirmed", authority=AUTHORITY, role="authority"),
        organisation(CERTIFIER),
        product(),
        lot(),
        said(),
        *more,
    )


def at(number: int) -> str:
    """The id of the ledger's record `number`."""
    return record_url(HOST, uuid_of(number))
