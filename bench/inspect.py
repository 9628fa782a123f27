"""The inspector's phone, in Chromium slowed down four times: a bundle of 60 records, a signed label once it is read.

The floor of each is the bare Ed25519 verifications of the same number, in the same page. The page itself says how long
a check took, from the bytes or the text at hand to what stands on the screen.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from bench.figures import Figure
from bench.servers import free_port
from bench.worlds import environment, folder, label_paths, register_farm, season
from tests.browsers import CHROMIUM
from traceapp.app import create_app
from traceapp.config import Settings
from traceapp.core.digital_link import parse_path
from traceapp.services.operating.setup import initialise
from traceapp.services.records.bundles import make_bundle
from traceapp.services.records.events import capture_many
from traceapp.services.records.verdicts import gather
from traceapp.services.world import World

SLOWER = 4
RECORDS = 60
TIMES = 5
BUNDLE_MS, LABEL_MS = 300.0, 50.0
_CHROMIUM = shutil.which("chromium") or CHROMIUM
_FLOOR = """async count => {
  const pair = await crypto.subtle.generateKey({name: 'Ed25519'}, true, ['sign', 'verify']);
  const message = new Uint8Array(64);
  const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, message);
  const began = performance.now();
  const all = Array.from({length: count}, () => crypto.subtle.verify('Ed25519', pair.publicKey, signature, message));
  await Promise.all(all);
  return Math.max(0.1, performance.now() - began);
}"""
_CHECKED = "document.documentElement.dataset.checked"


def main() -> list[Figure]:
    """The best of several, each in a page that was just opened: nothing is warm that is not warm for an inspector."""
    with folder() as where:
        port = free_port()
        settings = {**environment(where), "TRACEAPP_BASE_URL": f"http://localhost:{port}"}
        world = World(Settings.from_env(settings))
        initialise(world)
        bundle, label = _things(world)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", port, create_app(world), threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            return _measure(f"http://localhost:{port}/inspect?lang=vi", bundle, label)
        finally:
            server.shutdown()
            server.server_close()
            world.engine.dispose()


def _things(world: World) -> tuple[bytes, str]:
    """A lot's bundle of RECORDS records or a few more, and one of its signed labels."""
    farm = register_farm(world, 1)
    with world.write() as connection:
        capture_many(connection, season(farm, RECORDS), world.notary, world.clock())
    path = label_paths(world, farm, 10, 1)[0]
    identity = parse_path(farm.lots[0].removeprefix(f"https://{world.host}")).identity
    assert identity is not None
    with world.read() as connection:
        evidence = gather(connection, world.host, identity, world.rulebook).evidence
        label = world.settings.base_url + identity.path
        bundle = make_bundle(connection, evidence, label, world.published.read(), world.host)
    return bundle, world.label_maker.url(path, signed=True)


def _measure(address: str, bundle: bytes, label: str) -> list[Figure]:
    took: dict[str, list[tuple[float, float]]] = {"bundle": [], "label": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_browser(), args=["--no-sandbox"])
        context = browser.new_context()
        for _ in range(TIMES):
            took["bundle"].append(_one(context, address, bundle, RECORDS))
            took["label"].append(_one(context, address, label, 1))
        browser.close()
    return [
        _figure(f"bundle of {RECORDS} records, phone", took["bundle"], BUNDLE_MS),
        _figure("signed label, phone", took["label"], LABEL_MS),
    ]


def _browser() -> str | None:
    return _CHROMIUM if Path(_CHROMIUM).exists() else None


def _one(context: Any, address: str, thing: bytes | str, signatures: int) -> tuple[float, float]:
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-offline]")
    page.wait_for_selector("#held dd:nth-of-type(2)")
    context.set_offline(True)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    if isinstance(thing, bytes):
        page.set_input_files("#bundle", {"name": "lot.zip", "mimeType": "application/zip", "buffer": thing})
    else:
        page.fill("#code", thing)
        page.click("#typed button")
    page.wait_for_selector("html[data-checked]")
    assert page.get_attribute("#head", "data-headline") in ("bundle-good", "label-signature-good")
    ours, floor = float(page.evaluate(_CHECKED)), float(page.evaluate(_FLOOR, signatures))
    context.set_offline(False)
    page.close()
    return ours, floor


def _figure(name: str, pairs: list[tuple[float, float]], limit: float) -> Figure:
    # The best round: what a busy neighbour takes of this machine counts four times over.
    ours, floor = min(pairs)
    raw = tuple(f"{mine:.0f} / {bare:.1f} = {mine / bare:.1f}" for mine, bare in pairs)
    return Figure(
        f"{name}, CPU ÷ {SLOWER}", ours, None, ours, limit, "ms", at_most=True, raw=(f"bare {floor:.1f}", *raw)
    )
