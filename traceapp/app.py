"""The composition root: the only place that wires settings, world and pages together."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from threading import Thread

from flask import Flask
from flask_babel import Babel
from werkzeug.middleware.proxy_fix import ProxyFix

import traceapp
from traceapp.config import Settings
from traceapp.core.errors import BadSettings, Unavailable
from traceapp.db.migrate import require_current
from traceapp.services.message_turns import forget as forget_turns
from traceapp.services.messages import forget_senders
from traceapp.services.scan_store import HOUR
from traceapp.services.world import World
from traceapp.web import errors, headers, machine, public
from traceapp.web.access import WORLD, refuse_long_addresses, refuse_unknown_hosts, require_declared
from traceapp.web.language import choose_locale
from traceapp.web.public.repeat import Repeat

log = logging.getLogger("traceapp")


def create_app(world: World) -> Flask:
    """The WSGI application of one world, which `init` has made (Unavailable, BadSettings otherwise)."""
    require_current(world.engine)
    _require_startable(world)
    app = Flask(__name__, template_folder=str(_templates()), static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=1 << 20, MAX_FORM_MEMORY_SIZE=1 << 18, BABEL_DEFAULT_LOCALE="vi")
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions[WORLD] = world
    app.wsgi_app = Repeat(app, world)  # type: ignore[method-assign]
    if proxies := world.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    Babel(app, locale_selector=choose_locale)
    app.before_request(refuse_unknown_hosts)
    app.before_request(refuse_long_addresses)
    public.register(app)
    machine.register(app)
    errors.register(app)
    headers.register(app)
    require_declared(app)
    return app


def create_app_from_env() -> Flask:
    """The application of this process's environment, with what runs beside it."""
    world = World(Settings.from_env(os.environ))
    app = create_app(world)
    Thread(target=_forget_visitors, args=(world,), name="forget-visitors", daemon=True).start()
    return app


def _forget_visitors(world: World) -> None:
    """Visitors are forgotten after 24 hours, senders in their time, even where nobody scans or writes any more."""
    while True:
        try:
            world.scans.purge(world.clock())
            with world.write_aside() as connection:
                forget_turns(connection, world.clock())
                forget_senders(connection, world.clock())
        except (*world.scans.errors, Unavailable) as cause:
            log.warning("visitors could not be forgotten, trying again in an hour: %s", cause)
        time.sleep(HOUR)


def _require_startable(world: World) -> None:
    """Refuse to start on settings that would fail later: identity, hosts, keys, a log behind what is published."""
    with world.read() as connection:
        world.require_identity(connection)
        trust = world.trust(connection)
        if world.settings.base_host not in trust.hosts:
            raise BadSettings(
                f"TRACEAPP_BASE_URL is of {world.settings.base_host}, which the trust file does not name "
                f"({', '.join(trust.hosts)}): run traceapp init, or traceapp keys add-host {world.settings.base_host}."
            )
    world.require_not_behind()
    # Read now: a table that cannot be read is told at the start, not at the first scan.
    _ = world.ip_provinces


def _templates() -> Path:
    package = Path(traceapp.__file__).parent
    inside = package / "templates"
    return inside if inside.exists() else package.parent / "templates"
