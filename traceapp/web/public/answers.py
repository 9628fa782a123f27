"""Answered questions on the pages of products and lots.

They are read when something was committed since, or after a few seconds; otherwise a scan asks nobody for them. A page
is kept by the section it carries, so that a new answer makes a new page.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import force_locale
from markupsafe import Markup

from traceapp.services.messages.inbox import answered_of
from traceapp.services.world import World
from traceapp.web.public.known import TRUSTED_FOR, Answers, Known
from traceapp.web.public.message_page import answered_views
from traceapp.web.templates import render_template


def kept_answers(known: Known, lang: str, now: datetime) -> Markup | None:
    """The section as it was read a moment ago; None when it has to be read again."""
    kept = known.answers.get(lang)
    if kept is None or kept.stamp != known.stamp or not kept.since <= now < kept.since + TRUSTED_FOR:
        return None
    return kept.markup


def answers(world: World, known: Known, lang: str, now: datetime) -> Markup:
    """The section with the questions answered last, empty where there are none. Call inside an application context."""
    markup = kept_answers(known, lang, now)
    if markup is None:
        markup, before = _read(world, known, lang), known.answers.get(lang)
        if before and before.markup == markup:
            markup = before.markup
        elif before:
            # Pages are kept by the section they carry: those with the old one would never be asked for again.
            known.pages.clear()
        known.answers[lang] = Answers(known.stamp, now, markup)
    return markup


def _read(world: World, known: Known, lang: str) -> Markup:
    if known.facts.product is None:
        return Markup()
    with world.read() as connection:
        found = answered_of(connection, world.host, known.facts.identity)
    if not found:
        return Markup()
    with force_locale(lang):
        views = answered_views(found, known.facts.identity.lot)
        return Markup(render_template("public/_ask.html", answers=views, lang=lang))
