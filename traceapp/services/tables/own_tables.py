"""All that an organisation has here as tables, in the layouts that can be imported again, and a few more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from traceapp.adapters.sheet_writing import Sheet
from traceapp.core.canonical import JsonObject
from traceapp.core.sheets.cell_text import cells_of
from traceapp.core.sheets.layouts import CERTIFICATES, DIARY, HOUSEHOLDS, PLOTS, PRODUCTS
from traceapp.core.sheets.rows import Layout
from traceapp.db import driver
from traceapp.db.tables import label_runs, lots, messages, products
from traceapp.i18n import show_date, show_instant
from traceapp.i18n.sheets import kind_name
from traceapp.services.records.names import told_by
from traceapp.services.tables.diary import as_row
from traceapp.services.tables.known import Known, declared_by

_MORE = {
    "vi": {
        "lots": ("Lô hàng", ("Mã sản phẩm", "Số lô", "Ngày làm", "Hạn dùng", "Số lượng", "Đơn vị")),
        "labels": ("Tem", ("Lô", "Từ số", "Số tem", "Có chữ ký")),
        "messages": ("Câu hỏi, tin báo", ("Số", "Loại", "Gửi lúc", "Nội dung", "Trạng thái", "Trả lời")),
    },
    "en": {
        "lots": ("Lots", ("Product code", "Lot", "Made", "Expires", "Quantity", "Unit")),
        "labels": ("Labels", ("Lot", "First", "Count", "Signed")),
        "messages": ("Questions, reports", ("Number", "Kind", "Sent", "Words", "State", "Answer")),
    },
}
_ISO_DAYS = ("issued", "expires")
_PEOPLE = (
    "SELECT record_id, field, value FROM personal WHERE field IN ('operator', 'verified_by') AND record_id IN ({})"
)


@dataclass(frozen=True, slots=True)
class OwnTable:
    """One table: the name of its file, and its sheet."""

    file: str
    sheet: Sheet


def own_tables(connection: Connection, organisation: str, lang: str) -> Iterator[OwnTable]:
    """Households, places, products, certificates, diary, lots, labels, messages: as they were typed, unverified."""
    known = Known(connection, organisation)
    yield _layout_table(HOUSEHOLDS, known.households.values(), lang)
    yield _layout_table(PLOTS, map(_place, known.places.values()), lang)
    yield _layout_table(PRODUCTS, known.products.values(), lang)
    yield _layout_table(CERTIFICATES, (_paper(known, one) for one in known.certificates()), lang)
    yield _layout_table(DIARY, _entries(known), lang)
    for name, rows in (("lots", _lots), ("labels", _labels), ("messages", _messages)):
        title, titles = _MORE[lang][name]
        yield OwnTable(name, Sheet(title, titles, list(rows(connection, organisation, lang))))


def _layout_table(layout: Layout, rows: Any, lang: str) -> OwnTable:
    titles = [layout.title(one.key, lang) for one in layout.columns]
    cells = [cells_of(layout, one) for one in rows]
    return OwnTable(layout.kind, Sheet(kind_name(layout.kind, lang), titles, cells, frozenset(range(len(titles)))))


def _entries(known: Known) -> Iterator[Mapping[str, Any]]:
    """What it recorded of its own lots itself; what others measured, received or sent on is their word."""
    own = set(known.lots.values())
    told = [
        (record_id, document["credentialSubject"])
        for record_id, document in known.events(own)
        if declared_by(document) == known.organisation and document["credentialSubject"]["traceapp:lot"]["id"] in own
    ]
    people = _people(known.connection, [record_id for record_id, _ in told])
    for record_id, subject in told:
        yield {**as_row(subject), **people.get(record_id, {})}


def _people(connection: Connection, ids: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """Who did it and who looked at it again, by record: it is no part of what is signed."""
    found: dict[str, dict[str, Any]] = {}
    for record_id, name, value in driver.run_for(connection, _PEOPLE, ids):
        found.setdefault(record_id, {})[name] = json.loads(value)
    return found


def _place(told: JsonObject) -> Mapping[str, Any]:
    """A place as its producer knows it: where exactly it is; without a code of its own it is called by its GLN."""
    exact = dict(zip(("latitude", "longitude"), told.get("position") or (), strict=False))
    return {**told, **exact, "code": told.get("code") or told.get("gln")}


def _paper(known: Known, told: JsonObject) -> Mapping[str, Any]:
    about, issuer = told["about"]["id"], told["issuer"]["id"]
    thing = known.products.get(about) or known.places.get(about) or {}
    names = {one: name for one, name in known.issuers.values()}
    days = {name: date.fromisoformat(told[name]) for name in _ISO_DAYS if told.get(name)}
    return {
        **told,
        **days,
        "about": thing.get("code") or thing.get("gln") or ("cơ sở" if about == known.organisation else about),
        "issuer": names.get(issuer, issuer),
        "surveillance": tuple(date.fromisoformat(day) for day in told.get("surveillance", ())),
    }


def _lots(connection: Connection, organisation: str, lang: str) -> Iterator[list[str | int | float | None]]:
    query = (
        select(products.c.code, lots.c.id, lots.c.lot)
        .join(products, products.c.id == lots.c.product)
        .where(products.c.organisation == organisation)
        .order_by(lots.c.record_id)
    )
    for row in connection.execute(query).all():
        told = told_by(connection, row.id, "LotRecord")
        days = (_day(told.get(name)) for name in ("made", "expires"))
        yield [row.code, row.lot, *days, told.get("quantity"), told.get("unit")]


def _day(told: str | None) -> str:
    return show_date(date.fromisoformat(told)) if told else ""


def _labels(connection: Connection, organisation: str, lang: str) -> Iterator[list[str | int]]:
    query = (
        select(lots.c.lot, label_runs.c["first"], label_runs.c["count"], label_runs.c.signed)
        .join(lots, lots.c.id == label_runs.c.lot)
        .join(products, products.c.id == lots.c.product)
        .where(products.c.organisation == organisation)
        .order_by(label_runs.c.record_id)
    )
    for lot, first, count, signed in connection.execute(query):
        yield [lot, first, count, "x" if signed else ""]


def _messages(connection: Connection, organisation: str, lang: str) -> Iterator[list[str]]:
    query = (
        select(
            messages.c.reference, messages.c.kind, messages.c.sent, messages.c.words, messages.c.state, messages.c.reply
        )
        .join(products, products.c.id == messages.c.product)
        .where(products.c.organisation == organisation)
        .order_by(messages.c.id)
    )
    for reference, kind, sent, words, state, reply in connection.execute(query):
        yield [reference, kind, _instant(sent, lang), words, state, reply or ""]


def _instant(moment: datetime | None, lang: str) -> str:
    return show_instant(moment, lang) if moment else ""
