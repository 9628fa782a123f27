"""Vietnamese text made findable: without tones and marks, or with each word's tones put in front of it.

A tone belongs to its syllable, not to one of its vowels: taken out from between the letters, `hoà` and `hòa` are one
word. In front of them it lets a word be found by its beginning: `hoà` begins `hoàng`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

LONGEST_WORD = 40
"""Characters of a word that count; longer ones are no words that anybody types."""
MOST_WORDS = 80
"""Words of one text that are filed."""

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_MARK = "[\u0300-\u036f]"
# The Icelandic and the African letter look like Đ in capitals: old fonts and converters put them in its place.
_ONE_D = {ord(letter): "đ" for letter in "ðɖ"}
_MARKS = re.compile(_MARK)
_PIECE = rf"(?:[^\W_]|{_MARK})+"
# What may stand inside a word: M'gar, DM-05, TP.HCM, 40°N is two.
_WORD = re.compile(rf"{_PIECE}(?:['’ʼ`.&/‐-]{_PIECE})*")
_PART = re.compile(_PIECE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word in parts, where marks such as the one in `M'gar` divide it: folded, and as spelled with tones in front."""

    folded: tuple[str, ...]
    spelled: tuple[str, ...]

    @property
    def is_marked(self) -> bool:
        """Whether it was written with a tone or mark."""
        return self.folded != self.spelled


@dataclass(frozen=True, slots=True)
class Terms:
    """What a text is filed under: words as spelled, and folded words with those that people write as one."""

    spelled: frozenset[str]
    folded: frozenset[str]


def fold(text: str) -> str:
    """`text` without case, tones and marks, đ as d, single spaces; punctuation and digits stay."""
    return " ".join(_unmarked(_decomposed(text)).split())


def words(text: str, most: int = MOST_WORDS) -> tuple[Word, ...]:
    """The words of `text`, in order, `most` of them."""
    found = _WORD.findall(_decomposed(text))
    made = (_word(one) for one in found[:most])
    return tuple(one for one in made if any(one.folded))


@lru_cache(maxsize=4096)
def terms(text: str) -> Terms:
    """Everything that `text` can be found by: its words and their parts, and neighbours written together (`daklak`)."""
    found = words(text)
    joined = ["".join(one.folded) for one in found]
    folded = {part for one in found for part in one.folded} | set(joined)
    spelled = {part for one in found for part in one.spelled} | {"".join(one.spelled) for one in found}
    folded |= {one + other for one, other in pairwise(joined)}
    return Terms(_short(spelled), _short(folded))


def joined(parts: tuple[str, ...]) -> str:
    """The parts as one word, as long as it is filed."""
    return "".join(parts)[:LONGEST_WORD]


def _short(found: set[str]) -> frozenset[str]:
    return frozenset(one[:LONGEST_WORD] for one in found)


def _word(text: str) -> Word:
    parts = [part for part in _PART.findall(text) if _unmarked(part)]
    return Word(tuple(_unmarked(part) for part in parts), tuple(_with_tones_first(part) for part in parts))


def _with_tones_first(part: str) -> str:
    tones = "".join(letter for letter in part if letter in _TONES)
    letters = "".join(letter for letter in part if letter not in _TONES)
    return tones + unicodedata.normalize("NFC", letters)


def _unmarked(decomposed: str) -> str:
    return _MARKS.sub("", decomposed).replace("đ", "d")


def _decomposed(text: str) -> str:
    """Letters and marks apart, without case: equal for texts that differ in case, width or composition only.

    This is Unicode's compatibility caseless matching (D146). Marks of other scripts, and what cannot be seen, are gone.
    """
    found = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold())
    found = unicodedata.normalize("NFKD", found.casefold()).translate(_ONE_D)
    return "".join(letter if " " <= letter <= "~" else _kept(letter) for letter in found)


@lru_cache(maxsize=4096)
def _kept(letter: str) -> str:
    """A letter as it is; a space for control characters and halves of characters; nothing for what joins or hides."""
    kind = unicodedata.category(letter)
    if kind in ("Cc", "Cs") or kind[0] == "Z":
        return " "
    if kind == "Cf" or (kind[0] == "M" and not _MARKS.match(letter)):
        return ""
    return letter
