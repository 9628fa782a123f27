"""What is left of a lot, for whoever writes down that some of it was sent: read where somebody asks, not before."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sqlalchemy import Connection

from traceapp.core.diary.packs import packs_left
from traceapp.services.lots.readiness import facts_of
from traceapp.services.world import World

PacksLeft = Callable[[str, str | None], Fraction | None]
"""How many packs of a lot (its id) are left, but for a record (its UUID) that is being corrected; None if not known."""


def nothing_counted(lot: str, but: str | None) -> None:
    """Where nobody is to be asked about it."""


def packs_known(world: World, connection: Connection) -> PacksLeft:
    """As the lots' verified records say, while the connection lasts."""
    return lambda lot, but: packs_left(facts_of(world, connection, lot), lot, but)
