"""Who registers what, who confirms whom, and that nothing is registered twice."""

from __future__ import annotations

import unicodedata

import pytest
from sqlalchemy import select

from tests.check_log import heads
from tests.services.cast import Cast, look
from traceapp.core.errors import Conflict, Forbidden, InvalidEvent, InvalidIdentifier, NotFound
from traceapp.core.identifiers import Gln, Gtin, Lot
from traceapp.db.tables import personal
from traceapp.services.records.signing import read_document
from traceapp.services.registry import registers
from traceapp.services.registry.registers import (
    confirm_identity,
    lot_called,
    owner_of_lot,
    register_facility,
    register_lot,
    register_organisation,
    register_product,
)


def confirm(cast: Cast, organisation: str, authority: str, state: str = "confirmed") -> None:
    with cast.world.write() as connection:
        confirm_identity(connection, organisation, authority, cast.world.notary, cast.world.clock(), state=state)


def test_an_organisation_is_unconfirmed_until_an_authority_speaks(cast: Cast) -> None:
    with cast.world.write() as connection:
        now, notary = cast.world.clock(), cast.world.notary
        organisation, _ = register_organisation(connection, {"role": "producer", "name": "HTX Mới"}, notary, now)
        product, _ = register_product(connection, organisation, Gtin("09520000000141"), {"name_vi": "Mật"}, notary, now)
    assert "identity-unconfirmed" in cast.codes(product)
    confirm(cast, organisation, cast.authority)
    assert "identity-confirmed" in cast.codes(product)


def test_only_an_authority_confirms_who_somebody_is(cast: Cast) -> None:
    for somebody in (cast.producer, cast.other_producer, cast.certifier, cast.laboratory, cast.council, cast.inspector):
        with pytest.raises(Forbidden, match="Only an authority"):
            confirm(cast, cast.producer, somebody)


def test_an_authority_nobody_registered_confirms_nobody(cast: Cast) -> None:
    with pytest.raises(NotFound, match="no organisation"):
        confirm(cast, cast.producer, "https://id.example.vn/id/nobody")
    with pytest.raises(NotFound, match="no organisation"):
        confirm(cast, "https://id.example.vn/id/nobody", cast.authority)


def test_a_disputed_gtin_shows_and_is_settled_by_a_new_confirmation(cast: Cast) -> None:
    confirm(cast, cast.producer, cast.authority, "disputed")
    (finding,) = cast.verdict().find("identity-unconfirmed")
    assert finding.data["disputed"]
    confirm(cast, cast.producer, cast.authority)
    assert "identity-confirmed" in cast.codes()


def test_an_odd_state_of_an_identity_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidEvent, match="no state of an identity"):
        confirm(cast, cast.producer, cast.authority, "perhaps")


def test_an_unknown_role_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidEvent, match="no role"), cast.world.write() as connection:
        register_organisation(connection, {"role": "king", "name": "X"}, cast.world.notary, cast.world.clock())


def test_an_organisation_is_registered_once(cast: Cast) -> None:
    details = {"role": "producer", "name": "Ai đó"}
    with pytest.raises(Conflict, match="registered already"), cast.world.write() as connection:
        register_organisation(connection, details, cast.world.notary, cast.world.clock(), organisation=cast.producer)


def test_a_product_code_belongs_to_who_came_first(cast: Cast) -> None:
    before = heads(cast.world)
    with pytest.raises(Conflict, match="09520000000127 is registered already"), cast.world.write() as connection:
        register_product(
            connection,
            cast.other_producer,
            Gtin("09520000000127"),
            {"name_vi": "Của tôi"},
            cast.world.notary,
            cast.world.clock(),
        )
    assert heads(cast.world) == before


def test_a_lot_is_registered_once_for_each_product(cast: Cast) -> None:
    with pytest.raises(Conflict, match="L1 of this product is registered already"), cast.world.write() as connection:
        register_lot(connection, cast.product, Lot("L1"), {}, cast.world.notary, cast.world.clock())
    other_product = cast.other_lot.rpartition("/10/")[0]
    with cast.world.write() as connection:
        register_lot(connection, other_product, Lot("L1"), {}, cast.world.notary, cast.world.clock())
    with cast.world.read() as connection, pytest.raises(Conflict, match="Several products have a lot 'L1'"):
        lot_called(connection, "L1")


def test_a_facility_is_registered_once(cast: Cast) -> None:
    with pytest.raises(Conflict, match="registered already"), cast.world.write() as connection:
        details = {"name": "Nơi khác", "gln": "9520000900021"}
        register_facility(connection, cast.other_producer, details, cast.world.notary, cast.world.clock())


