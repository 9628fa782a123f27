"""People and what they may do: passwords, sessions, invitations, recovery, disputes; on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import ASOF, Clock, settings_for
from tests.worlds import KINDS, Copies
from traceapp.adapters.mail import Letter, SmtpMailer
from traceapp.config import Settings
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import (
    BadSettings,
    Conflict,
    Forbidden,
    GateRefused,
    InvalidEvent,
    InvalidIdentifier,
    NotFound,
    RuleBroken,
    Unavailable,
)
from traceapp.core.identifiers import Gtin, check_digit
from traceapp.db.accounts import account_tokens, recovery_codes
from traceapp.db.accounts import sessions as session_table
from traceapp.db.tables import account_trail
from traceapp.services.accounts import claims, invitations, kept_forms, passwords, people, recovery, sessions, sign_up
from traceapp.services.accounts.kept_forms import KeptForm
from traceapp.services.accounts.people import Member, MemberRole, login_of
from traceapp.services.accounts.sign_in import MOST_BY_BOTH, Refusal, sign_in
from traceapp.services.labels.runs import issue_labels
from traceapp.services.lots.readiness import look_at
from traceapp.services.operating import audit
from traceapp.services.operating.setup import initialise
from traceapp.services.records.names import name_of
from traceapp.services.registry.founding import FirstLot, add_lot, add_product, found_organisation, next_lot_number
from traceapp.services.registry.registers import register_organisation
from traceapp.services.world import World

PASSWORD = "trâu mộng bờ ao"
HASHED = passwords.make_hash(PASSWORD)
"""Made once: argon2id is slow by intent."""


def gtin(number: int) -> Gtin:
    """A GTIN with the right check digit."""
    digits = f"{number:013}"
    return Gtin(digits + check_digit(digits))


@dataclass
class Office:
    """A service whose people a test makes."""

    world: World
    made: int = 0
    letters: list[Letter] = field(default_factory=list)

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)

    @property
    def clock(self) -> Clock:
        clock = self.world.clock
        assert isinstance(clock, Clock)
        return clock

    def account(self, name: str = "Lan") -> tuple[str, str]:
        """(id, login) of a new account with PASSWORD."""
        self.made += 1
        login = f"someone{self.made}@example.vn"
        with self.world.write_aside() as connection:
            return people.create_account(connection, login, name, HASHED, "vi", self.clock()), login

    def signed_in(self, account: str) -> Member:
        with self.world.write_aside() as connection:
            token = sessions.start(connection, account, "Chrome, Android", self.clock(), how="password")
        return self.member(token)

    def member(self, token: str) -> Member:
        with self.world.read() as connection:
            found = sessions.find(connection, token, self.clock())
        assert found is not None
        return found[0]

    def producer(self, name: str = "HTX Chè", *, as_officer: bool = False) -> Member:
        """Somebody who set up an organisation of that name."""
        account, _ = self.account("Chị Lan")
        with self.world.write_aside() as connection:
            token = sessions.start(connection, account, "", self.clock(), how="password")
        details = {"legal_form": "Hợp tác xã", "name": name, "province_code": "19", "ward": "Xã Tân Cương"}
        with self.world.write() as connection:
            found_organisation(self.world, connection, self.member(token), details, as_officer=as_officer)
        return self.member(token)

    def product(self, member: Member, code: Gtin | None = None) -> str:
        with self.world.write() as connection:
            details = {"name_vi": "Trà búp", "net": "200 g", "net_value": 200, "net_unit": "g"}
            return add_product(self.world, connection, member, code, details)

    def lot(self, member: Member, product: str) -> str:
        day = vietnamese_date(self.clock())
        with self.world.write() as connection:
            number = next_lot_number(connection, product, day)
            return add_lot(
                self.world, connection, member, FirstLot(product, number, day, None, 50, "gói", None), "Trà búp"
            )

    def label(self, lot: str, by: str) -> None:
        world = self.world
        with world.write() as connection:
            keyring, key = world.keyring(connection), world.key_store.current_serial()
            issue_labels(
                connection,
                lot,
                2,
                by,
                world.notary,
                keyring,
                world.rulebook,
                world.clock(),
                signed=False,
                serial_key=key,
            )

    def authority(self) -> str:
        with self.world.write() as connection:
            told = {"role": "authority", "name": "Chi cục"}
            return register_organisation(connection, told, self.world.notary, self.clock())[0]


@pytest.fixture(scope="module", params=KINDS)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    copies = Copies(lambda: request.getfixturevalue("postgres_url"))
    (folder / "data").mkdir()
    world = World(settings_for(folder, copies.database(request.param, folder)), clock=Clock(ASOF))
    initialise(world)
    made = Office(world)
    world.__dict__["mailer"] = made
    yield made
    world.engine.dispose()
    copies.drop()


# Names and passwords


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        (" Lan@Example.VN ", "lan@example.vn"),
        ("0900 000 001", "0900000001"),
        ("+84 900.000.001", "0900000001"),
        ("ｌan@example.vn", "lan@example.vn"),
    ],
)
def test_a_login_is_a_mail_address_or_a_phone_number_however_it_is_typed(typed: str, login: str) -> None:
    assert login_of(typed) == login


@pytest.mark.parametrize("typed", ["", "lan", "lan@", "@x.vn", "123", "lan@vn", "a b@x.vn", "x@y.vn, z@y.vn"])
def test_anything_else_is_no_login(typed: str) -> None:
    with pytest.raises(InvalidIdentifier, match="write one of the two"):
        login_of(typed)


def test_a_password_is_the_same_on_every_keyboard_and_is_stored_as_argon2id() -> None:
    stored = passwords.make_hash("Trâu mộng 12")
    assert stored.startswith("$argon2id$")
    assert passwords.fits("Tra\u0302u mo\u0323\u0302ng １２", stored)
    assert not passwords.fits("Trau mong 12", stored)
    assert not passwords.fits("Trâu mộng 12", None)
    assert not passwords.fits("Trâu mộng 12", "no hash")
    assert not passwords.is_outdated(stored)


@pytest.mark.parametrize("poor", ["", "ngắn", "12345678", "aaaaaaaaa", "lan@example.vn", "x" * 300, "\ud800" * 8])
def test_a_poor_password_is_refused(poor: str) -> None:
    with pytest.raises(RuleBroken):
        passwords.require_good(poor, "lan@example.vn")


# Signing in


def test_the_right_password_opens_a_session_that_is_stored_as_a_hash(office: Office) -> None:
    account, login = office.account()
    token = sign_in(office.world, login.upper(), PASSWORD, "198.51.100.7", "Chrome, Android")
    assert not isinstance(token, Refusal)
    assert office.member(token).account == account
    with office.world.read() as connection:
        stored = connection.execute(
            select(session_table.c.token).where(session_table.c.account == account)
        ).scalar_one()
    assert token.encode() not in stored and len(stored) == 32


def test_a_wrong_password_and_an_unknown_name_answer_alike(office: Office) -> None:
    _, login = office.account()
    assert sign_in(office.world, login, "wrong words here", "198.51.100.8", "") is Refusal.WRONG
    assert sign_in(office.world, "nobody@example.vn", "wrong words here", "198.51.100.8", "") is Refusal.WRONG
    assert sign_in(office.world, "no name at all", "wrong words here", "198.51.100.8", "") is Refusal.WRONG


def test_who_fails_too_often_waits_and_locks_nobody_else_out(office: Office) -> None:
    _, login = office.account()
    outcomes = [sign_in(office.world, login, "wrong words", "203.0.113.1", "") for _ in range(MOST_BY_BOTH)]
    assert set(outcomes) == {Refusal.WRONG}
    assert sign_in(office.world, login, PASSWORD, "203.0.113.1", "") is Refusal.WAIT
    assert not isinstance(sign_in(office.world, login, PASSWORD, "203.0.113.2", ""), Refusal), "from elsewhere it works"
    office.clock.tick(minutes=31)
    assert not isinstance(sign_in(office.world, login, PASSWORD, "203.0.113.1", ""), Refusal)


def test_a_disabled_account_is_out_at_once_and_does_not_come_back(office: Office) -> None:
    account, login = office.account()
    token = sign_in(office.world, login, PASSWORD, "198.51.100.9", "")
    assert not isinstance(token, Refusal)
    with office.world.write_aside() as connection:
        assert people.disable(connection, login, "cli", office.clock()) == account
        assert recovery.begin_reset(connection, login, office.clock()) is None
        assert sessions.find(connection, token, office.clock()) is None
    assert sign_in(office.world, login, PASSWORD, "198.51.100.9", "") is Refusal.WRONG
    with office.world.write_aside() as connection, pytest.raises(NotFound):
        people.disable(connection, "nobody@example.vn", "cli", office.clock())


def test_a_session_ends_a_month_after_it_was_used_last_and_an_offices_after_half_a_day(office: Office) -> None:
    account, _ = office.account()
    with office.world.write_aside() as connection:
        token = sessions.start(connection, account, "", office.clock(), how="password")
    member = office.member(token)
    office.clock.tick(days=29)
    with office.world.write_aside() as connection:
        sessions.touch(connection, member, office.clock())
    office.clock.tick(days=29)
    assert office.member(token) == member
    office.clock.tick(days=2)
    with office.world.read() as connection:
        assert sessions.find(connection, token, office.clock()) is None
        assert sessions.account_of_ended(connection, token) == account, "whose form it was is still known"
    authority = office.authority()
    with office.world.write() as connection:
        people.join(connection, account, authority, MemberRole.OWNER, "cli", office.world.notary, office.clock())
        token = sessions.start(connection, account, "", office.clock(), how="password")
    office.clock.tick(hours=13)
    with office.world.read() as connection:
        assert sessions.find(connection, token, office.clock()) is None


def test_a_session_that_goes_over_to_an_office_lasts_no_longer_than_others_there(office: Office) -> None:
    mine, authority = office.producer(), office.authority()
    with office.world.write() as connection:
        people.join(connection, mine.account, authority, MemberRole.OWNER, "cli", office.world.notary, office.clock())
    with office.world.write_aside() as connection:
        sessions.act_for(connection, mine, authority, office.clock())
        assert len(sessions.listed(connection, mine, office.clock())) == 1
    office.clock.tick(hours=13)
    with office.world.read() as connection:
        assert sessions.listed(connection, mine, office.clock()) == []


def test_one_signs_out_here_there_and_everywhere(office: Office) -> None:
    account, _ = office.account()
    here, there = office.signed_in(account), office.signed_in(account)
    stranger = office.signed_in(office.account()[0])
    with office.world.write_aside() as connection:
        now = office.clock()
        assert [one.is_this for one in sessions.listed(connection, here, now)].count(True) == 1
        for other in (stranger.session.hex(), "zz", ""):
            with pytest.raises(NotFound):
                sessions.end(connection, here, other, now)
        sessions.end(connection, here, there.session.hex(), now)
        assert len(sessions.listed(connection, here, now)) == 1
        assert sessions.end_all(connection, here, now) == 1
        assert sessions.listed(connection, here, now) == []


# Signing up


def test_a_code_makes_the_account_once(office: Office) -> None:
    with office.world.write_aside() as connection:
        now = office.clock()
        pending = sign_up.begin(connection, "new@example.vn", "Bà Tư", PASSWORD, "vi", now)
        assert pending.code and len(pending.code) == 6
        assert sign_up.waiting(connection, pending.token, now) == "new@example.vn"
        kept = (
            connection.execute(select(account_tokens.c.about).where(account_tokens.c.kind == "sign-up")).scalars().all()
        )
        assert all(PASSWORD not in one and pending.code not in map(str, json.loads(one).values()) for one in kept)
        wrong = "000000" if pending.code != "000000" else "111111"
        assert sign_up.finish(connection, pending.token, wrong, now) is None
        account = sign_up.finish(connection, pending.token, f" {pending.code[:3]} {pending.code[3:]} ", now)
        assert account == people.account_called(connection, "new@example.vn")
        with pytest.raises(NotFound):
            sign_up.finish(connection, pending.token, pending.code, now)


def test_who_has_an_account_gets_a_letter_without_a_code_and_no_code_fits(office: Office) -> None:
    _, login = office.account()
    with office.world.write_aside() as connection:
        pending = sign_up.begin(connection, login, "X", PASSWORD, "vi", office.clock())
        assert pending.code is None
        assert sign_up.waiting(connection, pending.token, office.clock()) == login, "the page is the same"
        for number in range(sign_up.MOST_TRIES):
            assert sign_up.finish(connection, pending.token, f"{number:06}", office.clock()) is None
        with pytest.raises(NotFound):
            sign_up.finish(connection, pending.token, "000009", office.clock())


def test_a_code_is_sent_again_a_few_times_and_lasts_an_hour(office: Office) -> None:
    with office.world.write_aside() as connection:
        first = sign_up.begin(connection, "slow@example.vn", "X", PASSWORD, "vi", office.clock())
        for _ in range(sign_up.MOST_LETTERS - 1):
            last = sign_up.renew(connection, first.token, office.clock())
        with pytest.raises(NotFound):
            sign_up.renew(connection, first.token, office.clock())
        office.clock.tick(minutes=61)
        with pytest.raises(NotFound):
            sign_up.finish(connection, first.token, last.code or "", office.clock())
        with pytest.raises(NotFound):
            sign_up.waiting(connection, first.token, office.clock())


# Organisations and members


def test_a_producer_that_was_set_up_is_unconfirmed_and_its_founder_owns_it(office: Office) -> None:
    member = office.producer("HTX Đồi Gió")
    assert (member.role, member.organisation_role, member.organisation_name) == ("owner", "producer", "HTX Đồi Gió")
    product = office.product(member)
    with office.world.read() as connection:
        facts, verdict = look_at(office.world, connection, product)
    assert facts.producer and facts.producer.identity_confirmed_by is None
    assert verdict.find("identity-unconfirmed")
    assert product.rpartition("/")[2].startswith("T"), "without a GTIN it gets a trace code"


def test_an_officer_who_types_is_named_in_the_record_beside_the_household(office: Office) -> None:
    member = office.producer("HTX Giúp Nhau", as_officer=True)
    assert member.role is MemberRole.OFFICER and member.assisted_by
    lot = office.lot(member, office.product(member))
    with office.world.read() as connection:
        facts, _ = look_at(office.world, connection, lot)
        assert name_of(connection, member.assisted_by) == "Chị Lan"
    assert facts.producer and facts.lot and facts.product
    for fact in (facts.producer, facts.lot, facts.product):
        assert (fact.source.declared_by, fact.source.assisted_by) == (member.organisation, member.assisted_by)
    assert facts.name_of(member.assisted_by) == "Chị Lan", "the page can say who helped"


def test_an_owner_who_types_for_himself_is_not_named_beside_himself(office: Office) -> None:
    member = office.producer("HTX Tự Ghi")
    product = office.product(member)
    with office.world.read() as connection:
        facts, _ = look_at(office.world, connection, product)
    assert facts.product and facts.product.source.assisted_by is None


def test_an_invitation_works_once_for_a_week(office: Office) -> None:
    owner = office.producer("HTX Mời")
    world, now = office.world, office.clock()
    with world.write() as connection:
        token = invitations.invite_by_member(connection, owner, MemberRole.STAFF, "", now)
        found = invitations.find(connection, token, now)
        assert (found.organisation_name, found.role) == ("HTX Mời", MemberRole.STAFF)
        account = invitations.accept_as_new(
            connection, token, "0900000777", "Anh Bảy", PASSWORD, "vi", world.notary, now
        )
        assert people.role_in(connection, account, owner.declared_by) is MemberRole.STAFF
        with pytest.raises(NotFound):
            invitations.accept(connection, token, account, world.notary, now)
    staff = office.signed_in(account)
    with world.write() as connection:
        with pytest.raises(Forbidden):
            invitations.invite_by_member(connection, staff, MemberRole.OWNER, "", now)
        old = invitations.invite_by_member(connection, owner, MemberRole.STAFF, "", now)
        open_ones = invitations.open_of(connection, owner.declared_by, now)
        assert len(open_ones) == 1
        with pytest.raises(NotFound):
            invitations.withdraw(connection, "https://id.example.vn/id/other", open_ones[0].id, "cli", now)
        invitations.withdraw(connection, owner.declared_by, open_ones[0].id, owner.account, now)
        with pytest.raises(NotFound):
            invitations.find(connection, old, now)
        late = invitations.invite_by_member(connection, owner, MemberRole.STAFF, "", now)
    office.clock.tick(days=8)
    with world.read() as connection, pytest.raises(NotFound):
        invitations.find(connection, late, office.clock())


def test_an_invitation_with_a_login_in_use_or_a_poor_password_makes_nothing(office: Office) -> None:
    owner = office.producer("HTX Chật")
    _, login = office.account()
    world, now = office.world, office.clock()
    with world.write() as connection:
        token = invitations.invite_by_member(connection, owner, MemberRole.STAFF, "", now)
    for taken, password, refusal in ((login, PASSWORD, Conflict), ("free@example.vn", "ngắn", RuleBroken)):
        with pytest.raises(refusal), world.write() as connection:
            invitations.accept_as_new(connection, token, taken, "X", password, "vi", world.notary, now)
    with world.read() as connection:
        assert invitations.find(connection, token, now), "it can still be used"
        assert people.account_called(connection, "free@example.vn") is None


def test_the_last_owner_stays_and_whoever_is_put_out_acts_for_nobody(office: Office) -> None:
    owner = office.producer("HTX Một Chủ")
    account, _ = office.account("Minh")
    world, now = office.world, office.clock()
    with world.write() as connection:
        people.join(connection, account, owner.declared_by, MemberRole.STAFF, owner.account, world.notary, now)
        with pytest.raises(Conflict):
            people.join(connection, account, owner.declared_by, MemberRole.STAFF, owner.account, world.notary, now)
        with pytest.raises(RuleBroken, match="one owner at least"):
            people.change_role(connection, owner.declared_by, owner.account, None, owner.account, world.notary, now)
        with pytest.raises(NotFound):
            people.change_role(connection, owner.declared_by, "nobody", None, owner.account, world.notary, now)
    with world.write_aside() as connection:
        token = sessions.start(connection, account, "", now, how="password")
    assert office.member(token).organisation == owner.organisation
    with world.write() as connection:
        people.change_role(connection, owner.declared_by, account, None, owner.account, world.notary, now)
    assert office.member(token).organisation is None


# Getting in again


def test_a_reset_link_works_once_for_an_hour_and_ends_every_session(office: Office) -> None:
    account, login = office.account()
    office.signed_in(account)
    with office.world.write_aside() as connection:
        now = office.clock()
        assert recovery.begin_reset(connection, "nobody@example.vn", now) is None
        first = recovery.begin_reset(connection, login, now)
        token = recovery.begin_reset(connection, login, now)
        assert first and token and not recovery.is_open(connection, first, now), "only the newest link works"
        with pytest.raises(RuleBroken):
            recovery.finish_reset(connection, token, "ngắn", now)
    with office.world.write_aside() as connection:
        token = recovery.begin_reset(connection, login, now)
        assert token and recovery.finish_reset(connection, token, "mật khẩu mới tinh", now) == account
        with pytest.raises(NotFound):
            recovery.finish_reset(connection, token, "mật khẩu mới tinh", now)
        assert connection.execute(select(session_table).where(session_table.c.account == account)).all() == []
    assert not isinstance(sign_in(office.world, login, "mật khẩu mới tinh", "192.0.2.9", ""), Refusal)


def test_each_recovery_code_works_once_however_it_is_typed(office: Office) -> None:
    account, login = office.account()
    with office.world.write_aside() as connection:
        now = office.clock()
        codes = recovery.new_codes(connection, account, now)
        assert len(set(codes)) == 10
        stored = connection.execute(select(recovery_codes.c.code).where(recovery_codes.c.account == account)).scalars()
        assert all(code.replace("-", "").encode() not in one for one in stored for code in codes)
        typed = codes[0].replace("-", " ").lower()
        assert recovery.reset_token_for_code(connection, login, typed, now)
        assert recovery.reset_token_for_code(connection, login, codes[0], now) is None
        assert recovery.reset_token_for_code(connection, "nobody@example.vn", codes[1], now) is None
        assert recovery.codes_left(connection, account) == 9


# Forms that wait


def test_a_form_waits_for_its_sender_alone_without_passwords(office: Office) -> None:
    mine, other = office.account()[0], office.account()[0]
    form = KeptForm(
        "/portal/setup/lot?x=1", [("number", "L1"), ("password", "secret"), ("csrf", "x")], [("photo", "a.jpg")]
    )
    with office.world.write_aside() as connection:
        token = kept_forms.keep(connection, form, mine, office.clock())
        found = kept_forms.find(connection, token, mine, office.clock())
        assert found == KeptForm("/portal/setup/lot?x=1", [("number", "L1")], [("photo", "a.jpg")])
        assert kept_forms.find(connection, token, other, office.clock()) is None
        kept_forms.drop(connection, token, office.clock())
        assert kept_forms.find(connection, token, mine, office.clock()) is None


def test_forms_that_anybody_can_send_fill_no_database(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_forms, "MOST_OF_NOBODY", 3)
    monkeypatch.setattr(kept_forms, "MOST_OF_ACCOUNT", 2)
    mine, form, tokens = office.account()[0], KeptForm("/portal", [("words", "x")], []), []
    with office.world.write_aside() as connection:
        own = [kept_forms.keep(connection, form, mine, office.clock()) for _ in range(2)]
        for _ in range(5):
            office.clock.tick(seconds=1)
            tokens.append(kept_forms.keep(connection, form, None, office.clock()))
        left = [one for one in tokens if kept_forms.find(connection, one, mine, office.clock())]
        assert left == tokens[-3:]
        assert all(kept_forms.find(connection, one, mine, office.clock()) for one in own)


# Disputes


def test_a_code_that_was_decided_to_be_anothers_is_told_so_on_its_page_alone(office: Office) -> None:
    holder, claimant = office.producer("HTX Mượn Mã"), office.producer("HTX Chủ Mã")
    code = gtin(893850000777)
    product, other = office.product(holder, code), office.product(holder, gtin(893850000778))
    lot = office.lot(holder, product)
    world, now = office.world, office.clock()

    def told(of: str) -> dict[str, Any]:
        with world.read() as connection:
            (finding,) = look_at(world, connection, of)[1].find("identity-unconfirmed")
        return dict(finding.data)

    with world.write() as connection:
        claim = claims.claim(connection, str(code), claimant.declared_by, "Giấy GS1 số 123 năm 2020", world.notary, now)
    assert told(product) == {"disputed": True}
    authority = office.authority()
    with world.write() as connection:
        claims.decide(connection, claim, authority, world.notary, now, upheld=True)
    assert told(product) == {"disputed": True, "denied": True}
    assert told(other) == {"disputed": True}
    with pytest.raises(GateRefused, match="identity-unconfirmed"):
        office.label(lot, holder.declared_by)


def test_a_second_claimant_of_a_code_holds_the_labels_until_an_authority_decides(office: Office) -> None:
    holder, claimant = office.producer("HTX Có Mã"), office.producer("HTX Đòi Mã")
    code = gtin(893850000001)
    lot = office.lot(holder, office.product(holder, code))
    with pytest.raises(Conflict):
        office.product(claimant, code)
    office.label(lot, holder.declared_by)
    world, now = office.world, office.clock()
    authority = office.authority()
    with world.write() as connection:
        with pytest.raises(RuleBroken):
            claims.claim(connection, str(code), holder.declared_by, "mã của tôi mà", world.notary, now)
        with pytest.raises(NotFound):
            claims.claim(connection, "09520000000127", claimant.declared_by, "mã của tôi mà", world.notary, now)
        with pytest.raises(InvalidEvent):
            claims.claim(connection, str(code), claimant.declared_by, "ngắn", world.notary, now)
        claim = claims.claim(connection, str(code), claimant.declared_by, "Giấy GS1 số 123 năm 2020", world.notary, now)
        with pytest.raises(Conflict):
            claims.claim(connection, str(code), claimant.declared_by, "Giấy GS1 số 123 năm 2020", world.notary, now)
    with pytest.raises(GateRefused, match="identity-unconfirmed"):
        office.label(lot, holder.declared_by)
    with world.write() as connection:
        with pytest.raises(Conflict):
            claims.confirm(connection, holder.declared_by, authority, world.notary, now)
        with pytest.raises(Forbidden):
            claims.decide(connection, claim, claimant.declared_by, world.notary, now, upheld=False)
    with world.write() as connection:
        claims.decide(connection, claim, authority, world.notary, now, upheld=False)
        with pytest.raises(RuleBroken):
            claims.decide(connection, claim, authority, world.notary, now, upheld=True)
    office.label(lot, holder.declared_by)
    with world.read() as connection:
        assert [one.state for one in claims.claims_of(connection, holder.declared_by)] == ["refused"]


def test_a_claim_that_is_taken_back_lets_the_labels_go_and_one_that_is_upheld_does_not(office: Office) -> None:
    holder, claimant = office.producer("HTX Giữ"), office.producer("HTX Rút")
    code = gtin(893850000002)
    lot = office.lot(holder, office.product(holder, code))
    world, now, words = office.world, office.clock(), "Giấy cấp mã số 5 năm 2021"
    with world.write() as connection:
        claim = claims.claim(connection, str(code), claimant.declared_by, words, world.notary, now)
        with pytest.raises(NotFound):
            claims.withdraw(connection, claim, holder.declared_by, world.notary, now)
        claims.withdraw(connection, claim, claimant.declared_by, world.notary, now)
    office.label(lot, holder.declared_by)
    authority = office.authority()
    with world.write() as connection:
        claim = claims.claim(connection, str(code), claimant.declared_by, words, world.notary, now)
        claims.decide(connection, claim, authority, world.notary, now, upheld=True)
    with pytest.raises(GateRefused):
        office.label(lot, holder.declared_by)


def test_the_holder_of_a_claimed_code_answers_and_each_answer_stays_as_it_was_sent(office: Office) -> None:
    holder, claimant = office.producer("HTX Giữ Mã"), office.producer("HTX Báo Mã")
    code = gtin(893850000003)
    office.lot(holder, office.product(holder, code))
    world, now, words = office.world, office.clock(), "Giấy cấp mã số 5 năm 2021"
    authority = office.authority()

    def answer(said: str, by: Member = holder) -> None:
        with world.write_aside() as connection:
            claims.answer(connection, claim, by.declared_by, said, now)

    with world.write() as connection:
        claim = claims.claim(connection, str(code), claimant.declared_by, words, world.notary, now)
    for wrong in ("ngắn", "x" * (claims.LONGEST_WORDS + 1), "          "):
        with pytest.raises(InvalidEvent, match="in 10 to 1000 characters"):
            answer(wrong)
    with pytest.raises(NotFound):
        answer("Mã này của chúng tôi", claimant)
    first = "GS1 cấp cho chúng tôi ngày 1/2/2020"
    for said in (first, first, *(f"Bổ sung lần thứ {number}" for number in range(1, claims.MOST_ANSWERS))):
        answer(said)
    with pytest.raises(Conflict, match="5 times"):
        answer("Thêm một lần nữa")
    answer(first)
    with world.read() as connection:
        found = claims.find(connection, claim)
        assert found.answers[0].words == first and len(found.answers) == claims.MOST_ANSWERS
        assert {one.at for one in found.answers} == {now} and found.words == words
        assert claims.open_claims(connection)[-1] == found
    with world.write() as connection:
        claims.decide(connection, claim, authority, world.notary, now, upheld=False)
    with pytest.raises(RuleBroken, match="decided already"):
        answer("Nói sau khi đã xong")


def test_an_authority_confirms_a_producer_and_it_is_no_longer_waiting(office: Office) -> None:
    member, authority = office.producer("HTX Chờ"), office.authority()
    with office.world.write() as connection:
        assert member.organisation in {one.id for one in claims.organisations_waiting(connection)}
        with pytest.raises(Forbidden):
            claims.confirm(connection, member.declared_by, member.declared_by, office.world.notary, office.clock())
        claims.confirm(connection, member.declared_by, authority, office.world.notary, office.clock())
        assert member.organisation not in {one.id for one in claims.organisations_waiting(connection)}


# The trail


def test_sign_ins_and_roles_leave_lines_that_nobody_can_change(office: Office) -> None:
    account, login = office.account()
    assert not isinstance(sign_in(office.world, login, PASSWORD, "192.0.2.3", ""), Refusal)
    with office.world.read() as connection:
        lines = [bytes(row.line).decode() for row in connection.execute(select(account_trail))]
        assert audit.require_intact(connection) >= len(lines)
    mine = [line for line in lines if account in line]
    assert [action for action in ("account-made", "sign-in") if any(f'"{action}"' in line for line in mine)] == [
        "account-made",
        "sign-in",
    ]
    assert not any(login in line or "192.0.2.3" in line for line in lines), "no personal data"
    with pytest.raises(DBAPIError, match="append-only"), office.world.write_aside() as connection:
        connection.execute(text("DELETE FROM account_trail"))


# Letters


def test_a_mail_server_that_is_down_is_told_without_its_password() -> None:
    mailer = SmtpMailer("smtp://user:secret@127.0.0.1:1", "traceapp@example.vn")
    with pytest.raises(Unavailable, match=r"The mail server 127\.0\.0\.1 did not take the letter") as caught:
        mailer.send(Letter("lan@example.vn", "Xin chào", "Thư"))
    assert "secret" not in str(caught.value)


def test_the_mail_settings_are_checked_and_never_repeated(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("smtps://u:p@mail.example.vn:465\n")
    assert (
        Settings.from_env({"TRACEAPP_MAIL_URL_FILE": str(tmp_path / "mail")}).mail_url
        == "smtps://u:p@mail.example.vn:465"
    )
    for wrong in ("http://u:secret@x", "smtp://", "smtp://u:secret@x:99999"):
        with pytest.raises(BadSettings, match="TRACEAPP_MAIL_URL") as caught:
            Settings.from_env({"TRACEAPP_MAIL_URL": wrong})
        assert "secret" not in str(caught.value)
    with pytest.raises(BadSettings, match="TRACEAPP_MAIL_FROM"):
        Settings.from_env({"TRACEAPP_MAIL_FROM": "two@x.vn, three@x.vn"})
