"""Words in the reader's language: Flask-Babel's, without its walk through the request for every word of a page."""

from __future__ import annotations

from typing import Any

from flask import g, has_app_context
from flask_babel import Domain, get_locale


class Catalogues(Domain):  # type: ignore[misc]
    """Flask-Babel's, found by the locale itself: it spells the locale out for every word of a page."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[Any, Any] = {}

    def get_translations(self) -> Any:
        """The words of the language at hand."""
        locale = _locale()
        if locale is None:
            return super().get_translations()
        found = self._known.get(locale.language)
        if found is None:
            found = self._known[locale.language] = super().get_translations()
        return found


CATALOGUES = Catalogues()


def gettext(text: str, **values: Any) -> str:
    """`text` in the language at hand, with `values` in their places."""
    said: str = CATALOGUES.get_translations().ugettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The form of a text that goes with a number, in the same way; `num` is one of the values."""
    said: str = CATALOGUES.get_translations().ungettext(one, many, num)
    return said % {"num": num, **values}


def _locale() -> Any:
    """Flask-Babel's: where it has found it before, at the place where it keeps it, else by asking."""
    if not has_app_context():
        return None
    kept = getattr(g._get_current_object(), "_flask_babel", None)
    return getattr(kept, "babel_locale", None) or get_locale()
