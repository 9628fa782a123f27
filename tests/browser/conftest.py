"""What every test in a browser needs: something that serves pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.browser.looks import DESK, PHONE, Seen, open_all
from tests.browser.measures import OVERFLOW, SMALL_TARGETS, barriers, barriers_in_the_dark
from tests.shared import Shared
from tests.web import page_app
from tests.web.serving import Served, served


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the pages of made-up facts."""
    server = make_server("127.0.0.1", 0, page_app.make_app(), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}/p"
    server.shutdown()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, shared: Shared) -> Iterator[Served]:
    """The demonstration, served as `traceapp serve` does."""
    with served(tmp_path_factory.mktemp("service"), shared, "--no-worker") as running:
        yield running


@pytest.fixture(scope="module")
def phone(chromium: Any) -> Iterator[Any]:
    """A page on a phone."""
    context = chromium.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="class")
def look_at(request: pytest.FixtureRequest, phone: Any, site: str, axe: str) -> Callable[[str], Seen]:
    """Opens a page in the language of a class, once for all its tests, and measures it."""
    told: list[str] = []
    phone.on("console", lambda message: told.append(message.text))

    @cache
    def look(name: str) -> Seen:
        told.clear()
        phone.goto(f"{site}/{name}?lang={request.cls.lang}")
        refused = list(told)
        open_all(phone)
        wide, small = phone.evaluate(OVERFLOW), phone.evaluate(SMALL_TARGETS)
        light, dark = barriers(phone, axe), barriers_in_the_dark(phone)
        phone.set_viewport_size(DESK)
        desk = phone.evaluate(OVERFLOW)
        phone.set_viewport_size(PHONE)
        return Seen(wide, desk, small, refused, light, dark)

    return look
