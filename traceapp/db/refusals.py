"""What a database refuses, told to people: that nothing was written, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, TimeoutError

from traceapp.core.errors import Unavailable


@contextmanager
def plain_errors() -> Iterator[None]:
    """The database's refusals as Unavailable, with what to do; a broken constraint is the caller's to explain."""
    try:
        yield
    except (DBAPIError, TimeoutError) as cause:
        raise_plainly(cause)


def raise_plainly(cause: DBAPIError | TimeoutError) -> NoReturn:
    """Unavailable; the cause itself where a constraint is broken."""
    if isinstance(cause, TimeoutError):
        raise Unavailable("Every connection to the database is in use: try again in a moment.") from cause
    if isinstance(cause, IntegrityError | ProgrammingError | DataError):
        raise cause
    raise Unavailable(f"The database refused, and nothing was written: {_reason(cause)}.") from cause


def _reason(cause: DBAPIError) -> str:
    said = str(cause.orig).strip().splitlines()[0] if str(cause.orig).strip() else "it gave no reason"
    busy = "another process holds it; try again, or stop the other process"
    away = "check that the server is running, and host and port in TRACEAPP_DATABASE_URL"
    advice = {
        "database is locked": busy,
        "lock timeout": busy,
        "database or disk is full": "free some space on the disk and try again",
        "disk I/O error": "check the disk, its space and its quota",
        "attempt to write a readonly database": "check the rights on the data folder and its disk",
        "read-only transaction": "this is a standby, or was made read-only: use the database that may be written",
        "file is not a database": "check TRACEAPP_DATABASE_URL and TRACEAPP_DATA_DIR, or restore a backup",
        "malformed": "restore a backup and run traceapp log check",
        "Connection refused": away,
        "timeout expired": away,
        "No route to host": away,
        "Network is unreachable": away,
        "failed to resolve host": "check the host in TRACEAPP_DATABASE_URL and this machine's DNS",
        "authentication failed": "check user and password in TRACEAPP_DATABASE_URL",
        "no password supplied": "write the password into TRACEAPP_DATABASE_URL, percent-encoded",
        'FATAL:  role "': "check the user in TRACEAPP_DATABASE_URL, or let the server's owner say CREATE ROLE",
        'FATAL:  database "': "check the end of TRACEAPP_DATABASE_URL, or let the server's owner say CREATE DATABASE",
        "no pg_hba.conf entry": "let the server's pg_hba.conf admit this machine and user",
        "the database system is": "try again in a moment",
        "too many clients": "use fewer workers, or raise the server's max_connections",
        "connection slots are reserved": "use fewer workers, or raise the server's max_connections",
        "connection to server on socket": away,
        "unable to open database file": "check that the data folder exists and may be written; run traceapp init",
    }
    return next((f"{said} ({hint})" for start, hint in advice.items() if start in said), said)
