"""Stars that would outlive themselves on a pack: said before labels are printed, never a reason to refuse them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from traceapp.core.dates import vietnamese_date
from traceapp.core.rules.stars import ends_before_goods
from traceapp.services.lots.readiness import look_at
from traceapp.services.world import World


def stars_end_on_pack(world: World, connection: Connection, lot: str) -> tuple[date, date] | None:
    """(first day without stars, last day of the goods) of a lot (id) whose stars end while it is still good."""
    facts, _ = look_at(world, connection, lot)
    return ends_before_goods(facts, vietnamese_date(world.clock()))
