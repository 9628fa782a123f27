"""Acts that ask who does them, accounts in doubt and cosigning, through the pages."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.authenticator import Authenticator
from tests.conftest import HOST
from tests.passwords import AGAIN
from tests.web.conftest import Page, Site, make_world
from tests.web.test_lots import Person, sign_in
from traceapp.db.accounts import accounts, memberships, passkeys
from traceapp.services.accounts.people import MemberRole
from traceapp.services.operating.trail import search

CANDY, TEA, ORANGES = "Cơ sở Kẹo dừa Ba Rạch", "HTX Chè Đồi Mây", "HTX Cam Đồi Gió"
LOT = "DG1115"


@dataclass
class Phone:
    """Somebody's browser with a passkey in it."""

    person: Person
    key: Authenticator

    def touch(self, asked: Page, **how: Any) -> dict[str, str]:
        """The fields that the page's script fills in, for the form that it shows."""
        page = asked.response.text
        options = re.search(r'data-options="([^"]+)"', page)
        assert options
        answer = self.key.credential(json.loads(html.unescape(options[1])), **how)
        found = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page)}
        name = next(one for one in found if one.endswith("-answer"))
        return {**found, name: json.dumps(answer)}


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    world = make_world(request, tmp_path_factory.mktemp("step-up"), "sqlite")
    yield Site(world)
    world.engine.dispose()


@pytest.fixture(scope="module")
def owner(site: Site) -> Phone:
    """The owner of the oranges."""
    return with_phone(sign_in(site, ORANGES), 1)


def with_phone(person: Person, number: int, name: str = "Chrome") -> Phone:
    world = person.site.world
    key = Authenticator(number, origin=world.settings.base_url)
    with world.write_aside() as connection:
        known = connection.execute(memberships.select().where(memberships.c.organisation == person.organisation)).all()
        mine = max(one.account for one in known)
        told = {"account": mine, "public_key": key.cose, "sign_count": 0, "name": name, "created": world.clock()}
        connection.execute(insert(passkeys).values(id=key.credential_id, **told))
    return Phone(person, key)


def how_proved(site: Site, act: str) -> list[str]:
    with site.world.read() as connection:
        return [re.findall(r"how=(\w+)", one.text())[0] for one in search(connection, f"step-up act={act}")]


def test_a_form_waits_for_a_touch_and_loses_nothing(owner: Phone, site: Site) -> None:
    path = f"/portal/lots/recall{site.lot(LOT)}"
    form = {"reason": "Dư lượng\nvượt ngưỡng", "action": "Mang lại nơi mua", "day": "2026-11-20", "sure": "yes"}
    asked = owner.person.post(path, **form)
    assert asked.status == 200 and "Xác nhận đúng là mình" in asked.words
    assert "Dư lượng vượt ngưỡng" in asked.words and "Mật khẩu của Chị Lan" in asked.words
    wrong = owner.person.post(path, **form, **{"step-up-password": "không phải"})
    assert wrong.status == 422 and "Dư lượng vượt ngưỡng" in wrong.words
    other = owner.touch(asked)
    assert owner.person.post(path, **{**form, **_proof(other), "action": "Vứt đi"}).status == 422, "another act"
    asked = owner.person.post(path, **form)
    unverified = owner.touch(asked, flags=0x01)
    assert owner.person.post(path, **form, **_proof(unverified)).status == 422
    asked = owner.person.post(path, **form)
    proof = _proof(owner.touch(asked))
    assert site.verdict(site.lot(LOT))["headline"] != "lot-recalled"
    assert owner.person.post(path, **form, **proof).status == 303
    assert site.verdict(site.lot(LOT))["headline"] == "lot-recalled"
    assert how_proved(site, "recall") == ["passkey"]
    assert owner.person.post(path, **form, **proof).status == 422, "a touch serves once"


def _proof(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name.startswith("step-up")}


@pytest.mark.parametrize("answer", ["{", "[]", "7", '{"rawId": []}', "[" * 90_000])
def test_what_no_browser_sends_is_refused_and_the_form_comes_back(owner: Phone, site: Site, answer: str) -> None:
    form = {"reason": "Dư lượng", "action": "", "day": "2026-11-20", "sure": "yes"}
    odd = {"step-up-state": "x", "step-up-answer": answer}
    page = owner.person.post(f"/portal/lots/recall{site.lot(LOT)}", **form, **odd)
    assert (page.status, "Dư lượng" in page.words) == (422, True)


