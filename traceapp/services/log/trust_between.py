"""The trust files that a restored database lacks, fetched one after the other from places that have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import insert

from traceapp.core.errors import LogAhead, NotFound, TraceappError
from traceapp.core.trust import TrustList, read_trust_list
from traceapp.db.tables import trust_lists
from traceapp.services.operating.keys import trust_list
from traceapp.services.world import World


class Place(Protocol):
    """Where published files are read; NotFound where there is none."""

    @property
    def place(self) -> str:
        """Its name in messages."""

    def get(self, path: str) -> bytes:
        """A file below the service's address."""
        ...

    def log(self, path: str) -> bytes:
        """A file of the log."""
        ...


def bring_trust(world: World, places: Sequence[Place]) -> None:
    """Keys that were rotated since the backup are known again by the trust files between."""
    with world.write_aside() as connection:
        known = trust_list(connection)
        while body := _next_trust(places, known):
            known = read_trust_list(body, pinned=known)
            connection.execute(insert(trust_lists).values(version=known.version, body=body))


def _next_trust(places: Sequence[Place], known: TrustList) -> bytes | None:
    newest = known.version
    for place in places:
        try:
            return place.log(f"trust/{known.version + 1}.json")
        except NotFound:
            newest = max(newest, _published_version(place, known))
    if newest > known.version:
        raise LogAhead(
            f"The published trust file is version {newest}, this database knows {known.version}, and trust/"
            f"{known.version + 1}.json is in none of the places given: give one made by traceapp log export."
        )
    return None


def _published_version(place: Place, known: TrustList) -> int:
    try:
        return read_trust_list(place.get(".well-known/traceapp-trust.json"), pinned=known).version
    except TraceappError:
        return known.version
