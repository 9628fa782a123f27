"""Goods that change hands: what was sent, what came, and where the two differ.

What is sent, and what came, is told in two parts: all the goods, and in `kde` the cases they lie in (`cases`, ids) with
how much of the goods that is (`cased`). Records from before cases were named have neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from traceapp.core.canonical import plain
from traceapp.core.events import Event, Goods, Stage
from traceapp.core.quantities import Quantity, measure, name_key, unit_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One kind of goods that was counted differently on the two sides, told in `unit`."""

    goods: str
    unit: str
    sent: float
    received: float

    @property
    def missing(self) -> bool:
        """Whether less came than was sent."""
        return self.received < self.sent


@dataclass(frozen=True, slots=True)
class CaseDifference:
    """Cases that were sent and did not come, and those that came and were not sent; ids."""

    missing: tuple[str, ...]
    extra: tuple[str, ...]


def with_cases(
    loose: Iterable[Goods], cases: Iterable[str], cased: Goods | None
) -> tuple[tuple[Goods, ...], dict[str, Any]]:
    """All the goods, and what `kde` says of their cases: `cased` is what lies in them, in one line."""
    lines, named = list(loose), list(dict.fromkeys(cases))
    if not named or cased is None:
        return tuple(lines), {"cases": named} if named else {}
    for at, one in enumerate(lines):
        if _kind(one) == _kind(cased) and one.from_lot == cased.from_lot:
            amount = measure(one.quantity, one.unit).amount + measure(cased.quantity, cased.unit).amount
            lines[at] = replace(one, quantity=plain(Quantity(amount, _kind(one)[1]).in_unit(one.unit)))
            break
    else:
        lines.append(cased)
    told = {"goods": cased.name, "quantity": cased.quantity, "unit": cased.unit}
    return tuple(lines), {"cases": named, "cased": told}


def cases_in(event: Event) -> tuple[str, ...]:
    """The ids of the cases that an event names."""
    named = event.kde.get("cases")
    return tuple(one for one in named if isinstance(one, str)) if isinstance(named, list | tuple) else ()


def outside_cases(goods: Iterable[Goods], event: Event) -> tuple[Goods, ...]:
    """The goods less what lies in the cases that the event names."""
    lines, told = list(goods), event.kde.get("cased")
    if not cases_in(event) or not isinstance(told, Mapping):
        return tuple(lines)
    for at, one in enumerate(lines):
        if told.get("goods") == one.name and told.get("unit") == one.unit:
            left = measure(one.quantity, one.unit).amount - measure(_number(told.get("quantity")), one.unit).amount
            rest = replace(one, quantity=plain(Quantity(left, _kind(one)[1]).in_unit(one.unit)))
            lines[at : at + 1] = [rest] if left > 0 else []
            break
    return tuple(lines)


def _number(value: Any) -> float:
    return value if type(value) in (int, float) else 0


def case_differences(sent: Event, received: Event) -> CaseDifference:
    """Where the cases that were sent and those that came are not the same."""
    left, right = cases_in(sent), cases_in(received)
    return CaseDifference(
        tuple(one for one in left if one not in right), tuple(one for one in right if one not in left)
    )


def parties(event: Event) -> tuple[str, str] | None:
    """Whose goods they were and whose they become, by id; None where an event does not say so."""
    if event.stage is Stage.SHIP:
        known: tuple[Any, Any] = event.actor, event.kde.get("to")
    elif event.stage is Stage.RECEIVE:
        known = event.kde.get("from"), event.actor
    else:
        return None
    source, destination = known
    is_id = [isinstance(one, str) and one.startswith("https://") for one in known]
    return (str(source), str(destination)) if all(is_id) else None


def differences(sent: Iterable[Goods], received: Iterable[Goods]) -> tuple[Difference, ...]:
    """Kinds of goods whose amounts differ, exactly; units of one dimension are compared with each other."""
    left, right = _amounts(sent), _amounts(received)
    found = []
    for kind in dict.fromkeys((*left, *right)):
        goods = (left.get(kind) or right[kind])[0]
        one, other = (side[kind][1] if kind in side else Fraction(0) for side in (left, right))
        if one != other:
            told = (Quantity(amount, kind[1]).in_unit(goods.unit) for amount in (one, other))
            found.append(Difference(goods.name, goods.unit, *told))
    return tuple(found)


def _amounts(listed: Iterable[Goods]) -> dict[tuple[str, str], tuple[Goods, Fraction]]:
    found: dict[tuple[str, str], tuple[Goods, Fraction]] = {}
    for goods in listed:
        kind = _kind(goods)
        before = found[kind][1] if kind in found else Fraction(0)
        found[kind] = goods, before + measure(goods.quantity, goods.unit).amount
    return found


def _kind(goods: Goods) -> tuple[str, str]:
    return name_key(goods.name), unit_of(goods.unit)[0]
