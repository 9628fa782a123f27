"""What a report sends, from the phone or from the office: its shape."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as N_
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from traceapp.core.dates import instant, vietnamese_date
from traceapp.core.errors import InvalidEvent
from traceapp.core.facts import CheckedItem, Measured
from traceapp.core.inspections import CHECKED, RESULTS, Seen
from traceapp.i18n.inspect import checklists
from traceapp.web.portal.forms import Day, PortalSchema, choice, text
from traceapp.web.portal.kept_pages import drawn

CHECK = "check-"
"""Questions of a checklist are fields of their code behind this."""
MOST_MEASURED = 10


class _Measured(Schema):
    what = fields.Str(required=True, validate=validate.Length(1, 60))
    value = fields.Str(required=True, validate=validate.Length(1, 40))
    unit = fields.Str(allow_none=True, validate=validate.Length(max=20))


class PhoneReport(Schema):
    """A report as the phone keeps it, as JSON."""

    key = fields.Str(required=True, validate=validate.Regexp("[0-9a-f]{32}\\Z"))
    about = fields.Str(required=True, validate=validate.Length(1, 400))
    made = fields.Str(required=True, validate=validate.Length(max=40))
    result = fields.Str(required=True, validate=validate.OneOf(RESULTS))
    checklist = fields.Str(allow_none=True, validate=validate.Length(max=40))
    checks = fields.Dict(keys=fields.Str(), values=fields.Str(), load_default=dict, validate=validate.Length(max=40))
    measured = fields.List(fields.Nested(_Measured), load_default=list, validate=validate.Length(max=MOST_MEASURED))
    note = fields.Str(allow_none=True, validate=validate.Length(max=1000))
    seal = fields.Str(allow_none=True, validate=validate.Length(max=60))
    sample = fields.Str(allow_none=True, validate=validate.Length(max=60))

    class Meta:
        """A later phone may say more."""

        unknown = EXCLUDE


def read_phone_report(sent: str) -> tuple[str, str, Seen]:
    """(key, what it is about, what was seen) of a report's JSON; InvalidEvent for any other shape."""
    try:
        told = PhoneReport().load(json.loads(sent))
    except (ValueError, RecursionError, ValidationError) as cause:
        raise InvalidEvent(f"This is no report of an inspection: {cause}") from cause
    made = instant(told["made"])
    seen = Seen(
        day=vietnamese_date(made),
        result=told["result"],
        note=told.get("note"),
        checklist=told.get("checklist"),
        checks=tuple(CheckedItem(code, result) for code, result in sorted(told["checks"].items())),
        measured=tuple(Measured(one["what"], one["value"], one.get("unit")) for one in told["measured"]),
        seal=told.get("seal"),
        sample=told.get("sample"),
        made=told["made"],
    )
    return told["key"], told["about"], seen


class OfficeReport(PortalSchema):
    """The same as a form of the portal."""

    about = text(most=400, missing=N_("Chưa có tem hoặc lô nào: dán địa chỉ trong mã, hoặc gõ số lô."))
    day = Day()
    result = choice(RESULTS)
    checklist = text(most=40, needed=False)
    note = text(most=1000, needed=False)
    seal = text(most=60, needed=False)
    sample = text(most=60, needed=False)
    measured_what = text(most=60, needed=False)
    measured_value = text(most=40, needed=False)
    measured_unit = text(most=20, needed=False)
    key = text(most=32, needed=False)


def seen_in(values: Mapping[str, Any], sent: Mapping[str, str]) -> Seen:
    """What was seen, from a form that loads; `sent` also holds the answers to the checklist's questions."""
    answered = {name.removeprefix(CHECK): result for name, result in sent.items() if name.startswith(CHECK)}
    asked = checklists("vi").get(values["checklist"], ("", {}))[1]
    what, value, unit = (values[f"measured_{name}"] for name in ("what", "value", "unit"))
    day: date = values["day"]
    return Seen(
        day=day,
        result=values["result"],
        note=values["note"] or None,
        checklist=values["checklist"] or None,
        checks=tuple(CheckedItem(code, answered[code]) for code in asked if answered.get(code) in CHECKED),
        measured=(Measured(what, value, unit or None),) if what and value else (),
        seal=values["seal"] or None,
        sample=values["sample"] or None,
    )


def new_key() -> str:
    """What a form is sent under, so that sending it twice records it once."""
    return drawn(lambda: secrets.token_hex(16))
