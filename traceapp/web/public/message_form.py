"""What a form for questions and reports sends: its shape, and why it is shown again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate

from traceapp.services.messages.inbox import LONGEST_CONTACT, LONGEST_WORDS

SHORTEST_WORDS = 10
TRAP = "website"
"""A field that people do not see and programs like to fill in."""


class MessageForm(Schema):
    """The fields of both forms. Errors are codes; words_of_problem has the words."""

    words = fields.String(
        required=True,
        validate=[
            validate.Length(min=SHORTEST_WORDS, error="words-short"),
            validate.Length(max=LONGEST_WORDS, error="words-long"),
        ],
        error_messages={"required": "words-short", "invalid": "words-short"},
    )
    contact = fields.String(load_default="", validate=validate.Length(max=LONGEST_CONTACT, error="contact-long"))
    token = fields.String(load_default="")
    website = fields.String(load_default="")

    class Meta:
        """A browser may send more than was asked for."""

        unknown = EXCLUDE

    @pre_load
    def tidy(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Text as it is kept: one spelling of each letter, no control characters, no space around it."""
        return {name: _tidy(value) for name, value in data.items() if isinstance(value, str)}

    @post_load
    def plain(self, data: dict[str, Any], **_: Any) -> dict[str, str]:
        """Nothing but text."""
        return {name: str(value) for name, value in data.items()}


# Controls and halves of letters; marks that turn the direction of reading, by which a text can pretend to be another.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def _tidy(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = unicodedata.normalize("NFC", _UNWANTED.sub("", lines)).strip()
    return re.sub(r"\n{3,}", "\n\n", kept)


def read_form(sent: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The form's values, whatever they are worth, and the code of what is wrong with each field that is wrong."""
    form = MessageForm()
    values = {name: _tidy(sent.get(name, "")) for name in form.fields}
    try:
        return {**values, **form.load(sent)}, {}
    except ValidationError as cause:
        return values, {name: str(codes[0]) for name, codes in cause.messages_dict.items()}
