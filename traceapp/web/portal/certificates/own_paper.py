"""`/portal/certificates/<id>`: one of one's own papers, and taking it back while its issuer has said nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, request
from flask_babel import lazy_gettext as N_

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import Conflict, Forbidden, RuleBroken
from traceapp.core.statements import thing_url
from traceapp.services.certificates.desk import LONGEST_REASON
from traceapp.services.certificates.taking_back import require_may_take_back, take_back
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.certificates.papers import one_paper
from traceapp.web.portal.forms import Form, PortalSchema, read, text
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

own_paper = Blueprint("own_paper", __name__)


class TakeBackForm(PortalSchema):
    """Why the paper is taken back."""

    reason = text(most=LONGEST_REASON, least=5, missing=N_("Ghi lý do, để người đọc hồ sơ hiểu."))


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(own_paper)


@own_paper.get("/portal/certificates/<uuid:name>")
@access(PRODUCER)
def one(name: UUID) -> Response:
    """One paper: what it says, where it stands, what to do."""
    return _show(name, Form())


@own_paper.post("/portal/certificates/<uuid:name>/take-back")
@access(PRODUCER)
def withdraw(name: UUID) -> Response:
    """Take a paper back that was declared wrongly; signed, and for good."""
    here, member, form = world(), session.member(), read(TakeBackForm, request.form)
    certificate, back = thing_url(here.host, name), f"/portal/certificates/{name}"
    try:
        with here.read() as connection:
            # Whoever may not take it back is told so, and asked for no password.
            require_may_take_back(connection, here.host, certificate, member.declared_by)
            line = one_paper(connection, certificate, member.declared_by, vietnamese_date(here.clock()))[1]
        if form.problems:
            return _show(name, form, 422)
        what = gettext("Rút lại giấy %(title)s", title=line.title)
        if asked := step_up("certificate-take-back", what, labels=_labels(), back=back):
            return asked
        notary, reason = member.notary(here.notary), form.values["reason"]
        with here.write() as connection:
            take_back(connection, certificate, member.declared_by, notary, here.clock(), reason=reason)
    except Conflict:
        # Sent twice: the paper says that it was taken back, and why.
        return see_other(back)
    except RuleBroken:
        words = gettext("Không rút lại được nữa: nơi cấp đã trả lời về giấy này. Giấy sai thì nhờ nơi cấp thu hồi.")
        return _show(name, form.with_problem("form", words), 409)
    return see_other(back)


def _show(name: UUID, form: Form, status: int = 200) -> Response:
    here, organisation = world(), session.member().declared_by
    today, certificate = vietnamese_date(here.clock()), thing_url(here.host, name)
    with here.read() as connection:
        found, line, rows = one_paper(connection, certificate, organisation, today)
        may_take_back = _may_take_back(connection, certificate, organisation)
    return portal_page(
        "certificate",
        status=status,
        paper=found,
        line=line,
        rows=rows,
        form=form,
        labels=_labels(),
        may_take_back=may_take_back,
    )


def _may_take_back(connection: Any, certificate: str, organisation: str) -> bool:
    try:
        require_may_take_back(connection, world().host, certificate, organisation)
    except (Conflict, Forbidden, RuleBroken):
        return False
    return True


def _labels() -> dict[str, str]:
    return {"reason": gettext("Vì sao rút lại?")}
