"""`/portal/shops`: where each product is bought or visited, and its story."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Flask, Response, request

from traceapp.core.errors import InvalidEvent
from traceapp.core.producer_links import MOST_LINKS, STATUSES
from traceapp.core.story import LANGUAGES, LONGEST_TEXT, STORY_FIELDS
from traceapp.i18n.names import told_name
from traceapp.services.registry.products import change_product, own_product_told, product_called, what_is_told
from traceapp.services.registry.registers import require_own_product
from traceapp.services.tables.known import Known
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.conflict import conflict_page
from traceapp.web.portal.forms import Form, tidy_text, version_of
from traceapp.web.portal.shop_form import field_words, kind_words, read_shop, status_words
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.words import gettext

shops = Blueprint("shops", __name__)
Links = list[Mapping[str, Any]]
PLATFORMS = ("Postmart", "Voso", "Shopee", "Lazada", "TikTok Shop")


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(shops)


@shops.get("/portal/shops")
@access(PRODUCER)
def products() -> Response:
    """Every product with how many places it has."""
    here, organisation = world(), session.member().declared_by
    with here.read() as connection:
        known = Known(connection, organisation).products
    rows = [
        (
            str(told.get("code")),
            told_name(told, choose_locale()),
            count_links(told, "buy"),
            count_links(told, "visit"),
            len(told.get("story") or {}),
        )
        for told in known.values()
    ]
    return portal_page("shops", rows=rows, fields=len(STORY_FIELDS))


@shops.get("/portal/shops/<code>")
@access(PRODUCER)
def one(code: str) -> Response:
    """Its places, and a form for one more."""
    return _show(code, Form())


@shops.post("/portal/shops/<code>")
@access(PRODUCER)
def add(code: str) -> Response:
    """One more place; the product's record is said anew."""
    form = read_shop(request.form)
    if form.problems:
        return _show(code, form, 422)
    entry = {name: value for name, value in form.values.items() if value}
    return _change(code, form, lambda links: [*links, entry], field_words())


@shops.post("/portal/shops/<code>/<int:place>")
@access(PRODUCER)
def change(code: str, place: int) -> Response:
    """Another status for a place, or none of it any more."""
    typed = {name: tidy_text(request.form.get(name, "")) for name in ("title", "status", "version")}
    wanted = typed["status"]

    def changed(links: Links) -> Links:
        # Somebody may have taken one away above it meanwhile: it is the one of that name, wherever it stands now.
        at = _place_of(links, place, typed["title"])
        if wanted in STATUSES:
            return [{**one, "status": wanted} if this == at else one for this, one in enumerate(links)]
        return [one for this, one in enumerate(links) if this != at]

    return _change(code, Form(typed=typed, version=typed["version"]), changed, {"status": field_words()["status"]})


def _place_of(links: Links, place: int, title: str) -> int:
    """Where the place of that name stands; -1 once it is gone. Without a name it is where it was."""
    named = [at for at, one in enumerate(links) if one.get("title") == title]
    return place if place in named or not title else next(iter(named), -1)


@shops.get("/portal/story/<code>")
@access(PRODUCER)
def story(code: str) -> Response:
    """The six fields of the story, in both languages."""
    return _story(code, Form())


@shops.post("/portal/story/<code>")
@access(PRODUCER)
def tell(code: str) -> Response:
    """Tell it anew; what is left empty is taken away."""
    typed = {name: tidy_text(value) for name, value in request.form.items()}
    form = Form(typed=typed, version=typed.get("version", ""))
    told: dict[str, dict[str, str]] = {}
    for key in STORY_FIELDS:
        texts = {lang: typed[f"{key}-{lang}"] for lang in LANGUAGES if typed.get(f"{key}-{lang}")}
        if any(len(one) > LONGEST_TEXT for one in texts.values()):
            form = form.with_problem(f"{key}-vi", gettext("Dài quá %(most)s chữ: viết ngắn lại.", most=LONGEST_TEXT))
        if "en" in texts and "vi" not in texts:
            form = form.with_problem(f"{key}-vi", gettext("Có tiếng Anh thì phải có tiếng Việt."))
        if texts:
            told[key] = texts
    if form.problems:
        return _story(code, form, 422)
    return _tell(code, form, told)


def _tell(code: str, form: Form, story: Mapping[str, Any]) -> Response:
    """Say the story, unless somebody told another one meanwhile: then both are shown."""
    try:
        with world().write() as connection:
            present = _present(connection, code).get("story") or {}
            if form.version != version_of(present):
                return conflict_page(
                    _story_labels(),
                    form,
                    {f"{key}-{lang}": text for key, texts in present.items() for lang, text in texts.items()},
                    action=f"/portal/story/{code}?lang={choose_locale()}",
                    version=version_of(present),
                    back=f"/portal/story/{code}?lang={choose_locale()}",
                )
            _say(connection, code, {"story": story or None})
    except InvalidEvent:
        return _story(code, _refused(form), 422)
    return see_other(f"/portal/story/{code}")


