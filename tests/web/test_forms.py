"""What a form says of what was sent: to each in their own language, whoever sent it before."""

from __future__ import annotations

import pytest
from flask import Flask

from traceapp.app import make_pages
from traceapp.web.portal.forms import Day, Number, PortalSchema, choice, read, text


class PlotForm(PortalSchema):
    """A form with one field of each kind."""

    name = text(most=9)
    area = Number(most=50)
    day = Day()
    kind = choice(("tea", "rice"))


RIGHT = {"name": "Đồi 5", "area": "1,5", "day": "21/11/2026", "kind": "tea"}
WRONG = {"name": "Đồi năm mươi", "area": "900", "day": "31/11/2026", "kind": "sand"}


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_pages()


def test_a_form_speaks_the_language_of_whoever_sent_it_now(app: Flask) -> None:
    said = []
    for lang in ("vi", "en", "vi"):
        with app.test_request_context(f"/?lang={lang}"):
            said.append((read(PlotForm, WRONG).problems, read(PlotForm, {}).problems))
    assert said[0] == said[2]
    for vietnamese, english in zip(said[0], said[1], strict=True):
        assert vietnamese.keys() == english.keys() == RIGHT.keys()
        assert [name for name, words in vietnamese.items() if english[name] == words] == []


def test_nothing_of_what_one_sent_is_in_the_form_of_the_next(app: Flask) -> None:
    with app.test_request_context():
        first = read(PlotForm, RIGHT)
        assert (first.problems, first.values["area"]) == ({}, 1.5)
        assert read(PlotForm, {"name": "Ruộng"}).values == {"name": "Ruộng"}
        assert read(PlotForm, RIGHT).values == first.values
