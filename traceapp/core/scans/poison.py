"""Made-up scans of people who want honest packs to look copied. They hold the packs' addresses and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from traceapp.core.scans.copy_signs import HOUSEHOLD, MANY_SCANS
from traceapp.core.scans.memory import HOUR
from traceapp.core.scans.traffic import Line, Scan

FAR_PLACES = ("01", "48", "79")
_EVENING = 4 * HOUR


def one_address(line: Line, items: Sequence[int], at: int, count: int = 10_000) -> Iterator[Scan]:
    """One address scans all items round and round, in ten hours."""
    for number in range(count):
        yield Scan(at + number * 10 * HOUR // count, items[number % len(items)], line)


def many_scans(lines: Sequence[Line], items: Sequence[int], at: int) -> Iterator[Scan]:
    """Many addresses share the items out, so that each gets as many scans as are too many, by as few as that takes."""
    heads = MANY_SCANS // HOUSEHOLD[1]
    for number, item in enumerate(items):
        chosen = [lines[(number * heads + one) % len(lines)] for one in range(heads)]
        moment = at + number * _EVENING // len(items)
        for step in range(MANY_SCANS + heads):
            yield Scan(moment + step, item, chosen[step % heads])


def far_places(lines: Sequence[Line], items: Sequence[int], at: int) -> Iterator[Scan]:
    """Three addresses each scan an item and say that they are at three ends of the country; then one scans again."""
    for number, item in enumerate(items):
        moment = at + number * _EVENING // len(items)
        for one, place in enumerate(FAR_PLACES):
            yield Scan(moment + one, item, lines[(number * len(FAR_PLACES) + one) % len(lines)], place)
        yield Scan(moment + len(FAR_PLACES), item, lines[number * len(FAR_PLACES) % len(lines)])


def homes(count: int) -> list[Line]:
    """So many addresses, each of a line of its own that no table knows."""
    return [
        Line(f"118.{69 + number // 250}.{number % 250}.{number * 7 % 250 + 1}", None, "01") for number in range(count)
    ]


def one_ipv4_network(count: int) -> list[Line]:
    """So many addresses that are neighbours, as of one rented server room."""
    return [Line(f"103.28.36.{number + 1}", None, "01") for number in range(count)]


def one_ipv6_line(count: int) -> list[Line]:
    """So many networks of one line, which cost their owner nothing."""
    return [Line(f"2001:ee0:4f01:{number:x}::1", None, "01") for number in range(count)]
