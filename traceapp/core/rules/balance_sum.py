"""One sum of the mass balance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from traceapp.core.events import Goods
from traceapp.core.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Sum:
    """`claimed` of `goods` against the `most` there can be (None: nothing to compare with), told in `unit`.

    `lot` is the lot whose goods they are, `answering` the lots whose entries made the sum what it is. `held_by` is
    the organisation that received them, empty for goods in their producer's hands.
    """

    kind: str
    lot: str
    goods: str
    unit: str
    claimed: Quantity
    most: Quantity | None
    answering: frozenset[str]
    restricted: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
    held_by: str = ""

    @property
    def exceeded(self) -> bool:
        """Whether more is claimed than there can be."""
        return self.most is not None and self.claimed.amount > self.most.amount

    @property
    def data(self) -> dict[str, Any]:
        """The sum's words and numbers; the numbers of a restricted event are not the public's."""
        told: dict[str, Any] = {"kind": self.kind, "lot": self.lot, "goods": self.goods, "unit": self.unit}
        if self.restricted or self.most is None:
            return told
        numbers = {"claimed": self.claimed.in_unit(self.unit), "most": self.most.in_unit(self.unit)}
        return {**told, **numbers, **self.details}


def lines(goods: Iterable[Goods]) -> list[dict[str, Any]]:
    """Goods as a finding carries them."""
    return [{"goods": one.name, "quantity": one.quantity, "unit": one.unit} for one in goods]
