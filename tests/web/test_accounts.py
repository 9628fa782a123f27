"""Signing up, in and out, setting up and getting in again, through the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import ASOF, HOST, Clock, settings_for
from tests.passwords import AGAIN, PASSWORD
from tests.pictures import GPS_WORD, exif, scene, written
from tests.web.conftest import Page, Site
from traceapp.adapters.mail import Letter
from traceapp.core.errors import Unavailable
from traceapp.core.identifiers import check_digit
from traceapp.db.tables import personal, records
from traceapp.services.accounts import invitations
from traceapp.services.accounts.people import MemberRole
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.registers import register_organisation
from traceapp.services.world import World
from traceapp.web.portal.setup.pin_map import Pin, Window, pin_of, tapped


@dataclass
class Post:
    """Where letters go; `is_down` for a mail server that takes none."""

    letters: list[Letter] = field(default_factory=list)
    is_down: bool = False

    def send(self, letter: Letter) -> None:
        if self.is_down:
            raise Unavailable("The mail server mail.example.vn did not take the letter: TimeoutError.")
        self.letters.append(letter)


@dataclass
class Person:
    """Somebody with a browser."""

    client: FlaskClient

    def get(self, path: str, lang: str = "vi") -> TestResponse:
        return self.client.get(path, base_url=f"https://{HOST}", headers=_headers(lang))

    def page(self, path: str) -> Page:
        return Page(self.get(path))

    def send(self, path: str, *, form: str | None = None, **data: Any) -> TestResponse:
        """Fill a form in: its hidden token comes from the page `form`, or from `path` itself."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.get(form or path).text)
        told = {"csrf": token[1] if token else "", **data}
        return self.client.post(path, base_url=f"https://{HOST}", headers=_headers("vi"), data=told)


def _headers(lang: str) -> dict[str, str]:
    return {
        "Accept": "text/html",
        "Accept-Language": lang,
        "Sec-Fetch-Site": "same-origin",
        "User-Agent": "Chrome Android",
    }


@dataclass
class Town:
    """A service, its letters, and whoever comes."""

    site: Site
    post: Post
    made: int = 0

    def person(self) -> Person:
        return Person(self.site.client.application.test_client(use_cookies=True))

    def code(self) -> str:
        found = re.search(r"\d{6}", self.post.letters[-1].text)
        assert found
        return found[0]

    def signed_up(self, name: str = "Lan") -> Person:
        """Somebody with an account of their own and nothing else."""
        self.made += 1
        person = self.person()
        begun = person.send("/signup", name=name, login=f"person{self.made}@example.vn", password=PASSWORD)
        done = person.send(begun.headers["Location"], code=self.code())
        assert done.status_code == 303
        return person

    def producer(self, name: str = "HTX Đồi Gió", form: str = "Hợp tác xã") -> Person:
        person = self.signed_up()
        told = {"legal_form": form, "name": name, "province_code": "19", "ward": "Xã Tân Cương"}
        assert person.send("/portal/setup/organisation", **told).status_code == 303
        return person

    def authority(self) -> Person:
        world = self.site.world
        with world.write() as connection:
            told = {"role": "authority", "name": "Chi cục Chất lượng"}
            made, _ = register_organisation(connection, told, world.notary, world.clock())
            token = invitations.invite(connection, made, MemberRole.OWNER, "", "cli", world.clock())
        person = self.person()
        self.made += 1
        login = f"mai{self.made}@example.vn"
        assert person.send(f"/invite/{token}", name="Mai", login=login, password=PASSWORD).status_code == 303
        return person


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    world = World(settings_for(tmp_path_factory.mktemp("town")), clock=Clock(ASOF))
    initialise(world)
    post = Post()
    world.__dict__["mailer"] = post
    yield Town(Site(world), post)
    world.engine.dispose()


def product(person: Person, **more: Any) -> TestResponse:
    told = {"name_vi": "Trà búp", "net_value": "200", "net_unit": "g", "shelf_life": "12", "shelf_unit": "month"}
    return person.send("/portal/setup/product", **{**told, **more})


def sheet_of(person: Person) -> TestResponse:
    """The way from a facility to a sheet of labels."""
    place = {"name": "Xưởng", "province_code": "19", "ward": "Xã Tân Cương"}
    assert person.send("/portal/setup/facility", **place).headers["Location"].startswith("/portal/setup/product")
    assert product(person, standards="TCCS 01:2026").headers["Location"].startswith("/portal/setup/lot")
    lot = {"quantity": "100", "unit": "gói", "made": "21/11/2026", "expires": "2027-11-21", "number": "L1"}
    assert person.send("/portal/setup/lot", **lot).headers["Location"].startswith("/portal/setup/labels")
    assert person.send("/portal/setup/labels", count="24", sheet="a4-24").status_code == 303
    link = re.search(r'href="(/portal/setup/labels/1-24[^"]*)"', person.get("/portal/setup/labels").text)
    assert link
    return person.get(link[1].replace("&amp;", "&"))


