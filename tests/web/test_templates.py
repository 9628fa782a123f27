"""Templates as they are compiled: macros stand where they are called, and say there what they said when called."""

from __future__ import annotations

from typing import Any

import flask_babel
import pytest
from flask import Flask
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as N_
from jinja2 import ChoiceLoader, DictLoader, StrictUndefined, Undefined
from markupsafe import Markup, escape

from traceapp.app import make_pages
from traceapp.web import words
from traceapp.web.access import cookie_of
from traceapp.web.language import said_once
from traceapp.web.templates import Spoken

HOSTILE = "<b>\"'&amp;"
MACROS = """
{%- macro mark(name) -%}<i class="{{ name }}"></i>{%- endmacro -%}
{%- macro box(label, hint="", many=false, kinds=("a", "b")) -%}
{%- set shown = label ~ '!' -%}
<p{% if hint %} title="{{ hint }}"{% elif many %} many{% else %} bare{% endif %}>{{ mark('x') }}{{ shown }}
{%- for one in kinds %}{{ loop.index }}{{ one }}{% endfor %}{{ 'many' if many else 'one' }}{{ mark(label) }}</p>
{%- endmacro -%}
{%- macro nested(told) -%}{{ box(told, hint=mark(told)) }}{%- endmacro -%}
{%- macro outer() -%}{{ frame }}{{ caller is defined }}{%- endmacro -%}
{%- macro given(mark) -%}{{ mark('x') }}{%- endmacro -%}
{%- macro rest() -%}{{ varargs | join('+') }}{%- endmacro -%}
"""
FROM = '{%- from "m.html" import box, given, mark, nested, outer, rest with context -%}'
CALLS = (
    "{{ mark('a') }}",
    "{{ mark(words) }}|{{ mark(name=words) }}",
    "{{ mark() }}|{{ box() }}",
    "{{ box(words) }}{{ box(words, 'h') }}{{ box('const', many=true) }}{{ box(words, kinds=[]) }}",
    "{{ box(words, kinds=[words, 'b']) }}",
    "{% set shown = 'mine' %}{{ box(shown) }}{{ shown }}{{ box('other') }}{{ shown }}",
    "{% set label = 'outside' %}{{ box(hint=label, label=words) }}{{ label }}",
    "{% for one in [1, 2] %}{{ box(one, loop.index, loop.last) }}{{ one }}{% endfor %}",
    "{% for mark in ['p', 'q'] %}{{ mark }}{% endfor %}{{ mark('a') }}",
    "{% set box = 'no macro' %}{{ box }}",
    "{% macro mark(name) %}own {{ name }}{% endmacro %}{{ mark(words) }}{{ box(words) }}",
    "{% macro mine(mark) %}{{ mark }}{{ box(mark) }}{% endmacro %}{{ mine(words) }}",
    "{{ nested(words) }}{{ nested('c') }}{{ given(nested) }}{{ given(box) }}",
    "{{ outer() }}{{ rest(1, 2) }}{{ rest(words) }}",
    "{{ mark(words) | upper }}{{ mark('a') ~ words }}{% set kept = box(words) %}{{ kept }}",
    "{% set kept %}{{ box(words) }}{% endset %}{{ kept }}",
    "{% if words %}{{ mark('a') }}{% elif mark('b') %}{{ mark('c') }}{% else %}{{ mark('d') }}{% endif %}",
    "{{ 'x' if '' else words }}{{ '' or words }}{{ 'c' and words }}{{ words if 0 }}{{ 1 and 0 }}{{ 0 or '' }}",
    "{% include 'part.html' %}{{ mark('a') }}",
    "{{ _('Chọn') }}{{ _('Gọi %(phone)s', phone=words) }}",
    "{{ [('a', words), (words, 'b'), ('c', 3)] | options('a') }}{{ [] | options }}",
    "{{ none }}{{ 5 }}{{ words }}{{ safe }}{{ missing }}{{ lazy }}",
    "{% block whole %}{% set here = words %}{{ box(here) }}{% for one in [1, 2] %}{{ one }}{{ words }}{% endfor %}"
    "{% block within scoped %}{{ here }}{% if words %}{% include 'part.html' %}{% endif %}{% endblock %}{% endblock %}",
    "{% block whole %}{{ words }}{% endblock %}{% block empty %}{% endblock %}{{ self.whole() }}",
    "{% block whole %}{{ self.other() }}{{ safe }}<p>{{ lazy }}{% endblock %}"
    "{% block other %}{{ words }}{{ 5 }}{% endblock %}",
)


