"""Cases: what is packed into one carton, and the codes that cartons carry (SSCC, or GTIN and serial).

A case is told as an EPCIS AggregationEvent. It names items by their numbers, never by the serials on their labels:
those serials are what cannot be guessed, and a public record must not give them away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from traceapp.core.canonical import JsonObject
from traceapp.core.errors import InvalidEvent, InvalidIdentifier
from traceapp.core.facts import CaseFact, Content
from traceapp.core.identifiers import Gtin, Sscc, check_digit, shown
from traceapp.core.readings import require_readable
from traceapp.core.statements import Statement, to_terms

MOST_RANGES = 100
MOST_ITEMS = 100_000
_PREFIX = range(7, 13)
_CASE_INDICATORS = "12345678"


def sscc_of(prefix: str, reference: int, extension: int = 0) -> Sscc:
    """The SSCC of a company's `reference`-th logistic unit (GS1 General Specifications, AI 00).

    `prefix` is the GS1 company prefix, 7 to 12 digits; InvalidIdentifier for another, or when its numbers are used up.
    """
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) in _PREFIX):
        raise InvalidIdentifier(f"GS1 company prefix {shown(prefix)} is not 7 to 12 digits; copy it from the contract.")
    width = 16 - len(prefix)
    digits = f"{extension}{prefix}{reference:0{width}d}"
    if len(digits) != 17 or not 0 <= extension <= 9 or reference < 0:
        raise InvalidIdentifier(f"The prefix {prefix} has no SSCC number {reference} with extension {extension}.")
    return Sscc(digits + check_digit(digits))


def case_gtin(item: Gtin, indicator: str = "1") -> Gtin:
    """The GTIN-14 of a case of items that carry `item`: an indicator of 1 to 8 before their own digits.

    InvalidIdentifier for another.
    """
    if indicator not in _CASE_INDICATORS or len(indicator) != 1:
        raise InvalidIdentifier(f"The indicator of a case is a digit from 1 to 8, not {shown(indicator)}.")
    digits = indicator + item[1:13]
    return Gtin(digits + check_digit(digits))


def say_case(
    case: str, contents: Iterable[Content], *, unpacked: bool, day: date, by: str, role: str, restricted: bool = False
) -> Statement:
    """Items are packed into `case` (its id), or all that it holds is taken out. `restricted` hides who says so."""
    held = tuple(contents)
    _require_contents(held)
    subject: JsonObject = {
        "type": "AggregationEvent",
        "eventTime": f"{day.isoformat()}T00:00:00+07:00",
        "eventTimeZoneOffset": "+07:00",
        "action": "DELETE" if unpacked else "ADD",
        "bizStep": "unpacking" if unpacked else "packing",
        "parentID": case,
        "childQuantityList": [{"epcClass": one.lot, "quantity": one.count} for one in held],
        "traceapp:about": {"id": case},
        "traceapp:start": day.isoformat(),
        "traceapp:contents": [
            {"traceapp:lot": {"id": one.lot}, **to_terms({"first": one.first, "last": one.last})} for one in held
        ],
    }
    return require_readable(Statement("TraceEvent", subject, by, role, restricted=restricted))


def _require_contents(held: tuple[Content, ...]) -> None:
    if not 1 <= len(held) <= MOST_RANGES:
        raise InvalidEvent(f"A case holds 1 to {MOST_RANGES} ranges of items, not {len(held)}.")
    if sum(one.count for one in held) > MOST_ITEMS:
        raise InvalidEvent(f"A case holds at most {MOST_ITEMS:,} items: check the numbers.")
    for one in held:
        if not 1 <= one.first <= one.last:
            raise InvalidEvent(f"Items {one.first} to {one.last} are none: the smaller number first, from 1 on.")
    for at, one in enumerate(held):
        if any(overlap(one, other) for other in held[at + 1 :]):
            raise InvalidEvent(f"Items {one.first} to {one.last} are named twice: name each once.")


def overlap(one: Content, other: Content) -> bool:
    """Whether two ranges share an item."""
    return one.lot == other.lot and one.first <= other.last and other.first <= one.last


def joined(held: Iterable[Content]) -> tuple[Content, ...]:
    """The same items, neighbouring ranges as one: how they are shown. Lots stay in the order in which they came."""
    by_lot: dict[str, list[Content]] = {}
    for one in held:
        by_lot.setdefault(one.lot, []).append(one)
    return tuple(one for ranges in by_lot.values() for one in _joined(ranges))


def _joined(ranges: Iterable[Content]) -> list[Content]:
    found: list[Content] = []
    for one in sorted(ranges, key=lambda one: one.first):
        if found and found[-1].last + 1 == one.first:
            found[-1] = replace(found[-1], last=one.last)
        else:
            found.append(one)
    return found


def held_now(said: Iterable[CaseFact]) -> tuple[Content, ...]:
    """What a case holds after everything that was said of it, in the order of the log; nothing once it was unpacked."""
    held: tuple[Content, ...] = ()
    for fact in sorted(said, key=lambda one: one.source.leaf_index):
        held = () if fact.unpacked else (*held, *fact.contents)
    return held
