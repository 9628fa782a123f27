"""`/portal/checklist`: the ten things that a page must disclose, what is missing, and how to fill it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, request

from traceapp.adapters.photos import WIDTHS, reencode
from traceapp.core.errors import PhotoRefused, TraceappError
from traceapp.core.facts import Facts
from traceapp.core.findings import Finding
from traceapp.core.rules.disclosure import ITEMS
from traceapp.db.parts import shared
from traceapp.i18n.names import name_in
from traceapp.services.accounts.own import own_product
from traceapp.services.lots.readiness import lacks_of
from traceapp.services.records.names import told_by
from traceapp.services.registry.photos import set_photo
from traceapp.services.registry.products import change_product
from traceapp.services.registry.setting_up import newest_lot, products_listed
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.bodies import drawing
from traceapp.web.language import choose_locale, said_once
from traceapp.web.portal.conflict import conflict_page
from traceapp.web.portal.forms import Form, PortalSchema, read, text, version_of
from traceapp.web.portal.setup.product import MOST_SENT, sent_photo
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.message_page import words_of_problem
from traceapp.web.words import gettext

checklist = Blueprint("checklist", __name__)
TEXTS = ("standards", "ingredients_vi", "storage_vi", "warning_vi")


class TextsForm(PortalSchema):
    """What a producer may say anew of a product."""

    standards = text(most=200, needed=False)
    ingredients_vi = text(most=500, needed=False)
    storage_vi = text(most=300, needed=False)
    warning_vi = text(most=300, needed=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One of the ten: its words, whether it is there, how to fill it, and where."""

    number: int
    word: str
    is_there: bool
    how: str
    url: str


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(checklist)


@checklist.get("/portal/checklist")
@access(PRODUCER)
def products() -> Response:
    """Every product with how far it is; straight to the only one."""
    here, member = world(), session.member()
    with here.read() as connection:
        listed = products_listed(connection, member.declared_by)
    if len(listed) == 1:
        return see_other(f"/portal/checklist/{listed[0].code}")
    return portal_page("checklist_all", listed=listed)


@checklist.get("/portal/checklist/<code>")
@access(PRODUCER)
def one(code: str) -> Response:
    """One product, judged as its newest lot's page is."""
    return _show(code, Form())


@checklist.post("/portal/checklist/<code>/photo")
@access(PRODUCER, most_bytes=MOST_SENT)
def photo(code: str) -> Response:
    """Put a photo on the product."""
    here, member = world(), session.member()
    try:
        # Before the log is held: drawing a photo anew takes longer than recording.
        sent = sent_photo()
        with drawing():
            drawn = reencode(sent)
        with here.write() as connection:
            set_photo(
                connection,
                own_product(connection, member.organisation, code),
                drawn,
                member.declared_by,
                notary=member.notary(here.notary),
                keyring=here.keyring(connection),
                media_dir=here.media_dir,
                now=here.clock(),
            )
    except PhotoRefused as cause:
        return _show(code, Form().with_problem("photo", words_of_problem(cause.problem, cause.numbers)), 422)
    return see_other(f"/portal/checklist/{code}")


@checklist.post("/portal/checklist/<code>")
@access(PRODUCER)
def texts(code: str) -> Response:
    """Say the product's texts anew; where somebody else did meanwhile, both versions are shown."""
    here, member, form = world(), session.member(), read(TextsForm, request.form)
    if form.problems:
        return _show(code, form, 422)
    try:
        with here.write() as connection:
            product = own_product(connection, member.organisation, code)
            present = _texts(told_by(connection, product, "ProductRecord"))
            if form.version != version_of(present):
                return conflict_page(
                    _labels(),
                    form,
                    present,
                    action=request.path,
                    version=version_of(present),
                    back=f"/portal/checklist/{code}",
                )
            told = {**form.values, "standards": _listed(form.values["standards"])}
            changes = {name: told[name] or None for name in TEXTS if form.values[name] != present[name]}
            if changes:
                change_product(
                    connection,
                    product,
                    changes,
                    member.declared_by,
                    member.notary(here.notary),
                    here.keyring(connection),
                    here.clock(),
                )
    except TraceappError as cause:
        if cause.code == "not-found":
            raise
        return _show(code, form.refused(cause, gettext("Chỗ này không được nêu tên hộ: viết lại, không ghi tên.")), 422)
    return see_other(f"/portal/checklist/{code}")


def _listed(standards: str) -> list[str]:
    return [one.strip() for one in standards.split(",") if one.strip()]


