"""Screenshots of what people see who signed in, into docs/screens: producers, certifiers, authorities, inspectors."""

from __future__ import annotations

import io
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from scripts.screens import LOOKS, TARGET
from tests.browsers import CHROMIUM
from tests.conftest import ASOF, Clock, settings_for
from traceapp.app import create_app
from traceapp.demo.accounts import load_people
from traceapp.demo.load import load_demo
from traceapp.services.accounts.people import account_called
from traceapp.services.accounts.sessions import start
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.registers import lot_called
from traceapp.services.world import World

NOBODY, PRODUCER, MAKER = "", "lan@demo.example", "che@demo.example"
BEEKEEPER, CERTIFIER = "mat@demo.example", "xyz@demo.example"
AUTHORITY, INSPECTOR = "coquan@demo.example", "kiemtra@demo.example"


@dataclass(frozen=True, slots=True)
class Screen:
    """A page as somebody signed in sees it; `filled` (selector, text) and `pressed` lead to what a form answers."""

    name: str
    path: str
    who: str = PRODUCER
    filled: tuple[tuple[str, str], ...] = ()
    pressed: str = ""


def screens(world: World) -> Iterator[Screen]:
    """Every page worth a look."""
    with world.read() as connection:
        lots = {name: lot_called(connection, name) for name in ("DM2608B", "DM2610B")}
    paths = {name: lot.removeprefix(f"https://{world.host}") for name, lot in lots.items()}
    yield Screen("signup", "/signup", NOBODY)
    yield Screen("login", "/login", NOBODY)
    yield Screen("log", "/log", NOBODY)
    yield Screen("inspect", "/inspect", NOBODY)
    yield Screen("portal-today", "/portal/today")
    for stage in ("PPP", "HARVEST", "CCP"):
        yield Screen(f"portal-diary-{stage.lower()}", f"/portal/diary/new/{stage}")
    yield Screen("portal-written", "/portal/diary/written", MAKER)
    yield Screen("portal-lots", "/portal/lots", MAKER)
    yield Screen("portal-lot", f"/portal/lots/view{paths['DM2610B']}", MAKER)
    yield Screen("portal-trace", f"/portal/trace/forward{paths['DM2608B']}", MAKER)
    yield Screen("portal-split", f"/portal/lots/split{paths['DM2610B']}", MAKER)
    yield Screen("portal-labels", f"/portal/labels/lot{paths['DM2610B']}", MAKER)
    yield Screen("portal-overview", "/portal/overview", BEEKEEPER)
    yield Screen("portal-certificates", "/portal/certificates", MAKER)
    yield Screen("portal-checklist", "/portal/checklist", MAKER)
    yield Screen("portal-import", "/portal/import")
    yield Screen("portal-messages", "/portal/messages", MAKER)
    yield Screen("portal-shops", "/portal/shops", MAKER)
    yield Screen("portal-more", "/portal/more")
    yield Screen("portal-facility", "/portal/setup/facility")
    yield Screen("portal-own", "/portal/setup/own", MAKER)
    yield Screen("portal-own-organisation", "/portal/setup/own/organisation", MAKER)
    yield Screen("portal-deliveries", "/portal/deliveries", MAKER)
    yield Screen("portal-reprint", f"/portal/labels/again{paths['DM2610B']}?first=1&last=24", MAKER)
    yield Screen("portal-doubts", "/portal/doubts", MAKER)
    renamed = (("#f-name", "HTX Chè Đồi Mây Mới"),)
    yield Screen("portal-step-up", "/portal/setup/own/organisation", MAKER, renamed, "main .send .btn")
    yield Screen("certifier-key", "/portal/certifier/key", CERTIFIER)
    yield Screen("certifier", "/portal/certifier", CERTIFIER)
    yield Screen("authority", "/portal/organisations", AUTHORITY)
    yield Screen("inspection", "/portal/inspections/new", INSPECTOR)


def main() -> None:
    """Serve the demonstration from a temporary folder and photograph it."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        world = World(settings_for(Path(folder), TRACEAPP_BASE_URL=address), clock=Clock(ASOF))
        initialise(world)
        load_demo(world)
        load_people(world)
        server = make_server("127.0.0.1", int(address.rpartition(":")[2]), create_app(world), threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for screen in screens(world):
                _photograph(browser, address, screen, _token(world, screen.who))
            browser.close()
        server.shutdown()


def _token(world: World, who: str) -> str | None:
    if who == NOBODY:
        return None
    with world.write() as connection:
        account = account_called(connection, who)
        assert account is not None, who
        return start(connection, account, "screens", world.clock(), how="screens")


def _photograph(browser: Browser, address: str, screen: Screen, token: str | None) -> None:
    for look, width, scheme in LOOKS:
        context = browser.new_context(
            viewport={"width": width, "height": 640},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="vi-VN",
            service_workers="block",
        )
        if token:
            context.add_cookies([{"name": "traceapp", "value": token, "url": address}])
        page = context.new_page()
        answer = page.goto(address + screen.path, wait_until="load")
        assert answer is not None and answer.status == 200 and screen.path in page.url, (screen.path, page.url)
        for selector, text in screen.filled:
            page.fill(selector, text)
        if screen.pressed:
            with page.expect_navigation():
                page.click(screen.pressed)
        # As high as the page: what sticks to the lower edge then stands where it belongs.
        page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        shot.quantize(256).save(TARGET / f"{screen.name}-{look}.png", optimize=True)
        context.close()


if __name__ == "__main__":
    main()
