"""`traceapp accounts` and the people of the demonstration."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.cli.conftest import Service
from traceapp.db.accounts import accounts
from traceapp.demo.accounts import PEOPLE, WORDS
from traceapp.services.accounts import invitations
from traceapp.services.accounts.people import MemberRole, create_account, join
from traceapp.services.accounts.sign_in import Refusal, sign_in
from traceapp.services.lots.acts import hold
from traceapp.services.operating.trail import search
from traceapp.services.registry.organisations import organisation_called
from traceapp.services.registry.registers import lot_called


def test_an_authority_is_made_by_the_operator_and_by_nobody_else(nothing: Service) -> None:
    nothing.said("init")
    assert nothing.said("accounts", "list") == "There are no accounts.\n"
    assert "This is no demonstration" in nothing.refused("demo", "--passphrase")
    said = nothing.said("accounts", "invite", "--role", "authority", "--name", "Chi cục Chất lượng")
    token = re.search(r"/invite/([\w-]+)", said)
    assert token
    world = nothing.world
    with world.write() as connection:
        found = invitations.find(connection, token[1], world.clock())
        assert (found.organisation_name, found.role) == ("Chi cục Chất lượng", MemberRole.OWNER)
        account = invitations.accept_as_new(
            connection, token[1], "mai@example.vn", "Bà Mai", "trâu mộng bờ ao", "vi", world.notary, world.clock()
        )
    again = nothing.run("accounts", "invite", "--role", "authority", "--name", "chi cục chất lượng", "--to", "x@y.vn")
    assert "To: x@y.vn" in again.stderr, "without a mail server the letter is written to the terminal"
    with world.read() as connection:
        other = re.search(r"/invite/([\w-]+)", again.stdout)
        assert other and invitations.find(connection, other[1], world.clock()).organisation == found.organisation
    assert nothing.said("accounts", "list") == "mai@example.vn  owner  Chi cục Chất lượng\n"
    nothing.said("accounts", "disable", "mai@example.vn")
    assert "disabled" in nothing.said("accounts", "list")
    assert sign_in(world, "mai@example.vn", "trâu mộng bờ ao", "192.0.2.1", "") is Refusal.WRONG
    nothing.said("accounts", "erase", "mai@example.vn")
    with world.read() as connection:
        row = connection.execute(select(accounts).where(accounts.c.id == account)).one()
    assert (row.name, row.password) == ("", None) and "mai" not in row.login
    assert "There is no account" in nothing.refused("accounts", "disable", "mai@example.vn")
    assert "neither a mail address nor a phone number" in nothing.refused("accounts", "disable", "mai")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_people_of_the_demonstration_sign_in_with_the_passphrase_that_was_said(service: Service) -> None:
    said = service.said("demo", "--passphrase")
    passphrase = said.partition("one passphrase for all: ")[2].splitlines()[0]
    assert len(passphrase.split()) == 5 and set(passphrase.split()) <= set(WORDS)
    world = service.world
    for one in PEOPLE[:2]:
        assert one.login in said
        assert not isinstance(sign_in(world, one.login, passphrase, "192.0.2.1", ""), Refusal)
    fresh = service.said("demo", "--passphrase")
    assert passphrase not in fresh
    assert sign_in(world, PEOPLE[0].login, passphrase, "192.0.2.1", "") is Refusal.WRONG


def test_the_operator_puts_an_account_in_doubt_and_lifts_that(service: Service) -> None:
    world = service.world
    with world.write() as connection:
        organisation = organisation_called(connection, "HTX Cam Đồi Gió (dữ liệu mẫu)")
        account = create_account(connection, "thu@example.vn", "Thu", None, "vi", world.clock())
        join(connection, account, organisation, MemberRole.STAFF, "cli", world.notary, world.clock())
        notary = replace(world.notary, account=account)
        hold(connection, lot_called(connection, "DG1115"), "Chờ kết quả", organisation, notary, world.clock())
    day = f"{world.clock():%Y-%m-%d}"
    assert "no time" in service.refused("accounts", "flag", "thu@example.vn", "--since", "hôm qua", "--reason", "x")
    assert "There is no account" in service.refused(
        "accounts", "flag", "ai@example.vn", "--since", day, "--reason", "x"
    )
    said = service.said("accounts", "flag", "thu@example.vn", "--since", f"{day}T00:00", "--reason", "Mất máy")
    doubt = said.partition(": 1 record is in doubt")[0]
    record = re.search(r"^([0-9a-f-]{36})  HoldRecord", said, re.MULTILINE)
    assert record and doubt.startswith("https://")
    assert "lifted for 1 record." in service.said("accounts", "clear", doubt, "--record", record[1])
    assert "is lifted." in service.said("accounts", "clear", doubt)
    assert "already" in service.refused("accounts", "clear", doubt)
    assert "takes passwords again" in service.said("accounts", "allow-passwords", organisation)
    with world.read() as connection:
        trail = [line.text() for line in search(connection, doubt)]
    assert [
        len([one for one in trail if act in one]) for act in ("account-doubted", "account-cleared", "  doubted")
    ] == [
        1,
        2,
        1,
    ]
