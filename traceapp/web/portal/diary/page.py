"""The pages of one diary entry: its form, what it tells before it is signed, where it became a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request
from flask_babel import lazy_gettext as N_

from traceapp.core.diary.fields import FORMS, say
from traceapp.core.diary.filling import MOST_LINES
from traceapp.core.errors import Conflict, PhotoRefused
from traceapp.core.events import Stage
from traceapp.core.rules.preharvest import waits
from traceapp.i18n import show_date, stage_name
from traceapp.i18n.names import name_in
from traceapp.services.diary.entries import Kept, State, has_photo
from traceapp.services.diary.past import OwnLot, Past
from traceapp.services.diary.signing import Desk, Judged, newer_than
from traceapp.services.records.names import name_of
from traceapp.web.language import choose_locale
from traceapp.web.portal.conflict import conflict_page
from traceapp.web.portal.diary.form import FormView, form_view, plot_choices
from traceapp.web.portal.diary.own_day import OwnDay
from traceapp.web.portal.diary.rows import rows_of
from traceapp.web.portal.diary.saving import Diary, lot_number
from traceapp.web.portal.diary.sent import FROM, SentForm, read_sent
from traceapp.web.portal.diary.words import doubt_words
from traceapp.web.portal.forms import Form
from traceapp.web.portal.view import portal_page
from traceapp.web.public.message_page import words_of_problem
from traceapp.web.words import gettext

_PARTS = {
    "quantity": N_("Số lượng"),
    "unit": N_("Đơn vị"),
    "value": N_("Đo được"),
    "min": N_("Ít nhất"),
    "max": N_("Nhiều nhất"),
}
"""What stands beside a name in one line of a field, by the end of its input's name."""


def as_sent(kept: Kept) -> SentForm:
    """A kept entry as a form holds it."""
    return SentForm(kept.typed, kept.lot, kept.copied, "", kept.version, None, "")


def kept_form(mine: Diary, desk: Desk, kept: Kept, judged: Judged, status: int, *, more: bool = False) -> Response:
    """The form of an entry that is kept, with what stands between it and signing."""
    with mine.here.read() as connection:
        told = kept_values(connection, mine.day, desk, kept, judged, more=more)
    return filled_page(mine, told, "", status)


def kept_values(
    connection: Any, own: OwnDay, desk: Desk, kept: Kept, judged: Judged, *, more: bool = False
) -> dict[str, Any]:
    """What that form shows."""
    return form_values(
        connection,
        own,
        desk,
        kept.stage,
        as_sent(kept),
        action=f"/portal/diary/{kept.id}",
        judged=judged,
        corrects=kept.corrects,
        more=more,
        photo_of=kept.id if has_photo(connection, kept.id) else "",
        kept=kept.id,
        newer=newer_than(connection, own.here.host, kept),
    )


def form_page(
    mine: Diary,
    desk: Desk,
    stage: Stage,
    form: SentForm,
    *,
    action: str,
    status: int,
    judged: Judged | None = None,
    corrects: str | None = None,
    more: bool = False,
    photo_problem: str = "",
    photo_of: str = "",
) -> Response:
    """A stage's form: `judged` says what is wrong and what to ask, `action` where it is sent."""
    with mine.here.read() as connection:
        told = form_values(
            connection,
            mine.day,
            desk,
            stage,
            form,
            action=action,
            judged=judged or Judged(None),
            corrects=corrects,
            more=more,
            photo_problem=photo_problem,
            photo_of=photo_of,
        )
    return filled_page(mine, told, form.key, status)


def filled_page(mine: Diary, told: Mapping[str, Any], key: str, status: int = 200) -> Response:
    """The form that is `told`, kept under `key` once it is sent."""
    return portal_page("diary_form", status=status, key=key, account=mine.whose, **told)


_USUAL = {"signed": "", "late": False}
"""What a form is told that was sent in time: by nobody else, and once."""


def form_values(
    connection: Any,
    own: OwnDay,
    desk: Desk,
    stage: Stage,
    form: SentForm,
    *,
    action: str,
    judged: Judged,
    corrects: str | None = None,
    more: bool = False,
    photo_problem: str = "",
    photo_of: str = "",
    kept: str = "",
    newer: str | None = None,
) -> dict[str, Any]:
    """What a stage's form shows, whoever of the organisation fills it in; one that is `kept` can be thrown away."""
    lang = choose_locale()
    return {
        "form": _view(desk, stage, form, judged, more=more, names=_names(connection, form)),
        "title": stage_name(str(stage), lang),
        "action": action,
        "today": own.today.isoformat() if action.startswith("/portal/diary/new/") else "",
        "most_lines": MOST_LINES,
        "version": form.version,
        "lots": _lots(desk.past, form.lot),
        "lot": form.lot,
        "places": desk.past.places,
        "plots": plot_choices(desk.past, form.typed),
        "doubts": [(doubt, *doubt_words(doubt, lang)) for doubt in judged.doubts],
        "sure": [token for token in form.typed.get("sure", "").splitlines() if token],
        "source": form.typed.get(FROM, ""),
        "taken_from": _taken_from(desk.past, form.typed.get(FROM, "")),
        "corrects": corrects,
        "photo_problem": photo_problem,
        "photo_of": photo_of,
        "kept": kept,
        "newer": newer,
        **_USUAL,
    }


