"""What labels would look like that somebody asks for, and what the gate says of that many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from markupsafe import Markup

from traceapp import i18n
from traceapp.core.dates import vietnamese_date
from traceapp.core.errors import RuleBroken
from traceapp.core.facts import Facts
from traceapp.core.findings import Severity
from traceapp.core.rules.stars import ends_before_goods
from traceapp.db.parts import shared
from traceapp.render.outputs import Format, Order
from traceapp.render.sheet_names import sheet_called
from traceapp.services.labels.preview import Gate, Preview, ask_gate, preview
from traceapp.services.world import World
from traceapp.web.access import world
from traceapp.web.language import choose_locale
from traceapp.web.portal.labels.choices import size_words
from traceapp.web.portal.lots.request import path_of
from traceapp.web.portal.parts import spoken
from traceapp.web.public.lines import line_of
from traceapp.web.public.say import Say
from traceapp.web.templates import render_template
from traceapp.web.words import gettext

_DPI: dict[Format, int] = {"zpl": 203, "tspl": 203}


def order_of(values: Mapping[str, Any]) -> Order:
    """What a form asks for, on the grid of the printer that it is for."""
    kind: Format = values["kind"]
    return Order(sheet_called(values["size"], _DPI.get(kind)), kind, values["template"])


def signed_of(values: Mapping[str, Any]) -> bool | None:
    """Whether codes carry a signature; None: wherever one fits."""
    return {"signed": True, "plain": False}.get(values["codes"])


def in_words(cause: RuleBroken) -> str:
    """Why an order cannot be printed so; the writers of labels say it in Vietnamese."""
    if choose_locale() == "vi":
        return str(cause)
    words: str = gettext(
        "Tem không in được như vậy: chọn khổ lớn hơn, mẫu ít chữ hơn, mã không chữ ký, hoặc loại tệp khác."
    )
    return words


def refused_words(gate: Gate) -> list[tuple[str, str]]:
    """Each reason why there are no labels, and what to do about it."""
    lang = choose_locale()
    return [
        (i18n.sentence(one, gate.facts, lang).text, i18n.remedy(one, gate.facts, lang) or "") for one in gate.refused
    ]


def previewed(connection: Any, lot: str, values: Mapping[str, Any], planned: int) -> dict[str, Any]:
    """What the part shows that changes with the form: one label, and what the gate says of `planned` new ones."""
    here = world()
    told = _previewed(here, connection, lot, tuple(values.items()), planned, vietnamese_date(here.clock()))
    return {**told, "say": Say(choose_locale(), gettext)}


@spoken
def _previewed(
    here: World, connection: Any, lot: str, asked_for: tuple[tuple[str, Any], ...], planned: int, today: date
) -> Mapping[str, Any]:
    """It without what is only said: `asked_for` are the form's values."""
    values, problem = dict(asked_for), ""
    facts, refused, lines = _gate_words(here, connection, lot, planned)
    try:
        made = _made(here, connection, lot, order_of(values), signed=signed_of(values), planned=planned)
    except RuleBroken as cause:
        made, problem = None, in_words(cause)
    asked = "&".join(f"{name}={values[name]}" for name in ("size", "template", "kind", "codes"))
    ends = ends_before_goods(facts, today)
    return {
        "path": path_of(lot),
        "stars_end": tuple(map(i18n.show_date, ends)) if ends else None,
        "count": values["count"],
        "is_again": not planned,
        "refused": refused,
        "lines": lines,
        "made": made,
        "problem": problem,
        "picture_url": f"/portal/labels/picture{path_of(lot)}?{asked}",
        "size_words": size_words(sheet_called(values["size"])),
    }


@shared
def _made(here: World, connection: Any, lot: str, order: Order, *, signed: bool | None, planned: int) -> Preview:
    """The preview without its drawing, which has an address of its own."""
    return replace(preview(here, connection, lot, order, signed=signed, planned=planned), svg=b"")


@spoken
def _gate_words(here: World, connection: Any, lot: str, planned: int) -> tuple[Facts, list[tuple[str, str]], Markup]:
    """The facts of a lot, why `planned` more labels are refused, if they are, and lines of what else is told."""
    gate, say = ask_gate(here, connection, lot, planned), Say(choose_locale(), gettext)
    good = (Severity.GOOD, Severity.WARNING)
    told = [one for one in gate.verdict.findings if one.severity in good and one.code in _TOLD]
    lines = [line_of(one, gate.facts, say) for one in told]
    return gate.facts, refused_words(gate), Markup(render_template("portal/_gate_lines.html", lines=lines))


_TOLD = frozenset({"phi-kept", "mass-balance-ok", "stars-valid", "stars-expired"}) | {
    f"certificate-{state}" for state in ("valid", "expired", "suspended", "revoked")
}
