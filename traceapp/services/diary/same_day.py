"""What was written of a lot on one day: read where an entry may be one of those once more, however much came since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection

from traceapp.core.events import Event, Stage
from traceapp.core.evidence import events_stated, read_records
from traceapp.core.keys import Keyring
from traceapp.core.list_subjects import stage_subject
from traceapp.db import driver
from traceapp.db.parts import shared
from traceapp.services.records.kept_readings import read_kept
from traceapp.services.records.verified import stored_about, stored_of
from traceapp.services.world import World

WrittenOn = Callable[[str, Stage, date], tuple[Event, ...]]
"""The producer's events of a lot (its id) and a stage that began on a day and count now."""


def nothing_written(_lot: str, _stage: Stage, _day: date) -> tuple[Event, ...]:
    """For whoever is not to be asked about it."""
    return ()


def written_known(world: World, connection: Connection, organisation: str) -> WrittenOn:
    """As the records of `organisation` say, verified, while the connection lasts."""

    def written_on(lot: str, stage: Stage, day: date) -> tuple[Event, ...]:
        return _written_on(connection, world.host, organisation, world.keyring(connection), lot, stage, day)

    return written_on


@shared
def _written_on(
    connection: Connection, host: str, organisation: str, keyring: Keyring, lot: str, stage: Stage, day: date
) -> tuple[Event, ...]:
    rows = driver.run(connection, _OF_LOT_AND_STAGE, (lot, stage_subject(organisation, stage)))
    # Whatever names that day at all: only that is worth verifying.
    told = stored_of(connection, host, [row for row in rows if _names(row[3], day)])
    taken_back = stored_about(connection, host, [one.record_id for one in told], ["CorrectionRecord"])
    stated = events_stated(read_records([*told, *taken_back], keyring, reader=read_kept))
    own = (fact.event for fact in stated if fact.source.declared_by == organisation)
    return tuple(event for event in own if (event.lot, event.stage, event.start) == (lot, stage, day))


def _names(body: object, day: date) -> bool:
    return isinstance(body, bytes) and day.isoformat().encode() in body


# A lot has some dozens of records, a stage those of all seasons: each of the lot's is looked up among the stage's.
_OF_LOT_AND_STAGE = (
    "SELECT e.leaf_index, e.record_id, e.entry, r.body FROM record_subjects l "
    "CROSS JOIN record_subjects s "
    "JOIN log_entries e ON e.leaf_index = l.leaf_index JOIN records r ON r.record_id = e.record_id "
    "WHERE l.subject = ? AND s.subject = ? AND s.leaf_index = l.leaf_index"
)
