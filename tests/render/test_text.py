"""Words on a label: as large as fits, never past the edge."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.paper import MOST_WORDS, PLAIN_MODULES, SIGNED_MODULES, TEA
from traceapp.core.errors import RuleBroken
from traceapp.render.column import Words
from traceapp.render.faces import face
from traceapp.render.layout import Layout, fit
from traceapp.render.sheets import SHEETS, LabelText
from traceapp.render.text import compose, serial_line

SMALL, LARGE = fit(SHEETS["a4-65"], PLAIN_MODULES), fit(SHEETS["a4-24"], PLAIN_MODULES)
SYLLABLES = st.sampled_from(["Trà", "búp", "Đồi", "Ngàn", "Nguyễn", "nghiêng", "W", "ruộng", "(mẫu)", "Tân,"])


def words_of(count: int) -> st.SearchStrategy[str]:
    return st.lists(SYLLABLES, min_size=1, max_size=count).map(" ".join)


def said(words: Words) -> list[str]:
    return [line.text for line in words.lines]


def size_of(words: Words, text: str) -> int:
    return next(line.size for line in words.lines if line.text == text)


def stays_inside(words: Words, layout: Layout) -> bool:
    column, bottom = layout.text, layout.height - layout.sheet.dots(1.4)
    assert column is not None
    right = max(line.x + face(line.weight).advance(line.text) * line.size for line in words.lines)
    lowest = max(line.baseline for line in words.lines)
    points = [point for shape in words.shapes for point in shape]
    return (
        right <= column.x + column.w + 1
        and lowest <= bottom
        and all(column.x <= x <= column.x + column.w and y <= bottom for x, y in points)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        LabelText,
        name=words_of(8),
        producer=words_of(8),
        address=st.none() | words_of(10),
        lot=st.none() | st.just("DM2610B"),
        made=st.none() | st.just("09/10/2026"),
        expires=st.none() | st.just("28/09/2028"),
        net=st.none() | st.just("1 bộ (1 ấm, 4 chén)"),
        stars=st.none() | st.integers(1, 5),
    ),
    st.sampled_from([SMALL, LARGE, fit(SHEETS["a4-40"], SIGNED_MODULES)]),
)
def test_whatever_is_set_stays_inside_and_nothing_said_is_lost(text: LabelText, layout: Layout) -> None:
    try:
        words = compose(layout, text)
    except RuleBroken as refused:
        assert "Chọn khổ tem lớn hơn" in str(refused)
        return
    assert stays_inside(words, layout)
    everything = " ".join(said(words))
    for value in (text.name, text.producer, text.address, text.lot, text.made, text.expires, text.net):
        assert value is None or value in everything
    assert len(words.shapes) == (text.stars or 0)


def test_lines_of_a_column_do_not_touch() -> None:
    for layout in (SMALL, LARGE):
        for text in (TEA, MOST_WORDS):
            column = [line for line in compose(layout, text).lines if layout.text and line.x >= layout.text.x]
            baselines = sorted({line.baseline for line in column})
            least = min(line.size for line in column)
            steps = [low - high for high, low in pairwise(baselines)]
            assert min(steps) >= 1.15 * least


def test_a_short_name_is_set_large_on_one_line() -> None:
    words = compose(LARGE, TEA)
    assert size_of(words, TEA.name) >= 1.25 * size_of(words, TEA.producer)


def test_a_long_name_breaks_in_two() -> None:
    assert {"Nước mắm cá cơm", "Vịnh Sao 40°N"} <= set(said(compose(LARGE, MOST_WORDS)))


def test_a_name_breaks_before_a_bracket_and_never_at_a_no_break_space() -> None:
    bracket = replace(TEA, name="Cam Đồi Gió (vùng cam Vinh)")
    assert {"Cam Đồi Gió", "(vùng cam Vinh)"} <= set(said(compose(LARGE, bracket)))
    kept = replace(TEA, name="Khăn lụa tơ\u00a0tằm Dâu Xanh thượng hạng")
    assert any("tơ\u00a0tằm" in line for line in said(compose(LARGE, kept)))


@pytest.mark.parametrize("layout", [SMALL, LARGE], ids=["small", "large"])
def test_a_name_that_no_size_fits_is_refused_with_the_remedy(layout: Layout) -> None:
    with pytest.raises(
        RuleBroken, match=r"Chữ không vừa tem a4-.*Chọn khổ tem lớn hơn, mẫu ít chữ hơn, hoặc rút ngắn tên"
    ):
        compose(layout, replace(TEA, name="Trà búp Đồi Mây " * 8))


@pytest.mark.parametrize("part", ["producer", "address"])
def test_an_endless_producer_or_address_is_refused(part: str) -> None:
    with pytest.raises(RuleBroken, match="rút ngắn tên, tên đơn vị hay địa chỉ"):
        compose(LARGE, replace(TEA, **{part: "Hợp tác xã nông nghiệp " * 12}))


def test_an_endless_net_content_is_refused() -> None:
    with pytest.raises(RuleBroken, match="Chữ không vừa"):
        compose(LARGE, replace(TEA, net="1 bộ (1 ấm, 4 chén, 1 khay, 1 hộp gỗ, 1 khăn, 1 thìa)"))


def test_what_is_not_known_leaves_no_word_behind() -> None:
    words = compose(LARGE, LabelText("Khăn lụa", "Tổ hợp tác Lụa Dâu Xanh"))
    assert said(words) == ["Khăn lụa", "Tổ hợp tác Lụa Dâu Xanh", "Quét để truy xuất"]
    assert words.shapes == ()


def test_dates_are_aligned_below_each_other() -> None:
    lines = {line.text: line for line in compose(LARGE, TEA).lines}
    assert lines["09/10/2026"].x == lines["28/09/2028"].x == lines["DM2610B"].x
    assert lines["NSX"].baseline == lines["09/10/2026"].baseline < lines["HSD"].baseline


def test_the_column_ends_on_the_line_of_the_serial() -> None:
    lines = {line.text: line for line in compose(LARGE, TEA).lines}
    assert lines["OCOP 4 sao"].baseline == serial_line(LARGE, "FD5MA4NX78AM0").baseline


def test_the_call_is_the_first_thing_to_go_on_a_small_label() -> None:
    plain = LabelText("Cam Đồi Gió", "HTX Cam Đồi Gió", made="15/11/2026")
    assert "Quét để truy xuất" in said(compose(SMALL, plain))
    assert "Quét để truy xuất" not in said(compose(SMALL, TEA))
    assert said(compose(LARGE, replace(TEA, call="")))[-1] == "OCOP 4 sao"


def test_a_call_with_tall_capitals_keeps_out_of_the_quiet_zone() -> None:
    line = next(line for line in compose(LARGE, replace(TEA, call="QUÉT ĐỂ BIẾT")).lines if line.text == "QUÉT ĐỂ BIẾT")
    assert LARGE.text and line.x == LARGE.text.x


@pytest.mark.parametrize(("serial", "shown"), [("FD5MA4NX78AM0", "FD5MA 4NX7 8AM0"), ("A-17", "A-17")])
def test_a_serial_is_grouped_as_it_is_read_aloud(serial: str, shown: str) -> None:
    assert serial_line(LARGE, serial).text == shown


def test_a_wide_serial_is_set_smaller() -> None:
    narrow, wide = serial_line(SMALL, "1" * 13), serial_line(SMALL, "W" * 20)
    assert wide.size < narrow.size
    assert face("regular").advance(wide.text) * wide.size <= SMALL.serial.w


def test_decomposed_and_composed_words_are_the_same() -> None:
    assert compose(LARGE, replace(TEA, name=unicodedata.normalize("NFD", TEA.name))) == compose(LARGE, TEA)


@pytest.mark.parametrize("char", ["🍵", "茶", "x\u0323\u0308"[1:]])
def test_what_the_typeface_lacks_is_refused_by_name(char: str) -> None:
    with pytest.raises(RuleBroken, match=rf"U\+{ord(char[0]):04X}"):
        compose(LARGE, replace(TEA, address=f"Xã {char}"))
