"""The third step: what is made."""

from __future__ import annotations

from io import SEEK_END
from typing import Any

from flask import Response, request

from traceapp.adapters.photos import MOST_BYTES, MOST_MB, reencode
from traceapp.core.errors import Conflict, InvalidIdentifier, PhotoRefused, TraceappError
from traceapp.core.identifiers import Gtin
from traceapp.i18n.names import told_name
from traceapp.services.records.names import told_by
from traceapp.services.registry.founding import add_product
from traceapp.services.registry.photos import stored_photo
from traceapp.services.registry.setting_up import says, set_up
from traceapp.web.access import PRODUCER, access, world
from traceapp.web.auth import session
from traceapp.web.bodies import drawing
from traceapp.web.language import choose_locale
from traceapp.web.portal.forms import Form, Number, PortalSchema, choice, files_again, read, text
from traceapp.web.portal.setup import setup
from traceapp.web.portal.setup.steps import asked_again, is_overtaken, opened_on, step_url
from traceapp.web.portal.view import portal_page, see_other
from traceapp.web.public.message_page import words_of_problem
from traceapp.web.words import gettext

MOST_SENT = 3 * MOST_BYTES
"""A photo above MOST_BYTES is refused beside its field, with everything typed kept; only then is a request cut off."""
UNITS = ("g", "kg", "ml", "l", "cái", "chai", "gói", "hộp", "túi", "bộ", "quả")
DAYS = {"day": 1.0, "month": 365 / 12, "year": 365.0}


class ProductForm(PortalSchema):
    """A trade item."""

    name_vi = text(most=120)
    net_value = Number(least=0.001, most=100_000)
    net_unit = choice(UNITS)
    shelf_life = Number(least=1, most=3650, whole=True, needed=False)
    shelf_unit = choice(tuple(DAYS), needed=False)
    standards = text(most=200, needed=False)
    gtin = text(most=20, needed=False)
    ingredients_vi = text(most=500, needed=False)
    storage_vi = text(most=300, needed=False)
    warning_vi = text(most=300, needed=False)


@setup.get("/portal/setup/product")
@access(PRODUCER)
def product() -> Response:
    """The form for a product."""
    return _show(Form())


@setup.post("/portal/setup/product")
@access(PRODUCER, most_bytes=MOST_SENT)
def product_save() -> Response:
    """Register it, its photo drawn anew without what the camera wrote beside the picture."""
    here, member = world(), session.member()
    form = _checked(read(ProductForm, request.form))
    photo: dict[str, Any] = {}
    try:
        # Before the log is held: drawing a photo anew takes longer than recording.
        photo = _photo()
    except PhotoRefused as cause:
        form = form.with_problem("photo", words_of_problem(cause.problem, cause.numbers))
    if form.problems:
        return _show(form, 422)
    code = _gtin(form.values["gtin"]) if form.values["gtin"] else None
    try:
        with here.write() as connection:
            known = set_up(connection, member.declared_by, "products")
            if is_overtaken(form, known):
                return _twice(connection, form, known)
            add_product(here, connection, member, code, {**_details(form), **photo})
    except Conflict:
        taken = gettext(
            "Mã này đã có cơ sở khác khai. Nếu là mã của mình, mở mục Mã bị trùng để nhờ cơ quan quản lý xem."
        )
        return _show(form.with_problem("gtin", taken), 409)
    except TraceappError as cause:
        return _show(form.refused(cause, gettext("Tên sản phẩm không được nêu tên hộ; xem lại các chỗ đã ghi.")), 422)
    return see_other(step_url("lot"))


def _twice(connection: Any, form: Form, known: list[str]) -> Response:
    """A product was entered since the form was opened: the same is there already, another is asked about."""
    told = {name: value for name, value in _details(form).items() if value}
    if known and says(connection, known[0], "ProductRecord", told):
        return see_other(step_url("lot"))
    name = told_name(told_by(connection, known[0], "ProductRecord"), choose_locale()) if known else ""
    words = gettext("Vừa có sản phẩm %(name)s được khai. Muốn khai thêm sản phẩm này thì bấm lần nữa.", name=name)
    return _show(asked_again(form, words), 409)


def _photo() -> dict[str, Any]:
    data = sent_photo()
    if not data:
        return {}
    with drawing():
        return stored_photo(reencode(data), world().media_dir)


def sent_photo() -> bytes:
    """The photo of the form, empty where none was chosen; PhotoRefused above 10 MB, before it is read."""
    sent = request.files.get("photo")
    if sent is None:
        return b""
    size = sent.stream.seek(0, SEEK_END)
    sent.stream.seek(0)
    if size > MOST_BYTES:
        raise PhotoRefused(f"The photo has more than {MOST_MB} MB.", "heavy", most=MOST_MB)
    data: bytes = sent.read()
    return data


def _checked(form: Form) -> Form:
    if code := form.values.get("gtin"):
        try:
            _gtin(code)
        except InvalidIdentifier:
            wrong = gettext("Mã vạch chưa đúng: chép lại đủ số in dưới vạch (8 đến 14 số), hoặc để trống.")
            form = form.with_problem("gtin", wrong)
    return form


def _gtin(text: str) -> Gtin:
    digits = "".join(text.split())
    if len(digits) < 8:
        raise InvalidIdentifier("A GTIN has 8, 12, 13 or 14 digits.")
    return Gtin(digits.zfill(14))


def _details(form: Form) -> dict[str, Any]:
    said = form.values
    net = f"{form.typed['net_value'].strip()} {said['net_unit']}"
    told: dict[str, Any] = {
        "name_vi": said["name_vi"],
        "net": net,
        "net_value": said["net_value"],
        "net_unit": said["net_unit"],
        "standards": [one.strip() for one in said["standards"].split(",") if one.strip()],
    }
    told |= {name: said[name] for name in ("ingredients_vi", "storage_vi", "warning_vi") if said[name]}
    if said["shelf_life"]:
        told["shelf_life_days"] = round(said["shelf_life"] * DAYS[said["shelf_unit"] or "day"])
    return told


def _show(form: Form, status: int = 200) -> Response:
    with world().read() as connection:
        known = set_up(connection, session.member().declared_by, "products")
    spans = [("day", gettext("ngày")), ("month", gettext("tháng")), ("year", gettext("năm"))]
    return portal_page(
        "setup/product",
        status=status,
        form=files_again(form),
        version=opened_on(form, known),
        units=[(one, one) for one in UNITS],
        spans=spans,
        labels={
            "name_vi": gettext("Tên sản phẩm"),
            "net_value": gettext("Mỗi gói có"),
            "net_unit": gettext("Đơn vị"),
            "shelf_life": gettext("Hạn dùng"),
            "gtin": gettext("Mã vạch GS1"),
            "photo": gettext("Ảnh sản phẩm"),
            "standards": gettext("Tiêu chuẩn áp dụng"),
        },
    )
