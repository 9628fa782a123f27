"""The static site behind nginx and behind Caddy, looked at in Chromium: labels outlive the service that issued them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.measures import OVERFLOW, SMALL_TARGETS
from tests.conftest import ASOF, Clock, settings_for
from tests.ports import kept_port
from tests.services.cast import Cast, put_on_stage
from traceapp.app import create_app
from traceapp.core.note import VerifierKey
from traceapp.core.offline import check_bundle
from traceapp.core.trust import read_trust_list
from traceapp.monitor.look import Status, look
from traceapp.monitor.source import Source
from traceapp.monitor.state import State, Store
from traceapp.services.operating.setup import initialise
from traceapp.services.world import World
from traceapp.web.archive.servers import caddyfile, nginx_conf
from traceapp.web.archive.site import export_site

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
CADDY = shutil.which("caddy") or "/usr/bin/caddy"
SERVERS = {"nginx": (NGINX, "nginx-light"), "caddy": (CADDY, "caddy")}
SECONDS_TO_START = 60
SHOWN = "[...document.querySelectorAll('[data-said]:not([hidden])')].map(one => one.dataset.said)"
_MAIN = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;{user}
events {{ worker_connections 64; }}
http {{
    include {types}; access_log off;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    {server}
}}
"""


@dataclass
class Kept:
    """A static site that is served at `url`, and what was printed before the service ended."""

    url: str
    folder: Path
    cast: Cast
    signed: str
    unsigned: str

    def get(self, path: str) -> tuple[int, Any, bytes]:
        try:
            with urllib.request.urlopen(self.url + path) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as cause:
            return cause.code, cause.headers, cause.read()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Cast, list[str]]:
    """The folder with the site in it, whose it is, and the paths of a signed and of an unsigned label."""
    folder = tmp_path_factory.mktemp("kept")
    world = World(settings_for(folder / "world"), clock=Clock(ASOF))
    initialise(world)
    cast = put_on_stage(world)
    cast.harvest()
    signed_run, _ = cast.issue(1, signed=True)
    plain_run, _ = cast.issue(1)
    labels = [next(world.label_maker.urls(run)).partition(".VN")[2] for run in (signed_run, plain_run)]
    export_site(create_app(world), world, folder / "site")
    world.engine.dispose()
    return folder, cast, labels


@pytest.fixture(scope="module", params=SERVERS)
def kept(request: pytest.FixtureRequest, site: tuple[Path, Cast, list[str]]) -> Iterator[Kept]:
    """The site behind each server."""
    program, package = SERVERS[request.param]
    if not Path(program).exists():
        pytest.skip(f"{request.param} is not installed: apt-get install {package}")
    folder, cast, labels = site
    with kept_port() as port, serving(folder, request.param, port) as url:
        yield Kept(url, folder / "site", cast, *labels)


