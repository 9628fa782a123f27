"""The world as the command line's environment describes it."""

from __future__ import annotations

import os
from pathlib import Path

from traceapp.config import Settings
from traceapp.core.credential import Signer
from traceapp.core.errors import Unavailable
from traceapp.core.keys import Role
from traceapp.db.migrate import require_current
from traceapp.services.world import World


def open_world() -> World:
    """The service of this environment, which `init` has made. BadSettings or Unavailable otherwise."""
    world = new_world()
    _require_file(world.settings)
    require_current(world.engine)
    with world.read() as connection:
        world.require_identity(connection)
    return world


def _require_file(settings: Settings) -> None:
    """Whoever only looks makes no empty database where there is none."""
    kind, _, name = settings.database_url.partition(":///")
    file = Path(name)
    # A folder that is not there is told by the database itself, unless `init` would make it.
    expected = kind == "sqlite" and (file.parent == settings.data_dir or file.parent.is_dir())
    if expected and not file.is_dir() and (not file.exists() or file.stat().st_size == 0):
        raise Unavailable("There is no database here yet: run traceapp init.")


def new_world() -> World:
    """The service of this environment, whether it exists yet or not."""
    return World(Settings.from_env(os.environ))


def root_of(world: World) -> Signer:
    """The root key as a signer: brought back from where it is kept, for this one act."""
    return Signer.of_host(world.host, world.key_store.load(Role.ROOT))
