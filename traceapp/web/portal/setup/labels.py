"""The last step: the first sheet of labels."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import Response, request

from traceapp import i18n
from traceapp.core.errors import GateRefused, NotFound, RuleBroken
from traceapp.core.gates import refusals
from traceapp.i18n.names import told_name
from traceapp.render.outputs import Order
from traceapp.render.sheets import SHEETS
from traceapp.services.accounts.own import own_lot_id
from traceapp.services.labels.output import issued_batch, new_batch, words_of, write_batch
from traceapp.services.labels.runs import runs_of
from traceapp.services.lots.readiness import look_at
from traceapp.services.records.names import told_by
from traceapp.services.registry.setting_up import progress_of
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, Number, PortalSchema, choice, read
from traceapp.web.portal.setup import setup
from traceapp.web.portal.setup.steps import is_overtaken, opened_on, step_url
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

A_SHEET = 24
MOST_HERE = 1000
PAGES = ("a4-24", "a4-40", "a4-65")


class LabelsForm(PortalSchema):
    """A small first run; larger ones are made where labels are."""

    count = Number(least=1, most=MOST_HERE, whole=True)
    sheet = choice(PAGES)


@setup.get("/portal/setup/labels")
@access(PRODUCER)
def labels() -> Response:
    """How many, and what has been issued for this lot."""
    lot = _lot()
    return _show(lot, Form()) if lot else see_other(step_url("lot"))


@setup.post("/portal/setup/labels")
@access(PRODUCER)
def labels_issue() -> Response:
    """Issue them behind the gate; the page then offers the sheet."""
    here, lot = world(), _lot()
    form = read(LabelsForm, request.form)
    if form.problems or lot is None:
        return _show(lot, form, 422) if lot else see_other(step_url("lot"))
    try:
        with here.write() as connection:
            if is_overtaken(form, _issued(connection, lot)):
                # Sent twice, or from another tab: what was made waits on the page, and more is asked for there.
                return see_other(f"{step_url('labels')}&lot={quote(lot, safe='')}&sheet={form.values['sheet']}")
            text, notary = words_of(here, connection, lot), session.member().notary(here.notary)
            order = Order(SHEETS[form.values["sheet"]])
            new_batch(here, connection, lot, form.values["count"], order, text, signed=None, notary=notary)
    except GateRefused as cause:
        return _show(lot, form, 409, refused=_remedies(lot, form.values["count"]) or [str(cause)])
    except RuleBroken as cause:
        return _show(lot, form.with_problem("form", str(cause)), 422)
    return see_other(f"{step_url('labels')}&sheet={form.values['sheet']}")


@setup.get("/portal/setup/labels/<int:first>-<int:count>.pdf")
@access(PRODUCER)
def labels_pdf(first: int, count: int) -> Response:
    """A run's sheet, made anew from its record: the same bytes each time."""
    here, lot = world(), _lot()
    if lot is None or count > MOST_HERE:
        raise NotFound("There is no such sheet of labels.")
    sheet = request.args.get("sheet", PAGES[0])
    out = BytesIO()
    with here.read() as connection:
        batch = issued_batch(here, connection, lot, first, count)
        order = Order(SHEETS[sheet if sheet in PAGES else PAGES[0]])
        write_batch(here, words_of(here, connection, lot), batch, order, out)
    name = f"tem-{lot.rpartition('/')[2]}-{first}-{first + count - 1}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"}
    return Response(out.getvalue(), mimetype="application/pdf", headers=headers)


def _lot() -> str | None:
    """The lot in the address, which is the member's own or nobody's (404); the newest one without."""
    here, member = world(), session.member()
    with here.read() as connection:
        if wanted := request.args.get("lot"):
            return own_lot_id(connection, member.organisation, wanted)
        return progress_of(connection, member.declared_by).lot


def _issued(connection: Any, lot: str) -> list[tuple[int, int]]:
    """First item and count of each run of a lot."""
    return [(run.first, run.count) for run in runs_of(connection, lot)]


def _remedies(lot: str, count: int) -> list[str]:
    """Why the gate refused, and what to do about each, in the reader's language."""
    here = world()
    with here.read() as connection:
        facts, verdict = look_at(here, connection, lot, planned_labels=count)
    return [i18n.remedy(one, facts, choose_locale()) or one.code for one in refusals(verdict)]


def _show(lot: str, form: Form, status: int = 200, refused: list[str] | None = None) -> Response:
    here = world()
    with here.read() as connection:
        runs = runs_of(connection, lot)
        told = told_by(connection, lot, "LotRecord")
        name = told_name(told_by(connection, lot.rpartition("/10/")[0], "ProductRecord"), choose_locale())
    sheet = request.args.get("sheet", PAGES[0])
    packs = int(told.get("quantity") or A_SHEET) - sum(run.count for run in runs)
    return portal_page(
        "setup/labels",
        status=status,
        form=form,
        version=opened_on(form, [(run.first, run.count) for run in runs]),
        runs=runs,
        lot=lot,
        number=told.get("lot", ""),
        name=name,
        sheet=sheet if sheet in PAGES else PAGES[0],
        count=max(1, min(A_SHEET, packs)),
        page_url=lot.replace(f"https://{here.host}", "/verify", 1),
        refused=refused or [],
        sheets=[(one, gettext("%(count)s tem một tờ A4", count=SHEETS[one].count)) for one in PAGES if one in SHEETS],
        labels={"count": gettext("Bao nhiêu tem?"), "sheet": gettext("Giấy")},
    )
