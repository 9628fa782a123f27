"""`/portal/labels`: choosing a lot, size and number, a preview that is the label itself, and what was printed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from flask import Response, request

from traceapp import i18n
from traceapp.core.errors import GateRefused, RuleBroken
from traceapp.core.facts import Facts, LabelRunFact, LabelVoidFact
from traceapp.db.parts import shared
from traceapp.services.accounts.doubts import lots_in_doubt
from traceapp.services.accounts.own import own_lot_id
from traceapp.services.labels.jobs import jobs_of
from traceapp.services.labels.preview import ask_gate, preview
from traceapp.services.labels.runs import left_of
from traceapp.services.labels.work import Wish, claim, start_job, work_on
from traceapp.services.lots.lists import A_PAGE, count_lots, own_lots
from traceapp.services.world import World
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.label_jobs import enqueue
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, Number, PortalSchema, choice, read, text
from traceapp.web.portal.kept_pages import drawn
from traceapp.web.portal.labels import labels
from traceapp.web.portal.labels.choices import CODES, KINDS, SIZES, TEMPLATES, choices, words
from traceapp.web.portal.labels.shown import in_words, order_of, previewed, signed_of
from traceapp.web.portal.lots.request import asked_lot
from traceapp.web.portal.lots.words import number_of
from traceapp.web.portal.paging import asked_page, paged
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.say import Say
from traceapp.web.words import gettext

AT_ONCE = 300
"""Labels that are drawn before the answer goes out; more are drawn beside it."""
MOST = 1_000_000
MOST_PARTS = 6


Shown = Callable[[str, Form, int], Response]


class LabelsForm(PortalSchema):
    """How many of which size."""

    count = Number(least=1, most=MOST, whole=True)
    size = choice(SIZES)
    template = choice(TEMPLATES)
    kind = choice(KINDS)
    codes = choice(CODES)
    asked = text(most=40, needed=False)


@labels.get("/portal/labels")
@access(PRODUCER)
def choose_lot() -> Response:
    """The lots, newest first; those that are held back or recalled apart. What else a lot lacks its own page tells."""
    here, member = world(), session.member()
    say = Say(choose_locale(), gettext)
    with here.read() as connection:
        page = paged(asked_page(), count_lots(connection, member.declared_by)[0], A_PAGE)
        found = own_lots(connection, here.host, member.declared_by, here.keyring(connection), page.number)
        doubted = lots_in_doubt(connection, member.declared_by)
    return portal_page(
        "labels",
        lots=[one for one in found if not one.state],
        stopped=[one for one in found if one.state],
        page=page,
        doubted=doubted,
        say=say,
    )


@labels.get("/portal/labels/lot/<ai:key>/<raw:rest>")
@access(PRODUCER)
def one_lot(key: str, rest: str) -> Response:
    """The form, the preview, and what was issued of this lot."""
    return show(asked_lot("/portal/labels/lot"), Form())


@labels.post("/portal/labels/lot/<ai:key>/<raw:rest>")
@access(PRODUCER)
def issue(key: str, rest: str) -> Response:
    """Issue the labels behind the gate, and make their file at once or beside."""
    lot = asked_lot("/portal/labels/lot")
    form = read(LabelsForm, request.form)
    if form.problems:
        return show(lot, form, 422)
    try:
        order = order_of(form.values)
    except RuleBroken as cause:
        return show(lot, form.with_problem("size", in_words(cause)), 422)
    return start(lot, form, Wish(lot, int(form.values["count"]), order, signed_of(form.values), request=_name_of(form)))


def _name_of(form: Form) -> str | None:
    """What this order is called: pressed twice, or sent again on a bad line, it is issued once."""
    if not form.values.get("asked"):
        return None
    told = ":".join(str(form.values[name]) for name in ("asked", "count", "size", "template", "kind", "codes"))
    return f"portal:{session.member().organisation}:{told}"


def start(lot: str, form: Form, wish: Wish, shown: Shown | None = None) -> Response:
    """Open the job of a wish, and lead to where its progress is; a refusal is told on the page that `shown` makes."""
    here, member = world(), session.member()
    try:
        with here.write() as connection:
            own_lot_id(connection, member.organisation, lot)
            job, token = start_job(here, connection, wish, notary=member.notary(here.notary), by=member.declared_by)
    except GateRefused:
        return (shown or show)(lot, form, 409)
    except RuleBroken as cause:
        return (shown or show)(lot, form.with_problem("size", in_words(cause)), 422)
    if wish.count <= AT_ONCE and (mine := claim(here, job.id)):
        work_on(here, mine)
    else:
        enqueue(job.id)
    return see_other(f"/portal/labels/jobs/{token}?lang={choose_locale()}")


@labels.get("/portal/labels/preview/<ai:key>/<raw:rest>")
@access(PRODUCER)
def preview_part(key: str, rest: str) -> Response:
    """The part of the page that changes with the form: the label, and what the gate says of that many."""
    lot, form = asked_lot("/portal/labels/preview"), read(LabelsForm, request.args)
    shown = _usual(form)
    with world().read() as connection:
        own_lot_id(connection, session.member().organisation, lot)
        told = previewed(connection, lot, shown, int(shown["count"]))
    return portal_page("_label_preview", **told, is_wrong=bool(form.problems), wrong=form.problems.get("count", ""))


@labels.get("/portal/labels/picture/<ai:key>/<raw:rest>")
@access(PRODUCER)
def picture(key: str, rest: str) -> Response:
    """One label as SVG, by the writer that makes the file."""
    here, lot = world(), asked_lot("/portal/labels/picture")
    form = read(LabelsForm, {**_USUAL, **request.args})
    if form.problems:
        form = read(LabelsForm, _USUAL)
    with here.read() as connection:
        own_lot_id(connection, session.member().organisation, lot)
        made = preview(here, connection, lot, order_of(form.values), signed=signed_of(form.values))
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store"}
    return Response(made.svg, mimetype="image/svg+xml", headers=headers)


_USUAL = {"count": "24", "size": "a4-24", "template": "full", "kind": "pdf", "codes": "auto"}


def _usual(form: Form) -> Mapping[str, Any]:
    """What a form asks for; the usual in the place of what is wrong or empty."""
    usual = _usual_values()
    return {name: one if name in form.problems else form.values.get(name, one) for name, one in usual.items()}


@cache
def _usual_values() -> Mapping[str, Any]:
    return MappingProxyType(read(LabelsForm, _USUAL).values)


def show(lot: str, form: Form, status: int = 200) -> Response:
    """The page of one lot's labels."""
    here, member, shown = world(), session.member(), _usual(form)
    planned = int(shown["count"])
    with here.read() as connection:
        own_lot_id(connection, member.organisation, lot)
        told, runs = previewed(connection, lot, shown, planned), _runs(here, connection, lot, planned)
        jobs, files = jobs_of(connection, lot)
    return portal_page(
        "label_lot",
        status=status,
        form=form,
        asked=drawn(lambda: secrets.token_urlsafe(12)),
        number=number_of(lot),
        is_wrong=bool(form.problems),
        runs=runs,
        jobs=jobs,
        files=files,
        voided=_voided(),
        sure=sure_of(form),
        **choices(),
        labels={
            "count": gettext("Bao nhiêu tem?"),
            "reason": gettext("Vì sao hủy?"),
            "sure": gettext("Hủy nhiều tem một lúc"),
            **words(),
        },
        **told,
    )


