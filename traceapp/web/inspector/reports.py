"""A report's own address: a page, and paper with a code that leads back to it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Flask, Response, request

from traceapp.render.report import report_pdf
from traceapp.services.inspections.recording import photo_of
from traceapp.services.inspections.reports import report_of
from traceapp.web.access import AUTHORITY, INSPECTOR, PUBLIC, access, world
from traceapp.web.auth import session
from traceapp.web.auth.guard import may
from traceapp.web.inspector.report_view import ReportView, paper, report_view
from traceapp.web.language import address_in, choose_locale
from traceapp.web.portal.view import page_of

reports = Blueprint("reports", __name__)
_PAPER = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
}


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(reports)


@reports.get("/inspections/<uuid:record_id>")
@access(PUBLIC)
def report(record_id: UUID) -> Response:
    """The report as a page."""
    member = session.current()
    inspects = member is not None and may(member, (INSPECTOR, AUTHORITY))
    return page_of("inspector/report.html", report=_view(record_id), shows_photo=inspects)


@reports.get("/inspections/<uuid:record_id>.pdf")
@access(PUBLIC)
def on_paper(record_id: UUID) -> Response:
    """The report for printing."""
    lang = choose_locale()
    address = address_in(lang, f"{world().settings.base_url}/inspections/{record_id}")
    data = report_pdf(paper(_view(record_id), lang, address))
    name = f'attachment; filename="inspection-{record_id}.pdf"'
    response = Response(data, mimetype="application/pdf", headers={**_PAPER, "Content-Disposition": name})
    response.add_etag()
    response.make_conditional(request)
    return response


@reports.get("/inspections/<uuid:record_id>/photo")
@access(INSPECTOR, AUTHORITY)
def photo(record_id: UUID) -> Response:
    """The report's photo, for those who inspect: people may be in it."""
    with world().read() as connection:
        return Response(photo_of(connection, str(record_id)), mimetype="image/webp")


def _view(record_id: UUID) -> ReportView:
    here = world()
    with here.read() as connection:
        found = report_of(connection, here.host, str(record_id), here.keyring(connection))
    return report_view(found, choose_locale(), is_demo=here.is_demo)
