"""From signed documents to facts: what is erased is only said to have been there, what is misshapen states nothing."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from tests.authenticator import Authenticator
from tests.cast import AUTHORITY, CERTIFIER, LOT, OTHER_LOT, PLACE, PRODUCER, PRODUCT, thing_id
from tests.core.cast import SAID, at, harvest, label_run, lot, organisation, product, said, signed
from tests.core.test_events import CHECK, happened
from traceapp.core.account_doubts import say_doubt, say_lift
from traceapp.core.acts import say_correction, say_hold, say_inspection, say_label_void, say_recall
from traceapp.core.canonical import JsonObject, parse_canonical
from traceapp.core.cosigning import say_cosignature, say_passkey, say_passkey_withdrawn
from traceapp.core.errors import InvalidEvent, Malformed
from traceapp.core.events import Goods, Stage
from traceapp.core.facts import CertificateState
from traceapp.core.readings import ERASED_VALUE, read_fact, require_readable
from traceapp.core.registers import say_certificate, say_certificate_state, say_facility, say_identity
from traceapp.core.statements import Statement, source_of

DAY = date(2026, 11, 1)
CERTIFICATE = thing_id("certificate")
OCOP = {"scheme": "OCOP", "number": "1", "issued": "2026-01-01", "stars": 4, "surveillance": ["2027-01-01"]}
BY = {"by": PRODUCER, "role": "producer"}
STATEMENTS: dict[str, Statement] = {
    "event": said(
        happened(Stage.CCP, place=PLACE, inputs=(Goods("chè", 1, "kg", OTHER_LOT),), outputs=(Goods("chè", 1, "kg"),))
    ),
    "spray": said(happened(Stage.PPP)),
    "correction": say_correction(
        {}, record=at(3), now=SAID, corrected_by=None, restricted=False, by=PRODUCER, role="producer"
    ),
    "organisation": organisation(),
    "identity": say_identity(PRODUCER, "confirmed", authority=AUTHORITY, role="authority"),
    "facility": say_facility(PLACE, PRODUCER, {"name": "Đồi 5", "latitude": 21.5}, role="producer", position=None),
    "product": product(standards=["TCVN"], extra={"a": 1}),
    "lot": lot(),
    "certificate": say_certificate(
        CERTIFICATE, PRODUCT, CERTIFIER, OCOP, declared_by=CERTIFIER, role="certifier", status_index=5
    ),
    "certificate state": say_certificate_state(
        CERTIFICATE, PRODUCT, CertificateState.REVOKED, by=CERTIFIER, role="certifier", status_index=5, reason="x"
    ),
    "label run": label_run(),
    "label void": say_label_void(LOT, first=1, last=2, reason="in mờ", **BY),
    "hold": say_hold(LOT, released=False, reason="ẩm", **BY),
    "recall": say_recall(lot=LOT, day=DAY, reason_vi="ẩm", **BY),
    "inspection": say_inspection(lot=LOT, day=DAY, result="pass", note="khô", **BY),
    "doubt": say_doubt(
        thing_id("doubt"), since=SAID, keys=[bytes(32)], organisations=[PRODUCER], reason="mất máy", **BY
    ),
    "lift": say_lift(thing_id("doubt"), records=[at(6)], organisations=[PRODUCER], reason="đã xem", **BY),
    "passkey": say_passkey(thing_id("passkey"), Authenticator().key, **BY),
    "passkey withdrawn": say_passkey_withdrawn(thing_id("passkey"), **BY),
    "cosignature": say_cosignature(
        thing_id("passkey"), [(at(6), bytes(32))], Authenticator().answer(bytes(32)), about=[LOT], **BY
    ),
}


def document_of(statement: Statement) -> JsonObject:
    """The signed document of a statement."""
    return parse_canonical(signed(statement).body or b"")


def read(document: JsonObject, **personal: Any) -> Any:
    """The fact it states."""
    return read_fact(document, source_of(document, 1), personal)


def changed(kind: str, change: Callable[[JsonObject], object]) -> JsonObject:
    """The document of a kind with its subject changed."""
    document = deepcopy(document_of(STATEMENTS[kind]))
    change(document["credentialSubject"])
    return document


@pytest.mark.parametrize("kind", STATEMENTS)
def test_every_kind_of_record_states_one_fact_that_names_its_source(kind: str) -> None:
    fact = read(document_of(STATEMENTS[kind]))
    assert fact.source.record_id == at(1)
    assert fact.source.declared_by == STATEMENTS[kind].declared_by


@pytest.mark.parametrize("kind", ["KeyRecord", "CosignatureRecord"])
def test_records_of_keys_and_cosignatures_state_nothing_here(kind: str) -> None:
    assert read(document_of(Statement(kind, {"id": "x"}, PRODUCER, "root"))) is None


def test_a_subject_of_a_kind_to_come_states_nothing_here() -> None:
    for kind in ("organisation", "certificate"):
        assert read(changed(kind, lambda subject: subject.update(type="traceapp:Later"))) is None


LISTED = [
    (kind, term)
    for kind, statement in STATEMENTS.items()
    for term in document_of(statement)["credentialSubject"]
    if term.startswith("traceapp:") or term == "id"
]
OPTIONAL = {
    ("event", "traceapp:inputs"),
    ("event", "traceapp:outputs"),
    ("product", "traceapp:extra"),
    ("product", "traceapp:standards"),
    ("product", "traceapp:net"),
    ("product", "traceapp:net_value"),
    ("product", "traceapp:net_unit"),
    ("organisation", "traceapp:ward"),
    ("organisation", "traceapp:name"),
    ("organisation", "traceapp:province_code"),
    ("facility", "traceapp:latitude"),
    ("lot", "traceapp:made"),
    ("lot", "traceapp:expires"),
    ("certificate", "traceapp:stars"),
    ("certificate", "traceapp:surveillance"),
    ("certificate state", "traceapp:about"),
    ("certificate state", "traceapp:reason"),
    ("inspection", "traceapp:note"),
    ("doubt", "traceapp:reason"),
    ("lift", "traceapp:reason"),
    ("lift", "traceapp:records"),
    ("lift", "traceapp:about"),
    ("cosignature", "traceapp:about"),
}


@pytest.mark.parametrize(("kind", "term"), LISTED)
def test_a_record_without_something_it_needs_is_malformed(kind: str, term: str) -> None:
    document = changed(kind, lambda subject: subject.pop(term))
    if (kind, term) in OPTIONAL:
        assert read(document).source
    else:
        with pytest.raises(Malformed, match="breaks its own shape"):
            read(document)


FREE = {
    ("certificate state", "traceapp:about"),
    ("organisation", "traceapp:name"),
    ("lift", "traceapp:reason"),
    ("lift", "traceapp:about"),
    ("cosignature", "traceapp:about"),
}


@pytest.mark.parametrize(("kind", "term"), LISTED)
def test_a_record_with_something_of_another_type_is_malformed(kind: str, term: str) -> None:
    if (kind, term) in FREE:
        return
    for wrong in (["x", None], [[]], {"x": {}}):
        document = changed(kind, lambda subject, value=wrong: subject.update({term: value}))
        if (kind, term, wrong) == ("product", "traceapp:extra", {"x": {}}):
            continue
        with pytest.raises(Malformed, match="breaks its own shape"):
            read(document)


@pytest.mark.parametrize(
    ("kind", "term", "value"),
    [
        ("event", "traceapp:stage", "SING"),
        ("event", "traceapp:start", "2027-01-01"),
        ("event", "traceapp:start", "0001-01-01"),
        ("event", "bizLocation", {"id": 5}),
        ("event", "bizLocation", "x"),
        ("event", "traceapp:outputs", [{"traceapp:goods": "x", "traceapp:quantity": 0, "traceapp:unit": "kg"}]),
        ("event", "traceapp:outputs", [{"traceapp:goods": "x", "traceapp:quantity": True, "traceapp:unit": "kg"}]),
        ("event", "traceapp:outputs", "goods"),
        (
            "event",
            "traceapp:kde",
            {"traceapp:ccp": "1", "traceapp:checks": [{"traceapp:what": 5, "traceapp:value": 1}]},
        ),
        ("spray", "traceapp:kde", {"traceapp:active": "x", "traceapp:plot": "A1", "traceapp:phi_days": "7"}),
        ("identity", "traceapp:state", "unknown"),
        ("product", "traceapp:net_value", 0),
        ("product", "traceapp:image_is_drawing", 1),
        ("product", "traceapp:standards", "TCVN"),
        ("lot", "id", OTHER_LOT),
        ("lot", "traceapp:made", "yesterday"),
        ("lot", "traceapp:quantity", True),
        ("certificate", "traceapp:stars", 6),
        ("certificate", "traceapp:stars", 1_000_000_000),
        ("certificate", "traceapp:state", "maybe"),
        ("hold", "traceapp:action", "release it"),
        ("certificate state", "traceapp:state", "lost"),
        ("label run", "traceapp:count", 0),
        ("label run", "traceapp:signed", "yes"),
        ("label void", "traceapp:first", 3),
        ("recall", "traceapp:day", "9999-12-31"),
    ],
)
def test_a_record_with_an_impossible_value_is_malformed(kind: str, term: str, value: Any) -> None:
    document = changed(kind, lambda subject: subject.update({term: value}))
    with pytest.raises(Malformed, match=at(1)):
        read(document)


@pytest.mark.parametrize("subject", [None, "text", 5, [], [{}]])
def test_a_record_without_a_subject_is_malformed(subject: Any) -> None:
    document = document_of(STATEMENTS["lot"]) | {"credentialSubject": subject}
    with pytest.raises(Malformed, match="breaks its own shape"):
        read(document)


def test_an_erased_value_is_only_said_to_have_been_there() -> None:
    document = document_of(said(harvest(kde={"plot": "A1", "crew": ["TV-04"], "operator": "TV-11"})))
    kept = read(document, crew=["TV-04"], operator=ERASED_VALUE)
    assert kept.event.kde == {"plot": "A1", "crew": ["TV-04"], "operator": True}


def test_a_household_whose_name_was_erased_has_none() -> None:
    document = document_of(organisation(legal_form="Hộ kinh doanh", name="Nguyễn Thị Mẫu"))
    assert read(document, name="Nguyễn Thị Mẫu").name == "Nguyễn Thị Mẫu"
    assert read(document, name=ERASED_VALUE).name is None


def test_a_phone_is_shown_only_with_consent_and_while_it_is_kept() -> None:
    document = document_of(organisation(phone="0900", public_contact_ok=True))
    assert read(document, phone="0900").phone == "0900"
    assert read(document, phone=ERASED_VALUE).phone is None
    assert read(document_of(organisation(phone="0900")), phone="0900").phone is None


def test_a_certificate_is_confirmed_only_by_whom_it_names() -> None:
    document = changed("certificate", lambda subject: subject.update({"traceapp:issuer": {"id": AUTHORITY}}))
    assert read(document).state == CertificateState.DECLARED
    document = changed("certificate", lambda subject: subject.update({"traceapp:state": "declared"}))
    assert read(document).state == CertificateState.DECLARED


def test_what_could_not_be_read_is_not_said() -> None:
    assert require_readable(STATEMENTS["lot"]) is STATEMENTS["lot"]
    with pytest.raises(InvalidEvent, match="This LotRecord could not be read once it is signed: 'lot'"):
        require_readable(Statement("LotRecord", {"id": LOT, "traceapp:product": {"id": PRODUCT}}, PRODUCER, "producer"))
    with pytest.raises(Malformed, match="one record type"):
        require_readable(Statement("Letter", {}, PRODUCER, "producer"))


def test_a_check_reads_back_with_its_limits() -> None:
    document = document_of(said(happened(Stage.CCP, kde={"ccp": "CCP1", "checks": [CHECK]})))
    assert read(document).event.kde["checks"] == [{name: value for name, value in CHECK.items() if value is not None}]


def test_a_households_place_has_its_name_until_that_is_erased() -> None:
    told = {"name": "Xưởng Ba Sao"}
    statement = say_facility(PLACE, PRODUCER, told, role="producer", position=None, household=True)
    document = document_of(statement)
    assert read(document, name="Xưởng Ba Sao").name == "Xưởng Ba Sao"
    assert read(document, name=ERASED_VALUE).name == ""
