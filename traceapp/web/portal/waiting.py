"""What waits for a shop's or an office's word: the first thing that its start page says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from traceapp.services.accounts.claims import open_claims, organisations_waiting
from traceapp.services.accounts.people import Member
from traceapp.services.certificates import desk
from traceapp.services.lots.handing_over import incoming
from traceapp.services.lots.recalls import notices_to
from traceapp.web import access
from traceapp.web.access import world
from traceapp.web.words import ngettext


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of thing that waits, how many of it the words say, and where it is done."""

    url: str
    css: str
    words: str


def tasks_of(member: Member) -> list[Task]:
    """What waits for this member's organisation, the most pressing first."""
    with world().read() as connection:
        match member.organisation_role:
            case access.SHOP:
                return [*_of_shop(connection, member.declared_by)]
            case access.AUTHORITY:
                return [*_of_authority(connection), *_of_issuer(connection, member.declared_by)]
            case _:
                return [*_of_issuer(connection, member.declared_by)]


def _of_shop(connection: Any, who: str) -> Iterator[Task]:
    here = world()
    if recalls := sum(one.seen is None for one in notices_to(connection, who)):
        words = ngettext("%(num)s thông báo thu hồi chưa trả lời", "%(num)s thông báo thu hồi chưa trả lời", recalls)
        yield Task("/portal/notices", "bad", words)
    if coming := len(incoming(connection, here.host, who, here.keyring(connection))):
        words = ngettext("%(num)s chuyến hàng chờ đếm và ghi nhận", "%(num)s chuyến hàng chờ đếm và ghi nhận", coming)
        yield Task("/portal/deliveries", "info", words)


def _of_authority(connection: Any) -> Iterator[Task]:
    if claimed := len(open_claims(connection)):
        words = ngettext("%(num)s mã đang tranh chấp", "%(num)s mã đang tranh chấp", claimed)
        yield Task("/portal/organisations", "bad", words)
    if unknown := len(organisations_waiting(connection)):
        words = ngettext("%(num)s cơ sở chờ xác nhận", "%(num)s cơ sở chờ xác nhận", unknown)
        yield Task("/portal/organisations", "info", words)


def _of_issuer(connection: Any, who: str) -> Iterator[Task]:
    if waiting := len(desk.waiting_for(connection, who)):
        words = ngettext("%(num)s giấy chờ xác nhận", "%(num)s giấy chờ xác nhận", waiting)
        yield Task("/portal/certifier", "info", words)
