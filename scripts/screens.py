"""Screenshots of every page state into docs/screens: a phone (360 px, light and dark) and a desktop (1280 px)."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from threading import Thread

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from tests.browsers import CHROMIUM
from tests.conftest import ASOF, Clock, settings_for
from traceapp.app import create_app
from traceapp.demo.load import load_demo
from traceapp.services.labels.runs import item_path, runs_of, void_labels
from traceapp.services.operating.setup import initialise
from traceapp.services.registry.registers import lot_called, owner_of_lot
from traceapp.services.world import World

TARGET = Path(__file__).parents[1] / "docs" / "screens"
VOID = 24
LOOKS = (("360", 360, "light"), ("360-dark", 360, "dark"), ("1280", 1280, "light"))


def pages(world: World) -> dict[str, str]:
    """Name and path of every state worth a look."""
    with world.read() as connection:
        lots = {
            name: lot_called(connection, name)
            for name in ("DM2610B", "DG1115", "DM2607A", "DG1108", "SN2611X", "DH2511", "VS2609A")
        }
        items = {
            name: item_path(runs_of(connection, lots[name])[0], item, world.serial_key)
            for name, item in (("DH2511", 7), ("VS2609A", 1))
        }
        void = item_path(runs_of(connection, lots["VS2609A"])[0], VOID, world.serial_key)
    paths = {name: lot.removeprefix(f"https://{world.host}") for name, lot in lots.items()}
    return {
        "verdict": paths["DM2610B"],
        "verdict-en": paths["DM2610B"] + "?lang=en",
        "stars-expired": paths["DG1115"],
        "recalled": paths["DM2607A"],
        "phi-broken": paths["DG1108"],
        "mass-balance": paths["SN2611X"],
        "copy-suspected": items["DH2511"],
        "first-scan": items["VS2609A"],
        "never-issued": paths["DH2511"] + "/21/7K3QW9D2M4T8X",
        "void": void,
        "unknown-lot": "/01/09520000000127/10/DM2610C",
        "foreign-code": "/01/09506000134352",
        "product": "/01/09520000000127",
        "start": "/",
        "search": "/search?q=c",
        "error": "/01/09520000000128",
    }


def main() -> None:
    """Serve the demonstration from a temporary folder and photograph it."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        world = World(settings_for(Path(folder)), clock=Clock(ASOF))
        initialise(world)
        load_demo(world)
        _void_a_label(world)
        server = make_server("127.0.0.1", 0, create_app(world), threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for look, width, scheme in LOOKS:
                page = browser.new_page(viewport={"width": width, "height": 640}, color_scheme=scheme, locale="vi-VN")
                for name, path in pages(world).items():
                    page.goto(f"http://127.0.0.1:{server.server_port}{path}")
                    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
                    # A palette holds all colours that these pages have, in a third of the bytes.
                    shot.quantize(256).save(TARGET / f"{name}-{look}.png", optimize=True)
            _photograph_paper(browser, f"http://127.0.0.1:{server.server_port}{pages(world)['verdict']}")
            browser.close()
        server.shutdown()


def _void_a_label(world: World) -> None:
    with world.write() as connection:
        lot = lot_called(connection, "VS2609A")
        owner = owner_of_lot(connection, lot)[1]
        void_labels(connection, lot, VOID, VOID, "in nhòe", owner, world.notary, world.clock())


def _photograph_paper(browser: Browser, address: str) -> None:
    """The page as an A4 sheet has it: 186 mm between the margins."""
    page = browser.new_page(viewport={"width": 703, "height": 1000}, locale="vi-VN")
    page.goto(address)
    page.emulate_media(media="print")
    Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L").save(
        TARGET / "verdict-print.png", optimize=True
    )


if __name__ == "__main__":
    main()
