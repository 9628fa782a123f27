"""Identifiers cannot be built wrong, and say why."""

from __future__ import annotations

import pickle
import string

import pytest
from biip.checksums import gs1_standard_check_digit
from biip.gtin import Gtin as BiipGtin
from hypothesis import example, given
from hypothesis import strategies as st

from traceapp.core.errors import InvalidIdentifier
from traceapp.core.identifiers import (
    CROCKFORD,
    TRACE_CODE_BITS,
    Ggn,
    Giai,
    Gln,
    GlnExtension,
    Gtin,
    Lot,
    Serial,
    Sscc,
    TaxCode,
    Tpx,
    TraceCode,
    Variant,
    canonical_crockford,
    check_digit,
    fold,
    nfc,
    shown,
    trace_code,
)

CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?_" + string.ascii_letters
digits = st.text(string.digits, min_size=1, max_size=17)


def test_known_keys_are_accepted() -> None:
    assert Gtin("09520000000110") == "09520000000110"
    assert Gln("9520000900014") == "9520000900014"
    assert Sscc("106141412345678908") == "106141412345678908"


@given(digits)
def test_the_check_digit_agrees_with_another_library(text: str) -> None:
    assert check_digit(text) == str(gs1_standard_check_digit(text))


@given(st.text(string.digits, min_size=13, max_size=13))
def test_a_gtin_is_one_for_another_library_too(payload: str) -> None:
    gtin = Gtin(payload + check_digit(payload))
    if payload.strip("0"):
        assert BiipGtin.parse(gtin).value == gtin


@given(st.text(string.digits, min_size=13, max_size=13), st.integers(0, 13), st.sampled_from(string.digits))
def test_any_changed_digit_of_a_gtin_is_refused(payload: str, place: int, digit: str) -> None:
    gtin = Gtin(payload + check_digit(payload))
    changed = gtin[:place] + digit + gtin[place + 1 :]
    if changed != gtin:
        with pytest.raises(InvalidIdentifier):
            Gtin(changed)


def test_a_wrong_check_digit_is_refused_and_the_right_one_named() -> None:
    with pytest.raises(InvalidIdentifier, match="GTIN '09520000000111' ends in 1 where its check digit should be 0"):
        Gtin("09520000000111")


def test_a_thirteen_digit_gtin_is_refused_with_the_remedy() -> None:
    with pytest.raises(InvalidIdentifier, match="has 13 digits; write exactly 14, with zeros in front"):
        Gtin("9520000000110")


@pytest.mark.parametrize("text", ["", "0952000000011O", "٠٩٥٢٠٠٠٠٠٠٠١١٠", "²", " 9520000000110", "09520000000110\n"])
def test_what_is_not_ascii_digits_is_no_gtin(text: str) -> None:
    with pytest.raises(InvalidIdentifier, match="digits only"):
        Gtin(text)


@given(st.text(CSET_82, min_size=1, max_size=20))
def test_every_gs1_character_may_stand_in_a_lot_serial_or_variant(text: str) -> None:
    for kind in (Lot, Serial, Variant, GlnExtension):
        assert str(kind(text)) == text


def test_cset_82_has_eighty_two_characters() -> None:
    accepted = []
    for code in range(0x250):
        try:
            accepted.append(Lot(chr(code)))
        except InvalidIdentifier:
            continue
    assert len(accepted) == 82
    assert set(accepted) == set(CSET_82)


@pytest.mark.parametrize(
    "text", ["VS 09", "LÔ1", "a#b", "a$b", "a@b", "a~b", "a[b", "a^b", "a\\b", "a`b", "a|b", "a\n"]
)
def test_a_character_outside_gs1s_set_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"contains '.{1,2}', which GS1 symbols cannot carry"):
        Lot(text)


@pytest.mark.parametrize(
    ("kind", "longest"), [(Lot, 20), (Serial, 20), (Variant, 20), (GlnExtension, 20), (Tpx, 28), (Giai, 30)]
)
def test_empty_and_too_long_values_are_refused(kind: type[str], longest: int) -> None:
    assert len(kind("x" * longest)) == longest
    with pytest.raises(InvalidIdentifier, match=f"has {longest + 1} characters; write 1 to {longest}"):
        kind("x" * (longest + 1))
    with pytest.raises(InvalidIdentifier, match="has 0 characters"):
        kind("")


def test_a_long_value_is_shortened_in_the_message() -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        Lot("x" * 10_000)
    assert len(str(refusal.value)) < 120


def test_a_shown_value_has_nothing_unprintable_in_it() -> None:
    assert shown("a\ud800\u202eb\x00") == "'a\\ud800\\u202eb\\x00'"
    assert shown("x" * 40) == repr("x" * 40)
    assert shown("x" * 41) == repr("x" * 39 + "…")


