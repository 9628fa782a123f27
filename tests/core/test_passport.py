"""The passport's seven items: what is there, what is missing, and what is not asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.builders import certificate, event, facts, facts_of_demo, identity, organisation, product
from tests.builders import lot as a_lot
from traceapp.core.digital_link import Identity
from traceapp.core.facts import Facts
from traceapp.core.identifiers import Lot, TraceCode
from traceapp.core.passport import last_processing, passport
from traceapp.core.story import StoryField

PLACED = facts_of_demo("DM2610B")
FULL = product(warning_vi="Có chứa cá.", story=(StoryField("origin", "Tân Cương"),))


def missing(known: Facts) -> dict[str, tuple[str, ...]]:
    return {item.key: item.missing for item in passport(known) if item.missing}


def whole(**fields: Any) -> Facts:
    return facts(event("PACK", "2026-10-09"), **{"product": FULL, "certificates": (certificate(),), **fields})


def test_a_whole_passport_lacks_nothing() -> None:
    assert missing(whole()) == {}
    assert [item.key for item in passport(whole())] == [
        "identity", "producer", "origin", "trace", "certificates", "dates", "warnings",
    ]  # fmt: skip


def test_a_tea_that_says_no_warning_lacks_just_that() -> None:
    assert missing(PLACED) == {"warnings": ("warning",)}


@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        ({"product": product(name_vi="", warning_vi="x", story=FULL.story)}, {"identity": ("product-name",)}),
        ({"identity": Identity(TraceCode("T0000000000AC"), lot=Lot("L1"))}, {"identity": ("gtin",)}),
        ({"producer": organisation(name=None)}, {"producer": ("producer-name",)}),
        ({"producer": organisation(ward=None, province_code=None)}, {"producer": ("producer-address",)}),
        ({"producer": None}, {"producer": ("producer-name", "producer-address", "producer-id")}),
        ({"product": product(warning_vi="x")}, {"origin": ("origin",)}),
        ({"certificates": ()}, {"certificates": ("certificate",)}),
        ({"lot": a_lot(made=None)}, {"dates": ("made",)}),
        ({"product": product(warning_vi="x", story=FULL.story, shelf_life_days=720)}, {"dates": ("expires",)}),
        ({"product": product(story=FULL.story)}, {"warnings": ("warning",)}),
    ],
)
def test_each_part_can_be_missing(fields: dict[str, Any], lacks: dict[str, tuple[str, ...]]) -> None:
    assert missing(whole(**fields)) == lacks


def test_a_lot_without_a_journey_lacks_its_stages() -> None:
    assert missing(facts(product=FULL, certificates=(certificate(),))) == {"trace": ("stages",)}


def test_what_keeps_for_ever_needs_no_expiry_date_but_may_have_one() -> None:
    dates = {item.key: item.parts for item in passport(whole())}["dates"]
    assert dates == ("made",)
    ends = {item.key: item.parts for item in passport(whole(lot=a_lot(expires=date(2028, 1, 1))))}["dates"]
    assert ends == ("made", "expires")


def test_a_product_without_a_lot_is_not_asked_for_a_lots_data() -> None:
    known = facts(identity=identity("product"), lot=None, product=FULL, certificates=(certificate(),))
    assert [item.key for item in passport(known)] == ["identity", "producer", "origin", "certificates", "warnings"]
    assert missing(known) == {}


def test_goods_come_from_where_they_were_processed_last() -> None:
    found = last_processing(PLACED)
    assert found is not None
    assert (str(found.stage), found.event.place in PLACED.facilities) == ("PACK", True)
    assert last_processing(facts(event("PACK", "2026-10-09", place=None))) is None


def test_an_unknown_product_has_no_passport() -> None:
    assert passport(facts(product=None)) == ()
