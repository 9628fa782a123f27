"""Servers to measure: granian as `traceapp serve` starts it, ended by their own process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

LONGEST_START = 30
_ROOT = Path(__file__).resolve().parents[1]
_OPTIONS = [
    "--interface=wsgi",
    "--host=127.0.0.1",
    "--workers=1",
    "--blocking-threads=1",
    "--no-ws",
    "--log-level=error",
]


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and the process that does, with those it started."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time that its processes have taken so far, to the nanosecond; Linux alone tells."""
        return sum(_cpu_ns(pid) for pid in _with_children(self.pid)) / 1e9


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listed.read_text().split():
            yield from _with_children(int(child))


def _cpu_ns(pid: int) -> int:
    return sum(int(one.read_text().split()[0]) for one in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def hello_server() -> Iterator[Server]:
    """The bare view."""
    port = free_port()
    with _running([_tool("granian"), *_OPTIONS, f"--port={port}", "bench.hello:app"], {}, port, "/") as pid:
        yield Server(port, pid)


@contextmanager
def traceapp_server(settings: Mapping[str, str]) -> Iterator[Server]:
    """`traceapp serve` with these settings, on their PORT where they name one."""
    port = int(settings.get("PORT") or free_port())
    command = [_tool("traceapp"), "serve", "--host=127.0.0.1"]
    with _running(command, {**settings, "PORT": str(port)}, port, "/healthz") as pid:
        yield Server(port, pid)


@contextmanager
def serving_hello() -> Iterator[int]:
    """The bare view; its port."""
    with hello_server() as server:
        yield server.port


@contextmanager
def serving_traceapp(settings: Mapping[str, str]) -> Iterator[int]:
    """`traceapp_server`; its port."""
    with traceapp_server(settings) as server:
        yield server.port


def run_traceapp(arguments: Sequence[str], settings: Mapping[str, str]) -> str:
    """What one command of ours says; CalledProcessError when it fails."""
    command = [_tool("traceapp"), *arguments]
    return subprocess.run(command, env=_environment(settings), check=True, capture_output=True, text=True).stdout


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("TRACEAPP_")}
    return {**own, **settings, "PYTHONPATH": str(_ROOT)}


@contextmanager
def _running(command: list[str], settings: Mapping[str, str], port: int, path: str) -> Iterator[int]:
    process = subprocess.Popen(command, env=_environment(settings), stdout=subprocess.DEVNULL, cwd=_ROOT)
    try:
        _wait_for(process, port, path)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until and process.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.02)
        finally:
            connection.close()
    raise RuntimeError(f"{' '.join(map(str, process.args))} did not answer on port {port}")  # type: ignore[arg-type]