def test_identifiers_survive_pickling() -> None:
    for value in (Gtin("09520000000110"), Lot("VS2609A"), trace_code(7), TaxCode("0100233488")):
        again = pickle.loads(pickle.dumps(value))
        assert again == value
        assert type(again) is type(value)


def test_an_identifier_of_an_identifier_is_itself() -> None:
    for value in (Gtin("09520000000110"), Lot("VS2609A"), trace_code(7)):
        assert type(value)(value) is value


def test_one_kind_of_identifier_is_checked_anew_as_another() -> None:
    with pytest.raises(InvalidIdentifier, match="GTIN '9520000900014' has 13 digits"):
        Gtin(Gln("9520000900014"))


def test_a_known_trace_code() -> None:
    assert trace_code(0) == "T000000000000"
    assert trace_code(1) == "T00000000001Y"
    assert TraceCode("T00000000001Y") == trace_code(1)


@given(st.integers(0, 2**TRACE_CODE_BITS - 1))
@example(0)
@example(2**TRACE_CODE_BITS - 1)
def test_a_trace_code_is_read_however_it_is_typed(number: int) -> None:
    code = trace_code(number)
    assert TraceCode(code.lower()) == code
    assert TraceCode("t" + code[1:].replace("0", "O").replace("1", "l")) == code
    assert TraceCode("T" + code[1:].replace("0", "o").replace("1", "I")) == code


@given(st.integers(0, 2**TRACE_CODE_BITS - 1), st.integers(1, 12), st.sampled_from(CROCKFORD))
def test_any_changed_character_of_a_trace_code_is_refused(number: int, place: int, other: str) -> None:
    code = trace_code(number)
    if code[place] != other:
        with pytest.raises(InvalidIdentifier, match="check character should be"):
            TraceCode(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "T", "T00000000000", "T0000000000000", "X000000000000", "T00000000000U", "T00000000000ſ"]
)
def test_what_does_not_look_like_a_trace_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier, match="is not T followed by 12"):
        TraceCode(text)


@pytest.mark.parametrize("number", [-1, 2**TRACE_CODE_BITS, 2**60])
def test_a_number_that_no_trace_code_holds_is_refused(number: int) -> None:
    with pytest.raises(InvalidIdentifier, match="draw 55 bits"):
        trace_code(number)


def test_crockford_typing_is_canonical_and_leaves_other_alphabets_alone() -> None:
    assert canonical_crockford("oOiIlLaz") == "001111AZ"
    assert canonical_crockford("ıſ-U") == "ıſ-U"


def test_tax_codes_of_firms_branches_and_households() -> None:
    assert TaxCode("0100233488") == "0100233488"
    assert TaxCode("0314409058-002") == "0314409058002"
    assert TaxCode("001089012345").is_personal
    assert not TaxCode("0100233488").is_personal


def test_a_wrong_tax_code_names_the_digit_expected() -> None:
    with pytest.raises(InvalidIdentifier, match="its tenth digit is 0 where the check digit should be 8"):
        TaxCode("0100233480")


@pytest.mark.parametrize("text", ["0100000002", "0314409058000", "0100000131"])
def test_a_tax_code_that_cannot_exist_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier, match="was never given out"):
        TaxCode(text)


@pytest.mark.parametrize("text", ["", "12345", "01002334881", "01002334AA", "Ⅷ100233488", "0100233488\x00"])
def test_what_does_not_look_like_a_tax_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier, match="is not 10, 12 or 13 digits"):
        TaxCode(text)


def test_a_ggn_is_thirteen_digits() -> None:
    assert Ggn("4000000000006") == "4000000000006"
    with pytest.raises(InvalidIdentifier, match="GGN '400000000000' has 12 digits; write exactly 13"):
        Ggn("400000000000")


def test_text_is_composed() -> None:
    assert nfc("Ho\u0300a") == "H\u00f2a"


@pytest.mark.parametrize("text", ["a\x00", "a\nb", "a\tb", "a\x7f", "a\x85", "a\ud800"])
def test_text_with_control_characters_or_lone_surrogates_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"unprintable character U\+[0-9A-F]{4}; remove it"):
        nfc(text)


def test_only_text_of_several_lines_may_have_line_ends() -> None:
    assert nfc("a\r\nb\nc", multiline=True) == "a\nb\nc"
    with pytest.raises(InvalidIdentifier, match=r"U\+000D"):
        nfc("a\rb", multiline=True)


def test_search_ignores_tones_case_and_where_the_tone_is_placed() -> None:
    assert fold("Hoà") == fold("hòa") == fold("HOA") == "hoa"
    assert fold("Đặc khu Phú Quốc") == "dac khu phu quoc"
    assert fold("Nước mắm Ơ Ư Ă Â") == "nuoc mam o u a a"


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)