@pytest.fixture(scope="module")
def app() -> Flask:
    """Two environments of the same pages: `auto_reload` keeps calls as they are."""
    made = make_pages()
    part = "{{ mark(words) }}{{ frame }}"
    own = DictLoader(
        {"m.html": MACROS, "part.html": part, **{f"{at}.html": FROM + one for at, one in enumerate(CALLS)}}
    )
    environment = made.jinja_env
    assert isinstance(environment, Spoken)
    environment.loader = ChoiceLoader([own, *([environment.loader] if environment.loader else [])])
    return made


def overlay(app: Flask, *, reloading: bool) -> Spoken:
    made = app.jinja_env.overlay(auto_reload=reloading)
    assert isinstance(made, Spoken)
    made.begin()
    return made


def said(app: Flask, name: str, lang: str, *, reloading: bool) -> str:
    values: dict[str, Any] = {"words": HOSTILE, "safe": Markup("<hr>"), "frame": "from the page", "lazy": N_("Chọn")}
    environment = overlay(app, reloading=reloading)
    with app.test_request_context(f"/?lang={lang}"):
        return str(environment.get_template(name).render(values))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("at", range(len(CALLS)), ids=lambda at: CALLS[at][:40])
def test_a_template_says_with_its_macros_put_in_what_it_says_with_calls(app: Flask, at: int, lang: str) -> None:
    put_in = said(app, f"{at}.html", lang, reloading=False)
    assert put_in == said(app, f"{at}.html", lang, reloading=True)
    assert HOSTILE not in put_in


def source_of(app: Flask, text: str) -> str:
    environment = overlay(app, reloading=False)
    with app.test_request_context("/?lang=vi"):
        return str(environment.compile(text, "some.html", raw=True))


def test_what_is_given_as_a_constant_is_text_and_what_is_never_shown_is_left_out(app: Flask) -> None:
    source = source_of(app, FROM + "{{ box('const', many=true, kinds=kinds) }}{{ nested('c') }}")
    assert '<p many><i class="x"></i>' in source
    assert "bare" not in source.partition("nested")[0]
    assert "'box'" not in source
    # It is told what another macro says: that is asked for where it stands.
    assert "'nested'" in source


@pytest.mark.parametrize("value", ["plain", HOSTILE, 7, 2.5, None, Markup("<i>"), Undefined(name="x"), ["<"], True])
def test_what_is_written_is_escaped_as_ever(value: object) -> None:
    assert str(Spoken.escaped(value)) == str(escape(value))


def test_what_refuses_to_be_shown_refuses_still() -> None:
    with pytest.raises(Exception, match="is undefined"):
        Spoken.escaped(StrictUndefined(name="gone"))


def test_words_are_looked_up_once_for_each_language_and_never_mixed(app: Flask) -> None:
    asked = []

    @said_once
    def once() -> dict[str, str]:
        asked.append("")
        return {"choose": gettext("Chọn")}

    for _ in range(3):
        for lang, word in (("vi", "Chọn"), ("en", "Choose")):
            with app.test_request_context(f"/?lang={lang}"):
                assert once()["choose"] == word
                with force_locale("en"):
                    assert once()["choose"] == "Choose"
                with pytest.raises(TypeError):
                    once()["choose"] = "other"  # type: ignore[index]
    assert len(asked) == 2
    assert dict(once()) == {"choose": "Chọn"}


def test_words_are_those_of_the_library_wherever_they_are_asked_for(app: Flask) -> None:
    texts = ("Chọn", "100%", "100%% %(x)s", "không có trong danh mục")

    def said(of: Any) -> list[str]:
        told = [of.gettext(text) for text in texts] + [of.gettext("100%% %(x)s", x="50%(y)s")]
        return [*told, *(of.ngettext("Còn %(num)s ngày, đến %(day)s", "", num, day="1%") for num in (1, 2))]

    assert said(words) == said(flask_babel)
    found = []
    for lang in ("en", "vi"):
        with app.test_request_context(f"/?lang={lang}"):
            found.append(words.gettext("Chọn"))
            with force_locale("en" if lang == "vi" else "vi"):
                found.append(words.gettext("Chọn"))
                assert said(words) == said(flask_babel)
            found.append(words.gettext("Chọn"))
            assert said(words) == said(flask_babel)
    assert found == ["Choose", "Chọn", "Choose", "Chọn", "Choose", "Chọn"]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("name=value", "value"),
        ("other=1; name=value", "value"),
        (" name = value ;x=2", "value"),
        ("name=one; name=two", "one"),
        ("name=a=b", "a=b"),
        ("xname=1; name2=2; x=name=3", ""),
        ("name", ""),
        ("", ""),
    ],
)
def test_a_cookie_is_found_by_its_whole_name(sent: str, found: str) -> None:
    assert cookie_of({"HTTP_COOKIE": sent}, "name") == found
