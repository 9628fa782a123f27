"""What is left of a lot, for whoever writes down that some of it was sent: read where somebody asks, not before."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from sqlalchemy import Connection

from traceapp.core.diary.packs import packs_left
from traceapp.services.lots.readiness import facts_of
from traceapp.services.world import World

PacksLeft = Callable[[str, str | None], Fraction | None]
"""How many packs of a lot (its id) are left, where what a record (its UUID) took that is being corrected is there
again; None where nobody counted them."""


def nobody_counted(_lot: str, _corrected: str | None) -> None:
    """For whoever is not to be asked about it."""


def packs_known(world: World, connection: Connection) -> PacksLeft:
    """As the lots' verified records say, while the connection lasts."""
    return lambda lot, corrected: packs_left(facts_of(world, connection, lot), lot, corrected)