def test_an_organisation_asks_for_passkeys_alone(site: Site) -> None:
    lan = sign_in(site, CANDY)
    passkeys_page = "/portal/people/passkeys"
    assert lan.post(passkeys_page, required="yes").status == 200, "it asks who says so"
    without = lan.post(passkeys_page, required="yes", **AGAIN)
    assert without.status == 422 and "Tạo khóa trên máy này trước" in without.words
    phone = with_phone(lan, 2)
    assert lan.post(passkeys_page, required="yes", **AGAIN).status == 303
    assert "Đang chỉ nhận khóa thiết bị" in lan.get("/portal/people").words
    refused = lan.post(passkeys_page, required="no", **AGAIN)
    assert refused.status == 422 and "không nhận mật khẩu" in refused.words
    assert_another_passkey_needs_the_first(phone)
    asked = lan.post(passkeys_page, required="no")
    assert "Mật khẩu của" not in asked.words
    assert lan.post(passkeys_page, required="no", **_proof(phone.touch(asked))).status == 303


def assert_another_passkey_needs_the_first(phone: Phone) -> None:
    """Neither a fresh session nor the password makes one where passkeys alone count."""
    asked = begin(phone.person, password=AGAIN["step-up-password"])
    assert asked.status_code == 403
    prove = asked.get_json()["prove"]
    unverified = {"state": prove["state"], "credential": phone.key.credential(prove["options"], flags=0x01)}
    again = begin(phone.person, **unverified)
    assert again.status_code == 403
    prove = again.get_json()["prove"]
    good = {"state": prove["state"], "credential": phone.key.credential(prove["options"])}
    assert begin(phone.person, **good).status_code == 200
    assert begin(phone.person, **good).status_code == 403, "it serves once"


