"""What the service really signs, logs and serves satisfies verifiers that other people wrote, to the last record."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.conftest import HOST
from tests.contract.conftest import check_labels, expand_all, losses, verify_all
from tests.contract.samples import did_document, jcs
from tests.contract.test_go_sumdb import go_check
from tests.web.conftest import PROGRAM, Site
from tests.worlds import Copies, Originals
from traceapp.cli import traceapp
from traceapp.core.credential import Signer
from traceapp.core.events import Event, Stage
from traceapp.core.facts import CertificateState
from traceapp.core.keys import Role
from traceapp.db.tables import certificates, log_entries, organisations, records
from traceapp.services.certificates.statements import set_certificate_state
from traceapp.services.labels.runs import void_labels
from traceapp.services.lots.acts import hold, inspect, release
from traceapp.services.operating.keys import rotate
from traceapp.services.records.events import correct
from traceapp.services.registry.registers import owner_of_lot
from traceapp.services.world import World

LOT = "DM2610B"


@dataclass(frozen=True)
class Service:
    """A service that has signed one of everything, and the log's checkpoint before the last of it."""

    site: Site
    earlier: bytes
    bodies: dict[str, bytes]

    def of_type(self, kind: str) -> list[bytes]:
        return [body for body in self.bodies.values() if json.loads(body)["type"][1] == kind]

    def fetched(self, path: str) -> bytes:
        answer = self.site.ask(path, accept="*/*")
        assert answer.status_code == 200, path
        return answer.data


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, shared_copies: Copies, originals: Originals) -> Iterator[Service]:
    world = shared_copies.copy(originals("demo", "sqlite")[0], tmp_path_factory.mktemp("real"))
    site = Site(world)
    earlier = site.ask("/log/checkpoint").data
    with world.write() as connection:
        rotate(connection, Role.RECORD, world.key_store, world.notary, _root(world), world.clock())
    world = World(world.settings, clock=world.clock)
    site = Site(world)
    _do_the_rest(site)
    with world.read() as connection:
        query = select(records.c.record_id, records.c.body).join(
            log_entries, log_entries.c.record_id == records.c.record_id
        )
        bodies = dict(connection.execute(query.order_by(log_entries.c.leaf_index)).all())
    yield Service(site, earlier, bodies)
    world.engine.dispose()


def _root(world: World) -> Any:
    return Signer.of_host(world.host, world.key_store.load(Role.ROOT))


def _do_the_rest(site: Site) -> None:
    """What the demonstration does not contain, and enough of it that a tile is full."""
    world, now, lot = site.world, site.clock.now, site.lot_id(LOT)
    notary = world.notary
    with world.write() as connection:
        owner = owner_of_lot(connection, lot)[1]
        authority = _authority(connection)
        void_labels(connection, lot, 3, 4, "rách", owner, notary, now)
        inspect(connection, lot, authority, notary, now, day=date(2026, 11, 20), result="pass", note="đủ nhãn")
        correct(connection, _event(connection, lot, owner), _right(lot, owner), owner, notary, now)
        chosen = connection.execute(select(certificates).where(certificates.c.state == "confirmed")).all()
        for row, state in zip(chosen, (CertificateState.REVOKED, CertificateState.SUSPENDED), strict=False):
            set_certificate_state(connection, row.id, state, row.issuer, notary, now, reason="thử")
        for deed in (hold, release) * 45:
            deed(connection, lot, "thử", owner, notary, now)


def _authority(connection: Any) -> str:
    found: str = (
        connection.execute(select(organisations.c.id).where(organisations.c.role == "authority")).scalars().first()
    )
    return found


def _event(connection: Any, lot: str, owner: str) -> str:
    """The first event of the lot that its producer recorded."""
    rows = connection.execute(select(records.c.record_id, records.c.body).where(records.c.type == "TraceEvent"))
    found = {row.record_id: json.loads(row.body) for row in rows}
    return min(
        record
        for record, one in found.items()
        if one["credentialSubject"]["traceapp:lot"]["id"] == lot and one["traceapp:declaredBy"]["id"] == owner
    )


def _right(lot: str, owner: str) -> Event:
    return Event(lot=lot, stage=Stage.STORE, start=date(2026, 10, 12), end=date(2026, 10, 13), actor=owner, place=None)


# Data Integrity


@pytest.mark.usefixtures("npm_dir")
def test_every_record_is_verified_with_the_served_keys_by_a_verifier_we_did_not_write(service: Service) -> None:
    bodies = [body for body in service.bodies.values() if b'"KeyRecord"' not in body]
    served_did = json.loads(service.fetched("/.well-known/did.json"))
    said = verify_all(bodies, [served_did])
    assert [one.error for one in said if not one.ok] == []
    methods = {json.loads(body)["proof"]["verificationMethod"] for body in bodies}
    assert len(methods) == 2, "records by the retired key stand beside those by the new one"
    assert len(bodies) > 250


