"""An account in doubt, from the act to the page, the bundle, the gate and back; and what erasure leaves of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select

from tests.passwords import PASSWORD
from tests.services.cast import Cast
from traceapp.core.digital_link import parse_path
from traceapp.core.errors import Conflict, Forbidden, GateRefused, InvalidEvent, NotFound, RuleBroken
from traceapp.core.offline import check_bundle
from traceapp.core.statements import record_uuid
from traceapp.core.verdict import Verdict
from traceapp.db.account_trust import account_keys, account_records
from traceapp.db.accounts import recovery_codes, sessions
from traceapp.services.accounts import doubts, people, recovery, shutting_out
from traceapp.services.accounts.passwords import make_hash
from traceapp.services.accounts.people import Member, MemberRole, create_account, erase, join
from traceapp.services.accounts.sessions import find, start
from traceapp.services.accounts.sign_in import Refusal, check_password
from traceapp.services.operating.trail import search
from traceapp.services.records.bundles import make_bundle
from traceapp.services.records.events import capture
from traceapp.services.records.signing import read_document
from traceapp.services.records.verdicts import gather, product_id
from traceapp.services.registry.registers import confirm_identity


def member_of(cast: Cast, organisation: str, login: str) -> Member:
    """Somebody who works for the organisation, signed in."""
    world = cast.world
    with world.write() as connection:
        account = create_account(connection, login, "Chị Lan", None, "vi", world.clock())
        join(connection, account, organisation, MemberRole.OWNER, "cli", world.notary, world.clock())
        found = find(connection, start(connection, account, "", world.clock(), how="test"), world.clock())
    assert found
    return found[0]


def records(cast: Cast, member: Member, day: str = "2026-10-01", **what: Any) -> str:
    """The member records an event of the lot; its UUID."""
    world = cast.world
    with world.write() as connection:
        event = cast.event("FERT", day, by=member.declared_by, **what)
        return record_uuid(capture(connection, event, member.notary(world.notary), world.clock()).record_id)


def put(cast: Cast, account: str, sayer: doubts.Sayer | None = None, *, back: int = 0) -> str:
    """The account is in doubt since `back` seconds ago."""
    world = cast.world
    with world.write() as connection:
        chosen = sayer or doubts.operator(world.host)
        since = world.clock() - timedelta(seconds=back)
        return doubts.put_in_doubt(connection, account, since, "Mất máy", chosen, world.notary, world.clock())


def count(connection: Connection, table: Any, account: str) -> int:
    return len(connection.execute(select(table).where(table.c.account == account)).all())


def bundle_verdict(cast: Cast) -> Verdict:
    """What somebody finds who has only the bundle of the lot."""
    world = cast.world
    with world.read() as connection:
        path = cast.lot.removeprefix(f"https://{world.host}")
        identity = parse_path(path).identity
        assert identity and product_id(world.host, identity)
        evidence = gather(connection, world.host, identity, world.rulebook).evidence
        made = make_bundle(connection, evidence, cast.lot, world.published.read(), world.host)
        trust = world.trust(connection)
    return check_bundle(made, world.rulebook, world.clock(), pinned=trust).verdict


def test_one_act_puts_all_of_an_account_in_doubt_and_another_clears_it_record_by_record(cast: Cast) -> None:
    cast.harvest()
    lan, minh = (member_of(cast, cast.producer, f"{name}@example.vn") for name in ("lan", "minh"))
    first, second = records(cast, lan), records(cast, lan, "2026-10-02")
    records(cast, minh, "2026-10-03")
    cast.issue(1)
    doubt = put(cast, lan.account)
    (finding,) = cast.verdict().find("account-doubtful")
    assert sorted(map(record_uuid, finding.data["records"])) == sorted([first, second])
    assert cast.verdict().headline == "account-doubtful"
    (again,) = bundle_verdict(cast).find("account-doubtful")
    assert again.data == finding.data, "whoever holds only the bundle finds the same"
    with pytest.raises(GateRefused):
        cast.issue(1)
    with cast.world.write() as connection:
        assert count(connection, sessions, lan.account) == 0 and count(connection, sessions, minh.account) == 1
        sayer = doubts.operator(cast.world.host)
        doubts.lift(connection, doubt, [first], "Đã hỏi", sayer, cast.world.notary, cast.world.clock())
        left = [
            one.record_id for one in doubts.records_in(connection, doubts.find(connection, doubt)) if not one.lifted
        ]
    assert left == [second]
    assert cast.verdict().find("account-doubtful")[0].data["count"] == 1
    with cast.world.write() as connection:
        doubts.lift(connection, doubt, [], "", sayer, cast.world.notary, cast.world.clock())
    assert "account-doubtful" not in cast.codes()
    cast.issue(1)
    with cast.world.read() as connection:
        told = [line.text() for line in search(connection, "account-")]
    assert len([line for line in told if doubt in line]) == 3


def test_what_the_account_does_later_is_marked_anew_and_not_in_doubt(cast: Cast) -> None:
    lan = member_of(cast, cast.producer, "lan@example.vn")
    first = records(cast, lan)
    put(cast, lan.account)
    later = records(cast, lan, "2026-10-02")
    (finding,) = cast.verdict().find("account-doubtful")
    assert list(map(record_uuid, finding.data["records"])) == [first]
    with cast.world.read() as connection:
        marks = {read_document(connection, one)["traceapp:account"] for one in (first, later)}
        assert len(marks) == 2 and lan.account not in str(read_document(connection, first))
        assert count(connection, account_keys, lan.account) == 2


def test_a_confirmation_counts_no_more_and_the_one_before_it_does_again(cast: Cast) -> None:
    mai, world = member_of(cast, cast.authority, "mai@example.vn"), cast.world
    before = confirmed_at(cast)
    world.clock.now += timedelta(hours=1)  # type: ignore[attr-defined]
    with world.write() as connection:
        confirm_identity(connection, cast.producer, cast.authority, mai.notary(world.notary), world.clock())
    assert confirmed_at(cast) == before + timedelta(hours=1)
    put(cast, mai.account)
    assert confirmed_at(cast) == before and "account-doubtful" in cast.codes()
    cast.issue(1)


def confirmed_at(cast: Cast) -> datetime:
    """Since when somebody says who the producer is."""
    producer = cast.facts().producer
    assert producer and producer.identity_confirmed_at
    return producer.identity_confirmed_at


def test_an_owner_speaks_of_its_own_people_and_its_own_records(cast: Cast) -> None:
    lan, other = (
        member_of(cast, cast.producer, "lan@example.vn"),
        member_of(cast, cast.other_producer, "khac@example.vn"),
    )
    records(cast, lan)
    with cast.world.read() as connection:
        own, foreign, authority = (
            doubts.organisation(connection, one) for one in (cast.producer, cast.other_producer, cast.authority)
        )
    with pytest.raises(NotFound):
        put(cast, lan.account, foreign)
    with pytest.raises(RuleBroken, match="disable"):
        put(cast, other.account, foreign)
    with pytest.raises(InvalidEvent):
        put(cast, lan.account, own, back=-60)
    doubt = put(cast, lan.account, own)
    with cast.world.write() as connection:
        for wrong, sayer, named in (
            (Forbidden, foreign, ()),
            (RuleBroken, own, ("01a20198-0000-7000-8000-000000000000",)),
        ):
            with pytest.raises(wrong):
                doubts.lift(connection, doubt, named, "", sayer, cast.world.notary, cast.world.clock())
        assert [one.id for one in doubts.said_by(connection, authority)] == [doubt]
        assert not doubts.said_by(connection, foreign)
        doubts.lift(connection, doubt, [], "", authority, cast.world.notary, cast.world.clock())
        with pytest.raises(RuleBroken, match="already"):
            doubts.lift(connection, doubt, [], "", own, cast.world.notary, cast.world.clock())
    assert "account-doubtful" not in cast.codes()


def test_an_authority_finds_the_account_by_a_record_and_erasure_leaves_marks_that_mean_nothing(cast: Cast) -> None:
    lan = member_of(cast, cast.producer, "lan@example.vn")
    made, world = records(cast, lan), cast.world
    with world.write() as connection:
        assert doubts.account_of(connection, f"https://{world.host}/records/{made}") == lan.account
        with pytest.raises(NotFound):
            doubts.account_of(connection, cast.household_record)
        erase(connection, "lan@example.vn", "cli", world.clock())
        assert count(connection, account_keys, lan.account) == count(connection, account_records, lan.account) == 0
    assert cast.verdict().find("record-authentic")


def test_who_got_in_gets_in_no_more_by_the_password_or_by_codes_made_there(cast: Cast) -> None:
    world, lan = cast.world, member_of(cast, cast.producer, "lan@example.vn")
    records(cast, lan)
    with world.write() as connection:
        recovery.new_codes(connection, lan.account, world.clock())
        people.set_hash(connection, "lan@example.vn", make_hash(PASSWORD), world.clock())
        told = (world.clock() - timedelta(seconds=60), "Mất máy", doubts.operator(world.host), world.notary)
        doubts.put_in_doubt(connection, lan.account, *told, world.clock(), drop_password=True)
        assert recovery.codes_left(connection, lan.account) == 0
        assert recovery.begin_reset(connection, "lan@example.vn", world.clock()), "a letter leads in again"
    assert check_password(world, "lan@example.vn", PASSWORD, "198.51.100.7") is Refusal.WRONG


def test_an_account_that_nothing_else_opens_keeps_its_password_and_codes_of_before_stay(cast: Cast) -> None:
    world, ba = cast.world, member_of(cast, cast.producer, "0900000001")
    with world.write() as connection:
        recovery.new_codes(connection, ba.account, world.clock() - timedelta(days=3))
    records(cast, ba)
    put(cast, ba.account, back=60)
    with world.write() as connection:
        assert recovery.codes_left(connection, ba.account) == recovery.CODES
        shutting_out.take_password(connection, ba.account, "cli", world.clock())
        connection.execute(delete(recovery_codes))
        with pytest.raises(Conflict, match="nobody gets into"):
            shutting_out.take_password(connection, ba.account, "cli", world.clock())
