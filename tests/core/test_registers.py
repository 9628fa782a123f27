"""What is registered: it reads back as it was said, people stay out of it, and what could not be read is not signed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import AUTHORITY, CERTIFIER, HOST, LOT, PLACE, PRODUCER, PRODUCT, thing_id
from tests.core.cast import at, lot, organisation, product, signed
from traceapp.core.canonical import parse_canonical
from traceapp.core.errors import InvalidEvent
from traceapp.core.facts import CertificateState, Picture
from traceapp.core.readings import read_fact
from traceapp.core.registers import (
    ROLES,
    SCHEMES,
    is_household,
    say_certificate,
    say_certificate_state,
    say_facility,
    say_identity,
    say_lot,
    say_organisation,
    say_product,
)
from traceapp.core.statements import Statement, source_of

CERTIFICATE = thing_id("certificate")
HACCP = {"scheme": "HACCP", "number": "MAU-1", "issued": "2026-01-01", "expires": "2029-01-01"}
OCOP = {"scheme": "OCOP", "number": "QĐ 1", "issued": "2026-01-01", "stars": 4, "score": 82.5}


def read(statement: Statement) -> Any:
    """The fact that the signed record states, with its personal values at hand."""
    document = parse_canonical(signed(statement).body or b"")
    return read_fact(document, source_of(document, 1), statement.personal)


def certificate(by: str = CERTIFIER, about: str = PRODUCT, **details: Any) -> Statement:
    """A certificate of the certifier, entered by somebody."""
    told = {**HACCP, **details}
    return say_certificate(CERTIFICATE, about, CERTIFIER, told, declared_by=by, role="certifier", status_index=5)


def test_an_organisation_reads_back() -> None:
    told = {
        "legal_form": "Hợp tác xã",
        "ward_code": "05488",
        "address_old": "xóm 3, xã cũ",
        "members": 42,
        "phone": "0900 000 000",
        "public_contact_ok": True,
    }
    found = read(organisation(**told))
    assert (found.id, found.role, found.name) == (PRODUCER, "producer", "HTX Chè Đồi Mây")
    assert (found.legal_form, found.members, found.phone) == ("Hợp tác xã", 42, "0900 000 000")
    assert (found.ward, found.ward_code, found.province_code) == ("Xã Tân Cương", "05488", "19")
    assert found.address_old == "xóm 3, xã cũ"
    assert found.identity_confirmed_by is None and not found.gtin_disputed
    assert (found.source.record_id, found.source.declared_by) == (at(1), PRODUCER)


@pytest.mark.parametrize("form", ["Hộ kinh doanh", "hộ kinh doanh", " Hộ  gia đình", "HỘ SXNN", "Hô\u0323 kinh doanh"])
def test_a_household_is_hashed_however_its_form_is_spelled(form: str) -> None:
    told = {"name": "Nguyễn Thị Mẫu", "phone": "0900 123 456", "tax_code": "001234567890"}
    statement = organisation(legal_form=form, **told)
    assert statement.personal == told
    body = (signed(statement).body or b"").decode()
    assert not re.search(r"Mẫu|0900\W*123\W*456|001234567890", body)
    assert read(statement).name == "Nguyễn Thị Mẫu"


@pytest.mark.parametrize("form", [None, "Hợp tác xã", "Hội nông dân", "Doanh nghiệp tư nhân"])
def test_whoever_is_no_household_has_a_public_name_and_a_private_phone(form: str | None) -> None:
    statement = organisation(legal_form=form, phone="0900", tax_code="0101234567")
    assert statement.personal == {"phone": "0900"}
    assert statement.subject["traceapp:name"] == "HTX Chè Đồi Mây"
    assert statement.subject["traceapp:tax_code"] == "0101234567"
    assert read(statement).phone is None, "the phone is shown only where its owner allowed it"


@pytest.mark.parametrize("role", [None, "boss", "Producer", ["producer"], {}])
def test_an_organisation_has_a_role_that_there_is(role: Any) -> None:
    with pytest.raises(InvalidEvent, match="is no role"):
        say_organisation(PRODUCER, {"name": "x", "role": role}, declared_by=PRODUCER, role="producer")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_can_be_registered(role: str) -> None:
    statement = say_organisation(PRODUCER, {"name": "x", "role": role}, declared_by=PRODUCER, role=role)
    assert read(statement).role == statement.role == role


def test_an_authority_confirms_or_disputes_and_says_nothing_else() -> None:
    for state in ("confirmed", "disputed"):
        statement = say_identity(PRODUCER, state, authority=AUTHORITY, role="authority", evidence="GS1 2026/1")
        word = read(statement)
        assert (word.organisation, word.state, word.source.declared_by) == (PRODUCER, state, AUTHORITY)
        assert statement.subject["traceapp:evidence"] == "GS1 2026/1"
    with pytest.raises(InvalidEvent, match="'maybe' is no state"):
        say_identity(PRODUCER, "maybe", authority=AUTHORITY, role="authority")


def test_a_facility_stands_in_the_record_about_where_it_is_and_exactly_only_in_a_hash() -> None:
    told = {"name": "Đồi 5", "gln": "9520000900021", "latitude": 21.594321, "longitude": 105.8}
    statement = say_facility(PLACE, PRODUCER, told, role="producer", position=(21.594321, 105.812345))
    found = read(statement)
    assert (found.id, found.organisation, found.name, found.gln) == (PLACE, PRODUCER, "Đồi 5", "9520000900021")
    assert (found.latitude, found.longitude) == (21.59, 105.8)
    assert statement.personal == {"position": [21.594321, 105.812345]}
    body = signed(statement).body or b""
    assert b"21.594" not in body and b"105.812" not in body


def test_a_facility_may_have_no_position() -> None:
    statement = say_facility(PLACE, PRODUCER, {"name": "Xưởng", "latitude": 21}, role="producer", position=None)
    assert statement.personal == {} and read(statement).longitude is None and read(statement).latitude == 21


def test_a_product_reads_back() -> None:
    told = {
        "name_en": "Cloud Hill tea",
        "shelf_life_days": 730,
        "standards": ["TCVN 9740:2013"],
        "group": "trà",
        "ingredients_vi": "búp chè",
        "warning_vi": "tránh ẩm",
        "storage_vi": "nơi khô",
        "story_vi": "đồi",
        "story_en": "hill",
        "image": "abc",
        "image_is_drawing": True,
        "price_vnd": 145_000,
        "extra": {"visit": "8–17"},
    }
    found = read(product(**told))
    assert {name: getattr(found, name) for name in told} == {**told, "standards": ("TCVN 9740:2013",)}
    assert (found.id, found.organisation, found.net_value) == (PRODUCT, PRODUCER, 200)
    assert read(product()).image_is_drawing is False


def test_the_sizes_of_a_photo_read_back_the_smallest_first() -> None:
    sizes = [{"file": f"{width}.webp", "width": width, "height": width // 2} for width in (1104, 368, 736)]
    found = read(product(image="368.webp", images=sizes))
    assert found.images == tuple(Picture(f"{width}.webp", width, width // 2) for width in (368, 736, 1104))
    assert read(product()).images == ()


@pytest.mark.parametrize(
    "images",
    [
        {"file": "a.webp"},
        ["a.webp"],
        [{"file": "a.webp", "width": 368}],
        [{"file": "a.webp", "width": "368", "height": 276}],
        [{"file": 7, "width": 368, "height": 276}],
    ],
)
def test_sizes_of_another_shape_are_not_signed(images: Any) -> None:
    with pytest.raises(InvalidEvent, match="could not be read once it is signed"):
        product(images=images)


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_product_has_the_name_that_is_printed_on_it(name: str | None) -> None:
    with pytest.raises(InvalidEvent, match="name_vi"):
        product(name_vi=name)


@pytest.mark.parametrize("net", [0, -5, "200", True])
def test_a_pack_holds_something(net: Any) -> None:
    with pytest.raises(InvalidEvent, match="net_value"):
        product(net_value=net)


def test_a_lot_reads_back() -> None:
    geometry = {"A1": {"type": "Point", "coordinates": [105.812345, 21.594321]}}
    statement = lot(quantity=600.5, unit="gói", geometry=geometry)
    found = read(statement)
    assert (found.id, found.product, found.lot) == (LOT, PRODUCT, "L1")
    assert (str(found.made), str(found.expires)) == ("2026-10-09", "2028-10-09")
    assert (found.quantity, found.unit) == (600.5, "gói")
    assert statement.personal == {"geometry": geometry}
    assert b"105.81" not in (signed(statement).body or b"")
    undated = read(lot(made=None, expires=None))
    assert undated.made is None and undated.expires is None


def test_a_lot_with_a_slash_in_its_number_has_an_id_that_escapes_it() -> None:
    found = read(say_lot(f"{PRODUCT}/10/A%2F1", PRODUCT, PRODUCER, {"lot": "A/1"}, role="producer"))
    assert found.lot == "A/1"


def test_a_lot_does_not_expire_before_it_is_made() -> None:
    lot(made="2026-10-09", expires="2026-10-09")
    with pytest.raises(InvalidEvent, match="before it was made"):
        lot(made="2026-10-09", expires="2026-10-08")


@pytest.mark.parametrize("day", ["09/10/2026", "2026-13-01", "20261009", 20261009])
def test_a_lots_days_are_written_as_days(day: Any) -> None:
    for name in ("made", "expires"):
        with pytest.raises(InvalidEvent, match="yyyy-mm-dd"):
            lot(**{name: day})


def test_a_lot_of_another_product_or_number_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="is not lot"):
        lot(LOT, lot="L2")
    with pytest.raises(InvalidEvent, match="is not lot"):
        say_lot(LOT, f"{PRODUCT}9", PRODUCER, {"lot": "L1"}, role="producer")


def test_a_certificate_entered_by_its_issuer_is_confirmed_and_by_its_holder_declared() -> None:
    assert read(certificate(by=CERTIFIER)).state == CertificateState.CONFIRMED
    declared = read(certificate(by=PRODUCER))
    assert declared.state == CertificateState.DECLARED
    assert declared.source == declared.state_source


def test_a_certificate_reads_back() -> None:
    told = {
        "scope": "chế biến chè",
        "decision": "QĐ 1",
        "area_ha": 5.2,
        "expected_t": 12,
        "issuer_as_named": "Tổ chức cũ",
        "surveillance": ["2027-01-01", "2028-01-01"],
        "category": "chè",
        "members": 12,
    }
    found = read(certificate(**told))
    assert (found.id, found.subject, found.issuer) == (CERTIFICATE, PRODUCT, CERTIFIER)
    assert (found.scheme, found.number, str(found.issued), str(found.expires)) == tuple(HACCP.values())
    assert (found.scope, found.decision, found.area_ha, found.expected_t) == ("chế biến chè", "QĐ 1", 5.2, 12)
    assert (found.issuer_as_named, [str(day) for day in found.surveillance]) == ("Tổ chức cũ", told["surveillance"])
    assert found.extra == {"category": "chè", "members": 12}
    assert read(certificate(expires=None)).expires is None


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_every_scheme_can_be_declared(scheme: str) -> None:
    stars = 3 if scheme == "OCOP" else None
    found = read(certificate(scheme=scheme, stars=stars))
    assert (found.scheme, found.stars) == (scheme, stars)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scheme": "SEAL"}, "'SEAL' is no scheme"),
        ({"scheme": None}, "is no scheme"),
        ({"scheme": ["HACCP"]}, "is no scheme"),
        ({"number": ""}, "its number"),
        ({"number": None}, "its number"),
        ({"number": 5}, "number is"),
        ({"stars": 4}, "Stars go with OCOP"),
        ({**OCOP, "stars": None}, "Stars go with OCOP"),
        ({**OCOP, "stars": 6}, "Stars go with OCOP"),
        ({**OCOP, "stars": 0}, "Stars go with OCOP"),
        ({**OCOP, "stars": "4"}, "Stars go with OCOP"),
        ({**OCOP, "stars": True}, "stars is"),
        ({"issued": None}, "yyyy-mm-dd"),
        ({"issued": "20260101"}, "yyyy-mm-dd"),
        ({"issued": "2026-W01-1"}, "yyyy-mm-dd"),
        ({"expires": "01/01/2029"}, "yyyy-mm-dd"),
        ({"expires": "2026-01-01"}, "not after its issue"),
        ({"expires": "2025-12-31"}, "not after its issue"),
        ({"surveillance": ["06/2027"]}, "yyyy-mm-dd"),
        ({"surveillance": "2027-01-01"}, "no list"),
        ({"area_ha": "5,2"}, "area_ha is"),
    ],
)
def test_a_certificate_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidEvent, match=message):
        certificate(**changes)


@pytest.mark.parametrize("state", CertificateState)
def test_a_later_word_on_a_certificate_reads_back(state: CertificateState) -> None:
    statement = say_certificate_state(
        CERTIFICATE, PRODUCT, state, by=CERTIFIER, role="certifier", status_index=5, reason="quá hạn giám sát"
    )
    word = read(statement)
    assert (word.certificate, word.state, word.reason) == (CERTIFICATE, state, "quá hạn giám sát")
    assert statement.status_index == 5
    silent = say_certificate_state(CERTIFICATE, PRODUCT, state, by=CERTIFIER, role="certifier", status_index=5)
    assert read(silent).reason is None


SAYINGS: dict[str, tuple[Callable[[dict[str, Any]], Statement], list[str]]] = {
    "organisation": (
        lambda told: say_organisation(
            PRODUCER, {"name": "x", "role": "producer", **told}, declared_by=PRODUCER, role="producer"
        ),
        ["name", "role", "legal_form", "members", "phone", "ward", "id", "type"],
    ),
    "facility": (
        lambda told: say_facility(PLACE, PRODUCER, {"name": "x", **told}, role="producer", position=None),
        ["name", "gln", "latitude", "longitude", "id", "organisation", "type"],
    ),
    "product": (
        lambda told: say_product(PRODUCT, PRODUCER, {"code": "1", "name_vi": "x", **told}, role="producer"),
        ["name_vi", "code", "net_value", "standards", "extra", "image_is_drawing", "organisation", "id"],
    ),
    "lot": (
        lambda told: say_lot(LOT, PRODUCT, PRODUCER, {"lot": "L1", **told}, role="producer"),
        ["lot", "made", "expires", "quantity", "unit", "product", "id"],
    ),
    "certificate": (
        lambda told: certificate(**told),
        ["scheme", "number", "issued", "expires", "stars", "surveillance", "state", "issuer", "about", "id"],
    ),
}
NUMBERS = st.booleans() | st.integers(-5, 5) | st.floats(-5, 5)
VALUES = st.recursive(
    st.none() | NUMBERS | st.text("ab", max_size=2) | st.just("2027-01-01"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.many
@pytest.mark.parametrize("saying", SAYINGS)
@given(data=st.data())
def test_whatever_is_said_either_reads_back_or_is_refused(saying: str, data: st.DataObject) -> None:
    say, names = SAYINGS[saying]
    try:
        statement = say(data.draw(st.dictionaries(st.sampled_from(names), VALUES)))
    except InvalidEvent as reason:
        assert str(reason)
    else:
        assert read(statement).id in (PRODUCER, PLACE, PRODUCT, LOT, CERTIFICATE)


def test_no_detail_takes_the_place_of_what_the_record_is_about() -> None:
    other = {"id": f"https://{HOST}/id/other"}
    assert read(product(organisation=other, id="other", type="other")).organisation == PRODUCER
    assert read(certificate(by=PRODUCER, state="confirmed", issuer=other)).state == CertificateState.DECLARED


def test_a_households_place_is_called_after_it_so_its_name_is_personal_too():
    told = {"name": "Nhà thùng Ba Sao", "gln": "9520000900014"}
    statement = say_facility(PLACE, PRODUCER, told, role="producer", position=(10.2204, 103.962), household=True)
    assert statement.personal == {"name": "Nhà thùng Ba Sao", "position": [10.2204, 103.962]}
    assert "Ba Sao" not in str(statement.subject)


@pytest.mark.parametrize(
    ("form", "household"), [("Hộ kinh doanh", True), ("hộ gia đình", True), ("Hợp tác xã", False), (None, False)]
)
def test_a_household_is_told_by_its_legal_form(form, household):
    assert is_household(form) is household
