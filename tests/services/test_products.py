"""What is said anew of a product: by its producer, from what verified, everything else as it was."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from tests.services.cast import HOUSEHOLD, Cast
from traceapp.core.errors import Forbidden, InvalidEvent, NotFound, RuleBroken
from traceapp.core.facts import ProductFact
from traceapp.core.identifiers import Gtin
from traceapp.core.producer_links import outlets_in
from traceapp.core.statements import record_uuid
from traceapp.core.story import StoryField
from traceapp.db.tables import products
from traceapp.services.log.entries import Receipt
from traceapp.services.registry.products import CHANGEABLE, change_product, product_called
from traceapp.services.registry.registers import register_product

STORY = {"origin": {"vi": "Đồi 1,8 ha ở Tân Cương.", "en": "A 1.8 ha hill in Tân Cương."}, "use": {"vi": "Pha 85 °C."}}
SHOP = {"kind": "buy", "platform": "Postmart", "href": "https://postmart.example/che", "title": "Chè Đồi Mây"}


def change(cast: Cast, by: str | None = None, product: str | None = None, **changes: Any) -> Receipt:
    world = cast.world
    with world.write() as connection:
        keyring, now = world.keyring(connection), world.clock()
        return change_product(
            connection, product or cast.product, changes, by or cast.producer, world.notary, keyring, now
        )


def product(cast: Cast) -> ProductFact:
    found = cast.facts().product
    assert found is not None
    return found


def test_a_story_and_shops_are_said_and_the_rest_stays(cast: Cast) -> None:
    before = product(cast)
    receipt = change(cast, story=STORY, links=[SHOP], name_en="Đồi Mây tea")
    after = product(cast)
    assert after.story == (
        StoryField("origin", STORY["origin"]["vi"], STORY["origin"]["en"]),
        StoryField("use", "Pha 85 °C."),
    )
    assert [one.host for one in outlets_in(after.extra)] == ["postmart.example"]
    assert (after.name_vi, after.name_en, after.net_value) == (before.name_vi, "Đồi Mây tea", before.net_value)
    assert after.source.record_id == receipt.record_id != before.source.record_id
    with cast.world.read() as connection:
        stored = connection.execute(select(products.c.record_id).where(products.c.id == cast.product)).scalar()
    assert stored == record_uuid(receipt.record_id)


def test_a_second_word_replaces_the_first_and_none_takes_it_away(cast: Cast) -> None:
    change(cast, story=STORY, links=[SHOP], warning_vi="Không dùng khi hở nắp.")
    change(cast, story={"culture": {"vi": "Mời khách chén chè."}})
    assert [one.key for one in product(cast).story] == ["culture"]
    assert product(cast).warning_vi == "Không dùng khi hở nắp."
    change(cast, story=None, links=[], warning_vi=None, standards=[])
    assert (product(cast).story, dict(product(cast).extra), product(cast).warning_vi) == ((), {}, None)


def test_what_is_said_anew_verifies_and_leaves_the_page_authentic(cast: Cast) -> None:
    cast.harvest()
    change(cast, story=STORY)
    assert "record-authentic" in cast.codes()


def test_two_spellings_of_a_letter_become_one(cast: Cast) -> None:
    change(cast, story={"use": {"vi": "Pha tra\u0300"}})
    assert product(cast).story[0].vi == "Pha tr\u00e0"


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("changes", [{}, {"name_vi": "Trà khác"}, {"code": "1"}, {"story": {}, "net": "1 kg"}])
def test_what_stands_printed_on_packs_is_not_changed(cast: Cast, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent, match="Of a product one may change story, links"):
        change(cast, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"story": {"taste": {"vi": "Ngọt"}}},
        {"links": [{**SHOP, "href": "http://postmart.example/"}]},
        {"links": "https://postmart.example/"},
        {"price_vnd": "rẻ"},
        {"standards": "TCVN"},
    ],
)
def test_what_cannot_be_published_is_refused_and_nothing_is_written(cast: Cast, changes: dict[str, Any]) -> None:
    before = product(cast).source
    with pytest.raises(InvalidEvent):
        change(cast, **changes)
    assert product(cast).source == before


def test_only_the_producer_says_its_product_anew(cast: Cast) -> None:
    for somebody in (cast.other_producer, cast.authority, cast.certifier):
        with pytest.raises(Forbidden, match="Only the producer"):
            change(cast, by=somebody, story=STORY)


def test_a_product_nobody_registered_is_not_changed(cast: Cast) -> None:
    with pytest.raises(NotFound, match="no product"):
        change(cast, product="https://id.example.vn/01/09520000000998", story=STORY)


@pytest.mark.parametrize("earlier", [False, True])
def test_what_was_tampered_with_is_not_signed_again(cast: Cast, earlier: bool) -> None:
    if earlier:
        change(cast, warning_vi="Tránh ẩm.")
    uuid = record_uuid(product(cast).source.record_id)
    forge(cast, uuid, b"200 g", b"900 g")
    with pytest.raises(RuleBroken, match="do not verify: run traceapp log check"):
        change(cast, story=STORY)


def forge(cast: Cast, uuid: str, old: bytes, new: bytes) -> None:
    """Alter a stored record behind the service's back, its guards taken away."""
    with cast.world.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            for name in (
                connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            ):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        body = connection.execute(text("SELECT body FROM records WHERE record_id = :id"), {"id": uuid}).scalar_one()
        forged = bytes(body).replace(old, new)
        connection.execute(text("UPDATE records SET body = :b WHERE record_id = :id"), {"b": forged, "id": uuid})


def test_a_household_is_not_named_where_its_name_could_never_be_erased(cast: Cast) -> None:
    theirs = "https://id.example.vn/01/09520000000134"
    for told in ({"story": {"history": {"vi": "Ngày xưa, nhà bà tư  cẩn đóng thùng."}}}, {"warning_vi": HOUSEHOLD}):
        with pytest.raises(InvalidEvent, match="is a household, whose name must remain erasable"):
            change(cast, by=cast.other_producer, product=theirs, **told)
    with (
        pytest.raises(InvalidEvent, match="is a household, whose name must remain erasable"),
        cast.world.write() as connection,
    ):
        named = {"name_vi": f"Trà sen {HOUSEHOLD}", "net": "100 g"}
        register_product(
            connection, cast.other_producer, Gtin("09520000000141"), named, cast.world.notary, cast.world.clock()
        )
    assert change(cast, by=cast.other_producer, product=theirs, warning_vi="Có chứa sen.")
    assert change(cast, warning_vi="HTX Chè Đồi Mây nhắc: tránh ẩm.")


def test_a_product_is_found_by_its_code_however_it_is_spaced(cast: Cast) -> None:
    with cast.world.read() as connection:
        for text_ in ("09520000000127", "9520000000127", " 0952 0000 000127", cast.product):
            assert product_called(connection, text_) == cast.product
        with pytest.raises(NotFound, match="give its GTIN or its trace code"):
            product_called(connection, "09520000000998")


def test_everything_changeable_is_a_field_of_a_product() -> None:
    assert set(CHANGEABLE) - {"links"} <= set(ProductFact.__dataclass_fields__)