@pytest.mark.usefixtures("npm_dir")
def test_key_records_and_the_trust_file_are_verified_under_the_root_key_and_no_other(service: Service) -> None:
    trust = service.fetched("/.well-known/traceapp-trust.json")
    bodies = [*service.of_type("KeyRecord"), trust]
    assert len(bodies) > 6
    root = did_document([_keys(trust)["root"]], f"did:web:{HOST}")
    assert [one.error for one in verify_all(bodies, [root]) if not one.ok] == []
    served_did = json.loads(service.fetched("/.well-known/did.json"))
    assert [one.ok for one in verify_all(bodies, [served_did])] == [False] * len(bodies)


def _keys(trust: bytes) -> dict[str, str]:
    """The key of each role that is in use."""
    listed = json.loads(trust)["credentialSubject"]["traceapp:keys"]
    return {one["traceapp:role"]: one["traceapp:key"] for one in listed if "traceapp:retired" not in one}


@pytest.mark.usefixtures("npm_dir")
def test_a_record_of_each_type_is_refused_once_it_is_altered(service: Service) -> None:
    kinds = {json.loads(body)["type"][1]: body for body in service.bodies.values() if b'"KeyRecord"' not in body}
    altered = []
    for body in kinds.values():
        record = json.loads(body)
        altered.append(jcs(record | {"validFrom": "2020-01-01T00:00:00Z"}))
        altered.append(jcs(record | {"credentialSubject": record["credentialSubject"] | {"traceapp:stage": "SELL"}}))
        altered.append(jcs({name: value for name, value in record.items() if name != "traceapp:nonce"}))
    said = verify_all(altered, [json.loads(service.fetched("/.well-known/did.json"))])
    assert [one.ok for one in said] == [False] * len(altered)
    assert len(kinds) == 12


def test_what_is_served_is_what_was_signed_and_the_restricted_is_only_proved(service: Service) -> None:
    restricted = 0
    for uuid, body in service.bodies.items():
        answer = service.site.ask(f"/records/{uuid}", accept="*/*")
        if json.loads(body)["traceapp:disclosure"] == "restricted":
            restricted += 1
            assert answer.status_code == 403
            assert body not in answer.data
            assert answer.get_json()["proof"].startswith("c2sp.org/tlog-proof@v1\n")
        else:
            assert (answer.status_code, answer.data) == (200, body)
    assert restricted > 0


# JSON-LD


def served_contexts(service: Service) -> dict[str, bytes]:
    """The contexts of a served bundle, by the address that its records give."""
    with zipfile.ZipFile(io.BytesIO(service.fetched(f"/bundle{service.site.lot(LOT)}"))) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    addresses = {
        url for name, data in files.items() if name.startswith("records/") for url in json.loads(data)["@context"]
    }
    return {url: files[f"contexts/{_file_name(url)}"] for url in addresses}


def _file_name(url: str) -> str:
    rest = url.partition("://")[2].lower()
    return "".join(character if character.isalnum() or character in ".-" else "-" for character in rest)


def shape(value: Any, place: str = "") -> frozenset[str]:
    """The places of all names in a document, and the types that stand there."""
    if isinstance(value, dict):
        types = value.get("type", [])
        kinds = {f"{place} is {kind}" for kind in ([types] if isinstance(types, str) else types)}
        return frozenset({place} | kinds).union(*(shape(one, f"{place}/{name}") for name, one in value.items()))
    if isinstance(value, list):
        return frozenset({place}).union(*(shape(one, place) for one in value))
    return frozenset({place})


@pytest.mark.usefixtures("npm_dir")
def test_every_record_expands_in_safe_mode_with_nothing_but_a_bundles_contexts(service: Service) -> None:
    # What a context leaves out is a term: of the records that use the same terms at the same places, one is enough.
    by_shape = {shape(json.loads(body)): body for body in service.bodies.values()}
    bodies = [*by_shape.values(), service.fetched("/.well-known/traceapp-trust.json")]
    assert {json.loads(body)["type"][1] for body in by_shape.values()} >= {
        json.loads(body)["type"][1] for body in service.bodies.values()
    }
    said = expand_all(bodies, served_contexts(service))
    assert sorted({one.error for one in said if not one.ok}) == []
    assert {loss for body in bodies for loss in losses(json.loads(body))} == set()


@pytest.mark.usefixtures("npm_dir")
def test_without_one_of_those_contexts_nothing_expands(service: Service) -> None:
    contexts = served_contexts(service)
    body = service.of_type("TraceEvent")[0]
    assert len(contexts) == 3
    for missing in contexts:
        some = {url: data for url, data in contexts.items() if url != missing}
        assert not expand_all([body], some)[0].ok