class serving:
    """A server over the site."""

    def __init__(self, folder: Path, server: str, port: int) -> None:
        self._port = port
        self._run = folder / server
        self._run.mkdir()
        site = str(folder / "site")
        self._command = self._nginx(site) if server == "nginx" else self._caddy(site)

    def _nginx(self, site: str) -> list[str]:
        run = self._run
        server = nginx_conf("localhost", site, f"127.0.0.1:{self._port}")
        types = "/etc/nginx/mime.types"
        user = " user root;" if os.getuid() == 0 else ""
        (run / "nginx.conf").write_text(_MAIN.format(folder=run, types=types, server=server, user=user))
        return [NGINX, "-p", str(run), "-c", str(run / "nginx.conf"), "-e", str(run / "error.log")]

    def _caddy(self, site: str) -> list[str]:
        own = "{\n\tadmin off\n}\n"
        (self._run / "Caddyfile").write_text(own + caddyfile(f"http://127.0.0.1:{self._port}", site))
        return [CADDY, "run", "--config", str(self._run / "Caddyfile"), "--adapter", "caddyfile"]

    def __enter__(self) -> str:
        env = {**os.environ, "HOME": str(self._run), "XDG_DATA_HOME": str(self._run), "XDG_CONFIG_HOME": str(self._run)}
        with (self._run / "stderr").open("wb") as errors:
            self._process = subprocess.Popen(self._command, stderr=errors, env=env)
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
                return f"http://127.0.0.1:{self._port}"
            except OSError:
                assert self._process.poll() is None, (self._run / "stderr").read_text()
                time.sleep(0.05)
        raise AssertionError(f"{self._command[0]} did not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)


def said(
    chromium: Any, kept: Kept, path: str, *, offered: bool = False, width: int = 360, scheme: str = "light"
) -> dict[str, Any]:
    """What the page says after its script has run: the part that shows, its words, and what went wrong.

    `offered`: it also offers the lot's page, which it asks for last.
    """
    context = chromium.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda cause: problems.append(str(cause)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.goto(kept.url + path, wait_until="load")
    # wait_for_function is barred by the page's own policy.
    page.wait_for_selector('[data-said]:not([hidden]):not([data-said="waiting"]), .lines, .head', state="attached")
    if offered:
        page.locator("[data-lot] a").wait_for()
    parts = page.evaluate(SHOWN)
    found = {
        "other": page.evaluate("document.querySelector('.bar a[hreflang]')?.href ?? ''"),
        "parts": parts,
        "words": page.inner_text("main"),
        "lot": page.evaluate("document.querySelector('[data-lot]:not([hidden]) a')?.getAttribute('href') ?? null"),
        "overflow": page.evaluate(OVERFLOW),
        "small": page.evaluate(SMALL_TARGETS),
        "problems": [one for one in problems if "404" not in one],
    }
    if folder := os.environ.get("TRACEAPP_SHOTS"):
        page.screenshot(path=f"{folder}/kept-{parts[0] if parts else 'page'}-{width}-{scheme}.png", full_page=True)
    context.close()
    return found


def test_a_signed_an_unsigned_and_a_forged_item(chromium: Any, kept: Kept) -> None:
    path, _, digits = kept.signed.partition("?S=")
    forged = f"{path}?S={digits[:-1]}{(int(digits[-1]) + 1) % 10}"
    other = f"{kept.unsigned}?S={digits}"
    for asked, part in ((kept.signed, "good"), (kept.unsigned, "unsigned"), (forged, "bad"), (other, "bad")):
        found = said(chromium, kept, asked, offered=True)
        assert (found["parts"], found["problems"], found["small"], found["overflow"]) == ([part], [], [], 0), asked
        assert found["lot"] == kept.cast.lot.removeprefix("https://id.example.vn")
    again = said(chromium, kept, "/verify" + kept.signed)
    assert again["parts"] == ["good"]
    assert again["other"].startswith(kept.url) and digits in again["other"] and again["other"].endswith("lang=en")


def test_an_unsigned_number_can_no_longer_be_checked_and_is_never_called_issued(chromium: Any, kept: Kept) -> None:
    invented = kept.unsigned[:-3] + "000"
    for asked in (kept.unsigned, invented):
        assert "Không còn kiểm tra được số này" in said(chromium, kept, asked)["words"]
    english = said(chromium, kept, kept.unsigned + "?lang=en", width=1280, scheme="dark")
    assert "This number can no longer be checked" in english["words"]
    assert "issued" not in english["words"].lower()


TYPES = {
    "/log/checkpoint": "text/plain; charset=utf-8",
    "/log/trust/1.json": "application/json",
    "/.well-known/did.json": "application/did+ld+json",
    "/.well-known/jwks.json": "application/jwk-set+json",
    "/.well-known/traceapp-trust.json": "application/json",
    "/status/revocation/1": "application/vc",
    "/vocab/v1": "application/ld+json",
}


@pytest.mark.parametrize("path", TYPES)
def test_what_machines_read_is_of_the_type_that_the_service_gave_it(kept: Kept, path: str) -> None:
    live = create_app(kept.cast.world).test_client().get(path, base_url="https://id.example.vn")
    status, headers, _ = kept.get(path)
    assert (status, headers["Content-Type"]) == (200, TYPES[path]) == (200, live.headers["Content-Type"])


def test_a_lots_page_says_of_which_day_it_speaks(chromium: Any, kept: Kept) -> None:
    lot = kept.cast.lot.removeprefix("https://id.example.vn")
    status, headers, page = kept.get(lot)
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Bản lưu ngày 21/11/2026" in page.decode()
    assert kept.get(f"/verify{lot}")[2] == page == kept.get(f"{lot}/")[2]
    assert "Kept copy of 21/11/2026" in kept.get(f"{lot}?lang=en")[2].decode()
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert said(chromium, kept, lot)["problems"] == []
    assert said(chromium, kept, "/01/09520000000998")["parts"] == ["nothing"]
    assert kept.get("/01/09520000000998")[0] == 404


def test_everything_can_still_be_verified_offline_and_monitored(kept: Kept, tmp_path: Path) -> None:
    lot = kept.cast.lot.removeprefix("https://id.example.vn")
    trust = read_trust_list(kept.get("/.well-known/traceapp-trust.json")[2])
    status, headers, bundle = kept.get(f"/bundle{lot}")
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    world = kept.cast.world
    assert check_bundle(bundle, world.rulebook, ASOF, pinned=trust).outcome == 0
    uuid = kept.cast.household_record.rpartition("/")[2]
    status, headers, record = kept.get(f"/records/{uuid}")
    assert (status, headers["Content-Type"]) == (200, "application/vc")
    assert json.loads(record)["id"].endswith(uuid)
    assert kept.get(f"/records/{uuid}/proof")[2].startswith(b"c2sp.org/tlog-proof@v1\n")
    assert VerifierKey.parse(kept.get("/log/vkey")[2].decode().strip()) == trust.log_key
    assert "Cuốn sổ công khai" in kept.get("/log")[2].decode()
    state = State(trust, (kept.cast.producer,))
    assert look(state, Source(kept.url), Store(tmp_path), ASOF).status is Status.UNKNOWN_RECORD
    assert state.frontier.size == world.published.read()[0]
