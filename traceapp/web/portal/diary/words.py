"""Words about diary entries: what is wrong, what is asked once more, what an entry tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traceapp.core.diary.filling import Problem
from traceapp.core.diary.past import Doubt
from traceapp.core.errors import Conflict, Forbidden, NotFound, TraceappError
from traceapp.i18n import show_amount, show_date, show_number
from traceapp.web.language import said_once
from traceapp.web.portal.forms import ambiguous_words
from traceapp.web.words import gettext


def problem_words(problem: Problem) -> str:
    """What is wrong with one input, and what to do."""
    if problem.code == "ambiguous":
        return ambiguous_words(problem.said)
    return _problems()[problem.code].replace("%(said)s", problem.said)


@said_once
def _problems() -> Mapping[str, str]:
    # What was said is put in its place by whoever has it, as it is, percent signs and all.
    return {
        "missing": gettext("Chỗ này chưa điền."),
        "number": gettext("%(said)s không phải là số. Viết như 250 hoặc 1.250,5."),
        "too-large": gettext("%(said)s lớn quá. Xem lại số không và dấu phẩy."),
        "not-above-zero": gettext("%(said)s không dùng được: số phải lớn hơn 0."),
        "not-whole": gettext("%(said)s không dùng được: viết số nguyên, như 14."),
        "broken": gettext(
            "%(said)s không dùng được: hàng đếm (gói, chai…) thì viết số nguyên. Phần lẻ thì cân, ghi bằng kg hoặc lít."
        ),
        "broken-piece": gettext("%(said)s không dùng được: cây, con, quả, củ… thì viết số nguyên, như 14."),
        "date": gettext("%(said)s chưa phải là ngày. Viết ngày/tháng/năm, như 21/11/2026."),
        "no-such-day": gettext("Không có ngày %(said)s. Xem lại ngày và tháng."),
        "not-yet": gettext("%(said)s chưa tới. Làm xong rồi hãy ghi."),
        "ends-before": gettext("Ngày xong đứng trước ngày bắt đầu. Xem lại cả hai."),
        "time": gettext("%(said)s chưa phải là giờ. Viết như 14:30."),
        "choice": gettext("Chọn một trong các mục có sẵn."),
        "too-long": gettext("Dài quá: viết ngắn lại."),
        "unit": gettext("Chưa có đơn vị, như kg hoặc lít."),
        "goods-name": gettext("Chưa có tên: ghi tên hàng, như cam tươi."),
        "what-measured": gettext("Chưa ghi đo cái gì, như nhiệt độ."),
    }


def doubt_words(doubt: Doubt, lang: str) -> tuple[str, str]:
    """A question in two parts: what stands out, and what follows from it."""
    about = doubt.about
    if doubt.code == "early-harvest":
        return _early(about)
    if doubt.code == "odd-dose":
        numbers = {name: show_number(about[name], lang) for name in ("now", "before")}
        return (
            gettext("%(now)s %(unit)s khác xa lần trước (%(before)s).", unit=about["unit"], **numbers),
            gettext("Xem lại dấu phẩy."),
        )
    if doubt.code == "beyond-left":
        numbers = {name: show_number(about[name], lang) for name in ("sent", "left")}
        return (
            gettext("Giao %(sent)s, mà lô này chỉ còn %(left)s.", **numbers),
            gettext("Đếm lại, và xem có đúng lô không."),
        )
    if doubt.code == "again":
        return (
            gettext("Ngày %(day)s đã ghi một mục giống hệt.", day=show_date(about["start"])),
            gettext("Làm hai lần thật thì đánh dấu để ghi thêm một mục nữa. Lỡ gửi hai lần thì bỏ mục này."),
        )
    told = "; ".join(measured_words(one, lang) for one in about["checks"])
    return (
        gettext("Ngoài giới hạn: %(told)s.", told=told),
        gettext("Ghi cách xử lý và người kiểm tra lại. Thiếu một trong hai thì lô không in được tem."),
    )


def _early(about: Mapping[str, Any]) -> tuple[str, str]:
    wait = about["wait"]
    active = str(wait.spray.kde.get("trade") or wait.spray.kde.get("active") or "")
    return (
        gettext("Thửa %(plot)s được thu hoạch từ %(day)s.", plot=about["plot"], day=show_date(wait.allowed_from)),
        gettext(
            "Phun %(active)s %(sprayed)s, cách ly %(days)s ngày. Đã hái %(start)s thì cứ ghi đúng ngày ấy: lô này sẽ "
            "không in được tem.",
            active=active,
            sprayed=show_date(wait.spray.end),
            days=wait.days,
            start=show_date(about["start"]),
        ),
    )


def measured_words(one: Mapping[str, Any], lang: str) -> str:
    """A value with its limits: "nhiệt độ 109 °C (cần từ 115)"."""
    limits = limit_words(one.get("min"), one.get("max"), lang)
    return f"{one['what']} {show_amount(one['value'], str(one.get('unit') or ''), lang)}" + (
        f" ({limits})" if limits else ""
    )


def limit_words(least: float | None, most: float | None, lang: str) -> str:
    """Between what a value must lie."""
    if least is not None and least == most:
        return str(gettext("cần đúng %(value)s", value=show_number(least, lang)))
    if least is not None and most is not None:
        return str(
            gettext("cần từ %(least)s đến %(most)s", least=show_number(least, lang), most=show_number(most, lang))
        )
    if least is not None:
        return str(gettext("cần từ %(least)s", least=show_number(least, lang)))
    return gettext("cần không quá %(most)s", most=show_number(most, lang)) if most is not None else ""


def refusal_words(cause: TraceappError) -> str:
    """Why an entry could not be kept or signed."""
    if isinstance(cause, Conflict):
        return str(gettext("Mục này đã được sửa hoặc ký ở chỗ khác. So hai bản rồi lưu lại."))
    if isinstance(cause, Forbidden | NotFound):
        return str(gettext("Không có mục hay lô này trong sổ của cơ sở. Chọn lại."))
    return str(gettext("Chưa ghi được. Xem lại từng chỗ rồi thử lại."))


def unsent_words() -> str:
    """What to do about an entry that waited in a phone and is not taken: there it can only be read and dropped."""
    return str(gettext("Máy chủ không nhận mục này. Ghi lại thành mục mới rồi bỏ mục này."))
