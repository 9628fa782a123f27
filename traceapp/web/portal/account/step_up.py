"""Before an act that cannot be taken back: one touch of a passkey, or the password again.

    if (asked := step_up("recall", gettext("Thu hồi lô …"))) is not None:
        return asked

The page that asks carries every field of the form, so that nothing typed is lost, and sends them to the same address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, request

from traceapp.i18n import show_date
from traceapp.services.accounts import step_up as service
from traceapp.services.accounts.step_up import Act, Unproved
from traceapp.web.access import world
from traceapp.web.auth import session
from traceapp.web.auth.guard import KEPT_FIELD
from traceapp.web.portal.view import portal_page
from traceapp.web.words import gettext

STATE, ANSWER, PASSWORD = "step-up-state", "step-up-answer", "step-up-password"
_BESIDE = frozenset({session.FIELD, KEPT_FIELD, STATE, ANSWER, PASSWORD})


def step_up(
    name: str,
    what: str,
    *,
    labels: Mapping[str, str] | None = None,
    back: str = "",
    why: str = "",
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> Response | None:
    """None once whoever is signed in has proved themselves for this very form; else the page that asks for it.

    `what` tells what is about to be done, `why` why it is asked where nothing is signed, `labels` which fields are
    shown and how, `words` what their values are called where they are codes, `back` is where to go without doing it.
    """
    act = Act(name, request.path, _fields())
    if (problem := _problem(act)) is None:
        return None
    here, member = world(), session.member()
    with here.write_aside() as connection:
        asked = service.ask(connection, member, act, here.settings.base_url, here.clock())
        alone = service.asks_for_passkeys(connection, member.organisation)
    return portal_page(
        "step_up",
        status=429 if problem is Unproved.WAIT else 422 if problem else 200,
        what=what,
        why=why,
        problem=_words(problem),
        address=request.full_path.rstrip("?"),
        fields=act.fields,
        told=[
            (labels[field], (words or {}).get(field, {}).get(value) or _shown(value))
            for field, value in act.fields
            if value and labels and field in labels
        ],
        kept=request.form.get(KEPT_FIELD, ""),
        asked=asked,
        options=json.dumps(asked.options) if asked else "",
        alone=alone,
        back=back or request.path,
    )


def _shown(value: str) -> str:
    """A day as browsers send it, written as people do; a ticked box as a yes; anything else as it is."""
    if value == "yes":
        return str(gettext("Có"))
    try:
        return show_date(date.fromisoformat(value))
    except ValueError:
        return value


def _fields() -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in request.form.items(multi=True) if name not in _BESIDE)


def _problem(act: Act) -> Unproved | str | None:
    """None where the form brought a proof that holds; empty where it brought none."""
    here, member = world(), session.member()
    if answer := request.form.get(ANSWER):
        return service.by_passkey(here, member, act, request.form.get(STATE, ""), _read(answer))
    if password := request.form.get(PASSWORD):
        return service.by_password(here, member, act, password, request.remote_addr or "")
    return ""


def _read(answer: str) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(problem: Unproved | str) -> str:
    match problem:
        case Unproved.WRONG:
            return str(gettext("Chưa đúng: chạm lại khóa của máy, hoặc gõ lại mật khẩu."))
        case Unproved.WAIT:
            return str(gettext("Sai nhiều lần quá. Đợi mười lăm phút rồi thử lại."))
        case Unproved.LATE:
            return str(gettext("Lần hỏi trước đã hết hạn: xác nhận lại lần nữa."))
        case Unproved.PASSKEY_ONLY:
            return str(gettext("Tổ chức này chỉ nhận khóa thiết bị, không nhận mật khẩu."))
    return ""
