"""What a diary form sends, from a browser or later from a phone that had no signal: its shape, not its meaning."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.datastructures import MultiDict

from traceapp.adapters.photos import MOST_BYTES, reencode
from traceapp.core.diary.fields import FORMS
from traceapp.core.diary.filling import TYPED_IN
from traceapp.core.errors import InvalidEvent
from traceapp.core.events import Stage
from traceapp.web.bodies import drawing
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import tidy_text

PHOTO_WIDTH = 1104
PHOTO_EDGE = 200
MOST_SENT = MOST_BYTES + 200_000
FROM = "from"
"""The input that names the entry from which values were offered: a record's or a draft's id."""
_BESIDE = frozenset(
    "csrf kept-form key version do lot copied kept plots plots-new sure photo stage account for what waits".split()  # noqa: SIM905
)
"""Inputs that are not typed values of the entry."""


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form as it came: `typed` by the name of its input; fields that were offered and not touched are `claimed`."""

    typed: Mapping[str, str]
    lot: str | None
    claimed: tuple[str, ...]
    key: str
    version: int
    photo: bytes | None
    do: str


def read_sent(sent: MultiDict[str, str], photo: bytes) -> SentForm:
    """A form's values. PhotoRefused for a picture that cannot be used, InvalidEvent for a version that is no number."""
    typed = {name: tidy_text(text) for name, text in sent.items() if name not in _BESIDE}
    plots = [tidy_text(code) for code in (*sent.getlist("plots"), *sent.get("plots-new", "").split(","))]
    typed["plots"] = "\n".join(dict.fromkeys(code for code in plots if code))
    typed["sure"] = "\n".join(sent.getlist("sure"))
    typed[TYPED_IN] = "en" if choose_locale() == "en" else ""
    kept = set(sent.getlist("kept"))
    version = sent.get("version", "") or "0"
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise InvalidEvent(f"{version[:20]!r} is no version of an entry.")
    return SentForm(
        typed={name: text for name, text in typed.items() if text},
        lot=sent.get("lot") or None,
        claimed=tuple(name for name in sent.getlist("copied") if name not in kept),
        key=sent.get("key", ""),
        version=int(version),
        photo=_drawn(photo),
        do=sent.get("do", "check"),
    )


def _drawn(data: bytes) -> bytes | None:
    """The photo drawn anew, None where none was chosen: browsers then send an empty file."""
    if not data:
        return None
    with drawing():
        return reencode(data, widths=(PHOTO_WIDTH,), least_edge=PHOTO_EDGE, sharp=False).variants[-1].data


class _Arriving(Schema):
    """One entry that waited in a phone."""

    key = fields.Str(required=True, validate=validate.Length(8, 64))
    stage = fields.Str(required=True, validate=validate.OneOf([str(stage) for stage in FORMS]))
    made_at = fields.AwareDateTime(required=True, format="iso", default_timezone=UTC)
    entry = fields.Str(load_default="", validate=validate.Length(max=60))
    corrects = fields.Str(load_default="", validate=validate.Length(max=60))
    fields_ = fields.Dict(
        keys=fields.Str(validate=validate.Length(max=60)),
        values=fields.List(fields.Str(), validate=validate.Length(max=200)),
        data_key="fields",
        required=True,
        validate=validate.Length(max=300),
    )
    photo = fields.Str(load_default="", validate=validate.Length(max=MOST_BYTES * 4 // 3))

    class Meta:
        """A newer phone may say more."""

        unknown = EXCLUDE


@dataclass(frozen=True, slots=True)
class Arrival:
    """One entry that waited; `entry` is the draft that it changes, `corrects` the record that it says right."""

    stage: Stage
    made_at: datetime
    entry: str
    corrects: str | None
    form: SentForm


def read_arrival(sent: Any) -> Arrival:
    """An entry out of a phone's queue; InvalidEvent says what is wrong with its shape."""
    try:
        found = _Arriving().load(sent)
    except ValidationError as cause:
        told = "; ".join(f"{name}: {_first(words)}" for name, words in cause.messages_dict.items())
        raise InvalidEvent(f"This entry cannot be read ({told[:200]}): write it down again.") from cause
    values: MultiDict[str, str] = MultiDict(
        [(name, text) for name, texts in found["fields_"].items() for text in texts if name != "key"]
    )
    values["key"] = found["key"]
    form = read_sent(values, _decoded(found["photo"]))
    return Arrival(Stage(found["stage"]), found["made_at"], found["entry"], found["corrects"] or None, form)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as cause:
        raise InvalidEvent("The photo of this entry is damaged: take it again.") from cause


def _first(words: Any) -> str:
    if isinstance(words, Mapping):
        return _first(next(iter(words.values())))
    return _first(words[0]) if isinstance(words, Sequence) and not isinstance(words, str) else str(words)