def _change(code: str, form: Form, changed: Callable[[Links], Links], labels: Mapping[str, str]) -> Response:
    """Say the list of places anew, unless somebody changed it meanwhile: then both are shown."""
    try:
        with world().write() as connection:
            links = list(_present(connection, code).get("links") or [])
            if form.version != version_of(links):
                return _conflict(code, form, links, changed(links), labels)
            _say(connection, code, {"links": changed(links) or None})
    except InvalidEvent:
        return _show(code, _refused(form), 422)
    return see_other(f"/portal/shops/{code}")


def _conflict(code: str, form: Form, links: Links, mine: Links, labels: Mapping[str, str]) -> Response:
    """What the list would become beside what it is, and what was typed beside what is told of the same place."""
    there = next((one for one in links if one.get("title") == form.typed.get("title")), {})
    status = str(there.get("status") or ("listed" if there else ""))
    return conflict_page(
        {"list": gettext("Các nơi mua, nơi thăm"), **labels},
        replace(form, typed={**form.typed, "list": _titles(mine)}),
        {**there, "status": status, "list": _titles(links)},
        action=f"{request.path}?lang={choose_locale()}",
        version=version_of(links),
        back=f"/portal/shops/{code}?lang={choose_locale()}",
        words={
            "kind": kind_words(),
            "status": {**status_words()[str(there.get("kind") or "any")], "none": gettext("Bỏ")},
        },
    )


def _titles(links: Links) -> str:
    return ", ".join(str(one.get("title")) for one in links if one.get("kind"))


def _present(connection: Any, code: str) -> Mapping[str, Any]:
    """What the member's own product tells now."""
    here = world()
    product = require_own_product(connection, product_called(connection, code), session.member().declared_by)
    return what_is_told(connection, product, here.host, here.keyring(connection))


def _say(connection: Any, code: str, changes: dict[str, Any]) -> None:
    """The product said anew; InvalidEvent where it may not be said so."""
    here, member = world(), session.member()
    notary, keyring = member.notary(here.notary), here.keyring(connection)
    product = product_called(connection, code)
    change_product(connection, product, changes, member.declared_by, notary, keyring, here.clock())


def _refused(form: Form) -> Form:
    return form.with_problem("form", gettext("Đừng nêu tên hộ ở đây: tên hộ được giữ riêng, để sau này xóa được."))


def _show(code: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        said, told = own_product_told(connection, code, member.declared_by, here.host, here.keyring(connection))
    links = list(told.get("links") or [])
    return portal_page(
        "shop",
        status=status,
        form=form,
        code=code,
        name=told_name(said, choose_locale()),
        links=[(at, link) for at, link in enumerate(links) if link.get("kind")],
        version=version_of(links),
        full=len(links) >= MOST_LINKS,
        kinds=list(kind_words().items()),
        statuses={kind: list(words.items()) for kind, words in status_words().items()},
        platforms=PLATFORMS,
        labels=field_words(),
    )


def _story(code: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        said, told = own_product_told(connection, code, member.declared_by, here.host, here.keyring(connection))
    present, words = told.get("story") or {}, _story_words()
    return portal_page(
        "story",
        status=status,
        form=form,
        code=code,
        name=told_name(said, choose_locale()),
        parts=[(key, words[key], present.get(key) or {}) for key in STORY_FIELDS],
        version=version_of(present),
        labels=_story_labels(),
        most=LONGEST_TEXT,
        lang_is_vi=choose_locale() == "vi",
    )


@said_once
def _story_words() -> Mapping[str, str]:
    return {
        "origin": gettext("Nguồn gốc"),
        "history": gettext("Lịch sử"),
        "process": gettext("Cách làm"),
        "environment": gettext("Nơi nuôi trồng, sản xuất"),
        "culture": gettext("Văn hóa"),
        "use": gettext("Cách dùng"),
    }


@said_once
def _story_labels() -> Mapping[str, str]:
    words = _story_words()
    vi = {f"{key}-vi": words[key] for key in STORY_FIELDS}
    return vi | {f"{key}-en": gettext("%(what)s, tiếng Anh", what=words[key]) for key in STORY_FIELDS}


def count_links(told: Mapping[str, Any], kind: str) -> int:
    """How many places of a kind a product names."""
    links = (told.get("extra") or {}).get("links") or []
    return sum(one.get("kind") == kind for one in links)
