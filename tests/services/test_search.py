"""What is registered can be found, by whoever types it with or without marks; what is erased cannot."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect
from sqlalchemy import text as sql

from tests.services.cast import HOUSEHOLD, Cast
from traceapp.core.facts import CertificateState
from traceapp.core.folding import fold
from traceapp.core.identifiers import Gtin, Lot, check_digit
from traceapp.db import driver, migrate, search_query
from traceapp.db.search import WEIGHTS
from traceapp.demo.load import demo_data
from traceapp.services.certificates.statements import declare_certificate, set_certificate_state
from traceapp.services.records.erasure import erase, erase_organisation
from traceapp.services.registry.products import change_product
from traceapp.services.registry.registers import register_lot, register_organisation, register_product
from traceapp.services.search.queries import A_PAGE, FARTHEST, Asked, facets, rebuild, search, words_alone
from traceapp.services.world import World

TEA, LOTUS = "09520000000127", "09520000000134"
CODES = {one["id"]: one["gtin"] for one in demo_data()["products"]}
ODD = (
    '"', "'", "*", "ca*", "NEAR(ca phe)", "ca NEAR phe", "name : ca", "{name} : ca", "ca OR", "AND", "NOT ca", "^ca",
    "-ca", "ca & phe", "ca | !phe", "ca:*", "<->", "\\", "\x00", "ca\x00phe", "%", "_", "?", "%s", "🍯", "★", "()",
    "((((", "a" * 10_000, "a " * 5_000, "'" * 500, "\ud800", "ca\u200bphe", "1" * 300, "{}", "rowid", "search_index",
    "؛", "中文", "ﬁ", "\u0301",
)  # fmt: skip


def found(world: World, text: str, **narrowed: str) -> list[str]:
    with world.read() as connection:
        asked = Asked.of(text, narrowed.get("stars", ""), narrowed.get("province", ""))
        return [str(one.product) for one in search(connection, asked, world.clock()).products]


def total(world: World, text: str) -> int:
    with world.read() as connection:
        return search(connection, Asked(text), world.clock()).total


def add(cast: Cast, name: str, serial: int, *, owner: str | None = None, **details: Any) -> str:
    """A product of the producer, by its id."""
    with cast.world.write() as connection:
        described = {"name_vi": name, **details}
        maker = owner or cast.producer
        return register_product(connection, maker, gtin(serial), described, cast.world.notary, cast.world.clock())[0]


def gtin(serial: int) -> Gtin:
    """A GTIN of the range for tests."""
    digits = f"0952{serial:09}"
    return Gtin(digits + check_digit(digits))


def code_of(product: str) -> str:
    return product.rpartition("/")[2]


# Finding


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("ca phe dak lak", "pr-cf"),
        ("Cà phê Đắk Lắk", "pr-cf"),
        ("CÀ PHÊ", "pr-cf"),
        ("cà phê", "pr-cf"),
        ("caphe daklak", "pr-cf"),
        ("cà phê Đắc Lắc", "pr-cf"),
        ("Cư M'gar", "pr-cf"),
        ("cu mgar", "pr-cf"),
        ("suoi ng", "pr-cf"),
        ("66", "pr-cf"),
        ("robusta plain roast", "pr-cf"),
        ("phú quốc", "pr-nm"),
        ("Kiên Giang", "pr-nm"),
        ("vinh sao 40°N", "pr-nm"),
        ("08", "pr-mat"),
        ("mật ong Mèo Vạc", "pr-mat"),
        ("gốm bát tràng", "pr-gom"),
        ("09520000000127", "pr-che"),
        ("9520000000127", "pr-che"),
        ("dm2610b", "pr-che"),
        ("DM2610B", "pr-che"),
        ("dua ben tre", "pr-keo"),
    ],
)
def test_a_product_is_found_by_whatever_is_remembered_of_it(read_demo: World, text: str, product: str) -> None:
    assert found(read_demo, text) == [CODES[product]]


def test_both_databases_give_the_same_answers_in_the_same_order(read_demo: World) -> None:
    names = {one["gtin"]: one["name_vi"] for one in demo_data()["products"]}
    every = found(read_demo, "c")
    assert len(every) == len(names)
    both = {one["gtin"]: fold(f"{one['name_vi']} {one['name_en']}") for one in demo_data()["products"]}
    in_name = [code for code in every if re.search(r"\bc", both[code])]
    assert every == [*in_name, *(code for code in every if code not in in_name)]
    for part in (in_name, every[len(in_name) :]):
        assert [fold(names[code]) for code in part] == sorted(fold(names[code]) for code in part)


def test_what_nobody_registered_is_not_found(read_demo: World) -> None:
    for text in ("xin chào", "cà phê Thái Nguyên", "", "  "):
        assert found(read_demo, text) == []


@pytest.mark.parametrize("text", ODD)
def test_nothing_that_is_typed_is_read_as_a_query(read_demo: World, text: str) -> None:
    with read_demo.read() as connection:
        asked = Asked.of(text, text, text)
        search(connection, asked, read_demo.clock())
        facets(connection, asked, read_demo.clock())
        words_alone(connection, asked, read_demo.clock())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_typed_has_an_answer(read_demo: World, text: str) -> None:
    with read_demo.read() as connection:
        assert search(connection, Asked.of(text, "", ""), read_demo.clock()).total >= 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(demo_data()["products"]), st.data())
def test_every_word_of_a_name_finds_it_with_or_without_marks(
    read_demo: World, product: dict[str, Any], data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(product["name_vi"].split()))
    change = data.draw(st.sampled_from([str, str.upper, fold]))
    assert product["gtin"] in found(read_demo, change(word))


# Order


def test_whoever_types_marks_meets_exact_matches_first(cast: Cast) -> None:
    morning, pomelo = add(cast, "Buổi sáng an lành", 1), add(cast, "Bưởi Năm Roi", 2)
    assert found(cast.world, "bưởi") == [code_of(pomelo), code_of(morning)]
    assert found(cast.world, "buổi") == [code_of(morning), code_of(pomelo)]
    assert found(cast.world, "buoi") == [code_of(pomelo), code_of(morning)]
    assert found(cast.world, "bưởi nam") == [code_of(pomelo)]


def test_a_name_comes_before_whoever_makes_it(cast: Cast) -> None:
    with cast.world.write() as connection:
        maker, _ = register_organisation(
            connection, {"role": "producer", "name": "HTX Mận Rừng"}, cast.world.notary, cast.world.clock()
        )
    other = add(cast, "An lành", 1, owner=maker)
    named = add(cast, "Rượu mận", 2)
    begun = add(cast, "Mậnh hai", 3)
    assert found(cast.world, "mận") == [code_of(named), code_of(begun), code_of(other)]
    assert found(cast.world, "man") == [code_of(named), code_of(begun), code_of(other)]


def test_old_and_new_tone_placement_find_each_other(cast: Cast) -> None:
    old, new = add(cast, "Bánh Hoà Thuỷ", 1), add(cast, "Bún Hòa Thủy", 2)
    for text in ("hoà thuỷ", "hòa thủy", "hoa thuy", "HOÀ THỦY"):
        assert sorted(found(cast.world, text)) == sorted([code_of(old), code_of(new)])


def test_answers_come_in_pages_and_no_product_twice(cast: Cast) -> None:
    with cast.world.write() as connection:
        for serial in range(45):
            described = {"name_vi": f"Mắc khén gói {serial:02}"}
            register_product(
                connection, cast.producer, gtin(serial + 100), described, cast.world.notary, cast.world.clock()
            )
    seen: list[str] = []
    after: int | None = 0
    with cast.world.read() as connection:
        while after is not None:
            page = search(connection, Asked("mac khen"), cast.world.clock(), after=after)
            assert page.total == 45
            seen += [str(one.product) for one in page.products]
            after = page.following
        assert (len(seen), len(set(seen))) == (45, 45)
        for beyond in (900, 10**9, -5):
            assert search(connection, Asked("mac khen"), cast.world.clock(), after=beyond).after == 0
        assert len(search(connection, Asked("mac khen"), cast.world.clock(), after=40).products) == 5
    assert A_PAGE <= FARTHEST


# Stars and provinces


def test_stars_and_provinces_narrow(read_demo: World) -> None:
    assert set(found(read_demo, "5 sao")) == {CODES["pr-nm"], CODES["pr-cf"]}
    assert found(read_demo, "5 sao Đắk Lắk") == [CODES["pr-cf"]]
    assert found(read_demo, "OCOP 4 sao bến tre") == [CODES["pr-keo"]]
    assert found(read_demo, "", stars="5", province="91") == [CODES["pr-nm"]]
    assert found(read_demo, "c", stars="5", province="19") == []
    assert found(read_demo, "c", stars="9", province="x") == found(read_demo, "c")


def test_expired_stars_are_not_found_as_stars(read_demo: World) -> None:
    assert CODES["pr-cam"] in found(read_demo, "cam")
    assert found(read_demo, "cam 3 sao") == []
    assert CODES["pr-cam"] not in found(read_demo, "ocop")


def test_stars_end_at_a_vietnamese_midnight_by_themselves(cast: Cast) -> None:
    decide(cast, cast.product, 4, "2023-11-22")
    clock: Any = cast.world.clock
    clock.now = clock.now.replace(hour=16, minute=59)
    assert found(cast.world, "4 sao") == [TEA]
    clock.tick(minutes=1)
    assert found(cast.world, "4 sao") == []
    assert found(cast.world, "trà búp") == [TEA]


def decide(cast: Cast, about: str, stars: int, issued: str) -> str:
    details = {"scheme": "OCOP", "number": "QD-1", "issued": issued, "stars": stars}
    with cast.world.write() as connection:
        return declare_certificate(
            connection, about, cast.council, details, cast.council, cast.world.notary, cast.world.clock()
        )[0]


def test_a_decision_counts_when_it_is_recorded_and_no_more_when_it_is_suspended(cast: Cast) -> None:
    assert found(cast.world, "ocop") == []
    certificate = decide(cast, cast.product, 5, "2026-01-01")
    assert found(cast.world, "5 sao") == [TEA]
    with cast.world.write() as connection:
        set_certificate_state(
            connection,
            certificate,
            CertificateState.SUSPENDED,
            cast.council,
            cast.world.notary,
            cast.world.clock(),
            reason="kiểm tra lại",
        )
    assert found(cast.world, "5 sao") == []


def test_a_decision_about_a_producer_counts_for_its_products(cast: Cast) -> None:
    decide(cast, cast.other_producer, 3, "2026-01-01")
    assert found(cast.world, "3 sao") == [LOTUS]


def test_facets_count_what_each_would_leave(read_demo: World) -> None:
    with read_demo.read() as connection:
        now = read_demo.clock()
        assert facets(connection, Asked("c"), now).stars == ((5, 2), (4, 5))
        assert len(facets(connection, Asked("c"), now).provinces) == 4
        within = facets(connection, Asked("c", 5, "66"), now)
        assert (within.stars, within.provinces) == (((5, 1),), (("66", 1), ("91", 1)))
        assert facets(connection, Asked(""), now).stars == ()


def test_words_that_find_nothing_together_are_tried_one_by_one(read_demo: World) -> None:
    with read_demo.read() as connection:
        assert words_alone(connection, Asked("chè Phú Quốc xyz"), read_demo.clock()) == [
            ("chè", 1),
            ("Phú", 2),
            ("Quốc", 1),
        ]
        assert words_alone(connection, Asked("xyz"), read_demo.clock()) == []


# The index follows the records


def test_what_is_registered_is_found_in_the_same_transaction_and_not_after_a_rollback(cast: Cast) -> None:
    with pytest.raises(RuntimeError, match="stop"), cast.world.write() as connection:
        described = {"name_vi": "Rượu Mẫu Sơn"}
        register_product(connection, cast.producer, gtin(7), described, cast.world.notary, cast.world.clock())
        assert search(connection, Asked("mau son"), cast.world.clock()).total == 1
        raise RuntimeError("stop")
    assert found(cast.world, "mau son") == []


def test_a_product_said_anew_is_found_by_what_it_is_called_now(cast: Cast) -> None:
    for name in ("Cloud Hill tea", "Misty bud"):
        with cast.world.write() as connection:
            keyring, now = cast.world.keyring(connection), cast.world.clock()
            said = {"name_en": name}
            change_product(connection, cast.product, said, cast.producer, cast.world.notary, keyring, now)
    assert found(cast.world, "misty") == [TEA]
    assert found(cast.world, "cloud hill") == []


def test_a_new_lot_is_found_at_once_and_old_ones_for_a_while(cast: Cast) -> None:
    with cast.world.write() as connection:
        for number in range(60):
            lot = Lot(f"K-{number:03}/A")
            register_lot(connection, cast.product, lot, {}, cast.world.notary, cast.world.clock())
    assert found(cast.world, "K-059/A") == found(cast.world, "k059a") == [TEA]
    assert found(cast.world, "k-01") == [TEA]
    assert found(cast.world, "K-000/A") == []
    with cast.world.write() as connection:
        rebuild(connection)
    assert found(cast.world, "K-059/A") == [TEA]
    assert found(cast.world, "K-000/A") == []


def test_a_lot_number_without_letters_or_digits_harms_nothing(cast: Cast) -> None:
    with cast.world.write() as connection:
        register_lot(connection, cast.product, Lot("-/'\"-"), {}, cast.world.notary, cast.world.clock())
    assert found(cast.world, "trà búp") == [TEA]


def test_names_without_end_can_be_registered_and_found(cast: Cast) -> None:
    product = add(cast, "Bánh " + "x" * 3000 + " dài" * 2000, 1)
    assert found(cast.world, "banh " + "x" * 3000) == [code_of(product)]


def snapshot(world: World) -> tuple[list[Any], list[Any]]:
    """All that is filed, under names that do not change when it is filed anew."""
    index = "i.rowid" if world.engine.dialect.name == "sqlite" else "i.document"
    columns = ", ".join(WEIGHTS) if world.engine.dialect.name == "sqlite" else "CAST(words AS text)"
    fields = "d.product, d.code, d.organisation, d.province, d.sort_name, d.lots"
    with world.read() as connection:
        source = f"search_documents d JOIN search_index i ON {index} = d.id"
        documents = driver.run(connection, f"SELECT {fields}, {columns} FROM {source} ORDER BY d.product")
        stars = driver.run(
            connection,
            "SELECT d.product, s.since, s.until, s.stars FROM search_stars s "
            "JOIN search_documents d ON d.id = s.document ORDER BY d.product, s.since",
        )
    return [tuple(row) for row in documents], [tuple(row) for row in stars]


def test_filing_everything_anew_files_what_was_filed_step_by_step(demo_copy: World) -> None:
    before = snapshot(demo_copy)
    assert len(before[0]) == len(CODES)
    with demo_copy.write() as connection:
        assert rebuild(connection) == len(CODES)
    assert snapshot(demo_copy) == before


def test_an_upgrade_files_what_was_recorded_before_and_a_downgrade_leaves_nothing(demo_copy: World) -> None:
    before = snapshot(demo_copy)
    migrate.downgrade(demo_copy.engine, "0003")
    assert [name for name in inspect(demo_copy.engine).get_table_names() if name.startswith("search")] == []
    migrate.upgrade(demo_copy.engine)
    assert snapshot(demo_copy) == before


# Erasing


def test_an_erased_name_leaves_the_index(cast: Cast) -> None:
    assert found(cast.world, HOUSEHOLD) == [LOTUS]
    with cast.world.write() as connection:
        erase(connection, cast.household_record, "cli", cast.world.clock())
    assert found(cast.world, HOUSEHOLD) == []
    assert found(cast.world, "trà sen") == [LOTUS]
    with cast.world.write() as connection:
        rebuild(connection)
    assert found(cast.world, HOUSEHOLD) == []


def test_a_whole_organisation_erased_leaves_the_index(cast: Cast) -> None:
    with cast.world.write() as connection:
        erase_organisation(connection, cast.other_producer, "cli", cast.world.clock())
    assert found(cast.world, HOUSEHOLD) == []


def file_bytes(world: World) -> bytes:
    """Everything the database's files hold."""
    file = Path(str(world.engine.url.database))
    world.engine.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_nothing_of_an_erased_name_stays_in_the_file(cast: Cast) -> None:
    with cast.world.write() as connection:
        details = {"role": "producer", "name": "Nhà Zyxomkhanh Wyvertan", "legal_form": "Hộ kinh doanh"}
        maker, receipt = register_organisation(connection, details, cast.world.notary, cast.world.clock())
    add(cast, "Mứt gừng", 1, owner=maker)
    add(cast, "Mứt dừa", 2, owner=maker)
    parts = (b"xomkhanh", b"Zyxomkhanh", b"yvertan")
    assert [part in file_bytes(cast.world) for part in parts] == [True] * 3
    with cast.world.write() as connection:
        erase(connection, receipt.record_id, "cli", cast.world.clock())
    assert [part in file_bytes(cast.world) for part in parts] == [False] * 3


