"""Forms of the portal: marshmallow at the edge, words beside the field, everything typed kept.

An area writes a Schema whose error messages are codes or sentences, loads what was sent, and shows the form again with
`Form.problems` where something is wrong:

    form = read(PlotForm, request.form)
    if form.problems:
        return portal_page("plot", status=422, form=form)
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from functools import cache
from typing import Any

from flask import request
from flask_babel import lazy_gettext as N_
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import TraceappError
from traceapp.core.typed import NotReadable, read_day, read_hour, read_number, two_ways
from traceapp.web.access import world
from traceapp.web.language import choose_locale
from traceapp.web.words import gettext

# Controls and halves of letters; marks that turn the direction of reading, by which a text can pretend to be another.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@dataclass(frozen=True, slots=True)
class Form:
    """`typed` is what was sent, as text, for the form shown again; `values` what it loads to; `problems` by field.

    The problem called `form` is of the whole form. `version` is the state that the form was opened on.
    """

    typed: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    def with_problem(self, name: str, words: str) -> Form:
        """The same with one more thing wrong."""
        return replace(self, problems={**self.problems, name: words})

    def refused(self, cause: TraceappError, words: str) -> Form:
        """The same, refused by a service; `words` say so in Vietnamese, an English reader gets the reason itself."""
        return self.with_problem("form", words or str(cause))


class PortalSchema(Schema):
    """Text is tidied before it is loaded; what a browser sends beside the fields is left out."""

    class Meta:
        """A form may send more than was asked for."""

        unknown = EXCLUDE

    @pre_load
    def tidy(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """One spelling of each letter, no control characters, no space around; empty is as if not sent."""
        many = {name for name, one in self.fields.items() if isinstance(one, fields.List)}
        if hasattr(data, "getlist"):
            data = {name: data.getlist(name) if name in many else data.get(name) for name in data}
        tidied = {name: _tidied(value) for name, value in data.items()}
        return {name: value for name, value in tidied.items() if value not in ("", [], None)}


def _tidied(value: Any) -> Any:
    if isinstance(value, str):
        return tidy_text(value)
    return [tidy_text(one) for one in value if isinstance(one, str)] if isinstance(value, list) else value


def tidy_text(text: str) -> str:
    """Text as it is kept."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", _UNWANTED.sub("", lines)).strip()


def read(schema: type[PortalSchema] | PortalSchema, sent: Mapping[str, Any]) -> Form:
    """What was sent, loaded; each field that is wrong has its words."""
    known, typed = schema if isinstance(schema, PortalSchema) else _made(schema), _typed(sent)
    version = str(sent.get("version", ""))
    try:
        return Form(typed, known.load(sent), {}, version)
    except ValidationError as cause:
        problems = {str(name): _first(words) for name, words in cause.messages_dict.items()}
        return Form(typed, dict(cause.valid_data or {}), problems, version)


@cache
def _made(schema: type[PortalSchema]) -> PortalSchema:
    """Making one takes as long as reading what was sent; it keeps nothing of what it read."""
    return schema()


def files_again(form: Form) -> Form:
    """A form that comes back has lost its files: each that was chosen and is not refused itself is asked for again."""
    lost = [name for name, sent in request.files.items() if sent.filename and name not in form.problems]
    for name in lost if form.problems else ():
        form = form.with_problem(name, gettext("Chọn lại tệp này: tờ trả về không giữ được tệp."))
    return form


def _typed(sent: Mapping[str, Any]) -> dict[str, Any]:
    if hasattr(sent, "getlist"):
        return {name: values if len(values := sent.getlist(name)) > 1 else values[0] for name in sent}
    return dict(sent)


def _first(words: Any) -> str:
    if isinstance(words, Mapping):
        return _first(next(iter(words.values())))
    return _first(words[0]) if isinstance(words, list) else str(words)


def text(*, most: int = 200, least: int = 1, needed: bool = True, missing: Any = None) -> fields.Str:
    """A field of text; `missing` (N_) are the words for one that is left empty."""
    if not needed:
        return fields.Str(load_default="", validate=_Length(0, most))
    return fields.Str(required=True, validate=_Length(least, most), error_messages={"required": missing or _NEEDED})


