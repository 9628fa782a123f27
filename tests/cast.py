"""Who and what the tests speak of, by role: ids, names and days that every builder shares."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from traceapp.core.dates import midnight

HOST = "id.example.vn"
NOW = datetime(2026, 11, 21, 11, 5, tzinfo=UTC)
"""The demo's day, 18:05 in Vietnam."""
TODAY = date(2026, 11, 21)
REGISTERED = datetime(2023, 1, 2, 2, 0, tzinfo=UTC)


def thing_id(name: str) -> str:
    """The id of a thing without a GS1 key."""
    return f"https://{HOST}/id/{uuid5(NAMESPACE_URL, name)}"


PRODUCER = thing_id("producer")
OTHER_PRODUCER = thing_id("other producer")
CERTIFIER = thing_id("certifier")
LABORATORY = thing_id("laboratory")
COUNCIL = thing_id("council")
INSPECTOR = thing_id("inspector")
AUTHORITY = thing_id("authority")
ROLES = {
    PRODUCER: "producer",
    OTHER_PRODUCER: "producer",
    CERTIFIER: "certifier",
    LABORATORY: "laboratory",
    COUNCIL: "council",
    INSPECTOR: "inspectorate",
    AUTHORITY: "authority",
}
GTIN = "09520000000127"
PRODUCT = f"https://{HOST}/01/{GTIN}"
LOT = f"{PRODUCT}/10/L1"
OTHER_LOT = f"{PRODUCT}/10/L2"
PLACE = f"https://{HOST}/414/9520000900021"

NAMES = {
    PRODUCER: "HTX Chè Đồi Mây",
    OTHER_PRODUCER: "HTX Cam Đồi Gió",
    CERTIFIER: "Tổ chức XYZ-Mẫu",
    LABORATORY: "Phòng thử nghiệm Mẫu 17025",
    COUNCIL: "Hội đồng OCOP cấp tỉnh",
    INSPECTOR: "Tổ kiểm tra số 3",
    AUTHORITY: "Chi cục Chất lượng nông sản",
}


def serial_of(item: int | None) -> str:
    """Thirteen characters in place of the real serial of an item."""
    return "ZZZZZZZZZZZZZ" if item is None else f"{item:013d}"


def recorded(day: date) -> datetime:
    """17:00 in Vietnam: the day's work is written down before the light goes."""
    return midnight(day) + timedelta(hours=17)
