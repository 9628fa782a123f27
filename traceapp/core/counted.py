"""How English counts: one entry, two entries."""

from __future__ import annotations


class Counted(str):
    """A number as it is written; `{days:day|days}` adds the word that goes with it."""

    __slots__ = ()

    def __format__(self, words: str) -> str:
        one, _, many = words.partition("|")
        return f"{self} {one if self == '1' else many}" if words else str(self)
