"""The world as the command line's environment describes it."""

from __future__ import annotations

import os

from traceapp.config import Settings
from traceapp.core.credential import Signer
from traceapp.core.keys import Role
from traceapp.db.migrate import require_current
from traceapp.services.world import World


def open_world() -> World:
    """The service of this environment, which `init` has made. BadSettings or Unavailable otherwise."""
    world = new_world()
    require_current(world.engine)
    with world.read() as connection:
        world.require_identity(connection)
    return world


def new_world() -> World:
    """The service of this environment, whether it exists yet or not."""
    return World(Settings.from_env(os.environ))


def root_of(world: World) -> Signer:
    """The root key as a signer: brought back from where it is kept, for this one act."""
    return Signer.of_host(world.host, world.key_store.load(Role.ROOT))
