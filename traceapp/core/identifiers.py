"""The names that things carry: GS1 keys, lots and serials, trace codes, tax codes; and text made comparable.

Each is a `str` that cannot be built wrong: whoever holds a `Gtin` need not check it again.
"""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar, Self

from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.vn import mst

from traceapp.core.counted import Counted
from traceapp.core.errors import InvalidIdentifier

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRACE_CODE_BITS = 55
"""What the eleven data characters of a trace code hold."""

_AS_CROCKFORD = str.maketrans("abcdefghijklmnopqrstuvwxyzOIL", "ABCDEFGH1JK1MN0PQRSTUVWXYZ011")
_NOT_CSET_82 = re.compile(r"""[^!"%-/0-9:-?A-Z_a-z]""")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TRACE_CODE = re.compile(f"T[{CROCKFORD}]{{12}}")


def shown(text: str) -> str:
    """`text` quoted for a message: at most 40 characters of it, with everything unprintable escaped."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def check_digit(digits: str) -> str:
    """The GS1 mod-10 check digit that follows `digits` (weights 3, 1 from the right)."""
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def canonical_crockford(text: str) -> str:
    """Crockford base32 as people type it, made canonical: upper case, O → 0, I and L → 1. Other characters stay."""
    return text.translate(_AS_CROCKFORD)


def _require_digits(kind: str, text: str, length: int, hint: str = "") -> None:
    if not (text.isascii() and text.isdigit()):
        raise InvalidIdentifier(f"{kind} {shown(text)} is not made of digits only; write its {length} digits.")
    if len(text) != length:
        raise InvalidIdentifier(
            f"{kind} {shown(text)} has {Counted(len(text)):digit|digits}; write exactly {length}{hint}."
        )


class _Gs1Key(str):
    """A fixed number of digits, the last of them a mod-10 check digit."""

    __slots__ = ()
    _kind: ClassVar[str]
    _length: ClassVar[int]
    _hint: ClassVar[str] = ""

    def __new__(cls, text: str) -> Self:
        if isinstance(text, cls):
            return text
        _require_digits(cls._kind, text, cls._length, cls._hint)
        expected = check_digit(text[:-1])
        if text[-1] != expected:
            raise InvalidIdentifier(
                f"{cls._kind} {shown(text)} ends in {text[-1]} where its check digit should be {expected}; "
                "compare it with the printed number."
            )
        return super().__new__(cls, text)


class Gtin(_Gs1Key):
    """A trade item: 14 digits, shorter printed numbers filled with zeros from the left."""

    __slots__ = ()
    _kind = "GTIN"
    _length = 14
    _hint = ", with zeros in front of a shorter printed number"


class Gln(_Gs1Key):
    """A place or a party: 13 digits."""

    __slots__ = ()
    _kind = "GLN"
    _length = 13


class Sscc(_Gs1Key):
    """A logistic unit: 18 digits."""

    __slots__ = ()
    _kind = "SSCC"
    _length = 18


class _Cset82(str):
    """1 to `_longest` characters that every GS1 symbol can carry: no spaces, no accents."""

    __slots__ = ()
    _kind: ClassVar[str]
    _longest: ClassVar[int] = 20

    def __new__(cls, text: str) -> Self:
        if isinstance(text, cls):
            return text
        if not 1 <= len(text) <= cls._longest:
            raise InvalidIdentifier(
                f"{cls._kind} {shown(text)} has {Counted(len(text)):character|characters}; write 1 to {cls._longest}."
            )
        if odd := _NOT_CSET_82.search(text):
            raise InvalidIdentifier(
                f"{cls._kind} {shown(text)} contains {odd[0]!r}, which GS1 symbols cannot carry; "
                "use unaccented letters, digits and marks such as - . / _ without spaces."
            )
        return super().__new__(cls, text)


class Lot(_Cset82):
    """AI 10."""

    __slots__ = ()
    _kind = "Lot"


class Serial(_Cset82):
    """AI 21."""

    __slots__ = ()
    _kind = "Serial"


class Variant(_Cset82):
    """AI 22, the consumer product variant."""

    __slots__ = ()
    _kind = "Variant"


class GlnExtension(_Cset82):
    """AI 254, a place within a GLN."""

    __slots__ = ()
    _kind = "GLN extension"


class Tpx(_Cset82):
    """AI 235, a serial that a third party controls."""

    __slots__ = ()
    _kind = "Third-party serial"
    _longest = 28


class Giai(_Cset82):
    """AI 8004, an individual asset."""

    __slots__ = ()
    _kind = "GIAI"
    _longest = 30


class TraceCode(str):
    """`T` and 12 Crockford base32 characters, the last a Luhn mod 32 check: a product that has no GTIN yet.

    Accepts lower case and O, I, L for 0, 1, 1; what it holds is canonical.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if isinstance(text, cls):
            return text
        code = canonical_crockford(text)
        if not _TRACE_CODE.fullmatch(code):
            raise InvalidIdentifier(
                f"Trace code {shown(text)} is not T followed by 12 digits and letters (none of them U); "
                "copy it again from the label."
            )
        expected = luhn.calc_check_digit(code[1:-1], CROCKFORD)
        if code[-1] != expected:
            raise InvalidIdentifier(
                f"Trace code {shown(text)} ends in {code[-1]} where its check character should be {expected}; "
                "compare it with the label."
            )
        return super().__new__(cls, code)