def _names(connection: Any, form: SentForm) -> dict[str, str]:
    """What the organisations are called whose ids stand in the form."""
    ids = {text for name, text in form.typed.items() if "-" not in name and text.startswith("https://")}
    return {one: name_of(connection, one) for one in ids}


def _view(
    desk: Desk, stage: Stage, form: SentForm, judged: Judged, *, more: bool, names: Mapping[str, str]
) -> FormView:
    is_out = any(doubt.code == "out-of-limits" for doubt in judged.doubts)
    return form_view(
        stage,
        form.typed,
        choose_locale(),
        problems=judged.problems,
        copied=form.claimed,
        plan=desk.plan,
        more=more,
        is_out=is_out or "out-of-limits" in form.typed.get("sure", ""),
        names=names,
    )


def page_without_photo(mine: Diary, stage: Stage, cause: PhotoRefused, action: str) -> Response:
    """The form again: the picture was no use, everything else is kept."""
    form = read_sent(request.form, b"")
    with mine.here.read() as connection:
        desk = mine.day.desk(connection, form)
    words = words_of_problem(cause.problem, cause.numbers)
    return form_page(mine, desk, stage, form, action=action, status=422, photo_problem=words)


def review_page(
    mine: Diary,
    desk: Desk,
    kept: Kept,
    judged: Judged,
    *,
    photo: bool,
    moved: bool = False,
    newer: str | None = None,
) -> Response:
    """What an entry tells, before it is signed. `newer` says what it was to correct, as `said_since` has it."""
    assert judged.entry is not None
    event = judged.entry.event(kept.lot or "", mine.member.declared_by)
    place = dict(desk.past.places).get(desk.place(kept) or "", "")
    lang = choose_locale()
    free = max((wait.allowed_from for wait in waits([event]).values()), default=None)
    return portal_page(
        "diary_review",
        status=409 if moved else 200,
        moved=moved,
        newer=newer,
        title=stage_name(str(kept.stage), lang),
        rows=rows_of(event, kept.copied, lot_number(desk.past, kept.lot), place, lang),
        copied=len(kept.copied),
        entry=kept,
        photo=photo,
        free=show_date(free) if free else "",
        plots=", ".join(event.plots),
        refused="early-harvest" in kept.typed.get("sure", ""),
        reason=kept.typed.get("reason", ""),
    )


def signed_page(desk: Desk, kept: Kept) -> Response:
    """Where a signed entry became a record."""
    return portal_page(
        "diary_signed",
        title=stage_name(str(kept.stage), choose_locale()),
        entry=kept,
        lot=lot_number(desk.past, kept.lot),
        path=urlsplit(kept.lot or "").path,
        correctable=desk.past.fact(kept.record_id or "") is not None,
    )


def versions_page(mine: Diary, kept: Kept, form: SentForm) -> Response:
    """Two tabs: both versions, and nothing of either is lost."""
    lang = choose_locale()
    if kept.state is State.SIGNED:
        raise Conflict("This entry is signed: it is corrected by a new one, with the reason.")
    labels = {"start": say(FORMS[kept.stage].day, lang), "lot-number": gettext("Lô")}
    names = dict.fromkeys([*kept.typed, *form.typed])
    labels |= {name: label for name in names if (label := _label(kept.stage, name, lang))}
    with mine.here.read() as connection:
        past = mine.day.past(connection, form)
    typed = {name: request.form.getlist(name) for name in request.form}
    shown = {**typed, **form.typed, "lot-number": lot_number(past, form.lot)}
    present = {**kept.typed, "lot-number": lot_number(past, kept.lot)}
    return conflict_page(
        labels,
        replace(Form(), typed=shown, version=str(form.version)),
        present,
        action=f"/portal/diary/{kept.id}",
        version=str(kept.version),
        back=f"/portal/diary/{kept.id}?lang={lang}",
    )


def _label(stage: Stage, name: str, lang: str) -> str:
    field = FORMS[stage].field(name.partition("-")[0])
    if field is None:
        return ""
    line = name.split("-")
    label = f"{say(field.label, lang)} {line[1]}" if len(line) > 2 else say(field.label, lang)
    part = _PARTS.get(line[-1]) if len(line) > 1 else None
    return f"{label}, {str(part).lower()}" if part else label


def _lot_word(lot: OwnLot) -> str:
    name = name_in(choose_locale(), lot.name, lot.name_en)
    return f"{lot.number} · {name}" if name else lot.number


def _lots(past: Past, lot: str | None) -> list[tuple[str, str]]:
    """Lots to choose from: unfinished ones, and the one that was chosen; all where every lot is finished."""
    unfinished = [one for one in past.lots if not one.done or one.id == lot]
    return [(one.id, _lot_word(one)) for one in unfinished or past.lots]


def _taken_from(past: Past, source: str) -> str:
    fact = past.fact(source)
    return show_date(fact.event.end) if fact else ""
