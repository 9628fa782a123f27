"""How often codes were scanned, by day and by province: from hourly counts, which name nobody.

A province is told from five scans on; fewer would point at a buyer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from traceapp.core.dates import VIETNAM, midnight
from traceapp.services.scans.store import HOUR, ScanStore

LEAST_TOLD = 5
DAYS = 30
CHUNK = 400


@dataclass(frozen=True, slots=True)
class ScanOverview:
    """Scans of the last days: each day in order, provinces (codes) with most first, and those told of none."""

    days: tuple[tuple[date, int], ...]
    provinces: tuple[tuple[str, int], ...]
    elsewhere: int
    total: int


def scan_overview(store: ScanStore, things: Collection[str], today: date, days: int = DAYS) -> ScanOverview:
    """The scans of lots and products (ids) in the last `days` Vietnamese days, `today` included."""
    first = today - timedelta(days=days - 1)
    since = int(midnight(first).timestamp()) // HOUR
    by_day: Counter[date] = Counter()
    by_province: Counter[str] = Counter()
    for hour, province, count in _rows(store, sorted(things), since):
        by_day[datetime.fromtimestamp(hour * HOUR, VIETNAM).date()] += count
        by_province[province] += count
    told = {code: count for code, count in by_province.items() if code and count >= LEAST_TOLD}
    total = sum(by_day.values())
    return ScanOverview(
        days=tuple((first + timedelta(days=at), by_day[first + timedelta(days=at)]) for at in range(days)),
        provinces=tuple(sorted(told.items(), key=lambda one: (-one[1], one[0]))),
        elsewhere=total - sum(told.values()),
        total=total,
    )


def _rows(store: ScanStore, things: list[str], since: int) -> list[tuple[int, str, int]]:
    found: list[tuple[int, str, int]] = []
    with store.transaction() as cursor:
        for at in range(0, len(things), CHUNK):
            part = things[at : at + CHUNK]
            names = {f"thing{place}": thing for place, thing in enumerate(part)}
            sql = (
                "SELECT hour, province, sum(count) FROM scan_hours WHERE hour >= :since "  # noqa: S608 - names of ours
                f"AND thing IN ({', '.join(f':{name}' for name in names)}) GROUP BY hour, province"
            )
            rows = cursor.run(sql, {"since": since, **names})
            found += [(int(hour), str(province), int(count)) for hour, province, count in rows]
    return found
