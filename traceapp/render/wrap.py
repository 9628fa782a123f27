"""Breaking words into a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from traceapp.render.faces import Weight, face, plain


class Paragraph:
    """Text and every way to break it into a few lines: the most natural first, then the most even."""

    def __init__(self, text: str, weight: Weight, most: int = 2) -> None:
        self._weight: Weight = weight
        words = plain(text).split(" ")
        self._ways = [sorted(self._broken(words, count)) for count in range(1, min(most, len(words)) + 1)]

    def _broken(self, words: Sequence[str], count: int) -> Iterator[tuple[bool, float, tuple[str, ...]]]:
        for cuts in combinations(range(1, len(words)), count - 1):
            lines = tuple(" ".join(words[start:end]) for start, end in pairwise((0, *cuts, len(words))))
            unnatural = not all(words[cut - 1].endswith(",") or words[cut].startswith("(") for cut in cuts)
            yield unnatural, max(map(face(self._weight).advance, lines)), lines

    def lines(self, ems: float, most: int | None = None) -> tuple[str, ...] | None:
        """The text on as few lines as fit this width, in type sizes; None where it does not fit."""
        fitting = (lines for ways in self._ways[:most] for _, widest, lines in ways if widest <= ems)
        return next(fitting, None)
