"""`/portal/export`: everything of one's own, and sheets to write a diary on by hand."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from flask import Blueprint, Flask, Response

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import NotFound
from traceapp.core.events import Stage
from traceapp.i18n import stage_name
from traceapp.render.diary_sheets import SHEET_STAGES, diary_sheet
from traceapp.services.tables.own_export import export_all
from traceapp.web.access import AUTHORITY, CERTIFIER, COUNCIL, LABORATORY, PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.view import portal_page

exports = Blueprint("exports", __name__)
WHO = (PRODUCER, CERTIFIER, COUNCIL, AUTHORITY, LABORATORY)
_BLOCK = 1 << 16


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(exports)


@exports.get("/portal/export")
@access(*WHO)
def ways_out() -> Response:
    """What can be taken along."""
    lang = choose_locale()
    is_producer = session.member().organisation_role == PRODUCER
    sheets = [(stage.lower(), stage_name(stage, lang)) for stage in SHEET_STAGES] if is_producer else []
    return portal_page("export", sheets=sheets)


@exports.get("/portal/export/all.zip")
@access(*WHO)
def everything() -> Response:
    """One ZIP, put together in a file and handed over from it."""
    here, organisation = world(), session.member().declared_by
    file = TemporaryFile()  # noqa: SIM115 - it closes when it was handed over
    try:
        with here.read() as connection:
            export_all(here, connection, organisation, file, choose_locale())
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    name = f"traceapp-{vietnamese_date(here.clock()).isoformat()}.zip"
    headers = {"Content-Disposition": f"attachment; filename={name}", "Content-Length": str(size)}
    return Response(_blocks(file), mimetype="application/zip", headers=headers, direct_passthrough=True)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


@exports.get("/portal/export/sheet/<stage>.pdf")
@access(PRODUCER)
def sheet(stage: str) -> Response:
    """A sheet of one stage, to be printed and filled in by hand."""
    wanted = next((one for one in SHEET_STAGES if one.lower() == stage), None)
    if wanted is None:
        raise NotFound(f"There is no sheet {stage[:20]!r}.")
    lang = choose_locale()
    data = diary_sheet(Stage(wanted), session.member().organisation_name, lang, title=stage_name(wanted, lang))
    headers = {"Content-Disposition": f"inline; filename=nhat-ky-{stage}.pdf"}
    return Response(data, mimetype="application/pdf", headers=headers)
