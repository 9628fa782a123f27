"""The frame of a record, and the index of what it is about."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import CERTIFIER, HOST, LOT, OTHER_LOT, PRODUCER, PRODUCT
from tests.core.cast import SAID, SIGNER, at, harvest, label_run, lot, said, signed, uuid_of
from traceapp.core.acts import say_correction, say_hold
from traceapp.core.canonical import JsonObject, canonicalise, parse_canonical
from traceapp.core.credential import matches_keyed_hash
from traceapp.core.errors import Malformed
from traceapp.core.events import Goods, Stage
from traceapp.core.list_subjects import sprayed_subject, stage_subject, waits_subject
from traceapp.core.registers import say_certificate
from traceapp.core.statements import (
    RECORD_TYPES,
    Statement,
    details_of,
    document,
    from_terms,
    is_restricted,
    is_uuid,
    plot_subject,
    record_type,
    record_url,
    record_uuid,
    source_of,
    subjects_of,
    thing_url,
    to_terms,
)
from traceapp.core.vocabulary import SIGNED_TYPES, context_urls

ID = UUID(uuid_of(1))
SALTS = [bytes([number]) * 32 for number in range(8)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def framed(statement: Statement) -> JsonObject:
    """The unsigned record of a statement."""
    salts = SALTS[: len(statement.personal)]
    return document(
        statement, host=HOST, issuer=SIGNER.did, record_id=ID, now=SAID, nonce=bytes(range(16)), salts=salts
    )[0]


def test_a_record_has_the_frame_that_the_format_asks_for() -> None:
    made = framed(say_hold(LOT, released=False, reason="ẩm", by=PRODUCER, role="producer"))
    subject = made.pop("credentialSubject")
    assert made == {
        "@context": context_urls(HOST),
        "id": f"https://{HOST}/records/{ID}",
        "type": ["VerifiableCredential", "HoldRecord"],
        "issuer": f"did:web:{HOST}",
        "validFrom": "2026-10-10T03:00:00Z",
        "traceapp:declaredBy": {"id": PRODUCER, "traceapp:role": "producer"},
        "traceapp:nonce": base64.b64encode(bytes(range(16))).decode(),
        "traceapp:disclosure": "public",
    }
    assert subject["traceapp:lot"] == {"id": LOT}


def test_what_a_record_may_carry_besides_is_there_only_where_it_is_said() -> None:
    statement = Statement(
        "TraceEvent", {"a": 1}, PRODUCER, "producer", assisted_by=CERTIFIER, restricted=True, corrects=at(7)
    )
    made = framed(statement)
    assert made["traceapp:assistedBy"] == {"id": CERTIFIER}
    assert made["traceapp:corrects"] == {"id": at(7)}
    assert made["traceapp:disclosure"] == "restricted"
    assert made["credentialSubject"] == {"eventID": f"https://{HOST}/id/{ID}", "a": 1}
    assert "credentialStatus" not in made and "traceapp:personal" not in made


def test_a_certificate_can_be_revoked_and_suspended_from_its_first_day() -> None:
    details = {"scheme": "HACCP", "number": "1", "issued": "2026-01-01"}
    made = framed(
        say_certificate(
            thing_url(HOST, ID), PRODUCT, CERTIFIER, details, declared_by=CERTIFIER, role="certifier", status_index=5
        )
    )
    assert made["credentialStatus"] == [
        {
            "id": f"https://{HOST}/status/{purpose}/1#5",
            "type": "BitstringStatusListEntry",
            "statusPurpose": purpose,
            "statusListIndex": "5",
            "statusListCredential": f"https://{HOST}/status/{purpose}/1",
        }
        for purpose in ("revocation", "suspension")
    ]


def test_personal_values_enter_as_keyed_hashes_only() -> None:
    statement = Statement("TraceEvent", {}, PRODUCER, "producer", personal={"crew": ["TV-04"], "vehicle": "29C"})
    made, values = document(
        statement, host=HOST, issuer=SIGNER.did, record_id=ID, now=SAID, nonce=b"n" * 16, salts=SALTS[:2]
    )
    hashes = made["traceapp:personal"]
    assert set(hashes) == {"traceapp:crew", "traceapp:vehicle"}
    assert [one.field for one in values] == ["crew", "vehicle"]
    assert len({one.salt for one in values}) == 2, "no salt serves twice"
    for one in values:
        assert matches_keyed_hash(hashes[f"traceapp:{one.field}"], one.salt, one.value)
    assert b"TV-04" not in canonicalise(made) and b"29C" not in canonicalise(made)


def test_too_few_salts_lose_no_personal_value_silently() -> None:
    statement = Statement("TraceEvent", {}, PRODUCER, "producer", personal={"crew": "a", "vehicle": "b"})
    for salts in (SALTS[:1], SALTS[:3]):
        with pytest.raises(ValueError, match="zip"):
            document(statement, host=HOST, issuer="", record_id=ID, now=SAID, nonce=b"", salts=salts)


def test_ids_are_addresses_at_the_host() -> None:
    assert record_url(HOST, str(ID)) == at(1)
    assert record_uuid(at(1)) == str(ID)
    assert record_uuid(str(ID)) == str(ID)
    assert is_uuid(str(ID)) and not is_uuid(str(ID).upper().replace("0", "A")) and not is_uuid(f"{ID}\n")
    assert thing_url(HOST, ID) == f"https://{HOST}/id/{ID}"


def test_all_that_is_signed_is_a_record_but_for_the_trust_file() -> None:
    assert set(SIGNED_TYPES) - RECORD_TYPES == {"TrustList"}


@pytest.mark.parametrize(
    "types",
    [
        None,
        "TraceEvent",
        [],
        ["VerifiableCredential"],
        ["VerifiableCredential", "TraceEvent", "LotRecord"],
        ["VerifiableCredential", "Other"],
        [{}, ["TraceEvent"]],
        {"TraceEvent": 1},
        5,
    ],
)
def test_a_record_without_exactly_one_known_type_is_malformed(types: Any) -> None:
    with pytest.raises(Malformed, match="one record type"):
        record_type({"type": types})


def test_the_type_and_the_source_of_a_record_are_read_from_it() -> None:
    made = parse_canonical(signed(said(assisted_by=CERTIFIER)).body or b"")
    assert record_type(made) == "TraceEvent"
    found = source_of(made, 9)
    assert (found.record_id, found.record_time, found.leaf_index) == (at(1), SAID, 9)
    assert (found.declared_by, found.role, found.assisted_by) == (PRODUCER, "producer", CERTIFIER)
    assert source_of(parse_canonical(signed(said()).body or b""), 0).assisted_by is None


@pytest.mark.parametrize("member", ["id", "validFrom", "traceapp:declaredBy", "traceapp:assistedBy"])
@pytest.mark.parametrize("value", [5, "x", [], {"x": 1}, [1]], ids=repr)
def test_a_frame_that_lacks_its_source_is_malformed(member: str, value: Any) -> None:
    made = framed(said())
    if member == "id":
        made.pop(member)
    elif not (member == "traceapp:assistedBy" and value == []):
        made[member] = value
    else:
        made.pop("id")
    with pytest.raises(Malformed, match="frame"):
        source_of(made, 0)


def test_only_what_says_public_is_public() -> None:
    assert not is_restricted({"traceapp:disclosure": "public"})
    for told in ({}, {"traceapp:disclosure": "restricted"}, {"traceapp:disclosure": ["public"]}):
        assert is_restricted(told)


def test_a_register_is_found_by_its_own_id() -> None:
    assert subjects_of(framed(lot())) == (LOT,)


def test_a_certificate_is_found_by_its_id_and_by_what_it_is_about() -> None:
    details = {"scheme": "HACCP", "number": "1", "issued": "2026-01-01"}
    statement = say_certificate(
        thing_url(HOST, ID), PRODUCT, CERTIFIER, details, declared_by=PRODUCER, role="producer", status_index=5
    )
    assert subjects_of(framed(statement)) == (thing_url(HOST, ID), PRODUCT)


def test_an_event_is_found_by_its_lot_and_the_lots_its_goods_came_from() -> None:
    goods = (Goods("chè khô", 1, "kg", OTHER_LOT), Goods("túi", 5, "cái"), Goods("chè vụn", 1, "kg", OTHER_LOT))
    mixed = harvest(stage=Stage.MIX, inputs=goods, kde={})
    assert subjects_of(framed(said(mixed, corrects=at(3)))) == (LOT, OTHER_LOT, at(3), stage_subject(PRODUCER, "MIX"))
    assert subjects_of(framed(label_run()))[1:] == (LOT,)


def test_a_correction_is_found_by_what_it_corrects() -> None:
    event = framed(said())["credentialSubject"]
    statement = say_correction(
        event, record=at(3), by=PRODUCER, role="producer", now=SAID, corrected_by=None, restricted=False
    )
    assert subjects_of(framed(statement)) == (LOT, at(3))


@pytest.mark.parametrize("stage", [Stage.PPP, Stage.VETDRUG])
def test_a_spray_is_found_by_every_plot_it_fell_on(stage: Stage) -> None:
    kde = {"plot": "A1", "plots": ["A1", "A2"], "active": "Abamectin", "phi_days": 7, "withdrawal_days": 7}
    spray = harvest(stage=stage, kde=kde)
    plots = plot_subject(PRODUCER, "A1"), plot_subject(PRODUCER, "A2")
    day = spray.end + timedelta(7)
    keys = stage_subject(PRODUCER, stage), waits_subject(PRODUCER, day)
    found = LOT, *plots, *keys, *(sprayed_subject(PRODUCER, day, plot) for plot in ("A1", "A2"))
    assert subjects_of(framed(said(spray))) == found


@pytest.mark.parametrize("subject", [None, "x", 7, [], [{"id": "x"}]])
def test_a_record_of_no_subject_is_about_nothing(subject: object) -> None:
    assert subjects_of({"credentialSubject": subject}) == ()


def test_odd_plots_are_left_out() -> None:
    kde = {"traceapp:plot": 7, "traceapp:plots": [None, "A1", {"id": "A2"}, ""]}
    subject = {"traceapp:stage": "PPP", "traceapp:kde": kde}
    made = {"credentialSubject": subject, "traceapp:declaredBy": {"id": PRODUCER}}
    assert subjects_of(made)[:2] == (plot_subject(PRODUCER, "A1"), plot_subject(PRODUCER, ""))


def test_other_events_are_not_found_by_their_plots() -> None:
    assert subjects_of(framed(said(harvest()))) == (LOT, stage_subject(PRODUCER, "HARVEST"))


TERMS = [
    "id",
    "traceapp:lot",
    "traceapp:about",
    "traceapp:inputs",
    "traceapp:fromLot",
    "traceapp:kde",
    "traceapp:stage",
    "traceapp:plot",
    "traceapp:plots",
    "PPP",
]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(TERMS) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(TERMS), inner, max_size=6),
    max_leaves=5,
)
FRAME = ["credentialSubject", "traceapp:declaredBy", "traceapp:corrects"]


@pytest.mark.many
@given(st.dictionaries(st.sampled_from(FRAME), ODD) | st.dictionaries(st.text(max_size=5), JSON))
def test_any_json_has_subjects_or_none_but_never_an_error(made: dict[str, Any]) -> None:
    found = subjects_of(made)
    assert len(set(found)) == len(found)
    assert all(isinstance(one, str) for one in found)


@pytest.mark.many
@given(st.dictionaries(st.sampled_from(TERMS), ODD), ODD)
def test_a_spray_of_any_shape_has_subjects_but_never_an_error(kde: dict[str, Any], declared: Any) -> None:
    subject = {"traceapp:stage": "PPP", "traceapp:kde": kde, "id": "x"}
    assert subjects_of({"credentialSubject": subject, "traceapp:declaredBy": declared})[0] == "x"


NAMES = st.text("abcdefgh_0", min_size=1, max_size=5)
PLAIN = st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2), max_leaves=4
)


@pytest.mark.many
@given(st.dictionaries(NAMES, VALUES))
def test_terms_are_prefixed_at_every_depth_and_read_back(values: dict[str, Any]) -> None:
    assert from_terms(to_terms(values)) == values


def test_what_is_none_is_left_out_and_what_is_a_tuple_becomes_a_list() -> None:
    assert to_terms({"a": None, "b": ({"c": None, "d": 1},)}) == {"traceapp:b": [{"traceapp:d": 1}]}


def test_a_term_cannot_take_the_place_of_the_id() -> None:
    subject = {
        "id": "right",
        "type": "traceapp:Lot",
        "traceapp:id": "wrong",
        "traceapp:type": "wrong",
        "traceapp:lot": 1,
    }
    assert details_of({"credentialSubject": subject}) == {"id": "right", "type": "traceapp:Lot", "lot": 1}
    assert details_of({"credentialSubject": {"traceapp:day": 1}}) == {"day": 1}