def test_a_day_of_expiry_follows_the_day_of_packing_it_was_filled_in_for(town: Town) -> None:
    person = town.producer()
    assert (
        person.send("/portal/setup/facility", name="Xưởng", province_code="19", ward="Xã Tân Cương").status_code == 303
    )
    assert product(person).status_code == 303
    offered = re.findall(r'name="(counted|expires)" value="([^"]+)"', person.get("/portal/setup/lot").text)
    lot = {"quantity": "100", "unit": "gói", "number": "L1", **dict(offered), "made": "01/11/2026"}
    back = person.send("/portal/setup/lot", **lot)
    assert back.status_code == 422 and "Đã tính lại từ ngày đóng gói" in back.text
    counted = dict(re.findall(r'name="(counted|expires)" value="([^"]+)"', back.text))
    assert counted == {"counted": "2026-11-01", "expires": "01/11/2027"}
    assert person.send("/portal/setup/lot", **lot).status_code == 422
    assert person.send("/portal/setup/lot", **{**lot, **counted, "expires": lot["expires"]}).status_code == 303


# Signing up


def test_signing_up_says_the_same_of_an_address_that_is_taken(town: Town) -> None:
    town.signed_up()
    taken = f"person{town.made}@example.vn"
    stranger = town.person()
    answers = []
    for login in (taken, "nobody-yet@example.vn"):
        begun = stranger.send("/signup", name="X", login=login, password=PASSWORD)
        shown = stranger.get(begun.headers["Location"])
        answers.append((begun.status_code, shown.status_code, shown.text.replace(login, "…")))
    same = [(begun, shown, re.sub(r"/signup/[\w-]+", "…", text)) for begun, shown, text in answers]
    assert same[0] == same[1]
    letters = town.post.letters[-2:]
    assert "đã có tài khoản" in letters[0].text and "Mã đăng ký" in letters[1].text


def test_a_mail_server_that_is_down_loses_nothing(town: Town) -> None:
    person = town.person()
    town.post.is_down = True
    begun = person.send("/signup", name="Lan", login="down@example.vn", password=PASSWORD)
    assert "Chưa gửi được thư" in person.get(begun.headers["Location"]).text
    town.post.is_down = False
    again = person.send(begun.headers["Location"], again="1")
    assert "Chưa gửi được thư" not in person.get(again.headers["Location"]).text
    assert person.send(again.headers["Location"], code=town.code()).headers["Location"].startswith("/portal/setup")


def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(town: Town) -> None:
    person = town.person()
    answer = person.send("/signup", name="Chị Lan", login="không phải thư", password="ngắn")
    assert answer.status_code == 422
    assert 'value="Chị Lan"' in answer.text and 'value="không phải thư"' in answer.text
    assert 'aria-describedby="h-login e-login" aria-invalid="true"' in answer.text
    assert 'value="ngắn"' not in answer.text, "a password is never sent back"
    assert "wrong" in person.send("/signup", name="Lan", login="poor@example.vn", password="12345678").text


def test_a_form_from_another_site_is_refused(town: Town) -> None:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"}
    for path in ("/login", "/signup", "/reset", "/invite/x"):
        answer = town.person().client.post(path, base_url=f"https://{HOST}", headers=headers, data={"login": "x"})
        assert answer.status_code == 403, path


def test_whoever_types_a_wrong_code_too_often_or_the_right_one_twice_is_led_on(town: Town) -> None:
    person = town.person()
    begun = person.send("/signup", name="Lan", login="wrong-code@example.vn", password=PASSWORD).headers["Location"]
    wrong = "000000" if town.code() != "000000" else "111111"
    answers = [person.send(begun, code=wrong) for _ in range(7)]
    assert answers[0].status_code == 422
    over = answers[-1]
    assert over.status_code == 404 and "đăng ký lại" in over.text and "tem trong tay" not in over.text
    assert 'action="/signup' in over.text
    begun = person.send("/signup", name="Lan", login="twice@example.vn", password=PASSWORD).headers["Location"]
    code = town.code()
    assert [person.send(begun, code=code).status_code for _ in range(2)] == [303, 303]


# Signing in


def test_a_wrong_name_and_a_wrong_password_look_the_same(town: Town) -> None:
    town.signed_up()
    person = town.person()
    known = person.send("/login", login=f"person{town.made}@example.vn", password="sai rồi nhé")
    unknown = person.send("/login", login="ai@example.vn", password="sai rồi nhé")
    assert known.status_code == unknown.status_code == 422
    assert known.text.replace(f"person{town.made}@", "…@") == unknown.text.replace("ai@", "…@")


