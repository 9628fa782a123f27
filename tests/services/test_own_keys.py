"""Bodies that sign with a key of their own: the service checks and carries, and cannot speak for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.check_log import check_log as prove_log
from tests.conftest import ASOF, Clock, settings_for
from tests.own_keys import OwnBody, private_key
from tests.services.cast import Cast, look, put_on_stage
from tests.services.test_log_recovery import bodies, export, take_todays_files
from tests.worlds import KINDS, Copies
from traceapp.core.canonical import canonicalise, parse_object
from traceapp.core.credential import Signer
from traceapp.core.errors import (
    BadSignature,
    Conflict,
    Forbidden,
    InvalidEvent,
    InvalidIdentifier,
    KeyNotValid,
    Malformed,
    NotFound,
    RuleBroken,
    TraceappError,
    UnknownKey,
    VerificationError,
)
from traceapp.core.facts import CertificateState, RecordState
from traceapp.core.keys import Role
from traceapp.core.statements import record_uuid
from traceapp.db.own_keys import own_documents, own_key_requests
from traceapp.db.tables import records
from traceapp.services.certificates import desk
from traceapp.services.certificates.own_keys import (
    admit_own_key,
    ask_own_key,
    drop_request,
    end_own_key,
    falling_words,
    prove_own_key,
    request_of,
    requests,
    revoke_own_key,
)
from traceapp.services.certificates.own_words import Visited, declaration_of, offer_visit, offered_called, offered_on
from traceapp.services.certificates.statements import declare_certificate
from traceapp.services.certificates.taking_back import take_back
from traceapp.services.log.check import check_log
from traceapp.services.log.restoring import recover
from traceapp.services.operating.setup import initialise
from traceapp.services.records.index_rows import IndexRows
from traceapp.services.records.own_keys import every_own_key, own_keys_of
from traceapp.services.records.signing import carry
from traceapp.services.world import World

OWN, ACCOUNT = "certificate-confirmed-own-key", "certificate-confirmed-by-account"
_numbers = count(100)
_bodies: dict[str, OwnBody] = {}


@pytest.fixture(scope="module", params=KINDS)
def cast(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_copies: Copies
) -> Iterator[Cast]:
    """The cast on each database, one for all tests here; the log is proved again at the end."""
    folder = tmp_path_factory.mktemp("own-keys")
    world = World(settings_for(folder, shared_copies.database(request.param, folder)), clock=Clock(ASOF))
    initialise(world)
    yield put_on_stage(world)
    prove_log(world)
    world.engine.dispose()


@pytest.fixture
def body(cast: Cast) -> OwnBody:
    """The certifier, with a key that is in use: the one of the test before, where that left it so."""
    world = cast.world
    with world.read() as connection:
        own = own_keys_of(connection, world.host, cast.certifier, world.keyring(connection)).in_use(cast.certifier)
    if own is None or own.key.method not in _bodies:
        tick(cast, minutes=1)
        made = OwnBody(world, cast.certifier, private_key(next(_numbers)))
        made.register()
        _bodies[made.method] = made
        return made
    return replace(_bodies[own.key.method], world=world)


def tick(cast: Cast, **step: float) -> None:
    clock = cast.world.clock
    assert isinstance(clock, Clock)
    clock.tick(**step)


def declare(cast: Cast, issuer: str = "") -> str:
    number = f"VG-{next(_numbers)}"
    details = {"scheme": "VIETGAP", "number": number, "issued": "2026-01-10", "expires": "2027-01-20"}
    world = cast.world
    with world.write() as connection:
        by, about, issuer = cast.producer, cast.producer, issuer or cast.certifier
        return declare_certificate(connection, about, issuer, details, by, world.notary, world.clock())[0]


def said_of(cast: Cast, certificate: str) -> set[str]:
    """Codes of the findings about one certificate."""
    return {one.code for one in cast.verdict().findings if one.data.get("certificate") == certificate}


def states(cast: Cast) -> set[RecordState]:
    return {one.state for one in cast.facts().checks}


def root_of(cast: Cast) -> Signer:
    return Signer.of_host(cast.world.host, cast.world.key_store.load(Role.ROOT))


def end(cast: Cast, since: datetime | None = None) -> None:
    world = cast.world
    with world.write() as connection:
        end_own_key(connection, cast.certifier, world.notary, world.keyring(connection), world.clock(), since)


def by_account(cast: Cast, certificate: str, state: CertificateState, reason: str = "") -> None:
    world = cast.world
    with world.write() as connection:
        desk.say_state(connection, certificate, state, cast.certifier, world.notary, world.clock(), reason=reason)


# Registering


def test_a_key_is_asked_for_proved_and_bound_by_the_root_key(cast: Cast) -> None:
    world, made = cast.world, OwnBody(cast.world, cast.certifier, private_key(next(_numbers)))
    text = made.ask()
    assert text.split("\n")[:5] == ["traceapp-own-key-v1", world.host, cast.certifier, made.method, made.multikey]
    with world.read() as connection:
        assert [one.proved for one in requests(connection, world.host)] == [True]
        assert (
            own_keys_of(connection, world.host, cast.certifier, world.keyring(connection)).called(made.method) is None
        )
    receipt = made.register()
    with world.read() as connection:
        own = own_keys_of(connection, world.host, cast.certifier, world.keyring(connection)).in_use(cast.certifier)
        body = connection.execute(select(records.c.body).where(records.c.record_id == record_uuid(receipt.record_id)))
        record = json.loads(body.scalar_one())
        assert request_of(connection, world.host, cast.certifier) is None
    assert own is not None
    assert (own.key.method, own.record_id, own.organisation) == (made.method, receipt.record_id, cast.certifier)
    assert record["type"] == ["VerifiableCredential", "KeyRecord"]
    assert record["credentialSubject"]["traceapp:about"] == {"id": cast.certifier}


def test_a_did_web_brings_its_document_and_may_have_a_port_and_a_path(cast: Cast) -> None:
    web = "did:web:chungnhan.example.vn%3A8443:co-quan"
    made = OwnBody(cast.world, cast.certifier, private_key(next(_numbers)), web)
    made.register()
    certificate = declare(cast)
    made.say(certificate)
    assert OWN in said_of(cast, certificate)
    found = [one for one in cast.verdict().find(OWN) if one.data["certificate"] == certificate]
    assert found[0].data["key"] == made.method


def test_what_cannot_be_registered_is_refused_with_the_reason(cast: Cast, body: OwnBody) -> None:
    world, other = cast.world, OwnBody(cast.world, cast.council, private_key(next(_numbers)))
    web = replace(other, web="did:web:council.example.vn")
    service = replace(other, web=f"did:web:{world.host}:council")
    stolen = OwnBody(world, cast.council, world.key_store.load(Role.RECORD))
    cases: list[tuple[type[TraceappError], str, str, bytes]] = [
        (Forbidden, cast.producer, other.did, b""),
        (Conflict, cast.council, body.did, b""),
        (Conflict, cast.council, stolen.did, b""),
        (Conflict, cast.council, service.did, service.document),
        (InvalidIdentifier, cast.council, "did:key:z6Mk", b""),
        (InvalidIdentifier, cast.council, "did:web:council.example.vn%2Fx", web.document),
        (Malformed, cast.council, web.did, b""),
        (Malformed, cast.council, web.did, replace(web, web="did:web:other.example.vn").document),
        (NotFound, "https://id.example.vn/id/none", other.did, b""),
    ]
    for error, organisation, did, document in cases:
        with world.write() as connection, pytest.raises(error):
            ask_own_key(connection, world.host, organisation, did, document, world.keyring(connection), ASOF)
    with world.read() as connection:
        assert connection.execute(select(own_key_requests)).first() is None


def test_nobody_registers_a_key_that_he_does_not_hold(cast: Cast) -> None:
    world, holder = cast.world, OwnBody(cast.world, cast.council, private_key(next(_numbers)))
    with world.write() as connection:
        with pytest.raises(NotFound, match="No key is asked for"):
            prove_own_key(connection, world.host, cast.council, "z" + "1" * 64)
        keyring = world.keyring(connection)
        asked = ask_own_key(connection, world.host, cast.council, holder.did, b"", keyring, world.clock())
        thief = private_key(next(_numbers)).sign(asked.text.encode())
        for wrong in (thief.hex(), "z111", "z0", thief[:10].hex(), ""):
            with pytest.raises((BadSignature, Malformed)):
                prove_own_key(connection, world.host, cast.council, wrong)
        with pytest.raises(RuleBroken, match="has not signed yet"):
            admit_own_key(connection, cast.council, world.notary, root_of(cast), keyring, world.clock())
        drop_request(connection, cast.council)
        with pytest.raises(NotFound, match="asks for no key"):
            admit_own_key(connection, cast.council, world.notary, root_of(cast), keyring, world.clock())


def test_a_key_that_two_bodies_ask_for_is_bound_to_one(cast: Cast) -> None:
    world, first = cast.world, OwnBody(cast.world, cast.certifier, private_key(next(_numbers)))
    second = replace(first, organisation=cast.laboratory)
    first.ask()
    second.ask()
    tick(cast, minutes=1)
    with world.write() as connection:
        root, keyring, now = root_of(cast), world.keyring(connection), world.clock()
        admit_own_key(connection, cast.certifier, world.notary, root, keyring, now)
        with pytest.raises(Conflict, match="registered before"):
            admit_own_key(connection, cast.laboratory, world.notary, root, keyring, now)
        drop_request(connection, cast.laboratory)


# Signing


def test_a_word_signed_with_an_own_key_is_logged_as_it_came_and_told_apart(cast: Cast, body: OwnBody) -> None:
    certificate, world = declare(cast), cast.world
    with world.write() as connection:
        desk.ask_confirmation(connection, certificate, cast.producer, world.clock())
    offered = body.offered(certificate)
    tick(cast, hours=20)
    signed = body.signed(offered)
    receipt = body.bring(signed, certificate)
    with world.read() as connection:
        kept = connection.execute(select(records.c.body).where(records.c.record_id == offered.record)).scalar_one()
        assert desk.waiting_for(connection, cast.certifier) == []
        assert connection.execute(select(own_documents)).first() is None
    assert (bytes(kept), receipt.record_id.endswith(offered.record)) == (signed, True)
    assert {OWN, "certificate-valid"} <= said_of(cast, certificate)
    assert states(cast) == {RecordState.GOOD}

    body.say(certificate, CertificateState.SUSPENDED, "Kiểm tra lại vùng trồng")
    assert "certificate-suspended" in said_of(cast, certificate)
    by_account(cast, certificate, CertificateState.CONFIRMED)
    assert ACCOUNT in said_of(cast, certificate) and OWN not in said_of(cast, certificate)
    body.say(certificate, CertificateState.REVOKED, "Không còn đạt")
    assert "certificate-revoked" in said_of(cast, certificate)


def test_a_visit_is_signed_too(cast: Cast, body: OwnBody) -> None:
    certificate, world = declare(cast), cast.world
    visited = Visited(date(2026, 11, 1), "kept", "Đạt")
    with world.write() as connection, pytest.raises(RuleBroken, match="confirm it first"):
        offer_visit(connection, certificate, visited, cast.certifier, world.host, world.keyring(connection), ASOF)
    body.say(certificate)
    with world.write() as connection:
        keyring, now = world.keyring(connection), world.clock()
        offered = offer_visit(connection, certificate, visited, cast.certifier, world.host, keyring, now)
        assert [one.act for one in offered_on(connection, certificate, cast.certifier, now)] == ["visit"]
    receipt = body.bring(body.signed(offered), certificate)
    assert record_uuid(receipt.record_id) == offered.record
    assert states(cast) == {RecordState.GOOD} and OWN in said_of(cast, certificate)


def spoilt(cast: Cast, body: OwnBody) -> Iterator[tuple[str, type[TraceappError], Callable[[str, str], bytes]]]:
    """(what, refused as, how to make it of a certificate and another one)."""
    world = cast.world

    def change(**changes: Any) -> Callable[[str, str], bytes]:
        return lambda mine, _: body.forged(body.offered(mine), **changes)

    def subject(mine: str, **changes: Any) -> bytes:
        offered = body.offered(mine)
        return body.forged(offered, credentialSubject={**parse_object(offered.body)["credentialSubject"], **changes})

    def proof(mine: str, **changes: Any) -> bytes:
        signed = parse_object(body.signed(body.offered(mine)))
        return canonicalise({**signed, "proof": {**signed["proof"], **changes}})

    def late(mine: str) -> bytes:
        offered = body.offered(mine)
        tick(cast, days=7, seconds=1)
        return body.signed(offered)

    def declared(mine: str, other: str) -> bytes:
        with world.read() as connection:
            record, digest, _ = declaration_of(connection, world.host, other)
        return subject(mine, **{"traceapp:declaration": {"id": record, "traceapp:sha256": digest}})

    def inserted(mine: str, text: bytes) -> bytes:
        return body.signed(body.offered(mine)).replace(b"{", b"{" + text, 1)

    stranger = OwnBody(world, cast.certifier, private_key(next(_numbers)))
    council = OwnBody(world, cast.council, private_key(next(_numbers)))
    council.register()
    yield "a forged proof", BadSignature, lambda mine, _: proof(mine, proofValue="z" + "2" * 88)
    yield "an unregistered key", Malformed, lambda mine, _: stranger.forged(body.offered(mine), issuer=stranger.did)
    yield "a key under another's name", UnknownKey, lambda mine, _: stranger.forged(body.offered(mine))
    yield "another body's key", UnknownKey, lambda mine, _: council.forged(body.offered(mine))
    yield (
        "the signature of another key",
        BadSignature,
        lambda mine, _: (
            replace(body, private=stranger.private)
            .forged(body.offered(mine))
            .replace(stranger.multikey.encode(), body.multikey.encode())
        ),
    )
    yield "a document about another certificate", Conflict, lambda _, other: body.signed(body.offered(other))
    yield "another certificate's name", Malformed, lambda mine, other: subject(mine, id=other)
    yield "another declaration", Malformed, declared
    yield (
        "an altered hash",
        Malformed,
        lambda mine, _: subject(mine, **{"traceapp:declaration": {"id": cast.lot, "traceapp:sha256": "0" * 64}}),
    )
    yield "another state", Malformed, lambda mine, _: subject(mine, **{"traceapp:state": "revoked"})
    yield "an extra member", Malformed, change(evidence="x")
    yield "an earlier time", Malformed, change(validFrom="2026-01-01T00:00:00Z")
    yield "an end of its own", Malformed, change(validUntil="2036-01-01T00:00:00Z")
    yield (
        "another speaker",
        Malformed,
        change(**{"traceapp:declaredBy": {"id": cast.council, "traceapp:role": "council"}}),
    )
    yield "a name of its own", Malformed, change(id="https://elsewhere.example.vn/x")
    yield (
        "another record's name",
        NotFound,
        change(id=f"https://{world.host}/records/0199c5a0-0000-7000-8000-00000000000c"),
    )
    yield "text in another form", Malformed, lambda mine, _: subject(mine, **{"traceapp:reason": "Đa\u0323t"})
    yield (
        "a backdated proof",
        KeyNotValid,
        lambda mine, _: body.signed(body.offered(mine), world.clock() - timedelta(minutes=6)),
    )
    yield (
        "a proof from tomorrow",
        KeyNotValid,
        lambda mine, _: body.signed(body.offered(mine), world.clock() + timedelta(minutes=6)),
    )
    yield "a document that lay too long", KeyNotValid, lambda mine, _: late(mine)
    yield "another suite", Malformed, lambda mine, _: proof(mine, cryptosuite="eddsa-rdfc-2022")
    yield "another purpose", Malformed, lambda mine, _: proof(mine, proofPurpose="authentication")
    yield "more in the proof", Malformed, lambda mine, _: proof(mine, domain="x")
    yield (
        "two proofs",
        Malformed,
        lambda mine, _: canonicalise(
            {**parse_object(signed := body.signed(body.offered(mine))), "proof": [parse_object(signed)["proof"]] * 2}
        ),
    )
    yield "no proof", Malformed, lambda mine, _: body.offered(mine).body
    yield "a time that is none", Malformed, lambda mine, _: proof(mine, created="yesterday")
    yield "what is no JSON", Malformed, lambda *_: b"%PDF-1.7"
    yield "a list", Malformed, lambda *_: b"[]"
    yield "a member twice", Malformed, lambda mine, _: inserted(mine, b'"@context":[],')
    yield "spaces", Malformed, lambda mine, _: inserted(mine, b" ")
    yield "much more than a document", Malformed, lambda *_: b"{" + b" " * 70_000 + b"}"


def test_whatever_is_not_exactly_what_was_offered_is_refused_and_nothing_is_written(cast: Cast, body: OwnBody) -> None:
    mine, other = declare(cast), declare(cast)
    with cast.world.read() as connection:
        before = connection.execute(select(records.c.record_id)).all()
    told = {}
    for what, error, made in spoilt(cast, body):
        if what == "a forged proof":  # the council's key was registered on the way here
            with cast.world.read() as connection:
                before = connection.execute(select(records.c.record_id)).all()
        data = made(mine, other)
        try:
            body.bring(data, mine)
            told[what] = "taken"
        except TraceappError as cause:
            if not isinstance(cause, error):
                told[what] = repr(cause)
    with cast.world.read() as connection:
        assert connection.execute(select(records.c.record_id)).all() == before
    assert told == {}
    body.say(mine)


def test_a_document_is_taken_once_by_whom_it_was_offered_to(cast: Cast, body: OwnBody) -> None:
    certificate, world = declare(cast), cast.world
    first = body.offered(certificate)
    second = body.offered(certificate)
    with pytest.raises(NotFound, match="replaced by a newer one"):
        body.bring(body.signed(first), certificate)
    signed = body.signed(second)
    with world.write() as connection, pytest.raises(NotFound):
        offered_called(connection, second.record, cast.council)
    body.bring(b"\r\n" + signed + b"\n", certificate)
    with pytest.raises(Conflict, match="in the log already"):
        body.bring(signed, certificate)
    with pytest.raises(RuleBroken, match="cannot become"):
        body.offered(certificate)


def test_a_word_that_may_not_be_said_any_more_is_refused_though_it_is_signed(cast: Cast, body: OwnBody) -> None:
    certificate = declare(cast)
    signed = body.signed(body.offered(certificate))
    by_account(cast, certificate, CertificateState.REVOKED, "Cấp nhầm cơ sở")
    with pytest.raises(RuleBroken, match="revoked; it cannot become confirmed"):
        body.bring(signed, certificate)


def test_a_signed_confirmation_comes_too_late_for_what_was_taken_back(cast: Cast, body: OwnBody) -> None:
    certificate, world = declare(cast), cast.world
    signed = body.signed(body.offered(certificate))
    with world.write() as connection:
        take_back(connection, certificate, cast.producer, world.notary, world.clock(), reason="Gõ nhầm số")
    with pytest.raises(RuleBroken, match="withdrawn; it cannot become confirmed"):
        body.bring(signed, certificate)


def test_only_the_issuer_is_offered_anything_and_only_with_a_key(cast: Cast, body: OwnBody) -> None:
    of_council = declare(cast, cast.council)
    with pytest.raises(Forbidden):
        body.offered(of_council)
    with pytest.raises(RuleBroken, match="no key of its own"):
        OwnBody(cast.world, cast.laboratory, body.private).offered(declare(cast, cast.laboratory))
    with pytest.raises(NotFound):
        body.offered("https://id.example.vn/id/none")


# Ending a key


def test_a_retired_key_stays_good_for_what_it_signed_and_signs_nothing_more(cast: Cast, body: OwnBody) -> None:
    certificate, waiting = declare(cast), declare(cast)
    body.say(certificate)
    late = body.signed(body.offered(waiting))
    tick(cast, minutes=1)
    end(cast)
    assert OWN in said_of(cast, certificate) and states(cast) == {RecordState.GOOD}
    with pytest.raises(NotFound):
        body.bring(late, waiting)
    with pytest.raises(NotFound, match="no key of its own in use"):
        end(cast)
    with pytest.raises(Conflict, match="registered before"):
        body.ask()


def test_a_new_key_ends_the_one_before(cast: Cast, body: OwnBody) -> None:
    certificate, world = declare(cast), cast.world
    body.say(certificate)
    fresh = replace(body, private=private_key(next(_numbers)))
    tick(cast, minutes=1)
    fresh.register()
    with world.read() as connection:
        own = own_keys_of(connection, world.host, cast.certifier, world.keyring(connection))
        assert [one.ended is None for one in own.of(cast.certifier)][-2:] == [False, True]
    fresh.say(certificate, CertificateState.SUSPENDED, "Kiểm tra lại vùng trồng")
    fresh.say(certificate)
    assert OWN in said_of(cast, certificate)


def test_a_lost_key_confirms_nothing_more_until_its_body_speaks_again(cast: Cast, body: OwnBody) -> None:
    certificate, suspended, world = declare(cast), declare(cast), cast.world
    body.say(certificate)
    by_account(cast, suspended, CertificateState.CONFIRMED)
    body.say(suspended, CertificateState.SUSPENDED, "Kiểm tra lại vùng trồng")
    lost = world.clock()
    tick(cast, hours=1)
    with world.write() as connection:
        keyring, trust = world.keyring(connection), world.trust(connection)
        own = own_keys_of(connection, world.host, cast.certifier, keyring).in_use(cast.certifier)
        assert own is not None and falling_words(connection, own, trust, lost) == 2
        with pytest.raises(InvalidEvent, match="lies in the future"):
            end_own_key(connection, cast.certifier, world.notary, keyring, lost, lost + timedelta(days=1))
        with pytest.raises(NotFound):
            revoke_own_key(connection, cast.producer, world.notary, root_of(cast), keyring, lost, lost)
        revoke_own_key(connection, cast.certifier, world.notary, root_of(cast), keyring, world.clock(), lost)
    assert "key-revoked" in cast.codes() and RecordState.KEY_REVOKED in states(cast)
    assert OWN not in said_of(cast, certificate) and "certificate-unconfirmed" in said_of(cast, certificate)
    assert "certificate-suspended" in said_of(cast, suspended), "a withdrawal keeps its effect"

    by_account(cast, certificate, CertificateState.CONFIRMED)
    by_account(cast, suspended, CertificateState.CONFIRMED)
    assert ACCOUNT in said_of(cast, certificate) and states(cast) == {RecordState.GOOD}


# What stands in the database is not believed


def test_a_log_with_own_keys_is_re_proved_and_brought_back_from_what_is_published(
    cast: Cast, body: OwnBody, tmp_path: Path, copies: Copies
) -> None:
    certificate = declare(cast)
    yesterday = copies.copy(cast.world, tmp_path / "restored")
    restored = Cast(**{**vars(cast), "world": yesterday})
    body.say(certificate)
    tick(cast, minutes=1)
    replace(body, private=private_key(next(_numbers)), web="did:web:xn--chng-nhn-1xb.example.vn").register()
    place = export(cast.world, tmp_path / "export")
    take_todays_files(cast.world, yesterday)
    recover(yesterday, [place])
    assert bodies(yesterday) == bodies(cast.world) and OWN in said_of(restored, certificate)
    with yesterday.read() as connection:
        keyring, index = yesterday.keyring(connection), IndexRows()
        check_log(connection, yesterday.host, keyring, yesterday.published.read(), index)
        assert index.require_same(connection)
        assert every_own_key(connection, yesterday.host, keyring).called(body.method) is not None
    yesterday.engine.dispose()


def test_checking_the_log_refuses_what_a_foreign_key_signed(cast: Cast, body: OwnBody) -> None:
    """Somebody with the database and the log's key slips a word in: no KeyRecord tells whose key it is."""
    certificate, world = declare(cast), cast.world
    stranger = replace(body, private=private_key(next(_numbers)))
    offered = body.offered(certificate)
    forged = stranger.forged(offered, issuer=stranger.did)
    with pytest.raises(VerificationError, match="no KeyRecord"), world.write() as connection:
        carry(connection, forged, parse_object(forged), world.notary)
        assert RecordState.TAMPERED in {one.state for one in look_in(cast, connection)}
        keyring = world.keyring(connection)
        check_log(connection, world.host, keyring, None)


def look_in(cast: Cast, connection: Any) -> tuple[Any, ...]:
    facts, verdict = look(cast.world, cast.lot, connection)
    assert verdict.headline == "record-tampered"
    return facts.checks


def test_what_an_own_key_may_not_sign_is_tampered(cast: Cast, body: OwnBody) -> None:
    certificate = declare(cast)
    offered = body.offered(certificate)
    subject = {"id": cast.product, "type": "traceapp:Product", "traceapp:about": {"id": cast.producer}}
    forged = body.forged(offered, credentialSubject=subject, type=["VerifiableCredential", "ProductRecord"])
    with pytest.raises(KeyNotValid, match="signs words on certificates"), cast.world.write() as connection:
        document = parse_object(forged)
        receipt = carry(
            connection, forged, {**document, "credentialSubject": {**subject, "id": "x"}}, cast.world.notary
        )
        assert receipt
        check_log(connection, cast.world.host, cast.world.keyring(connection), None)
