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


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (Number(least=0.000001), "-5", "Viết số lớn hơn 0, nhiều nhất là 1.000.000.000."),
        (Number(least=0.000001), "0", "Viết số lớn hơn 0, nhiều nhất là 1.000.000.000."),
        (Number(least=1, most=500), "99999999999999", "Viết số từ 1 đến 500."),
        (Number(least=1), "12,500", "12,500 có thể là hai số: viết 12500, hoặc 12,5 nếu là số lẻ."),
        (Number(least=1, most=500), "1e3", "Đây chưa phải là số: viết như 250 hoặc 1.250,5."),
    ],
)
def test_a_number_out_of_bounds_is_told_them_in_words_that_people_write(
    app: Flask, field: Number, typed: str, words: str
) -> None:
    with app.test_request_context("/?lang=vi"):
        asked = type("Asked", (PortalSchema,), {"amount": field})
        assert read(asked(), {"amount": typed}).problems == {"amount": words}


def test_a_point_before_three_digits_is_asked_about_where_english_is_read(app: Flask) -> None:
    asked = type("Asked", (PortalSchema,), {"amount": Number(least=1)})
    with app.test_request_context("/?lang=en"):
        told = "1.001 may be two numbers: write 1001, or 1.0010 if it has a fraction."
        assert read(asked(), {"amount": "1.001"}).problems == {"amount": told}
        for typed, number in (("1.0010", 1.001), ("1,001.5", 1001.5), ("1001", 1001), ("1.5", 1.5)):
            assert read(asked(), {"amount": typed}).values["amount"] == number
    with app.test_request_context("/?lang=vi"):
        assert read(asked(), {"amount": "1.001"}).values["amount"] == 1001