def test_one_is_led_back_to_where_one_was_going_and_never_to_another_site(town: Town) -> None:
    town.signed_up()
    login = f"person{town.made}@example.vn"
    wanted = town.person().get("/portal/account").headers["Location"]
    assert wanted == "/login?next=%2Fportal%2Faccount"
    for asked, led in (
        ("/portal/account", "/portal/account"),
        ("//evil.example/x", "/portal"),
        ("https://evil.example", "/portal"),
        ("/\\evil.example", "/portal"),
        ("/x\r\nSet-Cookie: a=b", "/portal"),
    ):
        answer = town.person().send("/login", login=login, password=PASSWORD, next=asked)
        assert answer.headers["Location"] == led


def test_signing_out_ends_the_session_on_the_server(town: Town) -> None:
    person = town.signed_up()
    cookie = person.client.get_cookie("__Host-traceapp", domain=HOST)
    assert cookie
    assert person.send("/logout", form="/portal/account").status_code == 303
    person.client.set_cookie("__Host-traceapp", cookie.value, domain=HOST, secure=True)
    assert person.get("/portal/account").status_code == 303


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(town: Town) -> None:
    person = town.producer("HTX Dở Dang")
    town.site.clock.tick(days=31)
    told = {"name": "Vườn trên đồi", "province_code": "19", "ward": "Xã Tân Cương", "csrf": "old"}
    answer = person.client.post(
        "/portal/setup/facility?lang=vi", base_url=f"https://{HOST}", headers=_headers("vi"), data=told
    )
    assert answer.headers["Location"] == "/login?next=%2Fportal%2Fkept-form"
    assert "Những gì vừa ghi vẫn còn" in person.get(answer.headers["Location"]).text
    other = town.person()
    kept = person.client.get_cookie("traceapp-form", domain=HOST)
    assert kept
    stranger = town.signed_up()
    stranger.client.set_cookie("traceapp-form", kept.value, domain=HOST, secure=True)
    assert stranger.get("/portal/kept-form").status_code == 303, "somebody else does not get it"
    assert other.get("/portal/kept-form").status_code == 303
    back = person.send("/login", login=f"person{town.made - 1}@example.vn", password=PASSWORD, next="/portal/kept-form")
    assert back.headers["Location"] == "/portal/kept-form"
    shown = person.get("/portal/kept-form").text
    assert "Vườn trên đồi" in shown and 'action="/portal/setup/facility?lang=vi"' in shown
    told = dict(re.findall(r'<span class="small">([^<]+)</span><span><strong>([^<]+)</strong>', shown))
    assert {"Vườn trên đồi", "Thái Nguyên", "Xã Tân Cương"} <= set(told.values()) and "19" not in told.values()
    asked = person.get("/portal/setup/facility").text
    assert all(f">{label}</label>" in asked for label in told), "each stands under the label that the form had"
    assert "Province or city" in person.get("/portal/kept-form?lang=en").text
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown))
    done = person.client.post(
        "/portal/setup/facility?lang=vi", base_url=f"https://{HOST}", headers=_headers("vi"), data=fields
    )
    assert done.headers["Location"].startswith("/portal/setup/product")
    assert person.get("/portal/kept-form").headers["Location"] == "/portal", "it waits no more"