def sure_of(form: Form) -> str:
    """What is ticked when the labels of a form are to be void, and for no others."""
    return f"{form.values.get('first')}-{form.values.get('last')}"


def _voided() -> tuple[str, int] | None:
    """Which labels were just said to be void, as the address of the page tells it, and how many were before."""
    told, before = request.args.get("void", ""), request.args.get("before", "")
    if not re.fullmatch(r"\d{1,9}-\d{1,9}(,\d{1,9}-\d{1,9}){0,20}", told) or not re.fullmatch(r"\d{1,9}", before):
        return None
    parts = (part.split("-") for part in told.split(","))
    return ", ".join(first if first == last else f"{first}–{last}" for first, last in parts), int(before)


@shared
def _runs(here: World, connection: Any, lot: str, planned: int) -> list[dict[str, object]]:
    """What was issued, newest first, as its verified records say, with what is void of each.

    So many are `planned`: the question is the preview's, which is answered already.
    """
    facts = ask_gate(here, connection, lot, planned).facts
    return [_run(run, facts) for run in sorted(facts.label_runs, key=lambda one: -one.first)]


def _run(run: LabelRunFact, facts: Facts) -> dict[str, object]:
    first, last = run.first, run.first + run.count - 1
    left = left_of(first, last, [(one.first, one.last) for one in facts.label_voids if overlaps(run, one)])
    return {
        "first": first,
        "last": last,
        "count": run.count,
        "signed": run.signed,
        "day": i18n.show_date(run.source.record_time),
        # Neighbours that were said to be void one after the other are told as one.
        "void": left_of(first, last, left),
        "left": left[:MOST_PARTS],
    }


def overlaps(run: LabelRunFact, void: LabelVoidFact) -> bool:
    """Whether some of a run's labels are void."""
    return void.first <= run.first + run.count - 1 and void.last >= run.first
