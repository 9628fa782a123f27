"""Letters to whoever holds goods of a recalled lot; the notice in their portal stands in any case."""

from __future__ import annotations

from flask_babel import force_locale

from traceapp.adapters.mail import Letter
from traceapp.services.accounts.people import is_mail, members_of
from traceapp.services.lots.recalls import Notice, notices_of
from traceapp.services.world import World
from traceapp.web.auth import letters
from traceapp.web.portal.lots.words import number_of
from traceapp.web.words import gettext


def send_all(world: World, lot: str, recall: str) -> int:
    """Write to everybody of the holders who were told of this recall (its record's UUID). Returns how many did not go.

    The notice waits in the portal for its holder either way.
    """
    with world.read() as connection:
        told = [one for one in notices_of(connection, lot) if one.recall == recall]
        addressed = [
            (one, member.login)
            for one in told
            for member in members_of(connection, one.holder)
            if is_mail(member.login) and not member.disabled
        ]
    return sum(not letters.send(world, _letter(world, one, login)) for one, login in addressed)


def _letter(world: World, notice: Notice, login: str) -> Letter:
    number, link = number_of(notice.lot), f"{world.settings.base_url}/portal/notices/{notice.id}"
    with force_locale("vi"):
        subject = gettext("Thu hồi lô %(lot)s: cất riêng, dừng bán", lot=number)
        text = gettext(
            "Lô %(lot)s bị thu hồi và cơ sở đang giữ hàng của lô này. Cất riêng, dừng bán ngay. Xem lý do và xác nhận "
            "ở đây:\n%(link)s",
            lot=number,
            link=link,
        )
    return Letter(login, subject, text)
