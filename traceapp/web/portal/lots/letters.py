"""Letters to whoever holds goods of a recalled lot; the notice in their portal stands in any case."""

from __future__ import annotations

import hashlib

from flask_babel import force_locale

from traceapp.adapters.mail import Letter
from traceapp.services.lots.recall_letters import Unsent, settle, take_up, unsent_letters
from traceapp.services.world import World
from traceapp.web.auth import letters
from traceapp.web.portal.lots.words import number_of
from traceapp.web.words import gettext

GIVE_UP = 3
"""Letters in a row that are not taken: the server is down, and whoever pressed the button waits no longer."""


def send_unsent(world: World, lot: str) -> int:
    """Write to whoever was told of a recall of this lot and has no letter of it. Returns how many still have none."""
    failed = 0
    with world.read() as connection:
        waiting = unsent_letters(connection, lot)
    for one in waiting:
        if failed == GIVE_UP:
            break
        with world.write_aside() as connection:
            is_mine = take_up(connection, one, world.clock())
        if is_mine:
            failed = 0 if _send(world, one) else failed + 1
    with world.read() as connection:
        return len(unsent_letters(connection, lot))


def _send(world: World, one: Unsent) -> bool:
    """Whether the letter went out; that is written down either way."""
    went = letters.send(world, _letter(world, one))
    with world.write_aside() as connection:
        settle(connection, one, world.clock(), went=went)
    return went


def _letter(world: World, one: Unsent) -> Letter:
    number, link = number_of(one.lot), f"{world.settings.base_url}/portal/notices/{one.notice}"
    with force_locale("vi"):
        subject = gettext("Thu hồi lô %(lot)s: cất riêng, dừng bán", lot=number)
        text = gettext(
            "Lô %(lot)s bị thu hồi và cơ sở đang giữ hàng của lô này. Cất riêng, dừng bán ngay. Xem lý do và xác nhận "
            "ở đây:\n%(link)s",
            lot=number,
            link=link,
        )
    return Letter(one.login, subject, text, _reference(one))


def _reference(one: Unsent) -> str:
    """Whoever was killed between sending a letter and writing that down sends it again under the same name."""
    return f"recall.{hashlib.sha256(f'{one.notice} {one.account}'.encode()).hexdigest()[:32]}"
