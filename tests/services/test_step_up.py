"""Proving oneself once more: for one act, by one person, once, within minutes; and cosigning what was signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert

from tests.authenticator import Authenticator
from tests.conftest import Clock
from tests.passwords import PASSWORD, hashed
from tests.services.cast import Cast
from tests.services.conftest import Copies
from tests.services.test_account_doubts import bundle_verdict, records
from traceapp.core.errors import Forbidden, NotFound, RuleBroken
from traceapp.db.accounts import passkeys as passkey_table
from traceapp.services.accounts import cosigning, passkeys, step_up, tokens
from traceapp.services.accounts.passkeys import Asked
from traceapp.services.accounts.people import Member, MemberRole, create_account, join
from traceapp.services.accounts.sessions import find, start
from traceapp.services.accounts.step_up import Act, Unproved
from traceapp.services.accounts.tokens import Kind
from traceapp.services.operating.trail import search
from traceapp.services.world import World

RECALL = Act("recall", "/portal/lots/recall/01/1/10/L1", (("reason", "Ẩm"), ("sure", "yes")))
NETWORK = "192.0.2.7"
NUMBERS = count(1)


@dataclass
class Person:
    """Somebody signed in, with a phone of their own."""

    cast: Cast
    member: Member
    phone: Authenticator

    @property
    def world(self) -> World:
        return self.cast.world

    def asked(self, act: Act = RECALL) -> Asked:
        with self.world.write_aside() as connection:
            found = step_up.ask(connection, self.member, act, self.world.settings.base_url, self.world.clock())
        assert found
        return found

    def prove(self, asked: Asked, act: Act = RECALL, **how: Any) -> Unproved | None:
        credential = self.phone.credential(asked.options, **how)
        return step_up.by_passkey(self.world, self.member, act, asked.state, credential)

    def touch(self, records: tuple[str, ...] = (), **how: Any) -> Any:
        """Cosign what is offered."""
        with self.world.write_aside() as connection:
            base_url = self.world.settings.base_url
            found = cosigning.ask(connection, self.member, records, base_url, self.world.clock())
        assert found
        credential = self.phone.credential(found[0].options, **how)
        return cosigning.cosign(self.world, self.member, found[0].state, credential)


@pytest.fixture(scope="module")
def stage(
    request: pytest.FixtureRequest, originals: Any, shared_copies: Copies, tmp_path_factory: Any
) -> Iterator[Cast]:
    """One cast for all tests of this module, on SQLite: each takes people of its own."""
    world, described = originals("cast", "sqlite")
    folder = tmp_path_factory.mktemp("step-up") / "world"
    copied = shared_copies.copy(world, folder)
    yield Cast(**{**described.__dict__, "world": copied})
    copied.engine.dispose()


@pytest.fixture
def somebody(stage: Cast) -> Callable[..., Person]:
    """Makes people of the producer, or of another organisation; each has a phone with a passkey."""

    def made(organisation: str = "", role: MemberRole = MemberRole.OWNER, phone: Authenticator | None = None) -> Person:
        world = stage.world
        with world.write() as connection:
            number = next(NUMBERS)
            phone = phone or Authenticator(number, origin=world.settings.base_url)
            account = create_account(connection, f"p{number}@example.vn", "Chị Lan", hashed(), "vi", world.clock())
            join(connection, account, organisation or stage.producer, role, "cli", world.notary, world.clock())
            found = find(connection, start(connection, account, "", world.clock(), how="test"), world.clock())
            key = {"public_key": phone.cose, "sign_count": 0, "name": "Chrome", "created": world.clock()}
            connection.execute(insert(passkey_table).values(id=phone.credential_id, account=account, **key))
        assert found
        return Person(stage, found[0], phone)

    return made


Somebody = Callable[..., Person]


def trail(person: Person) -> list[str]:
    with person.world.read() as connection:
        return [
            line.text() for line in search(connection, f"step-up {person.member.account}") if line.trail == "accounts"
        ]


def test_a_touch_proves_one_act_once_and_the_trail_says_how(somebody: Somebody) -> None:
    lan = somebody()
    asked = lan.asked()
    credential = lan.phone.credential(asked.options)
    assert step_up.by_passkey(lan.world, lan.member, RECALL, asked.state, credential) is None
    assert "how=passkey" in trail(lan)[0] and "act=recall" in trail(lan)[0]
    again = step_up.by_passkey(lan.world, lan.member, RECALL, asked.state, credential)
    assert again is Unproved.LATE, "what was used is used up"
    assert lan.prove(lan.asked()) is None


@pytest.mark.parametrize(
    "other",
    [
        Act("recall", RECALL.path, (("reason", "Ẩm hơn"), ("sure", "yes"))),
        Act("recall", "/portal/lots/recall/01/1/10/L2", RECALL.fields),
        Act("certificate-confirm", RECALL.path, RECALL.fields),
        Act("recall", RECALL.path, (*RECALL.fields, ("day", "2026-01-01"))),
    ],
    ids=lambda one: one.name + one.path[-2:],
)
def test_the_answer_to_one_act_fits_no_other(somebody: Somebody, other: Act) -> None:
    lan = somebody()
    assert lan.prove(lan.asked(), other) is Unproved.WRONG


def test_somebody_elses_passkey_and_somebody_elses_question_prove_nothing(somebody: Somebody) -> None:
    lan, minh = somebody(), somebody()
    asked = lan.asked()
    with_his = step_up.by_passkey(lan.world, lan.member, RECALL, asked.state, minh.phone.credential(asked.options))
    assert with_his is Unproved.WRONG
    hers = lan.asked()
    assert step_up.by_passkey(lan.world, minh.member, RECALL, hers.state, minh.phone.credential(hers.options)) is (
        Unproved.LATE
    )
    assert trail(lan) == trail(minh) == []


def test_an_old_question_and_one_of_another_kind_prove_nothing(somebody: Somebody) -> None:
    lan = somebody()
    asked = lan.asked()
    clock: Clock = lan.world.clock  # type: ignore[assignment]
    clock.tick(minutes=6)
    assert lan.prove(asked) is Unproved.LATE
    with lan.world.write_aside() as connection:
        other = tokens.make(connection, Kind.CHALLENGE, lan.world.clock(), account=lan.member.account)
    fresh = lan.asked()
    assert lan.prove(Asked(other, fresh.options)) is Unproved.LATE


@pytest.mark.parametrize(
    "wrong",
    [
        {"flags": 0x01},
        {"type": "webauthn.create"},
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"challenge": "AAAA"},
    ],
    ids=str,
)
def test_every_part_of_an_answer_is_looked_at(somebody: Somebody, wrong: dict[str, Any]) -> None:
    lan = somebody()
    assert lan.prove(lan.asked(), **wrong) is Unproved.WRONG
    assert lan.prove(lan.asked()) is None


@pytest.mark.parametrize("odd", [{}, {"rawId": 7}, {"rawId": "AAAA", "response": []}], ids=str)
def test_what_no_browser_made_proves_nothing(somebody: Somebody, odd: dict[str, Any]) -> None:
    lan = somebody()
    assert step_up.by_passkey(lan.world, lan.member, RECALL, lan.asked().state, odd) is Unproved.WRONG


def test_a_password_proves_it_too_unless_the_organisation_takes_passkeys_alone(somebody: Somebody) -> None:
    lan, staff = somebody(), somebody(role=MemberRole.STAFF)
    world = lan.world
    assert step_up.by_password(world, lan.member, RECALL, "sai rồi", NETWORK) is Unproved.WRONG
    assert step_up.by_password(world, lan.member, RECALL, PASSWORD, NETWORK) is None
    assert "password" in trail(lan)[0]
    with world.write_aside() as connection, pytest.raises(Forbidden):
        step_up.require_passkeys(connection, staff.member, world.clock(), required=True)
    with world.write_aside() as connection:
        step_up.require_passkeys(connection, lan.member, world.clock(), required=True)
    assert step_up.by_password(world, lan.member, RECALL, PASSWORD, NETWORK) is Unproved.PASSKEY_ONLY
    assert lan.prove(lan.asked()) is None
    with world.write_aside() as connection:
        step_up.require_passkeys(connection, lan.member, world.clock(), required=False)
    assert step_up.by_password(world, lan.member, RECALL, PASSWORD, NETWORK) is None
    for _ in range(8):
        step_up.by_password(world, staff.member, RECALL, "sai rồi", "192.0.2.8")
    assert step_up.by_password(world, staff.member, RECALL, PASSWORD, "192.0.2.8") is Unproved.WAIT


def test_an_owner_without_a_passkey_asks_none_of_others(stage: Cast, somebody: Somebody) -> None:
    lan = somebody()
    with stage.world.write_aside() as connection:
        passkeys.remove(connection, lan.member, lan.phone.listed, stage.world.clock())
        assert step_up.ask(connection, lan.member, RECALL, "https://id.example.vn", stage.world.clock()) is None
        with pytest.raises(RuleBroken, match="passkey of your own"):
            step_up.require_passkeys(connection, lan.member, stage.world.clock(), required=True)


def enrol(person: Person) -> str:
    """Enrol the person's phone; the enrolment's id in records."""
    world = person.world
    with world.write() as connection:
        base_url, notary = world.settings.base_url, person.member.notary(world.notary)
        cosigning.enrol(connection, person.member, person.phone.listed, base_url, notary, world.clock())
        return cosigning.enrolled(connection, person.member)[0].id


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_what_was_just_signed_is_cosigned_in_one_touch_and_the_page_and_bundle_say_so(
    somebody: Somebody, stage: Cast, algorithm: str
) -> None:
    lan = somebody(phone=Authenticator(40 + len(algorithm), algorithm, origin=stage.world.settings.base_url))
    enrol(lan)
    made = [records(stage, lan.member, f"2026-09-0{day}") for day in (1, 2)]
    lan.touch()
    verdict = stage.verdict()
    told = {one for finding in verdict.find("record-cosigned") for one in finding.data["records"]}
    assert {f"https://{stage.world.host}/records/{one}" for one in made} <= told
    assert not verdict.find("cosignature-bad")
    assert bundle_verdict(stage).find("record-cosigned")[0].data == verdict.find("record-cosigned")[0].data
    with stage.world.read() as connection:
        assert cosigning.offered(connection, lan.member, stage.world.clock()) == []


def test_what_is_not_the_answer_asked_for_is_recorded_nowhere(somebody: Somebody, stage: Cast) -> None:
    lan, minh = somebody(), somebody()
    enrol(lan)
    made = records(stage, lan.member, "2026-09-05")
    for wrong in ({"flags": 0x01}, {"origin": "https://evil.example"}, {"rp_id": "evil.example"}):
        with pytest.raises(RuleBroken):
            lan.touch(**wrong)
    with stage.world.write_aside() as connection:
        asked = cosigning.ask(connection, lan.member, (made,), stage.world.settings.base_url, stage.world.clock())
    assert asked
    good = lan.phone.credential(asked[0].options)
    with pytest.raises(RuleBroken, match="too long"):
        cosigning.cosign(stage.world, minh.member, asked[0].state, good)
    with pytest.raises(RuleBroken, match="too long"):
        cosigning.cosign(stage.world, lan.member, asked[0].state, good)
    with pytest.raises(RuleBroken):
        cosigning.cosign(stage.world, lan.member, "", {})
    clock: Clock = stage.world.clock  # type: ignore[assignment]
    with stage.world.read() as connection:
        assert len(cosigning.offered(connection, lan.member, clock())) == 1
        assert cosigning.offered(connection, minh.member, clock()) == []
    clock.tick(minutes=31)
    with stage.world.read() as connection:
        assert cosigning.offered(connection, lan.member, clock()) == [], "it is offered after signing, not for ever"


def test_a_passkey_is_enrolled_by_its_owner_once_and_withdrawn(somebody: Somebody, stage: Cast) -> None:
    lan, officer = somebody(), somebody(role=MemberRole.OFFICER)
    key = enrol(lan)
    world = stage.world
    for person, passkey, error in (
        (lan, lan.phone.listed, RuleBroken),
        (lan, officer.phone.listed, NotFound),
        (officer, officer.phone.listed, Forbidden),
    ):
        with world.write() as connection, pytest.raises(error):
            base_url = world.settings.base_url
            cosigning.enrol(connection, person.member, passkey, base_url, world.notary, world.clock())
    with world.write() as connection:
        with pytest.raises(NotFound):
            cosigning.withdraw(connection, officer.member, key, world.notary, world.clock())
        cosigning.withdraw(connection, lan.member, key, world.notary, world.clock())
        assert cosigning.enrolled(connection, lan.member) == []
    records(stage, lan.member, "2026-09-07")
    with world.write_aside() as connection:
        assert cosigning.ask(connection, lan.member, (), world.settings.base_url, world.clock()) is None
