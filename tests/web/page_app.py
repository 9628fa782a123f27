"""The public pages without a service: a bare application, and a page for every state a verdict can be in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, request, send_from_directory
from flask_babel import Babel

from tests import builders as make
from tests.demo_facts import demo, facts_of_demo, organisation_id
from traceapp.core.digital_link import Identity
from traceapp.core.facts import Facts, HoldFact, InspectionFact, LabelVoidFact, RecordState
from traceapp.core.identifiers import Gtin, TraceCode
from traceapp.core.verdict import Verdict, judge_all
from traceapp.services.registry.links import Words, levels_of_code
from traceapp.services.registry.places import Place
from traceapp.services.search.queries import A_PAGE, Asked, Facets, Found
from traceapp.web.headers import WITH_SCRIPT
from traceapp.web.language import alternates
from traceapp.web.public import view
from traceapp.web.public.assets import STATIC_FOLDER, template_folder
from traceapp.web.public.context import PageContext, Recent
from traceapp.web.public.results import Results, hit_of, results_of

ART = STATIC_FOLDER.parent / "demo" / "art"
TRACE_CODE = "T0000000000AC"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def context(lang: str = "vi", **fields: Any) -> PageContext:
    """A context whose every address is recognisable."""
    known: dict[str, Any] = {
        "lang": lang,
        "base_url": "https://id.example.vn",
        "checked_at": make.NOW,
        "media_url": lambda name: f"/media/{name}",
        "canonical_url": "https://id.example.vn/canonical",
        "alternates": alternates("https://id.example.vn/canonical"),
        "other_lang_url": "/other-language",
        "json_url": "/json",
        "bundle_url": "/bundle",
        "product_url": "/product",
        "ask_url": "/ask",
        "report_url": "/report",
        "place_url": "/scans/place",
        "used_up_url": "/scans/used-up",
        "is_demo": True,
    }
    return PageContext(**{**known, **fields})


def _product() -> Facts:
    known = facts_of_demo("DM2610B")
    return replace(known, identity=known.identity.product_only(), lot=None, lots={}, events=(), all_events=())


def _unknown_lot() -> Facts:
    return replace(facts_of_demo("DM2610B"), lot=None, lots={}, events=(), all_events=())


def _held() -> Facts:
    known = facts_of_demo("DM2610B")
    assert known.lot and known.producer
    hold = HoldFact(known.lot.id, False, "Có người mua báo bao bì hở", make.source(known.producer.id))
    return replace(known, holds=(hold,))


def _broken_record(state: RecordState) -> Callable[[], Facts]:
    def build() -> Facts:
        known = facts_of_demo("DM2610B")
        return replace(known, checks=(replace(known.checks[0], state=state), *known.checks[1:]))

    return build


def _nothing_but_a_broken_record() -> Facts:
    return Facts(make.identity(), checks=(make.check(RecordState.TAMPERED),))


def _void() -> Facts:
    known = facts_of_demo("DH2511", item=7)
    assert known.lot and known.producer
    void = LabelVoidFact(known.lot.id, 1, 10, "in nhòe", make.source(known.producer.id))
    return replace(known, scans=make.scans(2, 1), label_voids=(void,))


def _inspected() -> Facts:
    known = facts_of_demo("VS2609A", item=5)
    assert known.lot
    inspector = make.source(organisation_id("org-insp"))
    seen = InspectionFact(known.lot.id, date(2026, 11, 12), "pass", inspector, "Kho khô, thùng sạch.")
    return replace(known, scans=make.scans(4, 3), inspections=(seen,))


def _expired() -> Facts:
    known = facts_of_demo("DM2610B")
    assert known.lot
    return replace(known, lot=replace(known.lot, expires=date(2026, 11, 20)))


LOTS = tuple(one["lot"] for one in demo()["lots"])
STATES: Mapping[str, Callable[[], Facts]] = {
    **{lot: (lambda lot=lot: facts_of_demo(lot)) for lot in LOTS},
    "item": lambda: facts_of_demo("DM2610B", item=5),
    "copy-suspected": lambda: facts_of_demo("DH2511", item=7),
    "first-scan": lambda: facts_of_demo("VS2609A", item=1),
    "never-issued": lambda: facts_of_demo("VS2609A", unknown_serial=True),
    "product": _product,
    "unknown-product": lambda: Facts(Identity(TraceCode(TRACE_CODE))),
    "unknown-lot": _unknown_lot,
    "foreign-code": lambda: Facts(Identity(Gtin("08934588063053"))),
    "held": _held,
    "tampered": _broken_record(RecordState.TAMPERED),
    "missing": _broken_record(RecordState.MISSING),
    "cannot-be-checked": _broken_record(RecordState.CANNOT_BE_CHECKED),
    "nothing-readable": _nothing_but_a_broken_record,
    "void": _void,
    "inspected": _inspected,
    "expired": _expired,
}
"""Every demo lot, and what a lot can come to."""
TEXTS = ("start", "search", "search-none", "verify-help", "privacy", "error-400", "error-404", "error-429", "error-500")

CODES = ("links", "links-choice", "place", "organisation")
"""Where a code leads, and what it leads to besides a product."""


@cache
def facts(state: str) -> Facts:
    """The facts of a state."""
    return STATES[state]()


def verdict_html(state: str, lang: str = "vi", **fields: Any) -> str:
    """The page of a state."""
    known = facts(state)
    serial = str(known.identity.serial or "")
    return view.verdict_page(known, judge_all(known, make.NOW), context(lang, **{"serial": serial, **fields}))


def text_html(name: str, lang: str = "vi") -> str:
    """A page that is about no product."""
    if name.startswith("search"):
        return view.search_page(results(lang, found=name == "search"), context(lang))
    if name.startswith("error-"):
        return view.error_page(int(name[-3:]), None, None, None, context(lang, other_lang_url=None))
    pages = {"start": view.start_page, "verify-help": view.verify_help_page, "privacy": view.privacy_page}
    return pages[name](context(lang, recent=recent()))


def recent() -> tuple[Recent, ...]:
    """The demo's products as the start page lists them."""
    names = {one["id"]: one["name_vi"] for one in demo()["products"]}
    maker = "HTX (dữ liệu mẫu)"
    return tuple(Recent(name, maker, "Xã", f"/product/{id}", f"/media/{id}") for id, name in names.items())


