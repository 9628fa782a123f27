"""`/portal/cosign`: signing once more with a key of one's own machine, in one touch, after the service has signed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, request

from traceapp.core.errors import RuleBroken
from traceapp.core.statements import thing_url
from traceapp.services.accounts import cosigning as service
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.auth.sign_in import own_path
from traceapp.web.language import choose_locale
from traceapp.web.portal.account.step_up import step_up
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

cosign = Blueprint("cosign", __name__)


def register(app: Flask) -> None:
    """Add these addresses to `app`, and to its templates what they offer."""
    app.register_blueprint(cosign)
    app.jinja_env.globals["cosign_offer"] = cosign_offer


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page offers after signing: how many records, and what the browser is to ask the passkey."""

    words: str
    state: str
    options: str
    next: str


def cosign_offer() -> Offer | None:
    """What was just recorded and can be cosigned with an enrolled passkey; None where there is nothing, or no key."""
    member = session.current()
    if member is None or member.organisation_role != PRODUCER:
        return None
    here = world()
    with here.read() as connection:
        if not service.enrolled(connection, member):
            return None
    with here.write_aside() as connection:
        found = service.ask(connection, member, (), here.settings.base_url, here.clock())
    if found is None:
        return None
    asked, records = found
    words = gettext("%(count)s mục vừa ký", count=len(records))
    return Offer(str(words), asked.state, json.dumps(asked.options), request.full_path.rstrip("?"))


@cosign.get("/portal/cosign")
@access(PRODUCER)
def waiting() -> Response:
    """What can be cosigned now, on a page of its own."""
    return portal_page("cosign", problem="")


@cosign.post("/portal/cosign")
@access(PRODUCER)
def take() -> Response:
    """Record the cosignature that the browser brings; without one the offer is shown again."""
    here, member = world(), session.member()
    try:
        service.cosign(here, member, request.form.get("cosign-state", ""), _answer())
    except RuleBroken:
        words = gettext("Chưa ký thêm được. Hồ sơ đã ký vẫn nguyên; thử lại, hoặc bỏ qua.")
        return portal_page("cosign", status=422, problem=words)
    return see_other(own_path(request.form.get("next", ""), f"/portal/cosign?lang={choose_locale()}"))


@cosign.post("/portal/cosign/keys/<passkey>")
@access(PRODUCER)
def enrol(passkey: str) -> Response:
    """Enrol one of one's own passkeys in the log."""
    here, member = world(), session.member()
    if asked := step_up("passkey-enrol", gettext("Dùng khóa này để ký thêm hồ sơ"), back="/portal/account"):
        return asked
    with here.write() as connection:
        notary = member.notary(here.notary)
        service.enrol(connection, member, passkey, here.settings.base_url, notary, here.clock())
    return see_other(f"/portal/account?lang={choose_locale()}#passkeys")


@cosign.post("/portal/cosign/keys/<uuid:key>/withdraw")
@access(PRODUCER)
def withdraw(key: Any) -> Response:
    """It cosigns nothing more from now on."""
    here, member = world(), session.member()
    with here.write() as connection:
        name = thing_url(here.host, key)
        service.withdraw(connection, member, name, member.notary(here.notary), here.clock())
    return see_other(f"/portal/account?lang={choose_locale()}#passkeys")


def _answer() -> dict[str, Any]:
    try:
        found = json.loads(request.form.get("cosign-answer", ""))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
