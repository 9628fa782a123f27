"""Everything of one's own as one ZIP: records as they were signed, tables, pictures, papers, a bundle for each lot.

Written file by file, so memory does not grow with what there is. What is personal is in it: it is for its owner.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from traceapp.adapters.media import read_picture
from traceapp.adapters.papers import read_paper
from traceapp.adapters.sheet_writing import write_csv, write_workbook
from traceapp.core.dates import rfc3339
from traceapp.core.digital_link import parse_path
from traceapp.core.errors import NotFound
from traceapp.core.statements import is_restricted
from traceapp.db import driver
from traceapp.render.zip_stream import ZipStream
from traceapp.services.diary.entries import open_entries, photo_of
from traceapp.services.records.bundles import bundle_name, make_bundle
from traceapp.services.records.signing import parse_document
from traceapp.services.records.verdicts import gather
from traceapp.services.registry.registers import role_of
from traceapp.services.tables.known import Known, declared_by
from traceapp.services.tables.own_tables import own_tables
from traceapp.services.world import World

MOST_BUNDLES = 500
"""Lots whose bundles are put in, the newest; every other one can be had from its page."""

_RECORDS = (
    "SELECT DISTINCT e.leaf_index, r.record_id, r.body FROM record_subjects s "
    "JOIN log_entries e ON e.leaf_index = s.leaf_index JOIN records r ON r.record_id = e.record_id "
    "WHERE s.subject IN ({}) ORDER BY e.leaf_index"
)
_PERSONAL = "SELECT record_id, field, value FROM personal WHERE record_id IN ({})"
_PAPERS = "SELECT file FROM certificate_papers WHERE certificate IN ({})"
_PHOTOGRAPHED = (
    "SELECT e.id, e.record_id FROM diary_photos p JOIN diary_entries e ON e.id = p.entry "
    "WHERE e.organisation = ? ORDER BY e.id"
)
_CERTIFICATES = "SELECT id FROM certificates WHERE about IN ({})"
_ISSUED = "SELECT id FROM certificates WHERE issuer = ?"
_README = """Tất cả những gì cơ sở đã ghi ở {host}, lấy lúc {now}.
records/   từng hồ sơ đúng như lúc ký (JSON)
personal.json   điều riêng tư đi kèm: giữ kín
tables/    bảng CSV và tables.xlsx, nhập lại được
photos/ papers/   ảnh sản phẩm, ảnh chụp trong nhật ký, giấy chứng nhận
unsigned.json   mục nhật ký chưa ký
bundles/   hồ sơ từng lô, tự kiểm được không cần mạng: traceapp verify TỆP

