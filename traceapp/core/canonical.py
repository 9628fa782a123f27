"""Canonical JSON (RFC 8785, JCS) and the strict reading of it.

A record is signed as bytes and checked as bytes: whoever reads one requires bytes = JCS(parse(bytes)), so that no two
spellings of a record exist.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import orjson
import rfc8785

from traceapp.core.errors import InvalidEvent, Malformed

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None
JsonObject = dict[str, Any]

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 64
_FIRST_WITH_EXPONENT = 1e21
_TEXT = frozenset({str})


def canonicalise(value: Json) -> bytes:
    """The JCS bytes of `value`, which `parse` reads back; InvalidEvent for what JSON cannot carry exactly.

    That is NaN, Infinity, lone surrogates, whole numbers beyond 2^53 − 1, and nesting deeper than DEEPEST.
    """
    try:
        if _orjson_agrees(value):
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        _refuse_odd_values(value, 0)
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, orjson.JSONEncodeError, Malformed) as cause:
        raise InvalidEvent(f"This value cannot be written as canonical JSON: {cause}") from cause


def plain(number: float) -> float:
    """A whole number without its `.0`, as RFC 8785 writes it: what is built of such numbers is canonicalised faster."""
    whole = isinstance(number, float) and number.is_integer() and abs(number) <= LARGEST_INTEGER
    return int(number) if whole else number


def parse(data: bytes) -> Json:
    """Strict JSON: UTF-8, no duplicate keys, no NaN or Infinity, whole numbers below 2^53, no lone surrogates.

    Raises Malformed, naming what is wrong.
    """
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object_without_duplicates,
            parse_constant=_refuse_constant,
            parse_int=_exact_integer,
            parse_float=_exact_float,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as cause:
        raise Malformed(f"This is not JSON: {cause}.") from cause
    _refuse_odd_values(value, 0)
    return value


def parse_object(data: bytes) -> JsonObject:
    """`parse`, for what must be a JSON object. Malformed for any other value."""
    value = parse(data)
    if not isinstance(value, dict):
        raise Malformed(f"Expected a JSON object, got {type(value).__name__}.")
    return value


def parse_canonical(data: bytes) -> JsonObject:
    """The object in `data`, which must be its own JCS form to the byte; Malformed otherwise.

    The comparison is what makes it strict: a key that stands twice, 1.0 or NaN have no bytes that come back the same.
    """
    try:
        value = orjson.loads(data)
        same = isinstance(value, dict) and canonicalise(value) == data
    except (orjson.JSONDecodeError, InvalidEvent) as cause:
        raise Malformed(f"These bytes are no canonical JSON object (RFC 8785): {cause}") from cause
    if not same:
        raise Malformed("These bytes are not a JSON object in canonical form (RFC 8785).")
    found: JsonObject = value
    return found


def as_sorted(value: Json) -> bytes:
    """As `canonicalise`, but not looked through first: for bytes that are then looked for in canonical ones."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _orjson_agrees(value: Json) -> bool:
    """Whether orjson writes `value` exactly as RFC 8785 does; measured 12 times faster where it may be used.

    Keys must be ASCII text (RFC 8785 sorts by UTF-16 units; orjson refuses keys of a subclass of str, such as a Gtin).
    """
    keys: list[Any] = []
    return _are_plain((value,), keys, 0) and _TEXT.issuperset(map(type, keys)) and "".join(keys).isascii()


def _are_plain(values: Iterable[Any], keys: list[Any], depth: int) -> bool:
    """Integers below 2^53, floats neither whole nor very large or small, at any depth up to DEEPEST; adds to `keys`."""
    for one in values:
        kind = type(one)
        if kind is str:
            continue
        if kind is dict:
            keys += one
            plain = depth < DEEPEST and _are_plain(one.values(), keys, depth + 1)
        elif kind is list or kind is tuple:
            plain = depth < DEEPEST and _are_plain(one, keys, depth + 1)
        elif kind is int:
            plain = -LARGEST_INTEGER <= one <= LARGEST_INTEGER
        elif kind is float:
            plain = 1e-4 < abs(one) < 1e15 and not one.is_integer()
        else:
            plain = one is None or kind is bool
        if not plain:
            return False
    return True


def _object_without_duplicates(pairs: list[tuple[str, Json]]) -> JsonObject:
    found: JsonObject = {}
    for key, value in pairs:
        if key in found:
            raise Malformed(f"The key {key[:40]!r} stands twice in one object.")
        found[key] = value
    return found


def _refuse_constant(text: str) -> NoReturn:
    raise Malformed(f"{text} is not a JSON number.")


def _exact_integer(text: str) -> int:
    # Compared by length first: int() of a million digits is slow, and Python refuses it with another error.
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise Malformed(f"The integer {text[:40]} is beyond 2^53 − 1 and would lose digits; write it as text.")
    return int(text)


def _exact_float(text: str) -> float:
    number = float(text)
    _refuse_inexact(number)
    return number


def _refuse_odd_values(value: Json, depth: int) -> None:
    if depth > DEEPEST:
        raise Malformed(f"This JSON is nested more than {DEEPEST} deep.")
    if isinstance(value, str):
        _refuse_surrogates(value)
    elif isinstance(value, float):
        _refuse_inexact(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_odd_values(key, depth)
            _refuse_odd_values(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_odd_values(item, depth + 1)


def _refuse_inexact(number: float) -> None:
    # RFC 8785 writes these without an exponent: what was a float would be read as an integer that lost digits.
    if LARGEST_INTEGER < abs(number) < _FIRST_WITH_EXPONENT or abs(number) == math.inf:
        raise Malformed(f"The number {number} is beyond 2^53 − 1 and would lose digits; write it as text.")


def _refuse_surrogates(text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Malformed("This text holds a lone surrogate, which UTF-8 cannot carry.")
