"""Canonical JSON: one spelling of each value, and nothing accepted that has none."""

from __future__ import annotations

import json
import math
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.canonical import DEEPEST, LARGEST_INTEGER, canonicalise, parse, parse_canonical, parse_object, plain
from traceapp.core.errors import InvalidEvent, Malformed

JCS = Path(__file__).resolve().parents[2].parent / "shared/vectors/jcs"
needs_vectors = pytest.mark.skipif(not JCS.is_dir(), reason="the published JCS vectors are not beside this project")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
EXACT_INTEGERS = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | EXACT_INTEGERS | FLOATS | TEXT
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))
ANY_NUMBER = st.integers() | st.floats()
ANYTHING = st.recursive(
    SCALARS | ANY_NUMBER | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


def nested(depth: int) -> Any:
    """Lists within lists: `depth` brackets."""
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


@needs_vectors
@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_the_published_vectors_hold(name: str) -> None:
    given_bytes = (JCS / f"{name}.in.json").read_bytes()
    expected = (JCS / f"{name}.out.json").read_bytes()
    assert canonicalise(parse(given_bytes)) == expected
    assert canonicalise(parse(expected)) == expected


@pytest.mark.many
@given(JSON)
def test_every_value_is_written_as_rfc_8785_writes_it_or_refused(value: Any) -> None:
    try:
        written = canonicalise(value)
    except InvalidEvent as refused:
        assert "would lose digits" in str(refused)
    else:
        assert written == rfc8785.dumps(value)


@pytest.mark.many
@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_keys_beyond_the_basic_plane_sort_by_their_utf_16_units(value: dict[str, Any]) -> None:
    both = {**value, "\U0001f600": 1, "\ufb33": 2}
    try:
        keys = list(json.loads(canonicalise(both)))
    except InvalidEvent:
        return
    assert keys == sorted(both, key=lambda key: key.encode("utf-16be"))


@pytest.mark.many
@given(ANYTHING)
def test_whatever_is_written_reads_back_as_the_same_value_and_bytes(value: Any) -> None:
    try:
        written = canonicalise(value)
    except InvalidEvent:
        return
    assert parse(written) == value
    assert parse_canonical(canonicalise({"a": value})) == {"a": value}


@given(FLOATS)
def test_a_float_is_written_as_ecmascript_writes_it(number: float) -> None:
    if LARGEST_INTEGER < abs(number) < 1e21:
        with pytest.raises(InvalidEvent, match="would lose digits"):
            canonicalise(number)
    else:
        assert canonicalise(number) == rfc8785.dumps(number)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-0.0, b"0"),
        (1e16 / 4, b"2500000000000000"),
        (880.0, b"880"),
        (1e21, b"1e+21"),
        (1e-7, b"1e-7"),
        (0.000001, b"0.000001"),
        (0.00012, b"0.00012"),
        (True, b"true"),
        (1, b"1"),
        ((1, (2.5,)), b"[1,[2.5]]"),
        ({"b": 1, "a": None}, b'{"a":null,"b":1}'),
        ("\x7f\u2028\x1f\b/", b'"\x7f\xe2\x80\xa8\\u001f\\b/"'),
        (LARGEST_INTEGER, b"9007199254740991"),
        (float(LARGEST_INTEGER), b"9007199254740991"),
    ],
)
def test_values_that_libraries_disagree_on(value: Any, written: bytes) -> None:
    assert canonicalise(value) == written
    assert canonicalise({"nested": [value]}) == b'{"nested":[' + written + b"]}"


class Word(StrEnum):
    TEA = "chè"


class Number(IntEnum):
    ONE = 1