def test_the_served_vocabulary_is_the_one_in_the_bundle_and_in_the_trust_file(service: Service) -> None:
    served = service.fetched("/vocab/v1")
    assert served_contexts(service)[f"https://{HOST}/vocab/v1"] == served
    trust = json.loads(service.fetched("/.well-known/traceapp-trust.json"))
    assert trust["credentialSubject"]["traceapp:vocabulary"]["traceapp:sha256"] == sha256(served).hexdigest()


# Status lists


@pytest.mark.usefixtures("npm_dir")
def test_the_status_lists_are_credentials_that_others_verify_and_expand(service: Service) -> None:
    lists = [service.fetched(f"/status/{purpose}/1") for purpose in ("revocation", "suspension")]
    said = verify_all(lists, [json.loads(service.fetched("/.well-known/did.json"))])
    assert [one.error for one in said if not one.ok] == []
    assert [one.error for one in expand_all(lists, served_contexts(service)) if not one.ok] == []


@pytest.mark.parametrize(("purpose", "state"), [("revocation", "revoked"), ("suspension", "suspended")])
def test_a_status_list_has_exactly_the_bits_of_certificates_in_that_state(
    service: Service, purpose: str, state: str
) -> None:
    subject = json.loads(service.fetched(f"/status/{purpose}/1"))["credentialSubject"]
    encoded = subject["encodedList"]
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-(len(encoded) - 1) % 4)))
    found = {index for index in range(len(bits) * 8) if bits[index // 8] >> (7 - index % 8) & 1}
    wanted = set()
    for body in service.of_type("CertificateRecord"):
        record = json.loads(body)
        if record["credentialSubject"]["traceapp:state"] == state:
            wanted |= {
                int(one["statusListIndex"]) for one in record["credentialStatus"] if one["statusPurpose"] == purpose
            }
    assert found == wanted
    assert len(found) == 1
    assert len(bits) * 8 >= 131_072


# The log


def test_go_verifies_the_exported_log_and_that_it_grew_from_the_earlier_one(service: Service, tmp_path: Path) -> None:
    settings = service.site.world.settings
    env = {
        "TRACEAPP_DATA_DIR": str(settings.data_dir),
        "TRACEAPP_KEYS_DIR": str(settings.keys_dir),
        "TRACEAPP_IDENTITY": settings.identity,
    }
    done = CliRunner().invoke(traceapp, ["log", "export", str(tmp_path)], env=env)
    assert done.exit_code == 0, done.output
    size = int(service.earlier.split(b"\n")[1])
    (tmp_path / f"checkpoint.{size}").write_bytes(service.earlier)
    checked = go_check(tmp_path, old_size=size)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith(f"accepted: {len(service.bodies)} entries")
    assert 128 < size < 256 < len(service.bodies)


def test_the_exported_files_are_the_served_ones(service: Service, tmp_path: Path) -> None:
    settings = service.site.world.settings
    env = {"TRACEAPP_DATA_DIR": str(settings.data_dir), "TRACEAPP_KEYS_DIR": str(settings.keys_dir)}
    done = CliRunner().invoke(traceapp, ["log", "export", str(tmp_path)], env={**env, "TRACEAPP_IDENTITY": HOST})
    assert done.exit_code == 0, done.output
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "vkey"]
    assert len(files) >= 6
    for path in files:
        assert service.fetched(f"/log/{path.relative_to(tmp_path).as_posix()}") == path.read_bytes()


# Labels


@pytest.mark.usefixtures("npm_dir")
def test_webcrypto_verifies_a_signed_label_with_the_key_in_the_served_trust_file(service: Service) -> None:
    site = service.site
    url = site.world.label_maker.url(site.item(LOT, 25), signed=True)
    assert site.verdict(site.signed(LOT, 25))["headline"] != "label-signature-bad"
    codes = {finding["code"] for finding in site.ask(site.signed(LOT, 25), accept=PROGRAM).get_json()["findings"]}
    assert "label-signature-good" in codes
    key = _raw(_keys(service.fetched("/.well-known/traceapp-trust.json"))["label"])
    other = url.replace(site.item(LOT, 25)[-13:], site.item(LOT, 26)[-13:])
    assert [one.ok for one in check_labels([(url, key), (other, key)])] == [True, False]


def _raw(multikey: str) -> bytes:
    """The 32 bytes of a key written as `z` + base58btc(ed01 ‖ key)."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = 0
    for character in multikey[1:]:
        number = number * 58 + alphabet.index(character)
    return number.to_bytes(34, "big")[2:]
