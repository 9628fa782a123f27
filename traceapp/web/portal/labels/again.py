"""Printing issued labels again: any range, in every format, size and template, under the numbers they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from traceapp.core.errors import GateRefused, InvalidEvent, NotFound, RuleBroken
from traceapp.services.accounts.own import own_lot_id
from traceapp.services.labels.output import issued_batch
from traceapp.services.labels.runs import runs_of
from traceapp.services.labels.work import Wish
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, Number, PortalSchema, choice, read
from traceapp.web.portal.labels import labels
from traceapp.web.portal.labels.choices import KINDS, SIZES, TEMPLATES, choices, words
from traceapp.web.portal.labels.orders import MOST, start
from traceapp.web.portal.labels.shown import in_words, order_of, previewed
from traceapp.web.portal.lots.request import asked_lot, path_of
from traceapp.web.portal.lots.words import number_of
from traceapp.web.portal.view import portal_page
from traceapp.web.words import gettext

_USUAL = {"size": "a4-24", "template": "full", "kind": "pdf"}


class AgainForm(PortalSchema):
    """Which items, and how they are printed now."""

    first = Number(least=1, most=1e12, whole=True)
    last = Number(least=1, most=1e12, whole=True)
    size = choice(SIZES)
    template = choice(TEMPLATES)
    kind = choice(KINDS)


@labels.get("/portal/labels/again/<ai:key>/<raw:rest>")
@access(PRODUCER)
def again(key: str, rest: str) -> Response:
    """The form, for the items in the address."""
    lot = _own(asked_lot("/portal/labels/again"))
    wanted = {name: request.args[name][:12] for name in ("first", "last") if name in request.args}
    run = _items(lot)
    if not wanted:
        return _show(lot, Form(run, {**_USUAL, "first": int(run["first"]), "last": int(run["last"])}))
    return _show(lot, Form({**run, **wanted}))


@labels.get("/portal/labels/again/preview/<ai:key>/<raw:rest>")
@access(PRODUCER)
def again_preview(key: str, rest: str) -> Response:
    """The part of the page that changes with the form."""
    lot = _own(asked_lot("/portal/labels/again/preview"))
    return portal_page("_label_preview", **_previewed(lot, read(AgainForm, request.args)))


@labels.post("/portal/labels/again/<ai:key>/<raw:rest>")
@access(PRODUCER)
def again_now(key: str, rest: str) -> Response:
    """Print them: no new number is spent."""
    lot = _own(asked_lot("/portal/labels/again"))
    form = _checked(lot, read(AgainForm, request.form))
    if form.problems:
        return _show(lot, form, 422)
    try:
        order = order_of(form.values)
    except RuleBroken as cause:
        return _show(lot, form.with_problem("size", in_words(cause)), 422)
    wish = Wish(lot, _count(form.values), order, from_item=int(form.values["first"]))
    return start(lot, form, wish, shown=_show)


def _own(lot: str) -> str:
    with world().read() as connection:
        return own_lot_id(connection, session.member().organisation, lot)


def _count(values: Mapping[str, Any]) -> int:
    return int(values["last"]) - int(values["first"]) + 1


def _checked(lot: str, form: Form) -> Form:
    """The form, with what is wrong with its range of items."""
    if form.problems:
        return form
    here, count = world(), _count(form.values)
    if count < 1:
        return form.with_problem("last", gettext("Số cuối phải từ số đầu trở lên."))
    if count > MOST:
        return form.with_problem("last", gettext("In lại nhiều nhất 1.000.000 tem một lần."))
    try:
        with here.read() as connection:
            issued_batch(here, connection, lot, int(form.values["first"]), count)
    except (NotFound, InvalidEvent):
        return form.with_problem("first", gettext("Các tem này chưa cấp hết: xem lại số."))
    except RuleBroken as cause:
        mixed = gettext("Trong các số này có tem đã hủy hoặc khác loại mã: chọn khoảng khác.")
        return form.with_problem("first", str(cause) if choose_locale() == "vi" else mixed)
    except GateRefused:
        # The page itself says why, above the form.
        return form
    return form


def _previewed(lot: str, form: Form) -> dict[str, Any]:
    """One label as it will be printed; the gate counts no new ones."""
    told = {**_USUAL, **_items(lot), **{name: one for name, one in form.values.items() if name not in form.problems}}
    with world().read() as connection:
        run = next(iter(runs_of(connection, lot, int(told["first"]), int(told["first"]))), None)
        codes = "signed" if run and run.signed else "plain"
        shown = previewed(connection, lot, {**told, "codes": codes, "count": max(1, _count(told))}, 0)
    return {**shown, "is_wrong": bool({"first", "last"} & form.problems.keys())}


def _items(lot: str) -> dict[str, str]:
    """The run that was issued last."""
    with world().read() as connection:
        runs = runs_of(connection, lot)
    if not runs:
        raise NotFound("No label of this lot was issued yet: there is nothing to print again.")
    return {"first": str(runs[-1].first), "last": str(runs[-1].first + runs[-1].count - 1)}


def _show(lot: str, form: Form, status: int = 200) -> Response:
    loaded = form if form.values else read(AgainForm, {**_USUAL, **form.typed})
    return portal_page(
        "label_again",
        status=status,
        form=form,
        number=number_of(lot),
        labels=words(),
        **choices(),
        **{**_previewed(lot, loaded), "path": path_of(lot)},
    )
