"""What a body signs with its own key is verified by verifiers that other people wrote, without the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select

from tests.conftest import ASOF, Clock, settings_for
from tests.contract.conftest import expand_all, losses, verify_all
from tests.contract.samples import did_document, jcs
from tests.own_keys import OwnBody, private_key
from tests.services.cast import put_on_stage
from traceapp.core.facts import CertificateState
from traceapp.core.keys import Role, did_web, multikey, public_bytes
from traceapp.core.vocabulary import contexts
from traceapp.db.tables import log_entries, records
from traceapp.services.certificates.own_keys import end_own_key
from traceapp.services.certificates.own_words import Visited, offer_visit
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World

pytestmark = pytest.mark.usefixtures("npm_dir")


@dataclass(frozen=True)
class Signed:
    """All that a service logged of two bodies with own keys, and those bodies."""

    bodies: list[bytes]
    by_key: OwnBody
    by_web: OwnBody
    root: str
    contexts: dict[str, bytes]

    def of(self, did: str) -> list[bytes]:
        return [one for one in self.bodies if json.loads(one)["issuer"] == did]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    world = World(settings_for(tmp_path_factory.mktemp("own")), clock=Clock(ASOF))
    initialise(world)
    cast = put_on_stage(world)
    by_key = OwnBody(world, cast.certifier, private_key(11))
    by_web = OwnBody(world, cast.laboratory, private_key(12), "did:web:kiemnghiem.example.vn%3A8443:phong-1")
    for body in (by_key, by_web):
        body.register()
        details = {"scheme": "HACCP", "number": "HC-1", "issued": "2026-01-10", "expires": "2029-01-10"}
        with world.write() as connection:
            by, now, told = cast.producer, world.clock(), details
            certificate = declare_certificate(connection, by, body.organisation, told, by, world.notary, now)[0]
        body.say(certificate)
        with world.write() as connection:
            visited, keyring = Visited(date(2026, 11, 1), "kept", "Đạt"), world.keyring(connection)
            offered = offer_visit(connection, certificate, visited, body.organisation, world.host, keyring, ASOF)
        body.bring(body.signed(offered), certificate)
        body.say(certificate, CertificateState.SUSPENDED, "Kiểm tra lại hồ sơ")
    with world.write() as connection:
        end_own_key(connection, cast.certifier, world.notary, world.keyring(connection), world.clock(), world.clock())
    with world.read() as connection:
        query = select(records.c.body).join(log_entries, log_entries.c.record_id == records.c.record_id)
        bodies = [bytes(one) for one in connection.execute(query.order_by(log_entries.c.leaf_index)).scalars()]
    root = multikey(public_bytes(world.key_store.load(Role.ROOT)))
    yield Signed(bodies, by_key, by_web, root, contexts(world.host))
    world.engine.dispose()


def test_words_of_a_did_key_and_of_a_did_web_are_verified_with_that_alone(signed: Signed) -> None:
    by_key, by_web = signed.by_key, signed.by_web
    (bound,) = (one for one in signed.bodies if b'"traceapp:didDocument"' in one)
    kept = json.loads(json.loads(bound)["credentialSubject"]["traceapp:didDocument"])
    words = [*signed.of(by_key.did), *signed.of(by_web.did)]
    altered = [jcs(json.loads(one) | {"validFrom": "2026-01-01T00:00:00Z"}) for one in words]
    known = [did_document([by_key.multikey], by_key.did), kept, did_document([signed.root], did_web("id.example.vn"))]
    said = verify_all([*words, bound, *altered], known)
    assert [one.ok for one in said] == [True] * 7 + [False] * 6, [one.error for one in said]
    others = [did_document([by_web.multikey], by_key.did), did_document([by_key.multikey], by_web.did)]
    assert [one.ok for one in verify_all(words, others)] == [False] * 6


def test_every_record_of_own_keys_expands_without_loss(signed: Signed) -> None:
    own = [*signed.of(signed.by_key.did), *signed.of(signed.by_web.did)]
    keys = [one for one in signed.bodies if b'"traceapp:OwnKey' in one]
    assert len(keys) == 3
    told = expand_all([*own, *keys], signed.contexts)
    assert [one.error for one in told if not one.ok] == []
    assert [loss for one in (*own, *keys) for loss in losses(json.loads(one))] == []
    assert any("declaration" in term for one in told for term in one.terms)
