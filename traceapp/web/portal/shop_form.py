"""The form of a place to buy or to visit, and the words of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from marshmallow import ValidationError, fields

from traceapp.core.errors import InvalidEvent
from traceapp.core.producer_links import KINDS, STATUSES, require_links
from traceapp.web.language import said_once
from traceapp.web.portal.forms import Form, PortalSchema, choice, read, text
from traceapp.web.words import gettext

_AS_SENT = "!#$%&'()*+,/:;=?@[]~"
"""What an address holds as it is; all else is written as browsers send it."""


class Link(fields.Field[str]):
    """The address of a page as people copy it: https:// may be missing, and letters may be Vietnamese."""

    def __init__(self) -> None:
        super().__init__(load_default="")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        typed = str(value)
        found = quote(typed if "://" in typed else f"https://{typed}", safe=_AS_SENT)
        try:
            require_links({"links": [{"kind": "buy", "title": "-", "href": found}]})
        except InvalidEvent as cause:
            words = gettext(
                "Chép lại đường dẫn từ trang bán hàng: bắt đầu bằng https://, như https://shopee.vn/ten-gian."
            )
            raise ValidationError(words) from cause
        return found


class ShopForm(PortalSchema):
    """One place to buy or to visit."""

    kind = choice(KINDS)
    title = text(most=120)
    platform = text(most=40, needed=False)
    href = Link()
    address = text(most=200, needed=False)
    hours = text(most=60, needed=False)
    status = choice(STATUSES)


def read_shop(sent: Mapping[str, Any]) -> Form:
    """The form as it came; who sells today can be found."""
    form = read(ShopForm, sent)
    values = form.values
    if not form.problems and values["status"] == "listed" and not (values["href"] or values["address"]):
        return form.with_problem("href", gettext("Đang mở thì ghi đường dẫn hoặc địa chỉ, để người mua tìm được."))
    return form


@said_once
def kind_words() -> Mapping[str, str]:
    """What a place is for."""
    return {"buy": gettext("Nơi mua"), "visit": gettext("Nơi thăm")}


@said_once
def field_words() -> Mapping[str, str]:
    """What the fields are called."""
    return {
        "kind": gettext("Loại"),
        "title": gettext("Tên nơi bán"),
        "platform": gettext("Sàn"),
        "href": gettext("Đường dẫn"),
        "address": gettext("Địa chỉ"),
        "hours": gettext("Giờ mở cửa"),
        "status": gettext("Hiện nay"),
    }


@said_once
def status_words() -> Mapping[str, Mapping[str, str]]:
    """Whether one can buy or visit there today, by what a place is for; `any`: before that was said."""
    paused = gettext("Tạm ngừng")
    return {
        "buy": {"listed": gettext("Đang bán"), "paused": paused, "not-listed": gettext("Chưa có")},
        "visit": {"listed": gettext("Đang đón khách"), "paused": paused, "not-listed": gettext("Chưa đón khách")},
        "any": {"listed": gettext("Đang bán, đón khách"), "paused": paused, "not-listed": gettext("Chưa có")},
    }
