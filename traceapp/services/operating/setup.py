"""`init`: the schema, the keys, the empty log, the first trust file. Safe to run again. And whether pages can start."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from traceapp.core.credential import Signer
from traceapp.core.errors import BadSettings
from traceapp.core.keys import Role
from traceapp.db import migrate
from traceapp.db.guards import create_guards, require_guards
from traceapp.db.tables import service
from traceapp.services.log import entries as log
from traceapp.services.operating import keys
from traceapp.services.world import World


def initialise(world: World) -> bool:
    """Make what there is not yet; True when this was the first time. Nothing else ever makes a key or a log."""
    migrate.upgrade(world.engine)
    with world.read() as connection:
        world.require_identity(connection)
        first = world.fact(connection, "identity") is None
    with world.write() as connection:
        create_guards(connection)
        require_guards(connection)
        if first:
            _start(world, connection)
        elif world.settings.base_host not in world.trust(connection).hosts:
            keys.add_host(connection, world.settings.base_host, _root(world), world.clock())
    return first


def require_startable(world: World) -> None:
    """Refuse to start on what would fail later: schema, identity, hosts, keys, a log behind what is published."""
    migrate.require_current(world.engine)
    with world.read() as connection:
        world.require_identity(connection)
        trust = world.trust(connection)
        if world.settings.base_host not in trust.hosts:
            raise BadSettings(
                f"TRACEAPP_BASE_URL is of {world.settings.base_host}, which the trust file does not name "
                f"({', '.join(trust.hosts)}): run traceapp init, or traceapp keys add-host {world.settings.base_host}."
            )
    world.require_not_behind()
    # Read now: a table that cannot be read is told at the start, not at the first scan; and no page asks for the rest.
    _ = world.ip_provinces, world.is_demo


def _start(world: World, connection: Connection) -> None:
    now = world.clock()
    public = keys.first_keys(world.key_store, now.replace(microsecond=0))
    connection.execute(insert(service).values(name="identity", value=world.host))
    log.start(connection, world.notary.log)
    hosts = {world.host, world.settings.base_host}
    keys.publish_first_keys(connection, public, hosts, world.notary, _root(world), now)


def _root(world: World) -> Signer:
    return Signer.of_host(world.host, world.key_store.load(Role.ROOT))
