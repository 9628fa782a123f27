"""The letters that accounts get, in the language of whoever gets them."""

from __future__ import annotations

import logging

from flask_babel import force_locale

from traceapp.adapters.mail import Letter
from traceapp.core.errors import Unavailable
from traceapp.services.accounts.sign_up import Pending
from traceapp.services.world import World
from traceapp.web.bodies import out_of_turn
from traceapp.web.words import gettext

log = logging.getLogger("traceapp")


def send(world: World, letter: Letter) -> bool:
    """Whether the letter went out; where it did not, what it was for is kept and can be sent again.

    It is sent between transactions: a mail server takes seconds, and other people's pages go on meanwhile.
    """
    try:
        with out_of_turn():
            world.mailer.send(letter)
    except Unavailable as cause:
        log.error("%s", cause)
        return False
    return True


def sign_up_letter(world: World, pending: Pending) -> Letter:
    """The code; to somebody who has an account, how to get into it."""
    with force_locale(pending.lang):
        if pending.code is None:
            text = gettext(
                "Địa chỉ này đã có tài khoản ở %(site)s. Đăng nhập ở %(site)s/login; quên mật khẩu thì vào "
                "%(site)s/reset. Không phải bạn vừa đăng ký thì bỏ qua thư này.",
                site=world.settings.base_url,
            )
            return Letter(pending.login, gettext("Đăng ký traceapp"), text)
        text = gettext(
            "Mã đăng ký: %(code)s\n\nGõ mã này vào trang đang mở, trong vòng một giờ. Không phải bạn vừa đăng ký thì "
            "bỏ qua thư này.",
            code=pending.code,
        )
        return Letter(pending.login, gettext("Mã đăng ký traceapp: %(code)s", code=pending.code), text)


def reset_letter(world: World, login: str, token: str | None, lang: str) -> Letter:
    """A link to a new password; to an address without an account, that there is none."""
    with force_locale(lang):
        subject = gettext("Đặt lại mật khẩu traceapp")
        if token is None:
            return Letter(
                login, subject, gettext("Có người xin đặt lại mật khẩu, nhưng địa chỉ này chưa có tài khoản.")
            )
        link = f"{world.settings.base_url}/reset/{token}?lang={lang}"
        text = gettext(
            "Mở đường dẫn này trong vòng một giờ để đặt mật khẩu mới:\n%(link)s\n\nKhông phải bạn xin thì bỏ qua thư "
            "này: mật khẩu cũ vẫn dùng được.",
            link=link,
        )
        return Letter(login, subject, text)


def invitation_letter(to: str, organisation: str, link: str, lang: str) -> Letter:
    """A link to join an organisation."""
    with force_locale(lang):
        text = gettext(
            "%(organisation)s mời bạn cùng ghi hồ sơ truy xuất. Mở đường dẫn này trong vòng bảy ngày:\n%(link)s",
            organisation=organisation,
            link=link,
        )
        return Letter(to, gettext("%(organisation)s mời bạn vào traceapp", organisation=organisation), text)