class Key(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return "another"

    __str__ = __repr__


def test_subclasses_of_text_and_numbers_are_written_as_what_they_hold() -> None:
    assert canonicalise([Word.TEA, Number.ONE]) == '["chè",1]'.encode()
    assert canonicalise({Key("b"): Key("x"), "a": 2}) == b'{"a":2,"b":"x"}'
    assert canonicalise({Key("b"): 1, "a": 2}) == b'{"a":2,"b":1}'
    assert canonicalise({"a": type("Half", (float,), {})(0.5)}) == b'{"a":0.5}'


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        2**53,
        -(2**53),
        10**40,
        float(2**53),
        1e20,
        "\ud800",
        {"\udfff": 1},
        {"é": "\ud800"},
        {1: "a key that is a number"},
        {"a": {1, 2}},
        b"bytes",
        nested(DEEPEST + 2),
        {"é": nested(DEEPEST + 1)},
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_json_cannot_carry_exactly_is_refused_before_signing(value: Any) -> None:
    with pytest.raises(InvalidEvent, match="canonical JSON"):
        canonicalise(value)
    with pytest.raises(InvalidEvent, match="canonical JSON"):
        canonicalise({"é": [value]})


def test_nesting_is_refused_at_the_same_depth_whether_written_or_read() -> None:
    for value in (nested(DEEPEST + 1), ["é", nested(DEEPEST)], {"é": nested(DEEPEST)}):
        assert parse(canonicalise(value)) == value
    with pytest.raises(Malformed, match="deep"):
        parse(orjson.dumps(nested(DEEPEST + 2)))


@given(FLOATS | EXACT_INTEGERS)
def test_a_number_made_plain_is_the_same_number_and_the_same_bytes(number: float) -> None:
    assert plain(number) == number
    assert type(plain(number)) is int or not number.is_integer() or abs(number) > LARGEST_INTEGER
    if abs(number) <= LARGEST_INTEGER:
        assert canonicalise(plain(number)) == canonicalise(number)


def test_a_circle_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(InvalidEvent, match="deep"):
        canonicalise(circle)


REFUSED = {
    "a key twice": (b'{"a":1,"a":1}', "'a' stands twice"),
    "a key twice, once escaped": (b'{"a":1,"\\u0061":1}', "'a' stands twice"),
    "a key twice, deep inside": (b'{"b":[{"a":1,"a":2}]}', "'a' stands twice"),
    "NaN": (b'{"a":NaN}', "NaN is not a JSON number"),
    "Infinity": (b'{"a":-Infinity}', "-Infinity is not a JSON number"),
    "2^53 + 1": (b'{"a":9007199254740993}', "beyond 2\\^53"),
    "-2^53": (b'{"a":-9007199254740992}', "beyond 2\\^53"),
    "an integer that looks like a float to others": (b'{"a":100000000000000000000}', "beyond 2\\^53"),
    "a million digits": (b'{"a":' + b"9" * 1_000_000 + b"}", "beyond 2\\^53"),
    "1e400": (b'{"a":1e400}', "would lose digits"),
    "1e20": (b'{"a":1e20}', "would lose digits"),
    "a lone surrogate": (b'{"a":"\\ud800"}', "surrogate"),
    "a lone surrogate as key": (b'{"\\udc00":1}', "surrogate"),
    "nested too deep": (b'{"a":' + b"[" * 65 + b"]" * 65 + b"}", "deep"),
    "nested a hundred thousand deep": (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not JSON"),
    "broken UTF-8": (b'{"a":"\xff"}', "not JSON"),
    "UTF-8 surrogates": (b'{"a":"\xed\xa0\x80"}', "not JSON"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "not JSON"),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}', "not JSON"),
    "trailing garbage": (b'{"a":1}x', "not JSON"),
    "two values": (b'{"a":1}{"a":1}', "not JSON"),
    "a control character": (b'{"a":"\n"}', "not JSON"),
    "a comment": (b'{"a":1/**/}', "not JSON"),
    "a trailing comma": (b'{"a":1,}', "not JSON"),
    "a leading zero": (b'{"a":01}', "not JSON"),
    "single quotes": (b"{'a':1}", "not JSON"),
    "nothing": (b"", "not JSON"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_strict_json_is_refused_with_the_reason(data: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse(data)
    with pytest.raises(Malformed, match="canonical"):
        parse_canonical(data)


@pytest.mark.parametrize("data", [b"[]", b"1", b'"text"', b"null"])
def test_a_value_that_is_no_object_is_refused_where_an_object_is_needed(data: bytes) -> None:
    assert parse(data) is not Ellipsis
    with pytest.raises(Malformed, match="object"):
        parse_object(data)
    with pytest.raises(Malformed, match="object"):
        parse_canonical(data)


def test_an_object_is_read() -> None:
    assert parse_object(b' {"b" : 1.0, "a" : "\\u0061"} ') == {"b": 1.0, "a": "a"}


@pytest.mark.parametrize(
    "spelling",
    [
        b' {"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"a":1.0}',
        b'{"a":1e0}',
        b'{"a":-0}',
        b'{"a":"\\u0061"}',
        b'{"a":"\\/"}',
        b'{"b":1,"a":2}',
        b'{"\xef\xac\xb3":1,"\xf0\x9f\x98\x80":2}',
        b'{"a":"\\u00e9"}',
        b'{"a":"\\u001F"}',
        b'{"a":1E21}',
        b'{"a":0.50}',
        b'{"a":1e-1}',
    ],
)
def test_any_other_spelling_of_a_record_is_refused(spelling: bytes) -> None:
    value = parse_object(spelling)
    assert canonicalise(value) != spelling
    with pytest.raises(Malformed, match="canonical form"):
        parse_canonical(spelling)


@pytest.mark.many
@given(JSON, st.data())
def test_any_bytes_read_as_canonical_are_the_only_ones_for_their_value(value: Any, data: st.DataObject) -> None:
    try:
        written = bytearray(canonicalise({"a": value}))
    except InvalidEvent:
        return
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        read = parse_canonical(bytes(written))
    except Malformed:
        return
    assert canonicalise(read) == bytes(written)
    assert parse(bytes(written)) == read


@pytest.mark.many
def test_a_hundred_thousand_keys_are_read_in_a_moment() -> None:
    many = b"{" + b",".join(b'"%d":0' % number for number in range(100_000)) + b',"0":0}'
    with pytest.raises(Malformed, match="'0' stands twice"):
        parse(many)
