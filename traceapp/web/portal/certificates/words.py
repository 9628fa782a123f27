"""Words for certificates in the portal: schemes, states, when they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from traceapp.core.expiry import reminder_for
from traceapp.i18n import scheme_name, show_date
from traceapp.i18n.letters import paper_title
from traceapp.services.certificates.lists import Listed
from traceapp.web.language import choose_locale, said_once
from traceapp.web.words import gettext, ngettext


@dataclass(frozen=True, slots=True)
class When:
    """When a certificate ends, in words; `reminder` is 90, 30, 7, 0 when it has ended, None while it is far.

    One that was taken back ends on no day, and has no words.
    """

    words: str
    reminder: int | None
    css: str


def scheme_word(scheme: str) -> str:
    """What a scheme is called."""
    return scheme_name(scheme, choose_locale())


def title_of(paper: Listed) -> str:
    """Scheme and number; many numbers name their scheme themselves."""
    return paper_title(paper.scheme, paper.number, choose_locale())


def when_words(paper: Listed, today: date) -> When:
    """How long a certificate still holds."""
    left = paper.days_left(today)
    if paper.is_withdrawn:
        return When("", None, "info")
    if left is None or paper.ends is None:
        return When(gettext("Không ghi ngày hết hạn"), None, "info")
    day, due = show_date(paper.ends), reminder_for(left)
    if left <= 0:
        return When(gettext("Hết hạn từ %(day)s", day=day), 0, "warn")
    if due is None:
        return When(gettext("Còn hạn đến %(day)s", day=day), None, "good")
    told = ngettext("Còn %(num)s ngày, đến %(day)s", "Còn %(num)s ngày, đến %(day)s", left, day=day)
    return When(str(told), due, "warn")


def state_word(paper: Listed) -> tuple[str, str]:
    """(css, words) of where a certificate stands with its issuer."""
    asked = paper.state == "declared" and paper.asked in ("waiting", "refused")
    return _states()[str(paper.asked) if asked else paper.state]


@said_once
def _states() -> Mapping[str, tuple[str, str]]:
    return {
        "declared": ("info", gettext("Mới tự khai, nơi cấp chưa xác nhận")),
        "waiting": ("info", gettext("Đang chờ nơi cấp xác nhận")),
        "refused": ("warn", gettext("Nơi cấp không xác nhận")),
        "confirmed": ("good", gettext("Nơi cấp đã xác nhận")),
        "suspended": ("warn", gettext("Đang bị đình chỉ")),
        "revoked": ("bad", gettext("Đã bị thu hồi")),
        "withdrawn": ("info", gettext("Cơ sở đã rút lại")),
    }


@said_once
def field_words() -> Mapping[str, str]:
    """What the fields of certificates are called."""
    return {
        "scheme": gettext("Loại giấy"),
        "about": gettext("Cấp cho"),
        "issuer": gettext("Nơi cấp"),
        "number": gettext("Số giấy"),
        "issued": gettext("Ngày cấp"),
        "expires": gettext("Hết hạn"),
        "scope": gettext("Phạm vi"),
        "standard": gettext("Tiêu chuẩn"),
        "field": gettext("Lĩnh vực"),
        "area_ha": gettext("Diện tích"),
        "expected_t": gettext("Sản lượng dự kiến"),
        "members": gettext("Số hộ"),
        "surveillance": gettext("Ngày giám sát"),
        "ggn": "GGN",
        "category": gettext("Ngành"),
        "accreditation": gettext("Số công nhận của nơi cấp"),
        "first_issued": gettext("Ngày cấp lần đầu"),
        "stars": gettext("Số sao"),
        "score": gettext("Điểm"),
        "kind": gettext("Hình thức"),
        "decision": gettext("Số quyết định"),
        "analytes": gettext("Chỉ tiêu đã đo"),
        "paper": gettext("Bản chụp hoặc PDF"),
        "issuer_as_named": gettext("Tên nơi cấp ghi trên giấy"),
    }


@said_once
def kind_words() -> Mapping[str, str]:
    """The kinds of OCOP decisions."""
    return {
        "new": gettext("Cấp mới"),
        "re-recognition": gettext("Công nhận lại"),
        "upgrade": gettext("Nâng hạng"),
        "potential-5": gettext("Tiềm năng 5 sao"),
    }


@said_once
def farmed_words() -> Mapping[str, str]:
    """What VietGAP covers."""
    return {"crops": gettext("Trồng trọt"), "aquaculture": gettext("Thủy sản"), "livestock": gettext("Chăn nuôi")}


def problem_words(problem: str) -> str:
    """What is wrong with a field, and what to do."""
    words: dict[str, str] = {
        "needed": gettext("Chỗ này chưa điền."),
        "stars-without-ocop": gettext("Chỉ OCOP mới có sao."),
        "stars-odd": gettext("OCOP có 3, 4 hoặc 5 sao."),
        "score-odd": gettext("Điểm từ 0 đến 100."),
        "score-of-other-stars": gettext("Điểm không khớp số sao: 5 sao từ 90, 4 sao từ 70, 3 sao từ 50."),
        "potential-odd": gettext("Tiềm năng 5 sao là 4 sao và từ 90 điểm."),
        "kind-odd": gettext("Chọn một trong các mục có sẵn."),
        "ends-before-issue": gettext("Ngày hết hạn phải sau ngày cấp. Xem lại hai ngày."),
    }
    return words.get(problem) or str(gettext("Xem lại chỗ này."))
