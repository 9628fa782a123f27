"""A certification body's own key through its pages: named, proved, used on documents it takes away, told to readers."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator

import pytest

from tests.own_keys import OwnBody, private_key
from tests.passwords import AGAIN
from tests.web.conftest import Page, Site, make_world
from tests.web.signed_in import SignedIn
from tests.web.test_desk import haccp, person
from traceapp.core.bundle import unpack
from traceapp.core.credential import Signer
from traceapp.core.keys import Role
from traceapp.core.own.documents import read_offered, require_declaration, sign_offered, sign_possession
from traceapp.services.certificates.own_keys import admit_own_key
from traceapp.services.registry.organisations import organisation_called

KEY = "/portal/certifier/key"
NAME = "Tổ chức chứng nhận XYZ-Mẫu"


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("own-key"), "sqlite")
    yield Site(world)
    world.engine.dispose()


@pytest.fixture(scope="module")
def producer(site: Site) -> SignedIn:
    return person(site, "HTX Cam Đồi Gió (dữ liệu mẫu)", "cam@example.vn")


@pytest.fixture(scope="module")
def certifier(site: Site) -> SignedIn:
    return person(site, NAME, "xyz@example.vn")


@pytest.fixture(scope="module")
def key(site: Site, certifier: SignedIn) -> OwnBody:
    """The certifier's key, registered as its page leads."""
    made = OwnBody(site.world, certifier.organisation, private_key(7))
    assert "chưa có khóa riêng" in certifier.ask(KEY).words
    assert certifier.send(KEY, {"did": made.did}).status == 303
    text = certifier.ask(f"{KEY}/text").response
    assert text.headers["Content-Disposition"].startswith("attachment;")
    wrong = certifier.send(f"{KEY}/proof", {"signature": "z" + "3" * 88, **AGAIN})
    assert (wrong.status, "không khớp với khóa" in wrong.words) == (422, True)
    proof = {"signature": sign_possession(text.data, made.private)}
    assert "Xác nhận đúng là mình" in certifier.send(f"{KEY}/proof", proof).words
    assert certifier.send(f"{KEY}/proof", proof | AGAIN).status == 303
    assert "Chờ người vận hành" in certifier.ask(KEY).words
    world = site.world
    with world.write() as connection:
        root = Signer.of_host(world.host, world.key_store.load(Role.ROOT))
        keyring, now = world.keyring(connection), world.clock()
        admit_own_key(connection, certifier.organisation, world.notary, root, keyring, now)
    page = certifier.ask(KEY)
    assert "Đang dùng" in page.words and made.did in page.words
    return made


def bring(person: SignedIn, path: str, data: bytes) -> Page:
    return person.send(f"{path}/signed", {"signed": (io.BytesIO(data), "da-ky.json")})


def document(person: SignedIn, path: str) -> bytes:
    """The newest document that the certificate's page offers."""
    found = re.findall(rf'href="({path}/documents/[0-9a-f-]+\.json)"', person.ask(path).response.text)
    data: bytes = person.ask(found[-1]).response.data
    return data


def test_a_certificate_is_confirmed_with_an_own_key_and_readers_are_told(
    site: Site, producer: SignedIn, certifier: SignedIn, key: OwnBody
) -> None:
    own = haccp(producer, number="HC-500", ask="yes").response.headers["Location"]
    path = own.replace("/certificates/", "/certifier/")
    assert certifier.send(path, {"act": "confirm", "with": "own-key"}).response.headers["Location"] == f"{path}#own"
    offered = document(certifier, path)
    declaration = certifier.ask(f"{path}/declaration.json").response.data
    told = require_declaration(read_offered(offered)[1], declaration)
    assert (told["number"], told["state"]) == ("HC-500", "declared")
    signed = sign_offered(offered, key.private, key.method, site.clock())
    refused = bring(certifier, path, signed.replace(b'"confirmed"', b'"revoked"'))
    assert (refused.status, "có chỗ bị đổi" in refused.words) == (422, True)
    assert bring(certifier, path, b"").status == 422
    assert bring(certifier, path, b"[" * 90_000).status == 413
    assert bring(producer, path, signed).status == 403
    assert bring(certifier, path, signed).status == 303
    assert bring(certifier, path, signed).status == 409
    assert "Nơi cấp đã xác nhận" in producer.ask(own).words

    lot = site.lot("DG1108")
    page = site.page(lot)
    assert f"Xác nhận bằng khóa riêng của {NAME}" in page.words and key.did in page.words
    assert f"confirmed with the own key of {NAME}".lower() in site.page(f"{lot}?lang=en").words.lower()
    found = [one for one in site.verdict(lot)["findings"] if one["code"] == "certificate-confirmed-own-key"]
    assert [one["data"]["key"] for one in found] == [key.method]
    assert site.verdict(lot)["headline"] != "record-tampered"
    record = json.loads(signed)["id"].rpartition("/")[2]
    assert site.ask(f"/records/{record}").data == signed
    assert site.ask(f"/records/{record}", accept="application/vc+jwt").status_code == 422
    bundle = unpack(site.ask(f"/bundle{lot}").data)
    assert hashlib.sha256(bundle.records[record]).digest() == hashlib.sha256(signed).digest()
    assert any(b'"traceapp:OwnKey"' in body for body in bundle.records.values()), "the key's own record comes with it"


