"""The ways through the portal, by what an organisation is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask_babel import lazy_gettext as N_

from traceapp.services.accounts.people import Member
from traceapp.web.access import AUTHORITY, CERTIFIER, COUNCIL, INSPECTOR, LABORATORY, PRODUCER, SHOP
from traceapp.web.language import choose_locale


@dataclass(frozen=True, slots=True)
class Way:
    """One way: where to, its icon (of icons.svg, without i-), its word, and whether one is there."""

    url: str
    icon: str
    word: str
    is_here: bool = False
    hint: str = ""


_MAIN = (
    ("/portal", "diary", N_("Hôm nay"), ()),
    ("/portal/lots", "lot", N_("Lô hàng"), (PRODUCER,)),
    ("/portal/labels", "label", N_("Tem"), (PRODUCER,)),
    ("/portal/organisations", "person", N_("Tổ chức"), (AUTHORITY,)),
    ("/portal/certifier", "confirmed", N_("Giấy đã cấp"), (CERTIFIER, COUNCIL, LABORATORY)),
    ("/portal/inspections", "inspected", N_("Biên bản"), (INSPECTOR, AUTHORITY)),
    ("/portal/more", "more", N_("Khác"), ()),
)
"""(address, icon, word, roles of organisations that see it; none: everybody) of the ways on top."""
_LAST = "/portal/more"

_MORE = (
    ("/portal/lots", "lot", N_("Hàng đã nhận"), N_("Chuyến đang đến, hàng đang giữ, truy vết"), (SHOP,)),
    ("/portal/deliveries", "ship", N_("Giao và nhận"), N_("Chuyến đang chờ, chuyến lệch số"), (PRODUCER, SHOP)),
    ("/portal/notices", "repeat", N_("Thông báo thu hồi"), N_("Hàng đang giữ mà nơi làm thu hồi"), (PRODUCER, SHOP)),
    ("/portal/recall", "repeat", N_("Thu hồi một lô"), N_("Đếm trước, rồi báo mọi nơi giữ hàng"), (AUTHORITY,)),
    (
        "/portal/checklist",
        "confirmed",
        N_("Hồ sơ còn thiếu gì"),
        N_("Mười mục phải công khai"),
        (PRODUCER,),
    ),
    (
        "/portal/setup",
        "plot",
        N_("Khai báo cơ sở, sản phẩm"),
        N_("Thêm nơi sản xuất, sản phẩm, lô"),
        (PRODUCER,),
    ),
    (
        "/portal/setup/own",
        "place",
        N_("Cơ sở và nơi sản xuất"),
        N_("Sửa tên, địa chỉ, điện thoại, bản đồ"),
        (PRODUCER,),
    ),
    (
        "/portal/overview",
        "search",
        N_("Tổng quan"),
        N_("Việc phải làm, lượt quét, hồ sơ còn thiếu"),
        (PRODUCER,),
    ),
    (
        "/portal/certificates",
        "confirmed",
        N_("Giấy chứng nhận"),
        N_("Ghi giấy, xin xác nhận, lịch hết hạn"),
        (PRODUCER,),
    ),
    (
        "/portal/certifier",
        "confirmed",
        N_("Giấy đã cấp"),
        N_("Xác nhận, đình chỉ, thu hồi, giám sát"),
        (CERTIFIER, COUNCIL, AUTHORITY, LABORATORY),
    ),
    (
        "/portal/messages",
        "ask",
        N_("Câu hỏi, tin báo"),
        N_("Trả lời người mua, giải thích tem bị nghi"),
        (PRODUCER,),
    ),
    (
        "/portal/shops",
        "sell",
        N_("Nơi bán, câu chuyện"),
        N_("Đường dẫn gian hàng, chuyện của sản phẩm"),
        (PRODUCER,),
    ),
    (
        "/portal/import",
        "diary",
        N_("Nhập từ Excel"),
        N_("Hộ, thửa, sản phẩm, giấy, nhật ký"),
        (PRODUCER, CERTIFIER, COUNCIL, AUTHORITY, LABORATORY),
    ),
    (
        "/portal/export",
        "save",
        N_("Lấy về, in sổ"),
        N_("Mọi thứ của mình trong một tệp; tờ nhật ký để viết tay"),
        (PRODUCER, CERTIFIER, COUNCIL, AUTHORITY, LABORATORY),
    ),
    ("/portal/people", "person", N_("Người cùng làm"), N_("Mời người, đổi vai trò"), ()),
    ("/portal/doubts", "flag", N_("Tài khoản bị lộ"), N_("Mất máy, lộ mật khẩu: báo một lần"), (AUTHORITY,)),
    (
        "/portal/claims/new",
        "flag",
        N_("Mã bị trùng"),
        N_("Cơ sở khác khai mã vạch của mình"),
        (PRODUCER,),
    ),
    (
        "/portal/organisations",
        "inspected",
        N_("Xác nhận tổ chức"),
        N_("Danh tính và mã sản phẩm"),
        (AUTHORITY,),
    ),
    ("/portal/account", "key", N_("Tài khoản"), N_("Mật khẩu, khóa thiết bị, máy đang đăng nhập"), ()),
)
"""(address, icon, word, hint, roles of organisations that see it; none: everybody): an area adds its line here."""

_OF_TODAY = ("/portal/today", "/portal/diary")
_OF_LOTS = ("/portal/trace/", "/portal/cases")


def main_ways(member: Member | None, path: str) -> tuple[Way, ...]:
    """The few ways that stand on top of every page; none before one is signed in and of an organisation."""
    if member is None or member.organisation is None:
        return ()
    return _main_ways(member.organisation_role, _way_to(path), choose_locale())


def _way_to(path: str) -> str:
    """The way on top that leads there: what none of them names is found under the last."""
    if path == "/portal" or path.startswith(_OF_TODAY):
        return "/portal"
    if path.startswith(_OF_LOTS):
        return "/portal/lots"
    return next((url for url, *_ in _MAIN[1:] if path == url or path.startswith(f"{url}/")), _LAST)


@lru_cache(maxsize=256)
def _main_ways(role: str, here: str, _lang: str) -> tuple[Way, ...]:
    """Their words are in the language of the request."""
    found = [(url, icon, word) for url, icon, word, roles in _MAIN if not roles or role in roles]
    here = here if any(url == here for url, _, _ in found) else _LAST
    return tuple(Way(url, icon, str(word), url == here) for url, icon, word in found)


def more_ways(member: Member) -> tuple[Way, ...]:
    """All that the page `more` lists for a member."""
    return _more_ways(member.organisation_role, choose_locale())


@lru_cache(maxsize=64)
def _more_ways(role: str, _lang: str) -> tuple[Way, ...]:
    return tuple(
        Way(url, icon, str(word), hint=str(hint))
        for url, icon, word, hint, roles in _MORE
        if not roles or role in roles
    )