@pytest.mark.parametrize("kind", ["postgresql"])
def test_nothing_of_an_erased_name_is_filed_any_more(cast: Cast) -> None:
    with cast.world.write() as connection:
        erase(connection, cast.household_record, "cli", cast.world.clock())
    with cast.world.read() as connection:
        words = {row[0] for row in driver.run(connection, "SELECT word FROM ts_stat('SELECT words FROM search_index')")}
    assert "sen" in words
    assert not {"can", "batu", "tucan"} & words


# The index is used


def test_a_question_is_answered_from_the_index(read_demo: World) -> None:
    with read_demo.read() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if not is_sqlite:
            # A table of eight rows is read through; the plan of a large one is meant.
            connection.execute(sql("SET LOCAL enable_seqscan = off"))
        # Stars of eight products are so few that a planner may begin with them.
        asked = Asked("cà phê đắk", 5, "66") if is_sqlite else Asked("cà phê đắk")
        wanted = asked.wanted(read_demo.clock())
        query, values = search_query.matching(connection, wanted, 20, 0)
        rows = driver.run(connection, f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}", values)
        plan = "\n".join(str(row[-1]) for row in rows)
    if is_sqlite:
        assert re.search(r"SCAN i VIRTUAL TABLE INDEX \d+:M", plan)
        assert "SEARCH d USING INTEGER PRIMARY KEY" in plan
        assert "SCAN d" not in plan
    else:
        assert "Bitmap Index Scan on search_index_words" in plan


def test_a_code_that_somebody_else_wrote_into_the_index_is_passed_over(demo_copy: World) -> None:
    with demo_copy.write() as connection:
        driver.change(connection, "UPDATE search_documents SET code = 'x'", ())
    assert found(demo_copy, "cà phê") == []
