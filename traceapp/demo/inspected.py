"""An inspection in the demonstration: an authority holds the sweets whose metal detector found a pack, an inspectorate
looks, and the authority releases the lot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlalchemy import Connection

from traceapp.core.facts import CheckedItem, Measured
from traceapp.core.inspections import Seen
from traceapp.services.inspections.recording import SerialKey, inspect_thing
from traceapp.services.lots.acts import hold, release
from traceapp.services.records.signing import Notary

LOT = "BR1103"
_HELD = "Máy dò kim loại loại một gói: giữ lô chờ cơ quan kiểm tra xem."
_RELEASED = "Đã kiểm: gói bị loại được cách ly, máy dò đạt khi thử lại, các gói khác không có kim loại."
_NOTE = "Cho chạy lại 60 gói qua máy dò, không gói nào bị loại. Gói bị loại được cách ly và dán nhãn riêng."
_LOOKED = "2026-11-05"
_CHECKS = ("hygiene", "critical-limits", "instruments", "source-lots", "people")


def load_inspection(
    connection: Connection,
    ids: Mapping[str, str],
    day: Callable[[str], date],
    notary: Notary,
    now: datetime,
    serial_key: SerialKey,
) -> None:
    """Hold, look and release, through the same services as everybody."""
    lot, authority = ids[LOT], ids["org-auth"]
    hold(connection, lot, _HELD, authority, notary, now)
    seen = Seen(
        day=day(_LOOKED),
        result="pass",
        note=_NOTE,
        checklist="workshop",
        checks=tuple(CheckedItem(code, "pass") for code in _CHECKS),
        measured=(Measured("gói chạy lại qua máy dò", "60", "gói"), Measured("gói bị loại", "0", "gói")),
        seal="NP-0511",
        sample="M-BR-02",
    )
    path = lot.removeprefix(f"https://{notary.host}")
    inspect_thing(connection, path, seen, ids["org-insp"], notary, now, serial_key=serial_key)
    release(connection, lot, _RELEASED, authority, notary, now)
