"""The publisher that runs beside a service: one for all its processes, on whichever machine holds the lock."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from traceapp.core.errors import TraceappError
from traceapp.services.log.publishing import Publisher
from traceapp.services.log.witnessed import policy_of
from traceapp.services.world import World

log = logging.getLogger("traceapp.publishing")

LOOK_SECONDS = 1.0
"""How often it looks for what another process committed; what this one commits is taken up at once."""
REST_SECONDS = 5.0
"""How often it looks whether there is anything to do at all."""


def keep_publishing(world: World) -> None:
    """Publish for ever. Where no witness is named, or another process publishes, look again a little later."""
    publisher = Publisher(world)
    while True:
        try:
            with _sole(world) as is_ours:
                while is_ours and _is_asked_for(world):
                    publisher.publish()
                    world.to_publish.wait(LOOK_SECONDS)
                    world.to_publish.clear()
        except (TraceappError, OSError) as cause:
            log.warning("publishing failed, trying again: %s", cause)
        time.sleep(REST_SECONDS)


def publish_at_start(world: World) -> None:
    """One round before the first capture: only witnesses notice that database and published checkpoint are both old."""
    if _is_asked_for(world):
        Publisher(world).publish()
        world.require_not_behind()


def _is_asked_for(world: World) -> bool:
    with world.read() as connection:
        return bool(policy_of(world.trust(connection)).witnesses)


@contextmanager
def _sole(world: World) -> Iterator[bool]:
    """Whether this process is the one that publishes, for as long as the block lasts."""
    folder = world.settings.data_dir / "published"
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "publisher.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(lock)