def _texts(told: dict[str, object]) -> dict[str, str]:
    standards = told.get("standards") or []
    listed = ", ".join(map(str, standards)) if isinstance(standards, list) else str(standards)
    return {"standards": listed, **{name: str(told.get(name) or "") for name in TEXTS if name != "standards"}}


def _labels() -> dict[str, str]:
    return {
        "standards": gettext("Tiêu chuẩn áp dụng"),
        "ingredients_vi": gettext("Thành phần"),
        "storage_vi": gettext("Cách bảo quản"),
        "warning_vi": gettext("Cảnh báo"),
        "photo": gettext("Ảnh sản phẩm"),
    }


def _show(code: str, form: Form, status: int = 200) -> Response:
    here, member = world(), session.member()
    with here.read() as connection:
        product = own_product(connection, member.organisation, code)
        lot = newest_lot(connection, product)
        facts, findings = lacks_of(here, connection, lot or product)
        present = _present_texts(connection, product)
    items = _items(findings, code)
    return portal_page(
        "checklist",
        status=status,
        form=form,
        code=code,
        name=name_in(choose_locale(), facts.product.name_vi, facts.product.name_en) if facts.product else "",
        items=items,
        have=sum(one.is_there for one in items),
        photo_words=_photo_words(facts),
        photo_ready=_is_photo_ready(facts),
        is_confirmed=any(one.code == "identity-confirmed" for one in findings),
        present=present,
        version=version_of(present),
        labels=_labels(),
        page_url=(lot or product).replace(f"https://{here.host}", "/verify", 1),
    )


@shared
def _present_texts(connection: Any, product: str) -> dict[str, str]:
    return _texts(told_by(connection, product, "ProductRecord"))


def _items(findings: Iterable[Finding], code: str) -> list[Item]:
    found = next((one for one in findings if one.code.startswith("disclosure-")), None)
    have = set(found.data["have"]) if found else set()
    items = []
    for number, key in ITEMS.items():
        word, how, where = _ways()[key]
        items.append(Item(number, word, number in have, how, where.format(code=code)))
    return items


@said_once
def _ways() -> Mapping[str, tuple[str, str, str]]:
    """What each item is called, how it is filled, and where: the product's `code` is put there for each."""
    lot, own = "/portal/setup/lot?product={code}", "/portal/checklist/{code}#texts"
    return {
        "product-name": (gettext("Tên sản phẩm"), gettext("Ghi khi khai sản phẩm"), "/portal/setup/product"),
        "image": (gettext("Hình ảnh"), gettext("Chụp cả bao bì, chỗ sáng"), "/portal/checklist/{code}#photo"),
        "unit-name": (gettext("Tên đơn vị"), gettext("Ghi khi khai cơ sở"), "/portal/setup"),
        "unit-address": (gettext("Địa chỉ"), gettext("Xã và tỉnh của cơ sở"), "/portal/setup"),
        "stages": (gettext("Các công đoạn"), gettext("Ghi nhật ký, mỗi việc có nơi làm và ngày"), "/portal"),
        "production-time": (gettext("Thời gian sản xuất"), gettext("Ghi một lô, có ngày đóng gói"), lot),
        "trace-code": (gettext("Mã truy xuất"), gettext("Hệ thống cấp"), ""),
        "brand": (gettext("Nhãn hiệu, số sê-ri"), gettext("Có trên tem"), ""),
        "shelf-life": (gettext("Hạn sử dụng"), gettext("Ghi hạn dùng của lô"), lot),
        "standards": (gettext("Tiêu chuẩn áp dụng"), gettext("Như TCCS 01:2026, ghi ở dưới"), own),
    }


def _is_photo_ready(facts: Facts) -> bool:
    product = facts.product
    return bool(product and product.image and not product.image_is_drawing and product.images)


def _photo_words(facts: Facts) -> str:
    """Whether the photo will do for shops too, which ask for more than a page does."""
    product = facts.product
    if product is None or not product.image:
        return str(gettext("Chưa có ảnh. Chụp cả bao bì, nền trơn, chỗ sáng, lấy đủ bốn góc."))
    if product.image_is_drawing:
        return str(gettext("Mới có hình vẽ. Thay bằng ảnh chụp thật."))
    widest = max((one.width for one in product.images), default=0)
    if widest < WIDTHS[-1]:
        return str(
            gettext(
                "Ảnh rộng %(width)s điểm: đủ cho trang này, sàn bán hàng thường đòi từ %(least)s điểm.",
                width=widest,
                least=WIDTHS[-1],
            )
        )
    return str(gettext("Ảnh rộng %(width)s điểm: đủ cho trang này và cho sàn bán hàng.", width=widest))
