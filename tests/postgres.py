"""A PostgreSQL server of the tests' own, in a temporary folder, gone when they end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.ports import kept_port


def find_server() -> Path | None:
    """The folder of the newest installed server's programs, None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """Start one on a free port of 127.0.0.1; yields its URL without a database name."""
    folder = Path(tempfile.mkdtemp(prefix="traceapp-pg-"))
    try:
        yield start(folder)
    finally:
        stop(folder)


def start(folder: Path) -> str:
    """Start one in an empty folder; returns its URL. It runs until `stop`, whoever started it."""
    _run(folder, "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
    with kept_port() as port:
        # Databases come and go by the hundred, and none outlives the run: nothing is kept safe, nothing swept up.
        options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off -c full_page_writes=off -c autovacuum=off"
        _run(folder, "pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"{options} -c max_connections=400", "start")
    return f"postgresql://postgres@127.0.0.1:{port}"


def stop(folder: Path) -> None:
    """Stop the one in that folder, if it runs, and delete the folder."""
    if (folder / "data/postmaster.pid").exists():
        _run(folder, "pg_ctl", "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def end_connections(url: str) -> None:
    """End all connections to the database at `url`, as a server does that is started anew."""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid != pg_backend_pid()"
        )


def _run(folder: Path, program: str, *arguments: str) -> None:
    programs = find_server()
    if programs is None:
        raise FileNotFoundError("PostgreSQL's server is not installed: apt-get install postgresql")
    command = [*_drop_root(folder), str(programs / program), "-D", str(folder / "data"), *arguments]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)


def _drop_root(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: hand the folder to its own user."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["runuser", "-u", "postgres", "--"]