def choice(options: Collection[str], *, needed: bool = True) -> fields.Str:
    """One of a few; anything else was not offered."""
    told = validate.OneOf(options, error=N_("Chọn một trong các mục có sẵn."))
    if not needed:
        return fields.Str(load_default="", validate=told)
    missing = _UNTICKED if tuple(options) == ("yes",) else N_("Chọn một mục.")
    return fields.Str(required=True, validate=told, error_messages={"required": missing})


class Number(fields.Field[float]):
    """A number as people write it: 1.250,5. None where it is empty and not needed."""

    def __init__(self, *, least: float = 0, most: float = 1e9, whole: bool = False, needed: bool = True) -> None:
        self.least, self.most, self.whole = least, most, whole
        if needed:
            super().__init__(required=True, error_messages={"required": _NEEDED})
        else:
            super().__init__(load_default=None)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        try:
            found = read_number(str(value), english=choose_locale() == "en")
        except NotReadable as cause:
            if cause.problem == "too-large":
                raise ValidationError(self._bounds()) from cause
            if cause.problem == "ambiguous":
                raise ValidationError(ambiguous_words(cause.said)) from cause
            raise ValidationError(gettext("Đây chưa phải là số: viết như 250 hoặc 1.250,5.")) from cause
        if self.whole and found != int(found):
            raise ValidationError(gettext("Viết số nguyên, không có phần lẻ."))
        if not self.least <= found <= self.most:
            raise ValidationError(self._bounds())
        return int(found) if self.whole else found

    def _bounds(self) -> str:
        most = f"{self.most:,.0f}".replace(",", ".")
        if 0 < self.least < 1:
            return gettext("Viết số lớn hơn 0, nhiều nhất là %(most)s.", most=most)
        return gettext("Viết số từ %(least)s đến %(most)s.", least=f"{self.least:g}", most=most)


def ambiguous_words(said: str) -> str:
    """What was typed may be either of two numbers: how to write each."""
    whole, fraction = two_ways(said)
    if choose_locale() == "en":
        fraction = fraction.replace(",", ".")
    return str(
        gettext(
            "%(said)s có thể là hai số: viết %(whole)s, hoặc %(fraction)s nếu là số lẻ.",
            said=said,
            whole=whole,
            fraction=fraction,
        )
    )


class Day(fields.Field[date]):
    """A civil date: dd/mm/yyyy as people write it, yyyy-mm-dd as pickers send it; `past`: today at the latest."""

    def __init__(self, *, needed: bool = True, past: bool = False) -> None:
        self.past = past
        if needed:
            super().__init__(required=True, error_messages={"required": N_("Chưa có ngày: viết như 21/11/2026.")})
        else:
            super().__init__(load_default=None)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        try:
            found = read_day(str(value))
        except NotReadable as cause:
            said = str(value)[:20]
            if cause.problem == "no-such-day":
                raise ValidationError(gettext("Không có ngày %(said)s. Xem lại ngày và tháng.", said=said)) from cause
            raise ValidationError(gettext("Ngày này chưa đúng: viết ngày/tháng/năm, như 21/11/2026.")) from cause
        if self.past and found > vietnamese_date(world().clock()):
            raise ValidationError(gettext("Ngày này chưa tới. Ghi khi việc đã xong."))
        return found


class Hour(fields.Field[time]):
    """A time of day as people write it, 14:30 or 14h30; midnight where it is left empty."""

    def __init__(self) -> None:
        super().__init__(load_default=time())

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> time:
        try:
            return read_hour(str(value))
        except NotReadable as cause:
            raise ValidationError(gettext("Viết giờ như 14:30.")) from cause


_NEEDED = N_("Chỗ này chưa điền.")
_UNTICKED = N_("Đọc kỹ rồi đánh dấu ô này.")


class _Length(validate.Validator):
    """How long a text may be."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def __call__(self, value: str) -> str:
        if len(value) > self.most:
            raise ValidationError(gettext("Dài quá %(most)s chữ: viết ngắn lại.", most=self.most))
        if len(value) < self.least:
            raise ValidationError(gettext("Ngắn quá: viết ít nhất %(least)s chữ.", least=self.least))
        return value


def version_of(state: Any) -> str:
    """A short name of a state, which changes whenever the state does: forms carry it."""
    told = json.dumps(state, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]
