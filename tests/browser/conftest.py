"""What every test in a browser needs: Chromium, something that serves pages, and axe-core."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.web import page_app
from tests.web.serving import Served, served

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
NPM = Path(__file__).parent / "npm"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser of Playwright's, without a window."""
    playwright_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the pages of made-up facts."""
    server = make_server("127.0.0.1", 0, page_app.make_app(), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}/p"
    server.shutdown()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demonstration, served as `traceapp serve` does."""
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, installed as the lock file says."""
    source = NPM / "node_modules/axe-core/axe.min.js"
    if not source.exists():
        if shutil.which("npm") is None:
            pytest.skip("npm not found: install Node 20 or later to run axe-core")
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=NPM, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            reason = f"npm ci failed, so there is no axe-core: {done.stderr.strip()[-300:]}"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return source.read_text(encoding="utf-8")
