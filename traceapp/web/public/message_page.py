"""Forms for questions and reports, and what became of them, in the reader's words. Call with the language set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from traceapp.core.digital_link import Identity
from traceapp.core.facts import Facts
from traceapp.i18n import show_date, show_instant
from traceapp.services.messages.inbox import LONGEST_CONTACT, LONGEST_WORDS, Answered, Kind, Message, State
from traceapp.web.public.message_form import SHORTEST_WORDS
from traceapp.web.public.papers import Row
from traceapp.web.public.product import product_name
from traceapp.web.public.say import Say
from traceapp.web.words import gettext, ngettext


@dataclass(frozen=True, slots=True)
class FormView:
    """A form, and what was typed into it before. `problems` holds a sentence for each field that is wrong.

    The problem of no field in particular has the name "form". `maker` is empty where nobody is known to ask.
    """

    kind: Kind
    action: str
    token: str
    about: tuple[Row, ...]
    maker: str
    back_url: str
    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    longest_words: int = LONGEST_WORDS
    longest_contact: int = LONGEST_CONTACT

    @property
    def is_report(self) -> bool:
        """Whether something is reported, not asked."""
        return self.kind is Kind.REPORT


@dataclass(frozen=True, slots=True)
class MessageView:
    """What became of a message, for its sender. `token` is empty where nothing is held of the sender."""

    reference: str
    is_report: bool
    title: str
    words: str
    reply: str
    sent: str
    took: str
    is_public: bool
    about_url: str
    token: str

    @property
    def holds_sender(self) -> bool:
        """Whether there is something of the sender to erase."""
        return bool(self.token)


@dataclass(frozen=True, slots=True)
class AnsweredView:
    """A question and its answer on a page; `lang` is the language it was asked in, `lot` empty where it fits."""

    words: str
    reply: str
    took: str
    day: str
    lot: str
    lang: str


def about_rows(facts: Facts, identity: Identity, say: Say) -> tuple[Row, ...]:
    """What the form is about: the product by its name where it has one, and the numbers on the label."""
    rows = [Row(gettext("Sản phẩm"), product_name(facts.product, say))] if facts.product else []
    if not facts.product:
        rows.append(Row(gettext("Mã sản phẩm"), identity.product, code=True))
    if identity.lot:
        rows.append(Row(gettext("Số lô"), identity.lot, code=True))
    if identity.serial:
        rows.append(Row(gettext("Số sê-ri"), identity.serial, code=True))
    return tuple(rows)


def answered_views(answered: Iterable[Answered], own_lot: str | None) -> list[AnsweredView]:
    """Answered questions for the page of a product, or of its lot `own_lot`."""
    return [
        AnsweredView(
            words=one.words,
            reply=one.reply,
            took=took(one.sent, one.closed),
            day=show_date(one.closed),
            lot=one.lot if one.lot and one.lot != own_lot else "",
            lang=one.lang,
        )
        for one in answered
    ]


def message_view(message: Message, lang: str, token: str) -> MessageView:
    """A message as its sender sees it, contact and photo left out."""
    titles = {
        State.NEW: gettext("Đã nhận, chưa có trả lời"),
        State.HELD: gettext("Đã nhận, chưa có trả lời"),
        State.ANSWERED: gettext("Đã có trả lời"),
        State.REFUSED: gettext("Không đăng"),
    }
    return MessageView(
        reference=message.reference,
        is_report=message.kind is Kind.REPORT,
        title=titles[message.state],
        words=message.words,
        reply=message.reply or "",
        sent=show_instant(message.sent, lang),
        took=took(message.sent, message.closed) if message.closed else "",
        is_public=message.public,
        about_url=f"/verify{message.path}?lang={lang}",
        token=token,
    )


def took(sent: datetime, closed: datetime) -> str:
    """How long an answer took: "5 giờ", "3 ngày"."""
    span = max(closed - sent, timedelta())
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        said = ngettext("%(num)s phút", "%(num)s phút", max(minutes, 1))
    elif minutes < 48 * 60:
        said = ngettext("%(num)s giờ", "%(num)s giờ", minutes // 60)
    else:
        said = ngettext("%(num)s ngày", "%(num)s ngày", span.days)
    return str(said)


def words_of_problem(code: str, numbers: Mapping[str, int] | None = None) -> str:
    """What is wrong with a field, and what to do."""
    said = {
        "words-short": gettext("Viết ít nhất %(least)s chữ cái, để người nhận hiểu chuyện gì.", least=SHORTEST_WORDS),
        "words-long": gettext("Dài quá %(most)s chữ cái: viết gọn lại phần chính.", most=LONGEST_WORDS),
        "contact-long": gettext("Chỉ ghi một số điện thoại hoặc một địa chỉ thư."),
        "form-early": gettext("Gửi nhanh quá, chưa kịp nhận. Bấm gửi lần nữa."),
        "form-late": gettext("Trang này mở đã lâu. Những gì đã viết vẫn còn: bấm gửi lần nữa."),
        "too-many": gettext("Hôm nay đã có nhiều tin gửi từ cùng một nơi hoặc về cùng một mã. Gửi lại vào ngày mai."),
        **_photo_words(numbers or {}),
    }
    return str(said.get(code) or gettext("Xem lại chỗ này."))


def _photo_words(numbers: Mapping[str, int]) -> dict[str, str]:
    told = {"most": 0, "width": 0, "height": 0, "least": 0, **numbers}
    return {
        "kind": gettext(
            "Tệp này không phải ảnh JPEG, PNG hoặc WebP. Chụp bằng máy ảnh của điện thoại rồi chọn ảnh đó."
        ),
        "heic": gettext(
            "Ảnh HEIC nhiều máy không xem được. iPhone: Cài đặt, Camera, Định dạng, Tương thích nhất. Samsung: Cài đặt "
            "máy ảnh, tắt Ảnh HEIF. Rồi chụp lại."
        ),
        "heavy": gettext("Ảnh nặng quá %(most)s MB: chọn cỡ ảnh nhỏ hơn rồi chụp lại.", **told),
        "huge": gettext("Ảnh lớn quá %(most)s triệu điểm: chọn cỡ ảnh nhỏ hơn rồi chụp lại.", **told),
        "small": gettext(
            "Ảnh chỉ có %(width)s × %(height)s điểm, cần mỗi cạnh ít nhất %(least)s: chụp gần hơn, hoặc gửi ảnh gốc.",
            **told,
        ),
        "shape": gettext("Ảnh dài quá: cắt bớt cho gần vuông."),
        "damaged": gettext("Ảnh bị hỏng, không mở được đến cuối: chọn lại, hoặc chụp ảnh khác."),
        "blurred": gettext("Ảnh bị mờ: lau ống kính, giữ yên máy, chụp chỗ sáng."),
    }
