"""A service as an operator runs it: `traceapp init` and `demo`, then `serve` in processes of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from tests.ports import kept_port
from tests.shared import Shared
from traceapp.cli import traceapp

SECONDS_TO_START = 60
SECONDS_TO_STOP = 20


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Served:
    """A running service; `log` is everything it has written to its terminal."""

    folder: Path
    port: int
    env: dict[str, str]

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def log(self) -> str:
        return (self.folder / "serve.log").read_text(encoding="utf-8", errors="replace")

    def traceapp(self, *arguments: str) -> Said:
        """Run the command line beside the running service; a process of its own would read the program first."""
        found = CliRunner().invoke(traceapp, arguments, env=self.env)
        return Said(found.exit_code, found.stdout, found.stderr)


@contextmanager
def served(folder: Path, shared: Shared, *options: str) -> Iterator[Served]:
    """A fresh demonstration in `folder`, served by granian on a free port of this machine until the block ends.

    `options` are those of `traceapp serve`; `--no-worker` spares whoever makes no label files a process.
    """
    with kept_port() as port, _served_at(port, folder, shared, *options) as service:
        yield service


@contextmanager
def _served_at(port: int, folder: Path, shared: Shared, *options: str) -> Iterator[Served]:
    env = {
        **{
            name: os.environ[name]
            for name in ("PATH", "PYTHONPATH", "HOME", "LANG", "VIRTUAL_ENV")
            if name in os.environ
        },
        "TRACEAPP_DATA_DIR": str(folder / "data"),
        "TRACEAPP_KEYS_DIR": str(folder / "keys"),
        "TRACEAPP_BASE_URL": f"http://localhost:{port}",
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    service = Served(folder, port, env)
    loaded = shared.once("served", lambda first: _load(first, env))
    for part in ("data", "keys"):
        shutil.copytree(loaded / part, folder / part)
    # Its address has another port: init adds it to the hosts of its labels.
    _run(service, "init")
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from traceapp.cli import main; main()", "serve", *options, "--host", "127.0.0.1"],
            env=env,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_for(service, process)
            yield service
        finally:
            _stop(process)


def _load(folder: Path, env: dict[str, str]) -> None:
    """The demonstration, once in a run for all that are served."""
    own = {"TRACEAPP_DATA_DIR": str(folder / "data"), "TRACEAPP_KEYS_DIR": str(folder / "keys")}
    for command in ("init", "demo"):
        _run(Served(folder, 0, {**env, **own}), command)


def _run(service: Served, command: str) -> None:
    done = service.traceapp(command)
    assert done.returncode == 0, done.stderr


def _wait_for(service: Served, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while b"200 OK" not in exchange(
        service.port, b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    ):
        assert process.poll() is None, f"the service ended: {service.log}"
        assert time.monotonic() < until, f"the service did not start: {service.log}"
        time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def exchange(port: int, data: bytes, *, seconds: float = 10, half_close: bool = False) -> bytes:
    """Send these bytes and return all that comes back until the server closes or falls silent."""
    received = b""
    try:
        with socket.create_connection(("127.0.0.1", port), seconds) as connection:
            connection.settimeout(seconds)
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                received += chunk
    except OSError:
        # Refused, cut off while sending, or silent: what did come is the answer.
        pass
    return received
