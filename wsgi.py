"""WSGI entry point: `app` is the service of this process's environment."""

import os

from traceapp.app import create_app
from traceapp.config import Settings
from traceapp.services.world import World

app = create_app(World(Settings.from_env(os.environ)))
