"""The reader's language: `?lang=`, else Accept-Language, else Vietnamese."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from types import MappingProxyType
from typing import TypeVar

from babel import Locale
from flask import Flask, Request, has_request_context, request
from flask_babel import Babel, get_locale

from traceapp import i18n
from traceapp.i18n.names import name_in
from traceapp.web.access import asked, cookie_of, is_long_query
from traceapp.web.templates import Spoken
from traceapp.web.words import CATALOGUES, gettext

LANG_COOKIE = "lang"
_CHOSEN = "traceapp.lang"
PRIVATE = ("/portal", "/login", "/signup", "/reset", "/invite", "/logout")
"""Pages that no cache keeps: there the language that somebody chose stays chosen."""
T = TypeVar("T")
Alternates = tuple[tuple[str, str], ...]


def register(app: Flask) -> None:
    """Let pages and views of `app` speak the reader's language."""
    # The package of public pages asks this module for the language.
    from traceapp.web.public.assets import asset_url

    app.jinja_environment = Spoken  # type: ignore[assignment]
    Babel(app, locale_selector=_locale)
    app.extensions["babel"].instance.domain_instance = CATALOGUES
    app.jinja_env.filters["asset"] = asset_url
    app.jinja_env.globals["name_in"] = name_in
    app.jinja_env.which = lambda: get_locale().language  # type: ignore[attr-defined]
    app.jinja_env.say = gettext  # type: ignore[attr-defined]
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=gettext,
        ngettext=lambda one, many, count: CATALOGUES.get_translations().ungettext(one, many, count),
        newstyle=True,
    )


@cache
def _parsed(lang: str) -> Locale:
    return Locale.parse(lang)


def _locale() -> Locale:
    return _parsed(choose_locale())


def choose_locale() -> str:
    """`vi` or `en` for this request."""
    if not has_request_context():
        return "vi"
    environ = request.environ
    known: str | None = environ.get(_CHOSEN)
    if known is None:
        known = environ[_CHOSEN] = _chosen(asked())
    return known


def _chosen(request: Request) -> str:
    environ = request.environ
    # A query too long to be answered is not read for this either.
    wanted = request.args.get("lang") if environ.get("QUERY_STRING") and not is_long_query(environ) else None
    if not wanted and request.path.startswith(PRIVATE) and (kept := cookie_of(environ, LANG_COOKIE)):
        return i18n.choose_language(kept, "")
    return i18n.choose_language(wanted, environ.get("HTTP_ACCEPT_LANGUAGE", ""))


def said_once(words: Callable[[], Mapping[str, T]]) -> Callable[[], Mapping[str, T]]:
    """Words that nothing decides but the language: looked up once for each, and changed by nobody."""
    known: dict[str, Mapping[str, T]] = {}

    @wraps(words)
    def told() -> Mapping[str, T]:
        locale = get_locale()
        if locale is None:
            return words()
        found = known.get(locale.language)
        if found is None:
            found = known[locale.language] = MappingProxyType(dict(words()))
        return found

    return told


def address_in(lang: str, address: str) -> str:
    """The one address of a page in a language: in Vietnamese, which who does not choose gets, it is bare."""
    return address if lang == i18n.LANGUAGES[0] else f"{address}?lang={lang}"


def alternates(address: str) -> Alternates:
    """(language, address) of a page for search engines, with `x-default` for readers of any other."""
    return (*((lang, address_in(lang, address)) for lang in i18n.LANGUAGES), ("x-default", address))
