"""Progress of a label job, and voiding, in the portal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from traceapp.core.errors import Conflict, InvalidEvent, NotFound, RuleBroken
from traceapp.services.accounts.own import own_lot_id
from traceapp.services.labels import jobs as label_jobs
from traceapp.services.labels.jobs import OPEN, Job, State
from traceapp.services.labels.runs import void_labels
from traceapp.services.labels.work import result_of
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.label_jobs import handed_over
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, Number, PortalSchema, read, text
from traceapp.web.portal.labels import labels
from traceapp.web.portal.labels.orders import show, sure_of
from traceapp.web.portal.lots.request import asked_lot, path_of
from traceapp.web.portal.lots.words import number_of
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

A_FEW = 10
"""So many labels are void at once; of more it is asked again, since none of them comes back."""


class VoidForm(PortalSchema):
    """Which labels are void, and why; `sure` is ticked for just these."""

    first = Number(least=1, most=1e12, whole=True)
    last = Number(least=1, most=1e12, whole=True)
    reason = text(most=300)
    sure = text(most=30, needed=False)


@labels.get("/portal/labels/jobs/<token>")
@access(PRODUCER)
def job(token: str) -> Response:
    """How far a job is; htmx asks again each second for the part that changes."""
    here, found = world(), _job(token)
    running = label_jobs.progress_of(found, here.clock())
    part = "_label_job" if request.headers.get("HX-Request") else "label_job"
    return portal_page(
        part,
        job=found,
        token=token,
        number=number_of(found.lot),
        path=path_of(found.lot),
        is_open=found.state in OPEN,
        is_done=found.state is State.DONE and found.result is not None,
        is_failed=found.state is State.FAILED,
        file_url=f"/portal/labels/jobs/{token}/file" if token.isdigit() else f"/label-jobs/{token}/file",
        seconds_left=running.seconds_left if running else None,
    )


@labels.post("/portal/labels/jobs/<token>/cancel")
@access(PRODUCER)
def cancel(token: str) -> Response:
    """Stop a job; its labels stay issued."""
    here, found = world(), _job(token)
    try:
        with here.write_aside() as connection:
            label_jobs.cancel_job(connection, found.id, here.clock())
    except Conflict:
        # It ended meanwhile: its page says how.
        return see_other(f"/portal/labels/jobs/{token}?lang={choose_locale()}")
    return see_other(f"/portal/labels/jobs/{token}?lang={choose_locale()}")


@labels.get("/portal/labels/jobs/<int:number>/file")
@access(PRODUCER)
def job_file(number: int) -> Response:
    """The file of one's own job, for whoever came back to it without the address that is its key."""
    found = _job(str(number))
    with world().read() as connection:
        path = result_of(world(), connection, found)
    return handed_over(found, path)


def _job(token: str) -> Job:
    """The job of that token or number, of the member's own lot; NotFound for anybody else's."""
    here, member = world(), session.member()
    with here.read() as connection:
        is_number = token.isascii() and token.isdigit() and len(token) < 18
        found = label_jobs.find_job(connection, int(token)) if is_number else label_jobs.job_of_token(connection, token)
        own_lot_id(connection, member.organisation, found.lot)
    return found


def _is_many(values: Mapping[str, Any]) -> bool:
    return bool(values["last"] - values["first"] >= A_FEW)


@labels.post("/portal/labels/void/<ai:key>/<raw:rest>")
@access(PRODUCER)
def void(key: str, rest: str) -> Response:
    """Say that labels are lost, damaged or misprinted."""
    here, member, lot = world(), session.member(), asked_lot("/portal/labels/void")
    form = read(VoidForm, request.form)
    if not form.problems and form.values["last"] < form.values["first"]:
        form = form.with_problem("last", gettext("Số cuối phải từ số đầu trở lên."))
    elif not form.problems and _is_many(form.values) and form.values["sure"] != sure_of(form):
        form = form.with_problem("sure", gettext("Hủy rồi không lấy lại được: đếm lại rồi đánh dấu ô này."))
    if form.problems:
        return show(lot, form, 422)
    first, last = int(form.values["first"]), int(form.values["last"])
    with here.read() as connection:
        own_lot_id(connection, member.organisation, lot)
    try:
        with here.write() as connection:
            notary = member.notary(here.notary)
            reason = str(form.values["reason"])
            new = void_labels(connection, lot, first, last, reason, member.declared_by, notary, here.clock())
    except Conflict:
        return show(lot, Form(form.typed).with_problem("first", gettext("Các tem này đã hủy từ trước rồi.")), 409)
    except (NotFound, InvalidEvent, RuleBroken):
        return show(lot, Form(form.typed).with_problem("first", gettext("Các tem này chưa cấp hết: xem lại số.")), 422)
    told = ",".join(f"{one}-{end}" for one, end in new)
    before = last - first + 1 - sum(end - one + 1 for one, end in new)
    return see_other(f"/portal/labels/lot{path_of(lot)}?lang={choose_locale()}&void={told}&before={before}#old")
