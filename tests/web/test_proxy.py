"""docs/nginx.conf, as it stands there: whoever is signed in meets the same process, everybody else any."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from tests.ports import kept_port

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
CONF = Path(__file__).parents[2] / "docs" / "nginx.conf"
COOKIES = ("traceapp", "__Host-traceapp")
"""web/auth/session.py, without https and with it."""
SECONDS_TO_START = 60
_MAIN = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;{user}
events {{ worker_connections 64; }}
http {{
    access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    {conf}
}}
"""


class _Echo(BaseHTTPRequestHandler):
    """Says on which port it listens, and what it was told of the asker."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    away: ClassVar[set[int]] = set()
    """Ports at which nobody answers any more, connections that are kept open included."""

    def do_GET(self) -> None:
        if self.server.server_address[1] in self.away:
            self.close_connection = True
            return
        told = f"{self.server.server_address[1]} {self.headers['Host']} {self.headers['X-Forwarded-For']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def process() -> Iterator[ThreadingHTTPServer]:
    """One that could be a process of the service."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def proxy(folder: Path, port: int, ports: list[int]) -> Iterator[str]:
    """nginx with that file, in which nothing is changed but addresses and TLS."""
    conf = CONF.read_text()
    for written, used in zip(("8001", "8002"), ports, strict=True):
        conf = conf.replace(f"server 127.0.0.1:{written};", f"server 127.0.0.1:{used};")
    conf = re.sub(r"ssl_certificate.*", "", conf.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};"))
    user = " user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, user=user, conf=conf))
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            _wait_for(port, running, folder / "error.log")
            yield f"http://127.0.0.1:{port}/"
        finally:
            running.terminate()
            running.wait(60)


def _wait_for(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while not _is_there(port):
        assert running.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)


def _is_there(port: int) -> bool:
    try:
        asked(f"http://127.0.0.1:{port}/")
    except OSError:
        return False
    return True


def asked(url: str, cookie: str = "") -> list[str]:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie})) as answer:
        return answer.read().decode().split()


def test_whoever_is_signed_in_meets_the_same_process(tmp_path: Path) -> None:
    if not Path(NGINX).exists():
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    with ExitStack() as stack:
        port = stack.enter_context(kept_port())
        processes = [stack.enter_context(process()) for _ in range(2)]
        ports = [one.server_address[1] for one in processes]
        url = stack.enter_context(proxy(tmp_path, port, ports))

        met = {
            (name, number): {asked(url, f"lang=vi; {name}=s{number}; other={again}")[0] for again in range(5)}
            for name in COOKIES
            for number in range(20)
        }
        assert all(len(one) == 1 for one in met.values())
        everybody = {next(iter(one)) for one in met.values()}
        assert everybody == set(map(str, ports)), "the sessions are spread over both"
        # The same session by either name is the same person.
        assert met[COOKIES[0], 3] == met[COOKIES[1], 3]

        assert {asked(url)[0] for _ in range(60)} == everybody, "who is not signed in meets any"
        # A cookie of somebody else's whose name only ends alike is no session.
        assert {asked(url, "nottraceapp=s1")[0] for _ in range(60)} == everybody
        assert asked(url)[1:] == [f"127.0.0.1:{port}", "127.0.0.1"]

        _Echo.away.add(ports[0])
        assert {asked(url, f"traceapp=s{number}")[0] for number in range(20)} == {str(ports[1])}