def test_a_program_that_is_not_signed_in_gets_a_problem_document(town: Town) -> None:
    headers = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
    for method in ("GET", "POST"):
        answer = town.person().client.open("/portal", method=method, base_url=f"https://{HOST}", headers=headers)
        if method == "GET":
            assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_htmx_is_led_to_the_door_in_its_own_way(town: Town) -> None:
    headers = {**_headers("vi"), "HX-Request": "true"}
    answer = town.person().client.get("/portal", base_url=f"https://{HOST}", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/login?next=%2Fportal")


# Getting in again


def test_a_forgotten_password_is_set_anew_and_the_page_tells_nobody_who_is_known(town: Town) -> None:
    person = town.signed_up()
    login = f"person{town.made}@example.vn"
    stranger = town.person()
    known, unknown = (stranger.send("/reset", login=one) for one in (login, "ai@example.vn"))
    assert known.status_code == 200
    assert known.text.replace(login, "…") == unknown.text.replace("ai@example.vn", "…")
    assert "chưa có tài khoản" in town.post.letters[-1].text
    link = re.search(r"/reset/[\w-]+", town.post.letters[-2].text)
    assert link
    assert stranger.send(link[0], password="ngắn").status_code == 422
    assert stranger.send(link[0], password="nón lá mây tre").headers["Location"] == "/portal"
    assert person.get("/portal/account").status_code == 303, "every other session ended"
    for late in (stranger.get(link[0]), stranger.send(link[0], password="nón lá mây tre")):
        assert (late.status_code, "Xin đường dẫn mới" in late.text) == (404, True)
    town.post.is_down = True
    asked = stranger.send("/reset", login=login)
    assert "hoặc gõ một mã khôi phục" in asked.text
    assert asked.status_code == 200, "a proxy would show a page of its own"
    town.post.is_down = False


def test_a_recovery_code_opens_the_door_for_who_has_no_mail(town: Town) -> None:
    person = town.signed_up()
    login = f"person{town.made}@example.vn"
    new, again = "/portal/account/recovery-codes", {"form": "/portal/account"}
    proofs: tuple[dict[str, str], ...] = ({}, {"step-up-password": "không phải"})
    for proof in proofs:
        asked = person.send(new, **again, **proof)
        assert "<li>" not in asked.text and "Ai có mã này thì vào được tài khoản" in asked.text, "a session left open"
    shown = person.send(new, **again, **{"step-up-password": PASSWORD}).text
    codes = re.findall(r"<li>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</li>", shown)
    assert len(codes) == 10
    stranger = town.person()
    assert stranger.send("/reset", login=login, code="0000-0000-0000").status_code == 422
    assert stranger.send("/reset", login="0900 000 009").status_code == 422
    led = stranger.send("/reset", login=login, code=codes[0].lower()).headers["Location"]
    assert stranger.send(led, password="nón lá mây tre").status_code == 303


def test_a_password_is_changed_by_who_knows_it(town: Town) -> None:
    person = town.signed_up()
    change = "/portal/account/password"
    assert person.send(change, form="/portal/account", password="sai", new_password="nón lá mây tre").status_code == 422
    assert person.send(change, form="/portal/account", password=PASSWORD, new_password="ngắn").status_code == 422
    done = person.send(change, form="/portal/account", password=PASSWORD, new_password="nón lá mây tre")
    assert done.status_code == 303
    assert person.get("/portal/account").status_code == 200, "here one stays signed in"


# Working together


def test_an_office_that_invites_somebody_is_asked_who_it_is(town: Town) -> None:
    """Whoever found its session open would make an account of its own, with a password of its own."""
    office, path = town.authority(), "/portal/people/invitations"
    asked = office.send(path, form="/portal/people", to="", role="owner")
    assert asked.status_code == 200 and "Ai được mời thì nói thay tổ chức" in asked.text
    assert "/invite/" not in asked.text
    proof = {"step-up-password": PASSWORD}
    link = re.search(r"/invite/[\w-]+", office.send(path, form="/portal/people", to="", role="owner", **proof).text)
    assert link
    opened = town.person().get(link[0]).text
    assert "Nói thay nơi này" in opened and "in tem" not in opened, "an office prints no labels"


def test_who_finds_an_owners_session_open_puts_nobody_out(town: Town) -> None:
    """Neither by another role, nor by a second owner of their own making."""
    owner, staff = town.producer("HTX Phiên Mở"), town.person()
    people = {"form": "/portal/people"}
    asked = owner.send("/portal/people/invitations", **people, to="", role="owner")
    assert "Ai được mời thì nói thay tổ chức" in asked.text and "/invite/" not in asked.text
    made = owner.send("/portal/people/invitations", **people, to="", role="staff")
    link = re.search(r"/invite/[\w-]+", made.text)
    assert link, "who helps may put nobody out"
    assert staff.send(link[0], name="Minh", login="0900 000 557", password=PASSWORD).status_code == 303
    path = f"/portal/people/{re.findall(r'/portal/people/([0-9a-f-]{36})', owner.get('/portal/people').text)[-1]}"
    for role, what in (("owner", "Đổi Minh thành: Chủ cơ sở"), ("none", "Cho Minh rời cơ sở")):
        for proof in ({}, {"step-up-password": "không phải"}):
            asked = owner.send(path, **people, role=role, version="staff", **proof)
            assert what in asked.text and "đổi người được nói thay cơ sở" in asked.text
        assert "Cùng làm" in staff.get("/portal/people").text, "nothing is changed before the answer"
    leaving = staff.send(path, **people, role="none", version="staff")
    assert leaving.status_code == 200 and "Tự mình rời cơ sở" in leaving.text
    assert owner.send(path, **people, role="owner", version="staff", **AGAIN).status_code == 303
    stale = owner.send(path, **people, role="none", version="staff")
    assert stale.status_code == 409, "what is out of date is not asked about"
    assert owner.send(path, **people, role="none", version="owner", **AGAIN).status_code == 303
    assert staff.get("/portal").headers["Location"].startswith("/portal/setup")
    told = "Tài khoản này chưa ở trong cơ sở nào."
    assert told in staff.get("/portal/setup/organisation").text, "who was put out does not found the same anew unawares"
    assert told not in owner.get("/portal/setup/organisation").text


def test_an_owner_invites_by_letter_or_by_hand_and_staff_may_not(town: Town) -> None:
    owner = town.producer("HTX Cùng Làm")
    made = owner.send("/portal/people/invitations", form="/portal/people", to="minh@example.vn", role="staff")
    link = re.search(rf"https://{HOST}(/invite/[\w-]+)", made.text)
    assert link and link[0] in town.post.letters[-1].text
    staff = town.person()
    assert "HTX Cùng Làm" in staff.get(link[1]).text
    assert staff.send(link[1], name="Minh", login="12", password=PASSWORD).status_code == 422
    joined = staff.send(link[1], name="Minh", login="0900 000 555", password=PASSWORD)
    assert joined.headers["Location"] == "/portal"
    told = {"name": "Minh", "login": "0900 000 556", "password": PASSWORD}
    for late in (staff.get(link[1]), staff.send(link[1], **told), staff.send(f"{link[1]}/accept", form="/portal")):
        assert (late.status_code, "Nhờ người mời gửi đường dẫn mới" in late.text) == (404, True)
    assert "Mời thêm người" not in staff.get("/portal/people").text
    assert staff.send("/portal/people/invitations", form="/portal/people", role="owner").status_code == 403
    account = re.search(r"/portal/people/([0-9a-f-]{36})", staff.get("/portal/people").text)
    assert account
    promoted = staff.send(f"/portal/people/{account[1]}", form="/portal/people", role="owner")
    assert promoted.status_code == 403, "nobody makes himself an owner"
    stale = owner.send(f"/portal/people/{account[1]}", form="/portal/people", role="owner", version="officer")
    assert stale.status_code == 409 and "vừa được đổi ở nơi khác" in stale.text
    leaving = {"form": "/portal/people", "role": "none", "version": "staff"}
    assert staff.send(f"/portal/people/{account[1]}", **leaving, **AGAIN).status_code == 303
    assert staff.get("/portal").headers["Location"].startswith("/portal/setup")


def test_an_owner_who_opens_the_invitation_is_told_whom_it_is_for_and_it_still_opens(town: Town) -> None:
    owner = town.producer("HTX Mở Thử")
    made = owner.send("/portal/people/invitations", form="/portal/people", to="", role="staff")
    link = re.search(r"/invite/[\w-]+", made.text)
    assert link
    opened = owner.get(link[0])
    pressed = owner.send(f"{link[0]}/accept", form="/portal/people")
    assert (opened.status_code, pressed.status_code) == (200, 409)
    assert all("để gửi cho người được mời" in told.text and "Vào sổ" in told.text for told in (opened, pressed))
    joined = town.person().send(link[0], name="Minh", login="minh.mo.thu@example.vn", password=PASSWORD)
    assert joined.headers["Location"] == "/portal"


def test_somebody_with_an_account_joins_with_it_and_chooses_for_whom_to_act(town: Town) -> None:
    owner, other = town.producer("HTX Một"), town.producer("HTX Hai")
    made = owner.send("/portal/people/invitations", form="/portal/people", to="", role="officer")
    link = re.search(r"/invite/[\w-]+", made.text)
    assert link
    assert other.send(f"{link[0]}/accept", form=link[0]).status_code == 303
    assert "HTX Một" in other.get("/portal").text
    named = r'name="organisation" value="([^"]+)"[^>]*>([^<]+)<'
    mine = {name: one for one, name in re.findall(named, other.get("/portal/account").text)}
    assert set(mine) == {"HTX Một", "HTX Hai"}
    act = "/portal/account/organisation"
    assert other.send(act, form="/portal/account", organisation=mine["HTX Hai"]).status_code == 303
    assert "HTX Hai" in other.get("/portal").text
    stranger = "https://id.example.vn/id/another"
    opened = re.search(r'name="csrf" value="([^"]+)"', other.get("/portal/setup/facility").text)
    assert opened
    assert other.send(act, form="/portal/account", organisation=mine["HTX Một"]).status_code == 303
    late = {"csrf": opened[1], "name": "Xưởng của HTX Hai", "province_code": "19", "ward": "Xã Tân Cương"}
    sent = other.client.post(
        "/portal/setup/facility?lang=vi", base_url=f"https://{HOST}", headers=_headers("vi"), data=late
    )
    assert sent.headers["Location"] == "/portal/kept-form", "what was opened for the one is not written for the other"
    asked = other.get("/portal/kept-form").text
    assert "Xưởng của HTX Hai" in asked and "Đang ghi cho: HTX Một." in asked
    assert other.send(act, form="/portal/account", organisation=mine["HTX Hai"]).status_code == 303
    town.site.clock.tick(days=31)
    other.send("/login", login=f"person{town.made}@example.vn", password=PASSWORD)
    assert "HTX Hai" in other.get("/portal").text, "whoever signs in again goes on where they were"
    told = other.send("/portal/account/organisation", form="/portal/account", organisation=stranger)
    assert told.status_code == 404


# Setting up


def test_a_household_gets_from_nothing_to_a_sheet_of_labels(town: Town) -> None:
    person = town.producer("Nhà bà Tư", "Hộ kinh doanh")
    answer = sheet_of(person)
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    today = person.get("/portal").text
    assert "Chưa ai xác nhận cơ sở này là ai" in today
    checklist = person.page("/portal/checklist/" + code_of(person)).words
    assert "Đủ 9 trong 10 mục" in checklist and "Chụp cả bao bì" in checklist


def code_of(person: Person) -> str:
    return person.get("/portal/checklist").headers["Location"].rpartition("/")[2]


def test_nothing_of_one_producer_is_anothers(town: Town) -> None:
    mine, other = town.producer("HTX Của Tôi"), town.producer("HTX Tò Mò")
    sheet_of(mine)
    code = code_of(mine)
    link = re.search(r'href="(/portal/setup/labels/1-24[^"]*)"', mine.get("/portal/setup/labels").text)
    assert link
    sheet = link[1].replace("&amp;", "&")
    for path in (f"/portal/checklist/{code}", f"/portal/setup/lot?product={code}", sheet):
        assert mine.get(path).status_code == 200, path
        assert other.get(path).status_code == 404, path
    for path in (f"/portal/checklist/{code}", f"/portal/checklist/{code}/photo"):
        assert other.send(path, form="/portal/people", standards="x").status_code == 404, path
    lots = other.send(
        f"/portal/setup/labels?{sheet.partition('?')[2]}", form="/portal/people", count="5", sheet="a4-24"
    )
    assert lots.status_code == 404


def test_a_photo_loses_where_it_was_taken_and_one_that_is_too_big_is_refused(town: Town) -> None:
    person = town.producer("HTX Ảnh")
    answer = product(person, photo=(BytesIO(written(scene(), exif=exif())), "a.jpg"))
    assert answer.status_code == 303
    world = town.site.world
    shown = person.page("/portal/checklist/" + code_of(person)).words
    assert "đủ cho trang này" in shown
    stored = [path.read_bytes() for path in world.media_dir.iterdir()]
    assert stored and all(b"EXIF" not in one and GPS_WORD.encode() not in one for one in stored)
    again = product(person, name_vi="Trà khác", photo=(BytesIO(b"GIF89a nothing"), "a.gif"))
    assert again.status_code == 422 and 'value="Trà khác"' in again.text and 'id="e-photo"' in again.text
    huge = product(person, photo=(BytesIO(b"\xff\xd8" + b"0" * (11 << 20)), "a.jpg"))
    assert huge.status_code == 422 and "nặng quá 10 MB" in huge.text and 'value="Trà búp"' in huge.text


def test_a_pin_is_put_with_a_tap_and_shown_to_others_only_where_that_is_allowed(town: Town) -> None:
    person = town.producer("HTX Ghim")
    place = {"name": "Đồi chè", "province_code": "19", "ward": "Xã Tân Cương"}
    tapped_once = person.send("/portal/setup/facility", **place, **{"map.x": "100", "map.y": "60"})
    assert tapped_once.status_code == 200 and 'value="Đồi chè"' in tapped_once.text
    found = dict(re.findall(r'name="(latitude|longitude)" value="([^"]*)"', tapped_once.text))
    assert 20 < float(found["latitude"]) < 22.5 and 105 < float(found["longitude"]) < 107
    drawn = person.get(f"/portal/setup/map.svg?at={found['latitude']},{found['longitude']}")
    assert drawn.mimetype == "image/svg+xml" and drawn.data.count(b"<path") == 3
    assert person.send("/portal/setup/facility", **place, **found).status_code == 303
    assert product(person).status_code == 303
    world = town.site.world
    with world.read() as connection:
        public = b"".join(bytes(row.body) for row in connection.execute(records.select()))
        kept = [row.value for row in connection.execute(personal.select()) if row.field == "position"]
    assert found["latitude"].encode() not in public and kept == [f"[{found['latitude']}, {found['longitude']}]"]


def test_a_second_tap_moves_the_pin_by_a_tenth_as_much() -> None:
    first = tapped({"map.x": "160", "map.y": "193"}, None)
    assert first
    moved = tapped({"map.x": "170", "map.y": "193"}, first)
    assert moved and 0 < moved.longitude - first.longitude < 0.1
    assert tapped({"map.x": "odd"}, first) == first
    assert Window.around(None).width == 10 * Window.around(Pin(16, 108)).width
    for odd in ("", "1", "a,b", "99,500", "16,nan", "48.85,2.35"):
        assert pin_of(odd) is None


def test_two_tabs_that_save_the_same_form_are_shown_both_versions(town: Town) -> None:
    person = town.producer("HTX Hai Tay")
    assert product(person).status_code == 303
    path = "/portal/checklist/" + code_of(person)
    version = re.search(r'name="version" value="([^"]+)"', person.get(path).text)
    assert version
    first = person.send(path, version=version[1], storage_vi="Nơi khô ráo")
    assert first.status_code == 303
    second = person.send(path, version=version[1], storage_vi="Trong tủ lạnh", warning_vi="Có hạt")
    assert second.status_code == 409
    assert "Nơi khô ráo" in second.text and "Trong tủ lạnh" in second.text
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', second.text))
    assert person.send(path, **fields).status_code == 303
    assert "Trong tủ lạnh" in person.get(path).text


def test_a_name_of_a_household_in_a_text_is_refused_with_what_to_do(town: Town) -> None:
    person = town.producer("Nguyễn Thị Mận", "Hộ kinh doanh")
    assert product(person, name_vi="Chè của Nguyễn Thị Mận").status_code == 422
    assert product(person).status_code == 303
    path = "/portal/checklist/" + code_of(person)
    version = re.search(r'name="version" value="([^"]+)"', person.get(path).text)
    assert version
    answer = person.send(path, version=version[1], storage_vi="Hỏi Nguyễn Thị Mận")
    assert answer.status_code == 422 and "không ghi tên" in answer.text


def test_a_dispute_goes_from_the_claimant_to_the_authority_and_back(town: Town) -> None:
    holder, claimant, authority = town.producer("HTX Khai Trước"), town.producer("HTX Khai Sau"), town.authority()
    code = "893850000012" + check_digit("893850000012")
    place = {"name": "Xưởng", "province_code": "19", "ward": "Xã Tân Cương"}
    assert holder.send("/portal/setup/facility", **place).status_code == 303
    assert product(holder, gtin=code).status_code == 303
    taken = product(claimant, gtin=code)
    assert taken.status_code == 409 and f"/portal/claims/new?code={code}" in taken.text
    claim = "/portal/claims/new"
    assert claimant.send(claim, code=code, words="ngắn").status_code == 422
    assert claimant.send(claim, code="123", words="Giấy cấp mã số 5").status_code == 422
    assert claimant.send(claim, code="9999999999994", words="Giấy cấp mã số 5").status_code == 404
    assert claimant.send(claim, code=code, words="Giấy cấp mã số 5 ngày 1/2/2020").status_code == 303
    assert claimant.send(claim, code=code, words="Giấy cấp mã số 5 ngày 1/2/2020").status_code == 409
    lot = {"quantity": "100", "unit": "gói", "made": "2026-11-21", "number": "L9"}
    assert holder.send("/portal/setup/lot", **lot).status_code == 303
    held = holder.send("/portal/setup/labels", count="24", sheet="a4-24")
    assert held.status_code == 409 and "Gửi giấy cấp mã của GS1" in held.text
    for page in ("/portal/today", "/portal/overview"):
        assert "Mã sản phẩm đang có tranh chấp" in holder.get(page).text, "the holder need not run into it"
    assert "1 mã đang tranh chấp" in authority.get("/portal").text
    assert "Không phải điền tờ dưới đây." in holder.get(claim).text, "the form is the claimant's"
    assert "Không phải điền tờ dưới đây." not in claimant.get(claim).text
    listed = authority.get("/portal/organisations").text
    assert "HTX Khai Sau" in listed and "Giấy cấp mã số 5" in listed
    assert "Giấy cấp mã" not in holder.get(claim).text.partition("<form")[0], "the evidence is for the authority"
    decide = re.search(r"/portal/claims/[^/\"]+/decide", listed)
    assert decide
    assert authority.send(decide[0], form="/portal/organisations", decision="holder", **AGAIN).status_code == 303
    assert "tranh chấp" not in holder.get("/portal/overview").text
    for more in ({"decision": "claimant"}, {"decision": "claimant", **AGAIN}):
        late = authority.send(decide[0], form="/portal/organisations", **more)
        assert late.status_code == 409 and "đã có người quyết định" in late.text, "said before it asks who that is"
    late = claimant.send(decide[0].replace("/decide", "/withdraw"), form=claim)
    assert late.status_code == 409 and "Không rút được nữa" in late.text
    assert holder.send("/portal/setup/labels", count="24", sheet="a4-24").status_code == 303
    organisations = re.findall(r'name="organisation" value="([^"]+)"', authority.get("/portal/organisations").text)
    assert organisations
    again = claimant.send(claim, code=code, words="Giấy cấp mã số 6 ngày 1/2/2021")
    assert again.status_code == 409 and "danh sách bên trên nói đã tới đâu" in again.text
    third = town.producer("HTX Khai Ba")
    assert third.send(claim, code=code, words="Giấy cấp mã số 6 ngày 1/2/2021").status_code == 303
    decide = re.search(r"/portal/claims/[^/\"]+/decide", authority.get("/portal/organisations").text)
    assert decide
    assert authority.send(decide[0], form="/portal/organisations", decision="claimant", **AGAIN).status_code == 303
    for page in ("/portal/today", "/portal/overview", claim):
        lost = holder.get(page).text
        assert "Mang giấy cấp mã của GS1 tới cơ quan quản lý để xem lại." in lost, page
        assert "đang có tranh chấp" not in lost, "it was decided"
    assert "để xem lại" not in third.get(claim).text
    held = holder.send("/portal/setup/labels", count="24", sheet="a4-24")
    assert held.status_code == 409 and "Cơ quan quản lý đã quyết định mã này là của bên khác." in held.text
    scanned = f"/verify/01/{code.zfill(14)}"
    for lang, words in (
        ("vi", "Cơ quan quản lý đã quyết định mã này là của bên khác."),
        ("en", "An authority decided that it is somebody else"),
    ):
        assert words in holder.get(f"{scanned}?lang={lang}").text, "and so does whoever scans"
    assert "tranh chấp" not in holder.get(scanned).text
    confirm = "/portal/organisations/confirm"
    done = authority.send(confirm, form="/portal/organisations", organisation=organisations[0], **AGAIN)
    assert done.status_code == 303


def test_whoever_decides_a_dispute_reads_what_both_parties_say_and_when(town: Town) -> None:
    holder, claimant, authority = town.producer("HTX Có Giấy"), town.producer("HTX Đòi Lại"), town.authority()
    code = "893850000077" + check_digit("893850000077")
    place = {"name": "Xưởng", "province_code": "19", "ward": "Xã Tân Cương"}
    assert holder.send("/portal/setup/facility", **place).status_code == 303
    assert product(holder, gtin=code).status_code == 303
    page = "/portal/claims/new"
    assert claimant.send(page, code=code, words="Giấy cấp mã số 8 ngày 1/2/2020").status_code == 303
    assert "HTX Có Giấy chưa trả lời." in authority.get("/portal/organisations").text
    listed = holder.get(page).text
    form = re.search(r"/portal/claims/new\?answer=([^&\"]+)", listed)
    assert form and "Trả lời bằng chữ" in listed and "Trả lời bằng chữ" not in claimant.get(page).text
    answering = holder.get(form[0]).text
    assert f"Trả lời về mã {code.zfill(14)}" in answering and "Không phải điền tờ dưới đây." not in answering
    assert claimant.get(form[0]).status_code == 404, "it is not against them"
    address = f"/portal/claims/{form[1]}/answer"
    short = holder.send(address, form=form[0], words="của tôi")
    assert short.status_code == 422 and "của tôi</textarea>" in short.text
    assert claimant.send(address, form=page, words="Mã này là của chúng tôi").status_code == 404
    before = authority.get("/portal/organisations").text
    assert holder.send(address, form=form[0], words="GS1 cấp cho HTX ngày 3/4/2019").status_code == 303
    assert "GS1 cấp cho HTX ngày 3/4/2019" in holder.get(page).text
    assert "3/4/2019" not in claimant.get(page).text, "neither party reads what the other said"
    listed = authority.get("/portal/organisations").text
    said = Page(authority.get("/portal/organisations")).words
    assert re.search(r"HTX Đòi Lại nói [\d:]+.*?Giấy cấp mã số 8.*?HTX Có Giấy nói [\d:]+.*?GS1 cấp cho HTX", said)
    decide = f"/portal/claims/{form[1]}/decide"
    seen = re.search(rf'{decide}".*?name="answers" value="(\d)"', before, re.DOTALL)
    assert seen
    choice = {"form": "/portal/organisations", "decision": "holder", **AGAIN}
    unread = authority.send(decide, **choice, answers=seen[1])
    assert unread.status_code == 409 and "đọc rồi hãy quyết định" in unread.text
    assert authority.send(decide, **choice, answers="1").status_code == 303
    late = holder.send(address, form=page, words="Nói thêm sau khi đã xong")
    assert late.status_code == 409 and "Nói thêm sau khi đã xong</textarea>" in late.text, "nothing typed is lost"
    assert "Trả lời bằng chữ" not in holder.get(page).text


def test_the_portal_speaks_english_and_remembers_it(town: Town) -> None:
    person = town.producer("HTX English")
    assert "What is to be done today?" in person.get("/portal?lang=en").text
    assert "What is to be done today?" in person.get("/portal").text
    assert "Hôm nay làm gì?" in person.get("/portal?lang=vi").text
    for path in ("/portal/account", "/portal/people", "/portal/more", "/portal/setup/facility", "/portal/claims/new"):
        page = Page(person.get(f"{path}?lang=en"))
        assert page.lang == "en"
