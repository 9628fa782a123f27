"""Alembic, run from our own command line: no alembic.ini, no alembic command."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from traceapp.core.errors import Unavailable
from traceapp.db import (  # noqa: F401 - the schema
    account_trust,
    accounts,
    certificates,
    chain,
    diary,
    imports,
    inspections,
    label_jobs,
    own_keys,
)
from traceapp.db.engine import reading
from traceapp.db.refusals import plain_errors


def _config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`, guards included. Unavailable when the database refuses or is newer."""
    _require_known(engine, _revision(engine))
    with plain_errors():
        command.upgrade(_config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema down to `revision`; records and log stay unless it is `base`."""
    with plain_errors():
        command.downgrade(_config(engine), revision)


def require_current(engine: Engine) -> None:
    """Unavailable when the schema is missing or of another version than this code."""
    found = _revision(engine)
    if found is None:
        raise Unavailable("There is no database here yet: run traceapp init.")
    _require_known(engine, found)
    head = ScriptDirectory.from_config(_config(engine)).get_current_head()
    if found != head:
        raise Unavailable(f"The database is at schema {found}, this version needs {head}: run traceapp init.")


def _revision(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _require_known(engine: Engine, revision: str | None) -> None:
    try:
        ScriptDirectory.from_config(_config(engine)).get_revision(revision or "base")
    except CommandError as cause:
        raise Unavailable(
            f"The database is at schema {revision}, which this version does not know: install the version that made it."
        ) from cause
