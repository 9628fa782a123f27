"""Taking back a certificate that was declared wrongly: on its own page, with a reason and a second look."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator

import pytest

from tests.passwords import AGAIN
from tests.web.conftest import Page, Site, make_world
from tests.web.signed_in import SignedIn
from tests.web.test_desk import choices, haccp, log_size, person

LOT_PAGE = "/verify/01/09520000000134/10/DG1115"
REASON = {"reason": "Gõ nhầm số giấy"}


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("taking-back"), "sqlite")
    yield Site(world)
    world.engine.dispose()


@pytest.fixture(scope="module")
def producer(site: Site) -> SignedIn:
    return person(site, "HTX Cam Đồi Gió (dữ liệu mẫu)", "cam@example.vn")


@pytest.fixture(scope="module")
def honey(site: Site) -> SignedIn:
    return person(site, "HTX Mật ong Đá Hoa (dữ liệu mẫu)", "mat@example.vn")


@pytest.fixture(scope="module")
def certifier(site: Site) -> SignedIn:
    return person(site, "Tổ chức chứng nhận XYZ-Mẫu", "xyz@example.vn")


def declared(producer: SignedIn, number: str, **more: str) -> str:
    return haccp(producer, number=number, **more).response.headers["Location"]


def take_back(producer: SignedIn, own: str, **more: str) -> Page:
    return producer.send(f"{own}/take-back", {**REASON, **AGAIN, **more})


def test_it_is_taken_back_after_a_second_look_and_shown_nowhere(
    producer: SignedIn, certifier: SignedIn, site: Site
) -> None:
    own = declared(producer, "HC-NHẦM", ask="yes")
    theirs = own.replace("/certificates/", "/certifier/")
    assert "Rút lại giấy này" in producer.ask(own).words
    assert "HC-NHẦM" in producer.ask(LOT_PAGE).words and "HC-NHẦM" in certifier.ask("/portal/certifier").words
    before = log_size(site)
    asked = producer.send(f"{own}/take-back", REASON)
    assert (asked.status, "Gõ nhầm số giấy" in asked.words) == (200, True)
    assert "Rút lại giấy HACCP HC-NHẦM" in asked.words
    wrong = producer.send(f"{own}/take-back", {**REASON, "step-up-password": "không phải"})
    assert (wrong.status, "Gõ nhầm số giấy" in wrong.words, log_size(site)) == (422, True, before)
    assert take_back(producer, own).status == 303
    assert log_size(site) == before + 1
    page = producer.ask(own)
    assert "Cơ sở đã rút lại: Gõ nhầm số giấy" in page.words and "Còn hạn" not in page.words
    assert "Xin nơi cấp xác nhận" not in page.words and "Rút lại giấy này" not in page.words
    assert "HC-NHẦM" not in producer.ask(LOT_PAGE).words
    assert "HC-NHẦM" not in producer.ask("/portal/overview").words
    assert "Cơ sở đã rút lại: Gõ nhầm số giấy" in certifier.ask(theirs).words, "its issuer sees that"
    assert choices(certifier.ask(theirs), "act") == {}
    for act in ("confirm", "refuse", "revoke"):
        late = certifier.send(theirs, {"act": act, "reason": "Không có số này", **AGAIN})
        assert (late.status, "trạng thái khác" in late.words, "Không có số này" in late.words) == (409, True, True)
    assert "HC-NHẦM" not in certifier.ask("/portal/certifier").words.partition("Giấy đã cấp")[0]


def test_the_calendar_marks_no_end_of_what_was_taken_back(producer: SignedIn) -> None:
    own = declared(producer, "HC-LỊCH", expires="2027-01-10")

    def marked() -> bool:
        return "10/01/2027: HACCP HC-LỊCH" in producer.ask("/portal/certificates").response.text

    assert marked()
    assert take_back(producer, own).status == 303
    assert not marked()


def test_the_button_pressed_twice_takes_it_back_once(producer: SignedIn, site: Site) -> None:
    own = declared(producer, "HC-HAI")
    assert [take_back(producer, own).status, take_back(producer, own, reason="Lần hai").status] == [303, 303]
    before = log_size(site)
    assert "Cơ sở đã rút lại: Gõ nhầm số giấy" in producer.ask(own).words
    asked = producer.send(f"{own}/ask", {})
    assert (asked.status, asked.response.headers["Location"], log_size(site)) == (303, own, before)


def test_what_was_confirmed_meanwhile_stays_and_nothing_typed_is_lost(
    producer: SignedIn, certifier: SignedIn, site: Site
) -> None:
    own = declared(producer, "HC-KỊP", ask="yes")
    theirs = own.replace("/certificates/", "/certifier/")
    assert certifier.send(theirs, {"act": "confirm", **AGAIN}).status == 303
    before = log_size(site)
    for sent in (REASON, {**REASON, **AGAIN}):
        late = producer.send(f"{own}/take-back", sent)
        assert (late.status, "nơi cấp đã trả lời" in late.words, "Gõ nhầm số giấy" in late.words) == (409, True, True)
    english = producer.send(f"{own}/take-back?lang=en", REASON)
    assert (english.status, "its issuer has spoken" in english.words) == (409, True)
    assert log_size(site) == before
    assert "Rút lại giấy này" not in producer.ask(own).words


@pytest.mark.parametrize("reason", ["", "   ", "sai", "x" * 501])
def test_without_a_reason_nothing_is_taken_back(producer: SignedIn, site: Site, reason: str) -> None:
    own = declared(producer, f"HC-LÝ-{reason[:3] or 0}-{len(reason)}")
    before = log_size(site)
    page = producer.send(f"{own}/take-back", {"reason": reason, **AGAIN})
    assert (page.status, log_size(site)) == (422, before)
    assert "<details open>" in page.response.text and (not reason.strip() or reason in page.response.text)


def bits(reader: SignedIn) -> int:
    """How many bits of the revocation list are set."""
    encoded = json.loads(reader.ask("/status/revocation/1").response.data)["credentialSubject"]["encodedList"][1:]
    return sum(
        one.bit_count() for one in gzip.decompress(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    )


def test_its_bit_of_the_status_list_is_set(producer: SignedIn) -> None:
    own = declared(producer, "HC-BIT")
    before = bits(producer)
    assert take_back(producer, own).status == 303
    assert bits(producer) == before + 1


def test_nobody_else_takes_it_back(producer: SignedIn, honey: SignedIn, certifier: SignedIn, site: Site) -> None:
    own = declared(producer, "HC-AI")
    before = log_size(site)
    for somebody in (honey, certifier):
        assert somebody.send(f"{own}/take-back", {**REASON, **AGAIN}).status == 403
    assert producer.send(f"/portal/certificates/{'0' * 8}-0000-7000-8000-{'0' * 12}/take-back", REASON).status == 404
    assert log_size(site) == before


def test_the_same_is_declared_anew(producer: SignedIn) -> None:
    own = declared(producer, "HC-LẠI")
    assert take_back(producer, own).status == 303
    assert "Khai lại cho đúng" in producer.ask(own).words
    again = declared(producer, "HC-LẠI")
    assert again != own and "HC-LẠI" in producer.ask(LOT_PAGE).words


def test_its_page_is_complete_in_english(producer: SignedIn) -> None:
    own = declared(producer, "HC-EN")
    assert "Declared by mistake? Take this certificate back" in producer.ask(f"{own}?lang=en").words
    assert take_back(producer, own).status == 303
    assert "Taken back by the producer: Gõ nhầm số giấy" in producer.ask(f"{own}?lang=en").words
