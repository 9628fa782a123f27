"""What a phone sends when it has a connection again."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify, request

from traceapp.core.errors import InvalidEvent
from traceapp.services.inspections.recording import send
from traceapp.web.access import AUTHORITY, INSPECTOR, access, world
from traceapp.web.auth import session
from traceapp.web.inspector.forms import read_phone_report

sending = Blueprint("sending", __name__)
MOST_BYTES = 6_000_000


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(sending)


@sending.get("/inspect/me.json")
@access(INSPECTOR, AUTHORITY)
def who_am_i() -> Response:
    """Whose reports these will be, and the token that sending them takes."""
    member = session.member()
    return jsonify(organisation=member.organisation_name, name=member.name, csrf=session.csrf())


@sending.post("/inspect/send")
@access(INSPECTOR, AUTHORITY, most_bytes=MOST_BYTES)
def send_report() -> tuple[Response, int]:
    """Record a report, once however often it is sent."""
    photo = request.files.get("photo")
    key, about, seen = read_phone_report(request.form.get("inspection", ""))
    data = photo.read() if photo else None
    if data == b"":
        raise InvalidEvent("The photo arrived empty: send the report again.")
    here, member = world(), session.member()
    with here.write() as connection:
        sent = send(
            connection, key, about, seen, member.declared_by, member.notary(here.notary), here.clock(),
            serial_key=here.serial_key, photo=data,
        )  # fmt: skip
    return jsonify(
        record=sent.record_id, again=sent.again, report=f"/inspections/{sent.record_id}"
    ), 200 if sent.again else 201
