"""Finding a page by what somebody types or pastes, and the products to show first."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import Connection, select

from traceapp.core.digital_link import Identity, parse_path, parse_url
from traceapp.core.errors import InvalidIdentifier, NotFound
from traceapp.core.identifiers import Gtin, TraceCode
from traceapp.db.tables import lots, products

LONGEST = 600
MOST_RECENT = 8


def find(connection: Connection, text: str, within: str, hosts: Collection[str]) -> str:
    """The path of the page for a pasted address, a GTIN, a trace code, a lot number, or a serial `within` a lot's path.

    NotFound, saying what may be typed, when nothing fits.
    """
    wanted = text.strip()[:LONGEST]
    if "://" in wanted or wanted.startswith("/"):
        return _pasted(wanted, hosts)
    compact = re.sub(r"[\s.-]", "", wanted)
    if within:
        return parse_path(f"{within.rstrip('/')}/21/{compact}").path
    if compact.isascii() and compact.isdigit() and 8 <= len(compact) <= 14:
        return Identity(Gtin(compact.zfill(14))).path
    try:
        return Identity(TraceCode(compact)).path
    except InvalidIdentifier:
        return _lot(connection, compact)


def _pasted(address: str, hosts: Collection[str]) -> str:
    if address.startswith("/"):
        return parse_path(address.partition("?")[0]).path
    host, link, _ = parse_url(address)
    if host not in hosts:
        raise NotFound(f"This code belongs to {host}, which is another service: open it there.")
    return link.path


def _lot(connection: Connection, text: str) -> str:
    found = connection.execute(select(lots.c.id).where(lots.c.lot == text.upper()).limit(2)).scalars().all()
    if len(found) != 1:
        raise NotFound(
            f"No product or lot here is called {text[:40]!r}. Type the digits below the bar code, the lot number "
            "printed beside the dates, or paste the address that the QR code opens."
        )
    return "/" + str(found[0]).partition("://")[2].partition("/")[2]


def recent_products(connection: Connection) -> list[Identity]:
    """The newest products, newest first."""
    query = select(products.c.code).order_by(products.c.record_id.desc()).limit(MOST_RECENT)
    return [Identity(Gtin(code) if code.isdigit() else TraceCode(code)) for code in connection.execute(query).scalars()]
