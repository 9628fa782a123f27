"""What pages of a lot show alike, in words: what is left of it, what was sent of it, what is wrong with it."""

from __future__ import annotations

from typing import Any

from traceapp.core.findings import Severity
from traceapp.services.lots.handing_over import of_lot
from traceapp.services.lots.making import stock_of
from traceapp.services.lots.readiness import look_at
from traceapp.services.world import World
from traceapp.web.language import choose_locale
from traceapp.web.portal.lots.words import ShipmentView, StockView, shipment_views, stock_views
from traceapp.web.portal.parts import spoken
from traceapp.web.public.lines import Line, line_of
from traceapp.web.public.say import Say
from traceapp.web.words import gettext


@spoken
def stock_shown(here: World, connection: Any, lot: str, organisation: str) -> tuple[StockView, ...]:
    """What an organisation has left of a lot. NotFound unless it holds any."""
    return stock_views(stock_of(here, connection, lot, organisation), Say(choose_locale(), gettext))


@spoken
def shipments_shown(here: World, connection: Any, lot: str, organisation: str) -> tuple[ShipmentView, ...]:
    """What an organisation sent or was sent of a lot."""
    found = of_lot(connection, here.host, lot, organisation, here.keyring(connection))
    return shipment_views(found, organisation, Say(choose_locale(), gettext))


@spoken
def warnings_shown(here: World, connection: Any, lot: str) -> list[Line]:
    """What is wrong with a lot, or near it."""
    (facts, verdict), say = look_at(here, connection, lot), Say(choose_locale(), gettext)
    severe = (Severity.BAD, Severity.WARNING)
    return [line_of(one, facts, say) for one in verdict.findings if one.severity in severe]
