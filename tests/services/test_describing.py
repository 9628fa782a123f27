"""Organisations and facilities described anew: what stays confirmed, what does not, and what nobody may change."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from tests.services.cast import Cast
from traceapp.core.errors import InvalidEvent, NotFound, RuleBroken
from traceapp.core.identifiers import Gtin
from traceapp.db.tables import organisations, personal
from traceapp.services.accounts.claims import confirm, organisations_waiting
from traceapp.services.log.check import check_log
from traceapp.services.log.entries import Receipt
from traceapp.services.records.erasure import erase_organisation
from traceapp.services.records.index_rows import IndexRows
from traceapp.services.records.names import told_by
from traceapp.services.records.signing import read_document
from traceapp.services.registry.describing import (
    describe_facility,
    describe_organisation,
    facility_described,
    organisation_described,
)
from traceapp.services.registry.registers import register_organisation, register_product


def describe(cast: Cast, organisation: str, **changes: Any) -> Receipt | None:
    world = cast.world
    with world.write() as connection:
        keyring = world.keyring(connection)
        return describe_organisation(connection, organisation, changes, world.notary, keyring, world.clock())


def confirm_again(cast: Cast, organisation: str) -> None:
    with cast.world.write() as connection:
        confirm(connection, organisation, cast.authority, cast.world.notary, cast.world.clock())


def state_of(cast: Cast, organisation: str) -> str:
    with cast.world.read() as connection:
        query = select(organisations.c.identity_state).where(organisations.c.id == organisation)
        return str(connection.execute(query).scalar_one())


def require_index(cast: Cast) -> None:
    """Every column of the index is what the records say."""
    index, world = IndexRows(), cast.world
    with world.read() as connection:
        check_log(connection, world.host, world.keyring(connection), world.published.read(), index)
        index.require_same(connection)


def test_another_phone_is_told_and_leaves_the_identity_confirmed(cast: Cast) -> None:
    confirm_again(cast, cast.producer)
    assert describe(cast, cast.producer, phone="0900 111 222", public_contact_ok=True)
    producer = cast.facts().producer
    assert producer and producer.phone == "0900 111 222"
    assert "identity-confirmed" in cast.codes() and state_of(cast, cast.producer) == "confirmed"
    require_index(cast)


def test_another_name_waits_to_be_confirmed_anew(cast: Cast) -> None:
    confirm_again(cast, cast.producer)
    assert describe(cast, cast.producer, name="HTX Tên Mới")
    (finding,) = cast.verdict().find("identity-unconfirmed")
    assert finding.data == {"disputed": False, "changed": True}
    assert state_of(cast, cast.producer) == "unconfirmed"
    with cast.world.read() as connection:
        assert "HTX Tên Mới" in {one.name for one in organisations_waiting(connection)}
    require_index(cast)
    confirm_again(cast, cast.producer)
    assert "identity-confirmed" in cast.codes()
    require_index(cast)


def test_what_is_said_again_is_not_recorded_again(cast: Cast) -> None:
    with cast.world.read() as connection:
        present = organisation_described(
            connection, cast.producer, cast.world.host, cast.world.keyring(connection)
        ).details
    assert describe(cast, cast.producer, name=present["name"], ward=present.get("ward")) is None


def test_a_household_keeps_the_hash_of_what_it_keeps_and_all_of_it_is_erased(cast: Cast) -> None:
    world = cast.world
    with world.write() as connection:
        told = {"role": "producer", "legal_form": "Hộ kinh doanh", "name": "Hộ bà Lan", "phone": "0900 000 000"}
        household, first = register_organisation(connection, told, world.notary, world.clock())
        tea = {"name_vi": "Trà búp"}
        product, _ = register_product(connection, household, Gtin("09520000000141"), tea, world.notary, world.clock())
    confirm_again(cast, household)
    second = describe(cast, household, phone="0900 111 222")
    assert second
    with world.read() as connection:
        said = [read_document(connection, one.record_id.rpartition("/")[2]) for one in (first, second)]
    names, phones = ([one["traceapp:personal"][f"traceapp:{field}"] for one in said] for field in ("name", "phone"))
    assert names[0] == names[1] and phones[0] != phones[1]
    assert "identity-confirmed" in cast.codes(product)
    with world.write() as connection:
        assert erase_organisation(connection, household, "cli", world.clock()) == 4
        assert connection.execute(select(personal.c.value).where(personal.c.value.contains("Lan"))).all() == []
    assert "identity-confirmed" in cast.codes(product), "nothing else was said of who it is"
    assert describe(cast, household, name="Hộ ông Ba")
    assert "identity-unconfirmed" in cast.codes(product)
    require_index(cast)


def test_a_facility_moves_and_keeps_what_was_not_spoken_of(cast: Cast) -> None:
    world = cast.world
    with world.write() as connection:
        keyring, now = world.keyring(connection), world.clock()
        changes = {"ward": "Xã Mới", "latitude": 21.123, "longitude": 105.987}
        here = (21.123, 105.987)
        args = (connection, cast.place, cast.producer, changes, world.notary, keyring, now)
        assert describe_facility(*args, position=here)
        assert describe_facility(*args, position=here) is None, "the second time nothing is changed"
        told = told_by(connection, cast.place, "FacilityRecord")
        held = facility_described(connection, cast.place, world.host, keyring)
        with pytest.raises(NotFound):
            describe_facility(connection, cast.place, cast.other_producer, *args[3:], position=None)
    assert (told["ward"], told["latitude"], held.position) == ("Xã Mới", 21.12, here)
    assert told["name"], "as before"
    require_index(cast)


@pytest.mark.parametrize("changes", [{"legal_form": "Công ty"}, {"role": "authority"}, {"id": "x"}])
def test_what_makes_another_organisation_is_not_changed(cast: Cast, changes: dict[str, str]) -> None:
    with pytest.raises(InvalidEvent, match="One may change"):
        describe(cast, cast.producer, **changes)


def test_what_was_tampered_with_is_not_signed_again(cast: Cast) -> None:
    describe(cast, cast.producer, phone="0900 111 222")
    with cast.world.read() as connection:
        newest = connection.execute(
            select(organisations.c.record_id).where(organisations.c.id == cast.producer)
        ).scalar_one()
    with cast.world.engine.begin() as connection:
        connection.execute(update(personal).where(personal.c.record_id == newest).values(value='"0900 999 999"'))
    with pytest.raises(RuleBroken, match="do not verify"):
        describe(cast, cast.producer, name="HTX Khác")
