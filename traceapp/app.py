"""The composition root: the only place that wires settings, world and pages together."""

from __future__ import annotations

import gc
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

import traceapp
from traceapp.config import Settings
from traceapp.core.errors import Unavailable
from traceapp.services.log.publish_loop import keep_publishing, publish_at_start
from traceapp.services.messages.inbox import forget_senders
from traceapp.services.messages.turns import forget as forget_turns
from traceapp.services.operating.setup import require_startable
from traceapp.services.scans.store import HOUR
from traceapp.services.tables.drafts import forget as forget_drafts
from traceapp.services.world import World
from traceapp.web import auth, errors, headers, inspector, label_jobs, language, machine, portal, public
from traceapp.web.access import WORLD, refuse_long_addresses, refuse_unknown_hosts, require_declared
from traceapp.web.archive import page as archive
from traceapp.web.aside import go_aside
from traceapp.web.label_jobs import ENQUEUE, Enqueue
from traceapp.web.portal.colleagues import colleagues_of
from traceapp.web.public import log_view
from traceapp.web.public.raw import restore_slashes
from traceapp.web.public.repeat import Repeat
from traceapp.worker import Worker, keep_beside

log = logging.getLogger("traceapp")
Hook = Callable[..., Any]


class _Json(DefaultJSONProvider):
    """JSON as programs send it: what is nested too deep to be read is none, like anything else that is none."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What it says; ValueError."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as cause:
            raise ValueError("This JSON is nested too deep to be read.") from cause


class _Pages(Flask):
    """Flask for views and hooks of which none is a coroutine: it would look for one at each of every request."""

    json_provider_class = _Json

    def ensure_sync(self, func: Hook) -> Hook:
        """As it is."""
        return func


def create_app(world: World, enqueue: Enqueue | None = None) -> Flask:
    """The WSGI application of one world, which `init` has made (Unavailable, BadSettings otherwise).

    `enqueue` wakes a worker for a job; without it jobs wait until a worker looks around, a minute at most.
    """
    require_startable(world)
    app = make_pages()
    put_before(app, world, enqueue)
    return app


def make_pages() -> Flask:
    """Every address and its template, of no world yet: making them is what a start takes longest over."""
    app = _Pages(__name__, template_folder=str(_templates()), static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=1 << 20, MAX_FORM_MEMORY_SIZE=1 << 18, BABEL_DEFAULT_LOCALE="vi")
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    language.register(app)
    app.before_request(refuse_unknown_hosts)
    app.before_request(refuse_long_addresses)
    app.before_request(restore_slashes)
    public.register(app)
    machine.register(app)
    archive.register(app)
    log_view.register(app)
    label_jobs.register(app)
    auth.register(app)
    portal.register(app)
    inspector.register(app)
    errors.register(app)
    # Hooks after a request run from the last to the first: whichever fails, these headers are there.
    headers.register(app)
    require_declared(app)
    return app


def put_before(app: Flask, world: World, enqueue: Enqueue | None = None) -> None:
    """Let these pages be those of `world`."""
    app.extensions[WORLD] = world
    app.extensions[ENQUEUE] = enqueue or (lambda number: None)
    # Flask's own, also where the pages were those of another world.
    app.__dict__.pop("wsgi_app", None)
    app.wsgi_app = Repeat(app, world)  # type: ignore[method-assign]
    if proxies := world.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]


def create_app_from_env() -> Flask:
    """The application of this process's environment, with what runs beside it."""
    go_aside()
    world = World(Settings.from_env(os.environ))
    app = create_app(world, Worker(world).enqueue)
    publish_at_start(world)
    Thread(target=keep_publishing, args=(world,), name="publish", daemon=True).start()
    Thread(target=_forget_visitors, args=(world,), name="forget-visitors", daemon=True).start()
    Thread(target=colleagues_of(app).keep_looking, name="colleagues", daemon=True).start()
    keep_for_good()
    return app


def keep_for_good() -> None:
    """What a start has made stays: the collector of circular garbage need not go through it again and again."""
    gc.collect()
    gc.freeze()


def create_app_beside_worker() -> Flask:
    """The same, with a worker process that lives as long as this one: `traceapp serve` needs no second command."""
    app = create_app_from_env()
    settings = app.extensions[WORLD].settings
    Thread(target=keep_beside, args=(settings,), name="worker", daemon=True).start()
    return app


def _forget_visitors(world: World) -> None:
    """Visitors are forgotten after 24 hours, senders in their time, even where nobody scans or writes any more."""
    while True:
        try:
            world.scans.purge(world.clock())
            with world.write_aside() as connection:
                forget_turns(connection, world.clock())
                forget_senders(connection, world.clock())
                forget_drafts(connection, world.clock())
        except (*world.scans.errors, Unavailable) as cause:
            log.warning("visitors could not be forgotten, trying again in an hour: %s", cause)
        time.sleep(HOUR)


def _templates() -> Path:
    package = Path(traceapp.__file__).parent
    inside = package / "templates"
    return inside if inside.exists() else package.parent / "templates"