def results(lang: str, *, found: bool) -> Results:
    """A result page's: products as they should be, without stars any more, and tampered with; or none of them."""
    asked, states = Asked("chè Tân Cương", 4, "19"), ("product", "DG1115", "tampered") if found else ()
    known = [(facts(state), judge_all(facts(state), make.NOW)) for state in states]
    hits = [hit_of(facts, verdict, lang, is_demo=True) for facts, verdict in known]
    listed = Found(60 if found else 0, tuple(facts.identity for facts, _ in known), A_PAGE if found else 0)
    narrower = Facets(((5, 12), (4, 48)), (("19", 60),)) if found else Facets()
    return results_of(asked, listed, narrower, hits, lang, [] if found else [("chè", 3)])


def code_html(name: str, lang: str = "vi") -> str:
    """A page about a code's links, or about a place."""
    known = facts("DM2610B")
    if name.startswith("links"):
        words, asked = Words(lang, "https://id.example.vn"), known.identity
        levels = levels_of_code(asked.path, asked, _judged, lambda _: True, words)
        return view.links_page(levels, context(lang), {}, is_choice=name == "links-choice", is_hidden=False)
    place = next(iter(known.facilities.values())) if name == "place" else None
    found = Place("/414/9520000900021", "9520000900021", place, known.producer)
    return view.place_page(found, context(lang, recent=recent()))


def _judged(identity: Identity) -> tuple[Facts, Verdict]:
    known = facts("DM2610B" if identity.lot else "product")
    return known, judge_all(known, make.NOW)


def make_app() -> Flask:
    """An application with the project's templates, translations and static files, and `/p/{state}` for each page."""
    app = Flask(__name__, template_folder=str(template_folder()), static_folder=str(STATIC_FOLDER))
    app.static_url_path = "/static"
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(STATIC_FOLDER.parent / "translations")
    Babel(app, default_locale="vi")

    @app.get("/p/<name>")
    def page(name: str) -> tuple[str, Mapping[str, str]]:
        lang = request.args.get("lang", "vi")
        made = verdict_html if name in STATES else code_html if name in CODES else text_html
        html = made(name, lang)
        return html, {"Content-Security-Policy": WITH_SCRIPT if "search.js" in html else POLICY}

    @app.get("/media/<name>")
    def media(name: str) -> Any:
        return send_from_directory(ART, Path(name).name + ".webp")

    return app
