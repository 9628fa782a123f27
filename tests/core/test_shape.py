"""Values read from JSON hold the types that their classes declare, or are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest

from traceapp.core.shape import as_tuple, require_shape


class Colour(StrEnum):
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Leaf:
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    age: int
    height: float
    alive: bool
    colour: Colour
    planted: date
    seen: datetime
    leaf: Leaf
    bark: bytes = b""
    note: str | None = None
    limit: float | None = None
    leaves: tuple[Leaf, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    rest: Any = None


TREE = Tree("chè", 30, 2, True, Colour.GREEN, date(1996, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), Leaf("búp", 0.5))


def test_a_value_of_the_declared_types_is_returned_as_it_is() -> None:
    assert require_shape(TREE) is TREE
    rich = replace(TREE, note="x", limit=3, leaves=(Leaf("a", 1), Leaf("b", 1.5)), more={"a": 1}, rest=object())
    assert require_shape(rich) is rich


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", None),
        ("name", 5),
        ("age", "30"),
        ("age", 30.0),
        ("age", True),
        ("height", "2"),
        ("height", False),
        ("alive", 1),
        ("alive", None),
        ("colour", "green"),
        ("planted", "1996-01-01"),
        ("seen", date(2026, 1, 1)),
        ("leaf", {"name": "búp", "weight": 1}),
        ("leaf", Leaf("búp", "light")),  # type: ignore[arg-type]
        ("bark", "text"),
        ("note", 5),
        ("note", True),
        ("limit", "3"),
        ("limit", True),
        ("leaves", [Leaf("a", 1)]),
        ("leaves", (Leaf("a", 1), "b")),
        ("leaves", (Leaf("a", None),)),  # type: ignore[arg-type]
        ("more", [("a", 1)]),
    ],
)
def test_a_field_of_another_type_is_named(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{name} is "):
        require_shape(replace(TREE, **{name: value}))


def test_only_a_json_array_becomes_a_tuple() -> None:
    assert as_tuple(["a", 1]) == ("a", 1)
    for value in ("text", None, {"a": 1}, 5, ("a",)):
        with pytest.raises(TypeError, match="no list"):
            as_tuple(value)
