"""Finding a page by what somebody types or pastes, and the products to show first."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import quote

from sqlalchemy import Connection, select

from traceapp.core.digital_link import Identity, parse_path, parse_query, parse_url
from traceapp.core.errors import InvalidIdentifier, NotFound
from traceapp.core.identifiers import Gtin, TraceCode, shown
from traceapp.core.serials import canonical_serial
from traceapp.db.tables import lots, products

LONGEST = 600
MOST_RECENT = 8


def find(connection: Connection, text: str, within: str, hosts: Collection[str]) -> str:
    """Where the page is for a pasted address, a GTIN, a trace code, a lot number, or a serial `within` a lot's path.

    A path, with `?S=…` where a pasted label is signed. NotFound, saying what may be typed, when nothing fits.
    InvalidIdentifier for characters that no code has.
    """
    wanted = text.strip()[:LONGEST]
    if not wanted.isprintable():
        raise InvalidIdentifier(f"{shown(wanted)} holds characters that no code has: type it again.")
    if "://" in wanted or wanted.startswith("/"):
        return _pasted(wanted, hosts)
    compact = re.sub(r"[\s.-]", "", wanted)
    if within:
        return parse_path(f"{within.rstrip('/')}/21/{canonical_serial(compact)}").path
    if lot := _lot(connection, {wanted, wanted.upper(), compact, compact.upper()}):
        return lot
    if compact.isascii() and compact.isdigit() and 8 <= len(compact) <= 14:
        return Identity(Gtin(compact.zfill(14))).path
    try:
        return Identity(TraceCode(compact)).path
    except InvalidIdentifier as cause:
        raise NotFound(
            f"No product or lot here is called {shown(wanted)}. Type the digits below the bar code, the lot number "
            "printed beside the dates, or paste the address that the QR code opens."
        ) from cause


def may_be_words(text: str, within: str) -> bool:
    """Whether what somebody typed may be a name rather than a code or an address."""
    return not within and "://" not in text and not text.strip().startswith("/")


def _pasted(address: str, hosts: Collection[str]) -> str:
    if address.startswith("/"):
        raw_path, _, raw_query = address.partition("?")
        link, query = parse_path(raw_path), parse_query(raw_query)
    else:
        host, link, query = parse_url(address)
        if host not in hosts:
            raise NotFound(f"This code belongs to {host}, which is another service: open it there.")
    signature = query.sole_signature()
    return f"{link.path}?S={quote(signature, safe='')}" if signature else link.path


def _lot(connection: Connection, spellings: Collection[str]) -> str | None:
    """The path of the lot with such a number; None where there is none. NotFound where several products have one."""
    found = connection.execute(select(lots.c.id).where(lots.c.lot.in_(sorted(spellings))).limit(2)).scalars().all()
    if len(found) > 1:
        raise NotFound("Several products have a lot of that number: type the digits below the bar code first.")
    return "/" + str(found[0]).partition("://")[2].partition("/")[2] if found else None


def recent_products(connection: Connection) -> list[Identity]:
    """The newest products, newest first."""
    query = select(products.c.code).order_by(products.c.record_id.desc()).limit(MOST_RECENT)
    return [Identity(Gtin(code) if code.isdigit() else TraceCode(code)) for code in connection.execute(query).scalars()]
