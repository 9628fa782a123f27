"""What pages of the portal share while nothing that it rests on changes, in the language of whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from traceapp.db.parts import shared
from traceapp.web.language import choose_locale

P = ParamSpec("P")
T = TypeVar("T")


def spoken(make: Callable[P, T]) -> Callable[P, T]:
    """`shared` (db/parts.py) for what is told in words: of the databases, the arguments and the language alone.

    It asks neither who is signed in nor what was asked for: whatever depends on these is an argument.
    """

    @shared
    @wraps(make)
    def in_language(_lang: str, *args: P.args, **kwargs: P.kwargs) -> T:
        return make(*args, **kwargs)

    @wraps(make)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        return in_language(choose_locale(), *args, **kwargs)

    return told