def begin(person: Person, **sent: Any) -> Any:
    headers = {"X-CSRF-Token": person.csrf, "Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
    return person.client.post("/portal/passkeys/begin", base_url=f"https://{HOST}", headers=headers, json=sent)


def test_a_session_that_is_left_open_makes_no_passkey(site: Site) -> None:
    lan = sign_in(site, CANDY, MemberRole.STAFF)
    assert begin(lan).status_code == 200
    site.clock.tick(minutes=11)
    assert begin(lan).status_code == begin(lan, password="không phải").status_code == 403
    assert begin(lan, password=AGAIN["step-up-password"]).status_code == 200


def test_a_session_that_is_left_open_takes_no_passkey_away(owner: Phone, site: Site) -> None:
    phone, nameless = with_phone(owner.person, 3), with_phone(owner.person, 4, name="")
    path, person = f"/portal/account/passkeys/{phone.key.listed}/remove", phone.person
    unnamed = person.post(f"/portal/account/passkeys/{nameless.key.listed}/remove")
    assert "Bỏ khóa thiết bị" in unnamed.words and "khóa Khóa" not in unnamed.words
    asked = person.post(path)
    assert asked.status == 200 and "Bỏ khóa Chrome" in asked.words and "không vào được nữa" in asked.words
    assert person.post(path, **{"step-up-password": "không phải"}).status == 422
    assert path in person.get("/portal/account").response.text
    assert person.post(path, **_proof(phone.touch(asked))).status == 303, "the key itself may say so"
    assert path not in person.get("/portal/account").response.text
    assert person.post(path).status == 404
    assert how_proved(site, "passkey-remove") == ["passkey"]


def test_what_was_signed_is_cosigned_in_one_touch(owner: Phone, site: Site) -> None:
    person, listed = owner.person, owner.key.listed
    assert "Dùng để ký thêm hồ sơ" in person.get("/portal/account").words
    assert person.post(f"/portal/cosign/keys/{listed}").status == 200, "enrolling is signed: it asks who does it"
    assert person.post(f"/portal/cosign/keys/{listed}", **AGAIN).status == 303
    assert "Đang ký thêm hồ sơ" in person.get("/portal/account").words
    lot = {"number": "DG-KY-1", "made": "2026-11-20", "quantity": "40", "unit": "gói"}
    assert person.post("/portal/setup/lot", **lot).status == 303
    offered = person.get("/portal/setup/labels")
    assert "ký thêm bằng khóa của máy mình" in offered.words
    bad = person.post("/portal/cosign", **_cosign(owner.touch(offered, flags=0x01)))
    assert bad.status == 422 and "Chưa ký thêm được" in bad.words
    done = person.post("/portal/cosign", **_cosign(owner.touch(person.get("/portal/setup/labels"))))
    assert (done.status, done.response.headers["Location"]) == (303, "/portal/setup/labels")
    assert "ký thêm bằng khóa của máy mình" not in person.get("/portal/setup/labels").words
    page = site.page(f"{site.lot(LOT).rpartition('/')[0]}/DG-KY-1")
    assert ("record-cosigned", "good") in page.findings
    assert "Người sản xuất ký thêm bằng khóa của máy mình" in page.words
    key = re.search(r"/portal/cosign/keys/([0-9a-f-]{36})/withdraw", person.get("/portal/account").response.text)
    assert key
    assert person.post(f"/portal/cosign/keys/{key[1]}/withdraw").status == 303
    assert person.post(f"/portal/cosign/keys/{key[1]}/withdraw").status == 404


def _cosign(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name.startswith("cosign") or name == "next"}


def _has_no_password(site: Site, account: str) -> bool:
    with site.world.read() as connection:
        return connection.execute(select(accounts.c.password).where(accounts.c.id == account)).scalar_one() is None


def test_an_owner_puts_an_account_in_doubt_and_clears_it_record_by_record(site: Site) -> None:
    lan, staff = sign_in(site, TEA), sign_in(site, TEA, MemberRole.STAFF)
    number, day = "DM-NGHI-1", "2026-11-21"
    lot = {"number": number, "made": day, "quantity": "40", "unit": "gói"}
    assert staff.post("/portal/setup/lot", **lot).status == 303
    assert staff.get("/portal/doubts").status == 403
    listed = re.findall(r'name="account" value="([^"]+)"', lan.get("/portal/doubts").response.text)
    page = site.lot("DM2610B").rpartition("/")[0] + f"/{number}"
    form = {"account": listed[-1], "day": day, "hour": "06:00", "reason": "Mất điện thoại ngoài chợ"}
    assert lan.post("/portal/doubts", **{**form, "account": ""}).status == 422
    assert 'type="time"' not in lan.get("/portal/doubts").response.text, "times are typed as dates are"
    assert "Viết giờ như 14:30." in lan.post("/portal/doubts", **{**form, "hour": "25:00"}).words
    assert lan.post("/portal/doubts", **{**form, "hour": "6h"}).status == 200, "it asks who says so"
    assert lan.post("/portal/doubts", **{**form, "day": "2027-01-01"}, **AGAIN).status == 422
    asked = lan.post("/portal/doubts", **form)
    assert asked.status == 200 and "Mất điện thoại ngoài chợ" in asked.words
    assert 'name="anew" value="yes" checked' in lan.get("/portal/doubts").response.text
    said = lan.post("/portal/doubts", **form, anew="yes", **AGAIN)
    assert said.status == 303
    assert _has_no_password(site, listed[-1])
    assert "DM-NGHI-1" in lan.get("/portal/lots").words and "Có mục còn nghi ngờ" in lan.get("/portal/lots").words
    doubt = said.response.headers["Location"].partition("?")[0]
    assert staff.get("/portal").response.headers["Location"].startswith("/login"), "its sessions have ended"
    shown = site.page(page)
    assert shown.headline == "account-doubtful" and "bị báo lộ từ 21/11/2026" in shown.words
    assert "account-doubtful" in json.dumps(site.verdict(page))
    covered = re.findall(r'name="record" value="([^"]+)"', lan.get(doubt).response.text)
    assert len(covered) == 2
    assert lan.post(doubt, what="some").status == 422
    assert lan.post(doubt, what="some", record=covered[0]).status == 200
    for record, headline in zip(covered, ("account-doubtful", "record-authentic"), strict=True):
        assert lan.post(doubt, what="some", record=record, **AGAIN).status == 303
        assert site.page(page).headline == headline
    assert "Đã bỏ nghi ngờ" in lan.get(doubt).words
    assert "Có mục còn nghi ngờ" not in lan.get("/portal/lots").words
    assert lan.post(doubt, what="all", **AGAIN).status == 303
    assert lan.post(doubt, what="all", **AGAIN).status == 409
    assert sign_in(site, "Xưởng Gốm").get(doubt).status == 404


def test_an_authority_names_an_account_by_a_record_that_it_made(site: Site) -> None:
    office, staff = sign_in(site, "Chi cục"), sign_in(site, ORANGES, MemberRole.STAFF)
    lot = {"number": "DG-NGHI-2", "made": "2026-11-21", "quantity": "40", "unit": "gói"}
    assert staff.post("/portal/setup/lot", **lot).status == 303
    page = site.lot(LOT).rpartition("/")[0] + "/DG-NGHI-2"
    record = site.verdict(page)["record_ids"][-1]
    form = {"day": "2026-11-21", "reason": "Cơ sở báo mất máy"}
    assert office.post("/portal/doubts", **form, record="https://id.example.vn/records/x").status == 422
    assert office.post("/portal/doubts", **form).status == 422
    assert office.post("/portal/doubts", **form, record=record, **AGAIN).status == 303
    assert site.page(page).headline == "account-doubtful"
    assert "Chi cục" in site.page(page).words
