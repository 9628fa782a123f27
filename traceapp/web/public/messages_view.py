"""Asking a producer, reporting a suspected fake, and looking what became of it: forms that need no JavaScript.

A form carries a signed token instead of a session, comes back only from our own pages, and keeps what was typed when
something is wrong with it. Nothing that somebody sends is shown to others before it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, Response, abort, request
from flask_babel import force_locale

from traceapp.adapters.photos import MOST_BYTES, reencode
from traceapp.core.digital_link import Identity, parse_path
from traceapp.core.errors import Conflict, NotFound, PhotoRefused, Unavailable
from traceapp.core.facts import Facts
from traceapp.core.negotiation import prefers_json
from traceapp.services.accounts.form_tokens import Opened, Token, form_key, make_token, read_token
from traceapp.services.messages import inbox as messages
from traceapp.services.messages.inbox import Kind, Letter
from traceapp.services.messages.turns import UNKNOWN_THINGS, take_turn
from traceapp.services.world import World
from traceapp.web.access import PUBLIC, access, require_same_origin, world
from traceapp.web.bodies import drawing
from traceapp.web.language import choose_locale
from traceapp.web.public.context import PageContext
from traceapp.web.public.context_of import plain_context
from traceapp.web.public.items import canonical_identity
from traceapp.web.public.known import known_things
from traceapp.web.public.message_form import TRAP, read_form
from traceapp.web.public.message_page import FormView, about_rows, message_view, words_of_problem
from traceapp.web.public.page import for_reading
from traceapp.web.public.raw import raw_path
from traceapp.web.public.resolver import redirect
from traceapp.web.public.say import Say
from traceapp.web.public.view import form_page, message_page
from traceapp.web.words import gettext

PHOTO_WIDTH = 1104
PHOTO_EDGE = 200
MOST_SENT = MOST_BYTES + 100_000
_METHODS = ["GET", "POST"]
# A form says where it comes from, to us alone: the same-origin check needs it.
_TO_US_ONLY = {"Cache-Control": "private, no-cache", "Referrer-Policy": "same-origin"}

consumers = Blueprint("consumers", __name__)


@dataclass(frozen=True, slots=True)
class _Form:
    """One form for one thing. `about` is what its token was made for."""

    kind: Kind
    identity: Identity
    facts: Facts
    world: World
    now: datetime

    @property
    def about(self) -> str:
        return f"{self.kind} {self.identity.path}"

    @property
    def thing(self) -> str:
        return self.facts.product.id if self.facts.product else UNKNOWN_THINGS

    def new_token(self) -> str:
        return make_token(form_key(self.world), self.about, self.now)


@consumers.route("/ask/<ai:key>/<raw:rest>", methods=_METHODS)
@access(PUBLIC)
def ask(key: str, rest: str) -> Response:
    """A question to the producer of what was scanned."""
    return _answer(_form(Kind.QUESTION, "/ask"))


@consumers.route("/report/<ai:key>/<raw:rest>", methods=_METHODS)
@access(PUBLIC)
def report(key: str, rest: str) -> Response:
    """A report about what was scanned, whether anybody issued it or not."""
    return _answer(_form(Kind.REPORT, "/report"))


@consumers.route("/message/<reference>", methods=_METHODS)
@access(PUBLIC)
def message(reference: str) -> Response:
    """What became of a message, for whoever has its number; who sent it may erase contact and photo here."""
    here, now, lang = world(), world().clock(), choose_locale()
    if request.method == "POST":
        return _erase(here, reference, now)
    with here.read() as connection:
        found = messages.find(connection, reference)
        holds_sender = messages.private_of(connection, found.reference) != messages.Private()
    token = make_token(form_key(here), _erasing(found.reference), now)
    with force_locale(lang):
        view = message_view(found, lang, token if holds_sender else "")
    page = message_page(view, _context(f"/message/{found.reference}"))
    headers = {**(_TO_US_ONLY if holds_sender else {}), "Cache-Control": "private, no-store"}
    return Response(page, mimetype="text/html", headers=headers)


def _erase(here: World, reference: str, now: datetime) -> Response:
    require_same_origin()
    with here.read() as connection:
        reference = messages.find(connection, reference).reference
    token = read_token(form_key(here), _erasing(reference), request.form.get("token", ""), now)
    if token.opened in (Opened.GOOD, Opened.EARLY):
        with here.write() as connection:
            if messages.private_of(connection, reference) != messages.Private():
                messages.erase_contact(connection, reference, "sender", now)
    return _thank(reference)


def _erasing(reference: str) -> str:
    return f"erase {reference}"


def _form(kind: Kind, prefix: str) -> _Form:
    here, now = world(), world().clock()
    link = parse_path(raw_path().removeprefix(prefix))
    if link.identity is None:
        raise NotFound(f"There is no page for {link.path[:120]}.")
    identity = canonical_identity(link.identity)
    facts = known_things(here).get(here, identity, now).facts
    if kind is Kind.QUESTION and facts.product is None:
        raise NotFound(f"Nobody registered {identity.product}: there is no producer to ask. A report is possible.")
    return _Form(kind, identity, for_reading(facts) if here.is_demo else facts, here, now)


def _answer(form: _Form) -> Response:
    if request.method != "POST":
        return _show(form, form.new_token(), {}, {}, 200)
    require_same_origin()
    if request.mimetype == "multipart/form-data":
        # Its files go to disk as they come; any other body would be read into memory whole.
        request.max_content_length = MOST_SENT
    values, problems = read_form(request.form)
    token = read_token(form_key(form.world), form.about, values["token"], form.now)
    if token.opened is Opened.EARLY:
        problems["form"] = "form-early"
    elif token.opened is not Opened.GOOD:
        problems["form"], values["token"] = "form-late", form.new_token()
    if problems:
        return _show(form, values["token"], values, _in_words(form, problems), 422)
    return _received(form, token, values)


def _received(form: _Form, token: Token, values: Mapping[str, str]) -> Response:
    """Keep what was sent well, once: whoever presses twice is led to the same message."""
    if known := _sent_before(form.world, token):
        return known
    if not _take_turn(form):
        return _show(form, values["token"], values, _in_words(form, {"form": "too-many"}), 429)
    try:
        letter = Letter(
            form.identity,
            values["words"],
            choose_locale(),
            token.nonce,
            contact=values["contact"] or None,
            photo=_photo(),
            odd=bool(values[TRAP]),
        )
        send = messages.ask if form.kind is Kind.QUESTION else messages.report
        with form.world.write_aside() as connection:
            reference = send(connection, letter, form.world.host, form.now)
    except PhotoRefused as cause:
        with force_locale(choose_locale()):
            problems = {"photo": words_of_problem(cause.problem, cause.numbers)}
        return _show(form, values["token"], values, problems, 422)
    except Conflict:
        # Pressed twice, and the other press was the faster one.
        return _sent_before(form.world, token) or abort(409)
    return _thank(reference)


def _sent_before(here: World, token: Token) -> Response | None:
    with here.read() as connection:
        reference = messages.sent_in(connection, token.nonce)
    return _thank(reference) if reference else None


def _thank(reference: str) -> Response:
    return redirect(f"/message/{reference}?lang={choose_locale()}", 303)


def _take_turn(form: _Form) -> bool:
    here = form.world
    try:
        visitor = here.scans.visitor(request.remote_addr or "", form.now)
    except here.scans.errors as cause:
        raise Unavailable("Who sends cannot be counted just now, and nothing was kept: send it again.") from cause
    with here.write_aside() as connection:
        return take_turn(connection, visitor, form.thing, form.now)


def _photo() -> bytes | None:
    """The photo drawn anew, None where none was chosen: browsers then send an empty file."""
    sent = request.files.get("photo")
    data = sent.read() if sent else b""
    if not data:
        return None
    with drawing():
        return reencode(data, widths=(PHOTO_WIDTH,), least_edge=PHOTO_EDGE, sharp=False).variants[-1].data


def _in_words(form: _Form, problems: Mapping[str, str]) -> dict[str, str]:
    with force_locale(choose_locale()):
        return {name: words_of_problem(code) for name, code in problems.items()}


def _show(form: _Form, token: str, values: Mapping[str, str], problems: Mapping[str, str], status: int) -> Response:
    if problems and prefers_json(request.headers.get("Accept", "")):
        # A program has no use for a form.
        abort(status, description=" ".join(f"{name}: {words}" for name, words in problems.items()))
    prefix = "/ask" if form.kind is Kind.QUESTION else "/report"
    context = _context(prefix + form.identity.path)
    with force_locale(context.lang):
        maker = (form.facts.producer.name if form.facts.producer else None) or gettext("cơ sở")
        view = FormView(
            kind=form.kind,
            action=f"{prefix}{form.identity.path}?lang={context.lang}",
            token=token,
            about=about_rows(form.facts, form.identity, Say(context.lang, gettext)),
            maker=maker if form.facts.product else "",
            back_url=f"/verify{form.identity.path}?lang={context.lang}",
            values=values,
            problems=problems,
        )
        page = form_page(view, context)
    headers = {**_TO_US_ONLY, **({"Retry-After": "86400"} if status == 429 else {})}
    return Response(page, status, mimetype="text/html", headers=headers)


def _context(path: str) -> PageContext:
    """For a page that no search engine is told of."""
    context = plain_context(world(), world().clock())
    other = "en" if context.lang == "vi" else "vi"
    return replace(context, other_lang_url=f"{path}?lang={other}")
