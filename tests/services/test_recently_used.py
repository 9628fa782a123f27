"""What was asked for lately is kept, up to so many bytes."""

from __future__ import annotations

from dataclasses import dataclass

from traceapp.db.recently_used import RecentlyUsed


@dataclass
class Box:
    """Something that takes `bytes`."""

    bytes: int

    def weight(self) -> int:
        return self.bytes


def kept(most: int, **boxes: int) -> RecentlyUsed[str, Box]:
    found: RecentlyUsed[str, Box] = RecentlyUsed(most)
    for name, weight in boxes.items():
        found.keep(name, Box(weight))
    return found


def weights(found: RecentlyUsed[str, Box]) -> list[int]:
    return [one.bytes for one in found.all()]


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    boxes = kept(6, a=1, b=2, c=3)
    assert boxes.find("a") == Box(1)
    boxes.keep("d", Box(2))
    assert boxes.find("b") is None
    assert weights(boxes) == [3, 1, 2]


def test_what_is_kept_again_takes_the_place_of_the_one_before() -> None:
    boxes = kept(6, a=5, b=1)
    boxes.keep("a", Box(2))
    boxes.keep("c", Box(3))
    assert weights(boxes) == [1, 2, 3], "what the first weighed is free again"


def test_a_value_counts_for_what_it_weighed_when_it_was_kept() -> None:
    boxes = kept(6, a=3, b=3)
    (grown, _) = boxes.all()
    grown.bytes = 100
    boxes.keep("c", Box(3))
    boxes.keep("d", Box(3))
    assert weights(boxes) == [3, 3]


def test_what_is_too_large_alone_pushes_no_other_out() -> None:
    boxes = kept(6, a=3, b=3)
    boxes.keep("a", Box(7))
    assert boxes.find("a") is None, "nor is the one before told in its place"
    assert weights(boxes) == [3]


def test_all_of_it_is_forgotten_at_once() -> None:
    boxes = kept(6, a=3, b=3)
    boxes.forget()
    assert weights(boxes) == []
    boxes.keep("c", Box(6))
    assert weights(boxes) == [6]
