"""How often one visitor may write, and how often about one thing: counted in the database, so for all workers at once.

A visitor is the keyed hash that scans use; its key is thrown away each day, and so is the count.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from traceapp.services.scans.store import DAY, HOUR, Visitor

MOST_AN_HOUR = 8
MOST_A_DAY = 20
MOST_ABOUT_ONE_THING = 40
UNKNOWN_THINGS = "unknown"
"""Codes that nobody registered share one count: there is no end of them."""

_TAKE = text(
    "INSERT INTO message_turns (visitor, thing, hour, count) VALUES (:visitor, :thing, :hour, 1) "
    "ON CONFLICT (visitor, thing, hour) DO UPDATE SET count = message_turns.count + 1"
)
_BY_VISITOR = text(
    "SELECT COALESCE(SUM(CASE WHEN hour >= :last THEN count END), 0), COALESCE(SUM(count), 0) FROM message_turns "
    "WHERE visitor IN (:today, :yesterday) AND hour > :since"
)
_ABOUT = text("SELECT COALESCE(SUM(count), 0) FROM message_turns WHERE thing = :thing AND hour > :since")


def take_turn(connection: Connection, visitor: Visitor, thing: str, now: datetime) -> bool:
    """Whether the visitor may write about `thing` now; if so, that turn is taken."""
    hour = int(now.timestamp()) // HOUR
    forget(connection, now)
    who = {"today": visitor.today, "yesterday": visitor.yesterday, "last": hour - 1, "since": hour - DAY // HOUR}
    lately, today = connection.execute(_BY_VISITOR, who).one()
    about = connection.execute(_ABOUT, {"thing": thing, "since": who["since"]}).scalar_one()
    if lately >= MOST_AN_HOUR or today >= MOST_A_DAY or about >= MOST_ABOUT_ONE_THING:
        return False
    connection.execute(_TAKE, {"visitor": visitor.today, "thing": thing, "hour": hour})
    return True


def forget(connection: Connection, now: datetime) -> None:
    """Forget what is a day old."""
    hour = int(now.timestamp()) // HOUR
    connection.execute(text("DELETE FROM message_turns WHERE hour <= :hour"), {"hour": hour - DAY // HOUR})