def test_a_lot_of_no_product_and_a_product_of_nobody_are_refused(cast: Cast) -> None:
    now, notary = cast.world.clock(), cast.world.notary
    with pytest.raises(NotFound, match="no product"), cast.world.write() as connection:
        register_lot(connection, "https://id.example.vn/01/none", Lot("Z"), {}, notary, now)
    with pytest.raises(NotFound, match="no organisation"), cast.world.write() as connection:
        register_product(connection, "nobody", Gtin("09520000000141"), {"name_vi": "Mật"}, notary, now)
    with pytest.raises(NotFound, match="no organisation"), cast.world.write() as connection:
        register_facility(connection, "nobody", {"name": "X"}, notary, now)


def test_wrong_identifiers_are_never_registered() -> None:
    for wrong in (lambda: Gtin("09520000000128"), lambda: Gln("9520000900022"), lambda: Lot("a b"), lambda: Lot("")):
        with pytest.raises(InvalidIdentifier):
            wrong()


def test_a_lot_that_expires_before_it_was_made_is_refused(cast: Cast) -> None:
    details = {"made": "2026-10-09", "expires": "2026-10-08"}
    with pytest.raises(InvalidEvent, match="before it was made"), cast.world.write() as connection:
        register_lot(connection, cast.product, Lot("L9"), details, cast.world.notary, cast.world.clock())


def test_a_lot_number_with_odd_characters_keeps_one_id(cast: Cast) -> None:
    with cast.world.write() as connection:
        lot, _ = register_lot(connection, cast.product, Lot("A/1+B%"), {}, cast.world.notary, cast.world.clock())
    assert lot.endswith("/10/A%2F1%2BB%25")
    assert look(cast.world, lot)[0].lot is not None
    with cast.world.read() as connection:
        assert lot_called(connection, "A/1+B%") == lot == lot_called(connection, lot)
        assert owner_of_lot(connection, lot) == (cast.product, cast.producer)


def test_text_is_kept_in_one_spelling(cast: Cast) -> None:
    decomposed = unicodedata.normalize("NFD", "Trà Đồi Mây")
    with cast.world.write() as connection:
        now, notary = cast.world.clock(), cast.world.notary
        product, receipt = register_product(
            connection, cast.producer, Gtin("09520000000141"), {"name_vi": decomposed}, notary, now
        )
        document = read_document(connection, receipt.record_id.rpartition("/")[2])
    assert document["credentialSubject"]["traceapp:name_vi"] == "Trà Đồi Mây"
    assert product.endswith("/01/09520000000141")


def test_personal_data_stay_outside_the_record(cast: Cast) -> None:
    """A household's name, a phone, an exact position: keyed hashes in the record, values in a table of their own."""
    with cast.world.read() as connection:
        document = read_document(connection, cast.household_record.rpartition("/")[2])
        held = connection.execute(select(personal.c.field, personal.c.value)).all()
    assert set(document["traceapp:personal"]) == {"traceapp:name"}
    assert "Bà Tư" not in str(document)
    assert {field for field, _ in held} == {"name", "phone", "position"}


def test_every_registering_function_says_who_is_missing(cast: Cast) -> None:
    with cast.world.read() as connection:
        for unknown in (registers.role_of, registers.producer_of, registers.owner_of_lot, registers.lot_called):
            with pytest.raises(NotFound):
                unknown(connection, "https://id.example.vn/nothing")


def test_details_cannot_speak_in_anothers_name(cast: Cast) -> None:
    """What a form sends beside its own fields must not replace who owns what."""
    now, notary = cast.world.clock(), cast.world.notary
    forged = {"organisation": {"id": cast.other_producer}, "id": "x", "type": "x", "code": "x", "name_vi": "Mật"}
    with cast.world.write() as connection:
        product, _ = register_product(connection, cast.producer, Gtin("09520000000141"), forged, notary, now)
        lot, _ = register_lot(
            connection, product, Lot("L1"), {"product": {"id": cast.product}, "lot": "X"}, notary, now
        )
    facts, verdict = look(cast.world, lot)
    assert facts.product is not None
    assert (facts.product.organisation, facts.product.code) == (cast.producer, "09520000000141")
    assert facts.lot is not None
    assert (facts.lot.product, facts.lot.lot) == (product, "L1")
    assert verdict.headline == "record-authentic"


UNREADABLE = [
    {"made": "yesterday"},
    {"expires": "2026-13-45"},
    {"quantity": "many"},
    {"quantity": float("nan")},
    {"unit": 5},
    {"made": 20261009},
]


def test_what_no_page_could_read_is_never_signed(cast: Cast) -> None:
    """A record that breaks its own shape would show as tampered for ever."""
    before = heads(cast.world)
    for wrong in UNREADABLE:
        with pytest.raises(InvalidEvent), cast.world.write() as connection:
            register_lot(connection, cast.product, Lot("L9"), wrong, cast.world.notary, cast.world.clock())
    assert heads(cast.world) == before