def test_by_account_stays_and_is_told_as_such(
    site: Site, producer: SignedIn, certifier: SignedIn, key: OwnBody
) -> None:
    own = haccp(producer, number="HC-501").response.headers["Location"]
    path = own.replace("/certificates/", "/certifier/")
    assert certifier.send(path, {"act": "confirm", **AGAIN}).status == 303
    assert f"{NAME} xác nhận qua tài khoản tại đây" in site.page(site.lot("DG1108")).words
    day = {"day": "2026-11-20", "result": "kept", "with": "own-key"}
    assert certifier.send(f"{path}/visit", day).status == 303
    assert (
        bring(certifier, path, sign_offered(document(certifier, path), key.private, key.method, site.clock())).status
        == 303
    )
    assert "20/11/2026: Giữ đúng yêu cầu" in producer.ask(own).words


def test_what_cannot_be_a_key_is_refused_beside_its_field(certifier: SignedIn, key: OwnBody) -> None:
    web = "did:web:chungnhan.example.vn"
    for sent, words in (
        ({"did": ""}, "Chỗ này chưa điền"),
        ({"did": "did:web:CHUNGNHAN.vn"}, "DID chưa đúng"),
        ({"did": "did:web:10.0.0.1"}, "DID chưa đúng"),
        ({"did": web}, "Tài liệu DID chưa dùng được"),
        ({"did": web, "document": '{"id":"did:web:x.vn"}'}, "Tài liệu DID chưa dùng được"),
        ({"did": web, "document": "x" * 16_001}, "Dài quá"),
        ({"did": key.did}, "đã đăng ký rồi"),
    ):
        page = certifier.send(KEY, sent)
        assert (page.status, words in page.words) == (422, True), sent
    assert certifier.send(f"{KEY}/end", {"since": "2027-01-01", **AGAIN}).status == 422
    assert certifier.send(f"{KEY}/proof", {"signature": "z" * 99, **AGAIN}).status == 404


def test_an_ended_key_offers_nothing_more(site: Site, producer: SignedIn, certifier: SignedIn, key: OwnBody) -> None:
    own = haccp(producer, number="HC-502").response.headers["Location"]
    path = own.replace("/certificates/", "/certifier/")
    assert certifier.send(path, {"act": "confirm", "with": "own-key"}).status == 303
    signed = sign_offered(document(certifier, path), key.private, key.method, site.clock())
    site.clock.tick(minutes=1)
    assert certifier.send(f"{KEY}/end", {**AGAIN}).status == 303
    assert bring(certifier, path, signed).status == 409
    assert certifier.send(path, {"act": "confirm", "with": "own-key"}).status == 409
    assert "Ký bằng khóa riêng" not in certifier.ask(path).words
    lot = site.lot("DG1108")
    assert f"Xác nhận bằng khóa riêng của {NAME}" in site.page(lot).words, "what it signed before stays good"
    site.clock.tick(minutes=1)
    fresh = OwnBody(site.world, certifier.organisation, private_key(8))
    assert certifier.send(KEY, {"did": fresh.did}).status == 303
    assert certifier.send(f"{KEY}/drop", {}).status == 303
    assert certifier.ask(f"{KEY}/text").status == 303


def test_the_pages_speak_english(site: Site, certifier: SignedIn) -> None:
    page = certifier.ask(f"{KEY}?lang=en")
    assert (page.status, page.lang, "Khóa" in page.words) == (200, "en", False)
    with site.world.read() as connection:
        assert organisation_called(connection, NAME) == certifier.organisation