Everything recorded at {host}, taken {now}: records as signed, personal values beside them (keep them to yourself),
tables that can be imported again, pictures, papers, diary entries that are not signed yet, and a bundle for each lot:
traceapp verify FILE.
"""


def export_all(world: World, connection: Connection, organisation: str, out: BinaryIO, lang: str) -> int:
    """Write the ZIP of an organisation into `out`. Returns how many files are in it; NotFound."""
    role_of(connection, organisation)
    known, digests = Known(connection, organisation), dict[str, str]()
    with ZipStream(out) as archive:
        for name, data in _files(world, connection, known, lang):
            digests[name] = hashlib.sha256(data).hexdigest()
            archive.add(name, data)
        archive.add("manifest.json", json.dumps(digests, indent=1, sort_keys=True).encode())
    return len(digests) + 1


def _files(world: World, connection: Connection, known: Known, lang: str) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", _README.format(host=world.host, now=rfc3339(world.clock())).encode()
    tables = list(own_tables(connection, known.organisation, lang))
    for one in tables:
        yield f"tables/{one.file}.csv", write_csv(one.sheet.titles, one.sheet.rows)
    yield "tables/tables.xlsx", write_workbook(one.sheet for one in tables)
    certificates = _certificates(connection, known)
    ids: list[str] = []
    for record_id, body in _records(
        connection, {*known.things, *known.lots.values(), *known.households, *certificates}
    ):
        document = parse_document(body)
        # What others hand over among themselves is theirs; a restricted record names its parties by their ids.
        if is_restricted(document) and known.organisation.encode() not in body:
            continue
        if declared_by(document) == known.organisation:
            ids.append(record_id)
        yield f"records/{record_id}.json", body
    yield "personal.json", json.dumps(_personal(connection, ids), ensure_ascii=False, indent=1).encode()
    yield "unsigned.json", json.dumps(_unsigned(connection, known), ensure_ascii=False, indent=1).encode()
    yield from _pictures(world.media_dir, known)
    yield from _diary_photos(connection, known)
    yield from _papers(connection, world.papers_dir, certificates)
    yield from _bundles(world, connection, known)


def _certificates(connection: Connection, known: Known) -> set[str]:
    held = {row[0] for row in driver.run_for(connection, _CERTIFICATES, known.things)}
    return held | {row[0] for row in driver.run(connection, _ISSUED, (known.organisation,))}


def _records(connection: Connection, subjects: set[str]) -> Iterator[tuple[str, bytes]]:
    """Each record about these things once, whoever declared it."""
    seen: set[str] = set()
    wanted = sorted(subjects)
    for at in range(0, len(wanted), driver.CHUNK):
        for _, record_id, body in driver.run_for(connection, _RECORDS, wanted[at : at + driver.CHUNK]):
            if record_id not in seen:
                seen.add(record_id)
                yield record_id, bytes(body)


def _personal(connection: Connection, ids: list[str]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for record_id, name, value in driver.run_for(connection, _PERSONAL, ids):
        found.setdefault(record_id, {})[name] = json.loads(value)
    return found


def _pictures(folder: Path, known: Known) -> Iterator[tuple[str, bytes]]:
    names = {
        one["file"] for told in known.products.values() for one in (told.get("images") or [{"file": told.get("image")}])
    }
    for name in sorted(filter(None, names)):
        try:
            yield f"photos/{name}", read_picture(folder, name)
        except NotFound:
            # Gone or changed since: the record still says which picture it was.
            continue


def _unsigned(connection: Connection, known: Known) -> list[dict[str, object]]:
    """The diary's entries that are in no record yet, as they were typed."""
    return [
        {"id": one.id, "stage": str(one.stage), "lot": one.lot, "made_at": rfc3339(one.made_at), "typed": one.typed}
        for one in open_entries(connection, known.organisation)
    ]


def _diary_photos(connection: Connection, known: Known) -> Iterator[tuple[str, bytes]]:
    """Each by its record's name; by its entry's, as in unsigned.json, where there is none yet."""
    for entry, record_id in driver.run(connection, _PHOTOGRAPHED, (known.organisation,)):
        yield f"photos/diary/{record_id or entry}.webp", photo_of(connection, known.organisation, entry)


def _papers(connection: Connection, folder: Path, certificates: set[str]) -> Iterator[tuple[str, bytes]]:
    # One scan may serve several certificates.
    for name in sorted({row[0] for row in driver.run_for(connection, _PAPERS, certificates)}):
        try:
            yield f"papers/{name}", read_paper(folder, name)
        except NotFound:
            continue


def _bundles(world: World, connection: Connection, known: Known) -> Iterator[tuple[str, bytes]]:
    published = world.published.read()
    if published is None:
        return
    for lot in list(known.lots.values())[-MOST_BUNDLES:]:
        identity = parse_path(lot.removeprefix(f"https://{world.host}")).identity
        if identity is not None:
            evidence = gather(connection, world.host, identity, world.rulebook).evidence
            label = f"{world.settings.base_url}{identity.path}"
            name = f"{identity.product}-{bundle_name(identity)}"
            yield f"bundles/{name}", make_bundle(connection, evidence, label, published, world.host)