def trace_code(number: int) -> TraceCode:
    """The trace code of a number below 2^55; for a new code the caller draws that number at random."""
    if not 0 <= number < 1 << TRACE_CODE_BITS:
        raise InvalidIdentifier(
            f"Trace code number {number:#x} is out of range; draw {TRACE_CODE_BITS} bits, 0 to 2^{TRACE_CODE_BITS} - 1."
        )
    data = "".join(CROCKFORD[number >> shift & 31] for shift in range(TRACE_CODE_BITS - 5, -1, -5))
    return TraceCode("T" + data + luhn.calc_check_digit(data, CROCKFORD))


class TaxCode(str):
    """A Vietnamese tax code (MST), separators removed: 10 digits, 13 for a branch, 12 for a household.

    Twelve digits are a citizen number, which has no check digit and is personal data.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        code = mst.compact(text)
        if not (code.isascii() and code.isdigit() and len(code) in (10, 12, 13)):
            raise InvalidIdentifier(f"Tax code {shown(text)} is not 10, 12 or 13 digits; write it as registered.")
        if len(code) != 12:
            _require_mst(text, code)
        return super().__new__(cls, code)

    @property
    def is_personal(self) -> bool:
        """Whether this is a citizen number."""
        return len(self) == 12


def _require_mst(text: str, code: str) -> None:
    try:
        mst.validate(code)
    except ValidationError as cause:
        expected = mst.calc_check_digit(code)
        remedy = (
            "compare it with the registration certificate"
            if code[9] == expected or len(expected) > 1
            else f"its tenth digit is {code[9]} where the check digit should be {expected}"
        )
        raise InvalidIdentifier(f"Tax code {shown(text)} was never given out; {remedy}.") from cause


class Ggn(str):
    """A GLOBALG.A.P. number: 13 digits."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        _require_digits("GGN", text, 13)
        return super().__new__(cls, text)


def nfc(text: str, *, multiline: bool = False) -> str:
    """`text` in Unicode NFC; refuses control characters (but line ends if `multiline`) and lone surrogates."""
    if multiline:
        text = text.replace("\r\n", "\n")
    bare = text.replace("\n", "") if multiline else text
    if odd := _UNWRITABLE.search(bare):
        raise InvalidIdentifier(
            f"The text {shown(text)} contains the unprintable character U+{ord(odd[0]):04X}; remove it."
        )
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """`text` as search compares it: lower case, no tones or marks, đ as d; so hoà, hòa and HOA are one word."""
    opened = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    bare = "".join(letter for letter in opened if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare.replace("đ", "d"))
