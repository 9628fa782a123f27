from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from traceapp.core.folding import LONGEST_WORD, MOST_WORDS, fold, joined, terms, words
from traceapp.core.places import PROVINCES

ONSETS = ("", "b", "ch", "đ", "gi", "h", "kh", "l", "ngh", "ph", "qu", "t", "th", "tr", "x")
ENDINGS = ("", "n", "ng", "i", "t", "ch")
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
GLIDES = ("oa", "oe", "uy", "ua", "ia", "uơ", "uê", "oă", "uâ", "yê", "iê", "ưa", "ươ", "uô")
"""Two vowels, of which schools and keyboards disagree which one carries the tone."""
VIETNAMESE = st.text(alphabet="aàáảãạăằắâầấbcdđeèêềghiìklmnoòôơớpqrstuùưứvxyỳ '’-.0123456789", max_size=40)


def placed(onset: str, glide: str, ending: str, tone: str, at: int) -> str:
    """A syllable with its tone on the first or the second vowel."""
    vowels = [letter + (tone if place == at else "") for place, letter in enumerate(glide)]
    return unicodedata.normalize("NFC", onset + "".join(vowels) + ending)


def spelled(text: str) -> list[tuple[str, ...]]:
    return [word.spelled for word in words(text)]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Cà phê Đắk Lắk", "ca phe dak lak"),
        ("  NƯỚC   MẮM\tPHÚ QUỐC ", "nuoc mam phu quoc"),
        ("đường, Đường, ĐƯỜNG", "duong, duong, duong"),
        ("Vịnh Sao 40°N, lô DM-2610/B", "vinh sao 40°n, lo dm-2610/b"),
        ("Xã Cư M'gar", "xa cu m'gar"),
        ("５ sao", "5 sao"),
        ("Ðắk Ɖắk", "dak dak"),
        ("cà\u200b phê\ufeff", "ca phe"),
        ("cà\x00phê\ud800", "ca phe"),
        ("mật ong 🍯\ufe0f", "mat ong 🍯"),
        ("", ""),
    ],
)
def test_folded_text_has_no_case_tones_or_marks(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
@example("\u0345\u03b1")
@example("ﬁ ŉ İ ß ẞ ΐ")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_composed_and_decomposed_text_are_the_same(text: str) -> None:
    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, text)
        assert fold(other) == fold(text)
        assert words(other) == words(text)


@given(VIETNAMESE)
def test_case_makes_no_difference(text: str) -> None:
    assert words(text.upper()) == words(text.lower()) == words(text)


@given(st.text())
def test_folded_text_can_be_stored_anywhere(text: str) -> None:
    assert "\x00" not in fold(text)
    fold(text).encode("utf-8")


@pytest.mark.parametrize("glide", GLIDES)
def test_a_syllable_is_one_word_wherever_its_tone_is_put(glide: str) -> None:
    for onset, ending, tone in product(ONSETS, ENDINGS, TONES):
        first, second = (placed(onset, glide, ending, tone, at) for at in (0, 1))
        assert fold(first) == fold(second)
        assert words(first) == words(second)


@pytest.mark.parametrize(
    ("one", "other"), [("hoà", "hòa"), ("thuỷ", "thủy"), ("khoẻ", "khỏe"), ("Hoà Thuỷ", "hòa thủy"), ("quý", "qúy")]
)
def test_old_and_new_spelling_are_the_same_word(one: str, other: str) -> None:
    assert spelled(one) == spelled(other)


@pytest.mark.parametrize(("one", "other"), [("bưởi", "buổi"), ("ca", "cá"), ("đá", "da"), ("la", "là"), ("bò", "bơ")])
def test_words_that_differ_in_marks_are_alike_only_when_folded(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert spelled(one) != spelled(other)


def test_a_word_begins_with_its_tone_so_that_it_is_found_by_its_beginning() -> None:
    [(begun,)], [(whole,)] = spelled("hoà"), spelled("hoàng")
    assert whole.startswith(begun)


def test_a_word_with_an_inner_mark_has_parts() -> None:
    [word] = words("M'gar")
    assert (word.folded, word.is_marked, joined(word.folded)) == (("m", "gar"), False, "mgar")
    [curly] = words("M’gar")
    assert curly == word
    assert [one.folded for one in words("'40°N' -- TP.HCM")] == [("40",), ("n",), ("tp", "hcm")]


def test_whether_a_word_was_written_with_marks_is_known() -> None:
    assert [word.is_marked for word in words("bưởi dien Đ 12")] == [True, False, True, False]


def test_a_text_is_filed_under_its_words_their_parts_and_neighbours_in_one() -> None:
    filed = terms("Đắk Lắk, Cư M'gar")
    assert filed.folded == {"dak", "lak", "daklak", "cu", "lakcu", "m", "gar", "mgar", "cumgar"}
    assert filed.spelled == {"\u0301đăk", "\u0301lăk", "cư", "m", "gar", "mgar"}


@pytest.mark.parametrize("text", ["", "   ", "★ … ' \" * ( ) : -- \x00", "\u0301", "\ud800", "____", "🍯"])
def test_what_holds_no_letter_or_digit_holds_no_word(text: str) -> None:
    assert words(text) == ()
    assert not terms(text).folded | terms(text).spelled


def test_words_and_texts_without_end_are_cut() -> None:
    assert max(map(len, terms("a" * 5000).folded)) == LONGEST_WORD
    assert len(words("a b " * 5000)) == MOST_WORDS
    assert len(words("a b c", 2)) == 2


@given(st.text(max_size=60))
def test_terms_hold_nothing_that_a_query_language_reads(text: str) -> None:
    filed = terms(text)
    for term in filed.folded | filed.spelled:
        assert not set(term) & set(" \t\n\"'\\:*()&|!<>^-+.,{}\x00")


def test_no_two_provinces_fold_to_one_name() -> None:
    assert len({fold(name) for name in PROVINCES.values()}) == len(PROVINCES)
