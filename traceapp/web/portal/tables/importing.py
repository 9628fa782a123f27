"""`/portal/import`: a table is sent, looked at, and taken with a second press; nothing before that."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, Response, request

from traceapp.adapters.spreadsheets import LARGEST
from traceapp.core.errors import NotFound, RuleBroken, SheetRefused
from traceapp.core.sheets.cell_text import cell_text
from traceapp.core.sheets.layouts import LAYOUTS
from traceapp.i18n import show_instant, show_number
from traceapp.i18n.sheets import fault_text, kind_name, note_text, refusal_text, same_text
from traceapp.services.tables import drafts as import_drafts
from traceapp.services.tables import importing as service
from traceapp.services.tables.importing import Look, kinds_for
from traceapp.services.tables.templates import template
from traceapp.web.access import AUTHORITY, CERTIFIER, COUNCIL, LABORATORY, PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.paging import asked_count
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

imports = Blueprint("imports", __name__)
MOST_SENT = LARGEST + 200_000
MOST_SHOWN = 50
PREVIEWED = 5
WHO = (PRODUCER, CERTIFIER, COUNCIL, AUTHORITY, LABORATORY)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(imports)


@imports.get("/portal/import")
@access(*WHO)
def kinds() -> Response:
    """What can be imported, its templates, and what was."""
    return _kinds()


@imports.get("/portal/import/<kind>.<any(xlsx, csv):form>")
@access(*WHO)
def template_file(kind: str, form: str) -> Response:
    """A template."""
    data = template(kind, choose_locale(), as_csv=form == "csv")
    kind_of_file = _XLSX if form == "xlsx" else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f"attachment; filename=traceapp-{kind}.{form}"}
    return Response(data, content_type=kind_of_file, headers=headers)


@imports.post("/portal/import/<kind>")
@access(*WHO, most_bytes=MOST_SENT)
def look(kind: str) -> Response:
    """Look at a table; one without faults waits for a yes."""
    _require_kind(kind)
    here, member = world(), session.member()
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    if not (sent and sent.filename):
        return _kinds({kind: gettext("Chưa chọn tệp.")}, 422)
    try:
        with here.read() as connection:
            found = service.look(connection, kind, data, member.declared_by, member.notary(here.notary), here.clock())
    except SheetRefused as cause:
        return _kinds({kind: refusal_text(cause, choose_locale())}, 422)
    name = (sent.filename or "") if sent else ""
    draft = ""
    if found.is_ready:
        with here.write_aside() as connection:
            import_drafts.forget(connection, here.clock())
            draft = import_drafts.keep(connection, member.declared_by, kind, name, data, here.clock())
    return _shown(kind, found, name, draft, 200 if found.fault_count == 0 else 422)


@imports.post("/portal/import/<kind>/take")
@access(*WHO)
def take(kind: str) -> Response:
    """Record all of a table that was looked at."""
    _require_kind(kind)
    here, member = world(), session.member()
    by, now = member.declared_by, here.clock()
    try:
        with here.write() as connection:
            draft = import_drafts.find(connection, request.form.get("draft", ""), by, now)
            found, _ = service.take(
                connection,
                draft.kind,
                draft.data,
                by,
                member.notary(here.notary),
                now,
                name=draft.name,
                actor=member.account,
            )
            import_drafts.drop(connection, draft.id)
    except NotFound:
        return _kinds({kind: gettext("Tệp này không còn chờ ở đây: đã nhập rồi, hoặc đã quá một ngày. Gửi lại.")}, 404)
    except RuleBroken:
        # Something was recorded since it was looked at.
        words = gettext("Vừa có điều khác được ghi, tệp không còn khớp. Gửi lại để xem.")
        return _kinds({kind: words}, 409)
    return see_other(f"/portal/import?done={len(found.rows)}")


def _require_kind(kind: str) -> None:
    if kind not in kinds_for(session.member().organisation_role):
        raise NotFound(f"There is nothing called {kind[:40]!r} to import here.")


def _kinds(problems: dict[str, str] | None = None, status: int = 200) -> Response:
    here, member, lang = world(), session.member(), choose_locale()
    with here.read() as connection:
        taken = service.imported_by(connection, member.declared_by)
    done = asked_count(request.args.get("done", ""))
    return portal_page(
        "import",
        status=status,
        kinds=[(kind, kind_name(kind, lang), _hints()[kind]) for kind in kinds_for(member.organisation_role)],
        problems=problems or {},
        done=show_number(done, lang) if done else "",
        taken=[
            (kind_name(one.kind, lang), one.name, show_number(one.count, lang), show_instant(one.at, lang))
            for one in taken
        ],
    )


@said_once
def _hints() -> Mapping[str, str]:
    return {
        "households": gettext("Tên và số điện thoại của hộ được giữ riêng, xóa được"),
        "plots": gettext("Vị trí chính xác được giữ riêng"),
        "products": gettext("Mỗi dòng một sản phẩm, theo mã vạch"),
        "certificates": gettext("Nơi cấp xác nhận sau"),
        "diary": gettext("Lô phải có trước; mỗi dòng một việc"),
        "register": gettext("Giấy đã cấp, xác nhận luôn"),
    }


def _shown(kind: str, found: Look, name: str, draft: str, status: int) -> Response:
    lang = choose_locale()
    columns = [
        column for column in LAYOUTS[kind].columns if any(row.values[column.key] for row in found.rows[:PREVIEWED])
    ]
    preview = [[cell_text(one, row.values[one.key], lang) for one in columns] for row in found.rows[:PREVIEWED]]
    return portal_page(
        "import_look",
        status=status,
        kind=kind,
        kind_word=kind_name(kind, lang),
        name=name,
        draft=draft,
        new_rows=show_number(len(found.rows), lang),
        is_ready=found.is_ready,
        faults=[fault_text(one, found.layout, lang) for one in found.faults[:MOST_SHOWN]],
        more_faults=max(0, found.fault_count - MOST_SHOWN),
        same=[same_text(one, found.layout, lang) for one in found.same[:MOST_SHOWN]],
        more_same=max(0, len(found.same) - MOST_SHOWN),
        unknown=", ".join(found.unknown_titles),
        titles=[found.layout.title(one.key, lang) for one in columns],
        preview=preview,
        notes=[
            note_text(one.note, lang)
            for one in LAYOUTS[kind].columns
            if one.note and any(row.values[one.key] for row in found.rows)
        ],
    )
